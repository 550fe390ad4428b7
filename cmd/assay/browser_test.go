package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

type step = chromedp.Action[chromedp.Void]

// patience is what one step in the browser may take on a busy machine.
const patience = 60 * time.Second

// chromium starts a browser without a window.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("chromium is not installed; continuous integration must have it")
		}
		t.Skip("left out: chromium is not installed")
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("force-color-profile", "srgb"))
	t.Cleanup(stop)
	ctx, closeBrowser := chromedp.NewContext(alloc)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	return ctx
}

// person is somebody at a browser of their own, in which no script runs.
type person struct {
	*testing.T
	ctx  context.Context
	base string
	name string
	dir  string // where pictures go, "" for none
}

// comes gives somebody a browser, with cookies of its own.
func comes(t *testing.T, browser context.Context, base, name, dir string) *person {
	t.Helper()
	ctx, leave := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(leave)
	if err := chromedp.Do(ctx); err != nil { // the window lives as long as the context that first uses it
		t.Fatalf("opening a window for %s: %v", name, err)
	}
	p := &person{t, ctx, base, name, dir}
	p.do("opening a window", chromedp.EmulateViewport(1280, 900), func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	return p
}

func (p *person) do(what string, steps ...step) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.picture("failed")
		p.Fatalf("%s, %s: %v", p.name, what, err)
	}
}

func (p *person) open(path string) {
	p.Helper()
	if strings.HasPrefix(path, "/") {
		path = p.base + path
	}
	p.do("opening "+path, chromedp.Navigate(path))
}

// sends presses the button at selector and waits for the page that comes.
func (p *person) sends(selector string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector)))
	if err != nil {
		p.picture("failed")
		p.Fatalf("%s, pressing %s: %v", p.name, selector, err)
	}
	if response != nil && response.Status != http.StatusOK {
		p.picture("refused")
		p.Fatalf("%s, pressing %s: %d: %s", p.name, selector, response.Status, p.text("main"))
	}
}

// fills types into the field at selector what it holds from then on.
func (p *person) fills(selector, text string) {
	p.Helper()
	p.sets(selector, "")
	p.do("filling "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

func (p *person) chooses(selector, value string) {
	p.Helper()
	p.sets(selector, value)
	if got := js[string](p, fmt.Sprintf(`document.querySelector(%q).value`, selector)); got != value {
		p.Fatalf("%s: there is no choice %q at %s", p.name, value, selector)
	}
}

// sets gives a field a value from outside of the page.
func (p *person) sets(selector, value string) {
	p.Helper()
	js[bool](p, fmt.Sprintf(`(document.querySelector(%q).value = %q, true)`, selector, value))
}

func (p *person) clicks(selector string) {
	p.Helper()
	p.do("clicking "+selector, chromedp.Click(chromedp.CSS(selector)))
}

func (p *person) uploads(selector, path string) {
	p.Helper()
	p.do("choosing a file", chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

func (p *person) waitsFor(selector string) {
	p.Helper()
	p.do("waiting for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// js evaluates an expression from outside of the page, whose own scripts do not run.
func js[T any](p *person, expression string) T {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.Fatalf("%s, %.80s: %v", p.name, expression, err)
	}
	return v
}

// text returns what stands at selector, "" when nothing is there.
func (p *person) text(selector string) string {
	p.Helper()
	quoted, _ := json.Marshal(selector)
	return strings.Join(strings.Fields(js[string](p, `[...document.querySelectorAll(`+string(quoted)+`)].map(e => e.innerText).join(" ")`)), " ")
}

// reads fails unless what stands at selector holds each of says.
func (p *person) reads(selector string, says ...string) {
	p.Helper()
	text := p.text(selector)
	for _, s := range says {
		if !strings.Contains(text, s) {
			p.Errorf("%s does not read %q at %s, but: %.300s", p.name, s, selector, text)
		}
	}
}

// doesNotRead fails when the page holds one of says.
func (p *person) doesNotRead(says ...string) {
	p.Helper()
	text := p.text("main")
	for _, s := range says {
		if strings.Contains(text, s) {
			p.Errorf("%s reads %q", p.name, s)
		}
	}
}

// picture writes the whole page as a desk and as a phone shows it, for people
// to look at.
func (p *person) picture(name string) {
	p.Helper()
	if p.dir == "" {
		return
	}
	for suffix, width := range map[string]int64{"": 1280, "-phone": 390} {
		p.do("setting the size", chromedp.EmulateViewport(width, 900))
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		cancel()
		if err == nil {
			err = os.WriteFile(filepath.Join(p.dir, name+suffix+".png"), png, 0o644)
		}
		if err != nil {
			p.Fatalf("picture %s: %v", name, err)
		}
		if wide := js[float64](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
			p.Errorf("%s, %s: %v px wider than the screen", name, suffix, wide)
		}
	}
	p.do("setting the size", chromedp.EmulateViewport(1280, 900))
}

// fetch gets a file with the person's cookies.
func (p *person) fetch(path string) (*http.Response, error) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	got, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{p.base}})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodGet, p.base+path, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range got.Cookies {
		req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	return http.DefaultClient.Do(req)
}
