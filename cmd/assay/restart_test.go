//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"assay/internal/postgres"
	"assay/internal/postgres/postgrestest"
	"assay/internal/storetest"
	"assay/review"
)

// TestRestartedDatabase restarts the database while clients write cases, read
// queues and classify over HTTP. While it is away they are asked for patience;
// when it is back everything goes on, and nobody has touched assay serve.
func TestRestartedDatabase(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: a database of its own takes too long under the race detector")
	}
	database := postgrestest.Private(t, postgrestest.Dir(t), "")
	list := filepath.Join(t.TempDir(), "list.jsonl")
	if err := os.WriteFile(list, []byte(`{"assay":"edition/1","list":"my-list","date":"2026-01-01","title":"A list of one's own"}
{"id":"7Z001","code":"7Z001","kind":"entry","text":"Zither tuning engines with quartz reference"}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	assayRun(t, "--database", database.URL(), "corpus", "import", list)
	base := serveWith(t, "--data", t.TempDir(), "--model", "lexical", "--database", database.URL())
	client := &web{base: base}
	var journal storetest.Journal
	journal.Assessed = true
	var refusals, answers atomic.Int64
	patience := func(err error) {
		refusals.Add(1)
		if !strings.HasPrefix(err.Error(), "status 503") || !strings.Contains(err.Error(), "the store is not available: ") || !strings.Contains(err.Error(), `"remedy":"try again`) {
			t.Error(err)
		}
	}
	stopWriting := write(client, 3, &journal, patience)
	defer stopWriting()
	done := make(chan struct{})
	var all sync.WaitGroup
	for _, ask := range []func() error{
		func() error { return client.get("/api/v1/cases?limit=5") },
		func() error {
			return client.answered(http.Post(base+"/api/v1/classify", "application/json", strings.NewReader(`{"name":"Zither tuning engine","lists":["my-list"]}`)))
		},
	} {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(5 * time.Millisecond):
				}
				if err := ask(); err != nil {
					patience(err)
				} else {
					answers.Add(1)
				}
			}
		})
	}
	defer all.Wait()
	stopAsking := sync.OnceFunc(func() { close(done) })
	defer stopAsking()
	until := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal(what)
			}
		}
	}
	goesOn := func() {
		t.Helper()
		wrote, got := journal.Len()+5, answers.Load()+5
		until("it does not go on", func() bool { return journal.Len() >= wrote && answers.Load() >= got })
	}
	goesOn()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGINT, syscall.SIGQUIT} {
		refused := refusals.Load() + 5
		database.Stop(signal)
		until("nobody noticed that the database is away", func() bool { return refusals.Load() >= refused })
		database.Start()
		goesOn()
	}
	stopWriting()
	stopAsking()
	all.Wait()
	s, err := postgres.Open(t.Context(), database.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	t.Logf("%d refusals", refusals.Load())
	journal.Check(t, s.Cases(), func(*review.Service) storetest.Client { return client })
}

// get asks for a page.
func (w *web) get(path string) error { return w.answered(w.Client.Get(w.base + path)) }

// answered returns an error unless the answer is one in JSON that says done.
func (w *web) answered(answer *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s", answer.StatusCode, data)
	}
	if !json.Valid(bytes.TrimSpace(data)) {
		return fmt.Errorf("no JSON: %s", data)
	}
	return nil
}
