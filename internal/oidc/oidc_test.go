package oidc_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"assay/internal/oidc"
	"assay/internal/oidc/oidctest"
	"assay/review"
	"assay/review/account"
)

const redirect = "http://localhost/login/openid/callback"

// flow is a provider with us as its client.
type flow struct {
	*testing.T
	*oidctest.Provider
	client *oidc.Provider
}

func start(t *testing.T, change ...func(*oidc.Config)) *flow {
	t.Helper()
	p := oidctest.Start(t, redirect)
	cfg := oidc.Config{Issuer: p.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret, Claims: []string{"groups", "realm_access.roles"}}
	for _, c := range change {
		c(&cfg)
	}
	client, err := oidc.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &flow{t, p, client}
}

// code goes to the provider as a browser does and returns what it sends back.
func (f *flow) code(state, nonce, verifier string) url.Values {
	f.Helper()
	address, err := f.client.AuthURL(f.Context(), redirect, state, nonce, verifier)
	if err != nil {
		f.Fatal(err)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := c.Get(address)
	if err != nil {
		f.Fatal(err)
	}
	defer response.Body.Close()
	back, err := response.Location()
	if err != nil || response.StatusCode != http.StatusFound || !strings.HasPrefix(back.String(), redirect+"?") {
		f.Fatalf("%s: %v", response.Status, err)
	}
	return back.Query()
}

const verifier = "a-verifier-of-at-least-forty-three-characters-0123456789"

// signIn goes all the way.
func (f *flow) signIn() (account.Claims, error) {
	f.Helper()
	back := f.code("state-1", "nonce-1", verifier)
	if back.Get("state") != "state-1" {
		f.Fatalf("state came back as %q", back.Get("state"))
	}
	return f.client.Exchange(f.Context(), redirect, back.Get("code"), "nonce-1", verifier)
}

func (f *flow) refused(what string, err error) {
	f.Helper()
	if err == nil || review.KindOf(err) != review.Forbidden || oidc.IsDown(err) {
		f.Errorf("%s: %v (%s), want it refused", what, err, review.KindOf(err))
	}
	if err != nil && (strings.Contains(err.Error(), oidctest.Secret) || strings.Contains(err.Error(), "eyJ")) {
		f.Errorf("%s: the error tells too much: %v", what, err)
	}
}

func TestSignIn(t *testing.T) {
	for _, basic := range []bool{true, false} {
		t.Run(fmt.Sprint("basic ", basic), func(t *testing.T) {
			f := start(t)
			f.Basic(basic)
			f.Says(map[string]any{"groups": []any{"staff", 7, "officers"}, "realm_access": map[string]any{"roles": []string{"a"}}})
			c, err := f.signIn()
			if err != nil {
				t.Fatal(err)
			}
			if c.Issuer != f.URL || c.Subject != "248289761001" || c.Login != "cyd" || c.Name != "Cyd Officer" || fmt.Sprint(c.Values) != "map[groups:[staff officers] realm_access.roles:[a]]" {
				t.Errorf("%+v", c)
			}
			if f.Asked("/userinfo") != 0 {
				t.Error("the provider is asked for what it has said")
			}
			if _, err := f.signIn(); err != nil || f.Asked("/.well-known/openid-configuration") != 1 || f.Asked("/keys") != 1 {
				t.Errorf("again: %v; asked %d times how, %d times for keys", err, f.Asked("/.well-known/openid-configuration"), f.Asked("/keys"))
			}
		})
	}
}

// TestClaimsFromElsewhere has the provider keep groups out of its tokens.
func TestClaimsFromElsewhere(t *testing.T) {
	f := start(t, func(c *oidc.Config) { c.LoginClaim = "email" })
	f.Tells(map[string]any{"groups": "officers", "sub": "248289761001", "preferred_username": "somebody else"})
	c, err := f.signIn()
	if err != nil || fmt.Sprint(c.Values["groups"]) != "[officers]" || c.Login != "cyd@example.org" {
		t.Errorf("%v %+v", err, c)
	}
	f.Tells(map[string]any{"groups": "officers", "sub": "somebody else"})
	_, err = f.signIn()
	f.refused("claims about somebody else", err)
}

// TestTokensThatDoNotHold has the provider, or whoever sits in between, send
// what must not be believed.
func TestTokensThatDoNotHold(t *testing.T) {
	f := start(t)
	if _, err := f.signIn(); err != nil {
		t.Fatal(err)
	}
	none := func(alg string) func(*oidctest.Token) {
		return func(t *oidctest.Token) {
			t.Header["alg"] = alg
			t.Sign = func([]byte) []byte { return nil }
		}
	}
	public := f.PublicKeyPEM()
	for name, spoil := range map[string]func(*oidctest.Token){
		"another nonce":    func(t *oidctest.Token) { t.Claims["nonce"] = "nonce-2" },
		"no nonce":         func(t *oidctest.Token) { delete(t.Claims, "nonce") },
		"another audience": func(t *oidctest.Token) { t.Claims["aud"] = "another program" },
		"no audience":      func(t *oidctest.Token) { delete(t.Claims, "aud") },
		"two audiences, not for us": func(t *oidctest.Token) {
			t.Claims["aud"] = []string{oidctest.ClientID, "other"}
			t.Claims["azp"] = "other"
		},
		"two audiences, for nobody": func(t *oidctest.Token) { t.Claims["aud"] = []string{oidctest.ClientID, "other"} },
		"another issuer":            func(t *oidctest.Token) { t.Claims["iss"] = "https://evil.example" },
		"no issuer":                 func(t *oidctest.Token) { delete(t.Claims, "iss") },
		"expired":                   func(t *oidctest.Token) { t.Claims["exp"] = time.Now().Add(-time.Second).Unix() },
		"no expiry":                 func(t *oidctest.Token) { delete(t.Claims, "exp") },
		"not yet":                   func(t *oidctest.Token) { t.Claims["nbf"] = time.Now().Add(time.Hour).Unix() },
		"nobody":                    func(t *oidctest.Token) { t.Claims["sub"] = "" },
		"alg none":                  none("none"),
		"alg None":                  none("None"),
		"alg nothing":               none(""),
		"no signature":              func(t *oidctest.Token) { t.Sign = func([]byte) []byte { return nil } },
		"another signature":         func(t *oidctest.Token) { t.Sign = func([]byte) []byte { return make([]byte, 256) } },
		"the public key as a secret": func(t *oidctest.Token) {
			t.Header["alg"] = "HS256"
			t.Sign = oidctest.HMAC(public)
		},
		"our own secret": func(t *oidctest.Token) { t.Header["alg"] = "HS256"; t.Sign = oidctest.HMAC([]byte(oidctest.Secret)) },
		"a key that nobody has": func(t *oidctest.Token) {
			t.Header["kid"] = "other"
		},
		"no token":  func(t *oidctest.Token) { t.Instead = " " },
		"no JWT":    func(t *oidctest.Token) { t.Instead = "a.b" },
		"no base64": func(t *oidctest.Token) { t.Instead = "?.?.?" },
	} {
		f.Wrong(spoil)
		_, err := f.signIn()
		f.refused(name, err)
	}
	f.Wrong(func(t *oidctest.Token) {
		t.Claims["aud"] = []string{oidctest.ClientID, "other"}
		t.Claims["azp"] = oidctest.ClientID
	})
	if _, err := f.signIn(); err != nil {
		t.Errorf("two audiences, for us: %v", err)
	}
	f.Wrong(nil)
	if _, err := f.signIn(); err != nil {
		t.Errorf("and a right one again: %v", err)
	}
}

func TestCodes(t *testing.T) {
	f := start(t)
	exchange := func(code, nonce, v string) error {
		_, err := f.client.Exchange(t.Context(), redirect, code, nonce, v)
		return err
	}
	code := f.code("s", "n", verifier).Get("code")
	if err := exchange(code, "n", verifier); err != nil {
		t.Fatal(err)
	}
	f.refused("a code that was used", exchange(code, "n", verifier))
	f.refused("a code that never was", exchange("x", "n", verifier))
	f.refused("no code", exchange("", "n", verifier))
	f.refused("another verifier", exchange(f.code("s", "n", verifier).Get("code"), "n", verifier+"x"))
	f.refused("another nonce", exchange(f.code("s", "n", verifier).Get("code"), "m", verifier))
	f.refused("an empty nonce", exchange(f.code("s", "n", verifier).Get("code"), "", verifier))
	_, err := f.client.Exchange(t.Context(), "http://localhost/elsewhere", f.code("s", "n", verifier).Get("code"), "n", verifier)
	f.refused("another redirect", err)
	other, err := oidc.New(oidc.Config{Issuer: f.URL, ClientID: oidctest.ClientID, ClientSecret: "wrong"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.Exchange(t.Context(), redirect, f.code("s", "n", verifier).Get("code"), "n", verifier)
	f.refused("a wrong secret", err)
}

func TestKeysAreChanged(t *testing.T) {
	f := start(t)
	for range 3 {
		if _, err := f.signIn(); err != nil {
			t.Fatal(err)
		}
		f.Rotate()
	}
	if f.Asked("/keys") != 3 {
		t.Errorf("keys were asked for %d times", f.Asked("/keys"))
	}
}

func TestProviderIsDown(t *testing.T) {
	now := time.Now()
	f := start(t, func(c *oidc.Config) { c.Now = func() time.Time { return now } })
	down := func(what string, err error) {
		t.Helper()
		if !oidc.IsDown(err) || review.KindOf(err) != review.Unavailable || strings.Contains(err.Error(), f.URL) {
			t.Errorf("%s: %v", what, err)
		}
	}
	f.Down(true)
	_, err := f.client.AuthURL(t.Context(), redirect, "s", "n", verifier)
	down("before it ever answered", err)
	_, err = f.client.Exchange(t.Context(), redirect, "x", "n", verifier)
	down("and for a code", err)
	f.Down(false)
	if _, err := f.signIn(); err != nil {
		t.Errorf("up again: %v", err)
	}
	code := f.code("s", "n", verifier).Get("code")
	f.Down(true)
	_, err = f.client.Exchange(t.Context(), redirect, code, "n", verifier)
	down("in between", err)
	now = now.Add(25 * time.Hour) // what it said yesterday serves
	if _, err := f.client.AuthURL(t.Context(), redirect, "s", "n", verifier); err != nil {
		t.Errorf("down, a day later: %v", err)
	}
	f.Close()
	_, err = f.client.Exchange(t.Context(), redirect, code, "n", verifier)
	down("gone", err)
}

// TestOddProviders refuses what would send secrets astray.
func TestOddProviders(t *testing.T) {
	for name, body := range map[string]string{
		"another issuer":  `{"issuer":"https://evil.example","authorization_endpoint":"ISSUER/a","token_endpoint":"ISSUER/t","jwks_uri":"ISSUER/k"}`,
		"a plain address": `{"issuer":"ISSUER","authorization_endpoint":"http://evil.example/a","token_endpoint":"ISSUER/t","jwks_uri":"ISSUER/k"}`,
		"plain keys":      `{"issuer":"ISSUER","authorization_endpoint":"ISSUER/a","token_endpoint":"ISSUER/t","jwks_uri":"http://evil.example/k"}`,
		"no token":        `{"issuer":"ISSUER","authorization_endpoint":"ISSUER/a","jwks_uri":"ISSUER/k"}`,
		"no JSON":         `<html>`,
		"too much":        `{"issuer":"ISSUER","x":"` + strings.Repeat("x", 2<<20) + `"}`,
	} {
		p := oidctest.Start(t, redirect)
		p.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, strings.ReplaceAll(body, "ISSUER", p.URL))
		})
		client, err := oidc.New(oidc.Config{Issuer: p.URL, ClientID: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.AuthURL(t.Context(), redirect, "s", "n", verifier); !oidc.IsDown(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One that leads elsewhere.
	p := oidctest.Start(t, redirect)
	p.Config.Handler = http.RedirectHandler("https://evil.example/", http.StatusTemporaryRedirect)
	client, _ := oidc.New(oidc.Config{Issuer: p.URL, ClientID: "x"})
	if _, err := client.AuthURL(t.Context(), redirect, "s", "n", verifier); !oidc.IsDown(err) {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, cfg := range []oidc.Config{{}, {Issuer: "id.example", ClientID: "x"}, {Issuer: "http://id.example", ClientID: "x"}, {Issuer: "https://id.example"},
		{Issuer: "https://id.example?x", ClientID: "x"}, {Issuer: "ftp://id.example", ClientID: "x"}} {
		if _, err := oidc.New(cfg); review.KindOf(err) != review.Invalid {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	p, err := oidc.New(oidc.Config{Issuer: "https://id.example/realms/x", ClientID: "x"})
	if err != nil || p.Name() != "id.example" || p.Issuer() != "https://id.example/realms/x" {
		t.Errorf("%v %+v", err, p)
	}
}
