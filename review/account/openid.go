package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/review"
)

// Claims is what a provider says of a person, checked to be the provider's word.
type Claims struct {
	Issuer  string
	Subject string
	Login   string              // how the provider calls the person: "ann" or "ann@example.org"
	Name    string              // for people to read
	Values  map[string][]string // every claim that is text, or a list of texts
}

// Rule gives a role to people of whom a claim says something.
type Rule struct {
	Claim        string // "groups"
	Value        string // "assay-officers"
	Role         review.Role
	Organisation string // "" takes it from Provisioning.OrganisationClaim
}

// Provisioning says who may come in through a provider, and as what. The first
// rule that fits counts.
type Provisioning struct {
	Rules               []Rule
	DefaultRole         review.Role // of people whom no rule fits; "" refuses them
	DefaultOrganisation string
	OrganisationClaim   string // claim that names the organisation
}

// Claims returns the names of the claims that the rules ask for.
func (p Provisioning) Claims() (names []string) {
	for _, rule := range p.Rules {
		names = append(names, rule.Claim)
	}
	if p.OrganisationClaim != "" {
		names = append(names, p.OrganisationClaim)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (p Provisioning) check() error {
	fault := func(format string, args ...any) error {
		return &review.Error{Kind: review.Invalid, Text: "OpenID: " + fmt.Sprintf(format, args...), Remedy: "see docs/accounts.md"}
	}
	if p.DefaultRole != "" && !slices.Contains(review.Roles(), p.DefaultRole) {
		return fault("there is no role %q", p.DefaultRole)
	}
	if p.DefaultRole == review.Exporter && p.DefaultOrganisation == "" && p.OrganisationClaim == "" {
		return fault("the default role exporter needs an organisation")
	}
	for _, rule := range p.Rules {
		if rule.Claim == "" || rule.Value == "" || !slices.Contains(review.Roles(), rule.Role) {
			return fault("the rule %s=%s:%s needs a claim, a value and a role", rule.Claim, rule.Value, rule.Role)
		}
		if rule.Role == review.Exporter && rule.Organisation == "" && p.OrganisationClaim == "" {
			return fault("the rule %s=%s:exporter needs an organisation", rule.Claim, rule.Value)
		}
	}
	return nil
}

// place returns what the rules make of c, and whether a rule fits rather than
// the default. ok is false for people who may not come in.
func (p Provisioning) place(c Claims) (role review.Role, organisation string, ruled, ok bool) {
	role, organisation = p.DefaultRole, p.DefaultOrganisation
	for _, rule := range p.Rules {
		if slices.Contains(c.Values[rule.Claim], rule.Value) {
			role, organisation, ruled = rule.Role, rule.Organisation, true
			break
		}
	}
	if named := c.Values[p.OrganisationClaim]; organisation == "" && p.OrganisationClaim != "" && len(named) == 1 {
		organisation = named[0]
	}
	organisation, err := checkedName("organisation", organisation)
	return role, organisation, ruled, err == nil && checkRole(role, organisation) == nil
}

// errNotProvisioned is the answer to people whom the provider knows and we do not.
func errNotProvisioned() error {
	return forbidden("ask an admin", "your account at the provider gives no access here")
}

// SignInOpenID signs in whom a provider vouches for. Accounts are found by
// issuer and subject alone: names and addresses of providers change hands.
// Whoever is not known is let in as the rules say; of accounts made so, a rule
// that fits also sets role and organisation anew at each sign-in.
func (s *Service) SignInOpenID(ctx context.Context, r Request, c Claims) (SignedIn, error) {
	var in SignedIn
	var refused error
	err := s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		in, refused = SignedIn{}, nil
		a, known, err := w.Linked(ctx, c.Issuer, c.Subject)
		if err != nil {
			return err
		}
		role, organisation, ruled, placed := s.Provisioning.place(c)
		refuse := func(why string, err error) error {
			refused = err
			object := map[string]any{"method": "openid", "reason": why, "issuer": clipped(c.Issuer, 300), "subject": clipped(c.Subject, 300)}
			if known {
				object["account"] = a.ID
			}
			return s.audit(ctx, w, r, ActSignInFailed, now, object)
		}
		switch {
		case known && a.State != Active:
			return refuse("disabled", forbidden("ask an admin", "the account is disabled"))
		case !known && !placed, known && a.Source == OpenID && !placed:
			return refuse("not_provisioned", errNotProvisioned())
		case !known:
			if a, err = s.provision(ctx, w, r, c, role, organisation, now); err != nil {
				return err
			}
		case a.Source == OpenID && ruled && (a.Role != role || a.Organisation != organisation):
			if err := s.follow(ctx, w, r, &a, role, organisation, now); err != nil {
				return err
			}
		}
		in, err = s.signIn(ctx, w, r, a, "openid", now)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

// provision makes the account of somebody new.
func (s *Service) provision(ctx context.Context, w Writer, r Request, c Claims, role review.Role, organisation string, now time.Time) (Account, error) {
	id, err := freeID(ctx, w, c)
	if err != nil {
		return Account{}, err
	}
	name, err := checkedName("name", c.Name)
	if err != nil {
		name = ""
	}
	a := Account{ID: id, Name: cmp.Or(name, id), Role: role, Organisation: organisation, State: Active, Source: OpenID,
		Issuer: c.Issuer, Subject: c.Subject, CreatedAt: now}
	if err := w.AddAccount(ctx, a); err != nil {
		return a, err
	}
	r.Actor = a.Actor()
	object := facts(a)
	object["issuer"], object["subject"] = a.Issuer, a.Subject
	return a, s.audit(ctx, w, r, ActProvision, now, object)
}

// follow gives a the role that the provider says it has now.
func (s *Service) follow(ctx context.Context, w Writer, r Request, a *Account, role review.Role, organisation string, now time.Time) error {
	was := map[string]any{"role": a.Role, "organisation": a.Organisation}
	a.Role, a.Organisation = role, organisation
	if err := w.PutAccount(ctx, *a); err != nil {
		return err
	}
	r.Actor = a.Actor()
	object := facts(*a)
	object["was"], object["by"] = was, "provider"
	return s.audit(ctx, w, r, ActRole, now, object)
}

// freeID returns a name for the account of c that nobody has. That of somebody
// else is never taken over.
func freeID(ctx context.Context, r Reader, c Claims) (string, error) {
	base := strings.Map(func(r rune) rune {
		if r < 0x80 && validID.MatchString("a"+string(r)) {
			return r
		}
		return -1
	}, canonicalID(c.Login))
	base = strings.TrimLeft(base, "._@+-")
	if len(base) > 80 {
		base = base[:80]
	}
	if base == "" {
		base = "openid-" + hashed(c.Issuer + "\n" + c.Subject)[:12]
	}
	for n := 1; n < 1000; n++ {
		id := base
		if n > 1 {
			id = fmt.Sprintf("%s-%d", base, n)
		}
		_, err := r.Account(ctx, id)
		if review.KindOf(err) == review.NotFound {
			return id, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", conflict("ask an admin", "every name like %q is taken", base)
}

// Connect lets the provider's account of c sign in as the actor.
func (s *Service) Connect(ctx context.Context, r Request, c Claims) error {
	return s.Store.WriteAccounts(ctx, func(w Writer) error {
		a, err := w.Account(ctx, r.Actor.ID)
		if err != nil {
			return err
		}
		if _, taken, err := w.Linked(ctx, c.Issuer, c.Subject); err != nil {
			return err
		} else if taken || a.Subject != "" {
			return conflict("disconnect the other first", "this account, or that of the provider, is connected already")
		}
		a.Issuer, a.Subject = c.Issuer, c.Subject
		if err := w.PutAccount(ctx, a); err != nil {
			return err
		}
		return s.audit(ctx, w, r, ActConnect, s.now(), map[string]any{"account": a.ID, "issuer": a.Issuer, "subject": a.Subject})
	})
}

// Disconnect ends that; it needs a password to be left.
func (s *Service) Disconnect(ctx context.Context, r Request) error {
	return s.Store.WriteAccounts(ctx, func(w Writer) error {
		a, err := w.Account(ctx, r.Actor.ID)
		if err != nil {
			return err
		}
		if a.Subject == "" || a.Password == "" {
			return conflict("have an admin reset your password first", "the account is not connected, or has no other way to sign in")
		}
		object := map[string]any{"account": a.ID, "issuer": a.Issuer, "subject": a.Subject}
		a.Issuer, a.Subject = "", ""
		if err := w.PutAccount(ctx, a); err != nil {
			return err
		}
		return s.audit(ctx, w, r, ActDisconnect, s.now(), object)
	})
}
