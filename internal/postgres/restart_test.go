//go:build unix

package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"assay/internal/postgres/postgrestest"
	"assay/internal/storetest"
	"assay/review"
)

// load writes and reads in the background.
type load struct {
	t       *testing.T
	journal storetest.Journal
	stop    context.CancelFunc
	all     sync.WaitGroup
	mu      sync.Mutex
	refused map[string]int // by text
}

// startLoad lets four writers and a reader work on c until stop. An error that
// is not a plain "unavailable" fails the test.
func startLoad(t *testing.T, c *Cases, name string) *load {
	t.Helper()
	s, err := review.New(review.Config{Store: c})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &load{t: t, stop: stop, refused: map[string]int{}}
	for i := range 4 {
		l.all.Go(func() {
			storetest.Put(ctx, storetest.Direct(s), fmt.Sprintf("%s.%d", name, i), func(w storetest.Write, id string, err error) {
				if l.check(err); err == nil {
					l.journal.Note(w, id)
				}
			})
		})
	}
	l.all.Go(func() {
		for ctx.Err() == nil {
			if _, err := s.Queue(ctx, review.Actor{ID: "root", Role: review.Admin}, review.Filter{}); ctx.Err() == nil {
				l.check(err)
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
	t.Cleanup(l.end)
	return l
}

func (l *load) end() { l.stop(); l.all.Wait() }

func (l *load) check(err error) {
	if err == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused[err.Error()]++
	if review.KindOf(err) != review.Unavailable || !strings.Contains(err.Error(), "database") || !strings.Contains(err.Error(), ";") {
		l.t.Errorf("%s: %v", review.KindOf(err), err)
	}
}

// refusals returns how often somebody was refused.
func (l *load) refusals() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range l.refused {
		n += k
	}
	return n
}

// goesOn waits until something more is acknowledged.
func (l *load) goesOn() {
	l.t.Helper()
	// What was under way when the server went may still be acknowledged.
	wait(l.t, "writing does not go on", l.since(l.journal.Len, 10))
}

// since reports whether count has grown by n since the call.
func (l *load) since(count func() int, n int) func() bool {
	from := count()
	return func() bool { return count() >= from+n }
}

func wait(t *testing.T, failed string, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !until(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(failed)
		}
	}
}

// TestRestartUnderLoad stops and starts the server while writers write, in
// turn as an administrator does and as in a crash. The server is set to
// acknowledge before the disk has it: the store must overrule that.
func TestRestartUnderLoad(t *testing.T) {
	server := postgrestest.Private(t, postgrestest.Dir(t), "", "synchronous_commit=off", "wal_writer_delay=10s")
	c := openCases(t, server.URL())
	l := startLoad(t, c, "load")
	l.goesOn()
	for i := range 6 {
		time.Sleep(rand.N(300 * time.Millisecond))
		refused := l.since(l.refusals, 5)
		server.Stop([]syscall.Signal{syscall.SIGINT, syscall.SIGQUIT}[i%2])
		wait(t, "nobody noticed that the server is away", refused)
		server.Start()
		l.goesOn()
	}
	l.end()
	for text, n := range l.refused {
		t.Logf("%d times: %s", n, text)
	}
	l.journal.Check(t, c, storetest.Direct)
}

// BenchmarkActs measures a server that waits for its disk, as one should.
func BenchmarkActs(b *testing.B) {
	storetest.Acts(b, func(b *testing.B) review.Store {
		return openCases(b, postgrestest.Private(b, postgrestest.Dir(b), "", "fsync=on").URL())
	})
}
