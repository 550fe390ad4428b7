package api

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"assay/classifier"
	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/digest"
	"assay/review"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// shippedBureau is a bureau whose servers answer from the shipped digest.
func shippedBureau(t *testing.T) *bureau {
	t.Helper()
	d, err := digest.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	ix, err := retrieval.New(d, nil, retrieval.Matrix{}, retrieval.Weights{Terms: 1.2, Words: 0.2, Entry: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	c, err := classifier.New(classifier.Config{Digest: d, Searcher: ix})
	if err != nil {
		t.Fatal(err)
	}
	return newBureau(t, func(cfg *Config) {
		cfg.Serving, cfg.Digest, cfg.RequestTimeout = Serving{Classifier: c}, d, 30*time.Second
	})
}

// open begins a case of one of the examples and submits it.
func (o *bureau) open(example string, who review.Actor, proposals ...review.Proposal) string {
	o.Helper()
	e, ok := exampleOf(example)
	if !ok {
		o.Fatal("no example ", example)
	}
	c := o.must(o.Open(o.Context(), by(who), review.Opening{NewCase: review.NewCase{Product: e.Product, Lists: []corpus.ListID{corpus.USCCL, corpus.EUDualUse}},
		Proposals: proposals, Submit: true}, o.server.classify))
	return c.ID
}

// TestShotsOfCases writes pictures of the pages of review for people to look at.
func TestShotsOfCases(t *testing.T) {
	dir := os.Getenv("ASSAY_SHOTS")
	if dir == "" {
		t.Skip("left out: ASSAY_SHOTS names no folder")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t)
	o := shippedBureau(t)
	ctx := t.Context()
	proposal := review.Proposal{List: corpus.USCCL, Code: "3A991.c.3", Reasoning: "Sampling stays below the limit of 3A001.a.5 in the mode that we ship; the faster mode is not enabled."}
	blind := o.open("converter", ann, proposal)
	catcher := o.open("phone-catcher", ann)
	miller := o.open("milling-machine", otto)
	for _, e := range []string{"converter", "phone-catcher"} {
		o.open(e, otto)
	}
	o.must(o.Take(ctx, by(bob), catcher))
	o.must(o.Comment(ctx, by(bob), catcher, "Looks like the one of last spring; ask for the radio front end.", true))
	o.must(o.Ask(ctx, by(bob), catcher, "Does the unit also take over calls, or does it only read identities?\nPlease name the bands."))
	o.must(o.Take(ctx, by(bob), blind))
	o.must(o.AskSecond(ctx, by(bob), blind, "cyd"))
	rule := func(who review.Actor, code string, reason review.Reason, text string) {
		o.must(o.Decide(ctx, by(who), blind, review.Ruling{List: corpus.USCCL, Codes: []string{code}, Reason: reason, ReasonText: text,
			Relied: []review.PassageRef{{Edition: "digest", ID: "3A001.a.5.a"}}}))
	}
	rule(bob, "3A001.a.5.a.3", review.CriteriaMet, "14 bit and 3 GSPS are above both limits of the paragraph.")
	rule(cyd, "3A991.c.3", review.AsProposed, "The faster mode is fused off before shipping.")

	addr, _ := serve(t, o.server)
	old := o.open("milling-machine", ann)
	o.must(o.Take(ctx, by(dora), old))
	for _, l := range []corpus.ListID{corpus.USCCL, corpus.EUDualUse} {
		o.must(o.Decide(ctx, by(dora), old, review.Ruling{List: l, Codes: []string{"2B201.b"}, Reason: review.CriteriaMet, ReasonText: "Five axes that can be coordinated; repeatability better than the limit."}))
	}
	o.must(o.Take(ctx, by(dora), miller))
	for _, shot := range []struct {
		name string
		who  review.Actor
		path string
		do   func(*tab)
	}{
		{"mine", ann, "/cases", nil}, {"all", root, "/cases", nil}, {"queue", bob, "/queue", nil}, {"queue-none", bob, "/queue?category=9", nil},
		{"case-exporter", ann, "/cases/" + catcher, nil}, {"case-officer", bob, "/cases/" + catcher, nil}, {"case-differ", dora, "/cases/" + blind, nil},
		{"case-second", cyd, "/cases/" + blind, nil}, {"case-decided", ann, "/cases/" + old, nil},
		{"new", ann, "/cases/new", nil}, {"new-fault", ann, "/cases/new", func(b *tab) {
			b.do("filling the form", chromedp.SendKeys(chromedp.ID("new-name"), "Thermal camera core"), chromedp.Click(chromedp.CSS("details.own > summary")),
				chromedp.SendKeys(chromedp.CSS("[name='code.us-ccl']"), "6A003.b.4.b"), chromedp.Click(chromedp.CSS("button.primary")), chromedp.WaitReady(chromedp.CSS(".wrong")))
		}},
		{"against", dora, "/cases/" + miller, func(b *tab) {
			b.do("deciding", chromedp.Click(chromedp.CSS("#decide-us-ccl input[value=EAR99]")), chromedp.SetValue(chromedp.CSS("#decide-us-ccl-reason"), "criteria_not_met"),
				chromedp.Click(chromedp.CSS("#decide-us-ccl button.primary")), chromedp.WaitReady(chromedp.CSS(".warn")))
		}},
		{"precedents", bob, "/precedents", nil}, {"precedents-words", bob, "/precedents?words=machining+centre", nil},
		{"audit", root, "/audit", nil}, {"audit-verified", root, "/audit", func(b *tab) {
			b.do("verifying", chromedp.Click(chromedp.CSS(".verifying button")), chromedp.WaitVisible(chromedp.CSS(".keep")))
		}},
	} {
		for _, size := range []struct {
			suffix string
			width  int64
		}{{"", 1280}, {"-phone", 390}} {
			if only := os.Getenv("ASSAY_SHOT"); only != "" && only != shot.name {
				continue
			}
			tab := b.tab(t)
			tab.browser, tab.refused = &browser{b.ctx, "http://" + addr}, true
			tab.as(shot.who)
			tab.do("setting the size", chromedp.EmulateViewport(size.width, 900))
			tab.open(shot.path)
			if shot.do != nil {
				shot.do(tab)
			}
			tab.whole(filepath.Join(dir, shot.name+size.suffix+".png"))
		}
	}
}

// as lets the browser be signed in as who.
func (b *tab) as(who review.Actor) {
	b.Helper()
	b.open("/static/mark.svg")
	b.do("signing in", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: plainCookie, Value: cookieOf(who), URL: b.base})
		return chromedp.Void{}, err
	})
}

// whole writes a picture of the whole page.
func (b *tab) whole(path string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		b.Fatal(err)
	}
}
