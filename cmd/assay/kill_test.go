//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"assay/internal/postgres"
	"assay/internal/postgres/postgrestest"
	"assay/internal/sqlite"
	"assay/internal/storetest"
	"assay/review"
)

// programEnv makes the test binary the program itself.
const programEnv = "ASSAY_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// web is a client of the JSON API.
type web struct {
	http.Client
	base string
}

func (w *web) post(ctx context.Context, path, key string, body any) (id string, err error) {
	data, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+path, bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	answer, err := w.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if data, err = io.ReadAll(answer.Body); err != nil {
		return "", err
	}
	if answer.StatusCode/100 != 2 {
		return "", fmt.Errorf("status %d: %s", answer.StatusCode, data)
	}
	var c review.Case
	if err := json.Unmarshal(data, &c); err != nil || c.ID == "" {
		return "", fmt.Errorf("status %d, and the answer is no case: %w: %s", answer.StatusCode, err, data)
	}
	return c.ID, nil
}

// Create implements storetest.Client.
func (w *web) Create(ctx context.Context, key string) (string, error) {
	n := storetest.NewCase(key)
	return w.post(ctx, "/api/v1/cases", key, map[string]any{"product": n.Product, "lists": n.Lists})
}

// Comment implements storetest.Client.
func (w *web) Comment(ctx context.Context, key, id string) error {
	_, err := w.post(ctx, "/api/v1/cases/"+id+"/comment", key+".comment", map[string]any{"text": key, "internal": true})
	return err
}

// write lets n clients write through c until stop, and hands each refusal to
// refused. stop may be called more than once.
func write(c storetest.Client, n int, journal *storetest.Journal, refused func(error)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			storetest.Put(ctx, c, fmt.Sprint(i), func(w storetest.Write, id string, err error) {
				if err != nil {
					refused(err)
					return
				}
				journal.Note(w, id)
			})
		})
	}
	return func() { cancel(); all.Wait() }
}

// killed is a server that is killed again and again under load.
type killed struct {
	t       *testing.T
	flags   []string
	client  *web
	journal storetest.Journal
	cmd     *exec.Cmd
	errs    bytes.Buffer
}

// start starts the program on the address that the client asks.
func (k *killed) start() {
	k.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	k.cmd = exec.Command(exe, append(k.flags, "serve", "--listen", strings.TrimPrefix(k.client.base, "http://"))...)
	k.cmd.Env = append(os.Environ(), programEnv+"=yes", "ASSAY_MODEL=lexical")
	k.errs.Reset()
	k.cmd.Stderr = &k.errs
	if err := k.cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
}

// end ends the program with a signal.
func (k *killed) end(signal syscall.Signal) {
	k.t.Helper()
	_ = k.cmd.Process.Signal(signal) // Wait tells
	_ = k.cmd.Wait()
	if got := k.cmd.ProcessState.Sys().(syscall.WaitStatus); signal == syscall.SIGKILL && got.Signal() != signal || signal != syscall.SIGKILL && got.ExitStatus() != exitDone {
		k.t.Fatalf("after %v: %v\n%s", signal, k.cmd.ProcessState, k.errs.String())
	}
}

// goesOn waits until something more is acknowledged.
func (k *killed) goesOn(n int) {
	k.t.Helper()
	before := k.journal.Len()
	for deadline := time.Now().Add(2 * time.Minute); k.journal.Len() < before+n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			_ = k.cmd.Process.Kill()
			_ = k.cmd.Wait()
			k.t.Fatalf("nothing more is acknowledged; the server says:\n%s", k.errs.String())
		}
	}
}

// TestKilledServer kills assay serve at random moments while clients write to
// it, and starts it again. What they were told to be stored is there once.
func TestKilledServer(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: starting the program again and again takes too long under the race detector")
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		killServer(t, []string{"--data", dir}, func() (review.Store, error) { return sqlite.Open(t.Context(), dir+"/assay.db") })
	})
	t.Run("postgres", func(t *testing.T) {
		address := postgrestest.URL(t)
		killServer(t, []string{"--data", t.TempDir(), "--database", address}, func() (review.Store, error) {
			s, err := postgres.Open(t.Context(), address)
			if err != nil {
				return nil, err
			}
			t.Cleanup(s.Close)
			return s.Cases(), nil
		})
	})
}

func killServer(t *testing.T, flags []string, open func() (review.Store, error)) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	k := &killed{t: t, flags: flags, client: &web{base: "http://" + ln.Addr().String()}}
	k.journal.Assessed = true
	stop := write(k.client, 4, &k.journal, func(err error) {
		if strings.HasPrefix(err.Error(), "status ") && !strings.HasPrefix(err.Error(), "status 503") {
			t.Error(err) // the connection may break; an answer may only ask for patience
		}
	})
	defer stop()
	for range storetest.Kills() {
		k.start()
		k.goesOn(1)
		time.Sleep(rand.N(100 * time.Millisecond))
		k.end(syscall.SIGKILL)
	}
	k.start()
	k.goesOn(10)
	stop()
	store, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	t.Logf("%d kills", storetest.Kills())
	k.journal.Check(t, store, func(*review.Service) storetest.Client { return k.client })
	k.end(syscall.SIGTERM)
}
