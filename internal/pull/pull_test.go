package pull

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/corpus"
	"assay/corpus/ecfr"
	"assay/internal/official"
)

const (
	ccl = `<?xml version="1.0"?>
<DIV9 N="Supplement No. 1 to Part 774" TYPE="APPENDIX"><HEAD>Supplement</HEAD><P>Words of the test, not of the list.</P></DIV9>
`
	usml = `<?xml version="1.0"?>
<DIV5 N="121" TYPE="PART"><DIV8 N="121.1" TYPE="SECTION"><HEAD>Section</HEAD></DIV8></DIV5>`
	annex = `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Consolidated</title></head><body><p>0A001 3A001 9A001</p></body></html><!-- made by a machine -->
`
	upToDate = "2026-06-24"
)

// publisher behaves like the eCFR and the Publications Office as far as their
// ways are known: it refuses the default agents of libraries, knows days and
// not the word "current", and points from the name of a work to its text.
type publisher struct {
	mu    sync.Mutex
	calls []string // "METHOD path?query" of each request, and its agent
	// before may answer a request for a text itself; it gets the number of
	// that request, from 1.
	before func(n int, w http.ResponseWriter, r *http.Request) bool
	texts  int
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.calls = append(p.calls, r.URL.RequestURI())
	text := strings.Contains(r.URL.Path, "/full/") || strings.HasPrefix(r.URL.Path, "/resource/")
	if text {
		p.texts++
	}
	n := p.texts
	p.mu.Unlock()
	agent := r.UserAgent()
	if agent == "" || strings.HasPrefix(agent, "Go-http-client") || strings.HasPrefix(agent, "python-requests") {
		http.Error(w, "", http.StatusNotAcceptable)
		return
	}
	if text && p.before != nil && p.before(n, w, r) {
		return
	}
	switch {
	case r.URL.Path == "/api/versioner/v1/titles.json":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"titles":[{"number":1,"up_to_date_as_of":"2020-01-01"},{"number":15,"name":"Commerce","up_to_date_as_of":%q},
			{"number":22,"name":"Foreign Relations","up_to_date_as_of":"2026-06-23"},{"number":35,"up_to_date_as_of":null,"reserved":true}],
			"meta":{"date":"2026-06-25","import_in_progress":false}}`, upToDate)
	case strings.HasPrefix(r.URL.Path, "/api/versioner/v1/full/"):
		date, title, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/api/versioner/v1/full/"), "/")
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"date is invalid"}`)
			return
		}
		if date > upToDate || date < "2017-01-01" {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, `{"error":"no content for %s"}`, date)
			return
		}
		switch {
		case title == "title-15.xml" && r.URL.Query().Get("appendix") == "Supplement No. 1 to Part 774":
			send(w, r, "application/xml", ccl)
		case title == "title-22.xml" && r.URL.Query().Get("part") == "121":
			send(w, r, "application/xml", usml)
		default:
			http.NotFound(w, r)
		}
	case r.URL.Path == "/resource/celex/02021R0821-20251115.ENG":
		w.Header().Set("Location", "/resource/cellar/abc.0001/DOC_1")
		w.WriteHeader(http.StatusSeeOther)
	case r.URL.Path == "/resource/cellar/abc.0001/DOC_1":
		if r.Header.Get("Accept") != "application/xhtml+xml" {
			http.Error(w, "no such form", http.StatusNotAcceptable)
			return
		}
		send(w, r, "application/xhtml+xml", annex)
	default:
		http.NotFound(w, r)
	}
}

// send packs the text when the client takes that, as both publishers do.
func send(w http.ResponseWriter, r *http.Request, form, text string) {
	w.Header().Set("Content-Type", form)
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		z.Write([]byte(text))
		z.Close()
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.Write([]byte(text))
}

func serve(t *testing.T, p *publisher) Options {
	t.Helper()
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	return Options{
		Version: "1.2.3", ECFR: srv.URL, EU: srv.URL, Wait: time.Millisecond, Idle: 5 * time.Second,
		Now: func() time.Time { return time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC) },
	}
}

func TestPull(t *testing.T) {
	for _, tc := range []struct {
		list    corpus.ListID
		date    string
		text    string
		address string // behind the base
		want    string // date of the source
	}{
		{corpus.USCCL, "", ccl, "/api/versioner/v1/full/2026-06-24/title-15.xml?appendix=Supplement%20No.%201%20to%20Part%20774", "2026-06-24"},
		{corpus.USCCL, "2024-02-29", ccl, "/api/versioner/v1/full/2024-02-29/title-15.xml?appendix=Supplement%20No.%201%20to%20Part%20774", "2024-02-29"},
		{corpus.USUSML, "", usml, "/api/versioner/v1/full/2026-06-23/title-22.xml?part=121", "2026-06-23"},
		{corpus.EUDualUse, "", annex, "/resource/celex/02021R0821-20251115.ENG", "2025-11-15"},
	} {
		p := &publisher{}
		o := serve(t, p)
		o.Date = tc.date
		got, err := Pull(t.Context(), tc.list, o)
		if err != nil {
			t.Errorf("%s: %v", tc.list, err)
			continue
		}
		if string(got.Data) != tc.text || got.Name != o.ECFR+tc.address || got.Date != tc.want || !got.Retrieved.Equal(o.Now()) {
			t.Errorf("%s: %s of %s at %s: %q", tc.list, got.Name, got.Date, got.Retrieved, got.Data)
		}
		meta, err := got.Meta(tc.list, "test", "")
		sum := sha256.Sum256([]byte(tc.text))
		if err != nil || meta.SHA256 != hex.EncodeToString(sum[:]) || meta.Date != tc.want {
			t.Errorf("%s: record %+v, %v", tc.list, meta, err)
		}
		if asked := strings.Contains(strings.Join(p.calls, " "), "titles.json"); asked != (tc.date == "" && tc.list != corpus.EUDualUse) {
			t.Errorf("%s of %q: requests %v", tc.list, tc.date, p.calls)
		}
	}
}

// cut sends the first part of a text in a way that announces the whole.
func cut(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.Write([]byte(text[:len(text)/2]))
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func always(answer func(w http.ResponseWriter, r *http.Request)) func(int, http.ResponseWriter, *http.Request) bool {
	return times(1000, answer)
}

// times answers the first n requests for a text itself.
func times(n int, answer func(w http.ResponseWriter, r *http.Request)) func(int, http.ResponseWriter, *http.Request) bool {
	return func(i int, w http.ResponseWriter, r *http.Request) bool {
		if i > n {
			return false
		}
		answer(w, r)
		return true
	}
}

func TestTroubles(t *testing.T) {
	status := func(code int, head ...string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(head); i += 2 {
				w.Header().Set(head[i], head[i+1])
			}
			w.WriteHeader(code)
			fmt.Fprint(w, "we are sorry\n")
		}
	}
	body := func(text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(text)) }
	}
	for _, tc := range []struct {
		name    string
		list    corpus.ListID
		date    string
		before  func(int, http.ResponseWriter, *http.Request) bool
		change  func(o *Options)
		texts   int    // requests for a text that must have been made
		problem string // part of the error; "" means success
		status  int
	}{
		{name: "cut once", before: times(1, func(w http.ResponseWriter, _ *http.Request) { cut(w, ccl) }), texts: 2},
		{name: "cut always", before: always(func(w http.ResponseWriter, _ *http.Request) { cut(w, ccl) }), texts: 5,
			problem: "breaks off after 75 bytes: unexpected EOF (after 5 attempts); try again later, or download the list by hand and use assay corpus import FILE --date 2026-06-24", status: 200},
		{name: "cut without announcing the length", before: times(2, func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(ccl[:100]))
		}), texts: 3},
		{name: "always cut without announcing the length", before: always(body(ccl[:100])), texts: 5, problem: "<DIV9> is not closed", status: 200},
		{name: "cut inside the closing tag", before: always(body(ccl[:len(ccl)-3])), texts: 5, problem: "<DIV9> is not closed", status: 200},
		{name: "gzip cut", before: times(1, func(w http.ResponseWriter, _ *http.Request) {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			z.Write([]byte(ccl))
			z.Close()
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(b.Bytes()[:b.Len()-9])
		}), texts: 2},
		{name: "empty", before: times(1, body("")), texts: 2},
		{name: "500 thrice", before: times(3, status(500)), texts: 4},
		{name: "503 always", before: always(status(503)), texts: 5, problem: "503 Service Unavailable: we are sorry (after 5 attempts); try again later", status: 503},
		{name: "202 at first, as while a text is being made", before: times(1, status(202)), texts: 2},
		{name: "429 with a long wait", before: always(status(429, "Retry-After", "7200")), texts: 1, problem: "asks to come back after 2h0m0s", status: 429},
		{name: "429 with a wait until a far day", before: always(status(429, "Retry-After", "Wed, 01 Jul 2026 10:00:00 GMT")), texts: 1, problem: "come back after 1h0m0s", status: 429},
		{name: "403", before: always(status(403)), texts: 1, problem: "403 Forbidden: we are sorry; try again later, or download the list by hand", status: 403},
		{name: "406", before: always(status(406)), texts: 1, problem: "it does not serve programs", status: 406},
		{name: "a page in place of the text", before: always(body("<!DOCTYPE html><html><head><title>Request\n Access</title></head><body>Are you human?<br></body></html>")), texts: 1,
			problem: `not a text of the eCFR but <html> called "Request Access"`, status: 200},
		{name: "text in place of markup", before: always(body("Service unavailable")), texts: 1, problem: "no markup", status: 200},
		{name: "another text of the eCFR", before: always(body(usml)), texts: 1, problem: "does not contain Supplement No. 1 to Part 774", status: 200},
		{name: "a page without the annex", list: corpus.EUDualUse, before: always(body("<html><head><title>No content</title></head><body/></html>")), texts: 1,
			problem: `a page without Annex I called "No content"`, status: 200},
		{name: "no such consolidation", list: corpus.EUDualUse, date: "2025-11-14", texts: 1, problem: "one of the consolidations listed at https://eur-lex.europa.eu", status: 404},
		{name: "a day not yet there", date: "2026-06-30", texts: 1, problem: `404 Not Found: {"error":"no content for 2026-06-30"}; the publisher may have no text of 2026-06-30: choose another day`, status: 404},
		{name: "a day in the future", date: "2026-07-03", texts: 0, problem: "2026-07-03 lies in the future"},
		{name: "the word current", date: "current", texts: 0, problem: `"current" is not a day`},
		{name: "another list", list: corpus.Wassenaar, texts: 0, problem: "wassenaar cannot be pulled, only us-ccl, us-usml, eu-dual-use"},
		{name: "too large, announced", before: always(body(ccl)), change: func(o *Options) { o.Limit = 100 }, texts: 1, problem: "more than 100 bytes", status: 200},
		{name: "too large, not announced", before: always(func(w http.ResponseWriter, _ *http.Request) {
			for range 300 {
				fmt.Fprint(w, strings.Repeat("x", 1000))
				w.(http.Flusher).Flush()
			}
		}), change: func(o *Options) { o.Limit = 100_000 }, texts: 1, problem: "more than 100000 bytes", status: 200},
		{name: "a small bomb", before: always(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 300 {
				z.Write(bytes.Repeat([]byte("x"), 1000))
			}
			z.Close()
		}), change: func(o *Options) { o.Limit = 100_000 }, texts: 1, problem: "more than 100000 bytes", status: 200},
		{name: "silent before the answer", before: times(1, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
			change: func(o *Options) { o.Idle = 50 * time.Millisecond }, texts: 2},
		{name: "silent in the middle, always", before: always(func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte(ccl[:50]))
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}), change: func(o *Options) { o.Idle = 50 * time.Millisecond; o.Attempts = 2 }, texts: 2, problem: "gone silent for 50ms (after 2 attempts)"},
		{name: "slow but steady", before: times(1, func(w http.ResponseWriter, r *http.Request) {
			for _, b := range []byte(ccl) {
				w.Write([]byte{b})
				w.(http.Flusher).Flush()
				time.Sleep(2 * time.Millisecond) // longer in all than Idle
			}
		}), change: func(o *Options) { o.Idle = 200 * time.Millisecond }, texts: 1},
		{name: "in a circle", before: always(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.RequestURI(), http.StatusFound)
		}),
			texts: 6, problem: "points elsewhere more than 5 times"},
		{name: "to another host", before: always(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.invalid/", http.StatusFound)
		}), texts: 1, problem: "points elsewhere, to elsewhere.invalid"},
		{name: "to a file", before: always(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		}), texts: 1, problem: "points elsewhere"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := &publisher{before: tc.before}
			o := serve(t, p)
			o.Date = tc.date
			if tc.change != nil {
				tc.change(&o)
			}
			list, want := corpus.USCCL, ccl
			if tc.list != "" {
				list = tc.list
			}
			got, err := Pull(t.Context(), list, o)
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.texts != tc.texts {
				t.Errorf("%d requests for the text, want %d", p.texts, tc.texts)
			}
			if tc.problem == "" {
				if err != nil || string(got.Data) != want {
					t.Errorf("%v: %q", err, got.Data)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.problem) || got.Data != nil {
				t.Fatalf("error\n%v\nwants\n%s", err, tc.problem)
			}
			if e := (*Error)(nil); tc.texts > 0 && (!errors.As(err, &e) || e.Status != tc.status || !strings.HasPrefix(e.Address, o.ECFR) || e.Remedy == "") {
				t.Errorf("%#v", err)
			}
		})
	}
}

func TestDefaultAgentIsRefused(t *testing.T) {
	o := serve(t, &publisher{})
	resp, err := http.Get(o.ECFR + "/api/versioner/v1/titles.json")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotAcceptable {
		t.Errorf("the test server takes Go's own agent: %s", resp.Status)
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	p := &publisher{before: times(1, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	})}
	o := serve(t, p)
	var waits []time.Duration
	o.Retrying = func(err error, wait time.Duration) { waits = append(waits, wait) }
	start := time.Now()
	if _, err := Pull(t.Context(), corpus.USCCL, o); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < time.Second || len(waits) != 1 || waits[0] != time.Second {
		t.Errorf("came back after %s, waits %v", took, waits)
	}
}

func TestCancel(t *testing.T) {
	t.Run("while the server is silent", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		o := serve(t, &publisher{before: always(func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })})
		if _, err := Pull(ctx, corpus.USCCL, o); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Run("while waiting for another attempt", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		o := serve(t, &publisher{before: always(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })})
		o.Wait = time.Hour
		o.Retrying = func(error, time.Duration) { cancel() }
		if _, err := Pull(ctx, corpus.USCCL, o); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Run("by the clock", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		o := serve(t, &publisher{before: always(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })})
		if _, err := Pull(ctx, corpus.USCCL, o); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestProgress(t *testing.T) {
	text := strings.Replace(ccl, "Words", strings.Repeat("Words ", 50_000), 1)
	p := &publisher{before: always(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		w.Write([]byte(text))
	})}
	o := serve(t, p)
	last, calls := int64(-1), 0
	o.Progress = func(done, total int64) {
		if done <= last || total != int64(len(text)) {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last, calls = done, calls+1
	}
	if _, err := Pull(t.Context(), corpus.USCCL, o); err != nil {
		t.Fatal(err)
	}
	if last != int64(len(text)) || calls < 3 {
		t.Errorf("ended at %d of %d in %d calls", last, len(text), calls)
	}
}

// TestRedirectToOpenAddress: over TLS, an http address in a redirection is
// asked for over TLS too, and no other line is used.
func TestRedirectToOpenAddress(t *testing.T) {
	p := &publisher{before: func(n int, w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/resource/celex/02021R0821-20251115.ENG" {
			return false
		}
		w.Header().Set("Location", "http://"+r.Host+"/resource/cellar/abc.0001/DOC_1")
		w.WriteHeader(http.StatusSeeOther)
		return true
	}}
	srv := httptest.NewTLSServer(p)
	defer srv.Close()
	got, err := Pull(t.Context(), corpus.EUDualUse, Options{EU: srv.URL, Transport: srv.Client().Transport, Wait: time.Millisecond})
	if err != nil || string(got.Data) != annex {
		t.Fatalf("%v: %q", err, got.Data)
	}
	_, err = Pull(t.Context(), corpus.EUDualUse, Options{EU: srv.URL, Wait: time.Millisecond}) // without trusting its certificate
	if err == nil || !strings.Contains(err.Error(), "certificate") || strings.Contains(err.Error(), "attempts") {
		t.Errorf("a server with an unknown certificate: %v", err)
	}
}

func TestNoServer(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	_, err := Pull(t.Context(), corpus.USCCL, Options{ECFR: srv.URL, Wait: time.Millisecond, Attempts: 2})
	if err == nil || !strings.Contains(err.Error(), "connection refused (after 2 attempts); check the network or the proxy") {
		t.Error(err)
	}
	if strings.Count(err.Error(), srv.URL) != 1 {
		t.Errorf("the address is not named once: %v", err)
	}
}

func TestTitlesOutOfForm(t *testing.T) {
	for name, tc := range map[string]struct{ body, problem string }{
		"a page":       {"<html><head><title>Maintenance</title></head></html>", `not JSON but a page called "Maintenance"`},
		"cut":          {`{"titles":[{"number":15`, "breaks off"},
		"another form": {`{"titles":{"15":{}}}`, "not in the form known"},
		"no title":     {`{"titles":[]}`, "does not name title 15"},
		"no day":       {`{"titles":[{"number":15,"up_to_date_as_of":null}]}`, `up to date as of ""`},
		"a path":       {`{"titles":[{"number":15,"up_to_date_as_of":"../../x"}]}`, `up to date as of "../../x"`},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, tc.body) }))
		_, err := Pull(t.Context(), corpus.USCCL, Options{ECFR: srv.URL, Wait: time.Millisecond})
		srv.Close()
		if err == nil || !strings.Contains(err.Error(), tc.problem) || !strings.Contains(err.Error(), "corpus import FILE") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPulledListIsRead pulls the real text from the test server and reads it.
func TestPulledListIsRead(t *testing.T) {
	text, err := os.ReadFile(official.Path(t, "us/ccl_supp1.xml"))
	if err != nil {
		t.Fatal(err)
	}
	p := &publisher{before: func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n == 1 {
			cut(w, string(text))
		}
		send(w, r, "application/xml", string(text))
		return true
	}}
	o := serve(t, p)
	src, err := Pull(t.Context(), corpus.USCCL, o)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecfr.ReadCCL(src)
	if err != nil {
		t.Fatal(err)
	}
	if e.ID() != "us-ccl@2026-06-24" || e.Source != src.Name {
		t.Errorf("%+v", e.Meta)
	}
	sum := sha256.Sum256(text)
	if e.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("the hash is %s", e.SHA256)
	}
}
