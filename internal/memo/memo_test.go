package memo

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"assay/corpus"
	"assay/internal/documents"
	"assay/review"
)

var update = flag.Bool("update", false, "write the golden files anew")

var anyHash = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// read returns the text of a PDF as our own reader of datasheets sees it.
func read(t *testing.T, pdf []byte) documents.Document {
	t.Helper()
	doc, err := documents.Extract(context.Background(), "memo.pdf", bytes.NewReader(pdf), documents.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func setPDF(t *testing.T, m review.Memo, paper Paper) []byte {
	t.Helper()
	data, err := PDF(m, paper)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestGolden holds the text of memos, read back out of the PDF, against files
// that a person has read.
func TestGolden(t *testing.T) {
	b := newBureau(t)
	id := adjudicated(b)
	ctx := t.Context()
	cases := map[string]review.Memo{"adjudicated": b.memo(bob, id, 0), "exporter": b.memo(ann, id, 0)}
	b.must(b.Reopen(ctx, b.by(bob), id, "New figures."))
	cases["superseded"], cases["draft"] = b.memo(bob, id, 1), b.memo(bob, id, 0)
	for name, m := range cases {
		t.Run(name, func(t *testing.T) {
			doc := read(t, setPDF(t, m, A4))
			if len(doc.Warnings) > 0 {
				t.Errorf("its reader says: %v", doc.Warnings)
			}
			// Hashes change with every field that a record gains; TestMemoVouches of review looks at them.
			text := anyHash.ReplaceAllString(doc.Text, "(a hash)") + "\n"
			path := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if text != string(want) {
				t.Errorf("the text is another one; look at it, then run: go test ./internal/memo -run TestGolden -update\n%s", text)
			}
		})
	}
}

func TestMemoIsReproducible(t *testing.T) {
	b := newBureau(t)
	m := b.memo(bob, adjudicated(b), 0)
	first, page := setPDF(t, m, A4), mustHTML(t, m)
	var all sync.WaitGroup
	for range 4 { // at once, since a server sets several
		all.Go(func() {
			again, err := PDF(m, A4)
			if err != nil || !bytes.Equal(first, again) {
				t.Errorf("the same memo gives other bytes, %v", err)
			}
		})
	}
	all.Wait()
	if !bytes.Equal(page, mustHTML(t, m)) {
		t.Error("the same memo gives another page")
	}
	if other := setPDF(t, m, Letter); bytes.Equal(first, other) || !bytes.Contains(other, []byte("612.00 792.00")) {
		t.Error("US Letter is no other paper")
	}
	if len(first) > 300_000 {
		t.Errorf("the PDF of a memo in Latin letters takes %d bytes", len(first))
	}
	for _, want := range []string{"/CreationDate (D:20260701", "/Lang (en)", "/Outlines"} {
		if !bytes.Contains(first, []byte(want)) {
			t.Errorf("the PDF lacks %s", want)
		}
	}
	if _, err := PDF(m, "papyrus"); err == nil {
		t.Error("papyrus is a paper")
	}
}

// TestNothingHiddenIsPrinted is TestMemoKeepsSecrets of review once more, in print.
func TestNothingHiddenIsPrinted(t *testing.T) {
	b := newBureau(t)
	id := adjudicated(b)
	for name, secrets := range map[string][]string{"exporter": {"A remark between us", "after the case was taken", "Precedents"}} {
		m := b.memo(ann, id, 0)
		for _, form := range []string{string(mustHTML(t, m)), read(t, setPDF(t, m, A4)).Text} {
			for _, s := range secrets {
				if strings.Contains(form, s) {
					t.Errorf("the %s reads %q", name, s)
				}
			}
			if !strings.Contains(form, "exporter’s copy") {
				t.Error("the copy does not say whose it is")
			}
		}
	}
	if office := string(mustHTML(t, b.memo(bob, id, 0))); !strings.Contains(office, "A remark between us") || !strings.Contains(office, "internal") {
		t.Error("the office's copy lacks the remark, or does not mark it")
	}
}

// TestBlindOfficersMemo sets the memo that the second officer sees before
// deciding: it must not show what the first decided.
func TestBlindOfficersMemo(t *testing.T) {
	b := newBureau(t)
	ctx := t.Context()
	id := b.open(chip, assessed(), corpus.USUSML, corpus.USCCL)
	b.must(b.Take(ctx, b.by(bob), id))
	b.must(b.AskSecond(ctx, b.by(bob), id, "cyd"))
	b.must(b.Decide(ctx, b.by(bob), id, review.Ruling{List: corpus.USCCL, Codes: []string{"4A003.c"}, Reason: review.OtherReason, ReasonText: "because I say so"}))
	own, blind := b.memo(bob, id, 0), b.memo(cyd, id, 0)
	if text := read(t, setPDF(t, own, A4)).Text; !strings.Contains(text, "4A003.c") || !strings.Contains(text, "because I say so") {
		t.Error("who decided does not find the own decision")
	}
	for _, text := range []string{read(t, setPDF(t, blind, A4)).Text, string(mustHTML(t, blind))} {
		for _, s := range []string{"4A003.c", "because I say so", "Bernadette"} {
			if strings.Contains(text, s) {
				t.Errorf("the second officer reads %q", s)
			}
		}
		text = strings.Join(strings.Fields(text), " ")
		if !strings.Contains(text, "DRAFT") || !strings.Contains(text, "not to be signed") {
			t.Error("a draft does not say that it is one")
		}
	}
}
