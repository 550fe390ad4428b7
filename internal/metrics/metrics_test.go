package metrics

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

func shown(t *testing.T, m *Metrics) string {
	t.Helper()
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if rec.Code != http.StatusOK {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	return rec.Body.String()
}

func wants(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains("\n"+text, "\n"+l+"\n") {
			t.Errorf("no line %q", l)
		}
	}
}

func TestWhatIsCounted(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	m := New(Config{Version: "v1", Now: func() time.Time { return now },
		Cases: func(context.Context) (map[review.State]int64, error) {
			return map[review.State]int64{review.Submitted: 7}, nil
		},
		Webhooks: func(context.Context) (review.Backlog, error) {
			return review.Backlog{Waiting: 3, Dead: 2, Failing: 1, Oldest: now.Add(-time.Minute)}, nil
		},
		Pool: func() Pool { return Pool{Max: 4, Idle: 1, Busy: 2, Acquired: 9, WaitTime: 1500 * time.Millisecond} }})
	answered := m.Began()
	if !strings.Contains(shown(t, m), "assay_http_requests_in_flight 1\n") {
		t.Error("a request in flight is not shown")
	}
	answered("/cases/:id", "GET", 200, 30*time.Millisecond)
	m.Began()("", "GET", 404, time.Millisecond)
	m.Began()("", "XYZZY", 405, time.Millisecond)
	m.Waited("compute", 10*time.Millisecond, false)
	m.Waited("compute", 2*time.Second, true)
	m.Assessed(classifier.Assessment{Outcomes: []classifier.Outcome{{List: corpus.USCCL, Status: classifier.Listed}}}, time.Second)
	m.StoreFailed(review.Unavailable)
	m.Did(review.ActSubmit)
	m.Sent(review.EventDecided, review.Dead)
	wants(t, shown(t, m),
		`assay_http_requests_total{class="2xx",method="GET",route="/cases/:id"} 1`,
		`assay_http_requests_total{class="4xx",method="GET",route="none"} 1`,
		`assay_http_requests_total{class="4xx",method="other",route="none"} 1`,
		`assay_http_request_seconds_bucket{method="GET",route="/cases/:id",le="0.05"} 1`,
		`assay_http_request_seconds_bucket{method="GET",route="/cases/:id",le="0.02"} 0`,
		`assay_http_requests_in_flight 0`,
		`assay_gate_refused_total{gate="compute"} 1`,
		`assay_gate_wait_seconds_count{gate="compute"} 2`,
		`assay_classify_seconds_count 1`,
		`assay_outcomes_total{list="us-ccl",status="listed"} 1`,
		`assay_store_errors_total{kind="unavailable"} 1`,
		`assay_acts_total{act="case.submit"} 1`,
		`assay_webhook_attempts_total{state="dead",type="case.decided"} 1`,
		`assay_store_up 1`, `assay_cases{state="submitted"} 7`, `assay_cases{state="draft"} 0`,
		`assay_webhook_deliveries{state="waiting"} 3`, `assay_webhook_deliveries{state="dead"} 2`, `assay_webhook_oldest_seconds 60`, `assay_webhooks_failing 1`,
		`assay_database_connections{state="busy"} 2`, `assay_database_connections{state="max"} 4`, `assay_database_acquired_total 9`, `assay_database_wait_seconds_total 1.5`)
	if text := shown(t, m); !strings.Contains(text, `assay_build_info{go="go1.`) || !strings.Contains(text, "go_goroutines ") {
		t.Error("build or runtime are missing")
	}
}

// TestStoreIsNotAskedTooOften: figures are kept for half a minute, failures are
// not, and when the store is away there are no old figures.
func TestStoreIsNotAskedTooOften(t *testing.T) {
	now, asked := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), 0
	var fault error
	m := New(Config{Now: func() time.Time { return now }, Cases: func(context.Context) (map[review.State]int64, error) {
		asked++
		return map[review.State]int64{review.Draft: int64(asked)}, fault
	}})
	shown(t, m)
	wants(t, shown(t, m), `assay_cases{state="draft"} 1`)
	now = now.Add(trust)
	wants(t, shown(t, m), `assay_cases{state="draft"} 2`)
	now, fault = now.Add(trust), errors.New("away")
	text := shown(t, m)
	wants(t, text, `assay_store_up 0`)
	if strings.Contains(text, "assay_cases{") {
		t.Error("old figures are shown as if they were new")
	}
	fault = nil
	wants(t, shown(t, m), `assay_store_up 1`, `assay_cases{state="draft"} 4`)
}

// TestTwoMetricsDoNotMeet: each has a registry of its own.
func TestTwoMetricsDoNotMeet(t *testing.T) {
	a, b := New(Config{}), New(Config{})
	a.Did(review.ActTake)
	if strings.Contains(shown(t, b), "case.take") {
		t.Error("one shows what the other counted")
	}
	if strings.Contains(shown(t, a), "assay_store_up") {
		t.Error("a store is shown that nobody named")
	}
}
