package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"time"

	"assay/review"
)

var _ review.Outbox = (*Store)(nil)

// due picks the webhooks that have something to be sent, and for each the
// delivery that has waited longest of those before which no earlier one of the
// same case waits. ?1 is now.
const due = `SELECT owner, next_delivery FROM (
		SELECT w.id AS owner, (
			SELECT d.number FROM deliveries d
			WHERE d.webhook = w.id AND d.state = 'waiting' AND d.next_at <= ?1
			  AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.webhook = d.webhook AND e.case_id = d.case_id AND e.state = 'waiting' AND e.number < d.number)
			ORDER BY d.next_at, d.number LIMIT 1) AS next_delivery
		FROM webhooks w
		WHERE w.active AND (w.next_at IS NULL OR w.next_at <= ?1) AND (w.lease_until IS NULL OR w.lease_until <= ?1)
	) JOIN deliveries ON number = next_delivery
	ORDER BY next_at, number LIMIT ?2`

// Claim implements review.Outbox. It looks before it takes the file's lock:
// most of the time there is nothing to do.
func (s *Store) Claim(ctx context.Context, now time.Time, lease time.Duration, n int) ([]review.Parcel, error) {
	type pick struct {
		webhook string
		number  int64
	}
	picks := func(t *tx) ([]pick, error) {
		return query(ctx, t, func(row scanner) (p pick, err error) { return p, row.Scan(&p.webhook, &p.number) }, due, written(now), n)
	}
	var some []pick
	err := s.within(ctx, s.reading, "reading", func(t *tx) (err error) { some, err = picks(t); return err })
	if err != nil || len(some) == 0 {
		return nil, err
	}
	var parcels []review.Parcel
	err = s.within(ctx, s.writing, "writing", func(t *tx) error {
		some, err := picks(t)
		if err != nil {
			return err
		}
		for _, p := range some {
			parcel := review.Parcel{Lease: rand.Text()}
			if _, err := t.ExecContext(ctx, `UPDATE webhooks SET lease = ?, lease_until = ? WHERE id = ?`, parcel.Lease, written(now.Add(lease)), p.webhook); err != nil {
				return err
			}
			if parcel.Webhook, err = scanWebhook(t.QueryRowContext(ctx, `SELECT `+webhookColumns+` FROM webhooks WHERE id = ?`, p.webhook)); err != nil {
				return err
			}
			if parcel.Delivery, err = scanDelivery(t.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE number = ?`, p.number)); err != nil {
				return err
			}
			parcels = append(parcels, parcel)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return parcels, nil
}

// Settle implements review.Outbox.
func (s *Store) Settle(ctx context.Context, p review.Parcel, o review.Outcome) error {
	return s.within(ctx, s.writing, "writing", func(t *tx) error {
		failed := o.State != review.Delivered
		done, err := t.ExecContext(ctx, `UPDATE webhooks SET lease = '', lease_until = NULL,
				failures = iif(?1, failures + 1, 0), failing_since = iif(?1, coalesce(failing_since, ?2), NULL), next_at = iif(?1, ?3, NULL),
				active = active AND ?4 = '', note = iif(?4 = '', note, ?4)
			WHERE id = ?5 AND lease = ?6`, failed, written(o.At), written(o.RetryWebhook), o.SwitchOff, p.Webhook.ID, p.Lease)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = review.LostLease(p)
			}
			return err
		}
		next := p.Delivery.NextAt
		if o.State == review.Waiting {
			next = o.Retry
		}
		if _, err := t.ExecContext(ctx, `UPDATE deliveries SET state = ?, attempts = attempts + 1, next_at = ?, last_at = ?, last_status = ?, last_error = ? WHERE id = ?`,
			o.State, written(next), written(o.At), o.Status, o.Error, p.Delivery.ID); err != nil {
			return err
		}
		if failed && !o.GiveUp.IsZero() {
			_, err = t.ExecContext(ctx, `UPDATE deliveries SET state = 'dead', last_at = ?, last_error = iif(last_error = '', ?, last_error)
				WHERE webhook = ? AND state = 'waiting' AND queued_at < ?`, written(o.At), o.Error, p.Webhook.ID, written(o.GiveUp))
		}
		return err
	})
}

// Backlog implements review.Outbox.
func (s *Store) Backlog(ctx context.Context) (b review.Backlog, err error) {
	err = s.within(ctx, s.reading, "reading", func(t *tx) error {
		var oldest sql.NullString
		if err := t.QueryRowContext(ctx, `SELECT count(*), min(queued_at) FROM deliveries WHERE state = 'waiting'`).Scan(&b.Waiting, &oldest); err != nil {
			return err
		}
		if err := t.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM deliveries WHERE state = 'dead'), (SELECT count(*) FROM webhooks WHERE active AND failures > 0)`).
			Scan(&b.Dead, &b.Failing); err != nil {
			return err
		}
		b.Oldest, err = parsed(oldest)
		return err
	})
	return b, err
}

// Purge implements review.Outbox.
func (s *Store) Purge(ctx context.Context, before time.Time) (n int64, err error) {
	err = s.within(ctx, s.writing, "writing", func(t *tx) error {
		done, err := t.ExecContext(ctx, `DELETE FROM deliveries WHERE state <> 'waiting' AND last_at < ?`, written(before))
		if err == nil {
			n, err = done.RowsAffected()
		}
		return err
	})
	return n, err
}
