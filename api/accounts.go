package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"assay/review"
	"assay/review/account"

	"github.com/labstack/echo/v4"
)

// accountRoutes are what admins do with accounts.
func (s *Server) accountRoutes() []route {
	return []route{
		{"GET", "/accounts", admins, scopeNone, s.accountsPage},
		{"POST", "/accounts", admins, scopeNone, s.inviteForm},
		{"GET", "/accounts/:account", admins, scopeNone, s.accountPage},
		{"POST", "/accounts/:account/role", admins, scopeNone, s.roleForm},
		{"POST", "/accounts/:account/disable", admins, scopeNone, s.thenAccount((*account.Service).Disable)},
		{"POST", "/accounts/:account/enable", admins, scopeNone, s.thenAccount((*account.Service).Enable)},
		{"POST", "/accounts/:account/unlock", admins, scopeNone, s.thenAccount((*account.Service).Unlock)},
		{"POST", "/accounts/:account/reset", admins, scopeNone, s.resetForm},
		{"GET", "/api/v1/accounts", admins, scopeAdmin, s.getAccounts},
		{"POST", "/api/v1/accounts", admins, scopeAdmin, s.postAccount},
		{"GET", "/api/v1/accounts/:account", admins, scopeAdmin, s.getAccount},
		{"POST", "/api/v1/accounts/:account/role", admins, scopeAdmin, s.postRole},
		{"POST", "/api/v1/accounts/:account/disable", admins, scopeAdmin, s.answering((*account.Service).Disable)},
		{"POST", "/api/v1/accounts/:account/enable", admins, scopeAdmin, s.answering((*account.Service).Enable)},
		{"POST", "/api/v1/accounts/:account/unlock", admins, scopeAdmin, s.answering((*account.Service).Unlock)},
		{"POST", "/api/v1/accounts/:account/reset", admins, scopeAdmin, s.postReset},
	}
}

type accountsView struct {
	fault
	Accounts []account.Standing
	Next     string
	Typed    account.NewAccount
	Roles    []roleChoice
}

type roleChoice struct {
	Role    review.Role
	Words   string
	Checked bool
}

var roleWords = map[review.Role]string{
	review.Exporter:  "submits the own organisation’s products",
	review.Officer:   "checks and decides",
	review.Evaluator: "reads everything, changes nothing",
	review.Admin:     "manages accounts, and does what officers do",
}

func roleChoices(checked review.Role) (all []roleChoice) {
	for _, role := range review.Roles() {
		all = append(all, roleChoice{role, roleWords[role], role == checked})
	}
	return all
}

// accounts shows the list, from the account behind from on.
func (s *Server) accounts(c echo.Context, status int, from string, change func(*accountsView)) error {
	r := c.Request()
	page, next, err := s.Accounts.List(r.Context(), s.request(r), from)
	if err != nil {
		return err
	}
	v := accountsView{Accounts: page, Next: next}
	change(&v)
	v.Roles = roleChoices(v.Typed.Role)
	return s.render(c.Response(), r, status, "accounts", frame{Title: "Accounts", Page: v})
}

func (s *Server) accountsPage(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	return s.accounts(c, http.StatusOK, c.QueryParam("from"), func(v *accountsView) { v.Typed.Role = review.Exporter })
}

func (s *Server) inviteForm(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	typed, err := s.typedForm(c)
	if err != nil {
		return err
	}
	n := account.NewAccount{ID: typed.Get("account"), Name: typed.Get("name"), Role: review.Role(typed.Get("role")), Organisation: typed.Get("organisation")}
	r := c.Request()
	a, link, err := s.Accounts.Invite(r.Context(), s.request(r), n)
	if err != nil {
		v, status, ok := faultOf(err)
		if !ok {
			return err
		}
		return s.accounts(c, status, "", func(page *accountsView) { page.fault, page.Typed = v, n })
	}
	return s.tell(c, a, link)
}

type toldView struct {
	Account account.Account
	Link    string
	Invite  bool
	Expires string
}

// tell shows a link that works once, which nobody can look up afterwards.
func (s *Server) tell(c echo.Context, a account.Account, link account.Invitation) error {
	v := toldView{Account: a, Link: s.linkURL(c.Request(), link), Invite: link.Purpose == account.ForInvite, Expires: link.ExpiresAt.Format("2 January 2006, 15:04") + " UTC"}
	return s.render(c.Response(), c.Request(), http.StatusOK, "told", frame{Title: "Link for " + a.ID, Page: v})
}

// LinkPath returns where a link that works once is used, for who writes links
// without a request at hand.
func LinkPath(link account.Invitation) string {
	dir := map[account.Purpose]string{account.ForSetUp: "/setup/", account.ForInvite: "/invite/", account.ForReset: "/reset/"}[link.Purpose]
	return dir + link.Token
}

func (s *Server) linkURL(r *http.Request, link account.Invitation) string {
	return s.base(r) + LinkPath(link)
}

type accountView struct {
	fault
	account.Standing
	Self  bool
	Roles []roleChoice
}

func (s *Server) oneAccount(c echo.Context, status int, f fault) error {
	r := c.Request()
	st, err := s.Accounts.Standing(r.Context(), s.request(r), c.Param("account"))
	if err != nil {
		return err
	}
	v := accountView{fault: f, Standing: st, Self: st.ID == whoAsks(r).ID, Roles: roleChoices(st.Role)}
	return s.render(c.Response(), r, status, "oneaccount", frame{Title: st.ID, Page: v})
}

func (s *Server) accountPage(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	return s.oneAccount(c, http.StatusOK, fault{})
}

// afterAct leads to the page of the account, or shows it with what is wrong.
func (s *Server) afterAct(c echo.Context, err error) error {
	if err == nil {
		return c.Redirect(http.StatusSeeOther, "/accounts/"+url.PathEscape(c.Param("account")))
	}
	f, status, ok := faultOf(err)
	if !ok {
		return err
	}
	return s.oneAccount(c, status, f)
}

func (s *Server) roleForm(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	typed, err := s.typedForm(c)
	if err != nil {
		return err
	}
	r := c.Request()
	_, err = s.Accounts.SetRole(r.Context(), s.request(r), c.Param("account"), review.Role(typed.Get("role")), typed.Get("organisation"))
	return s.afterAct(c, err)
}

// actOnAccount is a method of account.Service that does something to an account.
type actOnAccount func(*account.Service, context.Context, account.Request, string) (account.Account, error)

func (s *Server) thenAccount(act actOnAccount) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.accountsOnly(); err != nil {
			return err
		}
		r := c.Request()
		_, err := act(s.Accounts, r.Context(), s.request(r), c.Param("account"))
		return s.afterAct(c, err)
	}
}

func (s *Server) resetForm(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	a, link, err := s.Accounts.ResetPassword(r.Context(), s.request(r), c.Param("account"))
	if err != nil {
		return s.afterAct(c, err)
	}
	return s.tell(c, a, link)
}

type accountsBody struct {
	Accounts []account.Standing `json:"accounts"`
	Next     string             `json:"next,omitempty"` // give it as from
}

func (s *Server) getAccounts(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	page, next, err := s.Accounts.List(r.Context(), s.request(r), c.QueryParam("from"))
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), r, http.StatusOK, accountsBody{page, next})
	return nil
}

type linkBody struct {
	Account account.Account `json:"account"`
	Link    linkTold        `json:"link"`
}

type linkTold struct {
	URL       string          `json:"url"`
	Purpose   account.Purpose `json:"purpose"`
	ExpiresAt time.Time       `json:"expires_at"`
}

func (s *Server) answerLink(c echo.Context, status int, a account.Account, link account.Invitation) error {
	told := linkTold{s.linkURL(c.Request(), link), link.Purpose, link.ExpiresAt}
	s.writeJSON(c.Response(), c.Request(), status, linkBody{a, told})
	return nil
}

func (s *Server) postAccount(c echo.Context) error {
	var n account.NewAccount
	if err := s.readJSON(c, &n); err != nil {
		return err
	}
	r := c.Request()
	a, link, err := s.Accounts.Invite(r.Context(), s.request(r), n)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/api/v1/accounts/"+url.PathEscape(a.ID))
	return s.answerLink(c, http.StatusCreated, a, link)
}

func (s *Server) getAccount(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	st, err := s.Accounts.Standing(r.Context(), s.request(r), c.Param("account"))
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), r, http.StatusOK, st)
	return nil
}

func (s *Server) postRole(c echo.Context) error {
	var body struct {
		Role         review.Role `json:"role"`
		Organisation string      `json:"organisation"`
	}
	if err := s.readJSON(c, &body); err != nil {
		return err
	}
	r := c.Request()
	a, err := s.Accounts.SetRole(r.Context(), s.request(r), c.Param("account"), body.Role, body.Organisation)
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), r, http.StatusOK, a)
	return nil
}

func (s *Server) answering(act actOnAccount) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.accountsOnly(); err != nil {
			return err
		}
		r := c.Request()
		a, err := act(s.Accounts, r.Context(), s.request(r), c.Param("account"))
		if err != nil {
			return err
		}
		s.writeJSON(c.Response(), r, http.StatusOK, a)
		return nil
	}
}

func (s *Server) postReset(c echo.Context) error {
	if err := s.accountsOnly(); err != nil {
		return err
	}
	r := c.Request()
	a, link, err := s.Accounts.ResetPassword(r.Context(), s.request(r), c.Param("account"))
	if err != nil {
		return err
	}
	return s.answerLink(c, http.StatusOK, a, link)
}
