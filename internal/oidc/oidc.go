// Package oidc asks an OpenID Connect provider who somebody is: authorization
// code with PKCE and a nonce, and the checks of the ID token. It is the only
// importer of go-oidc and oauth2. It gives claims that were checked; what
// follows from them is account's. It keeps nothing, and must never import a
// store, the API or another adapter.
package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/review"
	"assay/review/account"

	upstream "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Config names a provider, and us to it. Issuer and ClientID are needed.
type Config struct {
	Issuer       string // "https://id.example.org/realms/staff"
	ClientID     string
	ClientSecret string   // "" for a public client
	Name         string   // what people call it; default the issuer's host
	Scopes       []string // besides openid; default profile and email
	LoginClaim   string   // that the name of a new account is made of; default preferred_username, else email
	Claims       []string // asked of the provider where the ID token lacks them
	Client       *http.Client
	Now          func() time.Time
}

// Provider is an OpenID Connect provider. It is safe for concurrent use.
type Provider struct {
	cfg Config

	mu    sync.Mutex
	found *discovered
}

// discovered is what the provider says of itself.
type discovered struct {
	*upstream.Provider
	endpoint oauth2.Endpoint
	at       time.Time
}

const (
	fresh    = 24 * time.Hour // after so long the provider is asked anew
	patience = 10 * time.Second
	mostSaid = 1 << 20 // bytes of an answer
)

// algorithms are those of signatures that we take: "none", and those with a
// shared key, are not among them.
var algorithms = []string{upstream.RS256, upstream.RS384, upstream.RS512, upstream.PS256, upstream.PS384, upstream.PS512,
	upstream.ES256, upstream.ES384, upstream.ES512, upstream.EdDSA}

// New returns the provider of cfg, which is asked nothing yet: a server starts
// also while its provider is down.
func New(cfg Config) (*Provider, error) {
	u, err := url.Parse(cfg.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || !encrypted(u) {
		return nil, &review.Error{Kind: review.Invalid, Text: fmt.Sprintf("OpenID: %q is not an issuer", cfg.Issuer), Remedy: "give the address from the provider's own documentation; it starts with https://"}
	}
	if cfg.ClientID == "" {
		return nil, &review.Error{Kind: review.Invalid, Text: "OpenID: the client id is missing", Remedy: "register Assay with the provider; it names one"}
	}
	if cfg.Name == "" {
		cfg.Name = u.Hostname()
	}
	if len(cfg.Scopes) == 0 {
		cfg.Scopes = []string{"profile", "email"}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: patience, Transport: bounded{http.DefaultTransport},
			// What leads elsewhere could carry our secret there.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &Provider{cfg: cfg}, nil
}

// encrypted reports whether what is sent to u cannot be read on its way.
func encrypted(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// Name returns what people call the provider.
func (p *Provider) Name() string { return p.cfg.Name }

// Issuer returns who the provider says it is.
func (p *Provider) Issuer() string { return p.cfg.Issuer }

// discover asks the provider about itself, at most once a day while it answers.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	if p.found != nil && now.Sub(p.found.at) < fresh {
		return p.found, nil
	}
	said, err := upstream.NewProvider(upstream.ClientContext(ctx, p.cfg.Client), p.cfg.Issuer)
	if err != nil && p.found != nil {
		return p.found, nil // what it said yesterday will do until it answers again
	}
	if err != nil {
		return nil, unavailable("it does not say how to be asked", err)
	}
	var more struct {
		JWKS    string   `json:"jwks_uri"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := said.Claims(&more); err != nil {
		return nil, unavailable("it does not say how to be asked", err)
	}
	d := &discovered{said, said.Endpoint(), now}
	for _, address := range []string{d.endpoint.AuthURL, d.endpoint.TokenURL, more.JWKS} {
		if u, err := url.Parse(address); err != nil || u.Host == "" || !encrypted(u) {
			return nil, unavailable("it names an address that cannot be used", fmt.Errorf("address %q", address))
		}
	}
	// Not tried out: a provider may hold the second try for a stolen code.
	d.endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if p.cfg.ClientSecret == "" || len(more.Methods) > 0 && !slices.Contains(more.Methods, "client_secret_basic") {
		d.endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	p.found = d
	return d, nil
}

func (p *Provider) client(d *discovered, redirect string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: d.endpoint, RedirectURL: redirect,
		Scopes: slices.Concat([]string{upstream.ScopeOpenID}, p.cfg.Scopes)}
}

// AuthURL returns where a person signs in. The provider sends them back to
// redirect with state. nonce and verifier are for Exchange.
func (p *Provider) AuthURL(ctx context.Context, redirect, state, nonce, verifier string) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.client(d, redirect).AuthCodeURL(state, upstream.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// Exchange returns what the provider says of the person who came back with
// code. A Forbidden error means that it does not vouch for them, or that what
// it sent is not to be believed.
func (p *Provider) Exchange(ctx context.Context, redirect, code, nonce, verifier string) (account.Claims, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return account.Claims{}, err
	}
	ctx = upstream.ClientContext(ctx, p.cfg.Client)
	token, err := p.client(d, redirect).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode >= 400 && refused.Response.StatusCode < 500 {
		return account.Claims{}, notBelieved("the provider does not accept the code", err)
	}
	if err != nil {
		return account.Claims{}, unavailable("it does not exchange the code", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return account.Claims{}, notBelieved("the provider sent no ID token", nil)
	}
	// Keys that are not known yet are fetched: the provider may have changed them.
	id, err := d.Verifier(&upstream.Config{ClientID: p.cfg.ClientID, SupportedSigningAlgs: algorithms, Now: p.cfg.Now}).Verify(ctx, raw)
	if err != nil {
		return account.Claims{}, notBelieved("the provider's ID token does not hold", err)
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		return account.Claims{}, notBelieved("the provider's ID token is of another sign-in", errors.New("nonce"))
	}
	said := map[string]json.RawMessage{}
	if err := id.Claims(&said); err != nil {
		return account.Claims{}, notBelieved("the provider's ID token does not hold", err)
	}
	if azp := texts(said, "azp"); len(id.Audience) > 1 && !slices.Equal(azp, []string{p.cfg.ClientID}) {
		return account.Claims{}, notBelieved("the provider's ID token is for another program", fmt.Errorf("azp %q", azp))
	}
	if id.Subject == "" {
		return account.Claims{}, notBelieved("the provider's ID token names nobody", nil)
	}
	if err := p.complete(ctx, d, token, id.Subject, said); err != nil {
		return account.Claims{}, err
	}
	return p.claims(id.Subject, said), nil
}

// complete asks the provider for claims that its ID token lacks.
func (p *Provider) complete(ctx context.Context, d *discovered, token *oauth2.Token, subject string, said map[string]json.RawMessage) error {
	lacks := func(name string) bool { return texts(said, name) == nil }
	if !slices.ContainsFunc(p.cfg.Claims, lacks) || d.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := d.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return unavailable("it does not tell about people", err)
	}
	if info.Subject != subject {
		return notBelieved("the provider tells about somebody else", fmt.Errorf("subject %q", info.Subject))
	}
	more := map[string]json.RawMessage{}
	if err := info.Claims(&more); err != nil {
		return unavailable("what it tells about people cannot be read", err)
	}
	for name, value := range more {
		if _, stands := said[name]; !stands { // what is signed counts
			said[name] = value
		}
	}
	return nil
}

func (p *Provider) claims(subject string, said map[string]json.RawMessage) account.Claims {
	first := func(names ...string) string {
		for _, name := range names {
			if name != "" {
				if all := texts(said, name); len(all) > 0 && all[0] != "" {
					return all[0]
				}
			}
		}
		return ""
	}
	c := account.Claims{Issuer: p.cfg.Issuer, Subject: subject, Login: first(p.cfg.LoginClaim, "preferred_username", "email"),
		Name: first("name", "preferred_username"), Values: map[string][]string{}}
	for _, name := range slices.Concat(p.cfg.Claims) {
		c.Values[name] = texts(said, name)
	}
	return c
}

// texts returns the claim name as texts: one, or a list of them. A name with
// dots leads into objects, as in realm_access.roles. nil means that there is none.
func texts(said map[string]json.RawMessage, name string) []string {
	raw, ok := said[name]
	if !ok {
		outer, inner, nested := strings.Cut(name, ".")
		var object map[string]json.RawMessage
		if nested && json.Unmarshal(said[outer], &object) == nil {
			return texts(object, inner)
		}
		return nil
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var some []any
	if json.Unmarshal(raw, &some) != nil {
		return []string{strings.TrimSpace(string(raw))} // true, 42
	}
	all := []string{}
	for _, v := range some {
		if text, ok := v.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

func unavailable(what string, err error) error {
	return &review.Error{Kind: review.Unavailable, Text: "the OpenID provider: " + what, Remedy: "try again in a moment; the log has the cause", Err: fmt.Errorf("%w: %w", errProvider, err)}
}

func notBelieved(what string, err error) error {
	return &review.Error{Kind: review.Forbidden, Text: what, Remedy: "start again from the sign-in page; if it stays so, ask an admin", Err: err}
}

// errProvider marks what is the provider's failure and not our store's.
var errProvider = errors.New("OpenID provider")

// IsDown reports whether err says that the provider does not answer.
func IsDown(err error) bool { return errors.Is(err, errProvider) }
