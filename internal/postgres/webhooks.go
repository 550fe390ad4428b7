package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"assay/review"

	"github.com/jackc/pgx/v5"
)

const webhookColumns = `id, url, events, organisation, active, note, created_by, created_at, secret, failures, failing_since, next_at`

func scanWebhook(row pgx.CollectableRow) (w review.Webhook, err error) {
	var created, failing, next *string
	if err := row.Scan(&w.ID, &w.URL, &w.Events, &w.Organisation, &w.Active, &w.Note, &w.CreatedBy, &created, &w.Secret, &w.Failures, &failing, &next); err != nil {
		return w, err
	}
	return w, parseAll(kept{&w.CreatedAt, created}, kept{&w.FailingSince, failing}, kept{&w.NextAt, next})
}

// kept is a time as the tables have it, and where it goes.
type kept struct {
	to   *time.Time
	from *string
}

func parseAll(times ...kept) (err error) {
	for _, t := range times {
		if *t.to, err = parsed(t.from); err != nil {
			return err
		}
	}
	return nil
}

const deliveryColumns = `number, id, webhook, event, type, case_id, body::text, queued_at, state, next_at, attempts, last_at, last_status, last_error`

func scanDelivery(row pgx.CollectableRow) (d review.Delivery, err error) {
	var body string
	var queued, next, last *string
	if err := row.Scan(&d.Number, &d.ID, &d.Webhook, &d.Event, &d.Type, &d.Case, &body, &queued, &d.State, &next, &d.Attempts, &last,
		&d.LastStatus, &d.LastError); err != nil {
		return d, err
	}
	d.Body = json.RawMessage(body)
	if err := parseAll(kept{&d.QueuedAt, queued}, kept{&d.NextAt, next}, kept{&d.LastAt, last}); err != nil {
		return d, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	if d.State != review.Waiting {
		d.NextAt = time.Time{}
	}
	return d, nil
}

// Webhooks implements review.Reader.
func (t *caseTx) Webhooks(ctx context.Context) ([]review.Webhook, error) {
	return collect(ctx, t, scanWebhook, `SELECT `+webhookColumns+` FROM webhooks ORDER BY number`)
}

// Deliveries implements review.Reader.
func (t *caseTx) Deliveries(ctx context.Context, f review.DeliveryFilter) ([]review.Delivery, error) {
	return collect(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries
		WHERE webhook = $1 AND ($2 = '' OR state = $2) AND ($3::bigint = 0 OR number < $3)
		ORDER BY number DESC LIMIT $4`, f.Webhook, string(f.State), f.From, review.Filter{Limit: f.Limit}.PageSize())
}

// Delivery implements review.Reader.
func (t *caseTx) Delivery(ctx context.Context, webhook, id string) (review.Delivery, error) {
	found, err := collect(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries WHERE webhook = $1 AND id = $2`, webhook, id)
	switch {
	case err != nil:
		return review.Delivery{}, err
	case len(found) == 0:
		return review.Delivery{}, review.NoDelivery(id)
	}
	return found[0], nil
}

// PutWebhook implements review.Writer. It leaves a lease as it is.
func (t *caseTx) PutWebhook(ctx context.Context, w review.Webhook) error {
	_, err := t.Exec(ctx, `INSERT INTO webhooks (`+webhookColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET url = excluded.url, events = excluded.events, organisation = excluded.organisation, active = excluded.active,
			note = excluded.note, secret = excluded.secret, failures = excluded.failures, failing_since = excluded.failing_since, next_at = excluded.next_at`,
		w.ID, w.URL, w.Events, w.Organisation, w.Active, w.Note, w.CreatedBy, written(w.CreatedAt), w.Secret, w.Failures,
		written(w.FailingSince), written(w.NextAt))
	return err
}

// DropWebhook implements review.Writer.
func (t *caseTx) DropWebhook(ctx context.Context, id string) error {
	_, err := t.Exec(ctx, `DELETE FROM webhooks WHERE id = $1`, id)
	return err
}

// Enqueue implements review.Writer.
func (t *caseTx) Enqueue(ctx context.Context, d review.Delivery) error {
	_, err := t.Exec(ctx, `INSERT INTO deliveries (id, webhook, event, type, case_id, body, queued_at, state, next_at, attempts, last_status, last_error)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		d.ID, d.Webhook, d.Event, d.Type, d.Case, string(d.Body), written(d.QueuedAt), d.State, written(d.NextAt), d.Attempts, d.LastStatus, d.LastError)
	return taken(err, "delivery %s exists already, or its webhook is not there", d.ID)
}

// Requeue implements review.Writer.
func (t *caseTx) Requeue(ctx context.Context, d review.Delivery) error {
	_, err := t.Exec(ctx, `UPDATE deliveries SET state = $2, attempts = $3, queued_at = $4, next_at = $5 WHERE id = $1`,
		d.ID, d.State, d.Attempts, written(d.QueuedAt), written(d.NextAt))
	return err
}
