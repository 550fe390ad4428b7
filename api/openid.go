package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"

	"assay/review"
	"assay/review/account"

	"github.com/labstack/echo/v4"
)

// OpenID is an OpenID Connect provider through which people may sign in; an
// *oidc.Provider of internal/oidc is one.
type OpenID interface {
	Name() string   // what people call it
	Issuer() string // who it says it is
	// AuthURL returns where a person signs in, to be sent back to redirect.
	AuthURL(ctx context.Context, redirect, state, nonce, verifier string) (string, error)
	// Exchange returns what the provider says of the one who came back with
	// code; a Forbidden error when it vouches for nobody.
	Exchange(ctx context.Context, redirect, code, nonce, verifier string) (account.Claims, error)
}

func (s *Server) openIDRoutes() []route {
	return []route{
		{"GET", "/login/openid", anyone, scopeNone, s.toProvider},
		{"GET", openIDCallback, anyone, scopeNone, s.fromProvider},
		{"POST", "/account/connect", members, scopeNone, s.connect},
		{"POST", "/account/disconnect", members, scopeNone, s.disconnect},
	}
}

// openIDCallback is where a provider sends people back to.
const openIDCallback = "/login/openid/callback"

// flowSeconds is how long a browser keeps its part of a sign-in under way; the
// other part is kept as long.
const flowSeconds = 600

func flowCookie(r *http.Request) string { return sessionCookie(r) + "-openid" }

// withProvider refuses where there is no provider.
func (s *Server) withProvider() error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	if s.OpenID == nil {
		return &failure{kind: kindNotFound, message: "this server knows no OpenID provider", remedy: "sign in with a password"}
	}
	return nil
}

// leave remembers f and returns where the person signs in.
func (s *Server) leave(c echo.Context, f account.Flow) (string, error) {
	r := c.Request()
	if err := s.tried(r); err != nil {
		return "", err
	}
	f.Nonce, f.Verifier = rand.Text()+rand.Text(), rand.Text()+rand.Text()
	state, browser, err := s.Accounts.KeepFlow(r.Context(), f)
	if err != nil {
		return "", err
	}
	address, err := s.OpenID.AuthURL(r.Context(), s.base(r)+openIDCallback, state, f.Nonce, f.Verifier)
	if err != nil {
		return "", notAnswering(err)
	}
	setCookie(c.Response(), r, flowCookie(r), browser, flowSeconds)
	return address, nil
}

// toProvider leads a person to the provider.
func (s *Server) toProvider(c echo.Context) error {
	if err := s.withProvider(); err != nil {
		return err
	}
	next := safeNext(c.QueryParam("next"))
	if s.viewer(c.Request()).ID != "" {
		return c.Redirect(http.StatusSeeOther, next)
	}
	address, err := s.leave(c, account.Flow{Next: next})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, address)
}

// fromProvider takes back a person whom the provider sends, once, in the
// browser that left.
func (s *Server) fromProvider(c echo.Context) error {
	if err := s.withProvider(); err != nil {
		return err
	}
	r := c.Request()
	if err := s.tried(r); err != nil {
		return err
	}
	browser := ""
	if cookie, err := r.Cookie(flowCookie(r)); err == nil {
		browser = cookie.Value
		setCookie(c.Response(), r, flowCookie(r), "", -1)
	}
	flow, err := s.Accounts.TakeFlow(r.Context(), c.QueryParam("state"), browser)
	if err != nil {
		return err
	}
	if said := c.QueryParam("error"); said != "" {
		return &failure{kind: kindForbidden, message: "the provider did not sign you in", remedy: "start again from the sign-in page, or ask an admin",
			cause: providerSaid(said + " " + c.QueryParam("error_description"))}
	}
	if from := c.QueryParam("iss"); from != "" && from != s.OpenID.Issuer() {
		return &failure{kind: kindForbidden, message: "another provider sent you back", remedy: "start again from the sign-in page"}
	}
	claims, err := s.OpenID.Exchange(r.Context(), s.base(r)+openIDCallback, c.QueryParam("code"), flow.Nonce, flow.Verifier)
	if err != nil {
		return notAnswering(err)
	}
	from := account.Request{ID: requestID(r), Address: clientOf(r).address, Agent: r.UserAgent()}
	if flow.Connect != "" {
		who := s.viewer(r)
		if who.ID != flow.Connect || who.token != nil {
			return &failure{kind: kindForbidden, message: "you are not signed in any more as the account that was to be connected", remedy: "sign in and start again from the page of your account"}
		}
		from.Actor = who.Actor
		if err := s.Accounts.Connect(r.Context(), from, claims); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/account")
	}
	in, err := s.Accounts.SignInOpenID(r.Context(), from, claims)
	if err != nil {
		return err
	}
	s.signedIn(c.Response(), r, in)
	return c.Redirect(http.StatusSeeOther, flow.Next)
}

// notAnswering says, of an error of the provider, whose it is.
func notAnswering(err error) error {
	if review.KindOf(err) != review.Unavailable {
		return err
	}
	return &failure{kind: kindUnavailable, message: "the OpenID provider does not answer", remedy: "try again in a moment, or sign in with a password", cause: err}
}

// providerSaid is what a provider says of a failure, for the log.
type providerSaid string

func (p providerSaid) Error() string { return "the provider says " + plain(clip(string(p), 300)) }

type connectView struct {
	Provider string
	URL      string
}

// connect begins to let the provider's account sign in as the actor's. It
// shows a link to follow: a form may lead to pages of ours only.
func (s *Server) connect(c echo.Context) error {
	if err := s.withProvider(); err != nil {
		return err
	}
	address, err := s.leave(c, account.Flow{Next: "/account", Connect: whoAsks(c.Request()).ID})
	if err != nil {
		return err
	}
	return s.render(c.Response(), c.Request(), http.StatusOK, "connect", frame{Title: "Connect", Page: connectView{s.OpenID.Name(), address}})
}

func (s *Server) disconnect(c echo.Context) error {
	return s.thenOwn(c, func(r *http.Request) error { return s.Accounts.Disconnect(r.Context(), s.request(r)) })
}

// providerLink returns where the sign-in page leads for a provider, and what
// it is called; "" when there is none.
func (s *Server) providerLink(next string) (name, address string) {
	if s.OpenID == nil {
		return "", ""
	}
	return s.OpenID.Name(), "/login/openid?" + url.Values{"next": {next}}.Encode()
}
