package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"assay/review"
	"assay/review/account"

	"github.com/labstack/echo/v4"
)

// access says who may use a route. Every row of the table of routes names one;
// there is no default, and the zero access lets nobody in. What a person may do
// to a particular case is not said here: review has those rules.
type access struct {
	anyone bool          // without signing in
	asked  bool          // without signing in where Config.Open says so
	roles  []review.Role // after signing in
}

var (
	anyone    = access{anyone: true}
	readers   = access{asked: true, roles: review.Roles()}
	members   = access{roles: review.Roles()}
	writers   = access{roles: []review.Role{review.Exporter, review.Officer, review.Admin}}
	exporters = access{roles: []review.Role{review.Exporter, review.Admin}}
	office    = access{roles: []review.Role{review.Officer, review.Evaluator, review.Admin}}
	officers  = access{roles: []review.Role{review.Officer, review.Admin}}
	auditors  = access{roles: []review.Role{review.Evaluator, review.Admin}}
	admins    = access{roles: []review.Role{review.Admin}}
)

// scope is what an API token must carry for a route.
type scope account.Scope

const (
	scopeNone     scope = ""    // tokens are of no use, or none is needed
	scopeAny      scope = "any" // any token will do
	scopeClassify       = scope(account.ScopeClassify)
	scopeRead           = scope(account.ScopeRead)
	scopeWrite          = scope(account.ScopeWrite)
	scopeDecide         = scope(account.ScopeDecide)
	scopeAudit          = scope(account.ScopeAudit)
	scopeAdmin          = scope(account.ScopeAdmin)
	scopeMetrics        = scope(account.ScopeMetrics)
)

// asking returns what an act of review needs to know of the request: who, the
// request's id, the Idempotency-Key and the version in If-Match.
func asking(r *http.Request, version int64) review.Request {
	return review.Request{Actor: whoAsks(r).Actor, ID: requestID(r), Key: r.Header.Get("Idempotency-Key"), Version: version}
}

// guard lets through to a route only whom its access names.
func (s *Server) guard(row route) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		seen := traceOf(r)
		seen.took(row, c)
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead
		if row.who.anyone && safe {
			return row.handle(c) // pictures and probes do not ask the store
		}
		who, err := s.identify(r)
		if err != nil && !row.who.anyone {
			return err
		}
		seen.who = who
		// The page that refuses shows who is refused.
		r = r.WithContext(context.WithValue(r.Context(), identityKey{}, who))
		c.SetRequest(r)
		if err := s.atRate(r, who); err != nil {
			return err
		}
		if err := row.admits(who, s.Open); err != nil {
			return s.toSignIn(c, err)
		}
		if err := checkForm(c.Response(), r, who); err != nil {
			return err
		}
		return row.handle(c)
	}
}

// atRate refuses who asks too often: a person or a program by name, anybody
// else by address. Where there are no accounts nobody is.
func (s *Server) atRate(r *http.Request, who identity) error {
	if s.Accounts == nil {
		return nil
	}
	key := addressKey(clientOf(r).address)
	if who.ID != "" {
		key = "account " + who.ID
	}
	if wait := s.rates.allow(key); wait > 0 {
		return tooMany(wait)
	}
	return nil
}

// toSignIn leads a person who has to sign in to the page for that, and back
// afterwards. Programs get err.
func (s *Server) toSignIn(c echo.Context, err error) error {
	var f *failure
	r := c.Request()
	if !errors.As(err, &f) || f.kind != kindSignIn || audienceOf(r.URL.Path) != people {
		return err
	}
	next := r.URL.RequestURI()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		next = refererPath(r) // what was typed is lost; the page is not
	}
	return c.Redirect(http.StatusSeeOther, "/login?"+url.Values{"next": {safeNext(next)}}.Encode())
}

// admits returns why who may not use the route, or nil.
func (row route) admits(who identity, open bool) error {
	switch {
	case row.who.anyone || row.who.asked && open:
		return nil
	case who.ID == "":
		return &failure{kind: kindSignIn, message: "this needs you to sign in", remedy: "sign in at /login, or send an API token"}
	case !slices.Contains(row.who.roles, who.Role):
		return &failure{kind: kindForbidden, message: fmt.Sprintf("the role %s may not do this", who.Role), remedy: "it is for: " + roleNames(row.who.roles)}
	case !who.fits(row.scope) && row.scope == scopeNone:
		return &failure{kind: kindForbidden, message: "API tokens are not let do this", remedy: "sign in at /login and do it there"}
	case !who.fits(row.scope):
		return &failure{kind: kindForbidden, message: fmt.Sprintf("the API token lacks the scope %s", row.scope), remedy: "make one that has it"}
	}
	return nil
}

func roleNames(roles []review.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}
