package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"assay/classifier"
	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/digest"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Made-up cards and a made-up edition: enough for every part of an answer.
const testCards = `
entry: 3A001
lists: {us-ccl: {reasons: [NS, AT]}, eu-dual-use: {}, wassenaar: {code: 3.A.1}}
gist: Fast converters and other chips.
terms: [rapid converter chip, orbit-grade memory]
paragraphs:
  a:
    gist: Chips for general use.
    terms: [general chip]
  a.5:
    gist: Converters above the limit.
    terms: [sampling converter, giga-sample digitizer]
    when: {all: [{feature: converter}, {property: sample_rate, above: 1.0e9, unit: Sa/s}]}
  a.7:
    gist: Programmable logic above the limit.
    terms: [gate array chip]
    lists: [us-ccl]
confusables:
  - {code: 3A991, ask: "Is the sample rate above the limit?"}
---
entry: 3A991
lists: {us-ccl: {reasons: [AT]}}
gist: Ordinary chips.
terms: [plain converter chip, hobby microcontroller]
---
entry: XI
lists: {us-usml: {}}
gist: Electronics for war.
terms: [missile seeker electronics]
paragraphs:
  (a)(5):
    gist: Command systems for war.
    terms: [battlefield command console]
`

const testGoods = `
goods: garden-tools
gist: Spades and rakes for gardens.
terms: [garden spade, leaf rake]
`

func testEdition() *corpus.Edition {
	return &corpus.Edition{
		Meta: corpus.Meta{List: corpus.EUDualUse, Date: "2025-11-15", Title: "Made-up list", Language: "en", Format: "test", Source: "own.jsonl", SHA256: "00", Attribution: "Nobody"},
		Passages: []corpus.Passage{
			{ID: "3#heading-1", Code: "3", Kind: corpus.KindHeading, Text: "Category of chips"},
			{ID: "3A001", Code: "3A001", Kind: corpus.KindEntry, Text: "Chips of note, as follows:"},
			{ID: "3A001#note-1", Code: "3A001", Kind: corpus.KindNote, Label: "Note 1", Text: "Toys with chips are not meant."},
			{ID: "3A001.a", Code: "3A001.a", Kind: corpus.KindParagraph, Label: "a", Text: "Chips for everything, any of these:"},
			{ID: "3A001.a.5", Code: "3A001.a.5", Kind: corpus.KindParagraph, Label: "a.5", Text: `A sampling converter of the "rapid" kind.`},
			{ID: "def#1", Kind: corpus.KindDefinition, Label: "Rapid", Text: "Faster than the hand."},
			{ID: "9A999", Code: "9A999", Kind: corpus.KindEntry, Text: "Flying saucers with <b>tractor</b> beams"},
		}}
}

// testConfig is a server's config over the made-up digest and edition.
func testConfig(t testing.TB) Config {
	t.Helper()
	d, err := digest.Load(fstest.MapFS{"cards/all.yaml": {Data: []byte(testCards)}, "goods/all.yaml": {Data: []byte(testGoods)}})
	if err != nil {
		t.Fatal(err)
	}
	ix, err := retrieval.New(d, nil, retrieval.Matrix{}, retrieval.Weights{Terms: 1.2, Words: 0.5, Entry: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	ed := testEdition()
	if err := ed.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := ix.Add(ed, retrieval.Matrix{}); err != nil {
		t.Fatal(err)
	}
	o := corpus.NewOutline(ed)
	c, err := classifier.New(classifier.Config{Digest: d, Searcher: ix, Editions: []*corpus.Outline{o}, Unlisted: 0.15})
	if err != nil {
		t.Fatal(err)
	}
	return Config{Serving: Serving{Classifier: c, Outlines: []*corpus.Outline{o}}, Digest: d, Version: "test"}
}

func newServer(t testing.TB, change ...func(*Config)) *Server {
	t.Helper()
	cfg := testConfig(t)
	for _, c := range change {
		c(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stub is a classifier that does what a test says.
type stub struct {
	Classifier
	classify func(context.Context) (classifier.Assessment, error)
}

func (s stub) Classify(ctx context.Context, _ classifier.Product, _ []corpus.ListID) (classifier.Assessment, error) {
	return s.classify(ctx)
}

func stubbed(f func(context.Context) (classifier.Assessment, error)) func(*Config) {
	return func(c *Config) { c.Serving.Classifier = stub{c.Serving.Classifier, f} }
}

// hashEmbedder makes unit vectors from hashes: equal texts, equal vectors.
type hashEmbedder struct{ err error }

func (hashEmbedder) Name() string   { return "hash-4" }
func (hashEmbedder) Dimension() int { return 4 }
func (h hashEmbedder) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		f := fnv.New32()
		io.WriteString(f, t)
		out[i] = make([]float32, 4)
		out[i][f.Sum32()%4] = 1
	}
	return out, h.err
}

func embedding4(c *Config) { c.Embedder = hashEmbedder{} }

var loadSpec = sync.OnceValues(func() (routers.Router, error) {
	for _, media := range []string{"text/html", "text/css", "text/javascript", "image/svg+xml", "text/plain", "text/csv", "application/pdf", "application/x-ndjson"} {
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.FileBodyDecoder)
	}
	doc, err := openapi3.NewLoader().LoadFromData(openAPIFile)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// checkSpec holds an answer against openapi.yaml.
func checkSpec(t testing.TB, req *http.Request, status int, header http.Header, body []byte) {
	t.Helper()
	router, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Content-Security-Policy") == "" || header.Get("X-Request-Id") == "" {
		t.Errorf("%s %s: security headers are missing: %v", req.Method, req.URL, header)
	}
	asked := req.Clone(context.Background())
	asked.URL.Scheme, asked.URL.Host = "http", "localhost"
	asked.Host = ""
	route, params, err := router.FindRoute(asked)
	if errors.Is(err, routers.ErrMethodNotAllowed) {
		for _, asked.Method = range []string{http.MethodGet, http.MethodPost} {
			if route, params, err = router.FindRoute(asked); err == nil {
				break
			}
		}
	}
	if err != nil {
		if status != http.StatusNotFound && status != http.StatusForbidden && status != http.StatusMisdirectedRequest {
			t.Errorf("%s %s: not in openapi.yaml, yet answered with %d", req.Method, req.URL, status)
		}
		return
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route},
		Status:                 status, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		t.Errorf("%s %s: %d is not what openapi.yaml says: %v\n%s", req.Method, req.URL, status, err, body)
	}
}

// answerOf sends a request through the whole server and checks the answer
// against openapi.yaml.
func answerOf(t testing.TB, s *Server, req *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, req)
	checkSpec(t, req, rec.Code, rec.Header(), rec.Body.Bytes())
	return rec
}

func get(t testing.TB, s *Server, path string) *httptest.ResponseRecorder {
	t.Helper()
	return answerOf(t, s, httptest.NewRequest(http.MethodGet, path, nil))
}

func post(t testing.TB, s *Server, path, media, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	return answerOf(t, s, req)
}

const (
	mediaJSON = "application/json"
	mediaForm = "application/x-www-form-urlencoded"
)

func decodeBody[T any](t testing.TB, rec *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	dec := json.NewDecoder(rec.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, rec.Body)
	}
	return v
}

// lines collects a log for looking at.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func logTo(l *lines) func(*Config) {
	return func(c *Config) {
		c.Log = slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal(fmt.Sprint("waited in vain for ", what))
}
