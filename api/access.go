package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"assay/review"

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
type scope string

const (
	scopeNone     scope = ""         // tokens are of no use, or none is needed
	scopeClassify scope = "classify" // assess products, read lists
	scopeRead     scope = "read"     // read cases, precedents, documents
	scopeWrite    scope = "write"    // create cases and take part in them
	scopeDecide   scope = "decide"   // take, decide, reopen
	scopeAudit    scope = "audit"    // read the audit log
	scopeAdmin    scope = "admin"    // accounts, webhooks
)

// identity is who asks, as the guard of the route found out.
type identity struct {
	review.Actor
	Name   string // for people to read
	Single bool   // there are no accounts: everybody who reaches the server is this person
	csrf   string // token of forms that are shown to this person; "" where nothing is signed in by cookie
}

type identityKey struct{}

// whoAsks returns the identity that the guard has put into the request; its
// zero value for a route that anyone may use.
func whoAsks(r *http.Request) identity {
	who, _ := r.Context().Value(identityKey{}).(identity)
	return who
}

// asking returns what an act of review needs to know of the request: who, the
// request's id, the Idempotency-Key and the version in If-Match.
func asking(r *http.Request, version int64) review.Request {
	return review.Request{Actor: whoAsks(r).Actor, ID: requestID(r), Key: r.Header.Get("Idempotency-Key"), Version: version}
}

// guard lets through to a route only whom its access names.
func (s *Server) guard(row route) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		who, err := s.identify(r)
		if err != nil {
			return err
		}
		// The page that refuses shows who is refused.
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), identityKey{}, who)))
		if err := row.admits(who, s.Open); err != nil {
			return err
		}
		return row.handle(c)
	}
}

// identify tells who sent r. Where there are no accounts it is always Self.
func (s *Server) identify(*http.Request) (identity, error) {
	return identity{Actor: s.Self, Name: s.Self.ID, Single: true}, nil
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
