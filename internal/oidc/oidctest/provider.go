// Package oidctest is a small OpenID Connect provider for tests: a real one,
// over HTTP, with discovery, keys, codes that work once, PKCE, signed tokens
// and claims about people. Tests set what it gets wrong. It is for tests only.
package oidctest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// ClientID and Secret are how we are registered with every provider.
const (
	ClientID = "assay"
	Secret   = "s3cret & so on"
)

// Provider is a running provider at which one person is signed in.
type Provider struct {
	*httptest.Server
	Now func() time.Time

	mu       sync.Mutex
	keys     []key // the last one signs
	codes    map[string]grant
	access   map[string]map[string]any // what an access token tells
	person   map[string]any            // claims of who is signed in
	info     map[string]any            // told at the userinfo endpoint only
	redirect string                    // the only address it sends people back to
	wrong    func(*Token)
	down     bool
	basic    bool
	asked    map[string]int
}

type key struct {
	id      string
	private *rsa.PrivateKey
}

type grant struct{ challenge, nonce, redirect string }

// Token is an ID token about to be sent, for tests to spoil.
type Token struct {
	Header, Claims map[string]any
	Sign           func(input []byte) []byte // nil signs as it should
	Instead        string                    // sent in its place
}

// Start starts a provider for a client that is sent back to redirect.
func Start(t testing.TB, redirect string) *Provider {
	t.Helper()
	p := &Provider{Now: time.Now, codes: map[string]grant{}, access: map[string]map[string]any{}, redirect: redirect, basic: true, asked: map[string]int{},
		person: map[string]any{"sub": "248289761001", "preferred_username": "cyd", "name": "Cyd Officer", "email": "cyd@example.org"}}
	p.Rotate()
	mux := http.NewServeMux()
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /.well-known/openid-configuration": p.discovery, "GET /keys": p.jwks, "GET /authorize": p.authorize, "POST /token": p.token, "GET /userinfo": p.userinfo,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.asked[r.URL.Path]++
			if p.down {
				http.Error(w, "out of order", http.StatusBadGateway)
				return
			}
			handle(w, r)
		})
	}
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// Rotate gives the provider a new key to sign with; the one before is forgotten.
func (p *Provider) Rotate() {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = []key{{rand.Text(), private}}
}

// Says sets claims of the person who is signed in.
func (p *Provider) Says(claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.person, claims)
}

// Tells sets claims that stand at the userinfo endpoint only.
func (p *Provider) Tells(claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.info = claims
}

// Wrong has each ID token spoilt before it is sent; nil sends right ones again.
func (p *Provider) Wrong(spoil func(*Token)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = spoil
}

// Down has every request answered with an error.
func (p *Provider) Down(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Basic says whether clients name themselves in the header or in the form.
func (p *Provider) Basic(basic bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.basic = basic
}

// Asked returns how often path was asked.
func (p *Provider) Asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

// PublicKeyPEM returns the key that everybody may know, as some programs
// mistake it for a shared secret.
func (p *Provider) PublicKeyPEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(&p.keys[len(p.keys)-1].private.PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	method := "client_secret_post"
	if p.basic {
		method = "client_secret_basic"
	}
	answer(w, http.StatusOK, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"userinfo_endpoint": p.URL + "/userinfo", "id_token_signing_alg_values_supported": []string{"RS256"}, "token_endpoint_auth_methods_supported": []string{method}})
}

func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	var all []map[string]string
	for _, k := range p.keys {
		all = append(all, map[string]string{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": k.id, "n": encode(k.private.N.Bytes()), "e": encode(big.NewInt(int64(k.private.E)).Bytes())})
	}
	answer(w, http.StatusOK, map[string]any{"keys": all})
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// authorize signs the person in without asking.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, want := range map[string]string{"client_id": ClientID, "redirect_uri": p.redirect, "response_type": "code", "code_challenge_method": "S256"} {
		if q.Get(name) != want {
			http.Error(w, fmt.Sprintf("%s is %q, not %q", name, q.Get(name), want), http.StatusBadRequest)
			return
		}
	}
	if q.Get("state") == "" || q.Get("nonce") == "" || len(q.Get("code_challenge")) != 43 || !slices.Contains(strings.Fields(q.Get("scope")), "openid") {
		http.Error(w, "something is missing", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.codes[code] = grant{q.Get("code_challenge"), q.Get("nonce"), q.Get("redirect_uri")}
	http.Redirect(w, r, p.redirect+"?"+url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}.Encode(), http.StatusFound)
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, inHeader := r.BasicAuth()
	if inHeader {
		id, secret = unescape(id), unescape(secret)
	} else {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != ClientID || secret != Secret || inHeader != p.basic {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	g, ok := p.codes[code]
	delete(p.codes, code) // it works once, rightly used or not
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || encode(sum[:]) != g.challenge || r.PostFormValue("redirect_uri") != g.redirect || r.PostFormValue("grant_type") != "authorization_code" {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	access := rand.Text()
	p.access[access] = maps.Clone(p.person)
	maps.Copy(p.access[access], p.info)
	answer(w, http.StatusOK, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": p.idToken(g)})
}

func unescape(s string) string {
	s, err := url.QueryUnescape(s)
	if err != nil {
		return ""
	}
	return s
}

func (p *Provider) idToken(g grant) string {
	now, k := p.Now(), p.keys[len(p.keys)-1]
	t := Token{Header: map[string]any{"alg": "RS256", "typ": "JWT", "kid": k.id}, Claims: maps.Clone(p.person)}
	maps.Copy(t.Claims, map[string]any{"iss": p.URL, "aud": ClientID, "nonce": g.nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()})
	if p.wrong != nil {
		p.wrong(&t)
	}
	if t.Instead != "" {
		return t.Instead
	}
	input := part(t.Header) + "." + part(t.Claims)
	if t.Sign == nil {
		t.Sign = func(input []byte) []byte {
			sum := sha256.Sum256(input)
			signature, err := rsa.SignPKCS1v15(rand.Reader, k.private, crypto.SHA256, sum[:])
			if err != nil {
				panic(err)
			}
			return signature
		}
	}
	return input + "." + encode(t.Sign([]byte(input)))
}

func part(v map[string]any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return encode(data)
}

// HMAC signs with a shared key.
func HMAC(key []byte) func([]byte) []byte {
	return func(input []byte) []byte {
		h := hmac.New(sha256.New, key)
		h.Write(input)
		return h.Sum(nil)
	}
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	const bearer = "Bearer "
	said := r.Header.Get("Authorization")
	if len(said) < len(bearer) || p.access[said[len(bearer):]] == nil {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	answer(w, http.StatusOK, p.access[said[len(bearer):]])
}
