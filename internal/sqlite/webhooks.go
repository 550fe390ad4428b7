package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"assay/review"
)

const webhookColumns = `id, url, events, organisation, active, note, created_by, created_at, secret, failures, failing_since, next_at`

func scanWebhook(row scanner) (w review.Webhook, err error) {
	var events string
	var created, failing, next sql.NullString
	if err := row.Scan(&w.ID, &w.URL, &events, &w.Organisation, &w.Active, &w.Note, &w.CreatedBy, &created, &w.Secret, &w.Failures, &failing, &next); err != nil {
		return w, err
	}
	if err := json.Unmarshal([]byte(events), &w.Events); err != nil {
		return w, fmt.Errorf("webhook %s: %w", w.ID, err)
	}
	return w, parseAll(stored{&w.CreatedAt, created}, stored{&w.FailingSince, failing}, stored{&w.NextAt, next})
}

// stored is a time as the file has it, and where it goes.
type stored struct {
	to   *time.Time
	from sql.NullString
}

func parseAll(times ...stored) (err error) {
	for _, t := range times {
		if *t.to, err = parsed(t.from); err != nil {
			return err
		}
	}
	return nil
}

// Webhooks implements review.Reader.
func (t *tx) Webhooks(ctx context.Context) ([]review.Webhook, error) {
	return query(ctx, t, scanWebhook, `SELECT `+webhookColumns+` FROM webhooks ORDER BY number`)
}

const deliveryColumns = `number, id, webhook, event, type, case_id, body, queued_at, state, next_at, attempts, last_at, last_status, last_error`

func scanDelivery(row scanner) (d review.Delivery, err error) {
	var body string
	var queued, next, last sql.NullString
	if err := row.Scan(&d.Number, &d.ID, &d.Webhook, &d.Event, &d.Type, &d.Case, &body, &queued, &d.State, &next, &d.Attempts, &last,
		&d.LastStatus, &d.LastError); err != nil {
		return d, err
	}
	d.Body = json.RawMessage(body)
	if err := parseAll(stored{&d.QueuedAt, queued}, stored{&d.NextAt, next}, stored{&d.LastAt, last}); err != nil {
		return d, err
	}
	if d.State != review.Waiting {
		d.NextAt = time.Time{}
	}
	return d, nil
}

// Deliveries implements review.Reader.
func (t *tx) Deliveries(ctx context.Context, f review.DeliveryFilter) ([]review.Delivery, error) {
	return query(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries
		WHERE webhook = ?1 AND (?2 = '' OR state = ?2) AND (?3 = 0 OR number < ?3)
		ORDER BY number DESC LIMIT ?4`, f.Webhook, f.State, f.From, review.Filter{Limit: f.Limit}.PageSize())
}

// Delivery implements review.Reader.
func (t *tx) Delivery(ctx context.Context, webhook, id string) (review.Delivery, error) {
	d, err := scanDelivery(t.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE webhook = ? AND id = ?`, webhook, id))
	if errors.Is(err, sql.ErrNoRows) {
		return d, review.NoDelivery(id)
	}
	return d, err
}

// PutWebhook implements review.Writer. It leaves a lease as it is.
func (t *tx) PutWebhook(ctx context.Context, w review.Webhook) error {
	events, err := json.Marshal(w.Events)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO webhooks (`+webhookColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET url = excluded.url, events = excluded.events, organisation = excluded.organisation, active = excluded.active,
			note = excluded.note, secret = excluded.secret, failures = excluded.failures, failing_since = excluded.failing_since, next_at = excluded.next_at`,
		w.ID, w.URL, string(events), w.Organisation, w.Active, w.Note, w.CreatedBy, written(w.CreatedAt), w.Secret, w.Failures,
		written(w.FailingSince), written(w.NextAt))
	return err
}

// DropWebhook implements review.Writer.
func (t *tx) DropWebhook(ctx context.Context, id string) error {
	_, err := t.ExecContext(ctx, `DELETE FROM webhooks WHERE id = ?`, id)
	return err
}

// Enqueue implements review.Writer.
func (t *tx) Enqueue(ctx context.Context, d review.Delivery) error {
	_, err := t.ExecContext(ctx, `INSERT INTO deliveries (id, webhook, event, type, case_id, body, queued_at, state, next_at, attempts, last_status, last_error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID, d.Webhook, d.Event, d.Type, d.Case, string(d.Body), written(d.QueuedAt), d.State, written(d.NextAt), d.Attempts, d.LastStatus, d.LastError)
	return taken(err, "delivery %s exists already, or its webhook is not there", d.ID)
}

// Requeue implements review.Writer.
func (t *tx) Requeue(ctx context.Context, d review.Delivery) error {
	_, err := t.ExecContext(ctx, `UPDATE deliveries SET state = ?, attempts = ?, queued_at = ?, next_at = ? WHERE id = ?`,
		d.State, d.Attempts, written(d.QueuedAt), written(d.NextAt), d.ID)
	return err
}
