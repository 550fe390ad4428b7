package storetest

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"assay/review"
)

func hooksLease(t *testing.T, s hookStore) {
	queued(t, s, hook("a"), delivery("a1", "a", "c1", noon), delivery("a2", "a", "c2", noon))
	queued(t, s, hook("b"), delivery("b1", "b", "c1", noon))
	off := hook("off")
	off.Active = false
	queued(t, s, off, delivery("off1", "off", "c1", noon))
	if p := claim(t, s, noon.Add(-1), 10); len(p) != 0 {
		t.Errorf("before its time: %v", ids(p))
	}
	first := claim(t, s, noon, 10)
	if !slices.Equal(ids(first), []string{"a1", "b1"}) || first[0].Webhook.URL != hook("a").URL || first[0].Webhook.Secret != hook("a").Secret || first[0].Lease == first[1].Lease {
		t.Fatalf("%+v", first)
	}
	if p := claim(t, s, noon, 10); len(p) != 0 {
		t.Errorf("leased, and given out again: %v", ids(p))
	}
	settle(t, s, first[1], review.Outcome{At: noon, State: review.Delivered, Status: 200})
	// The lease of a runs out: another sender gets it, and the first one's word
	// no longer counts.
	second := claim(t, s, noon.Add(time.Minute), 10)
	if !slices.Equal(ids(second), []string{"a1"}) {
		t.Fatalf("after the lease: %v", ids(second))
	}
	wantKind(t, s.Settle(t.Context(), first[0], review.Outcome{At: noon, State: review.Delivered, Status: 200}), review.Conflict)
	settle(t, s, second[0], review.Outcome{At: noon.Add(time.Minute), State: review.Delivered, Status: 204})
	if p := claim(t, s, noon.Add(time.Minute), 10); !slices.Equal(ids(p), []string{"a2"}) {
		t.Errorf("next: %v", ids(p))
	}
	// Changing a webhook by hand does not take it from a sender.
	queued(t, s, hook("a"))
	if p := claim(t, s, noon.Add(time.Minute), 10); len(p) != 0 {
		t.Errorf("given out beside a sender: %v", ids(p))
	}
	// Removed while somebody sends: nothing to write down.
	third := claim(t, s, noon.Add(3*time.Minute), 1)
	write(t, s, func(x review.Writer) error { return x.DropWebhook(t.Context(), "a") })
	wantKind(t, s.Settle(t.Context(), third[0], review.Outcome{At: noon, State: review.Delivered, Status: 200}), review.Conflict)
}

func hooksOrder(t *testing.T, s hookStore) {
	queued(t, s, hook("a"), delivery("1-submitted", "a", "c1", noon), delivery("1-decided", "a", "c1", noon), delivery("2-submitted", "a", "c2", noon.Add(1)))
	now := noon.Add(time.Second)
	p := claim(t, s, now, 10)
	if !slices.Equal(ids(p), []string{"1-submitted"}) {
		t.Fatalf("%v", ids(p))
	}
	// It fails: the other case's event overtakes it, its own case's does not.
	settle(t, s, p[0], review.Outcome{At: now, State: review.Waiting, Status: 500, Error: "x", Retry: now.Add(time.Hour), RetryWebhook: now})
	p = claim(t, s, now, 10)
	if !slices.Equal(ids(p), []string{"2-submitted"}) {
		t.Fatalf("%v", ids(p))
	}
	settle(t, s, p[0], review.Outcome{At: now, State: review.Delivered, Status: 200})
	if p := claim(t, s, now.Add(time.Minute), 10); len(p) != 0 {
		t.Errorf("out of order: %v", ids(p))
	}
	p = claim(t, s, now.Add(time.Hour), 10)
	if !slices.Equal(ids(p), []string{"1-submitted"}) {
		t.Fatalf("%v", ids(p))
	}
	settle(t, s, p[0], review.Outcome{At: now, State: review.Dead, Status: 500, Error: "x", RetryWebhook: now})
	if p = claim(t, s, now.Add(time.Hour), 10); !slices.Equal(ids(p), []string{"1-decided"}) {
		t.Errorf("after one that was given up: %v", ids(p))
	}
}

func hooksSettle(t *testing.T, s hookStore) {
	queued(t, s, hook("a"), delivery("d1", "a", "c1", noon), delivery("d2", "a", "c2", noon.Add(time.Hour)))
	one := func() review.Delivery { return storedDeliveries(t, s, review.DeliveryFilter{Webhook: "a"})[1] }
	settle(t, s, claim(t, s, noon, 1)[0], review.Outcome{At: noon.Add(1), State: review.Waiting, Status: 503, Error: hard, Retry: noon.Add(time.Minute), RetryWebhook: noon.Add(2 * time.Minute)})
	w, d := storedHooks(t, s)[0], one()
	if w.Failures != 1 || !w.FailingSince.Equal(noon.Add(1)) || !w.NextAt.Equal(noon.Add(2*time.Minute)) {
		t.Errorf("after a failure: %+v", w)
	}
	if d.State != review.Waiting || d.Attempts != 1 || d.LastStatus != 503 || d.LastError != hard || !d.LastAt.Equal(noon.Add(1)) || !d.NextAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("after a failure: %+v", d)
	}
	if b, err := s.Backlog(t.Context()); err != nil || b.Waiting != 2 || b.Failing != 1 || b.Dead != 0 || !b.Oldest.Equal(noon) {
		t.Errorf("backlog %+v, %v", b, err)
	}
	if p := claim(t, s, noon.Add(90*time.Second), 1); len(p) != 0 {
		t.Error("the webhook was not left alone")
	}
	settle(t, s, claim(t, s, noon.Add(2*time.Minute), 1)[0], review.Outcome{At: noon.Add(2 * time.Minute), State: review.Waiting, Error: "again", Retry: noon.Add(3 * time.Minute), RetryWebhook: noon.Add(3 * time.Minute)})
	if w := storedHooks(t, s)[0]; w.Failures != 2 || !w.FailingSince.Equal(noon.Add(1)) {
		t.Errorf("after two failures: %+v", w)
	}
	settle(t, s, claim(t, s, noon.Add(3*time.Minute), 1)[0], review.Outcome{At: noon.Add(3 * time.Minute), State: review.Delivered, Status: 200})
	w, d = storedHooks(t, s)[0], one()
	if w.Failures != 0 || !w.FailingSince.IsZero() || !w.NextAt.IsZero() || d.State != review.Delivered || d.Attempts != 3 || d.LastError != "" || d.LastStatus != 200 || !d.NextAt.IsZero() {
		t.Errorf("after it arrived: %+v\n%+v", w, d)
	}
	settle(t, s, claim(t, s, noon.Add(time.Hour), 1)[0], review.Outcome{At: noon.Add(time.Hour), State: review.Dead, Status: 410, Error: "gone", RetryWebhook: noon, SwitchOff: hard})
	if w := storedHooks(t, s)[0]; w.Active || w.Note != hard {
		t.Errorf("not switched off: %+v", w)
	}
	// By hand, once more.
	d = one()
	d.State, d.Attempts, d.QueuedAt, d.NextAt = review.Waiting, 0, noon.Add(2*time.Hour), noon.Add(2*time.Hour)
	queued(t, s, hook("a"))
	write(t, s, func(x review.Writer) error { return x.Requeue(t.Context(), d) })
	if p := claim(t, s, noon.Add(2*time.Hour), 9); !slices.Equal(ids(p), []string{"d1"}) || p[0].Delivery.Attempts != 0 {
		t.Errorf("asked for again: %+v", p)
	}
}

func hooksGiveUp(t *testing.T, s hookStore) {
	queued(t, s, hook("a"), delivery("old1", "a", "c1", noon), delivery("old2", "a", "c2", noon.Add(1)), delivery("new", "a", "c3", noon.Add(time.Hour)))
	queued(t, s, hook("b"), delivery("other", "b", "c1", noon))
	at := noon.Add(2 * time.Hour)
	p := claim(t, s, at, 1)
	settle(t, s, p[0], review.Outcome{At: at, State: review.Waiting, Error: "no answer", Retry: at, RetryWebhook: at, GiveUp: noon.Add(time.Minute)})
	for _, d := range storedDeliveries(t, s, review.DeliveryFilter{Webhook: "a"}) {
		if dead := d.ID != "new"; dead != (d.State == review.Dead) || dead && d.LastError != "no answer" {
			t.Errorf("%s is %s: %q", d.ID, d.State, d.LastError)
		}
	}
	if b, err := s.Backlog(t.Context()); err != nil || b.Dead != 2 || b.Waiting != 2 {
		t.Errorf("backlog %+v, %v", b, err)
	}
}

func hooksPages(t *testing.T, s hookStore) {
	var all []review.Delivery
	for i := range 7 {
		all = append(all, delivery(fmt.Sprint("d", i), "a", fmt.Sprint("c", i), noon.Add(time.Duration(i))))
	}
	queued(t, s, hook("a"), all...)
	settle(t, s, claim(t, s, noon.Add(time.Hour), 1)[0], review.Outcome{At: noon.Add(time.Hour), State: review.Delivered, Status: 200})
	var seen []string
	for f := (review.DeliveryFilter{Webhook: "a", Limit: 3}); ; {
		page := storedDeliveries(t, s, f)
		if len(page) == 0 {
			break
		}
		for _, d := range page {
			seen = append(seen, d.ID)
		}
		f.From = page[len(page)-1].Number
	}
	if !slices.Equal(seen, []string{"d6", "d5", "d4", "d3", "d2", "d1", "d0"}) {
		t.Errorf("pages: %v", seen)
	}
	if got := storedDeliveries(t, s, review.DeliveryFilter{Webhook: "a", State: review.Delivered}); len(got) != 1 || got[0].ID != "d0" {
		t.Errorf("delivered: %+v", got)
	}
	for _, step := range []struct {
		before time.Time
		want   int64
	}{{noon.Add(time.Hour), 0}, {noon.Add(2 * time.Hour), 1}, {noon.Add(2 * time.Hour), 0}} {
		if n, err := s.Purge(t.Context(), step.before); err != nil || n != step.want {
			t.Errorf("purged %d, %v; want %d: what waits is not old", n, err, step.want)
		}
	}
}

// hooksShared lets four senders race: everything is given out, and nothing to
// two at a time.
func hooksShared(t *testing.T, s hookStore) {
	const webhooks, each = 5, 6
	for i := range webhooks {
		name := fmt.Sprint("w", i)
		var all []review.Delivery
		for k := range each {
			all = append(all, delivery(fmt.Sprint(name, "-", k), name, "c", noon))
		}
		queued(t, s, hook(name), all...)
	}
	var mu sync.Mutex
	sent := map[string][]string{}
	sending := map[string]bool{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for idle := 0; idle < 20; {
				parcels, err := s.Claim(t.Context(), noon, time.Hour, 2)
				if err != nil {
					t.Error(err)
					return
				}
				if len(parcels) == 0 {
					idle++
					time.Sleep(5 * time.Millisecond)
				}
				for _, p := range parcels {
					mu.Lock()
					if sending[p.Webhook.ID] {
						t.Errorf("two senders have %s", p.Webhook.ID)
					}
					sending[p.Webhook.ID] = true
					sent[p.Webhook.ID] = append(sent[p.Webhook.ID], p.Delivery.ID)
					mu.Unlock()
					runtime.Gosched()
					mu.Lock()
					sending[p.Webhook.ID] = false
					mu.Unlock()
					if err := s.Settle(t.Context(), p, review.Outcome{At: noon, State: review.Delivered, Status: 200}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	for i := range webhooks {
		name := fmt.Sprint("w", i)
		var want []string
		for k := range each {
			want = append(want, fmt.Sprint(name, "-", k))
		}
		if !slices.Equal(sent[name], want) {
			t.Errorf("%s was sent %v", name, sent[name])
		}
	}
}
