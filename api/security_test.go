package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	tests := []struct {
		name   string
		hosts  []string
		host   string
		status int
	}{
		{"number", nil, "", 200},
		{"localhost", nil, "localhost:8080", 200},
		{"localhost in capitals", nil, "LocalHost.", 200},
		{"IPv6", nil, "[::1]:8080", 200},
		{"rebound name", nil, "evil.example:8080", 421},
		{"part of a name", nil, "localhost.evil.example", 421},
		{"another loopback address", nil, "127.0.0.1.evil.example", 421},
		{"configured", []string{"assay.example.org"}, "Assay.example.org", 200},
		{"not configured", []string{"assay.example.org"}, "evil.example", 421},
		{"another address over loopback", nil, "192.0.2.7:8080", 421},
		{"any", []string{"*"}, "evil.example", 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr, _ := serve(t, newServer(t, func(c *Config) { c.Hosts = tt.hosts }))
			for _, path := range []string{"/", "/api/v1/lists"} {
				req, _ := http.NewRequest(http.MethodGet, "http://"+addr+path, nil)
				req.Host = tt.host
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != tt.status {
					t.Errorf("%s under %q: %d, want %d", path, tt.host, resp.StatusCode, tt.status)
				}
			}
		})
	}
}

// TestHostsBehindAnAddress asks as a probe of a cluster does: not over
// loopback, by address.
func TestHostsBehindAnAddress(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Hosts = []string{"assay.example.org"} })
	for host, status := range map[string]int{"192.0.2.7:8080": 200, "[2001:db8::1]:8080": 200, "evil.example": 421, "assay.example.org": 200} {
		req := httptest.NewRequest(http.MethodGet, "/readyz", nil)
		req.Host = host
		if rec := answerOf(t, s, req); rec.Code != status {
			t.Errorf("%s: %d, want %d", host, rec.Code, status)
		}
	}
}

func TestCrossSite(t *testing.T) {
	s := newServer(t)
	tests := []struct {
		name, header, value string
		status              int
	}{
		{"another program", "", "", 200},
		{"our page", "Sec-Fetch-Site", "same-origin", 200},
		{"typed by hand", "Sec-Fetch-Site", "none", 200},
		{"another site", "Sec-Fetch-Site", "cross-site", 403},
		{"a sister site", "Sec-Fetch-Site", "same-site", 403},
		{"our origin", "Origin", "http://example.com", 200},
		{"another origin", "Origin", "http://evil.example", 403},
		{"no origin", "Origin", "null", 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for path, body := range map[string][2]string{"/": {mediaForm, "name=sampling+converter"}, "/api/v1/classify": {mediaJSON, `{"name":"sampling converter"}`}} {
				req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body[1]))
				req.Header.Set("Content-Type", body[0])
				if tt.header != "" {
					req.Header.Set(tt.header, tt.value)
				}
				if rec := answerOf(t, s, req); rec.Code != tt.status {
					t.Errorf("%s: %d, want %d", path, rec.Code, tt.status)
				}
			}
		})
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := newServer(t)
	for _, path := range []string{"/", "/nowhere", "/entries/3A001", "/static/style.css", "/api/v1/lists", "/api/nowhere", "/v1/embeddings", "/healthz"} {
		h := get(t, s, path).Header()
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: policy %q lacks %s", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") || strings.Contains(csp, "*") {
			t.Errorf("%s: policy %q is loose", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Permissions-Policy") == "" || h.Get("Cache-Control") == "" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
}
