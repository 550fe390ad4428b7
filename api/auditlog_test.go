package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/sqlite"
	"assay/review"
)

func TestAuditByAPI(t *testing.T) {
	b := newCounter(t)
	one, two := b.submitted(`["us-ccl"]`), b.submitted(`["us-ccl"]`)
	b.does(bob, at(two, "take"), "")
	var seqs []int64
	for from := ""; ; {
		page := decodeBody[review.AuditPage](t, b.ask(eva, http.MethodGet, "/api/v1/audit?limit=3"+from, ""))
		for _, r := range page.Records {
			seqs = append(seqs, r.Seq)
		}
		if page.Next == 0 {
			break
		}
		from = fmt.Sprint("&from=", page.Next)
	}
	if fmt.Sprint(seqs) != "[1 2 3 4 5 6 7]" {
		t.Error(seqs)
	}
	for query, want := range map[string]string{
		"case=" + one: "1 2 3", "case=" + two + "&order=newest&limit=2": "7 6", "actor=bob": "7", "act=case.submit": "3 6", "case=none": "", "from=7": "",
	} {
		var got []string
		for _, r := range decodeBody[review.AuditPage](t, b.ask(root, http.MethodGet, "/api/v1/audit?"+query, "")).Records {
			got = append(got, fmt.Sprint(r.Seq))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %q, want %q", query, s, want)
		}
	}
	b.refused("a page from nowhere", b.ask(root, http.MethodGet, "/api/v1/audit?from=x", ""), 422, kindInvalidInput, "from", "whole number")
	b.refused("a misspelt filter", b.ask(root, http.MethodGet, "/api/v1/audit?cases=x", ""), 400, kindUnknownField, "cases", "case")
	whole := decodeBody[verification](t, b.ask(root, http.MethodGet, "/api/v1/audit/verify", ""))
	if !whole.Whole || whole.Records != 7 || whole.Last != 7 || len(whole.Findings) != 0 {
		t.Errorf("%+v", whole)
	}
	known := fmt.Sprintf("%d:%s", whole.Last, whole.Head)
	if again := decodeBody[verification](t, b.ask(root, http.MethodGet, "/api/v1/audit/verify?head="+known, "")); !again.Whole {
		t.Errorf("%+v", again)
	}
	if cut := decodeBody[verification](t, b.ask(root, http.MethodGet, "/api/v1/audit/verify?head="+strings.Replace(known, "7:", "9:", 1), "")); !cut.Whole {
		t.Errorf("the hash is there, whatever its number: %+v", cut)
	}
	if cut := decodeBody[verification](t, b.ask(root, http.MethodGet, "/api/v1/audit/verify?head=9:"+strings.Repeat("a", 64), "")); cut.Whole || cut.Findings[0].Fault != review.Truncated {
		t.Errorf("%+v", cut)
	}
	b.refused("no head", b.ask(root, http.MethodGet, "/api/v1/audit/verify?head=xyz", ""), 422, kindInvalidInput, "head", "NUMBER:HASH")
	rec := b.ask(eva, http.MethodGet, "/api/v1/audit/export", "")
	report, err := review.Verify(review.ReadAudit(rec.Body), review.AuditHead{Seq: whole.Last, Hash: whole.Head})
	if err != nil || !report.Whole() || report.Records != 7 || !strings.Contains(rec.Header().Get("Content-Disposition"), "assay-audit.jsonl") {
		t.Errorf("%v %+v %v", err, report, rec.Header())
	}
	if rec := b.ask(eva, http.MethodHead, "/api/v1/audit/export", ""); rec.Code != 200 || rec.Body.Len() != 0 {
		t.Errorf("HEAD: %d, %d bytes", rec.Code, rec.Body.Len())
	}
	if rec := newCounter(t).ask(root, http.MethodGet, "/api/v1/audit/export", ""); rec.Code != 200 || rec.Body.Len() != 0 {
		t.Errorf("an empty log: %d %q", rec.Code, rec.Body)
	}
}

// slowStore is a store whose audit log comes slowly, and breaks off when breaks is set.
type slowStore struct {
	review.Store
	pause  time.Duration
	breaks bool
}

type slowReader struct {
	review.Reader
	slowStore
}

func (s slowStore) Read(ctx context.Context, fn func(review.Reader) error) error {
	return s.Store.Read(ctx, func(r review.Reader) error { return fn(slowReader{r, s}) })
}

// Audit yields the log over and over, so that it is longer than any buffer.
func (r slowReader) Audit(ctx context.Context) iter.Seq2[review.AuditRecord, error] {
	return func(yield func(review.AuditRecord, error) bool) {
		for range 40 {
			for a, err := range r.Reader.Audit(ctx) {
				if !yield(a, err) {
					return
				}
			}
			time.Sleep(r.pause)
			if ctx.Err() != nil {
				yield(review.AuditRecord{}, ctx.Err())
				return
			}
		}
		if r.breaks {
			yield(review.AuditRecord{}, errors.New("the disk has died"))
		}
	}
}

// TestLongAnswersAreNotCutOff takes longer for the log than any other answer
// may take, and for its pieces longer than a connection is given otherwise.
func TestLongAnswersAreNotCutOff(t *testing.T) {
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { base.Close() })
	quick := counterOver(t, base)
	quick.submitted(`["us-ccl"]`)
	b := counterOver(t, slowStore{base, 10 * time.Millisecond, false}, func(c *Config) { c.RequestTimeout = 50 * time.Millisecond })
	addr, _ := serve(t, b.server(root))
	for path, says := range map[string]string{"/api/v1/audit/export": `"act":"case.submit"`, "/api/v1/audit/verify": "duplicated"} {
		resp, err := http.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), says) {
			t.Errorf("%s: %v, %d, %.200s", path, err, resp.StatusCode, body)
		}
		if lines := strings.Count(string(body), "\n"); strings.HasSuffix(path, "export") && lines != 120 {
			t.Errorf("%d of 120 lines", lines)
		}
	}
	// They end all the same.
	b = counterOver(t, slowStore{base, 10 * time.Millisecond, false}, func(c *Config) { c.AuditTimeout = time.Millisecond })
	b.refused("verifying for too long", b.ask(root, http.MethodGet, "/api/v1/audit/verify", ""), 504, kindTimeout, "", "")
}

// TestABrokenExportIsSeenToBe lets the log end in an error after some of it
// has been sent: the client must not take the part for the whole.
func TestABrokenExportIsSeenToBe(t *testing.T) {
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { base.Close() })
	counterOver(t, base).submitted(`["us-ccl"]`)
	var log lines
	b := counterOver(t, slowStore{base, 0, true}, logTo(&log))
	addr, _ := serve(t, b.server(root))
	resp, err := http.Get("http://" + addr + "/api/v1/audit/export")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 {
		t.Errorf("%d bytes and %v", len(body), err)
	}
	eventually(t, "the log", func() bool { return strings.Contains(log.String(), "the disk has died") })
	if strings.Contains(string(body), "died") {
		t.Error("the cause is told")
	}
}
