package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"assay/internal/oidc"
	"assay/internal/oidc/oidctest"
	"assay/review/account"
)

// union is a house whose people may also come through a provider.
type union struct {
	*house
	provider *oidctest.Provider
}

func newUnion(t *testing.T, change ...func(*Config)) *union {
	t.Helper()
	p := oidctest.Start(t, "http://example.com"+openIDCallback)
	client, err := oidc.New(oidc.Config{Issuer: p.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret, Name: "Example & Co", Claims: []string{"groups"}})
	if err != nil {
		t.Fatal(err)
	}
	p.Says(map[string]any{"groups": []string{"officers"}})
	return &union{newHouse(t, append([]func(*Config){func(c *Config) { c.OpenID = client }}, change...)...), p}
}

// away follows where v is led to at the provider, and returns the address to
// which the provider sends it back.
func (u *union) away(v *visitor, rec *httptest.ResponseRecorder) string {
	u.Helper()
	v.want("to the provider", rec, http.StatusSeeOther)
	return u.visit(rec.Header().Get("Location"))
}

func (u *union) visit(address string) string {
	u.Helper()
	if !strings.HasPrefix(address, u.provider.URL+"/authorize?") {
		u.Fatalf("led to %s", address)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := c.Get(address)
	u.must(err)
	defer response.Body.Close()
	back, found := strings.CutPrefix(response.Header.Get("Location"), "http://example.com")
	if !found {
		u.Fatalf("the provider says %s, %s", response.Status, response.Header.Get("Location"))
	}
	return back
}

func (u *union) toProvider(v *visitor) string {
	u.Helper()
	return u.away(v, v.get("/login/openid?next=/account"))
}

func TestOpenIDSignIn(t *testing.T) {
	u := newUnion(t)
	v := u.visitor()
	link := v.page("/login?next=/account?x=1").Find("a.button")
	if link.Text() != "Sign in with Example & Co" || link.AttrOr("href", "") != "/login/openid?next=%2Faccount%3Fx%3D1" {
		t.Errorf("the page offers %q at %s", link.Text(), link.AttrOr("href", ""))
	}
	back := u.away(v, v.get(link.AttrOr("href", "")))
	c := v.cookies["assay-openid"]
	if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 600 || c.Path != "/" || strings.Contains(back, c.Value) {
		t.Errorf("the browser's part: %+v", c)
	}
	v.want("back", v.get(back), http.StatusSeeOther, "/account?x=1")
	if v.cookies["assay-openid"] != nil {
		t.Error("the browser's part of the sign-in stays")
	}
	if lead := v.page("/account").Find(".opening").Text(); !strings.Contains(lead, "Cyd Officer") || !strings.Contains(lead, "officer") {
		t.Errorf("signed in as %s", lead)
	}
	if v.page("/account").Find("#change").Length() != 0 {
		t.Error("a password is asked for that there is none of")
	}
	v.want("to the provider, signed in", v.get("/login/openid?next=/account"), http.StatusSeeOther, "/account")
	// The same once more, by another browser, and one whose part is gone.
	other := u.visitor()
	other.want("the address again", other.get(back), http.StatusForbidden)
	v.send("/logout", nil)
	v.want("the address again, signed out", v.get(back), http.StatusForbidden)
	back = u.toProvider(v)
	v.want("and in again", v.get(back), http.StatusSeeOther, "/account")
	if log := u.log.String(); strings.Contains(log, "code=") || strings.Contains(log, oidctest.Secret) {
		t.Error("the log has codes or secrets")
	}
}

// TestOpenIDGoesWrong spoils each step; nobody is signed in.
func TestOpenIDGoesWrong(t *testing.T) {
	u := newUnion(t)
	with := func(back string, change func(url.Values)) string {
		address, _ := url.Parse(back)
		q := address.Query()
		change(q)
		address.RawQuery = q.Encode()
		return address.String()
	}
	for name, tt := range map[string]struct {
		change func(url.Values)
		before func(v *visitor)
		status int
	}{
		"another state":         {func(q url.Values) { q.Set("state", strings.Repeat("A", 43)) }, nil, 403},
		"no state":              {func(q url.Values) { q.Del("state") }, nil, 403},
		"another browser":       {nil, func(v *visitor) { v.cookies["assay-openid"].Value = strings.Repeat("A", 43) }, 403},
		"a browser without":     {nil, func(v *visitor) { delete(v.cookies, "assay-openid") }, 403},
		"another code":          {func(q url.Values) { q.Set("code", "x") }, nil, 403},
		"no code":               {func(q url.Values) { q.Del("code") }, nil, 403},
		"another provider":      {func(q url.Values) { q.Set("iss", "https://evil.example") }, nil, 403},
		"the person said no":    {func(q url.Values) { q.Set("error", "access_denied"); q.Set("error_description", "<b>no</b>") }, nil, 403},
		"too long at the other": {nil, func(*visitor) { u.wait(10 * time.Minute) }, 403},
		"wrong nonce":           {nil, func(*visitor) { u.provider.Wrong(func(t *oidctest.Token) { t.Claims["nonce"] = "x" }) }, 403},
		"wrong audience":        {nil, func(*visitor) { u.provider.Wrong(func(t *oidctest.Token) { t.Claims["aud"] = "x" }) }, 403},
		"expired":               {nil, func(*visitor) { u.provider.Wrong(func(t *oidctest.Token) { t.Claims["exp"] = 1 }) }, 403},
		"alg none": {nil, func(*visitor) {
			u.provider.Wrong(func(t *oidctest.Token) { t.Header["alg"] = "none"; t.Sign = func([]byte) []byte { return nil } })
		}, 403},
		"no group of ours":  {nil, func(*visitor) { u.provider.Wrong(func(t *oidctest.Token) { t.Claims["groups"] = []string{"staff"} }) }, 403},
		"the provider down": {nil, func(*visitor) { u.provider.Down(true) }, 503},
	} {
		v := u.visitor()
		back := u.toProvider(v)
		if tt.change != nil {
			back = with(back, tt.change)
		}
		if tt.before != nil {
			tt.before(v)
		}
		rec := v.get(back)
		v.want(name, rec, tt.status)
		if v.session() != "" || strings.Contains(rec.Body.String(), "<b>") || strings.Contains(rec.Body.String(), u.provider.URL) {
			t.Errorf("%s: signed in, or told too much: %s", name, text(rec))
		}
		if status := v.get("/account").Code; status != http.StatusSeeOther {
			t.Errorf("%s: the account is open: %d", name, status)
		}
		u.provider.Wrong(nil)
		u.provider.Down(false)
	}
	if all, _, err := u.server.Accounts.List(t.Context(), account.Request{Actor: root}, ""); err != nil || len(all) != 5 {
		t.Errorf("%v: %d accounts", err, len(all))
	}
	u.provider.Rotate()
	v := u.visitor()
	v.want("new keys", v.get(u.toProvider(v)), http.StatusSeeOther, "/account")
	// A code that somebody has overheard, in a sign-in of their own.
	back := u.toProvider(u.visitor())
	stolen, _ := url.Parse(back)
	thief := u.visitor()
	own := u.toProvider(thief)
	thief.want("another's code", thief.get(with(own, func(q url.Values) { q.Set("code", stolen.Query().Get("code")) })), http.StatusForbidden)
	// The provider does not answer at all when somebody wants to go there.
	down := newUnion(t)
	down.provider.Down(true)
	v = down.visitor()
	rec := v.get("/login/openid")
	if v.want("the way there", rec, http.StatusServiceUnavailable); !strings.Contains(text(rec), "OpenID provider") || rec.Header().Get("Retry-After") == "" {
		t.Errorf("%s", text(rec))
	}
}

func TestOpenIDNextStaysHere(t *testing.T) {
	u := newUnion(t)
	for _, next := range []string{"//evil.example", "https://evil.example/", "/\\evil.example"} {
		v := u.visitor()
		v.want(next, v.get(u.away(v, v.get("/login/openid?next="+url.QueryEscape(next)))), http.StatusSeeOther, "/")
	}
}

// TestOpenIDConnect adds the provider as another way into a local account.
func TestOpenIDConnect(t *testing.T) {
	u := newUnion(t)
	begin := func(v *visitor) string {
		t.Helper()
		rec := v.send("/account/connect", nil)
		v.want("connecting", rec, http.StatusOK)
		return u.visit(parse(t, rec).Find("main a.button").AttrOr("href", ""))
	}
	v := u.in("ann")
	// Whoever lures ann to the end of a sign-in of their own wins nothing.
	evil := u.visitor()
	lure := u.toProvider(evil)
	v.want("lured", v.get(lure), http.StatusForbidden)
	// Nor does a sign-in as somebody else in between connect that one.
	back := begin(v)
	v.send("/logout", nil)
	v.want("signed out in between", v.get(back), http.StatusForbidden)
	bob := u.in("bob")
	ann := u.in("ann")
	back = begin(ann)
	bob.cookies["assay-openid"] = ann.cookies["assay-openid"]
	bob.want("another's", bob.get(back), http.StatusForbidden)

	ann.want("her own", ann.get(begin(ann)), http.StatusSeeOther, "/account")
	if text := ann.page("/account").Find("#provider ~ p").Text(); !strings.Contains(text, u.provider.URL) {
		t.Errorf("the page says %q", text)
	}
	through := u.visitor()
	through.want("through the provider", through.get(u.toProvider(through)), http.StatusSeeOther, "/account")
	if who := through.page("/account").Find("h1").Text(); who != "ann" {
		t.Errorf("in comes %s", who)
	}
	ann.want("a second", ann.get(begin(ann)), http.StatusConflict)
	ann.want("disconnecting", ann.send("/account/disconnect", nil), http.StatusSeeOther, "/account")
	ann.want("again", ann.send("/account/disconnect", nil), http.StatusConflict)
	through.send("/logout", nil)
	through.want("in again", through.get(u.toProvider(through)), http.StatusSeeOther)
	if who := through.page("/account").Find("h1").Text(); who == "ann" {
		t.Error("disconnected, and still ann")
	}
}
