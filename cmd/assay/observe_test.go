package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// writes is a place for a log that is read while it is written.
type writes struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *writes) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// find waits for what pattern finds in the log.
func (w *writes) find(t *testing.T, pattern string) string {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(w.String()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("the log never had %s:\n%s", pattern, w)
	return ""
}

func body(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v: %s", url, resp.StatusCode, err, data)
	}
	return string(data)
}

// TestFiguresOfAServer has a server log as JSON and show its figures on an
// address of their own, on both stores.
func TestFiguresOfAServer(t *testing.T) {
	onBothStores(t, func(t *testing.T, o *office) {
		log := &writes{}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan int, 1)
		go func() {
			args := append(o.where[:len(o.where):len(o.where)], "--model", "lexical", "--log-format", "json", "--log-level", "debug",
				"serve", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
			ended <- run(ctx, args, streams{in: strings.NewReader(""), out: io.Discard, err: log})
		}()
		t.Cleanup(func() {
			stop()
			if status := <-ended; status != exitDone {
				t.Errorf("status %d:\n%s", status, log)
			}
		})
		metrics := log.find(t, `"msg":"metrics","address":"(http://[^"]+)"`)
		address := log.find(t, `"msg":"ready","address":"(http://[^"]+)"`)
		o.run("case", "submit", "--file", o.file, "--list", "us-ccl")
		resp, err := http.Post(address+"/api/v1/cases", "application/json", strings.NewReader(`{"product":{"name":"office chair"},"lists":["us-ccl"],"submit":true}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		log.find(t, `(route":"/api/v1/cases")`) // a request is counted when its answer is out
		text := body(t, metrics)
		for _, want := range []string{`assay_http_requests_total{class="2xx",method="POST",route="/api/v1/cases"} 1`, `assay_acts_total{act="case.submit"} 1`,
			`assay_cases{state="submitted"} 2`, `assay_store_up 1`, `assay_outcomes_total{list="us-ccl",status="not_listed"} 1`, `assay_webhook_deliveries{state="waiting"} 0`, "assay_build_info{"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %s in\n%s", want, text)
			}
		}
		if onDatabase := strings.Contains(text, `assay_database_connections{state="max"}`); onDatabase != (len(o.where) > 2) {
			t.Errorf("connections of a database are shown: %v", onDatabase)
		}
		if own := body(t, address+"/metrics"); !strings.Contains(own, "assay_cases") {
			t.Error("the server's own address shows none")
		}
		if resp, err := http.Get(strings.TrimSuffix(metrics, "/metrics") + "/api/v1/cases"); err != nil || resp.StatusCode != http.StatusNotFound {
			t.Errorf("the address of the figures answers more than that: %v %v", resp, err)
		}
		for line := range strings.SplitSeq(strings.TrimSpace(log.String()), "\n") {
			if !json.Valid([]byte(line)) {
				t.Errorf("no JSON: %s", line)
			}
		}
	})
}

func TestLogFlags(t *testing.T) {
	for _, tt := range []struct {
		flags       logFlags
		debug, json bool
	}{{logFlags{"text", "info"}, false, false}, {logFlags{"json", "debug"}, true, true}, {logFlags{"text", "error"}, false, false}, {logFlags{}, false, false}} {
		var b bytes.Buffer
		log := tt.flags.logger(&b)
		log.Debug("small")
		log.Error("great", "n", 1)
		if got := b.String(); strings.Contains(got, "small") != tt.debug || json.Valid(bytes.Split(b.Bytes(), []byte("\n"))[0]) != tt.json || !strings.Contains(got, "great") {
			t.Errorf("%+v: %s", tt.flags, got)
		}
	}
}

func TestMetricsAddressIsTaken(t *testing.T) {
	address := serve(t)
	got := assay(t, "", "serve", "--listen", "127.0.0.1:0", "--metrics", strings.TrimPrefix(address, "http://"))
	if got.status != exitFailed || !strings.Contains(got.err, "--metrics") {
		t.Errorf("%+v", got)
	}
}
