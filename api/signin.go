package api

import (
	"net/http"
	"net/url"
	"strings"

	"assay/review/account"

	"github.com/labstack/echo/v4"
)

// signInRoutes are the ways in and out.
func (s *Server) signInRoutes() []route {
	return []route{
		{"GET", "/login", anyone, scopeNone, s.loginPage},
		{"POST", "/login", anyone, scopeNone, s.login},
		{"POST", "/logout", anyone, scopeNone, s.logout},
		{"GET", "/setup/:token", anyone, scopeNone, s.setUpPage},
		{"POST", "/setup/:token", anyone, scopeNone, s.setUp},
		{"GET", "/invite/:token", anyone, scopeNone, s.linkPage(account.ForInvite)},
		{"POST", "/invite/:token", anyone, scopeNone, s.useLink(account.ForInvite)},
		{"GET", "/reset/:token", anyone, scopeNone, s.linkPage(account.ForReset)},
		{"POST", "/reset/:token", anyone, scopeNone, s.useLink(account.ForReset)},
	}
}

// triesPerMinute bounds what an address may try of signing in, whether right
// or wrong: each costs the machine a tenth of a second. What is wrong is
// bounded further by account.
const triesPerMinute = 20

func (s *Server) tried(r *http.Request) error {
	if wait := s.tries.allow(addressKey(clientOf(r).address)); wait > 0 {
		return tooMany(wait)
	}
	return nil
}

type loginView struct {
	fault
	Account  string // as typed
	Next     string
	Provider string // that people may sign in through; "" for none
	Through  string // where that begins
}

func (s *Server) loginView(f fault, id, next string) loginView {
	v := loginView{fault: f, Account: id, Next: next}
	v.Provider, v.Through = s.providerLink(next)
	return v
}

// fault is what is wrong with a form, shown above it.
type fault struct {
	Field  string
	Fault  string
	Remedy string
}

// faultOf returns what to show of err on the form itself, and the status;
// ok is false for an error that needs a page of its own.
func faultOf(err error) (v fault, status int, ok bool) {
	f := failureOf(err)
	switch f.kind {
	case kindInvalidInput, kindForbidden, kindConflict, kindTooMany, kindBusy:
		return fault{f.field, sentence(f.message), sentence(f.remedy)}, statuses[f.kind], true
	}
	return fault{}, 0, false
}

// formFault shows the page name again with what is wrong, or returns err.
func (s *Server) formFault(c echo.Context, name, title string, err error, view func(fault) any) error {
	v, status, ok := faultOf(err)
	if !ok {
		return err
	}
	s.retryAfter(c.Response(), err)
	return s.render(c.Response(), c.Request(), status, name, frame{Title: title, Page: view(v)})
}

// typedForm returns the fields of a posted form.
func (s *Server) typedForm(c echo.Context) (url.Values, error) {
	data, err := s.readBody(c.Response(), c.Request(), echo.MIMEApplicationForm)
	if err != nil {
		return nil, err
	}
	typed, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, &failure{kind: kindInvalidInput, message: "the form cannot be read", remedy: "send it from the page", cause: err}
	}
	return typed, nil
}

// accountsOnly refuses where there are no accounts.
func (s *Server) accountsOnly() error {
	if s.Accounts == nil {
		return &failure{kind: kindNotFound, message: "this server keeps no accounts: whoever reaches it may do everything", remedy: "start it with --accounts to have some"}
	}
	return nil
}

func (s *Server) loginPage(c echo.Context) error {
	next := safeNext(c.QueryParam("next"))
	if s.Accounts == nil || s.viewer(c.Request()).ID != "" {
		return c.Redirect(http.StatusSeeOther, next)
	}
	return s.render(c.Response(), c.Request(), http.StatusOK, "login", frame{Title: "Sign in", Page: s.loginView(fault{}, "", next)})
}

func (s *Server) login(c echo.Context) error {
	r := c.Request()
	if err := s.accountsOnly(); err != nil {
		return err
	}
	typed, err := s.typedForm(c)
	if err != nil {
		return err
	}
	next := safeNext(typed.Get("next"))
	err = s.tried(r)
	var in account.SignedIn
	if err == nil {
		in, err = s.Accounts.SignIn(r.Context(), account.Request{ID: requestID(r), Address: clientOf(r).address, Agent: r.UserAgent()}, typed.Get("account"), typed.Get("password"))
	}
	if err != nil {
		return s.formFault(c, "login", "Sign in", err, func(f fault) any { return s.loginView(f, clip(typed.Get("account"), 100), next) })
	}
	s.signedIn(c.Response(), r, in)
	return c.Redirect(http.StatusSeeOther, next)
}

func (s *Server) logout(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	if cookie, err := r.Cookie(sessionCookie(r)); err == nil {
		if err := s.Accounts.SignOut(r.Context(), s.request(r), cookie.Value); err != nil {
			return err
		}
		setCookie(c.Response(), r, sessionCookie(r), "", -1)
	}
	return c.Redirect(http.StatusSeeOther, "/login")
}

// safeNext returns next when it leads to a page of ours, else the start. What
// a browser could read as another host is refused, whatever it looks like to us.
func safeNext(next string) string {
	if len(next) > 2000 || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t\x00") {
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") || audienceOf(u.Path) != people {
		return "/"
	}
	for _, way := range []string{"/login", "/logout", "/setup", "/invite", "/reset"} {
		if hasPrefix(u.Path, way) {
			return "/"
		}
	}
	return u.RequestURI()
}

// refererPath returns the page of ours that r was sent from.
func refererPath(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return "/"
	}
	return u.RequestURI()
}

type passwordView struct {
	fault
	Heading string
	Lead    string
	Action  string // where the form goes
	Account account.Account
	SetUp   bool
	ID      string // as typed, for set-up
	Name    string
	Least   int
}

func (s *Server) setUpPage(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	if _, err := s.Accounts.LinkFor(c.Request().Context(), c.Param("token"), account.ForSetUp); err != nil {
		return err
	}
	return s.passwordPage(c, setUpView(c))
}

func setUpView(c echo.Context) passwordView {
	return passwordView{Heading: "Set up Assay", SetUp: true, Action: c.Request().URL.Path,
		Lead: "This link works once. It makes the first account, an admin, who can invite others."}
}

func (s *Server) passwordPage(c echo.Context, v passwordView) error {
	v.Least = account.MinPassword
	return s.render(c.Response(), c.Request(), http.StatusOK, "password", frame{Title: v.Heading, Page: v})
}

// passwordFault shows the form again.
func (s *Server) passwordFault(c echo.Context, v passwordView, err error) error {
	return s.formFault(c, "password", v.Heading, err, func(f fault) any {
		v.fault, v.Least = f, account.MinPassword
		return v
	})
}

// chosenPassword returns the new password of a form that asks for it twice.
func chosenPassword(typed url.Values) (string, error) {
	if typed.Get("password") != typed.Get("again") {
		return "", &failure{kind: kindInvalidInput, message: "the two passwords differ", field: "again", remedy: "type the same password twice"}
	}
	return typed.Get("password"), nil
}

func (s *Server) setUp(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	typed, err := s.typedForm(c)
	if err != nil {
		return err
	}
	v := setUpView(c)
	v.ID, v.Name = clip(typed.Get("account"), 200), clip(typed.Get("name"), 800)
	if err := s.tried(r); err != nil {
		return s.passwordFault(c, v, err)
	}
	password, err := chosenPassword(typed)
	var in account.SignedIn
	if err == nil {
		in, err = s.Accounts.SetUp(r.Context(), s.request(r), c.Param("token"), account.NewAccount{ID: v.ID, Name: v.Name}, password)
	}
	if err != nil {
		return s.passwordFault(c, v, err)
	}
	s.signedIn(c.Response(), r, in)
	return c.Redirect(http.StatusSeeOther, "/accounts")
}

func passwordOf(c echo.Context, purpose account.Purpose, a account.Account) passwordView {
	v := passwordView{Heading: "Choose a password", Account: a, Action: c.Request().URL.Path, Lead: "You have been invited to Assay. This link works once."}
	if purpose == account.ForReset {
		v.Heading, v.Lead = "Choose another password", "This link works once. All sessions of the account end."
	}
	return v
}

func (s *Server) linkPage(purpose account.Purpose) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.accountsOnly(); err != nil {
			return err
		}
		// Looking does not use the link up: mail programs look at links too.
		a, err := s.Accounts.LinkFor(c.Request().Context(), c.Param("token"), purpose)
		if err != nil {
			return err
		}
		return s.passwordPage(c, passwordOf(c, purpose, a))
	}
}

func (s *Server) useLink(purpose account.Purpose) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.accountsOnly(); err != nil {
			return err
		}
		r := c.Request()
		typed, err := s.typedForm(c)
		if err != nil {
			return err
		}
		a, err := s.Accounts.LinkFor(r.Context(), c.Param("token"), purpose)
		if err != nil {
			return err
		}
		v := passwordOf(c, purpose, a)
		if err := s.tried(r); err != nil {
			return s.passwordFault(c, v, err)
		}
		password, err := chosenPassword(typed)
		var in account.SignedIn
		if err == nil {
			in, err = s.Accounts.Accept(r.Context(), account.Request{ID: requestID(r), Address: clientOf(r).address, Agent: r.UserAgent()}, c.Param("token"), purpose, password)
		}
		if err != nil {
			return s.passwordFault(c, v, err)
		}
		s.signedIn(c.Response(), r, in)
		return c.Redirect(http.StatusSeeOther, "/")
	}
}
