package storetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// Write is one write of a load: a case called Key, or a comment that says Key
// on that case. Both are done under the idempotency key Key.
type Write struct {
	Comment bool
	Key     string // "WRITER-NUMBER"
}

// Client does the writes of a load, each under the idempotency key that it is
// called by.
type Client interface {
	// Create makes the case NewCase(key) and returns its id.
	Create(ctx context.Context, key string) (id string, err error)
	// Comment says key on the case id.
	Comment(ctx context.Context, key, id string) error
}

// NewCase returns the case that a write called key makes. How much it says
// differs from one to the next.
func NewCase(key string) review.NewCase {
	n, _ := strconv.Atoi(key[strings.LastIndexByte(key, '-')+1:])
	return review.NewCase{Product: classifier.Product{Name: key, Description: strings.Repeat("x", n%5000)}, Lists: []corpus.ListID{corpus.USCCL}}
}

// Direct returns a client that needs no server.
func Direct(s *review.Service) Client { return direct{s} }

type direct struct{ s *review.Service }

func (d direct) Create(ctx context.Context, key string) (string, error) {
	c, err := d.s.Create(ctx, review.Request{Actor: ann, Key: key}, NewCase(key))
	return c.ID, err
}

func (d direct) Comment(ctx context.Context, key, id string) error {
	_, err := d.s.Comment(ctx, review.Request{Actor: root, Key: key}, id, key, true)
	return err
}

func (w Write) by(ctx context.Context, c Client, id string) (string, error) {
	if w.Comment {
		return id, c.Comment(ctx, w.Key, id)
	}
	return c.Create(ctx, w.Key)
}

// Journal is what a store has acknowledged: the case of each write. It is safe
// for concurrent use.
type Journal struct {
	Assessed bool // a case is made together with its assessment

	mu   sync.Mutex
	done map[Write]string
}

// Note remembers that w was acknowledged as being of the case id.
func (j *Journal) Note(w Write, id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.done == nil {
		j.done = map[Write]string{}
	}
	j.done[w] = id
}

// Done returns what was acknowledged so far.
func (j *Journal) Done() map[Write]string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.done)
}

// Len returns how many writes were acknowledged.
func (j *Journal) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.done)
}

// Put writes cases and comments on them, one after the other, until ctx ends,
// and tells of each that was acknowledged, or refused. What was refused is
// repeated under the same key after a moment.
func Put(ctx context.Context, client Client, writer string, told func(w Write, id string, err error)) {
	for i := 0; ; i++ {
		key := fmt.Sprintf("%s-%d", writer, i)
		var id string
		for _, w := range []Write{{false, key}, {true, key}} {
			for {
				of, err := w.by(ctx, client, id)
				if ctx.Err() != nil {
					return
				}
				told(w, of, err)
				if err == nil {
					id = of
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
	}
}

// Check fails the test unless everything that was acknowledged stands in the
// store once, nothing else is there in part, the chain of the audit log is
// whole and has a record for each act, and a write that client repeats is not
// done twice.
func (j *Journal) Check(t *testing.T, store review.Store, client func(*review.Service) Client) {
	t.Helper()
	s, err := review.New(review.Config{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	there, acts := map[Write]string{}, int64(0)
	for f := (review.Filter{Limit: review.MaxPage}); ; {
		page, err := s.Queue(t.Context(), root, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range page.Cases {
			c, err := s.Get(t.Context(), root, h.ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Products) != 1 || len(c.Messages) > 1 || len(c.Lists) != 1 || there[Write{false, c.Title}] != "" || c.Version != int64(1+len(c.Assessments)+len(c.Messages)) || j.Assessed && len(c.Assessments) != 1 {
				t.Errorf("case %s is half-written or doubled: %+v", c.ID, c)
			}
			there[Write{false, c.Title}] = c.ID
			acts += c.Version
			for _, m := range c.Messages {
				there[Write{true, m.Text}] = c.ID
			}
		}
		if f.From = page.Next; f.From == 0 {
			break
		}
	}
	for w, id := range j.done {
		if there[w] != id {
			t.Errorf("%+v was acknowledged as of case %s and is of %q", w, id, there[w])
		}
	}
	report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{})
	if err != nil || !report.Whole() || report.Records != acts {
		t.Errorf("%v %+v; %d acts are stored", err, report, acts)
	}
	if j.Len() == 0 {
		t.Error("nothing was acknowledged")
	}
	t.Logf("%d writes acknowledged, %d stored without an acknowledgement", j.Len(), len(there)-j.Len())
	for i, w := range slices.Collect(maps.Keys(j.done)) {
		if id, err := w.by(t.Context(), client(s), there[w]); err != nil || id != j.done[w] {
			t.Errorf("%+v, repeated: %v, case %s", w, err, id)
		}
		if i == 20 {
			break
		}
	}
	if again, err := s.VerifyAudit(t.Context(), root, review.AuditHead{}); err != nil || again.Records != report.Records {
		t.Errorf("%v: repeating left %d audit records behind", err, again.Records-report.Records)
	}
}

// Noise returns a text of n bytes that cannot be compressed well.
func Noise(n int) string {
	b := make([]byte, n/2)
	rand.Read(b)
	return hex.EncodeToString(b)
}
