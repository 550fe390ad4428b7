package api

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/review"
	"assay/review/account"
)

func TestReadinessOfTheStore(t *testing.T) {
	sick := review.Condition{Name: "writing", Vital: true, Detail: "/secret/place is full", Remedy: "free some space"}
	warn := review.Condition{Name: "webhooks", Detail: "many wait", Remedy: "look at them"}
	well := review.Condition{Name: "cases", OK: true, Vital: true, Detail: "answers in 1 ms"}
	for _, tt := range []struct {
		name   string
		all    []review.Condition
		code   int
		status string
	}{{"well", []review.Condition{well}, 200, "ready"}, {"a warning", []review.Condition{well, warn}, 200, "degraded"},
		{"sick", []review.Condition{well, sick, warn}, 503, "not_ready"}, {"warned first", []review.Condition{warn, sick}, 503, "not_ready"}} {
		s := newServer(t, func(c *Config) { c.Inspect = func(context.Context) []review.Condition { return tt.all } })
		rec := get(t, s, "/readyz")
		got := decodeBody[healthBody](t, rec)
		if rec.Code != tt.code || got.Status != tt.status || (rec.Header().Get("Retry-After") != "") != (tt.code == 503) {
			t.Errorf("%s: %d %+v", tt.name, rec.Code, got)
		}
		for _, c := range tt.all {
			if !slices.ContainsFunc(got.Checks, func(k check) bool {
				return k.Name == c.Name && k.OK == c.OK && k.Detail == c.Detail && k.Remedy == c.Remedy
			}) {
				t.Errorf("%s: %s is not told whole: %+v", tt.name, c.Name, got.Checks)
			}
		}
	}
}

// TestWhoIsToldWhatIsWrong: with accounts, those who run the server.
func TestWhoIsToldWhatIsWrong(t *testing.T) {
	sick := func(c *Config) {
		c.Inspect = func(context.Context) []review.Condition {
			return []review.Condition{{Name: "disk", Vital: true, Detail: "/secret/place is full", Remedy: "free some space"}}
		}
	}
	h := newHouse(t, sick)
	here := func(forwarded string) *visitor {
		v := h.visitor()
		v.address = "127.0.0.1:5000"
		if forwarded != "" {
			v.header.Set("X-Forwarded-For", forwarded)
		}
		return v
	}
	for _, tt := range []struct {
		name string
		v    *visitor
		told bool
	}{{"a stranger", h.visitor(), false}, {"an exporter", h.in("ann"), false}, {"an officer", h.in("bob"), false}, {"an admin", h.in("root"), true},
		{"a scraper", h.program("root", account.ScopeMetrics), true}, {"an admin's other token", h.program("root", account.ScopeRead), false},
		{"this machine", here(""), true}, {"a proxy on this machine", here("198.51.100.7"), false}} {
		rec := tt.v.get("/readyz")
		if told := strings.Contains(rec.Body.String(), "/secret/place") && strings.Contains(rec.Body.String(), "free some space"); rec.Code != 503 || told != tt.told {
			t.Errorf("%s: %d, told %v: %s", tt.name, rec.Code, told, rec.Body)
		}
		if !strings.Contains(rec.Body.String(), `"name":"disk","ok":false`) {
			t.Errorf("%s is not told that something is wrong", tt.name)
		}
	}
	public := newHouse(t, sick, func(c *Config) { c.PublicURL = "https://assay.example.org" })
	v := public.visitor()
	v.address = "127.0.0.1:5000"
	if strings.Contains(v.get("/readyz").Body.String(), "/secret/place") {
		t.Error("behind a proxy everybody comes from this machine")
	}
}

// TestStoreIsAskedOnce: many who probe at once cost one look.
func TestStoreIsAskedOnce(t *testing.T) {
	now, asked := time.Now(), 0
	s := newServer(t, func(c *Config) {
		c.Now = func() time.Time { return now }
		c.Inspect = func(ctx context.Context) []review.Condition {
			asked++
			if ctx.Err() != nil {
				t.Error("the look is given up with the request of one who asked")
			}
			return []review.Condition{{Name: "cases", OK: true}}
		}
	})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/readyz", nil).WithContext(gone))
	for range 5 {
		get(t, s, "/readyz")
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	now = now.Add(trustStore)
	if get(t, s, "/readyz"); asked != 2 {
		t.Errorf("asked %d times in all", asked)
	}
}
