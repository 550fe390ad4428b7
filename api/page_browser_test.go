package api

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier"
	"assay/classifier/retrieval"
	"assay/corpus/digest"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is a headless Chromium with Assay's page, served from the shipped
// digest, to look at.
type browser struct {
	ctx  context.Context
	base string
}

type step = chromedp.Action[chromedp.Void]

func openBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("chromium is not installed; continuous integration must have it")
		}
		t.Skip("left out: chromium is not installed")
	}
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
	s, err := New(Config{Serving: Serving{Classifier: c}, Digest: d, Version: "test", RequestTimeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	addr, _ := serve(t, s)
	// Without a UserDataDir chromedp makes a new profile and removes it.
	alloc, stop := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("force-color-profile", "srgb"))
	t.Cleanup(stop)
	ctx, closeBrowser := chromedp.NewContext(alloc)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	return &browser{ctx, "http://" + addr}
}

// tab is one page of the browser. At the end of the test its console must be
// empty: no errors, no warnings, no violations of the content policy.
type tab struct {
	*testing.T
	*browser
	ctx     context.Context
	refused bool // pages that say no are expected; the console names them
}

func (b *browser) tab(t *testing.T) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(b.ctx)
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	opened := &tab{T: t, browser: b, ctx: ctx}
	var mu sync.Mutex
	var said []string
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			mu.Lock()
			said = append(said, m.String())
			mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, m := range said {
			if !opened.refused || !strings.Contains(m, "responded with a status of 4") {
				t.Errorf("console: %s", m)
			}
		}
	})
	return opened
}

// patience is what one step may take on a busy machine.
const patience = 40 * time.Second

func (b *tab) do(what string, steps ...step) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.Fatalf("%s: %v", what, err)
	}
}

// js evaluates an expression in the page.
func js[T any](b *tab, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%.80s: %v", expression, err)
	}
	return v
}

func (b *tab) open(path string) { b.Helper(); b.do("opening "+path, chromedp.Navigate(b.base+path)) }

// assess opens an example and sends it.
func (b *tab) assess(example string) {
	b.Helper()
	b.open("/?example=" + example)
	b.do("sending the form", chromedp.Click(chromedp.CSS("button.primary")), chromedp.WaitVisible(chromedp.ID("result")))
}

func (b *tab) scheme(value string) {
	b.Helper()
	b.do("choosing colours", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
		return chromedp.Void{}, err
	})
}

func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: -short")
	}
	b := openBrowser(t)
	t.Run("description to suggestions", func(t *testing.T) { b.tab(t).suggestions() })
	t.Run("keyboard only", func(t *testing.T) { b.tab(t).keyboard() })
	t.Run("without JavaScript", func(t *testing.T) { b.tab(t).withoutJavaScript() })
	t.Run("phone", func(t *testing.T) { b.tab(t).phone() })
	t.Run("accessibility", func(t *testing.T) { b.tab(t).accessible() })
	t.Run("on paper", func(t *testing.T) { b.tab(t).paper() })
	t.Run("screenshots", func(t *testing.T) {
		dir := os.Getenv("ASSAY_SHOTS")
		if dir == "" {
			t.Skip("left out: ASSAY_SHOTS names no folder")
		}
		b.tab(t).screenshots(dir)
	})
}

func (b *tab) suggestions() {
	b.open("/")
	b.do("describing a product",
		chromedp.SendKeys(chromedp.ID("name"), "Cell-site simulator"),
		chromedp.SendKeys(chromedp.ID("description"), "An IMSI catcher that makes phones nearby register with it and records their IMSI."),
		chromedp.Click(chromedp.CSS("button.primary")), chromedp.WaitVisible(chromedp.ID("result")))
	if got := js[string](b, `document.querySelector("#us-ccl .verdict .code").textContent`); !strings.HasPrefix(got, "5A001.f") {
		b.Errorf("outcome %s, want 5A001.f", got)
	}
	if got := js[string](b, `[...document.querySelectorAll(".product mark")].map(m => m.textContent).join("|")`); !strings.Contains(got, "IMSI catcher") {
		b.Errorf("marked: %s", got)
	}
	if got := js[string](b, `document.querySelector("#us-ccl .citation blockquote").innerText`); !strings.Contains(got, "5A001.f") {
		b.Errorf("cited: %s", got)
	}
	if got := js[string](b, `location.hash`); got != "#result" {
		b.Errorf("the page opens at %q, not at the result", got)
	}
	// The form keeps its text, and the answer can be asked for again.
	if got := js[string](b, `document.getElementById("description").value`); !strings.HasPrefix(got, "An IMSI catcher") {
		b.Errorf("form: %s", got)
	}
	if js[bool](b, `document.getElementById("copy").hidden`) {
		b.Error("the copy button stays hidden")
	}
	b.do("following the code", chromedp.Click(chromedp.CSS("#us-ccl .verdict a.code")), chromedp.WaitVisible(chromedp.CSS(".entry h1")))
	if got := js[string](b, `document.querySelector("h1").textContent`); !strings.HasPrefix(got, "5A001.f") {
		b.Errorf("entry page of %s", got)
	}
}

// focused names what has the focus.
const focused = `(e => e.id || e.className || e.textContent.trim() || e.tagName)(document.activeElement)`

func (b *tab) keyboard() {
	b.open("/")
	press := func(keys string) { b.Helper(); b.do("pressing a key", chromedp.KeyEvent(keys)) }
	for _, want := range []string{"skip", "brand", "lookup", "Open", "name", "description", "attributes", "list-us-ccl"} {
		press(kb.Tab)
		if got := js[string](b, focused); got != want {
			b.Fatalf("focus is on %q, want %q", got, want)
		}
		if js[string](b, `getComputedStyle(document.activeElement).outlineStyle`) == "none" {
			b.Errorf("focus on %s cannot be seen", want)
		}
	}
	press(" ")
	if js[bool](b, `document.activeElement.checked`) {
		b.Error("space does not uncheck a list")
	}
	press(" ")
	for js[string](b, focused) != "primary" {
		if press(kb.Tab); !strings.HasPrefix(js[string](b, focused), "list-") && js[string](b, focused) != "primary" {
			b.Fatalf("focus strays to %q", js[string](b, focused))
		}
	}
	b.do("focus back to the description", chromedp.Focus(chromedp.ID("description")))
	press("Height-adjustable office desk, standing desk")
	b.do("Ctrl+Enter", chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(kb.ModifierCtrl)), chromedp.WaitVisible(chromedp.ID("result")))
	if got := js[string](b, `document.querySelector("#us-ccl .verdict .code").textContent`); got != "EAR99" {
		b.Errorf("outcome %s, want EAR99", got)
	}
	// On from a result: to a folded suggestion, and open it.
	b.open("/?example=converter")
	b.do("Ctrl+Enter", chromedp.Focus(chromedp.ID("name")), chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(kb.ModifierCtrl)), chromedp.WaitVisible(chromedp.ID("result")))
	for tabs := 0; !js[bool](b, `document.activeElement.matches("details.suggestion:not([open]) > summary")`); tabs++ {
		if press(kb.Tab); tabs == 60 {
			b.Fatal("no folded suggestion within 60 tabs of the result")
		}
	}
	press(kb.Enter)
	if !js[bool](b, `document.activeElement.matches("details.suggestion[open] > summary")`) {
		b.Errorf("Enter does not open a suggestion; focus is on %q", js[string](b, focused))
	}
	// The skip link leads past the header.
	b.open("/")
	press(kb.Tab)
	press(kb.Enter)
	press(kb.Tab)
	if got := js[string](b, focused); got != "name" {
		b.Errorf("after the skip link comes %q", got)
	}
}

func (b *tab) withoutJavaScript() {
	b.do("turning JavaScript off", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	b.assess("phone-catcher")
	if js[bool](b, `!document.getElementById("copy").hidden`) {
		b.Fatal("the page's script ran; the test tests nothing")
	}
	if got := js[string](b, `document.querySelector("#us-ccl .verdict .code").textContent`); !strings.HasPrefix(got, "5A001.f") {
		b.Errorf("outcome %s", got)
	}
	b.do("opening the second suggestion", chromedp.Click(chromedp.CSS("#us-ccl li:nth-child(2) details.suggestion > summary")))
	if !js[bool](b, `document.querySelector("#us-ccl li:nth-child(2) details").open`) {
		b.Error("a suggestion does not open")
	}
}

func (b *tab) phone() {
	b.do("taking a phone", chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	check := func(what string) {
		b.Helper()
		if wide := js[float64](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
			b.Errorf("%s is %v px wider than the screen: %s", what, wide, js[string](b, `[...document.querySelectorAll("main *, header *, footer *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".sr")).slice(0, 5).map(e => e.tagName + "." + e.className).join(" ")`))
		}
	}
	for _, path := range []string{"/", "/entries/3A001", "/entries/5A001.f.2"} {
		b.open(path)
		check(path)
	}
	b.assess("converter")
	check("a result")
	b.open("/")
	b.do("typing long words", chromedp.SetValue(chromedp.ID("name"), strings.Repeat("Superduperword", 20)), chromedp.SetValue(chromedp.ID("description"), strings.Repeat("x", 3000)+" IMSI catcher"),
		chromedp.Click(chromedp.CSS("button.primary")), chromedp.WaitVisible(chromedp.ID("result")))
	check("a result with long words")
	if small := js[string](b, `[...document.querySelectorAll("button, input:not([type=checkbox]), summary")].filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 24).map(e => e.id || e.textContent.trim()).join(", ")`); small != "" {
		b.Errorf("too small for a finger: %s", small)
	}
}

// contrast finds text whose contrast with what lies behind it is below AA.
const contrast = `(() => {
  const rgb = c => { const m = c.match(/[\d.]+/g).map(Number); return { c: m.slice(0, 3), a: m.length > 3 ? m[3] : 1 }; };
  const lum = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const b = rgb(getComputedStyle(e).backgroundColor); if (b.a > .99) return b.c; } return null; };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || !e.checkVisibility() || e.closest(".sr, .skip")) continue;
    const s = getComputedStyle(e), bg = behind(e), fg = rgb(s.color).c;
    const [hi, lo] = [lum(fg), lum(bg)].sort((a, b) => b - a);
    const ratio = (hi + .05) / (lo + .05), size = parseFloat(s.fontSize);
    const large = size >= 24 || size >= 18.66 && parseInt(s.fontWeight) >= 700;
    seen++;
    if (ratio < (large ? 3 : 4.5)) found.push(ratio.toFixed(2) + " " + e.tagName + "." + e.className + " " + n.data.trim().slice(0, 30));
  }
  return { seen, found };
})()`

func (b *tab) accessible() {
	pages := map[string]func(){
		"home":   func() { b.open("/") },
		"filled": func() { b.open("/?example=converter") },
		"result": func() { b.assess("milling-machine") },
		"entry":  func() { b.open("/entries/3A001.a.5") },
	}
	for _, colours := range []string{"light", "dark"} {
		b.scheme(colours)
		for name, show := range pages {
			show()
			js[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true) ?? true`)
			result := js[struct {
				Seen  int      `json:"seen"`
				Found []string `json:"found"`
			}](b, contrast)
			if result.Seen < 20 {
				b.Errorf("%s, %s: only %d texts were looked at", name, colours, result.Seen)
			}
			for _, f := range result.Found {
				b.Errorf("%s, %s: contrast %s", name, colours, f)
			}
			b.named(name)
		}
	}
	if got := js[string](b, `[...document.querySelectorAll("body > header, body > main, body > footer")].map(e => e.tagName).join(" ")`); got != "HEADER MAIN FOOTER" {
		b.Errorf("landmarks: %s", got)
	}
}

// named checks, in the tree that screen readers get, that every control and
// link has a name and that the landmarks are there.
func (b *tab) named(page string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.Fatal(err)
	}
	text := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		var s string
		if json.Unmarshal(v.Value, &s) != nil {
			return string(v.Value)
		}
		return s
	}
	controls := map[string]int{}
	for _, n := range tree.Nodes {
		if n.Ignored {
			continue
		}
		switch role := text(n.Role); role {
		case "textbox", "checkbox", "button", "link", "DisclosureTriangle", "group", "region", "navigation", "search", "table", "article":
			if role == "group" && text(n.Name) == "" {
				continue // <details> is a group without a name; its summary has one
			}
			if strings.TrimSpace(text(n.Name)) == "" && role != "search" && role != "table" {
				b.Errorf("%s: a %s has no name", page, role)
			}
			controls[role]++
		case "banner", "main", "contentinfo":
			controls[role]++
		}
	}
	for _, role := range []string{"banner", "main", "contentinfo", "search", "textbox", "button", "link"} {
		if controls[role] == 0 {
			b.Errorf("%s: no %s in the tree for screen readers: %v", page, role, controls)
		}
	}
}

// paper looks at what is printed: every text that is cited, folded or not, and
// nothing that can only be clicked.
func (b *tab) paper() {
	b.assess("converter")
	const folded = `[...document.querySelectorAll("details.suggestion:not([open]) .citation")].map(e => e.checkVisibility())`
	if got := js[[]bool](b, folded); len(got) == 0 || got[0] {
		b.Fatalf("on screen: citations of folded suggestions are visible: %v", got)
	}
	b.do("printing", func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return chromedp.Void{}, err
	})
	for i, visible := range js[[]bool](b, folded) {
		if !visible {
			b.Errorf("citation %d is not printed", i)
		}
	}
	if got := js[string](b, `[...document.querySelectorAll("form, #json, nav")].filter(e => e.checkVisibility()).map(e => e.className || e.id).join(" ")`); got != "" {
		b.Errorf("printed too: %s", got)
	}
}

// screenshots writes pictures of the result page for people to look at.
func (b *tab) screenshots(dir string) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	for _, shot := range []struct {
		name, scheme, example string
		width, height         int64
	}{
		{"page", "light", "converter", 1280, 1280}, {"page-dark", "dark", "phone-catcher", 1280, 1280}, {"page-phone", "light", "converter", 390, 844},
	} {
		b.scheme(shot.scheme)
		b.do("setting the size", chromedp.EmulateViewport(shot.width, shot.height))
		b.assess(shot.example)
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		cancel()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, shot.name+".png"), png, 0o644)
		}
		if err != nil {
			b.Fatal(fmt.Errorf("%s: %w", shot.name, err))
		}
	}
}
