package api

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"assay/review"
	"assay/review/account"
)

// identity is who asks, as the guard of the route found out.
type identity struct {
	review.Actor
	Name   string // for people to read
	Single bool   // there are no accounts: everybody who reaches the server is this person

	called  func(id string) string // names of others, on pages that show them
	session account.Session        // of a browser that is signed in
	csrf    string                 // token of forms that are shown in that session
	token   *account.Token         // that a program brought
}

type identityKey struct{}

// whoAsks returns the identity that the guard has put into the request; its
// zero value for a route that anyone may use.
func whoAsks(r *http.Request) identity {
	who, _ := r.Context().Value(identityKey{}).(identity)
	return who
}

// identify tells who sent r: by API token when one is sent, else by session.
// Where there are no accounts it is always Self. Nobody is the zero identity.
// An error means that r brought a token that does not work, or that the store
// does not answer.
func (s *Server) identify(r *http.Request) (identity, error) {
	if s.Accounts == nil {
		return identity{Actor: s.Self, Name: s.Self.ID, Single: true}, nil
	}
	if said := r.Header.Get("Authorization"); said != "" {
		scheme, token, _ := strings.Cut(said, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return identity{}, &failure{kind: kindSignIn, message: "only API tokens are understood", remedy: "send Authorization: Bearer assay_…"}
		}
		a, t, err := s.Accounts.Token(r.Context(), strings.TrimSpace(token))
		if review.KindOf(err) == review.Forbidden {
			return identity{}, &failure{kind: kindSignIn, message: "the API token is unknown, ended or expired", remedy: "make a new one on the page of your account"}
		}
		return identity{Actor: a.Actor(), Name: nameOf(a), token: &t}, err
	}
	cookie, err := r.Cookie(sessionCookie(r))
	if err != nil {
		return identity{}, nil //nolint:nilerr // no cookie: nobody
	}
	a, in, err := s.Accounts.Session(r.Context(), cookie.Value)
	if k := review.KindOf(err); err != nil && (k == review.Forbidden || k == review.NotFound) {
		return identity{}, nil
	}
	if err != nil {
		return identity{}, err
	}
	return identity{Actor: a.Actor(), Name: nameOf(a), session: in, csrf: account.FormToken(cookie.Value)}, nil
}

func nameOf(a account.Account) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// fits reports whether who may use a route of this scope: a program needs a
// token that has it, a person at a browser needs none.
func (who identity) fits(need scope) bool {
	switch {
	case who.token == nil, need == scopeAny:
		return true
	case need == scopeNone:
		return false
	}
	return slices.Contains(who.token.Scopes, account.Scope(need))
}

// The session's cookie. Over an encrypted connection its name starts with
// __Host-, so that no other host, and no unencrypted page of this one, can set it.
const (
	plainCookie  = "assay"
	secureCookie = "__Host-assay"
)

func sessionCookie(r *http.Request) string {
	if clientOf(r).secure {
		return secureCookie
	}
	return plainCookie
}

// setCookie hands the browser a secret, for seconds; it forgets it when they are negative.
func setCookie(w http.ResponseWriter, r *http.Request, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds,
		Secure: clientOf(r).secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// signedIn gives the browser the session of in, and ends the one that it had.
func (s *Server) signedIn(w http.ResponseWriter, r *http.Request, in account.SignedIn) {
	if old, err := r.Cookie(sessionCookie(r)); err == nil && old.Value != in.Token {
		if err := s.Accounts.SignOut(r.Context(), s.request(r), old.Value); err != nil {
			s.Log.Warn("ending a session that was replaced", "id", requestID(r), "error", err)
		}
	}
	setCookie(w, r, sessionCookie(r), in.Token, int(in.Session.ExpiresAt.Sub(in.Session.CreatedAt).Seconds()))
}

// request returns what an act on accounts comes with.
func (s *Server) request(r *http.Request) account.Request {
	return account.Request{Actor: whoAsks(r).Actor, ID: requestID(r), Address: clientOf(r).address, Agent: r.UserAgent()}
}

// checkForm refuses a request that changes something and comes with a session's
// cookie but not with the token of its forms. It is the second line: browsers
// that say where a request comes from are refused before (http.CrossOriginProtection).
func checkForm(w http.ResponseWriter, r *http.Request, who identity) error {
	if who.csrf == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	got, err := formToken(w, r)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(got), []byte(who.csrf)) == 1 {
		return nil
	}
	return &failure{kind: kindCrossSite, message: "the request does not come from a page of your present session",
		remedy: "open the page again and send it from there; a program sends the header X-CSRF-Token, which /api/v1/me tells, or an API token"}
}
