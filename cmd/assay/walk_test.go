package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/documents"
	"assay/internal/postgres/postgrestest"
)

// TestWalk goes the whole way in a browser, against the real program on each
// store: five people come in by their links; one hands in a product with its
// datasheet, two officers decide without seeing each other and differ, a third
// settles it, the memo is fetched, and the audit log is verified. No script of
// the pages runs. With ASSAY_SHOTS it writes a picture of every page.
func TestWalk(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: -short")
	}
	for _, store := range []struct {
		name  string
		flags func(t *testing.T) []string
	}{
		{"sqlite", func(t *testing.T) []string { return []string{"--data", t.TempDir()} }},
		{"postgres", func(t *testing.T) []string { return []string{"--data", t.TempDir(), "--database", postgrestest.URL(t)} }},
	} {
		t.Run(store.name, func(t *testing.T) {
			dir := os.Getenv("ASSAY_SHOTS")
			if dir != "" {
				dir = filepath.Join(dir, store.name)
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			browser := chromium(t)
			errs := &errLog{}
			base := startedTelling(t, errs, append(store.flags(t), "--model", "static", "serve", "--listen", "127.0.0.1:0", "--accounts"))
			w := &walk{T: t, link: setUpLink.FindString(errs.String())}
			for _, name := range []string{"root", "ann", "bob", "cyd", "dora"} {
				w.people = append(w.people, comes(t, browser, base, name, dir))
			}
			w.whole()
		})
	}
}

type walk struct {
	*testing.T
	link   string
	people []*person
	path   string // of the case
}

func (w *walk) whole() {
	root, ann, bob, cyd, dora := w.people[0], w.people[1], w.people[2], w.people[3], w.people[4]
	w.comeIn(root, w.link)
	for _, in := range []struct {
		who                *person
		role, organisation string
	}{{ann, "exporter", "Acme"}, {bob, "officer", ""}, {cyd, "officer", ""}, {dora, "officer", ""}} {
		w.comeIn(in.who, w.invite(root, in.who.name, in.role, in.organisation))
	}
	if w.Failed() {
		w.FailNow()
	}
	w.submit(ann)
	w.review(bob)
	w.answer(ann)
	w.decideFirst(bob)
	w.decideSecond(cyd)
	w.settle(dora)
	w.readMemo(ann, dora)
	w.verify(root)
}

// comeIn opens a link that works once and chooses a password.
func (w *walk) comeIn(p *person, link string) {
	w.Helper()
	p.open(link)
	if p.name == "root" {
		p.fills("#account", p.name)
	}
	p.fills("#password", passphrase)
	p.fills("#again", passphrase)
	p.picture("01-password-" + p.name)
	p.sends("main form button")
	p.reads(".who", p.name)
}

// invite makes an account and returns its link.
func (w *walk) invite(root *person, name, role, organisation string) string {
	w.Helper()
	root.open("/accounts")
	root.fills("#account", name)
	root.clicks("#role-" + role)
	if organisation != "" {
		root.fills("#organisation", organisation)
	}
	root.sends(".stacked button.primary")
	return root.text("#secret")
}

// submit hands in a product from its assessment, with a datasheet and the
// exporter's own classification.
func (w *walk) submit(ann *person) {
	w.Helper()
	ann.open("/cases")
	ann.reads(".empty", "No case yet")
	ann.picture("02-no-cases")
	ann.open("/?example=converter")
	for _, list := range []string{"us-usml", "eu-dual-use", "eu-military"} {
		ann.clicks("#list-" + list)
	}
	ann.sends("button.primary")
	ann.reads(".outcomes", "3A001.a.5")
	ann.sends("[formaction='/cases/new']")
	sheet := filepath.Join(w.TempDir(), "rf-adc.pdf")
	if err := os.WriteFile(sheet, datasheet(w, "RF-ADC 3000", "Two-channel RF sampling analog-to-digital converter, 14 bit, 3 GSPS per channel.", "Ambient temperature: -40 to +85 degrees."), 0o600); err != nil {
		w.Fatal(err)
	}
	ann.clicks("details.own > summary")
	ann.fills("[name='code.us-ccl']", "3A991.c.3")
	ann.fills("[name='reasoning.us-ccl']", "The mode above the limit is switched off before delivery.")
	ann.picture("03-new-case")
	// A datasheet that says to be a PDF and is none is refused, and nothing typed is lost.
	bad := filepath.Join(w.TempDir(), "bad.pdf")
	if err := os.WriteFile(bad, []byte("<html><body>not found"), 0o600); err != nil {
		w.Fatal(err)
	}
	ann.uploads("#new-document", bad)
	ann.clicks("button[value=submit]")
	ann.waitsFor("#new-document-fault")
	ann.picture("04-refused-datasheet")
	ann.uploads("#new-document", sheet)
	ann.sends("button[value=submit]")
	ann.reads(".stand", "Submitted")
	ann.reads("#document-1", "rf-adc.pdf", "application/pdf", "1 page")
	ann.picture("05-submitted")
	w.path = js[string](ann, `location.pathname`)
}

func (w *walk) review(bob *person) {
	w.Helper()
	bob.open("/queue")
	bob.reads(".rows", "Two-channel RF sampling ADC", "Acme", "3A001.a.5", "nobody")
	bob.picture("06-queue")
	bob.sends(".rows button")
	bob.reads(".done", "You have taken the case")
	bob.clicks("#ask > summary")
	bob.fills("#ask-text", "Can the customer switch the faster mode on again?")
	bob.sends("#ask button")
	bob.clicks("#second > summary")
	bob.chooses("#second-officer", "cyd")
	bob.sends("#second button")
	bob.reads(".done", "A second officer is named")
	bob.clicks("#comment > summary")
	bob.fills("#comment-text", "I doubt that a fuse is burnt.")
	bob.sends("#comment button")
	bob.picture("07-in-review")
}

func (w *walk) answer(ann *person) {
	w.Helper()
	ann.open("/cases")
	ann.reads(".rows", "Answer 1 request")
	ann.sends(".rows .asked a")
	ann.doesNotRead("bob", "cyd", "I doubt")
	ann.picture("08-asked-of-the-exporter")
	ann.fills(".asked-for textarea", "No. The fuse is burnt; see page 1 of the datasheet.")
	ann.sends(".asked-for button")
	ann.reads("#messages ~ .thread", "The fuse is burnt")
}

func (w *walk) decideFirst(bob *person) {
	w.Helper()
	bob.open(w.path)
	bob.clicks("#decide-us-ccl input[value='3A001.a.5.a']")
	bob.clicks("#decide-us-ccl [name=relied]")
	bob.chooses("#decide-us-ccl-reason", "as_proposed")
	bob.fills("#decide-us-ccl-reason_text", "14 bit and 3 GSPS are both above the limits, whatever is switched off.")
	// The reason does not fit the answer: it is said at the field, and nothing typed is lost.
	bob.clicks("#decide-us-ccl button.primary")
	bob.waitsFor("#decide-us-ccl-reason-fault")
	bob.picture("09-fault-at-its-field")
	bob.chooses("#decide-us-ccl-reason", "criteria_met")
	bob.sends("#decide-us-ccl button.primary")
	bob.reads(".done", "Your decision is recorded")
	bob.reads(".desk", "You have decided")
	bob.picture("10-decided-first")
}

func (w *walk) decideSecond(cyd *person) {
	w.Helper()
	cyd.open(w.path)
	cyd.reads(".note", "without seeing the first")
	cyd.doesNotRead("whatever is switched off", "I doubt")
	cyd.picture("11-second-officer")
	cyd.clicks("#decide-us-ccl input[value='3A991.c.3']")
	cyd.chooses("#decide-us-ccl-reason", "as_proposed")
	cyd.fills("#decide-us-ccl-reason_text", "As delivered it stays below the limit.")
	cyd.sends("#decide-us-ccl button.primary")
	cyd.reads(".desk", "You two differ")
}

func (w *walk) settle(dora *person) {
	w.Helper()
	dora.open("/queue?disagreement=yes")
	dora.reads(".rows", "officers disagree")
	dora.sends(".rows th a")
	dora.reads(".decisions", "whatever is switched off", "As delivered it stays below the limit")
	dora.reads("#list-us-ccl", "They differ in the classification")
	dora.picture("12-adjudication")
	dora.clicks("#decide-us-ccl input[value='3A001.a.5.a']")
	dora.clicks("#decide-us-ccl [name=relied]")
	dora.chooses("#decide-us-ccl-reason", "criteria_met")
	dora.fills("#decide-us-ccl-reason_text", "What the device can do counts, not what is switched off by software.")
	dora.fills("#decide-us-ccl-comment", "The exporter may ask again with a part that cannot sample faster.")
	dora.sends("#decide-us-ccl button.primary")
	dora.reads(".stand", "Changed")
	dora.picture("13-settled")
}

// readMemo has both sides read the decision and fetch the memo.
func (w *walk) readMemo(ann, dora *person) {
	w.Helper()
	ann.open(w.path)
	ann.reads(".decision.standing", "3A001.a.5.a", "Adjudication", "What the device can do counts")
	ann.doesNotRead("I doubt")
	ann.picture("14-exporter-reads-the-decision")
	for _, p := range []*person{ann, dora} {
		path := js[string](p, `document.querySelector(".memo a").getAttribute("href")`)
		got, err := p.fetch(path)
		if err != nil {
			w.Fatal(err)
		}
		data, err := io.ReadAll(got.Body)
		got.Body.Close()
		if err != nil || got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/pdf" {
			w.Fatalf("memo: %v, %d %s: %.200s", err, got.StatusCode, got.Header.Get("Content-Type"), data)
		}
		doc, err := documents.Extract(w.Context(), "memo.pdf", strings.NewReader(string(data)), documents.Limits{})
		if err != nil {
			w.Fatal(err)
		}
		text := strings.Join(strings.Fields(doc.Text), " ")
		for _, says := range []string{"3A001.a.5.a", "Two-channel RF sampling ADC", "What the device can do counts", "rf-adc.pdf"} {
			if !strings.Contains(text, says) {
				w.Errorf("the memo of %s does not say %q", p.name, says)
			}
		}
		if p == ann && strings.Contains(text, "I doubt") {
			w.Error("the exporter's memo holds an internal comment")
		}
		if p.dir != "" {
			if err := os.WriteFile(filepath.Join(p.dir, "15-memo-"+p.name+".pdf"), data, 0o644); err != nil {
				w.Fatal(err)
			}
		}
		p.open(strings.TrimSuffix(path, ".pdf") + ".html")
		p.reads("body", "3A001.a.5.a")
		p.picture("15-memo-" + p.name)
		p.open(w.path)
	}
	dora.open("/precedents?words=two-channel+analog-to-digital+converter+14+bit+3+GSPS")
	dora.reads(".likes", "Two-channel RF sampling ADC", "3A001.a.5.a")
	dora.picture("16-precedents")
}

func (w *walk) verify(root *person) {
	w.Helper()
	root.open("/audit")
	root.reads(".log", "settled", "decided as second", "account")
	root.sends(".verifying button")
	root.reads(".done", "Nothing was altered")
	root.picture("17-audit")
}
