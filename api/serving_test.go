package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"assay/classifier"
	"assay/corpus"
)

// saying is a classifier that answers with one code, once it is let.
type saying struct {
	Classifier
	code    string
	entered chan<- struct{} // nil: nobody waits to hear of it
	leave   <-chan struct{} // nil: at once
}

func (s *saying) Classify(ctx context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, error) {
	if s.entered != nil {
		s.entered <- struct{}{}
		<-s.leave
	}
	return classifier.Assessment{Model: s.code}, nil
}

// TestUse puts another Serving in place of one that is answering a request.
func TestUse(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	next := Serving{Classifier: &saying{Classifier: testConfig(t).Serving.Classifier, code: "new"}}
	// What is replaced must be freed, so nobody but the server may hold it.
	s, gone := func() (*Server, weak.Pointer[saying]) {
		var old *saying
		s := newServer(t, func(c *Config) {
			old = &saying{Classifier: c.Serving.Classifier, code: "old", entered: entered, leave: leave}
			c.Serving.Classifier = old
		})
		return s, weak.Make(old)
	}()
	ask := func() string {
		rec := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/api/v1/classify", strings.NewReader(`{"description":"a pump"}`))
		r.Header.Set("Content-Type", "application/json")
		s.Handler().ServeHTTP(rec, r)
		return rec.Body.String()
	}
	answer := make(chan string)
	go func() { answer <- ask() }()
	<-entered
	if err := s.Use(next); err != nil {
		t.Fatal(err)
	}
	if got := ask(); !strings.Contains(got, `"model":"new"`) {
		t.Errorf("asked afterwards: %s", got)
	}
	if got := get(t, s, "/readyz").Body.String(); !strings.Contains(got, "none is imported") {
		t.Errorf("readiness names other editions: %s", got)
	}
	close(leave)
	if got := <-answer; !strings.Contains(got, `"model":"old"`) {
		t.Errorf("a request under way was answered by the other: %s", got)
	}
	for range 10 {
		runtime.GC()
	}
	if gone.Value() != nil {
		t.Error("the classifier that was replaced is still held")
	}
	two := testConfig(t).Serving
	two.Outlines = append(two.Outlines, two.Outlines[0])
	for _, bad := range []Serving{{}, two} {
		if err := s.Use(bad); err == nil {
			t.Error("what cannot be served was taken")
		}
	}
	if got := ask(); !strings.Contains(got, `"model":"new"`) {
		t.Errorf("after a refused one: %s", got)
	}
}

// TestBehind: a server that could not follow a change goes on and says so.
func TestBehind(t *testing.T) {
	now := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	s := newServer(t, func(c *Config) { c.Now = func() time.Time { return now } })
	ready := func() string {
		t.Helper()
		rec := get(t, s, "/readyz")
		if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "eu-dual-use@2025-11-15, since 2027-01-02T03:04:05Z") {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		return rec.Body.String()
	}
	isBehind := func(want bool) {
		t.Helper()
		if body := ready(); strings.Contains(body, "since 2027-01-02T04:04:05Z new ones could not") != want {
			t.Errorf("behind is not %v: %s", want, body)
		}
	}
	isBehind(false)
	now = now.Add(time.Hour)
	s.Behind(true)
	isBehind(true)
	s.Behind(false)
	isBehind(false)
	s.Behind(true)
	now = now.Add(time.Hour)
	s.Behind(true) // since the first time
	isBehind(true)
	now = time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := s.Use(testConfig(t).Serving); err != nil || strings.Contains(ready(), "could not") {
		t.Errorf("%v: still behind", err)
	}
}
