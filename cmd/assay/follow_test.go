package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"assay/internal/postgres/postgrestest"
)

// zither writes an edition of a list of one entry, whose paragraph says word.
func zither(t *testing.T, day, word string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), day+".jsonl")
	text := fmt.Sprintf(`{"assay":"edition/1","list":"my-list","date":%q,"title":"A list of one's own"}
{"id":"7Z001","code":"7Z001","kind":"entry","text":"Zither tuning engines with quartz reference"}
{"id":"7Z001.a","code":"7Z001.a","kind":"paragraph","label":"a.","text":"Portable ones %s"}
`, day, word)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// client asks a server for one product, again and again.
type client struct {
	t    *testing.T
	base string
}

// ask returns the body of an answer; any failure fails the test.
func (c client) ask() string {
	resp, err := http.Post(c.base+"/api/v1/classify", "application/json",
		strings.NewReader(`{"name":"Zither tuning engine","description":"portable, with quartz reference","lists":["my-list"]}`))
	if err != nil {
		c.t.Error(err)
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.t.Errorf("%v, status %d: %s", err, resp.StatusCode, body)
	}
	return string(body)
}

// until asks until the answer holds what. A minute is for machines under load;
// a server follows within its interval and the time that assembling takes.
func (c client) until(what string) {
	c.t.Helper()
	c.wait(what, c.ask)
}

func (c client) wait(what string, look func() string) {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(look(), what) {
			return
		}
	}
	c.t.Fatalf("no %q within a minute: %s", what, look())
}

func (c client) ready() string {
	resp, err := http.Get(c.base + "/readyz")
	if err != nil {
		c.t.Error(err)
		return ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		c.t.Errorf("not ready: %s", body)
	}
	return string(body)
}

// TestServeFollowsEditions imports and removes editions while a server answers
// requests. Every request is answered, and no answer mixes two editions.
func TestServeFollowsEditions(t *testing.T) {
	for name, place := range map[string]func(*testing.T) []string{
		"files":    func(t *testing.T) []string { return []string{"--data", t.TempDir()} },
		"database": func(t *testing.T) []string { return []string{"--database", postgrestest.URL(t), "--data", t.TempDir()} },
	} {
		t.Run(name, func(t *testing.T) {
			where := place(t)
			do := func(args ...string) {
				t.Helper()
				assayRun(t, append(append(where[:len(where):len(where)], "--model", "static"), args...)...)
			}
			do("corpus", "import", zither(t, "2026-01-01", "of old"))
			c := client{t, serve(t, append(where, "--follow", "20ms")...)}
			ctx, stop := context.WithCancel(t.Context())
			var users sync.WaitGroup
			answered := make([]int, 4)
			for i := range answered {
				users.Go(func() {
					for ctx.Err() == nil {
						body := c.ask()
						answered[i]++
						old, now := strings.Contains(body, "of old"), strings.Contains(body, "of late")
						if old == now || old != strings.Contains(body, "my-list@2026-01-01") || now != strings.Contains(body, "my-list@2026-02-01") {
							t.Errorf("an answer from two editions, or from none: %s", body)
							return
						}
					}
				})
			}
			c.until("of old")
			do("corpus", "import", zither(t, "2026-02-01", "of late"))
			c.until("of late")
			c.wait("my-list@2026-02-01, since", c.ready)
			do("corpus", "remove", "my-list@2026-02-01")
			c.until("of old")
			do("corpus", "import", zither(t, "2026-02-01", "of late"))
			c.until("of late")
			do("corpus", "import", zither(t, "2025-01-01", "of yore")) // is not the newest
			stop()
			users.Wait()
			t.Logf("%v answers", answered)
			if body := c.ask(); !strings.Contains(body, "of late") {
				t.Errorf("in the end: %s", body)
			}
		})
	}
}

// TestServeKeepsTheOldEdition damages an edition under a server, at its end and
// altogether, and mends it.
func TestServeKeepsTheOldEdition(t *testing.T) {
	data := t.TempDir()
	assayRun(t, "--data", data, "corpus", "import", zither(t, "2026-01-01", "of old"))
	c := client{t, serve(t, "--data", data, "--follow", "20ms")}
	assayRun(t, "--data", data, "corpus", "import", zither(t, "2026-02-01", "of late"))
	c.until("of late")
	file := filepath.Join(data, "my-list@2026-02-01.jsonl.gz")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"a wrong checksum at its end": append(whole[:len(whole)-8:len(whole)-8], 0, 0, 0, 0, 0, 0, 0, 0),
		"rubbish":                     []byte("rubbish"),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			c := client{t, c.base}
			c.wait("could not be looked for or taken over", c.ready)
			if body := c.ask(); !strings.Contains(body, "of late") {
				t.Errorf("answers no longer from what it had: %s", body)
			}
			if err := os.WriteFile(file, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			c.wait("well", func() string {
				if ready := c.ready(); strings.Contains(ready, "could not be looked for") {
					return ready
				}
				return "well"
			})
		})
	}
}

// TestServeReloadsAtSIGHUP: without looking by itself, a server reloads when told.
func TestServeReloadsAtSIGHUP(t *testing.T) {
	data := t.TempDir()
	c := client{t, serve(t, "--data", data, "--follow", "0")}
	if body := c.ready(); !strings.Contains(body, "none is imported") {
		t.Errorf("%s", body)
	}
	assayRun(t, "--data", data, "corpus", "import", zither(t, "2026-02-01", "of late"))
	if body := c.ready(); !strings.Contains(body, "none is imported") {
		t.Errorf("a server that does not follow has seen it: %s", body)
	}
	me, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := me.Signal(syscall.SIGHUP); err != nil {
		t.Skip("this system has no SIGHUP: ", err)
	}
	c.wait("my-list@2026-02-01, since", c.ready)
	c.until("of late")
}
