package storetest

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"assay/review"
)

// hookStore is a store that also has an outbox.
type hookStore interface {
	review.Store
	review.Outbox
}

func hooks(t *testing.T, open func(*testing.T) review.Store) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, hookStore)
	}{
		{"come back as they were", hooksComeBack},
		{"a failed act leaves no event", hooksRollback},
		{"one sender to a webhook at a time", hooksLease},
		{"events of a case in their order", hooksOrder},
		{"what follows from an attempt", hooksSettle},
		{"given up together", hooksGiveUp},
		{"pages and old deliveries", hooksPages},
		{"senders share the work", hooksShared},
		{"the service announces what happened", hooksAnnounced},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.test(t, open(t).(hookStore))
		})
	}
}

func hook(id string) review.Webhook {
	return review.Webhook{ID: id, URL: "https://" + id + ".example/" + hard, Events: review.EventTypes(), Organisation: hard, Active: true,
		CreatedBy: hard, CreatedAt: noon, Secret: "plain:" + hard}
}

func delivery(id, webhook, caseID string, at time.Time) review.Delivery {
	body, _ := review.Canonical(map[string]any{"text": hard, "n": 12345678901234567})
	return review.Delivery{ID: id, Webhook: webhook, Event: "e-" + id, Type: review.EventDecided, Case: caseID, Body: body, QueuedAt: at, NextAt: at, State: review.Waiting}
}

// queued stores webhooks and, for each, deliveries.
func queued(t *testing.T, s hookStore, w review.Webhook, all ...review.Delivery) {
	t.Helper()
	write(t, s, func(x review.Writer) error {
		if err := x.PutWebhook(t.Context(), w); err != nil {
			return err
		}
		for _, d := range all {
			if err := x.Enqueue(t.Context(), d); err != nil {
				return err
			}
		}
		return nil
	})
}

func storedHooks(t *testing.T, s hookStore) (all []review.Webhook) {
	t.Helper()
	read(t, s, func(r review.Reader) (err error) {
		all, err = r.Webhooks(t.Context())
		return err
	})
	return all
}

func storedDeliveries(t *testing.T, s hookStore, f review.DeliveryFilter) (all []review.Delivery) {
	t.Helper()
	read(t, s, func(r review.Reader) (err error) {
		all, err = r.Deliveries(t.Context(), f)
		return err
	})
	return all
}

func claim(t *testing.T, s hookStore, now time.Time, n int) []review.Parcel {
	t.Helper()
	p, err := s.Claim(t.Context(), now, time.Minute, n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ids returns the ids of the deliveries in parcels, in order.
func ids(parcels []review.Parcel) []string {
	all := []string{}
	for _, p := range parcels {
		all = append(all, p.Delivery.ID)
	}
	return all
}

func settle(t *testing.T, s hookStore, p review.Parcel, o review.Outcome) {
	t.Helper()
	if err := s.Settle(t.Context(), p, o); err != nil {
		t.Fatal(err)
	}
}

func hooksComeBack(t *testing.T, s hookStore) {
	a, b := hook("a"), hook("b")
	b.Organisation, b.Events, b.Active = "", []review.EventType{review.EventReturned}, false
	first := delivery("d1", "a", "case 1", noon)
	queued(t, s, a, first)
	queued(t, s, b)
	if got := storedHooks(t, s); !reflect.DeepEqual(got, []review.Webhook{a, b}) {
		t.Errorf("got  %+v\nwant %+v", got, []review.Webhook{a, b})
	}
	got := storedDeliveries(t, s, review.DeliveryFilter{Webhook: "a"})
	if len(got) != 1 || got[0].Number == 0 {
		t.Fatalf("%+v", got)
	}
	first.Number = got[0].Number
	if !reflect.DeepEqual(got[0], first) {
		t.Errorf("got  %+v\nwant %+v", got[0], first)
	}
	a.Active, a.Note, a.Failures, a.FailingSince, a.NextAt = false, hard, 3, noon.Add(1), noon.Add(2)
	queued(t, s, a)
	if got := storedHooks(t, s); !reflect.DeepEqual(got, []review.Webhook{a, b}) {
		t.Errorf("changed: %+v", got)
	}
	write(t, s, func(w review.Writer) error {
		if d, err := w.Delivery(t.Context(), "a", "d1"); err != nil || d.ID != "d1" {
			t.Errorf("%+v, %v", d, err)
		}
		_, err := w.Delivery(t.Context(), "b", "d1")
		wantKind(t, err, review.NotFound)
		return w.DropWebhook(t.Context(), "a")
	})
	if got := storedHooks(t, s); len(got) != 1 || len(storedDeliveries(t, s, review.DeliveryFilter{Webhook: "a"})) != 0 {
		t.Errorf("after removal: %+v", got)
	}
	wantKind(t, s.Write(t.Context(), func(w review.Writer) error {
		return w.Enqueue(t.Context(), delivery("d2", "nobody's", "c", noon))
	}), review.Conflict)
}

func hooksRollback(t *testing.T, s hookStore) {
	queued(t, s, hook("a"))
	boom := errors.New("boom")
	err := s.Write(t.Context(), func(w review.Writer) error {
		if err := w.Enqueue(t.Context(), delivery("d1", "a", "c", noon)); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
	if p := claim(t, s, noon, 10); len(p) != 0 {
		t.Errorf("an event of what never happened: %+v", p)
	}
}

// hooksAnnounced walks a case and looks at what an exporter's webhook and an
// admin's are told.
func hooksAnnounced(t *testing.T, store hookStore) {
	s, ctx := newService(t, store), t.Context()
	own, secret, err := s.AddWebhook(ctx, review.Request{Actor: ann}, review.NewWebhook{URL: "https://acme.example/hook"})
	if err != nil || secret == "" || own.Organisation != "Acme" {
		t.Fatalf("%+v, %v", own, err)
	}
	all, _, err := s.AddWebhook(ctx, review.Request{Actor: root}, review.NewWebhook{URL: "https://office.example/hook", Events: []review.EventType{review.EventDecided}})
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := s.AddWebhook(ctx, review.Request{Actor: review.Actor{ID: "otto", Role: review.Exporter, Organisation: "Other"}}, review.NewWebhook{URL: "https://other.example/hook"})
	if err != nil {
		t.Fatal(err)
	}
	id := submitted(t, s, "Converter")
	for _, do := range []func() error{
		func() error { _, err := s.Take(ctx, review.Request{Actor: bob}, id); return err },
		func() error { _, err := s.Return(ctx, review.Request{Actor: bob}, id, "how fast?"); return err },
		func() error { _, err := s.Submit(ctx, review.Request{Actor: ann}, id); return err },
		func() error { _, err := s.Take(ctx, review.Request{Actor: bob}, id); return err },
		func() error { _, err := s.AskSecond(ctx, review.Request{Actor: bob}, id, "cyd"); return err },
		func() error { _, err := s.Decide(ctx, review.Request{Actor: bob}, id, ruling("3A001.a")); return err },
		func() error {
			_, err := s.Decide(ctx, review.Request{Actor: cyd, Key: "k"}, id, ruling("3A001.a"))
			return err
		},
		func() error { // repeated: done once, told once
			_, err := s.Decide(ctx, review.Request{Actor: cyd, Key: "k"}, id, ruling("3A001.a"))
			return err
		},
		func() error { // a new edition that changes nothing is no event
			_, err := s.Reexamined(ctx, review.Request{Actor: root}, id, found("2027-01-01", false))
			return err
		},
		func() error {
			_, err := s.Reexamined(ctx, review.Request{Actor: root}, id, found("2027-02-01", true))
			return err
		},
		func() error { _, err := s.Reopen(ctx, review.Request{Actor: dora}, id, "new facts"); return err },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	told := func(webhook string) (types []review.EventType, last review.Notice) {
		for _, d := range slices.Backward(storedDeliveries(t, store, review.DeliveryFilter{Webhook: webhook})) {
			var e review.Notice
			if err := json.Unmarshal(d.Body, &e); err != nil || e.ID != d.Event || e.Type != d.Type || e.Case != id || e.Organisation != "Acme" {
				t.Errorf("%v: %+v of %s", err, e, d.Body)
			}
			types = append(types, e.Type)
			if e.Type == review.EventDecided {
				last = e
			}
		}
		return types, last
	}
	types, decided := told(own.ID)
	if !slices.Equal(types, []review.EventType{review.EventSubmitted, review.EventReturned, review.EventSubmitted, review.EventDecided,
		review.EventAttention, review.EventReopened}) {
		t.Errorf("the exporter is told %v", types)
	}
	if decided.State != review.Confirmed || len(decided.Answers) != 1 || decided.Answers[0].Answer != "3A001.a" || decided.Version == 0 {
		t.Errorf("decided: %+v", decided)
	}
	if types, e := told(all.ID); !slices.Equal(types, []review.EventType{review.EventDecided}) || e.ID != decided.ID {
		t.Errorf("the office is told %v, %+v", types, e)
	}
	if types, _ := told(other.ID); len(types) != 0 {
		t.Errorf("another organisation is told %v", types)
	}
	report, err := s.VerifyAudit(ctx, root, review.AuditHead{})
	if err != nil || !report.Whole() {
		t.Errorf("%v %+v", err, report)
	}
}
