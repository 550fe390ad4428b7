package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"assay/review"
	"assay/review/account"
)

func TestAccountsAPI(t *testing.T) {
	h := newHouse(t)
	boss := h.program("root", account.ScopeAdmin)
	made := boss.json("POST", "/api/v1/accounts", `{"id":"New@Example.org","name":"Ñew","role":"exporter","organisation":"Acme"}`)
	boss.want("an invitation", made, http.StatusCreated, "/api/v1/accounts/new@example.org")
	link := decodeBody[linkBody](t, made)
	if link.Account.ID != "new@example.org" || link.Account.Name != "Ñew" || link.Link.Purpose != account.ForInvite || !link.Link.ExpiresAt.Equal(h.now.Add(7*24*time.Hour)) || !strings.HasPrefix(link.Link.URL, "http://example.com/invite/") {
		t.Errorf("%+v", link)
	}
	for body, status := range map[string]int{
		`{"id":"ann","role":"officer"}`: 409, `{"id":"a b","role":"officer"}`: 422, `{"id":"x","role":"king"}`: 422, `{"id":"x","role":"exporter"}`: 422,
		`{"id":"x","role":"officer","password":"y"}`: 400, `{`: 400, `[]`: 400,
	} {
		boss.want(body, boss.json("POST", "/api/v1/accounts", body), status)
	}
	all := decodeBody[accountsBody](t, boss.get("/api/v1/accounts"))
	var ids []string
	for _, a := range all.Accounts {
		ids = append(ids, a.ID)
	}
	if fmt.Sprint(ids) != "[ann bob eva new@example.org otto root]" || all.Next != "" {
		t.Errorf("%v %q", ids, all.Next)
	}
	if rest := decodeBody[accountsBody](t, boss.get("/api/v1/accounts?from=new@example.org")); len(rest.Accounts) != 2 {
		t.Errorf("%+v", rest)
	}
	for _, tt := range []struct {
		act, body string
		status    int
	}{
		{"role", `{"role":"officer"}`, 200}, {"role", `{"role":"exporter"}`, 422}, {"role", `{}`, 422},
		{"disable", "", 200}, {"disable", "", 409}, {"reset", "", 409}, {"enable", "", 200}, {"enable", "", 409}, {"unlock", "", 200}, {"reset", "", 200},
	} {
		boss.want(tt.act, boss.json("POST", "/api/v1/accounts/bob/"+tt.act, tt.body), tt.status)
		boss.want(tt.act+" of nobody", boss.json("POST", "/api/v1/accounts/none/"+tt.act, `{"role":"officer"}`), 404)
	}
	st := decodeBody[account.Standing](t, boss.get("/api/v1/accounts/bob"))
	if st.Role != review.Officer || st.State != account.Active || st.Sessions != 0 {
		t.Errorf("%+v", st)
	}
	boss.want("nobody", boss.get("/api/v1/accounts/none"), 404)
	boss.want("oneself", boss.json("POST", "/api/v1/accounts/root/disable", ""), 409)
	for _, text := range []string{boss.get("/api/v1/accounts").Body.String(), boss.get("/api/v1/accounts/bob").Body.String()} {
		if strings.Contains(text, "argon2") || strings.Contains(text, "assword") {
			t.Errorf("hashes are shown: %s", text)
		}
	}
}

func TestOwnAPI(t *testing.T) {
	h := newHouse(t)
	v, second := h.in("ann"), h.in("ann")
	me := decodeBody[meBody](t, v.get("/api/v1/me"))
	if me.ID != "ann" || me.Organisation != "Acme" || me.CSRF != account.FormToken(v.session()) || !me.ExpiresAt.Equal(h.now.Add(7*24*time.Hour)) {
		t.Errorf("%+v", me)
	}
	made := v.json("POST", "/api/v1/tokens", `{"name":"upload","scopes":["write","read"],"days":7}`)
	v.want("a token", made, http.StatusCreated)
	token := decodeBody[newTokenBody](t, made)
	if !strings.HasPrefix(token.Secret, "assay_") || fmt.Sprint(token.Scopes) != "[read write]" || !token.ExpiresAt.Equal(h.now.Add(7*24*time.Hour)) {
		t.Errorf("%+v", token)
	}
	for body, status := range map[string]int{`{"name":"x","scopes":["admin"]}`: 422, `{"name":"x","scopes":[]}`: 422, `{"name":"","scopes":["read"]}`: 422,
		`{"name":"x","scopes":["read"],"days":367}`: 422, `{"name":"x","scopes":["read"],"days":-1}`: 422, `{"name":"x","scopes":["read"],"Life":1}`: 400} {
		v.want(body, v.json("POST", "/api/v1/tokens", body), status)
	}
	rec := v.get("/api/v1/tokens")
	if list := decodeBody[tokensBody](t, rec); len(list.Tokens) != 1 || list.Tokens[0].ID != token.ID {
		t.Errorf("%+v", list)
	}
	other := h.in("otto")
	other.want("another's token", other.json("DELETE", "/api/v1/tokens/"+token.ID, ""), http.StatusNotFound)
	v.want("ending it", v.json("DELETE", "/api/v1/tokens/"+token.ID, ""), http.StatusNoContent)
	v.want("ending it again", v.json("DELETE", "/api/v1/tokens/"+token.ID, ""), http.StatusNotFound)

	all := decodeBody[sessionsBody](t, v.get("/api/v1/me/sessions")).Sessions
	if len(all) != 2 || all[0].Here == all[1].Here {
		t.Fatalf("%+v", all)
	}
	elsewhere := all[0]
	if elsewhere.Here {
		elsewhere = all[1]
	}
	other.want("another's session", other.json("DELETE", "/api/v1/me/sessions/"+elsewhere.ID, ""), http.StatusNotFound)
	second.page("/account")
	v.want("ending it", v.json("DELETE", "/api/v1/me/sessions/"+elsewhere.ID, ""), http.StatusNoContent)
	second.want("it has ended", second.get("/account"), http.StatusSeeOther)
	second = h.in("ann")
	v.want("ending the others", v.json("DELETE", "/api/v1/me/sessions", ""), http.StatusNoContent)
	second.want("it has ended", second.get("/account"), http.StatusSeeOther)
	other.page("/account")

	v.want("a wrong present password", v.json("POST", "/api/v1/me/password", `{"present":"x","new":"`+passphrase+`?"}`), http.StatusForbidden)
	v.want("a short one", v.json("POST", "/api/v1/me/password", `{"present":"`+passphrase+`","new":"short"}`), http.StatusUnprocessableEntity)
	before := v.session()
	v.want("another password", v.json("POST", "/api/v1/me/password", `{"present":"`+passphrase+`","new":"`+passphrase+`?"}`), http.StatusNoContent)
	if v.session() == before {
		t.Error("the session stays the same")
	}
	v.page("/account")
	v.want("without the token of the form", v.do("POST", "/api/v1/me/password", mediaJSON, strings.NewReader(`{}`)), http.StatusForbidden)
}

// TestAccountPages looks at the pages in each state that they have.
func TestAccountPages(t *testing.T) {
	h := newHouse(t)
	boss, v := h.in("root"), h.in("ann")
	own := v.page("/account")
	if n := own.Find("input[name=scope]").Length(); n != 3 {
		t.Errorf("an exporter is offered %d scopes", n)
	}
	for what, form := range map[string]map[string][]string{"no scope": {"name": {"x"}, "days": {"7"}}, "no days": {"name": {"x"}, "scope": {"read"}}, "odd days": {"name": {"x"}, "scope": {"read"}, "days": {"1e3"}}} {
		rec := v.send("/account/tokens", form)
		if v.want(what, rec, http.StatusUnprocessableEntity); parse(t, rec).Find("#tokens ~ .fault").Length() != 1 {
			t.Errorf("%s: the fault does not stand by its form", what)
		}
	}
	made := parse(t, v.send("/account/tokens", map[string][]string{"name": {"<b>x</b>"}, "scope": {"read", "write"}, "days": {"30"}}))
	action := made.Find("form[action^='/account/tokens/']").AttrOr("action", "")
	if strings.Contains(v.page("/account").Text(), "assay_") {
		t.Error("the secret is shown again")
	}
	v.want("ending the token", v.send(action, nil), http.StatusSeeOther, "/account")
	if v.page("/account").Find("form[action^='/account/tokens/']").Length() != 0 {
		t.Error("the token stays")
	}
	h.in("ann")
	doc := v.page("/account")
	if doc.Find("#sessions ~ .scroll tbody tr").Length() != 2 {
		t.Errorf("%d sessions", doc.Find("#sessions ~ .scroll tbody tr").Length())
	}
	v.want("ending one", v.send(doc.Find("form[action^='/account/sessions/']").First().AttrOr("action", ""), nil), http.StatusSeeOther, "/account")
	rec := v.send("/account/password", map[string][]string{"present": {passphrase}, "password": {"passwordpassword"}, "again": {"passwordpassword"}})
	if v.want("a common password", rec, http.StatusUnprocessableEntity); parse(t, rec).Find("#change ~ .fault").Length() != 1 {
		t.Error("the fault does not stand by its form")
	}
	doc = boss.page("/accounts/ann")
	if doc.Find("form").Length() < 4 || doc.Find("#role-exporter[checked]").Length() != 1 || doc.Find("#organisation").AttrOr("value", "") != "Acme" {
		t.Error("the page of an account lacks its forms")
	}
	boss.want("a role that is none", boss.send("/accounts/ann/role", map[string][]string{"role": {"king"}}), http.StatusUnprocessableEntity)
	boss.want("nobody", boss.get("/accounts/none"), http.StatusNotFound)
	boss.want("nobody's role", boss.send("/accounts/none/role", map[string][]string{"role": {"officer"}}), http.StatusNotFound)
	boss.want("disabling", boss.send("/accounts/ann/disable", nil), http.StatusSeeOther)
	rec = boss.send("/accounts/ann/disable", nil)
	if boss.want("again", rec, http.StatusConflict); parse(t, rec).Find(".fault").Length() != 1 {
		t.Error("no word of what is wrong")
	}
	doc = boss.page("/accounts/ann")
	if doc.Find("form[action$=enable]").Length() != 1 || doc.Find("form[action$=disable]").Length() != 0 {
		t.Error("a disabled account is not offered to be enabled")
	}
	for i := range account.PageSize {
		boss.server.Accounts.Invite(t.Context(), account.Request{Actor: root}, account.NewAccount{ID: fmt.Sprintf("p%03d", i), Role: review.Officer})
	}
	first := boss.page("/accounts")
	more := first.Find("a[href^='/accounts?from=']").AttrOr("href", "")
	if rows := first.Find("tbody tr").Length() + boss.page(more).Find("tbody tr").Length(); rows != account.PageSize+5 {
		t.Errorf("%d accounts on two pages", rows)
	}
}
