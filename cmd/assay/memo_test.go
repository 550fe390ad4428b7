package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/documents"
)

func TestCaseMemo(t *testing.T) { onBothStores(t, caseMemo) }

// caseMemo decides a case on an edition that a newer one follows, and wants
// the words of the older one in its memo: from the command, and from the server.
func caseMemo(t *testing.T, o *office) {
	o.run("corpus", "import", zither(t, "2026-01-01", "of old"))
	id := o.submit("--list", "my-list").ID
	o.run("case", "take", id)
	o.run("case", "decide", id, "--list", "my-list", "--code", "7Z001.a", "--reason", "criteria_met", "--text", "It has strings.", "--passage", "my-list@2026-01-01/7Z001.a")
	o.run("corpus", "import", zither(t, "2026-02-01", "of late"))

	out := filepath.Join(t.TempDir(), "memo.html")
	if got := o.run("case", "memo", id, "--out", out); got != out+": memo "+id+"/1, decided\n" {
		t.Errorf("memo: %q", got)
	}
	page, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"DECIDED", "It has strings.", "of old", "office copy"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the memo lacks %q", want)
		}
	}
	if strings.Contains(string(page), "of late") {
		t.Error("the memo quotes an edition that nobody decided on")
	}

	out = filepath.Join(t.TempDir(), "memo.pdf")
	o.run("case", "memo", id, "--out", out, "--copy", "exporter", "--paper", "letter")
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := documents.Extract(t.Context(), "memo.pdf", f, documents.Limits{})
	if err != nil || !strings.Contains(doc.Text, "It has strings.") || !strings.Contains(doc.Text, "exporter’s copy") {
		t.Errorf("%v: %s", err, doc.Text)
	}

	o.run("case", "reopen", id, "--reason", "new facts")
	if got := o.run("case", "memo", id, "--out", out); !strings.HasSuffix(got, "/2, draft\n") {
		t.Errorf("reopened: %q", got)
	}
	if got := o.run("case", "memo", id, "--out", out, "--round", "1"); !strings.HasSuffix(got, "/1, superseded\n") {
		t.Errorf("first round: %q", got)
	}

	address := serveWith(t, append(o.where, "--model", "lexical")...)
	response, err := http.Get(address + "/api/v1/cases/" + id + "/memo.pdf?round=1")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	served, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %v: %.300s", response.Status, err, served)
	}
	doc, err = documents.Extract(t.Context(), "memo.pdf", bytes.NewReader(served), documents.Limits{})
	if err != nil || !strings.Contains(doc.Text, "SUPERSEDED") || !strings.Contains(doc.Text, "of old") {
		t.Errorf("served: %v: %s", err, doc.Text)
	}

	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if got := o.try("account", "add", me.Username, "--role", "officer", "--name", "Ada Example"); got.status != exitDone {
		t.Fatalf("%+v", got)
	}
	named := filepath.Join(t.TempDir(), "memo.html")
	o.run("case", "memo", id, "--out", named, "--round", "1")
	if page, err := os.ReadFile(named); err != nil || !strings.Contains(string(page), "Ada Example ("+me.Username+")") {
		t.Errorf("who decided has no name: %v", err)
	}
}

func TestCaseMemoRefusals(t *testing.T) {
	o := newOffice(t)
	id := o.submit("--list", "us-ccl").ID
	out := filepath.Join(t.TempDir(), "memo.pdf")
	for _, tt := range []struct {
		args   string
		status int
		says   string
	}{
		{"case memo " + id + " --out memo.doc", exitUsage, ".pdf or .html"},
		{"case memo " + id + " --out " + out + " --paper a5", exitUsage, "a4"},
		{"case memo " + id + " --out " + out + " --copy glossy", exitUsage, "office"},
		{"case memo " + id + " --out " + out + " --round=-1", exitUsage, "from 1"},
		{"case memo " + id + " --out " + out + " --round 2", exitFailed, "no such round"},
		{"case memo none --out " + out, exitFailed, "no case"},
		{"case memo " + id + " --out " + filepath.Join(t.TempDir(), "no", "memo.pdf"), exitFailed, "cannot write"},
	} {
		if got := o.try(strings.Fields(tt.args)...); got.status != tt.status || !strings.Contains(got.err, tt.says) {
			t.Errorf("%s: %+v", tt.args, got)
		}
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Errorf("a refused memo left a file: %v", err)
	}
}
