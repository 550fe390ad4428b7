package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/review"
)

// write puts a file beside the data directory and returns its path.
func (o *office) write(name string, data []byte) string {
	o.t.Helper()
	path := filepath.Join(filepath.Dir(o.file), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// TestAReturnedCaseGoesRoundAgain does by command everything between a return
// and the second decision, on both stores.
func TestAReturnedCaseGoesRoundAgain(t *testing.T) {
	onBothStores(t, func(t *testing.T, o *office) {
		sheet := o.write("chair.pdf", datasheet(t, "Office chair L", "Features", "Five castors and armrests."))
		var c review.Case
		if err := json.Unmarshal([]byte(o.run("case", "submit", "--json", "--file", sheet, "--list", "us-ccl,eu-dual-use", "--key", "k1")), &c); err != nil {
			t.Fatal(err)
		}
		if c.Title != "Office chair L" || len(c.Documents) != 1 || c.Documents[0].Media != "application/pdf" || c.State != review.Submitted || len(c.Assessments) != 1 {
			t.Fatalf("%+v", c)
		}
		if again := o.run("case", "submit", "--file", sheet, "--list", "us-ccl,eu-dual-use", "--key", "k1"); !strings.HasPrefix(again, c.ID) {
			t.Errorf("the same key made another case:\n%s", again)
		}
		id := c.ID
		o.run("case", "take", id)
		if got := o.run("case", "request", id, "How many castors?"); got != id+" is in review\n" {
			t.Errorf("request: %q", got)
		}
		o.run("case", "answer", id, "Five.")
		o.run("case", "comment", id, "Ask about the load too.", "--internal")
		o.run("case", "return", id, "--ask", "What load?", "--key", "r")
		o.run("case", "return", id, "--ask", "What load?", "--key", "r") // repeated
		if got := o.run("case", "show", id); !strings.Contains(got, "1. request by") || !strings.Contains(got, "4. request by") || !strings.Contains(got, "  1  chair.pdf, application/pdf") {
			t.Errorf("show:\n%s", got)
		}
		o.run("case", "answer", id, "--request", "4", "120 kg.")
		more := o.write("load.txt", []byte("Load of the chair\nIt carries 120 kg.\n"))
		if got := o.run("case", "attach", id, more); !strings.Contains(got, "  2  load.txt, text/plain, 37 bytes, 8 words") || !strings.Contains(got, "is returned for information") {
			t.Errorf("attach:\n%s", got)
		}
		o.run("case", "revise", id, "--document", "2")
		o.run("case", "propose", id, "EAR99", "eu-dual-use=none", "--reasoning", "A chair.", "--key", "p")
		o.run("case", "propose", id, "EAR99", "eu-dual-use=none", "--reasoning", "A chair.", "--key", "p")
		if got := o.run("case", "assess", id); !strings.Contains(got, "us-ccl: EAR99, probability") {
			t.Errorf("assess:\n%s", got)
		}
		if got := o.run("case", "submit", id); got != id+" is submitted\n" {
			t.Errorf("submit: %q", got)
		}
		o.run("case", "take", id)
		o.run("case", "second", id, "cyd")
		o.run("case", "assign", id, "bob")
		c = o.show(id)
		if c.Round != 2 || len(c.Proposals) != 2 || len(c.Products) != 2 || c.Title != "Load of the chair" || c.Second != "cyd" || c.Assignee != "bob" || len(c.Assessments) != 2 || len(c.Documents) != 2 {
			t.Errorf("in the end: %+v", c)
		}
		history := o.run("case", "history", id)
		for _, want := range []string{"return ", "returned for information", "ask second", "cyd", "assign"} {
			if !strings.Contains(history, want) {
				t.Errorf("history lacks %q:\n%s", want, history)
			}
		}
		if got := o.run("case", "documents", id); strings.Count(got, "\n") != 2 || !strings.Contains(got, "1 page,") {
			t.Errorf("documents:\n%s", got)
		}
		if got := o.run("case", "documents", id, "2", "--text"); got != "Load of the chair\nIt carries 120 kg.\n" {
			t.Errorf("text: %q", got)
		}
		out := filepath.Join(filepath.Dir(o.file), "out.pdf")
		o.run("case", "documents", id, "1", "--out", out)
		want, _ := os.ReadFile(sheet)
		if got, err := os.ReadFile(out); err != nil || string(got) != string(want) {
			t.Errorf("%v: %d bytes of %d", err, len(got), len(want))
		}
		if got := o.run("case", "documents", id, "1", "--out", "-"); got != string(want) {
			t.Error("standard output and file differ")
		}
		if got := o.run("audit", "verify"); !strings.Contains(got, "records, whole") {
			t.Error(got)
		}
	})
}

func TestCaseActsRefuse(t *testing.T) {
	o := newOffice(t)
	id := o.submit("--list", "us-ccl").ID
	o.run("case", "take", id)
	seen := o.show(id).Version
	o.run("case", "comment", id, "x")
	bad := o.write("photo.pdf", []byte("\x89PNG\r\n\x1a\n"))
	text := o.write("a.txt", []byte("words"))
	o.run("case", "attach", id, text)
	for _, tt := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"case", "submit"}, exitUsage, "--file FILE"},
		{[]string{"case", "submit", id, "--file", o.file}, exitUsage, "--file FILE"},
		{[]string{"case", "submit", id, "--list", "us-ccl"}, exitUsage, "has its lists"},
		{[]string{"case", "submit", id}, exitFailed, "is in review"},
		{[]string{"case", "submit", "none"}, exitFailed, `no case "none"`},
		{[]string{"case", "take", id}, exitFailed, "is in review"},
		{[]string{"case", "comment", id, "y", "--seen", "3"}, exitFailed, "changed since you saw it"},
		{[]string{"case", "comment", id, " "}, exitUsage, "a text is needed"},
		{[]string{"case", "comment", id, "a", "--seen=-1"}, exitUsage, "not a version"},
		{[]string{"case", "answer", id, "x"}, exitUsage, "0 requests wait"},
		{[]string{"case", "answer", id, "x", "--request", "1"}, exitUsage, "asks for nothing"},
		{[]string{"case", "propose", id, "EAR99", "--reasoning", "x"}, exitFailed, "is in review"},
		{[]string{"case", "propose", id, "us-usml=XI", "--reasoning", "x"}, exitUsage, "LIST=CODE"},
		{[]string{"case", "propose", id, "EAR99"}, exitUsage, "--reasoning"},
		{[]string{"case", "revise", id}, exitUsage, "--file"},
		{[]string{"case", "revise", id, "--document", "7"}, exitFailed, "no document 7"},
		{[]string{"case", "revise", id, "--document", "1"}, exitFailed, "is in review"},
		{[]string{"case", "attach", id, bad}, exitUsage, "picture"},
		{[]string{"case", "attach", id, text}, exitFailed, "already, as document 1"},
		{[]string{"case", "attach", id, text + ".none"}, exitFailed, "a.txt.none"},
		{[]string{"case", "assign", id}, exitUsage, "officer"},
		{[]string{"case", "second", id, o.show(id).Assignee}, exitFailed, "first officer"},
		{[]string{"case", "stand", id, "us-ccl", "--reason", "x"}, exitFailed, "is in review"},
		{[]string{"case", "documents", id, "--text"}, exitUsage, "number"},
		{[]string{"case", "documents", id, "2"}, exitFailed, "no document 2"},
		{[]string{"case", "documents", id, "1", "--out", text}, exitFailed, "--out"},
		{[]string{"case", "history", "none"}, exitFailed, `no case "none"`},
	} {
		if got := o.try(tt.args...); got.status != tt.status || !strings.Contains(got.err, tt.says) {
			t.Errorf("%v: status %d, %q; want %d and %q", tt.args, got.status, got.err, tt.status, tt.says)
		}
	}
	if c := o.show(id); c.Version != seen+2 {
		t.Errorf("refusals changed the case from version %d to %d", seen+2, c.Version)
	}
	if got, _ := os.ReadFile(text); string(got) != "words" {
		t.Error("a file was written over")
	}
}

// TestTextFromStandardInput reads a comment from a pipe.
func TestTextFromStandardInput(t *testing.T) {
	o := newOffice(t)
	id := o.submit("--list", "us-ccl").ID
	if got := assay(t, "many words\nfrom a file", append(o.where, "--model", "lexical", "case", "comment", id, "-")...); got.status != exitDone {
		t.Fatalf("%+v", got)
	}
	if m := o.show(id).Messages; len(m) != 1 || m[0].Text != "many words\nfrom a file" {
		t.Errorf("%+v", m)
	}
}
