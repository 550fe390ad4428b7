package api

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/review"
	"assay/review/account"
)

// TestFromSetUpToInvitation walks through pages only: the first admin comes by
// the printed link, invites an exporter, who chooses a password.
func TestFromSetUpToInvitation(t *testing.T) {
	h := emptyHouse(t)
	stranger := h.visitor()
	stranger.want("the start", stranger.get("/"), http.StatusSeeOther, "/login?next=%2F")
	if got := stranger.page("/login?next=%2F").Find("form[action='/login'] input[name=next]").AttrOr("value", ""); got != "/" {
		t.Errorf("next is %q", got)
	}
	link, err := h.server.Accounts.SetUpLink(t.Context(), account.Request{})
	h.must(err)
	admin := h.visitor()
	path := LinkPath(link)
	for range 2 { // looking does not use it up
		if heading := admin.page(path).Find("h1").Text(); heading != "Set up Assay" {
			t.Errorf("heading %q", heading)
		}
	}
	admin.want("two passwords", admin.send(path, url.Values{"account": {"root"}, "password": {passphrase}, "again": {"x"}}), http.StatusUnprocessableEntity)
	rec := admin.send(path, url.Values{"account": {"the root"}, "name": {"Röot"}, "password": {passphrase}, "again": {passphrase}})
	if doc := parse(t, rec); rec.Code != http.StatusUnprocessableEntity || doc.Find("#account").AttrOr("value", "") != "the root" || doc.Find("#name").AttrOr("value", "") != "Röot" || strings.Contains(rec.Body.String(), passphrase) {
		t.Errorf("a bad name: %d %s", rec.Code, text(rec))
	}
	admin.want("set-up", admin.send(path, url.Values{"account": {"root"}, "password": {passphrase}, "again": {passphrase}}), http.StatusSeeOther, "/accounts")
	admin.want("the link again", admin.get(path), http.StatusNotFound)
	evil := h.visitor()
	evil.want("another with it", evil.send(path, url.Values{"account": {"evil"}, "password": {passphrase}, "again": {passphrase}}), http.StatusNotFound)

	doc := admin.page("/accounts")
	if got := strings.Join(strings.Fields(doc.Find(".ways").Text()), " "); !strings.Contains(got, "Classify") || !strings.Contains(got, "Accounts") {
		t.Errorf("navigation: %s", got)
	}
	if doc.Find(".who").Length() != 1 || doc.Find(".rows tbody tr").Length() != 1 {
		t.Errorf("who: %s", doc.Find(".who").Text())
	}
	refused := admin.send("/accounts", url.Values{"account": {"ann"}, "name": {"Ann"}, "role": {"exporter"}})
	if doc := parse(t, refused); refused.Code != http.StatusUnprocessableEntity || doc.Find("#role-exporter[checked]").Length() != 1 || doc.Find("#account").AttrOr("value", "") != "ann" {
		t.Errorf("an exporter without an organisation: %d %s", refused.Code, text(refused))
	}
	told := parse(t, admin.send("/accounts", url.Values{"account": {"ann"}, "name": {"Änn \u202eevil"}, "role": {"exporter"}, "organisation": {"Acme"}}))
	if told.Find("#secret").Length() != 0 {
		t.Error("a name that turns text around is accepted")
	}
	told = parse(t, admin.send("/accounts", url.Values{"account": {"ann"}, "name": {"Änn 日本 <script>"}, "role": {"exporter"}, "organisation": {"Acme"}}))
	invite, found := strings.CutPrefix(told.Find("#secret").Text(), "http://example.com")
	if !found || !strings.HasPrefix(invite, "/invite/") {
		t.Fatalf("the link is %q", told.Find("#secret").Text())
	}
	browser := h.visitor()
	if facts := browser.page(invite).Find(".facts").Text(); !strings.Contains(facts, "Änn 日本 <script>") || !strings.Contains(facts, "exporter of Acme") {
		t.Errorf("what the invited see: %s", facts)
	}
	browser.want("the invitation", browser.send(invite, url.Values{"password": {passphrase}, "again": {passphrase}}), http.StatusSeeOther, "/")
	browser.want("it again", browser.get(invite), http.StatusNotFound)
	if doc := browser.page("/"); !strings.Contains(doc.Find(".who").Text(), "Änn 日本 <script>") {
		t.Errorf("who: %s", doc.Find(".who").Text())
	}
	browser.want("accounts", browser.get("/accounts"), http.StatusForbidden)
	browser.want("signing out", browser.send("/logout", nil), http.StatusSeeOther, "/login")
	browser.want("the start, signed out", browser.get("/"), http.StatusSeeOther, "/login?next=%2F")
	if log := h.log.String(); strings.Contains(log, link.Token) || strings.Contains(log, strings.TrimPrefix(invite, "/invite/")) || strings.Contains(log, passphrase) || !strings.Contains(log, `"/setup/:token"`) {
		t.Error("the log has a link that works once, or a password")
	}
}

func TestSignInPage(t *testing.T) {
	h := newHouse(t)
	var page string
	for id, password := range map[string]string{"ann": "a wrong passphrase", "nobody": passphrase, "no name": "", "bob": strings.Repeat("x", 500<<10)} {
		v := h.visitor()
		rec := v.send("/login", url.Values{"account": {id}, "password": {password}, "next": {"/account"}})
		v.want("a wrong password", rec, http.StatusForbidden)
		body := rec.Body.String()
		body = strings.ReplaceAll(strings.ReplaceAll(body, `value="`+id+`"`, `value="ID"`), " autofocus", "")
		if page == "" {
			page = body
		}
		if body != page || v.session() != "" || strings.Contains(body, password) && password != "" {
			t.Errorf("%q: the answer differs from that to others, or tells the password:\n%s", id, text(rec))
		}
	}
	v := h.visitor()
	v.want("right", v.send("/login", url.Values{"account": {"Ann"}, "password": {passphrase}, "next": {"/account?x=1"}}), http.StatusSeeOther, "/account?x=1")
	v.want("the page of signing in", v.get("/login?next=/account"), http.StatusSeeOther, "/account")
	v.want("JSON", v.json("POST", "/login", `{"account":"ann"}`), http.StatusUnsupportedMediaType)
}

func TestCookies(t *testing.T) {
	behind := func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }
	for name, tt := range map[string]struct {
		change func(*Config)
		set    func(*visitor)
		secure bool
	}{
		"plain":                      {func(*Config) {}, func(*visitor) {}, false},
		"TLS":                        {func(*Config) {}, func(v *visitor) { v.tls = true }, true},
		"a proxy over https":         {behind, func(v *visitor) { v.header.Set("X-Forwarded-Proto", "https") }, true},
		"a proxy over http":          {behind, func(v *visitor) { v.header.Set("X-Forwarded-Proto", "http") }, false},
		"a proxy that says nothing":  {behind, func(*visitor) {}, false},
		"somebody who is no proxy":   {func(*Config) {}, func(v *visitor) { v.header.Set("X-Forwarded-Proto", "https") }, false},
		"a proxy that says it twice": {behind, func(v *visitor) { v.header["X-Forwarded-Proto"] = []string{"https", "http"} }, false},
		"known to be https":          {func(c *Config) { c.PublicURL = "https://assay.example/" }, func(*visitor) {}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, tt.change)
			v := h.visitor()
			tt.set(v)
			rec := v.send("/login", url.Values{"account": {"ann"}, "password": {passphrase}})
			set := rec.Result().Cookies()
			if len(set) != 1 {
				t.Fatalf("%d cookies", len(set))
			}
			c, want := set[0], plainCookie
			if tt.secure {
				want = secureCookie
			}
			if c.Name != want || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 7*24*3600 || len(c.Value) != 43 {
				t.Errorf("%+v", c)
			}
			v.page("/account")
			// A cookie of the other name is another host's, or was sent in the clear.
			delete(v.cookies, c.Name)
			v.cookies[map[bool]string{true: plainCookie, false: secureCookie}[tt.secure]] = c
			c.Name = map[bool]string{true: plainCookie, false: secureCookie}[tt.secure]
			v.want("the cookie under another name", v.get("/account"), http.StatusSeeOther)
			v.cookies = map[string]*http.Cookie{want: {Name: want, Value: c.Value}}
			rec = v.send("/logout", nil)
			if gone := rec.Result().Cookies(); len(gone) != 1 || gone[0].Name != want || gone[0].MaxAge >= 0 || gone[0].Secure != tt.secure {
				t.Errorf("signing out: %+v", gone)
			}
		})
	}
}

// TestSessionFixation plants cookies before somebody signs in.
func TestSessionFixation(t *testing.T) {
	h := newHouse(t)
	evil := h.in("otto")
	for _, planted := range []string{strings.Repeat("A", 43), evil.session()} {
		v := h.visitor()
		v.cookies[plainCookie] = &http.Cookie{Name: plainCookie, Value: planted}
		v.want("signing in", v.send("/login", url.Values{"account": {"ann"}, "password": {passphrase}}), http.StatusSeeOther)
		if v.session() == planted {
			t.Error("the planted session is taken over")
		}
		if who := v.page("/account").Find("h1").Text(); who != "ann" {
			t.Errorf("signed in as %s", who)
		}
		planter := h.visitor()
		planter.cookies[plainCookie] = &http.Cookie{Name: plainCookie, Value: planted}
		planter.want("the planter", planter.get("/account"), http.StatusSeeOther)
	}
	// Signing in anew, and another password, end what was before.
	v := h.in("ann")
	old := h.visitor()
	old.cookies[plainCookie] = v.cookies[plainCookie]
	v.want("signing in again", v.send("/login", url.Values{"account": {"ann"}, "password": {passphrase}}), http.StatusSeeOther)
	old.want("the session before", old.get("/account"), http.StatusSeeOther)
	old.cookies[plainCookie] = v.cookies[plainCookie]
	v.want("another password", v.send("/account/password", url.Values{"present": {passphrase}, "password": {passphrase + "!"}, "again": {passphrase + "!"}}), http.StatusSeeOther, "/account")
	old.want("the session before", old.get("/account"), http.StatusSeeOther)
	v.page("/account")
}

func TestNextStaysHere(t *testing.T) {
	for next, want := range map[string]string{
		"/": "/", "/cases": "/cases", "/cases?x=1&y=%2F": "/cases?x=1&y=%2F", "/entries/3A001.a": "/entries/3A001.a", "/a b": "/a%20b", "/päge": "/p%C3%A4ge",
		"": "/", "cases": "/", "//evil.example": "/", "///evil.example": "/", "/\\evil.example": "/", "\\\\evil.example": "/", "/\t/evil.example": "/", "/\n/evil.example": "/",
		"https://evil.example/": "/", "http:evil.example": "/", "javascript:alert(1)": "/", "data:text/html,x": "/", "/%5cevil.example": "/%5cevil.example", "/%2f/evil.example": "/",
		"/..//evil.example": "/..//evil.example", "@evil.example": "/", " /cases": "/", "/x\r\nSet-Cookie: a=b": "/", "/x\x00": "/",
		"/login": "/", "/login?next=/": "/", "/logout": "/", "/setup/x": "/", "/invite/x": "/", "/reset/x": "/", "/api/v1/me": "/", "/healthz": "/", "/" + strings.Repeat("x", 2001): "/",
	} {
		if got := safeNext(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
	h := newHouse(t)
	for _, next := range []string{"//evil.example", "https://evil.example", "/\\evil.example"} {
		v := h.visitor()
		v.want(next, v.send("/login", url.Values{"account": {"ann"}, "password": {passphrase}, "next": {next}}), http.StatusSeeOther, "/")
		v.want(next, v.get("/login?next="+url.QueryEscape(next)), http.StatusSeeOther, "/")
		if got := h.visitor().page("/login?next="+url.QueryEscape(next)).Find("input[name=next]").AttrOr("value", ""); got != "/" {
			t.Errorf("%s: the form carries %q", next, got)
		}
	}
}

// TestBackAfterSigningIn is led to the page that was asked for, or that a form
// stood on.
func TestBackAfterSigningIn(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.want("a page", v.get("/accounts?from=x"), http.StatusSeeOther, "/login?next=%2Faccounts%3Ffrom%3Dx")
	v.want("its head", v.do(http.MethodHead, "/account", "", nil), http.StatusSeeOther, "/login?next=%2Faccount")
	v.want("a form from nowhere", v.send("/account/password", nil), http.StatusSeeOther, "/login?next=%2F")
	v.header.Set("Referer", "http://example.com/account?x")
	v.want("a form of ours", v.send("/account/password", nil), http.StatusSeeOther, "/login?next=%2Faccount%3Fx")
	v.header.Set("Referer", "http://evil.example/account")
	v.want("a form of others", v.send("/account/password", nil), http.StatusSeeOther, "/login?next=%2F")
	rec := v.get("/api/v1/me")
	if v.want("the API", rec, http.StatusUnauthorized); !strings.HasPrefix(rec.Header().Get("WWW-Authenticate"), "Bearer") || decodeBody[errorBody](t, rec).Error.Code != kindSignIn {
		t.Errorf("%v %s", rec.Header(), rec.Body)
	}
	v.want("embeddings", v.do("POST", "/v1/embeddings", mediaJSON, strings.NewReader(`{"input":"x"}`)), http.StatusUnauthorized)
	for _, path := range []string{"/healthz", "/static/style.css", "/api/v1/openapi.yaml"} {
		v.want(path, v.get(path), http.StatusOK)
	}
	// A page that is not there does not tell more to strangers.
	v.want("nothing", v.get("/nowhere"), http.StatusNotFound)
}

func TestLockoutIsTold(t *testing.T) {
	h := newHouse(t)
	try := func(password string) (*visitor, int, string) {
		v := h.visitor()
		rec := v.send("/login", url.Values{"account": {"ann"}, "password": {password}})
		return v, rec.Code, rec.Header().Get("Retry-After")
	}
	for range 5 {
		if _, status, _ := try("a wrong passphrase"); status != http.StatusForbidden {
			t.Errorf("status %d", status)
		}
	}
	if v, status, wait := try(passphrase); status != http.StatusTooManyRequests || wait != "30" || v.session() != "" {
		t.Errorf("locked: %d, Retry-After %s", status, wait)
	}
	h.wait(29 * time.Second)
	if _, status, wait := try(passphrase); status != http.StatusTooManyRequests || wait != "1" {
		t.Errorf("a second early: %d, Retry-After %s", status, wait)
	}
	h.wait(time.Second)
	if _, status, _ := try(passphrase); status != http.StatusSeeOther {
		t.Errorf("after the wait: %d", status)
	}
}

// TestTriesOfOneAddress are bounded, right or wrong.
func TestTriesOfOneAddress(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	for i := range triesPerMinute {
		v.want("a try", v.send("/login", url.Values{"account": {fmt.Sprint("name", i)}, "password": {"x"}}), http.StatusForbidden)
	}
	for _, path := range []string{"/login", "/setup/" + strings.Repeat("x", 43)} {
		rec := v.send(path, url.Values{"account": {"ann"}, "password": {passphrase}})
		if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "3" {
			t.Errorf("%s: %d, Retry-After %q", path, rec.Code, rec.Header().Get("Retry-After"))
		}
	}
	other := h.visitor()
	other.want("another address", other.send("/login", url.Values{"account": {"ann"}, "password": {passphrase}}), http.StatusSeeOther)
}

func TestFormsNeedTheirToken(t *testing.T) {
	h := newHouse(t)
	v, other := h.in("ann"), h.in("otto")
	ask := func(media, body, header string) int {
		t.Helper()
		if header != "" {
			v.header.Set(csrfHeader, header)
			defer v.header.Del(csrfHeader)
		}
		rec := v.do("POST", "/account/sessions/end", media, strings.NewReader(body))
		if rec.Code == http.StatusForbidden && !strings.Contains(rec.Body.String(), "present session") {
			t.Errorf("refused for another reason: %s", text(rec))
		}
		return rec.Code
	}
	own, foreign := account.FormToken(v.session()), account.FormToken(other.session())
	upload := func(first, token string) (string, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		if first != "" {
			w.WriteField(first, token)
		}
		f, _ := w.CreateFormFile("file", "x.bin")
		f.Write(bytes.Repeat([]byte("0123456789"), 20<<10))
		w.WriteField(csrfName, own) // too late: the file has been read by then
		w.Close()
		return w.FormDataContentType(), b.String()
	}
	for _, tt := range []struct {
		name, media, body, header string
		status                    int
	}{
		{"no body", "", "", "", 403},
		{"no token", mediaForm, "x=1", "", 403},
		{"empty token", mediaForm, "csrf=", "", 403},
		{"another's", mediaForm, "csrf=" + foreign, "", 403},
		{"another's in the header", mediaForm, "csrf=" + own, foreign, 403},
		{"the session itself", mediaForm, "csrf=" + v.session(), "", 403},
		{"longer", mediaForm, "csrf=" + own + "0", "", 403},
		{"in JSON", mediaJSON, `{"csrf":"` + own + `"}`, "", 403},
		{"in text", "text/plain", "csrf=" + own, "", 403},
		{"a form that is none", mediaForm, "csrf=%zz", "", 403},
		{"right", mediaForm, "csrf=" + own, "", 303},
		{"right, second field", mediaForm, "x=1&csrf=" + own, "", 303},
		{"in the header", mediaJSON, `{}`, own, 303},
	} {
		if got := ask(tt.media, tt.body, tt.header); got != tt.status {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.status)
		}
	}
	for name, tt := range map[string]struct {
		first, token string
		status       int
	}{"none first": {"", "", 403}, "another field first": {"name", own, 403}, "a wrong one first": {csrfName, foreign, 403}, "right": {csrfName, own, 303}} {
		media, body := upload(tt.first, tt.token)
		if got := ask(media, body, ""); got != tt.status {
			t.Errorf("upload, %s: %d, want %d", name, got, tt.status)
		}
	}
	if got := ask("multipart/form-data", "csrf="+own, ""); got != 403 {
		t.Errorf("an upload without a boundary: %d", got)
	}
	// In the query it is no token: addresses end up in logs.
	rec := v.do("POST", "/account/sessions/end?csrf="+own, mediaForm, strings.NewReader(""))
	v.want("in the address", rec, http.StatusForbidden)
	// Also for what a stranger could send: whoever is signed in has a token.
	v.want("signing out", v.send("/logout", url.Values{csrfName: {""}}), http.StatusForbidden)
	v.page("/account")
}

// TestBodyIsReadTwice sees that the handler gets the whole of what the check has read.
func TestBodyIsReadTwice(t *testing.T) {
	h := newHouse(t)
	v := h.in("ann")
	name := strings.Repeat("größer ", 10)
	rec := v.send("/account/tokens", url.Values{"name": {name}, "scope": {"read", "write"}, "days": {"7"}})
	v.want("a token", rec, http.StatusOK)
	if doc := parse(t, rec); !strings.HasPrefix(doc.Find("#secret").Text(), "assay_") || doc.Find(".told bdi").Text() != strings.TrimSpace(name) {
		t.Errorf("%s", doc.Find(".told").Text())
	}
	rec = v.do("POST", "/account/tokens", mediaForm, strings.NewReader("csrf="+account.FormToken(v.session())+"&x="+strings.Repeat("y", 1<<20)))
	v.want("too much", rec, http.StatusRequestEntityTooLarge)
}

func TestTokensOfPrograms(t *testing.T) {
	h := newHouse(t)
	p := h.program("ann", account.ScopeClassify)
	text := strings.TrimPrefix(p.header.Get("Authorization"), "Bearer ")
	p.want("its scope", p.json("POST", "/api/v1/classify", `{"name":"sampling converter"}`), http.StatusOK)
	me := decodeBody[meBody](t, p.get("/api/v1/me"))
	if me.ID != "ann" || me.CSRF != "" || fmt.Sprint(me.Scopes) != "[classify]" || !me.Accounts || !me.ExpiresAt.Equal(h.now.Add(24*time.Hour)) {
		t.Errorf("%+v", me)
	}
	for _, path := range []string{"/api/v1/tokens", "/api/v1/me/sessions"} {
		rec := p.get(path)
		if p.want(path, rec, http.StatusForbidden); !strings.Contains(rec.Body.String(), "API tokens are not let") {
			t.Errorf("%s: %s", path, rec.Body)
		}
	}
	a := h.program("root", account.ScopeRead)
	rec := a.get("/api/v1/accounts")
	if a.want("another scope", rec, http.StatusForbidden); !strings.Contains(rec.Body.String(), "lacks the scope admin") {
		t.Errorf("%s", rec.Body)
	}
	// Anywhere but in the header it is no token.
	v := h.visitor()
	for _, query := range []string{"token", "access_token", "api_key", "authorization", "assay"} {
		v.want("in the address as "+query, v.get("/api/v1/me?"+query+"="+text), http.StatusUnauthorized)
	}
	v.cookies[plainCookie] = &http.Cookie{Name: plainCookie, Value: text}
	v.want("as a cookie", v.get("/api/v1/me"), http.StatusUnauthorized)
	session := h.in("ann").session()
	for _, said := range []string{"Basic " + text, "Bearer " + session, "Bearer assay_" + session, "Bearer", "Bearer ", text, "Token " + text, "Bearer " + text + "x", "Bearer sk-foreign"} {
		v := h.visitor()
		v.header.Set("Authorization", said)
		v.want(said, v.get("/api/v1/me"), http.StatusUnauthorized)
		v.want(said+" on a page", v.get("/account"), http.StatusUnauthorized) // no browser sends this
	}
	p.header.Set("Authorization", "bearer  "+text)
	p.want("written otherwise", p.get("/api/v1/me"), http.StatusOK)
	h.wait(24 * time.Hour)
	p.want("expired", p.get("/api/v1/me"), http.StatusUnauthorized)
	if strings.Contains(h.log.String(), text) {
		t.Error("the log has a token that stood in an address")
	}
}

// TestChangesHoldAtOnce has an admin disable and demote people who are signed in.
func TestChangesHoldAtOnce(t *testing.T) {
	h := newHouse(t)
	boss, browser, program := h.in("root"), h.in("ann"), h.program("ann", account.ScopeClassify)
	browser.page("/account")
	boss.want("disabling", boss.send("/accounts/ann/disable", nil), http.StatusSeeOther, "/accounts/ann")
	browser.want("the browser of a disabled account", browser.get("/account"), http.StatusSeeOther)
	program.want("its program", program.get("/api/v1/me"), http.StatusUnauthorized)
	if badge := boss.page("/accounts/ann").Find(".opening .badge").Text(); badge != "disabled" {
		t.Errorf("shown as %q", badge)
	}
	boss.want("enabling", boss.send("/accounts/ann/enable", nil), http.StatusSeeOther)
	h.in("ann")

	officer, script := h.in("bob"), h.program("bob", account.ScopeDecide, account.ScopeRead)
	boss.want("promoting", boss.send("/accounts/bob/role", url.Values{"role": {"admin"}}), http.StatusSeeOther)
	officer.page("/accounts")
	boss.want("demoting", boss.send("/accounts/bob/role", url.Values{"role": {"exporter"}, "organisation": {"Bobs"}}), http.StatusSeeOther)
	officer.want("accounts", officer.get("/accounts"), http.StatusForbidden)
	officer.want("the queue", officer.get("/queue"), http.StatusForbidden)
	if me := decodeBody[meBody](t, script.get("/api/v1/me")); me.Role != "exporter" || me.Organisation != "Bobs" {
		t.Errorf("%+v", me)
	}
	boss.want("the last admin", boss.send("/accounts/root/disable", nil), http.StatusConflict)
	rec := boss.send("/accounts/bob/reset", nil)
	link := strings.TrimPrefix(parse(t, rec).Find("#secret").Text(), "http://example.com")
	officer.want("after a reset", officer.get("/account"), http.StatusSeeOther)
	officer.want("the link", officer.send(link, url.Values{"password": {passphrase}, "again": {passphrase}}), http.StatusSeeOther, "/")
	officer.page("/account")
	for range 6 {
		v := h.visitor()
		v.send("/login", url.Values{"account": {"bob"}, "password": {"a wrong passphrase"}})
	}
	if badge := boss.page("/accounts/bob").Find(".opening .badge").Text(); badge != "locked" {
		t.Errorf("shown as %q", badge)
	}
	boss.want("unlocking", boss.send("/accounts/bob/unlock", nil), http.StatusSeeOther)
	h.in("bob")
}

// TestRates sends more than an account may.
func TestRates(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Rate = 12 }) // in bursts of three
	p, same := h.program("ann", account.ScopeClassify), h.in("ann")
	for range 2 {
		p.want("a request", p.get("/api/v1/me"), http.StatusOK)
	}
	same.want("the same account's browser", same.get("/account"), http.StatusOK)
	rec := p.get("/api/v1/me")
	if p.want("one too many", rec, http.StatusTooManyRequests); rec.Header().Get("Retry-After") != "5" || decodeBody[errorBody](t, rec).Error.Code != kindTooMany {
		t.Errorf("%v", rec.Header())
	}
	p.want("files", p.get("/static/style.css"), http.StatusOK)
	other := h.program("bob", account.ScopeClassify)
	other.want("another account", other.get("/api/v1/me"), http.StatusOK)
	h.wait(5 * time.Second)
	p.want("after the wait", p.get("/api/v1/me"), http.StatusOK)
}

func TestLimiter(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	l := newLimiter(60, 5, func() time.Time { return now })
	for range 5 {
		if wait := l.allow("a"); wait != 0 {
			t.Fatalf("waits %s", wait)
		}
	}
	if wait := l.allow("a"); wait != time.Second {
		t.Errorf("waits %s", wait)
	}
	now = now.Add(2500 * time.Millisecond)
	for _, want := range []time.Duration{0, 0, 500 * time.Millisecond} {
		if wait := l.allow("a"); wait != want {
			t.Errorf("waits %s, want %s", wait, want)
		}
	}
	now = now.Add(time.Hour) // does not save up
	for i := range 6 {
		if wait := l.allow("a"); (wait != 0) != (i == 5) {
			t.Errorf("%d waits %s", i, wait)
		}
	}
	for i := range 3 * mostKeys {
		l.allow(fmt.Sprint("key", i))
		l.allow("a")
	}
	if len(l.known) != mostKeys || l.order.Len() != mostKeys {
		t.Errorf("it knows %d keys", len(l.known))
	}
	if l.allow("a") == 0 {
		t.Error("a key in use was forgotten")
	}
}

// TestClientAddress is what counts tries: nobody may choose it.
func TestClientAddress(t *testing.T) {
	h := newHouse(t, func(c *Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48")}
	})
	for _, tt := range []struct {
		from      string
		forwarded []string
		want      string
	}{
		{"198.51.100.1:1", nil, "198.51.100.1"},
		{"198.51.100.1:1", []string{"203.0.113.9"}, "198.51.100.1"},
		{"10.0.0.1:1", nil, "10.0.0.1"},
		{"10.0.0.1:1", []string{"203.0.113.9"}, "203.0.113.9"},
		{"10.0.0.1:1", []string{"1.1.1.1, 203.0.113.9"}, "203.0.113.9"},
		{"10.0.0.1:1", []string{"1.1.1.1", "203.0.113.9"}, "203.0.113.9"},
		{"10.0.0.1:1", []string{"203.0.113.9, 10.2.3.4"}, "203.0.113.9"},
		{"10.0.0.1:1", []string{"rubbish, 10.2.3.4"}, "10.2.3.4"},
		{"10.0.0.1:1", []string{"203.0.113.9:443"}, "10.0.0.1"},
		{"[2001:db8:ffff::1]:1", []string{"2001:db8::7"}, "2001:db8::7"},
		{"[::ffff:10.0.0.1]:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
	} {
		req, _ := http.NewRequest(http.MethodGet, "/", nil)
		req.RemoteAddr = tt.from
		req.Header["X-Forwarded-For"] = tt.forwarded
		if got := clientOf(h.server.withClient(req)).address; got != tt.want {
			t.Errorf("%s with %q: %s, want %s", tt.from, tt.forwarded, got, tt.want)
		}
	}
	v := h.visitor()
	v.address = "10.0.0.1:1"
	v.header.Set("X-Forwarded-For", "203.0.113.9")
	v.send("/login", url.Values{"account": {"ann"}, "password": {passphrase}})
	if sessions := v.page("/account").Find("#sessions ~ .scroll tbody td").First().Text(); sessions != "203.0.113.9" {
		t.Errorf("the session is from %q", sessions)
	}
}

func TestPublicURL(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.PublicURL = "https://assay.example:8443/" })
	link := decodeBody[linkBody](t, h.program("root", account.ScopeAdmin).json("POST", "/api/v1/accounts", `{"id":"new","role":"officer"}`)).Link
	if !strings.HasPrefix(link.URL, "https://assay.example:8443/invite/") {
		t.Errorf("%+v", link)
	}
	for _, bad := range []string{"assay.example", "ftp://x", "https://", "https://x/y", "https://u:p@x", "https://x?y", "https://x#y"} {
		cfg := testConfig(t)
		cfg.PublicURL = bad
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "write it like") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestOpen lets strangers classify, and nothing else.
func TestOpen(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Open = true })
	v := h.visitor()
	doc := v.page("/")
	if doc.Find(".who a[href='/login']").Length() != 1 {
		t.Error("nothing leads to signing in")
	}
	v.want("the form", v.send("/", url.Values{"name": {"sampling converter"}}), http.StatusOK)
	v.want("the API", v.json("POST", "/api/v1/classify", `{"name":"sampling converter"}`), http.StatusOK)
	v.want("me", v.get("/api/v1/me"), http.StatusUnauthorized)
	v.want("cases", v.get("/cases"), http.StatusSeeOther)
	v.header.Set("Authorization", "Bearer wrong")
	v.want("with a token that does not work", v.json("POST", "/api/v1/classify", `{"name":"x"}`), http.StatusUnauthorized)
	narrow := h.program("ann", account.ScopeRead)
	narrow.want("with one of another scope", narrow.json("POST", "/api/v1/classify", `{"name":"sampling converter"}`), http.StatusOK)
}

// TestSingleUser has no accounts and needs none.
func TestSingleUser(t *testing.T) {
	s := newServer(t)
	if me := decodeBody[meBody](t, get(t, s, "/api/v1/me")); me.ID != "local" || me.Accounts || me.Role != "admin" || me.CSRF != "" {
		t.Errorf("%+v", me)
	}
	doc := parse(t, get(t, s, "/"))
	if doc.Find(".who").Length() != 0 || doc.Find(".ways a[href='/accounts']").Length() != 0 {
		t.Error("the page speaks of accounts")
	}
	if rec := get(t, s, "/login?next=/entries/3A001"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/entries/3A001" {
		t.Errorf("signing in: %d", rec.Code)
	}
	for _, row := range slices.Concat(s.signInRoutes(), s.openIDRoutes(), s.ownRoutes(), s.accountRoutes()) {
		if row.path == "/api/v1/me" || row.method == "GET" && row.path == "/login" {
			continue
		}
		path := parameter.ReplaceAllString(row.path, "x")
		req, _ := http.NewRequest(row.method, path, strings.NewReader(`{}`))
		req.Header.Set("Content-Type", mediaJSON)
		if rec := answerOf(t, s, req); rec.Code != http.StatusNotFound || !strings.Contains(rec.Body.String(), "keeps no accounts") {
			t.Errorf("%s %s: %d %.200s", row.method, path, rec.Code, rec.Body)
		}
	}
	req, _ := http.NewRequest("GET", "/api/v1/lists", nil)
	req.Header.Set("Authorization", "Bearer sk-some-client-always-sends-one")
	if rec := answerOf(t, s, req); rec.Code != http.StatusOK {
		t.Errorf("a key that is not asked for: %d", rec.Code)
	}
}

// TestStoreDoesNotAnswer closes the store under a running server.
func TestStoreDoesNotAnswer(t *testing.T) {
	h := newHouse(t)
	v := h.in("ann")
	closer, ok := h.server.Accounts.Store.(review.Store)
	if !ok {
		t.Fatal("the store cannot be closed")
	}
	closer.Close()
	for path, want := range map[string]int{"/healthz": 200, "/static/style.css": 200, "/login": 200, "/nowhere": 404} {
		v.want(path, v.get(path), want)
	}
	for _, path := range []string{"/", "/account", "/api/v1/me"} {
		if rec := v.get(path); rec.Code != http.StatusInternalServerError && rec.Code != http.StatusServiceUnavailable || strings.Contains(rec.Body.String(), "assay.db") || strings.Contains(rec.Body.String(), "sql:") {
			t.Errorf("%s: %d %s", path, rec.Code, text(rec))
		}
	}
}
