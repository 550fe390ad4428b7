package account

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/review"

	"golang.org/x/text/unicode/norm"
)

// State says whether an account can be used.
type State string

const (
	Active   State = "active"
	Disabled State = "disabled"
)

// Source says how an account came to be, and so who rules its role.
type Source string

const (
	Local  Source = "local"  // made here; may be linked to a provider
	OpenID Source = "openid" // made at the first sign-in through a provider, by the rules of Provisioning
)

// Account is a person who may come in.
type Account struct {
	ID           string      `json:"id"`   // stable; stands in cases and in the audit log
	Name         string      `json:"name"` // for people to read
	Role         review.Role `json:"role"`
	Organisation string      `json:"organisation,omitempty"` // of an exporter; others may have none
	State        State       `json:"state"`
	Source       Source      `json:"source"`
	Issuer       string      `json:"issuer,omitempty"` // of the provider account that may sign in as this one
	Subject      string      `json:"subject,omitempty"`
	Password     string      `json:"-"` // PHC string; "" while none is set
	CreatedAt    time.Time   `json:"created_at"`
	LastSignIn   time.Time   `json:"last_sign_in,omitzero"`
}

// Actor returns a as review knows people.
func (a Account) Actor() review.Actor {
	return review.Actor{ID: a.ID, Role: a.Role, Organisation: a.Organisation}
}

// Invited reports whether nobody has been able to sign in as a yet.
func (a Account) Invited() bool { return a.Password == "" && a.Subject == "" }

// Session is one browser that is signed in.
type Session struct {
	ID        string    `json:"id"`
	Hash      string    `json:"-"` // of the token that the browser holds
	Account   string    `json:"account"`
	Method    string    `json:"method"` // "password", "openid", "link"
	Address   string    `json:"address"`
	Agent     string    `json:"agent"` // what the browser calls itself
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Token lets a program act as its account, within scopes.
type Token struct {
	ID        string    `json:"id"`
	Hash      string    `json:"-"`
	Account   string    `json:"account"`
	Name      string    `json:"name"` // what it is for
	Scopes    []Scope   `json:"scopes"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	UsedAt    time.Time `json:"used_at,omitzero"`
}

// Scope is what a token is good for. What its account's role may not do, no
// scope adds.
type Scope string

const (
	ScopeClassify Scope = "classify" // assess products, read lists
	ScopeRead     Scope = "read"     // read cases, precedents, documents
	ScopeWrite    Scope = "write"    // create cases and take part in them; an exporter's webhooks
	ScopeDecide   Scope = "decide"   // take, decide, reopen
	ScopeAudit    Scope = "audit"    // read the audit log
	ScopeMetrics  Scope = "metrics"  // read the figures at /metrics
	ScopeAdmin    Scope = "admin"    // accounts; an admin's webhooks, with write
)

// Scopes returns every scope of use to role, in a fixed order.
func Scopes(role review.Role) []Scope {
	switch role {
	case review.Exporter:
		return []Scope{ScopeClassify, ScopeRead, ScopeWrite}
	case review.Officer:
		return []Scope{ScopeClassify, ScopeRead, ScopeWrite, ScopeDecide}
	case review.Evaluator:
		return []Scope{ScopeClassify, ScopeRead, ScopeAudit}
	case review.Admin:
		return []Scope{ScopeClassify, ScopeRead, ScopeWrite, ScopeDecide, ScopeAudit, ScopeMetrics, ScopeAdmin}
	}
	return nil
}

// Purpose is what a link that works once is for.
type Purpose string

const (
	ForSetUp  Purpose = "set_up" // make the first admin
	ForInvite Purpose = "invite" // choose the first password
	ForReset  Purpose = "reset"  // choose another password
	forOpenID Purpose = "openid" // come back from a provider
)

// Link is a secret that works once, of which the hash is kept.
type Link struct {
	Hash      string
	Purpose   Purpose
	Account   string // "" for set-up
	Data      string // what a sign-in through a provider has to remember, as JSON
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Failures counts what went wrong under one key since it last went right.
type Failures struct {
	Count int
	Last  time.Time
	Until time.Time // nobody is let try before
}

// name must be safe in addresses, logs and on the command line, and look like
// no other name: so it is ASCII.
var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,99}$`)

// canonicalID returns id as it is stored and looked up.
func canonicalID(id string) string { return strings.ToLower(strings.TrimSpace(id)) }

// checkedName returns name as it is stored: composed, trimmed, printable.
func checkedName(what, name string) (string, error) {
	name = strings.TrimSpace(norm.NFC.String(name))
	unfit := func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(bidi, r) }
	if utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unfit) {
		return "", invalid(fmt.Sprintf("write it with at most %d characters, without control characters", maxName), "the %s cannot be used", what)
	}
	return name, nil
}

const maxName = 200

// bidi are the characters that turn the direction of text around: a name with
// one of them could be shown as another.
var bidi = &unicode.RangeTable{R16: []unicode.Range16{{0x200e, 0x200f, 1}, {0x202a, 0x202e, 1}, {0x2066, 0x2069, 1}}}

// checkRole holds a role and an organisation together.
func checkRole(role review.Role, organisation string) error {
	if !slices.Contains(review.Roles(), role) {
		return invalid("roles are exporter, officer, evaluator, admin", "there is no role %.40q", role)
	}
	if role == review.Exporter && organisation == "" {
		return invalid("name the organisation whose cases the exporter sees", "an exporter without an organisation has no cases")
	}
	return nil
}

func invalid(remedy, format string, args ...any) error {
	return &review.Error{Kind: review.Invalid, Text: fmt.Sprintf(format, args...), Remedy: remedy}
}

func conflict(remedy, format string, args ...any) error {
	return &review.Error{Kind: review.Conflict, Text: fmt.Sprintf(format, args...), Remedy: remedy}
}

func forbidden(remedy, format string, args ...any) error {
	return &review.Error{Kind: review.Forbidden, Text: fmt.Sprintf(format, args...), Remedy: remedy}
}

// NoAccount is the error for an account that does not exist.
func NoAccount(id string) error {
	return &review.Error{Kind: review.NotFound, Text: fmt.Sprintf("there is no account %.40q", id), Remedy: "list the accounts to see their names"}
}
