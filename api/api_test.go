package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/corpus/digest"
)

func TestClassify(t *testing.T) {
	s := newServer(t)
	rec := post(t, s, "/api/v1/classify", mediaJSON, `{"id":"7","name":"X1","description":"a sampling converter","attributes":{"rate":3e9,"ok":true},"lists":["eu-dual-use","us-ccl"]}`)
	if rec.Code != http.StatusOK {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	a := decodeBody[classifier.Assessment](t, rec)
	if a.ID != "7" || len(a.Outcomes) != 2 || a.Outcomes[0].List != corpus.EUDualUse || a.Outcomes[0].Code != "3A001.a.5" {
		t.Errorf("assessment = %+v", a)
	}
	// The answer is the classifier's own JSON, but for the time it took.
	want, err := s.current.Load().Classify(context.Background(), classifier.Product{ID: "7", Name: "X1", Description: "a sampling converter",
		Attributes: classifier.Attributes{"rate": "3e9", "ok": "yes"}}, []corpus.ListID{corpus.EUDualUse, corpus.USCCL})
	if err != nil {
		t.Fatal(err)
	}
	a.ElapsedMS, want.ElapsedMS = 0, 0
	got, _ := json.Marshal(a)
	expected, _ := json.Marshal(want)
	if string(got) != string(expected) {
		t.Errorf("answer %s\nclassifier %s", got, expected)
	}
	if cache := rec.Header().Get("Cache-Control"); cache != "no-store" {
		t.Errorf("an assessment may be cached: %q", cache)
	}
}

func TestClassifyRefuses(t *testing.T) {
	s := newServer(t)
	tests := []struct {
		name, media, body string
		status            int
		code              kind
		field, says       string
	}{
		{"nothing said", mediaJSON, `{}`, 422, kindInvalidInput, "description", "description is empty"},
		{"long name", mediaJSON, `{"name":"` + strings.Repeat("x", 1001) + `"}`, 422, kindInvalidInput, "name", "1001 bytes"},
		{"NUL", mediaJSON, `{"name":"a\u0000"}`, 422, kindInvalidInput, "name", "NUL"},
		{"unknown list", mediaJSON, `{"name":"pump","lists":["moon"]}`, 422, kindInvalidInput, "lists", "moon"},
		{"bad list name", mediaJSON, `{"name":"pump","lists":["US CCL!"]}`, 422, kindInvalidInput, "lists", "not a list name"},
		{"too many lists", mediaJSON, `{"name":"pump","lists":[` + strings.Repeat(`"a",`, 100) + `"a"]}`, 422, kindInvalidInput, "lists", "101"},
		{"unknown field", mediaJSON, `{"name":"pump","descripton":"x"}`, 400, kindUnknownField, "descripton", "descripton"},
		{"company", mediaJSON, `{"name":"pump","company":"x"}`, 400, kindUnknownField, "company", "company"},
		{"wrong type", mediaJSON, `{"name":5}`, 400, kindInvalidJSON, "name", "must be a string"},
		{"wrong type of lists", mediaJSON, `{"name":"x","lists":"us-ccl"}`, 400, kindInvalidJSON, "lists", "must be an array"},
		{"nested attribute", mediaJSON, `{"name":"x","attributes":{"a":{"b":1}}}`, 422, kindInvalidInput, "attributes", `"a"`},
		{"attributes no object", mediaJSON, `{"name":"x","attributes":[1]}`, 422, kindInvalidInput, "attributes", "object"},
		{"array", mediaJSON, `[]`, 400, kindInvalidJSON, "", "JSON array"},
		{"no JSON", mediaJSON, `name=pump`, 400, kindInvalidJSON, "", "byte 2"},
		{"cut off", mediaJSON, `{"name":"pu`, 400, kindInvalidJSON, "", "too early"},
		{"empty", mediaJSON, ``, 400, kindInvalidJSON, "", "too early"},
		{"two values", mediaJSON, `{"name":"pump"}{}`, 400, kindInvalidJSON, "", "follows"},
		{"deep", mediaJSON, `{"attributes":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, 400, kindInvalidJSON, "", "depth"},
		{"not UTF-8", mediaJSON, "{\"name\":\"\xff\"}", 422, kindInvalidInput, "", "UTF-8"},
		{"form", mediaForm, `name=pump`, 415, kindMediaType, "", mediaForm},
		{"no type", "", `{"name":"pump"}`, 415, kindMediaType, "", "type"},
		{"odd type", "x/y/z", `{"name":"pump"}`, 415, kindMediaType, "", "x/y/z"},
		{"large", mediaJSON, `{"name":"` + strings.Repeat("x", 2<<20) + `"}`, 413, kindTooLarge, "", "1048576"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := post(t, s, "/api/v1/classify", tt.media, tt.body)
			if rec.Code != tt.status {
				t.Fatalf("status %d, want %d: %s", rec.Code, tt.status, rec.Body)
			}
			e := decodeBody[errorBody](t, rec).Error
			if e.Code != tt.code || e.Field != tt.field || !strings.Contains(e.Message, tt.says) {
				t.Errorf("error = %+v, want code %s, field %q, message with %q", e, tt.code, tt.field, tt.says)
			}
			if e.Remedy == "" || e.RequestID != rec.Header().Get("X-Request-Id") {
				t.Errorf("no remedy or another id: %+v", e)
			}
		})
	}
}

// TestLargeBodyWithoutLength sends more than it admits to, as chunked bodies do.
func TestLargeBodyWithoutLength(t *testing.T) {
	req := httptest.NewRequest(http.MethodPost, "/api/v1/classify", strings.NewReader(`{"name":"`+strings.Repeat("x", 2<<20)+`"}`))
	req.ContentLength = -1
	req.Header.Set("Content-Type", mediaJSON)
	if rec := answerOf(t, newServer(t), req); rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", rec.Code)
	}
}

func TestClassifierFails(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.9:5432: password wrong")
	tests := []struct {
		name   string
		err    error
		status int
		code   kind
	}{
		{"unknown error", secret, 500, kindInternal},
		{"timeout", errors.Join(secret, context.DeadlineExceeded), 504, kindTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log lines
			s := newServer(t, logTo(&log), stubbed(func(context.Context) (classifier.Assessment, error) { return classifier.Assessment{}, tt.err }))
			rec := post(t, s, "/api/v1/classify", mediaJSON, `{"name":"pump"}`)
			if rec.Code != tt.status || decodeBody[errorBody](t, rec).Error.Code != tt.code {
				t.Errorf("%d", rec.Code)
			}
			page := post(t, s, "/", mediaForm, "name=pump")
			if page.Code != tt.status {
				t.Errorf("page %d", page.Code)
			}
			for _, shown := range []string{rec.Body.String(), page.Body.String()} {
				if strings.Contains(shown, "password") {
					t.Error("the cause is shown")
				}
			}
			if !strings.Contains(log.String(), "password wrong") {
				t.Error("the cause is not logged")
			}
		})
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	var log lines
	s := newServer(t, logTo(&log), stubbed(func(context.Context) (classifier.Assessment, error) { panic("secret state") }))
	for range 2 { // the place at the gate is given back
		rec := post(t, s, "/api/v1/classify", mediaJSON, `{"name":"pump"}`)
		e := decodeBody[errorBody](t, rec).Error
		if rec.Code != 500 || e.Code != kindInternal || strings.Contains(e.Message, "secret") {
			t.Errorf("%d %+v", rec.Code, e)
		}
	}
	if got := log.String(); !strings.Contains(got, "secret state") || !strings.Contains(got, "api_test.go") || !strings.Contains(got, `"status":500`) {
		t.Errorf("log lacks panic, place or status: %s", got)
	}
	if n := len(s.gate.running); n != 0 {
		t.Errorf("%d places are still taken", n)
	}
}

func TestLists(t *testing.T) {
	got := decodeBody[listsBody](t, get(t, newServer(t), "/api/v1/lists")).Lists
	if len(got) != len(corpus.Lists()) {
		t.Fatalf("%d lists", len(got))
	}
	byID := map[corpus.ListID]listInfo{}
	for i, l := range got {
		byID[l.ID] = l
		if l.ID != corpus.Lists()[i].ID {
			t.Errorf("list %d is %s", i, l.ID)
		}
	}
	us := byID[corpus.USCCL]
	if us.Cards != 2 || us.Paragraphs != 3 || us.Edition != nil || !us.Default || !us.Assessable || us.Unlisted != "EAR99" {
		t.Errorf("us-ccl = %+v", us)
	}
	eu := byID[corpus.EUDualUse]
	if eu.Edition == nil || eu.Edition.ID != "eu-dual-use@2025-11-15" || eu.Edition.Entries != 2 || eu.Paragraphs != 2 || !strings.Contains(eu.Edition.URL, "20251115") {
		t.Errorf("eu-dual-use = %+v", eu)
	}
	if w := byID[corpus.Wassenaar]; w.Default || !w.Assessable {
		t.Errorf("wassenaar = %+v", w)
	}
	if m := byID[corpus.EUMilitary]; m.Assessable || m.Cards != 0 {
		t.Errorf("eu-military = %+v", m)
	}
}

func TestEntries(t *testing.T) {
	s := newServer(t)
	tests := []struct {
		path      string
		code      string
		lists     int
		card      string
		paragraph string
		editions  int
	}{
		{"3A001", "3A001", 3, "3A001", "", 1},
		{"3a001", "3A001", 3, "3A001", "", 1},
		{"3a001a5", "3A001.a.5", 3, "3A001", "a.5", 1},
		{"3A001%20a.5.", "3A001.a.5", 3, "3A001", "a.5", 1},
		{"3A001.a.7", "3A001.a.7", 1, "3A001", "a.7", 0},
		{"3A001?list=us-ccl", "3A001", 1, "3A001", "", 0},
		{"3.A.1", "3.A.1", 3, "3A001", "", 1},
		{"3.A.1.a.5?list=wassenaar", "3.A.1.a.5", 1, "3A001", "a.5", 0},
		{"3A001.a.5?list=wassenaar", "3A001.a.5", 1, "3A001", "a.5", 0},
		{"XI(a)(5)", "XI(a)(5)", 1, "XI", "(a)(5)", 0},
		{"USML%20Category%20xi%28a%29%285%29", "XI(a)(5)", 1, "XI", "(a)(5)", 0},
		{"9A999", "9A999", 0, "", "", 1},
		{"3", "3", 0, "", "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			rec := get(t, s, "/api/v1/entries/"+tt.path)
			if rec.Code != http.StatusOK {
				t.Fatalf("%d %s", rec.Code, rec.Body)
			}
			e := decodeBody[entryBody](t, rec)
			card, paragraph := "", ""
			if e.Card != nil {
				card = e.Card.Entry
			}
			if e.Paragraph != nil {
				paragraph = e.Paragraph.Designator
			}
			if e.Code != tt.code || len(e.Lists) != tt.lists || card != tt.card || paragraph != tt.paragraph || len(e.Editions) != tt.editions {
				t.Errorf("code %s, %d lists, card %q, paragraph %q, %d editions", e.Code, len(e.Lists), card, paragraph, len(e.Editions))
			}
			if page := get(t, s, "/entries/"+tt.path); page.Code != http.StatusOK {
				t.Errorf("page: %d", page.Code)
			}
		})
	}
	e := decodeBody[entryBody](t, get(t, s, "/api/v1/entries/3A001.a.5"))
	d := e.Editions[0]
	if len(d.Chain) != 4 || d.Chain[0].Text != "Category of chips" || len(d.Attached) != 1 || len(d.Definitions) != 1 {
		t.Errorf("official text = %+v", d)
	}
}

func TestEntriesMissing(t *testing.T) {
	s := newServer(t)
	tests := []struct {
		path   string
		status int
		remedy string
	}{
		{"8A001", 404, "corpus import"},
		{"3A001.a.5.z", 404, "ask for 3A001.a.5"},
		{"3A991?list=us-usml", 404, "on us-ccl"},
		{"nonsense", 404, "write it like"},
		{"%00%ff", 404, "write it like"},
		{"EAR99", 404, "ask for an entry"},
		{"none", 404, "ask for an entry"},
		{"3A001?list=US!", 422, "/api/v1/lists"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			rec := get(t, s, "/api/v1/entries/"+tt.path)
			if e := decodeBody[errorBody](t, rec).Error; rec.Code != tt.status || !strings.Contains(e.Remedy, tt.remedy) {
				t.Errorf("%d %+v", rec.Code, e)
			}
			if page := get(t, s, "/entries/"+tt.path); page.Code != tt.status || !strings.Contains(page.Body.String(), "Back to the start") {
				t.Errorf("page: %d", page.Code)
			}
		})
	}
}

func TestRouting(t *testing.T) {
	s := newServer(t)
	tests := []struct {
		method, path string
		status       int
		form         string
	}{
		{"GET", "/nowhere", 404, "text/html"},
		{"GET", "/api/nowhere", 404, mediaJSON},
		{"GET", "/api", 404, mediaJSON},
		{"GET", "/apiary", 404, "text/html"},
		{"GET", "/v1/nowhere", 404, mediaJSON},
		{"GET", "/api/v1/classify", 405, mediaJSON},
		{"DELETE", "/api/v1/lists", 405, mediaJSON},
		{"GET", "/v1/embeddings", 405, mediaJSON},
		{"PUT", "/", 405, "text/html"},
		{"GET", "/static/nothing.css", 404, "text/html"},
		{"GET", "/static/..%2ftemplates%2fhome.html", 404, "text/html"},
		{"GET", "/?example=nothing", 404, "text/html"},
		{"GET", "/entries", 404, "text/html"},
		{"GET", "/entries?code=xi(a)", 303, ""},
		{"GET", "/healthz", 200, mediaJSON},
		{"POST", "/healthz", 405, mediaJSON},
		{"GET", "/api/v1/healthz", 200, mediaJSON},
		{"GET", "/api/v1/readyz", 200, mediaJSON},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			rec := answerOf(t, s, httptest.NewRequest(tt.method, tt.path, nil))
			if rec.Code != tt.status || !strings.HasPrefix(rec.Header().Get("Content-Type"), tt.form) {
				t.Errorf("%d %s", rec.Code, rec.Header().Get("Content-Type"))
			}
			if tt.status == 405 && rec.Header().Get("Allow") == "" {
				t.Error("no Allow header")
			}
		})
	}
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodHead, "/healthz", nil))
	if rec.Code != 200 {
		t.Errorf("HEAD: %d", rec.Code)
	}
}

func TestFindEntryLeadsToThePage(t *testing.T) {
	rec := get(t, newServer(t), "/entries?code=+3a001a5+")
	if loc := rec.Header().Get("Location"); rec.Code != 303 || loc != "/entries/3A001.a.5" {
		t.Errorf("%d %q", rec.Code, loc)
	}
	// Nothing that is typed leads to another site.
	for _, hostile := range []string{"//evil.example", "https://evil.example", `\\evil.example`, "../../x", "javascript:1"} {
		req := httptest.NewRequest(http.MethodGet, "/entries", nil)
		q := req.URL.Query()
		q.Set("code", hostile)
		req.URL.RawQuery = q.Encode()
		loc := answerOf(t, newServer(t), req).Header().Get("Location")
		if !strings.HasPrefix(loc, "/entries/") || strings.Contains(strings.TrimPrefix(loc, "/entries/"), "/") {
			t.Errorf("%q leads to %q", hostile, loc)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	var log lines
	s := newServer(t, logTo(&log))
	for sent, kept := range map[string]bool{"abc-1.2_Z": true, "": false, "a b": false, "x\"y": false, strings.Repeat("a", 65): false, strings.Repeat("a", 64): true} {
		req := httptest.NewRequest(http.MethodGet, "/healthz", nil)
		req.Header.Set("X-Request-Id", sent)
		got := answerOf(t, s, req).Header().Get("X-Request-Id")
		if (got == sent) != kept || !saneID.MatchString(got) {
			t.Errorf("sent %q, answered %q", sent, got)
		}
		if !strings.Contains(log.String(), got) {
			t.Errorf("%q is not in the log", got)
		}
	}
}

func TestAccessLogHoldsNoText(t *testing.T) {
	var log lines
	s := newServer(t, logTo(&log))
	post(t, s, "/api/v1/classify", mediaJSON, `{"name":"TopSecretWidget"}`)
	post(t, s, "/", mediaForm, "name=TopSecretWidget&description=TopSecretWidget")
	post(t, s, "/", mediaForm, "attributes=TopSecretWidget")
	get(t, s, "/entries?code=TopSecretWidget")
	if got := log.String(); strings.Contains(got, "TopSecretWidget") || strings.Count(got, `"msg":"request"`) != 4 {
		t.Errorf("log = %s", got)
	}
}

func TestReadiness(t *testing.T) {
	find := func(b healthBody, name string) check {
		for _, c := range b.Checks {
			if c.Name == name {
				return c
			}
		}
		return check{}
	}
	s := newServer(t)
	rec := get(t, s, "/readyz")
	if b := decodeBody[healthBody](t, rec); rec.Code != 200 || b.Status != "ready" || !strings.Contains(find(b, "model").Detail, "lexical") {
		t.Errorf("%d %+v", rec.Code, b)
	}
	s.draining.Store(true)
	rec = get(t, s, "/readyz")
	if b := decodeBody[healthBody](t, rec); rec.Code != 503 || find(b, "serving").OK {
		t.Errorf("draining: %d %+v", rec.Code, b)
	}
	if rec := get(t, s, "/healthz"); rec.Code != 200 {
		t.Errorf("draining is not dead: %d", rec.Code)
	}

	s = newServer(t, func(c *Config) { c.Digest = &digest.Digest{} })
	if rec = get(t, s, "/readyz"); rec.Code != 503 || find(decodeBody[healthBody](t, rec), "digest").OK {
		t.Errorf("empty digest: %d", rec.Code)
	}

	var log lines
	now := time.Unix(0, 0)
	s = newServer(t, logTo(&log), func(c *Config) {
		c.Embedder = hashEmbedder{errors.New("key sk-123 refused")}
		c.Now = func() time.Time { return now }
	})
	rec = get(t, s, "/readyz")
	body := rec.Body.String()
	if b := decodeBody[healthBody](t, rec); rec.Code != 503 || find(b, "model").OK || strings.Contains(body, "sk-123") {
		t.Errorf("model down: %d %s", rec.Code, body)
	}
	if !strings.Contains(log.String(), "sk-123 refused") {
		t.Error("the cause is not logged")
	}
	s.model.embedder = hashEmbedder{} // it comes back
	if rec = get(t, s, "/readyz"); rec.Code != 503 {
		t.Error("the bad answer was not remembered")
	}
	now = now.Add(trustBad + time.Second)
	if rec = get(t, s, "/readyz"); rec.Code != 200 {
		t.Errorf("recovery is not noticed: %d", rec.Code)
	}
}

func TestNewRefuses(t *testing.T) {
	good := testConfig(t)
	for name, change := range map[string]func(*Config){
		"no classifier":  func(c *Config) { c.Serving.Classifier = nil },
		"no digest":      func(c *Config) { c.Digest = nil },
		"negative limit": func(c *Config) { c.Concurrency = -1 },
		"two editions":   func(c *Config) { c.Serving.Outlines = append(c.Serving.Outlines, c.Serving.Outlines[0]) },
		"address":        func(c *Config) { c.Hosts = []string{"http://x"} },
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
