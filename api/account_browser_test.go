package api

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/oidc"
	"assay/internal/oidc/oidctest"
	"assay/review"
	"assay/review/account"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestBrowserAccounts comes in as people do: by the printed link, by an
// invitation, with a password and through a provider.
func TestBrowserAccounts(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: -short")
	}
	b := openBrowser(t)
	h := emptyHouse(t)
	addr, _ := serve(t, h.server)
	base := "http://" + addr
	p := oidctest.Start(t, base+openIDCallback)
	p.Says(map[string]any{"groups": []string{"officers"}})
	client, err := oidc.New(oidc.Config{Issuer: p.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret, Name: "Example & Co", Claims: []string{"groups"}})
	h.must(err)
	h.server.OpenID = client
	link, err := h.server.Accounts.SetUpLink(t.Context(), account.Request{})
	h.must(err)

	tab := b.tab(t)
	tab.browser = &browser{b.ctx, base}
	at := func(path string) {
		t.Helper()
		if got := js[string](tab, `location.pathname`); got != path {
			t.Fatalf("the page is %s, want %s: %s", got, path, js[string](tab, `document.querySelector("main").innerText`))
		}
	}
	type field struct{ id, text string }
	fill := func(fields ...field) {
		t.Helper()
		for _, f := range fields {
			tab.do("typing into "+f.id, chromedp.SendKeys(chromedp.ID(f.id), f.text))
		}
		tab.do("sending the form", chromedp.KeyEvent(kb.Enter), chromedp.WaitReady(chromedp.CSS("footer")))
	}
	settled := func(script string) {
		t.Helper()
		eventually(t, script, func() bool { return js[bool](tab, script) })
	}
	tab.open(LinkPath(link))
	fill(field{"account", "root"}, field{"name", "Root of the office"}, field{"password", passphrase}, field{"again", passphrase})
	settled(`location.pathname == "/accounts"`)
	fill(field{"account", "ann"}, field{"name", "Ann Exporter"}, field{"organisation", "Acme"})
	settled(`!!document.getElementById("secret")`)
	invite := js[string](tab, `document.getElementById("secret").textContent`)
	if !strings.HasPrefix(invite, base+"/invite/") {
		t.Fatalf("the link is %s", invite)
	}
	tab.do("signing out", chromedp.Click(chromedp.CSS(".who button")))
	settled(`location.pathname == "/login"`)
	tab.open("/accounts")
	at("/login")
	tab.refused = true // Chromium writes every 4xx into its console
	fill(field{"account", "root"}, field{"password", "a wrong passphrase"})
	settled(`!!document.querySelector("[role=alert]")`)
	if js[string](tab, `document.getElementById("account").value`) != "root" || js[string](tab, `document.getElementById("password").value`) != "" {
		t.Error("the form does not keep the name, or keeps the password")
	}
	if got := js[string](tab, focused); got != "password" {
		t.Errorf("focus is on %q", got)
	}
	fill(field{"password", passphrase})
	settled(`location.pathname == "/accounts"`)
	tab.do("signing out", chromedp.Click(chromedp.CSS(".who button")))
	settled(`location.pathname == "/login"`)

	tab.do("opening the invitation", chromedp.Navigate(invite))
	fill(field{"password", passphrase}, field{"again", passphrase})
	settled(`location.pathname == "/"`)
	if who := js[string](tab, `document.querySelector(".who a").textContent`); who != "Ann Exporter" {
		t.Errorf("signed in as %s", who)
	}
	tab.open("/account")
	tab.do("connecting", chromedp.Click(chromedp.CSS("form[action='/account/connect'] button")))
	settled(`document.querySelector("h1").textContent == "Connect with Example & Co"`)
	tab.do("going to the provider", chromedp.Click(chromedp.CSS("main a.button")))
	settled(`location.pathname == "/account" && !!document.querySelector("form[action='/account/disconnect']")`)
	tab.do("signing out", chromedp.Click(chromedp.CSS(".who button")))
	settled(`location.pathname == "/login"`)
	tab.open("/login?next=/account")
	tab.do("through the provider", chromedp.Click(chromedp.CSS("main a.button")))
	settled(`location.pathname == "/account"`)
	if js[string](tab, `document.cookie`) != "" {
		t.Error("scripts see the cookie of the session")
	}
}

// TestShotsOfAccounts writes pictures of the pages of accounts for people to look at.
func TestShotsOfAccounts(t *testing.T) {
	dir := os.Getenv("ASSAY_SHOTS")
	if dir == "" {
		t.Skip("left out: ASSAY_SHOTS names no folder")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t)
	h := newHouse(t)
	addr, _ := serve(t, h.server)
	p := oidctest.Start(t, "http://"+addr+openIDCallback)
	client, err := oidc.New(oidc.Config{Issuer: p.URL, ClientID: oidctest.ClientID, Name: "Example & Co"})
	h.must(err)
	h.server.OpenID = client
	boss := account.Request{Actor: root, Address: "192.0.2.44", Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	if _, _, err := h.server.Accounts.Invite(t.Context(), boss, account.NewAccount{ID: "maría.gómez@example.org", Role: review.Officer}); err == nil {
		t.Fatal("a name that is not ASCII is taken")
	}
	_, invite, err := h.server.Accounts.Invite(t.Context(), boss, account.NewAccount{ID: "maria.gomez@example.org", Name: "María Gómez Fernández", Role: review.Exporter, Organisation: "Talleres Hidráulicos del Norte S. A."})
	h.must(err)
	_, err = h.server.Accounts.Disable(t.Context(), boss, "eva")
	h.must(err)
	rootIn, err := h.server.Accounts.SignIn(t.Context(), boss, "root", passphrase)
	h.must(err)
	h.wait(26 * time.Minute)
	for range 6 {
		_, _ = h.server.Accounts.SignIn(t.Context(), account.Request{Address: "198.51.100.7"}, "otto", "a wrong passphrase")
	}
	for _, tk := range []account.NewToken{{Name: "nightly catalogue", Scopes: []account.Scope{account.ScopeClassify}}, {Name: "case system of the customs office", Scopes: []account.Scope{account.ScopeRead, account.ScopeWrite, account.ScopeDecide}}} {
		_, _, err := h.server.Accounts.MakeToken(t.Context(), boss, "root", tk)
		h.must(err)
	}
	h.must(h.server.Accounts.Store.WriteAccounts(t.Context(), func(w account.Writer) error { return w.SeeSession(t.Context(), rootIn.Session.ID, h.clock()) }))
	signIn := func(tab *tab) {
		in, err := h.server.Accounts.SignIn(t.Context(), account.Request{Address: "127.0.0.1", Agent: "HeadlessChrome/140"}, "root", passphrase)
		h.must(err)
		tab.open("/static/mark.svg")
		tab.do("signing in", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: plainCookie, Value: in.Token, URL: tab.base})
			return chromedp.Void{}, err
		})
	}
	for _, shot := range []struct {
		name, path string
		in         bool
		do         func(*tab)
	}{
		{"login", "/login?next=/cases", false, nil},
		{"login-wrong", "/login", false, func(b *tab) {
			b.do("signing in", chromedp.SendKeys(chromedp.ID("account"), "ann"), chromedp.SendKeys(chromedp.ID("password"), "x"), chromedp.Click(chromedp.CSS("form.stacked button")), chromedp.WaitReady(chromedp.ID("fault")))
		}},
		{"invite", LinkPath(invite), false, nil},
		{"account", "/account", true, nil},
		{"account-token", "/account", true, func(b *tab) {
			b.do("making a token", chromedp.SendKeys(chromedp.ID("token-name"), "trial"), chromedp.Click(chromedp.ID("scope-read")), chromedp.Click(chromedp.CSS("form[action='/account/tokens'] button.primary")), chromedp.WaitReady(chromedp.ID("secret")))
		}},
		{"accounts", "/accounts", true, nil},
		{"accounts-told", "/accounts", true, func(b *tab) {
			b.do("inviting", chromedp.SendKeys(chromedp.ID("account"), "new"+js[string](b, `String(innerWidth)`)), chromedp.SendKeys(chromedp.ID("organisation"), "Acme"), chromedp.Click(chromedp.CSS("form.stacked button.primary")), chromedp.WaitReady(chromedp.ID("secret")))
		}},
		{"account-one", "/accounts/otto", true, nil},
		{"account-refused", "/accounts/root", true, func(b *tab) {
			b.do("disabling", chromedp.Click(chromedp.CSS("form[action$=disable] button")), chromedp.WaitReady(chromedp.ID("fault")))
		}},
	} {
		for _, size := range []struct {
			suffix, scheme string
			width          int64
		}{{"", "light", 1280}, {"-phone", "light", 390}, {"-dark", "dark", 1280}} {
			if only := os.Getenv("ASSAY_SHOT"); only != "" && only != shot.name || size.scheme == "dark" && shot.name != "accounts" && shot.name != "login" {
				continue
			}
			tab := b.tab(t)
			tab.browser, tab.refused = &browser{b.ctx, "http://" + addr}, true
			tab.scheme(size.scheme)
			tab.do("setting the size", chromedp.EmulateViewport(size.width, 900))
			if shot.in {
				signIn(tab)
			}
			tab.open(shot.path)
			if shot.do != nil {
				shot.do(tab)
			}
			tab.whole(filepath.Join(dir, "accounts-"+shot.name+size.suffix+".png"))
			if shot.in {
				tab.open("/account")
				tab.do("signing out", chromedp.Click(chromedp.CSS(".who button")), chromedp.WaitReady(chromedp.ID("password")))
			}
		}
	}
}
