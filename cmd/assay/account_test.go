package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"assay/internal/oidc/oidctest"
	"assay/review/account"
)

const passphrase = "correct battery staple, please"

// told splits what a command that prints a secret says: the secret alone on
// standard output, the words about it on standard error.
func (o *office) told(args ...string) string {
	o.t.Helper()
	got := o.try(args...)
	if got.status != exitDone || strings.Count(got.out, "\n") != 1 || !strings.HasPrefix(got.err, "assay: ") {
		o.t.Fatalf("%v: %+v", args, got)
	}
	return strings.TrimSpace(got.out)
}

func TestAccountCommands(t *testing.T) {
	o := newOffice(t)
	if got := o.run("account", "list"); got != "" {
		t.Errorf("list: %q", got)
	}
	link := o.told("account", "add", "Ann", "--role", "exporter", "--organisation", "Acme", "--name", "Änn", "--url", "https://assay.example/")
	if !regexp.MustCompile(`^https://assay\.example/invite/[A-Za-z0-9_-]{43}$`).MatchString(link) {
		t.Errorf("link %q", link)
	}
	if got := o.run("account", "list"); !strings.HasPrefix(got, "ann ") || !strings.Contains(got, "exporter  invited   Acme; never signed in") {
		t.Errorf("list: %q", got)
	}
	if got := o.run("account", "role", "ann", "officer"); got != "ann is active, officer\n" {
		t.Errorf("role: %q", got)
	}
	token := o.told("account", "token", "ann", "--name", "night run", "--scope", "classify,read", "--days", "3")
	if !strings.HasPrefix(token, "assay_") {
		t.Errorf("token %q", token)
	}
	if again := o.told("account", "reset", "ann"); again == link || !strings.HasPrefix(again, "http://127.0.0.1:8080/invite/") {
		t.Errorf("reset: %q", again)
	}
	if got := o.run("account", "disable", "ann"); got != "ann is disabled, officer\n" {
		t.Errorf("disable: %q", got)
	}
	var all []account.Standing
	if err := json.Unmarshal([]byte(o.run("account", "list", "--json")), &all); err != nil || len(all) != 1 || all[0].State != account.Disabled || all[0].Tokens != 0 {
		t.Errorf("%v %+v", err, all)
	}
	o.run("account", "enable", "ann")
	o.run("account", "unlock", "ann")
	if log := o.run("audit", "export", "--out", "-"); strings.Count(log, "\n") != 7 || strings.Contains(log, token) || strings.Contains(log, link[len(link)-43:]) || !strings.Contains(log, "account.disable") {
		t.Errorf("audit log:\n%s", log)
	}
	o.run("audit", "verify")
	for args, want := range map[string]struct {
		status int
		says   string
	}{
		"account add ann --role officer":                        {exitFailed, "already"},
		"account add x":                                         {exitUsage, "--role"},
		"account add x --role king":                             {exitUsage, "no role"},
		"account add x --role exporter":                         {exitUsage, "organisation"},
		"account add a/b --role officer":                        {exitUsage, "no name for an account"},
		"account role ann exporter":                             {exitUsage, "organisation"},
		"account disable none":                                  {exitFailed, `no account "none"`},
		"account enable ann":                                    {exitFailed, "not disabled"},
		"account token ann --name x --scope admin":              {exitUsage, "no use to the role officer"},
		"account token ann --name x --scope read --days 0":      {exitUsage, "--days"},
		"account token ann --scope read":                        {exitUsage, "--name"},
		"serve --tls-cert x":                                    {exitUsage, "go together"},
		"serve --rate 0":                                        {exitUsage, "--rate"},
		"serve --listen 127.0.0.1:0 --trusted-proxy home":       {exitUsage, "--trusted-proxy home"},
		"serve --listen 127.0.0.1:0 --tls-cert /x --tls-key /y": {exitFailed, "--tls-cert"},
	} {
		if got := o.try(strings.Fields(args)...); got.status != want.status || !strings.Contains(got.err, want.says) {
			t.Errorf("%s: %+v, want %d %q", args, got, want.status, want.says)
		}
	}
}

// browse returns a client with cookies that follows nothing.
func browse(t *testing.T, transport http.RoundTripper) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func status(t *testing.T, c *http.Client, method, address string, form url.Values) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode, response.Header.Get("Location")
}

var setUpLink = regexp.MustCompile(`https?://\S+/setup/[A-Za-z0-9_-]{43}`)

// TestServeWithAccounts starts a fresh server with --accounts, comes in by the
// link that it prints, and finds everything as it was after a new start.
func TestServeWithAccounts(t *testing.T) {
	o := newOffice(t)
	base := []string{"--data", o.data, "--model", "lexical", "serve", "--listen", "127.0.0.1:0"}
	var session *http.Client
	var first string
	t.Run("first", func(t *testing.T) {
		errs := &errLog{}
		address := startedTelling(t, errs, append(base, "--accounts"))
		link := setUpLink.FindString(errs.String())
		if !strings.HasPrefix(link, address+"/") {
			t.Fatalf("%s says %q", address, errs)
		}
		session, first = browse(t, nil), address
		if code, to := status(t, session, "GET", address+"/", nil); code != http.StatusSeeOther || to != "/login?next=%2F" {
			t.Errorf("a stranger: %d %s", code, to)
		}
		form := url.Values{"account": {"root"}, "password": {passphrase}, "again": {passphrase}}
		if code, to := status(t, session, "POST", link, form); code != http.StatusSeeOther || to != "/accounts" {
			t.Fatalf("set-up: %d %s", code, to)
		}
		if code, _ := status(t, session, "GET", address+"/accounts", nil); code != http.StatusOK {
			t.Errorf("the admin: %d", code)
		}
		if code, _ := status(t, browse(t, nil), "POST", link, form); code != http.StatusNotFound {
			t.Errorf("the link again: %d", code)
		}
	})
	t.Run("second", func(t *testing.T) {
		errs := &errLog{}
		address := startedTelling(t, errs, base) // accounts exist, so they are needed
		if errs.String() != "" {
			t.Errorf("says %q", errs)
		}
		old, _ := url.Parse(first)
		now, _ := url.Parse(address)
		session.Jar.SetCookies(now, session.Jar.Cookies(old))
		if code, _ := status(t, session, "GET", address+"/accounts", nil); code != http.StatusOK {
			t.Errorf("the session of before: %d", code)
		}
		if code, _ := status(t, browse(t, nil), "GET", address+"/api/v1/me", nil); code != http.StatusUnauthorized {
			t.Errorf("a stranger: %d", code)
		}
		// What the command line does holds in the running server at once.
		token := o.told("account", "token", "root", "--name", "x", "--scope", "classify")
		req, _ := http.NewRequest("GET", address+"/api/v1/me", nil)
		req.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("the token: %s", response.Status)
		}
		link := o.told("account", "reset", "root", "--url", address)
		if code, _ := status(t, session, "GET", address+"/accounts", nil); code != http.StatusSeeOther {
			t.Errorf("the session after a reset: %d", code)
		}
		form := url.Values{"password": {passphrase}, "again": {passphrase}}
		if code, to := status(t, session, "POST", link, form); code != http.StatusSeeOther || to != "/" {
			t.Errorf("the way back in: %d %s", code, to)
		}
	})
}

// TestServeWantsAccounts on every address but a loopback one that nothing publishes.
func TestServeWantsAccounts(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want bool
	}{
		"loopback":      {[]string{"--listen", "127.0.0.1:0"}, false},
		"every address": {[]string{"--listen", "0.0.0.0:0"}, true},
		"a name":        {[]string{"--listen", "127.0.0.1:0", "--host", "assay.example"}, true},
		"a proxy":       {[]string{"--listen", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1"}, true},
		"a public URL":  {[]string{"--listen", "127.0.0.1:0", "--public-url", "http://localhost"}, true},
		"--accounts":    {[]string{"--listen", "127.0.0.1:0", "--accounts"}, true},
		"--open":        {[]string{"--listen", "127.0.0.1:0", "--open"}, false},
		"both":          {[]string{"--listen", "127.0.0.1:0", "--open", "--accounts"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			errs := &errLog{}
			address := startedTelling(t, errs, append([]string{"--data", t.TempDir(), "--model", "lexical", "serve"}, tt.args...))
			_, port, _ := net.SplitHostPort(strings.TrimPrefix(address, "http://"))
			address = "http://127.0.0.1:" + port
			if got := setUpLink.MatchString(errs.String()); got != tt.want {
				t.Errorf("prints a link: %v, want %v: %s", got, tt.want, errs)
			}
			want := http.StatusOK
			if tt.want {
				want = http.StatusUnauthorized
			}
			if code, _ := status(t, http.DefaultClient, "GET", address+"/api/v1/me", nil); code != want {
				t.Errorf("a stranger: %d, want %d", code, want)
			}
			want = http.StatusOK
			if tt.want && name != "both" {
				want = http.StatusUnauthorized
			}
			if code, _ := status(t, http.DefaultClient, "GET", address+"/api/v1/lists", nil); code != want {
				t.Errorf("the lists: %d, want %d", code, want)
			}
		})
	}
}

// TestServeWithProvider comes in through an OpenID provider that the flags name.
func TestServeWithProvider(t *testing.T) {
	// The port must be known beforehand: the provider sends people back to one address.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := ln.Addr().String()
	ln.Close()
	p := oidctest.Start(t, "http://"+listen+"/login/openid/callback")
	p.Says(map[string]any{"groups": []string{"acme:exporters"}})
	t.Setenv("ASSAY_OIDC_CLIENT_SECRET", oidctest.Secret)
	o := newOffice(t)
	address := startedTelling(t, &errLog{}, []string{"--data", o.data, "--model", "lexical", "serve", "--listen", listen, "--oidc-issuer", p.URL, "--oidc-client-id", oidctest.ClientID,
		"--oidc-rule", "groups=officers:officer;groups=acme:exporters:exporter:Acme & Co: Ltd", "--oidc-scope", "profile"})
	c := browse(t, nil)
	_, to := status(t, c, "GET", address+"/login/openid?next=/cases", nil)
	_, back := status(t, c, "GET", to, nil)
	if code, to := status(t, c, "GET", back, nil); code != http.StatusSeeOther || to != "/cases" {
		t.Fatalf("back: %d %s", code, to)
	}
	if got := o.run("account", "list"); !strings.HasPrefix(got, "cyd ") || !strings.Contains(got, "exporter  active    Acme & Co: Ltd; last signed in") {
		t.Errorf("accounts: %q", got)
	}
	for args, says := range map[string]string{
		"--oidc-client-id x": "--oidc-issuer is missing",
		"--oidc-issuer http://id.example --oidc-client-id x":                           "starts with https",
		"--oidc-issuer https://id.example":                                             "client id is missing",
		"--oidc-issuer https://id.example --oidc-client-id x --oidc-rule officers":     "--oidc-rule officers",
		"--oidc-issuer https://id.example --oidc-client-id x --oidc-rule g=x:exporter": "needs an organisation",
		"--oidc-issuer https://id.example --oidc-client-id x --oidc-default-role king": "no role",
	} {
		if got := o.try(append([]string{"serve", "--listen", "127.0.0.1:0"}, strings.Fields(args)...)...); got.status != exitUsage || !strings.Contains(got.err, says) {
			t.Errorf("%s: %+v, want %q", args, got, says)
		}
	}
}

// writeCertificate makes a certificate for 127.0.0.1 with a serial number.
func writeCertificate(t *testing.T, dir string, serial int64) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "assay"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestServeTLS(t *testing.T) {
	cert, key := writeCertificate(t, t.TempDir(), 1)
	errs := &errLog{}
	address := startedTelling(t, errs, []string{"--data", t.TempDir(), "--model", "lexical", "serve", "--listen", "127.0.0.1:0", "--accounts", "--tls-cert", cert, "--tls-key", key})
	link := setUpLink.FindString(errs.String())
	if !strings.HasPrefix(address, "https://") || !strings.HasPrefix(link, address) {
		t.Fatalf("%s says %q", address, errs)
	}
	pool := x509.NewCertPool()
	data, _ := os.ReadFile(cert)
	pool.AppendCertsFromPEM(data)
	c := browse(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true})
	response, err := c.PostForm(link, url.Values{"account": {"root"}, "password": {passphrase}, "again": {passphrase}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.ProtoMajor != 2 || response.StatusCode != http.StatusSeeOther {
		t.Errorf("%s %s", response.Proto, response.Status)
	}
	if set := response.Cookies(); len(set) != 1 || set[0].Name != "__Host-assay" || !set[0].Secure {
		t.Errorf("%+v", set)
	}
	if code, _ := status(t, c, "GET", address+"/accounts", nil); code != http.StatusOK {
		t.Errorf("signed in: %d", code)
	}
}

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	cert, key := writeCertificate(t, dir, 1)
	c := &certificate{cert: cert, key: key, log: slog.New(slog.DiscardHandler)}
	serial := func(want string) {
		t.Helper()
		c.looked = time.Time{}
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(got.Certificate[0])
		if err != nil || leaf.SerialNumber.String() != want {
			t.Errorf("%v: certificate %s, want %s", err, leaf.SerialNumber, want)
		}
	}
	if err := c.read(); err != nil {
		t.Fatal(err)
	}
	serial("1")
	writeCertificate(t, dir, 2)
	later := time.Now().Add(time.Minute)
	os.Chtimes(cert, later, later)
	serial("2")
	os.WriteFile(cert, []byte("rubbish"), 0o600)
	os.Chtimes(cert, later.Add(time.Minute), later.Add(time.Minute))
	serial("2")
	os.Remove(cert)
	serial("2")
}
