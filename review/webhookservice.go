package review

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"
)

// What people do about webhooks, as it stands in the audit log.
const (
	ActWebhookAdd       Act = "webhook.add"
	ActWebhookSwitch    Act = "webhook.switch"
	ActWebhookRemove    Act = "webhook.remove"
	ActWebhookTest      Act = "webhook.test"
	ActWebhookRedeliver Act = "webhook.redeliver"
)

// NewWebhook is what a subscription starts from.
type NewWebhook struct {
	URL    string
	Events []EventType // none: all
	// Organisation whose cases are meant. An exporter's is the own one; an admin
	// may leave it out, for everybody's.
	Organisation string
}

// AddWebhook subscribes. It returns the webhook and the secret that signs what
// is sent; the secret is not shown again.
func (s *Service) AddWebhook(ctx context.Context, r Request, n NewWebhook) (w Webhook, secret string, err error) {
	w = Webhook{ID: s.newID(), URL: strings.TrimSpace(n.URL), Events: slices.Clone(n.Events), Organisation: n.Organisation, Active: true}
	if r.Actor.Role == Exporter && w.Organisation == "" {
		w.Organisation = r.Actor.Organisation
	}
	if err := w.valid(s.plainHooks); err != nil {
		return Webhook{}, "", err
	}
	secret = "whsec_" + rand.Text() + rand.Text()
	if w.Secret, err = s.seal(w.ID, secret); err != nil {
		return Webhook{}, "", &Error{Kind: Internal, Text: "the secret cannot be kept", Err: err}
	}
	err = s.atWebhooks(ctx, r, ActWebhookAdd, &w, func(store Writer, now time.Time) error {
		if !w.seenBy(r.Actor) {
			return forbidden("an exporter acts for the own organisation only")
		}
		all, err := store.Webhooks(ctx)
		if err != nil {
			return err
		}
		have := 0
		for _, x := range all {
			if x.Organisation != w.Organisation {
				continue
			}
			if have++; x.URL == w.URL {
				return conflict("switch that one on, or remove it first", "webhook %s sends there already", x.ID)
			}
		}
		if have >= maxWebhooks {
			return conflict("remove one that is not needed", "there are %d webhooks already, which is the most", have)
		}
		w.CreatedBy, w.CreatedAt = r.Actor.ID, now
		return store.PutWebhook(ctx, w)
	})
	if err != nil {
		return Webhook{}, "", err
	}
	return w, secret, nil
}

// SwitchWebhook switches a webhook on or off. Nothing is queued for one that is
// off, and what was queued before waits.
func (s *Service) SwitchWebhook(ctx context.Context, r Request, id string, on bool) (w Webhook, err error) {
	err = s.onWebhook(ctx, r, ActWebhookSwitch, id, &w, func(store Writer, now time.Time) error {
		w.Active, w.Note = on, ""
		if on { // give it a fresh start
			w.Failures, w.FailingSince, w.NextAt = 0, time.Time{}, time.Time{}
		}
		return store.PutWebhook(ctx, w)
	})
	return w, err
}

// RemoveWebhook deletes a webhook with its deliveries; the audit log keeps that
// it was there.
func (s *Service) RemoveWebhook(ctx context.Context, r Request, id string) error {
	var w Webhook
	return s.onWebhook(ctx, r, ActWebhookRemove, id, &w, func(store Writer, _ time.Time) error { return store.DropWebhook(ctx, id) })
}

// TestWebhook queues an event of no case, so that the receiver can be tried.
func (s *Service) TestWebhook(ctx context.Context, r Request, id string) error {
	var w Webhook
	return s.onWebhook(ctx, r, ActWebhookTest, id, &w, func(store Writer, now time.Time) error {
		if !w.Active {
			return conflict("switch it on first", "webhook %s is switched off", id)
		}
		return s.queue(ctx, store, id, Notice{ID: s.newID(), Type: EventTest, Time: now, Organisation: w.Organisation})
	})
}

// Redeliver has a delivery sent once more, whatever became of it.
func (s *Service) Redeliver(ctx context.Context, r Request, id, delivery string) error {
	var w Webhook
	return s.onWebhook(ctx, r, ActWebhookRedeliver, id, &w, func(store Writer, now time.Time) error {
		d, err := store.Delivery(ctx, id, delivery)
		if err != nil {
			return err
		}
		d.State, d.Attempts, d.QueuedAt, d.NextAt = Waiting, 0, now, now
		return store.Requeue(ctx, d)
	})
}

// Webhooks returns those that actor may see, oldest first.
func (s *Service) Webhooks(ctx context.Context, actor Actor) ([]Webhook, error) {
	if err := mayHook(actor); err != nil {
		return nil, err
	}
	var seen []Webhook
	err := s.store.Read(ctx, func(r Reader) error {
		all, err := r.Webhooks(ctx)
		seen = slices.DeleteFunc(all, func(w Webhook) bool { return !w.seenBy(actor) })
		return err
	})
	return seen, err
}

// Deliveries returns the deliveries of a webhook that f asks for, newest first.
func (s *Service) Deliveries(ctx context.Context, actor Actor, f DeliveryFilter) (found []Delivery, err error) {
	if err := mayHook(actor); err != nil {
		return nil, err
	}
	if f.State != "" && !slices.Contains(DeliveryStates(), f.State) {
		return nil, invalid("states are "+commas(DeliveryStates()), "there is no state %.40q of a delivery", f.State)
	}
	err = s.store.Read(ctx, func(r Reader) error {
		if _, err := webhook(ctx, r, actor, f.Webhook); err != nil {
			return err
		}
		found, err = r.Deliveries(ctx, f)
		return err
	})
	return found, err
}

// Webhook returns one webhook.
func (s *Service) Webhook(ctx context.Context, actor Actor, id string) (w Webhook, err error) {
	if err := mayHook(actor); err != nil {
		return w, err
	}
	err = s.store.Read(ctx, func(r Reader) error {
		w, err = webhook(ctx, r, actor, id)
		return err
	})
	return w, err
}

func mayHook(actor Actor) error {
	if actor.ID == "" || actor.Role != Admin && (actor.Role != Exporter || actor.Organisation == "") {
		return forbidden("%s may not see webhooks; they are for an admin, and for an exporter of an organisation", roleName(actor))
	}
	return nil
}

func webhook(ctx context.Context, store Reader, actor Actor, id string) (Webhook, error) {
	all, err := store.Webhooks(ctx)
	if err != nil {
		return Webhook{}, err
	}
	for _, w := range all {
		if w.ID == id && w.seenBy(actor) {
			return w, nil
		}
	}
	return Webhook{}, NoWebhook(id)
}

// onWebhook does act on the webhook id, which it puts into w first.
func (s *Service) onWebhook(ctx context.Context, r Request, act Act, id string, w *Webhook, do func(Writer, time.Time) error) error {
	return s.atWebhooks(ctx, r, act, w, func(store Writer, now time.Time) (err error) {
		if *w, err = webhook(ctx, store, r.Actor, id); err != nil {
			return err
		}
		return do(store, now)
	})
}

// atWebhooks does act in one transaction with its audit record, which names w
// as it is afterwards.
func (s *Service) atWebhooks(ctx context.Context, r Request, act Act, w *Webhook, do func(Writer, time.Time) error) error {
	if err := r.valid(); err != nil {
		return err
	}
	if err := mayHook(r.Actor); err != nil {
		return err
	}
	if r.ID == "" {
		r.ID = s.newID()
	}
	err := s.store.Write(ctx, func(store Writer) error {
		now := s.now().UTC()
		if err := do(store, now); err != nil {
			return err
		}
		_, err := store.Append(ctx, AuditEntry{Time: now, Actor: r.Actor.ID, RequestID: r.ID, Act: act, Object: map[string]any{
			"webhook": w.ID, "to": w.place(), "organisation": w.Organisation, "events": w.Events, "active": w.Active}})
		return err
	})
	if err == nil {
		s.did(act)
	}
	return err
}

// queue stores e as a delivery to the webhook id.
func (s *Service) queue(ctx context.Context, store Writer, id string, e Notice) error {
	body, err := Canonical(e)
	if err != nil {
		return err
	}
	return store.Enqueue(ctx, Delivery{ID: s.newID(), Webhook: id, Event: e.ID, Type: e.Type, Case: e.Case, Body: body, QueuedAt: e.Time, NextAt: e.Time, State: Waiting})
}
