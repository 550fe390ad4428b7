//go:build unix

package webhook

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"assay/internal/sqlite"
	"assay/review"
)

// TestMain lets the test binary play the server that is killed: see child.
func TestMain(m *testing.M) {
	if path := os.Getenv("WEBHOOK_TEST_CHILD"); path != "" {
		child(path)
		return
	}
	os.Exit(m.Run())
}

// child submits cases, sends what webhooks are owed, and tells on standard
// output what was acknowledged. It ends by being killed.
func child(path string) {
	store, service, sender := parts(path)
	defer store.Close()
	go sender.Run(context.Background())
	for i := 0; ; i++ {
		fmt.Println("submitted", submit(failing{}, service, fmt.Sprint("x", i)))
	}
}

// failing ends the child where a test would fail.
type failing struct{ testing.TB }

func (failing) Helper() {}
func (failing) Fatal(args ...any) {
	fmt.Println("failed", args)
	os.Exit(3)
}

func parts(path string) (*sqlite.Store, *review.Service, *Sender) {
	store, err := sqlite.Open(context.Background(), path)
	if err != nil {
		failing{}.Fatal(err)
	}
	service, err := review.New(review.Config{Store: store, PlainWebhooks: true})
	if err != nil {
		failing{}.Fatal(err)
	}
	sender, err := New(Config{Outbox: store, AllowPrivate: true, Poll: time.Millisecond})
	if err != nil {
		failing{}.Fatal(err)
	}
	return store, service, sender
}

// TestKilledSender kills a server that writes and sends, at random moments. In
// the end every acknowledged act has been told at least once, each by one event,
// and nothing was told that did not happen.
func TestKilledSender(t *testing.T) {
	rounds := 8
	if n, err := strconv.Atoi(os.Getenv("ASSAY_KILLS")); err == nil {
		rounds = n
	}
	var mu sync.Mutex
	told := map[string]string{} // case to event
	times := 0
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var e review.Notice
		if err := json.Unmarshal(body, &e); err != nil {
			t.Errorf("%v in %s", err, body)
		}
		mu.Lock()
		defer mu.Unlock()
		times++
		if was := told[e.Case]; was != "" && was != e.ID {
			t.Errorf("case %s is told by the events %s and %s", e.Case, was, e.ID)
		}
		told[e.Case] = e.ID
	}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "assay.db")
	store, service, sender := parts(path)
	defer store.Close()
	for i := range 3 {
		if _, _, err := service.AddWebhook(t.Context(), review.Request{Actor: root}, review.NewWebhook{URL: server.URL + "/" + strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	for range rounds {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "WEBHOOK_TEST_CHILD="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		armed := false
		for lines.Scan() {
			if !armed {
				armed = true
				time.AfterFunc(time.Duration(rand.IntN(80_000))*time.Microsecond, func() { cmd.Process.Signal(syscall.SIGKILL) })
			}
			if f := strings.Fields(lines.Text()); len(f) == 2 && f[0] == "submitted" && len(f[1]) == 12 {
				acknowledged[f[1]] = true
			} else if f[0] == "failed" {
				t.Fatal(lines.Text())
			}
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the server ended by itself: %v", err)
		}
	}
	// The one that is started next finds the leases of the killed, and waits them out.
	later := 0 * time.Second
	sender.Now = func() time.Time { later += time.Second; return time.Now().Add(later) }
	for {
		b, err := store.Backlog(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b.Waiting == 0 {
			break
		}
		if _, err := sender.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for id := range acknowledged {
		if told[id] == "" {
			t.Errorf("case %s was submitted and nobody was told", id)
		}
	}
	for id := range told {
		if c, err := service.Get(t.Context(), root, id); err != nil || c.State != review.Submitted {
			t.Errorf("case %s was told to be submitted: %s, %v", id, c.State, err)
		}
	}
	if len(acknowledged) < rounds {
		t.Errorf("only %d cases in %d rounds", len(acknowledged), rounds)
	}
	t.Logf("%d kills, %d acts acknowledged, %d told, %d deliveries to three webhooks", rounds, len(acknowledged), len(told), times)
}
