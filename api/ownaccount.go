package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"assay/review/account"

	"github.com/labstack/echo/v4"
)

// ownRoutes are what people do with their own account. A token cannot do any
// of it: whoever finds one must not be able to make more of it.
func (s *Server) ownRoutes() []route {
	return []route{
		{"GET", "/account", members, scopeNone, s.ownPage},
		{"POST", "/account/password", members, scopeNone, s.ownPassword},
		{"POST", "/account/tokens", members, scopeNone, s.ownNewToken},
		{"POST", "/account/tokens/:token/end", members, scopeNone, s.ownEndToken},
		{"POST", "/account/sessions/end", members, scopeNone, s.ownEndSessions},
		{"POST", "/account/sessions/:session/end", members, scopeNone, s.ownEndSessions},
		{"GET", "/api/v1/me", members, scopeAny, s.getMe},
		{"POST", "/api/v1/me/password", members, scopeNone, s.postPassword},
		{"GET", "/api/v1/me/sessions", members, scopeNone, s.getSessions},
		{"DELETE", "/api/v1/me/sessions", members, scopeNone, s.deleteSessions},
		{"DELETE", "/api/v1/me/sessions/:session", members, scopeNone, s.deleteSessions},
		{"GET", "/api/v1/tokens", members, scopeNone, s.getTokens},
		{"POST", "/api/v1/tokens", members, scopeNone, s.postToken},
		{"DELETE", "/api/v1/tokens/:token", members, scopeNone, s.deleteToken},
	}
}

type ownView struct {
	fault
	In       string // the form that the fault is in
	Account  account.Account
	Sessions []sessionView
	Tokens   []tokenView
	Scopes   []scopeChoice
	Days     []int
	Made     string // the secret of a token made just now
	MadeName string
	Least    int
	Provider string // that the account can be connected with
}

type sessionView struct {
	account.Session
	Here bool
}

type tokenView struct {
	account.Token
	Expired bool
}

type scopeChoice struct {
	Scope account.Scope
	Words string
}

var scopeWords = map[account.Scope]string{
	account.ScopeClassify: "assess products, read lists",
	account.ScopeRead:     "read cases, precedents and documents",
	account.ScopeWrite:    "create cases and take part in them",
	account.ScopeDecide:   "take, decide and reopen cases",
	account.ScopeAudit:    "read the audit log",
	account.ScopeAdmin:    "manage accounts and webhooks",
}

// own shows the page of the account of who asks; change puts more on it.
func (s *Server) own(c echo.Context, status int, change func(*ownView)) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r, who := c.Request(), whoAsks(c.Request())
	a, err := s.Accounts.Get(r.Context(), who.ID)
	if err != nil {
		return err
	}
	sessions, err := s.Accounts.Sessions(r.Context(), s.request(r))
	if err != nil {
		return err
	}
	tokens, err := s.Accounts.Tokens(r.Context(), s.request(r))
	if err != nil {
		return err
	}
	v := ownView{Account: a, Days: []int{7, 30, 90, 365}, Least: account.MinPassword}
	for _, in := range sessions {
		v.Sessions = append(v.Sessions, sessionView{in, in.ID == who.session.ID})
	}
	for _, t := range tokens {
		v.Tokens = append(v.Tokens, tokenView{t, !s.Now().Before(t.ExpiresAt)})
	}
	for _, sc := range account.Scopes(a.Role) {
		v.Scopes = append(v.Scopes, scopeChoice{sc, scopeWords[sc]})
	}
	if s.OpenID != nil {
		v.Provider = s.OpenID.Name()
	}
	change(&v)
	return s.render(c.Response(), r, status, "account", frame{Title: "Your account", Page: v})
}

// ownFault shows the page with what is wrong in one of its forms.
func (s *Server) ownFault(c echo.Context, in string, err error) error {
	v, status, ok := faultOf(err)
	if !ok {
		return err
	}
	s.retryAfter(c.Response(), err)
	return s.own(c, status, func(o *ownView) { o.fault, o.In = v, in })
}

func (s *Server) ownPage(c echo.Context) error {
	return s.own(c, http.StatusOK, func(*ownView) {})
}

func (s *Server) ownPassword(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	typed, err := s.typedForm(c)
	if err != nil {
		return err
	}
	password, err := chosenPassword(typed)
	var in account.SignedIn
	if err == nil {
		in, err = s.Accounts.ChangePassword(r.Context(), s.request(r), typed.Get("present"), password)
	}
	if err != nil {
		return s.ownFault(c, "password", err)
	}
	s.signedIn(c.Response(), r, in)
	return c.Redirect(http.StatusSeeOther, "/account")
}

func (s *Server) ownNewToken(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	typed, err := s.typedForm(c)
	if err != nil {
		return err
	}
	n := account.NewToken{Name: typed.Get("name")}
	for _, sc := range typed["scope"] {
		n.Scopes = append(n.Scopes, account.Scope(sc))
	}
	days, err := strconv.Atoi(typed.Get("days"))
	if err != nil || days < 1 || days > 366 {
		return s.ownFault(c, "token", &failure{kind: kindInvalidInput, message: "the token's life is a number of days from 1 to 366", field: "days"})
	}
	n.Life = time.Duration(days) * 24 * time.Hour
	r := c.Request()
	made, text, err := s.Accounts.MakeToken(r.Context(), s.request(r), whoAsks(r).ID, n)
	if err != nil {
		return s.ownFault(c, "token", err)
	}
	return s.own(c, http.StatusOK, func(v *ownView) { v.Made, v.MadeName = text, made.Name })
}

func (s *Server) ownEndToken(c echo.Context) error {
	return s.thenOwn(c, func(r *http.Request) error { return s.Accounts.EndToken(r.Context(), s.request(r), c.Param("token")) })
}

func (s *Server) ownEndSessions(c echo.Context) error {
	return s.thenOwn(c, func(r *http.Request) error {
		return s.Accounts.EndSessions(r.Context(), s.request(r), c.Param("session"), whoAsks(r).session.ID)
	})
}

// thenOwn does an act and leads back to the page of the account.
func (s *Server) thenOwn(c echo.Context, do func(*http.Request) error) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	if err := do(c.Request()); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/account")
}

// meBody is who asks, as they may know themselves.
type meBody struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Role         string          `json:"role"`
	Organisation string          `json:"organisation,omitempty"`
	Accounts     bool            `json:"accounts"` // false: there are none, and everybody is this person
	Scopes       []account.Scope `json:"scopes,omitempty"`
	CSRF         string          `json:"csrf_token,omitempty"`
	ExpiresAt    time.Time       `json:"expires_at,omitzero"` // of the session or the token
}

func (s *Server) getMe(c echo.Context) error {
	who := whoAsks(c.Request())
	me := meBody{ID: who.ID, Name: who.Name, Role: string(who.Role), Organisation: who.Organisation, Accounts: !who.Single, CSRF: who.csrf, ExpiresAt: who.session.ExpiresAt}
	if who.token != nil {
		me.Scopes, me.ExpiresAt = who.token.Scopes, who.token.ExpiresAt
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, me)
	return nil
}

// readJSON reads the body of c into v where there are accounts.
func (s *Server) readJSON(c echo.Context, v any) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	data, err := s.readBody(c.Response(), c.Request(), echo.MIMEApplicationJSON)
	if err != nil {
		return err
	}
	return decode(data, v)
}

func (s *Server) postPassword(c echo.Context) error {
	var body struct {
		Present string `json:"present"`
		New     string `json:"new"`
	}
	if err := s.readJSON(c, &body); err != nil {
		return err
	}
	r := c.Request()
	in, err := s.Accounts.ChangePassword(r.Context(), s.request(r), body.Present, body.New)
	if err != nil {
		return err
	}
	s.signedIn(c.Response(), r, in)
	return c.NoContent(http.StatusNoContent)
}

type sessionsBody struct {
	Sessions []sessionBody `json:"sessions"`
}

type sessionBody struct {
	account.Session
	Here bool `json:"here"` // the one that asks
}

func (s *Server) getSessions(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	all, err := s.Accounts.Sessions(r.Context(), s.request(r))
	if err != nil {
		return err
	}
	body := sessionsBody{[]sessionBody{}}
	for _, in := range all {
		body.Sessions = append(body.Sessions, sessionBody{in, in.ID == whoAsks(r).session.ID})
	}
	s.writeJSON(c.Response(), r, http.StatusOK, body)
	return nil
}

func (s *Server) deleteSessions(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	if err := s.Accounts.EndSessions(r.Context(), s.request(r), c.Param("session"), whoAsks(r).session.ID); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

type tokensBody struct {
	Tokens []account.Token `json:"tokens"`
}

func (s *Server) getTokens(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	all, err := s.Accounts.Tokens(r.Context(), s.request(r))
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), r, http.StatusOK, tokensBody{slices.Concat([]account.Token{}, all)})
	return nil
}

type newTokenBody struct {
	account.Token
	Secret string `json:"secret"` // told once
}

func (s *Server) postToken(c echo.Context) error {
	var body struct {
		account.NewToken
		Days int `json:"days"`
	}
	if err := s.readJSON(c, &body); err != nil {
		return err
	}
	if body.Days < 0 || body.Days > 366 {
		return &failure{kind: kindInvalidInput, message: "days is a number from 1 to 366", field: "days", remedy: "leave it out for 90"}
	}
	body.Life = time.Duration(body.Days) * 24 * time.Hour
	r := c.Request()
	made, text, err := s.Accounts.MakeToken(r.Context(), s.request(r), whoAsks(r).ID, body.NewToken)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/api/v1/tokens/"+url.PathEscape(made.ID))
	s.writeJSON(c.Response(), r, http.StatusCreated, newTokenBody{made, text})
	return nil
}

func (s *Server) deleteToken(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	if err := s.Accounts.EndToken(r.Context(), s.request(r), c.Param("token")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
