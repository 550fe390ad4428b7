package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier"
	"assay/classifier/embedding"
	"assay/classifier/embedding/openai"
	"assay/classifier/embedding/static"
)

// readyHandler tells the address of the line "ready" and drops everything else.
type readyHandler struct {
	slog.Handler
	once    *sync.Once
	address chan string
}

func (h readyHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "ready" {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "address" {
				h.once.Do(func() { h.address <- a.Value.String() })
			}
			return true
		})
	}
	return nil
}
func (h readyHandler) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h readyHandler) WithGroup(string) slog.Handler            { return h }
func (h readyHandler) Enabled(context.Context, slog.Level) bool { return true }

// serve starts the real program on a free port and returns its address. The
// test ends only when the program has shut down in order.
func serve(t *testing.T, args ...string) string {
	t.Helper()
	return started(t, slices.Concat([]string{"--data", t.TempDir(), "--model", "static", "serve", "--listen", "127.0.0.1:0"}, args))
}

// serveWith is serve with other flags before the command.
func serveWith(t *testing.T, flags ...string) string {
	t.Helper()
	return started(t, slices.Concat(flags, []string{"serve", "--listen", "127.0.0.1:0"}))
}

func started(t *testing.T, args []string) string {
	t.Helper()
	return startedTelling(t, &errLog{}, args)
}

// errLog collects what a program that runs writes to standard error.
type errLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *errLog) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *errLog) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func startedTelling(t *testing.T, errs *errLog, args []string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h := readyHandler{slog.DiscardHandler, &sync.Once{}, make(chan string, 1)}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, args, streams{strings.NewReader(""), io.Discard, errs, slog.New(h)})
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case status := <-ended:
			if status != exitDone {
				t.Errorf("the server ended with status %d: %s", status, errs.String())
			}
		case <-time.After(20 * time.Second):
			t.Error("the server did not end")
		}
	})
	select {
	case address := <-h.address:
		return address
	case status := <-ended:
		t.Fatalf("the server did not start: status %d, %s", status, errs.String())
	case <-time.After(30 * time.Second):
		t.Fatal("the server did not become ready")
	}
	return ""
}

func TestServeClassifiesAsTheCommandDoes(t *testing.T) {
	address := serve(t)
	const text = "Handheld IMSI catcher for LTE networks"
	response, err := http.Post(address+"/api/v1/classify", "application/json", strings.NewReader(`{"description":"`+text+`","lists":["us-ccl"]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var served, printed classifier.Assessment
	if err := json.NewDecoder(response.Body).Decode(&served); err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response.Status, err)
	}
	if err := json.Unmarshal([]byte(assay(t, "", "classify", text, "--list", "us-ccl", "--json").out), &printed); err != nil {
		t.Fatal(err)
	}
	served.ElapsedMS, printed.ElapsedMS = 0, 0
	a, _ := json.Marshal(served)
	b, _ := json.Marshal(printed)
	if !bytes.Equal(a, b) {
		t.Errorf("the server says\n%s\nthe command says\n%s", a, b)
	}
	for _, path := range []string{"/healthz", "/readyz", "/"} {
		r, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %s", path, r.Status)
		}
	}
}

// TestOpenAIClientAgainstServe runs the adapter for OpenAI-compatible endpoints
// against the endpoint that Assay itself is.
func TestOpenAIClientAgainstServe(t *testing.T) {
	address := serve(t)
	remote, err := openai.New(openai.Config{BaseURL: address + "/v1", Model: static.Name, BatchSize: 7})
	if err != nil {
		t.Fatal(err)
	}
	local, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for i := range 25 {
		texts = append(texts, strings.Repeat("gyroscope for ships ", i%4+1)+string(rune('a'+i)))
	}
	got, err := remote.Embed(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	want, err := local.Embed(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range texts {
		if c := embedding.Cosine(got[i], want[i]); c < 0.99999 {
			t.Errorf("text %d: cosine %v", i, c)
		}
	}
	if remote.Dimension() != static.Dimension {
		t.Errorf("dimension %d", remote.Dimension())
	}
	// The whole program with its vectors from over there answers as at home.
	there := assay(t, "", "--model", "openai", "--openai-url", address+"/v1", "--openai-model", static.Name, "classify", "thermal camera", "--list", "us-ccl", "--json")
	here := assay(t, "", "classify", "thermal camera", "--list", "us-ccl", "--json")
	var a, b classifier.Assessment
	if err := json.Unmarshal([]byte(there.out), &a); err != nil {
		t.Fatal(err, there.err)
	}
	if err := json.Unmarshal([]byte(here.out), &b); err != nil {
		t.Fatal(err)
	}
	if a.Outcomes[0].Code != b.Outcomes[0].Code {
		t.Errorf("there %+v, here %+v", a.Outcomes, b.Outcomes)
	}
	wrong, err := openai.New(openai.Config{BaseURL: address + "/v1", Model: "no-such-model", Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Embed(context.Background(), []string{"x"}); err == nil || !strings.Contains(err.Error(), "no-such-model") {
		t.Errorf("an unknown model: %v", err)
	}
}

func TestTwoServersCannotShareAPort(t *testing.T) {
	address := serve(t)
	got := assay(t, "", "serve", "--listen", strings.TrimPrefix(address, "http://"))
	if got.status != exitFailed || !strings.Contains(got.err, "--listen") {
		t.Errorf("%+v", got)
	}
}
