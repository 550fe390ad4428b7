package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/classifier/embedding"
)

const key = "sk-test-0123456789abcdef"

// question is what a server gets, answer what an honest one gives.
type question struct {
	Input      []string
	Model      string
	Dimensions *int
}

type vector struct {
	Index     int       `json:"index"`
	Embedding []float32 `json:"embedding"`
}

// place is the vector that the honest server gives for a text: its length and first byte, not of unit length.
func place(text string) []float32 {
	return []float32{float32(len(text)), float32(text[0]), 3}
}

func honest(q question) []vector {
	var data []vector
	for i, text := range q.Input {
		data = append(data, vector{i, place(text)})
	}
	return data
}

func send(w http.ResponseWriter, data []vector) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data})
}

func read(t *testing.T, r *http.Request) question {
	var q question
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		t.Errorf("the request is no JSON: %v", err)
	}
	return q
}

// serve starts a server for one test; handle gets the number of the request, from 1.
func serve(t *testing.T, handle func(n int, w http.ResponseWriter, r *http.Request)) Config {
	t.Helper()
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle(int(n.Add(1)), w, r)
	}))
	t.Cleanup(server.Close)
	return Config{BaseURL: server.URL + "/v1", Model: "m", Key: key, FirstWait: time.Millisecond, Timeout: 5 * time.Second}
}

func embedder(t *testing.T, c Config) *Embedder {
	t.Helper()
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// check compares vectors with those of the honest server, at unit length.
func check(t *testing.T, texts []string, got [][]float32, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(texts) {
		t.Fatalf("%d vectors for %d texts", len(got), len(texts))
	}
	for i, text := range texts {
		if text == "" {
			text = " "
		}
		want := place(text)
		embedding.Normalize(want)
		for j := range want {
			if math.Abs(float64(got[i][j]-want[j])) > 1e-6 {
				t.Errorf("%q: got %v, want %v", text, got[i], want)
			}
		}
	}
}

func TestEmbed(t *testing.T) {
	var mu sync.Mutex
	var sizes []int
	c := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/embeddings" || r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer "+key {
			t.Errorf("%s %s, %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
		}
		q := read(t, r)
		if q.Model != "m" || q.Dimensions != nil {
			t.Errorf("model %q, dimensions %v", q.Model, q.Dimensions)
		}
		mu.Lock()
		sizes = append(sizes, len(q.Input))
		mu.Unlock()
		data := honest(q)
		for i := range data { // in an order of its own
			j := (i*7 + 3) % len(data)
			data[i], data[j] = data[j], data[i]
		}
		send(w, data)
	})
	c.BatchSize = 4
	c.BaseURL += "/" // a slash at the end is no mistake
	e := embedder(t, c)
	if e.Dimension() != 0 || e.Name() != "m" {
		t.Errorf("before: %d, %q", e.Dimension(), e.Name())
	}
	texts := []string{"one", "", "three", "four!!", "five", "six", "seven", "eight", "nine nine"}
	got, err := e.Embed(context.Background(), texts)
	check(t, texts, got, err)
	if fmt.Sprint(sizes) != "[4 4 1]" {
		t.Errorf("batches of %v", sizes)
	}
	if e.Dimension() != 3 {
		t.Errorf("dimension %d", e.Dimension())
	}
	if got, err := e.Embed(context.Background(), nil); err != nil || len(got) != 0 {
		t.Errorf("nothing: %v, %v", got, err)
	}
}

func TestShorten(t *testing.T) {
	c := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		q := read(t, r)
		if q.Dimensions == nil || *q.Dimensions != 3 {
			t.Errorf("dimensions %v", q.Dimensions)
		}
		send(w, honest(q))
	})
	c.Dimension, c.Shorten = 3, true
	got, err := embedder(t, c).Embed(context.Background(), []string{"a"})
	check(t, []string{"a"}, got, err)
}

// Servers that fail at first are tried again.
func TestRetry(t *testing.T) {
	tests := []struct {
		about string
		fail  func(w http.ResponseWriter)
	}{
		{"busy", func(w http.ResponseWriter) { http.Error(w, `{"error":{"message":"slow down"}}`, 429) }},
		{"broken", func(w http.ResponseWriter) { http.Error(w, "oops", 500) }},
		{"bad gateway", func(w http.ResponseWriter) { http.Error(w, "<html>", 502) }},
		{"breaks off", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"data":[{"index":0,"emb`)
		}},
		{"hangs up", func(w http.ResponseWriter) { panic(http.ErrAbortHandler) }},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			c := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if n < 3 {
					tt.fail(w)
					return
				}
				send(w, honest(read(t, r)))
			})
			got, err := embedder(t, c).Embed(context.Background(), []string{"x"})
			check(t, []string{"x"}, got, err)
		})
	}
}

func TestRetryAfterIsRespected(t *testing.T) {
	var first, second time.Time
	c := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			first = time.Now()
			w.Header().Set("Retry-After", "1")
			http.Error(w, `{"error":{"message":"slow down"}}`, 429)
			return
		}
		second = time.Now()
		send(w, honest(read(t, r)))
	})
	if _, err := embedder(t, c).Embed(context.Background(), []string{"x"}); err != nil {
		t.Fatal(err)
	}
	if d := second.Sub(first); d < 900*time.Millisecond {
		t.Errorf("tried again after %v", d)
	}
}

func TestRetryAfterForms(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "99999999": longestWait, "-5": 0, "soon": 0,
		time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat): 0,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat):  longestWait,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

// Answers that no further try would mend, and servers that never recover.
func TestFailures(t *testing.T) {
	status := func(code int, body string) func(question, http.ResponseWriter) {
		return func(_ question, w http.ResponseWriter) { http.Error(w, body, code) }
	}
	change := func(f func([]vector) []vector) func(question, http.ResponseWriter) {
		return func(q question, w http.ResponseWriter) { send(w, f(honest(q))) }
	}
	tests := []struct {
		about   string
		config  Config
		answer  func(question, http.ResponseWriter)
		says    string
		status  int
		request int // how many must have been sent
	}{
		{"wrong key", Config{}, status(401, `{"error":{"message":"Incorrect API key provided: `+key+`"}}`), KeyVariable, 401, 1},
		{"wrong key as text", Config{}, status(403, "Bearer "+key+" is unknown"), "[key]", 403, 1},
		{"unknown path", Config{}, status(404, "page not found"), "base URL", 404, 1},
		{"bad request", Config{}, status(400, `{"error":{"message":"too many tokens"}}`), "too many tokens", 400, 1},
		{"no money left", Config{}, status(429, `{"error":{"message":"quota","code":"insufficient_quota"}}`), "quota", 429, 1},
		{"always busy", Config{}, status(429, `{"error":{"message":"busy `+key+`"}}`), "after 5 tries", 429, 5},
		{"always broken", Config{Tries: 2}, status(500, strings.Repeat(key+" ", 1000)), "after 2 tries", 500, 2},
		{"no JSON", Config{Tries: 2}, func(_ question, w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>hello</html>") }, "after 2 tries", 0, 2},
		{"one too few", Config{}, change(func(d []vector) []vector { return d[1:] }), "2 vectors for 3 texts", 0, 1},
		{"one too many", Config{}, change(func(d []vector) []vector { return append(d, d[0]) }), "4 vectors for 3 texts", 0, 1},
		{"none", Config{}, change(func([]vector) []vector { return nil }), "0 vectors", 0, 1},
		{"double", Config{}, change(func(d []vector) []vector { d[2].Index = 1; return d }), "two vectors of index 1", 0, 1},
		{"beyond", Config{}, change(func(d []vector) []vector { d[2].Index = 3; return d }), "index 3", 0, 1},
		{"negative", Config{}, change(func(d []vector) []vector { d[0].Index = -1; return d }), "index -1", 0, 1},
		{"not as configured", Config{Dimension: 4}, change(func(d []vector) []vector { return d }), "configure 3", 0, 1},
		{"of two lengths", Config{}, change(func(d []vector) []vector { d[1].Embedding = []float32{1, 2}; return d }), "of 3 and of 2 dimensions", 0, 1},
		{"empty vector", Config{}, change(func(d []vector) []vector { d[0].Embedding = nil; return d }), "is empty", 0, 1},
		{"zero vector", Config{}, change(func(d []vector) []vector { d[0].Embedding = []float32{0, 0, 0}; return d }), "no direction", 0, 1},
		{"too slow", Config{Timeout: 50 * time.Millisecond, Tries: 2},
			func(_ question, w http.ResponseWriter) { time.Sleep(200 * time.Millisecond) }, "raise the timeout", 0, 2},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			var requests atomic.Int32
			c := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				tt.answer(read(t, r), w)
			})
			c.Dimension, c.Tries = tt.config.Dimension, tt.config.Tries
			if tt.config.Timeout > 0 {
				c.Timeout = tt.config.Timeout
			}
			got, err := embedder(t, c).Embed(context.Background(), []string{"a", "b", "c"})
			if err == nil || got != nil {
				t.Fatalf("got %v, %v", got, err)
			}
			var failure *Error
			if !errors.As(err, &failure) || failure.Status != tt.status {
				t.Errorf("want an *Error of status %d, got %v", tt.status, err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(fmt.Sprintf("%+v %#v %v", e, e, e), key) {
					t.Errorf("the key is in %#v", e)
				}
			}
			if len(err.Error()) > 2*longestMessage {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			if int(requests.Load()) != tt.request {
				t.Errorf("%d requests, want %d", requests.Load(), tt.request)
			}
		})
	}
}

// A server that changes its model between answers is caught, and a bad first answer does not fix the dimension.
func TestDimensionIsHeld(t *testing.T) {
	c := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		data := honest(read(t, r))
		if n != 2 {
			data[0].Embedding = append(data[0].Embedding, 1)
		}
		if n == 1 {
			data[0].Index = 5
		}
		send(w, data)
	})
	e := embedder(t, c)
	ctx := context.Background()
	if _, err := e.Embed(ctx, []string{"x"}); err == nil || e.Dimension() != 0 {
		t.Errorf("a bad answer set the dimension to %d: %v", e.Dimension(), err)
	}
	if _, err := e.Embed(ctx, []string{"x"}); err != nil || e.Dimension() != 3 {
		t.Errorf("dimension %d: %v", e.Dimension(), err)
	}
	if _, err := e.Embed(ctx, []string{"x"}); err == nil || !strings.Contains(err.Error(), "again with one model") {
		t.Errorf("another dimension: %v", err)
	}
}

func TestPrintingHidesKey(t *testing.T) {
	e := embedder(t, Config{Key: key})
	config, err := json.Marshal(e.config)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s", e, e, e, e), fmt.Sprintf("%v %+v %#v", e.config, e.config, e.config), string(config)} {
		if strings.Contains(shown, key) {
			t.Errorf("the key is in %s", shown)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	e := embedder(t, Config{BaseURL: server.URL, Tries: 2, FirstWait: time.Millisecond})
	_, err := e.Embed(context.Background(), []string{"x"})
	if err == nil || !strings.Contains(err.Error(), "after 2 tries") {
		t.Errorf("got %v", err)
	}
}

func TestCancelDuringWait(t *testing.T) {
	c := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "30")
		http.Error(w, "busy", 503)
	})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := embedder(t, c).Embed(ctx, []string{"x"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestKeyFromEnvironment(t *testing.T) {
	tests := []struct {
		about                string
		config, own, openais string
		official             bool
		want                 string
	}{
		{"the configuration comes first", "c", "o", "p", true, "c"},
		{"then our variable", "", "o", "p", true, "o"},
		{"then OpenAI's, for OpenAI", "", "", "p", true, "p"},
		{"OpenAI's key is for nobody else", "", "", "p", false, ""},
		{"our variable is for any server", "", "o\n", "", false, "o"},
		{"none", "", "", "", false, ""},
	}
	for _, tt := range tests {
		t.Setenv(KeyVariable, tt.own)
		t.Setenv(OpenAIKeyVariable, tt.openais)
		base := "http://localhost:1/v1"
		if tt.official {
			base = ""
		}
		if got := embedder(t, Config{BaseURL: base, Key: tt.config}).config.Key; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.about, got, tt.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for about, c := range map[string]Config{
		"no scheme":               {BaseURL: "localhost:8080/v1"},
		"another scheme":          {BaseURL: "ftp://host/v1"},
		"no address":              {BaseURL: "http://"},
		"a password":              {BaseURL: "http://me:" + key + "@host/v1"},
		"negative batch":          {BatchSize: -1},
		"shorten to what":         {Shorten: true},
		"a key of two lines":      {Key: key + "\nX-Other: 1"},
		"a broken address":        {BaseURL: "http://%zz" + key},
		"a control in an address": {BaseURL: "http://host/\x7f" + key},
	} {
		_, err := New(c)
		if err == nil {
			t.Errorf("%s: accepted", about)
			continue
		}
		if strings.Contains(err.Error(), key) {
			t.Errorf("%s: the key is in %q", about, err)
		}
	}
}

func TestConcurrent(t *testing.T) {
	c := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { send(w, honest(read(t, r))) })
	e := embedder(t, c)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text := strings.Repeat("x", i+1)
			got, err := e.Embed(context.Background(), []string{text})
			if err != nil || len(got) != 1 {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
