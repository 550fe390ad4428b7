package api

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"assay/classifier"
	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/digest"
	"assay/review"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
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

// stage is a bureau in the middle of its work, with a browser to look at it.
type stage struct {
	*bureau
	browser                     *browser
	catcher, blind, old, miller string // cases: asked of ann; of two who differ; decided; like the decided one
}

func setStage(t *testing.T) *stage {
	t.Helper()
	st := &stage{browser: openBrowser(t), bureau: shippedBureau(t)}
	o, ctx := st.bureau, t.Context()
	proposal := review.Proposal{List: corpus.USCCL, Code: "3A991.c.3", Reasoning: "Sampling stays below the limit of 3A001.a.5 in the mode that we ship; the faster mode is not enabled."}
	st.blind = o.open("converter", ann, proposal)
	o.later(40 * time.Hour)
	st.catcher = o.open("phone-catcher", ann)
	st.miller = o.open("milling-machine", otto)
	o.later(30 * time.Hour)
	for _, e := range []string{"converter", "phone-catcher"} {
		o.later(5 * time.Hour)
		o.open(e, otto)
	}
	o.must(o.Take(ctx, by(bob), st.catcher))
	o.must(o.Comment(ctx, by(bob), st.catcher, "Looks like the one of last spring; ask for the radio front end.", true))
	o.must(o.Ask(ctx, by(bob), st.catcher, "Does the unit also take over calls, or does it only read identities?\nPlease name the bands."))
	o.must(o.Take(ctx, by(bob), st.blind))
	o.must(o.AskSecond(ctx, by(bob), st.blind, "cyd"))
	rule := func(who review.Actor, code string, reason review.Reason, text string) {
		o.must(o.Decide(ctx, by(who), st.blind, review.Ruling{List: corpus.USCCL, Codes: []string{code}, Reason: reason, ReasonText: text,
			Relied: []review.PassageRef{{Edition: "digest", ID: "3A001.a.5.a"}}}))
	}
	rule(bob, "3A001.a.5.a.3", review.CriteriaMet, "14 bit and 3 GSPS are above both limits of the paragraph.")
	rule(cyd, "3A991.c.3", review.AsProposed, "The faster mode is fused off before shipping.")
	st.old = o.open("milling-machine", ann)
	o.must(o.Take(ctx, by(dora), st.old))
	for _, l := range []corpus.ListID{corpus.USCCL, corpus.EUDualUse} {
		o.must(o.Decide(ctx, by(dora), st.old, review.Ruling{List: l, Codes: []string{"2B201.b"}, Reason: review.CriteriaMet, ReasonText: "Five axes that can be coordinated; repeatability better than the limit."}))
	}
	o.must(o.Take(ctx, by(dora), st.miller))
	o.later(3 * time.Hour)
	o.step = 0
	addr, _ := serve(t, o.server)
	st.browser.base = "http://" + addr
	return st
}

// scene is a page as one person sees it, after what they do there.
type scene struct {
	name string
	who  review.Actor
	path string
	do   func(*tab)
}

func (st *stage) scenes() []scene {
	return []scene{
		{"mine", ann, "/cases", nil}, {"all", root, "/cases", nil}, {"queue", bob, "/queue", nil}, {"queue-none", bob, "/queue?category=9", nil},
		{"case-exporter", ann, "/cases/" + st.catcher, nil}, {"case-officer", bob, "/cases/" + st.catcher, nil}, {"case-differ", dora, "/cases/" + st.blind, nil},
		{"case-second", cyd, "/cases/" + st.blind, nil}, {"case-decided", ann, "/cases/" + st.old, nil},
		{"new", ann, "/cases/new", nil}, {"new-fault", ann, "/cases/new", func(b *tab) {
			b.do("filling the form", chromedp.SendKeys(chromedp.ID("new-name"), "Thermal camera core"), chromedp.Click(chromedp.CSS("details.own > summary")),
				chromedp.SendKeys(chromedp.CSS("[name='code.us-ccl']"), "6A003.b.4.b"), chromedp.Click(chromedp.CSS("button.primary")), chromedp.WaitReady(chromedp.CSS(".wrong")))
		}},
		{"against", dora, "/cases/" + st.miller, func(b *tab) {
			b.do("deciding", chromedp.Click(chromedp.CSS("#decide-us-ccl input[value=EAR99]")), chromedp.SetValue(chromedp.CSS("#decide-us-ccl-reason"), "criteria_not_met"),
				chromedp.Click(chromedp.CSS("#decide-us-ccl button.primary")), chromedp.WaitReady(chromedp.CSS(".warn")))
		}},
		{"precedents", bob, "/precedents", nil}, {"precedents-words", bob, "/precedents?words=machining+centre", nil},
		{"audit", root, "/audit", nil}, {"audit-verified", root, "/audit", func(b *tab) {
			b.do("verifying", chromedp.Click(chromedp.CSS(".verifying button")), chromedp.WaitVisible(chromedp.CSS(".keep")))
		}},
	}
}

// enter opens a scene on a screen of some width.
func (st *stage) enter(t *testing.T, s scene, width int64, colours string) *tab {
	t.Helper()
	tab := st.browser.tab(t)
	tab.refused = true
	tab.scheme(colours)
	tab.as(s.who)
	tab.do("setting the size", chromedp.EmulateViewport(width, 900))
	tab.open(s.path)
	if s.do != nil {
		s.do(tab)
	}
	return tab
}

// TestBrowserOfCases looks at every page of review in a browser: contrast in
// both colour schemes, names for screen readers, the width of a phone, paper.
func TestBrowserOfCases(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: -short")
	}
	st := setStage(t)
	for i, s := range st.scenes() {
		t.Run(s.name, func(t *testing.T) {
			b := st.enter(t, s, 1280, []string{"light", "dark"}[i%2])
			for _, colours := range []string{"light", "dark"} {
				b.scheme(colours)
				js[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true) ?? true`)
				result := js[struct {
					Seen  int      `json:"seen"`
					Found []string `json:"found"`
				}](b, contrast)
				if result.Seen < 20 {
					t.Errorf("%s: only %d texts were looked at", colours, result.Seen)
				}
				for _, f := range result.Found {
					t.Errorf("%s: contrast %s", colours, f)
				}
			}
			b.named(s.name)
			b.do("taking a phone", chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
			if wide := js[float64](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
				t.Errorf("%v px wider than a phone: %s", wide, js[string](b, `[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".sr")).slice(0, 5).map(e => e.tagName + "." + e.className).join(" ")`))
			}
			if small := js[string](b, `[...document.querySelectorAll("main button, main select, main input:not([type=checkbox], [type=radio], [type=hidden]), main summary")].filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 24).map(e => e.id || e.textContent.trim()).join(", ")`); small != "" {
				t.Errorf("too small for a finger: %s", small)
			}
			b.do("printing", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
				_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
				return chromedp.Void{}, err
			})
			if got := js[string](b, `[...document.querySelectorAll("main .act, main .decide, main .filters, main .reply, nav")].filter(e => e.checkVisibility() && e.tagName != "TD").map(e => e.className || e.id).join(" ")`); got != "" {
				t.Errorf("printed too: %s", got)
			}
		})
	}
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
	st := setStage(t)
	for _, s := range st.scenes() {
		if only := os.Getenv("ASSAY_SHOT"); only != "" && only != s.name {
			continue
		}
		for suffix, width := range map[string]int64{"": 1280, "-phone": 390} {
			st.enter(t, s, width, "light").whole(filepath.Join(dir, s.name+suffix+".png"))
		}
	}
}

// TestPicturesOfCases writes the three pictures that the documentation shows.
func TestPicturesOfCases(t *testing.T) {
	dir := os.Getenv("ASSAY_PICTURES")
	if dir == "" {
		t.Skip("left out: ASSAY_PICTURES names no folder")
	}
	st := setStage(t)
	for name, shot := range map[string]struct{ scene, from string }{
		"queue": {"queue", "body"}, "case": {"case-officer", "body"}, "decision": {"case-differ", "#list-us-ccl"},
	} {
		scenes := st.scenes()
		s := scenes[slices.IndexFunc(scenes, func(s scene) bool { return s.name == shot.scene })]
		b := st.enter(t, s, 1280, "light")
		at := js[struct{ X, Y, Width float64 }](b, `(r => ({X: Math.max(0, r.left - 16), Y: Math.max(0, r.top + scrollY - 16), Width: Math.min(1280, r.width + 32)}))(document.querySelector("`+shot.from+`").getBoundingClientRect())`)
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		beyond := true
		got, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &beyond,
			Clip: &page.Viewport{X: at.X, Y: at.Y, Width: at.Width, Height: 1000, Scale: 0.75}})
		cancel()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+".png"), got.Data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
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
