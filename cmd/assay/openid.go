package main

import (
	"os"
	"strings"

	"assay/api"
	"assay/internal/oidc"
	"assay/review"
	"assay/review/account"
)

// openIDFlags name an OpenID Connect provider, and who may come in through it.
// The client's secret comes from the environment only: command lines are read
// by others.
type openIDFlags struct {
	Issuer              string      `help:"Issuer of an OpenID Connect provider through which people may sign in. The client secret is read from ASSAY_OIDC_CLIENT_SECRET, or from the file that ASSAY_OIDC_CLIENT_SECRET_FILE names." env:"ASSAY_OIDC_ISSUER" placeholder:"URL"`
	ClientID            string      `help:"Client id that the provider knows Assay by." env:"ASSAY_OIDC_CLIENT_ID" placeholder:"ID"`
	Name                string      `help:"What people call the provider. Default: its host." env:"ASSAY_OIDC_NAME" placeholder:"NAME"`
	Scope               []string    `help:"Scopes to ask for besides openid." env:"ASSAY_OIDC_SCOPE" default:"profile,email" placeholder:"SCOPE"`
	LoginClaim          string      `help:"Claim that names of new accounts are made of." env:"ASSAY_OIDC_LOGIN_CLAIM" default:"preferred_username" placeholder:"CLAIM"`
	Rule                []string    `help:"Who comes in as what: CLAIM=VALUE:ROLE or CLAIM=VALUE:ROLE:ORGANISATION. The first that fits counts. Several are parted by semicolons." env:"ASSAY_OIDC_RULE" sep:";" placeholder:"RULE"`
	DefaultRole         review.Role `help:"Role of people whom no rule fits. Without it they may not come in." env:"ASSAY_OIDC_DEFAULT_ROLE" placeholder:"ROLE"`
	DefaultOrganisation string      `help:"Their organisation." env:"ASSAY_OIDC_DEFAULT_ORGANISATION" placeholder:"NAME"`
	OrganisationClaim   string      `help:"Claim that names a person's organisation, where the rule does not." env:"ASSAY_OIDC_ORGANISATION_CLAIM" placeholder:"CLAIM"`
}

// provisioning reads the rules.
func (f *openIDFlags) provisioning() (account.Provisioning, error) {
	p := account.Provisioning{DefaultRole: f.DefaultRole, DefaultOrganisation: f.DefaultOrganisation, OrganisationClaim: f.OrganisationClaim}
	for _, text := range f.Rule {
		claim, rest, ok := strings.Cut(strings.TrimSpace(text), "=")
		// A value may hold colons: the role is the last part but one that is a role.
		parts := strings.Split(rest, ":")
		rule := account.Rule{Claim: claim}
		for i := len(parts) - 1; ok && i > 0 && rule.Role == ""; i-- {
			if role := review.Role(parts[i]); isRole(role) {
				rule.Value, rule.Role, rule.Organisation = strings.Join(parts[:i], ":"), role, strings.Join(parts[i+1:], ":")
			}
		}
		if rule.Role == "" {
			return p, usagef("--oidc-rule %s: write it like groups=assay-officers:officer or groups=acme:exporter:Acme", text)
		}
		p.Rules = append(p.Rules, rule)
	}
	return p, nil
}

func isRole(r review.Role) bool {
	for _, known := range review.Roles() {
		if r == known {
			return true
		}
	}
	return false
}

// provider returns the provider that the flags name, nil when they name none.
func (f *openIDFlags) provider(p account.Provisioning) (api.OpenID, error) {
	if f.Issuer == "" {
		if f.ClientID != "" || len(f.Rule) > 0 || f.DefaultRole != "" {
			return nil, usagef("--oidc-issuer is missing: the other --oidc flags speak of it")
		}
		return nil, nil
	}
	secret := os.Getenv("ASSAY_OIDC_CLIENT_SECRET")
	if name := os.Getenv("ASSAY_OIDC_CLIENT_SECRET_FILE"); name != "" {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		secret = strings.TrimSpace(string(text))
	}
	return oidc.New(oidc.Config{Issuer: f.Issuer, ClientID: f.ClientID, ClientSecret: secret, Name: f.Name, Scopes: f.Scope, LoginClaim: f.LoginClaim, Claims: p.Claims()})
}
