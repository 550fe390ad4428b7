package postgres

import (
	"context"
	"crypto/rand"
	"time"

	"assay/review"

	"github.com/jackc/pgx/v5"
)

var _ review.Outbox = (*Cases)(nil)

// next is the delivery that webhook w gets next: the one that has waited
// longest of those before which no earlier one of the same case waits. $1 is now.
const next = `LATERAL (
		SELECT d.number, d.next_at FROM deliveries d
		WHERE d.webhook = w.id AND d.state = 'waiting' AND d.next_at <= $1
		  AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.webhook = d.webhook AND e.case_id = d.case_id AND e.state = 'waiting' AND e.number < d.number)
		ORDER BY d.next_at, d.number LIMIT 1) d`

// due locks webhooks that have something to be sent. One that another sender is
// leasing at this moment is passed over instead of waited for; the lock is the
// weak one, so that acts can queue deliveries for it meanwhile.
const due = `SELECT w.id FROM webhooks w, ` + next + `
	WHERE w.active AND (w.next_at IS NULL OR w.next_at <= $1) AND (w.lease_until IS NULL OR w.lease_until <= $1)
	ORDER BY d.next_at, d.number LIMIT $2
	FOR NO KEY UPDATE OF w SKIP LOCKED`

// Claim implements review.Outbox. What a locked webhook gets is looked up in a
// second statement: the first may have seen the state before another sender
// was done with it.
func (c *Cases) Claim(ctx context.Context, now time.Time, lease time.Duration, n int) (parcels []review.Parcel, err error) {
	err = c.outbox(ctx, func(t *caseTx) error {
		parcels = nil // this may run more than once
		locked, err := collect(ctx, t, pgx.RowTo[string], due, written(now), n)
		if err != nil || len(locked) == 0 {
			return err
		}
		deliveries, err := collect(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries WHERE number IN (
			SELECT d.number FROM webhooks w, `+next+` WHERE w.id = ANY ($2)) ORDER BY next_at, number`, written(now), locked)
		if err != nil {
			return err
		}
		for _, d := range deliveries {
			p := review.Parcel{Delivery: d, Lease: rand.Text()}
			hooks, err := collect(ctx, t, scanWebhook, `UPDATE webhooks SET lease = $2, lease_until = $3 WHERE id = $1 RETURNING `+webhookColumns,
				d.Webhook, p.Lease, written(now.Add(lease)))
			if err != nil {
				return err
			}
			p.Webhook = hooks[0] // locked, so it is there
			parcels = append(parcels, p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return parcels, nil
}

// Settle implements review.Outbox.
func (c *Cases) Settle(ctx context.Context, p review.Parcel, o review.Outcome) error {
	return c.outbox(ctx, func(t *caseTx) error {
		failed := o.State != review.Delivered
		done, err := t.Exec(ctx, `UPDATE webhooks SET lease = '', lease_until = NULL,
				failures = CASE WHEN $3 THEN failures + 1 ELSE 0 END,
				failing_since = CASE WHEN $3 THEN coalesce(failing_since, $4) END,
				next_at = CASE WHEN $3 THEN $5 END,
				active = active AND $6 = '', note = CASE WHEN $6 = '' THEN note ELSE $6 END
			WHERE id = $1 AND lease = $2`, p.Webhook.ID, p.Lease, failed, written(o.At), written(o.RetryWebhook), o.SwitchOff)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return review.LostLease(p)
		}
		again := p.Delivery.NextAt
		if o.State == review.Waiting {
			again = o.Retry
		}
		if _, err := t.Exec(ctx, `UPDATE deliveries SET state = $2, attempts = attempts + 1, next_at = $3, last_at = $4, last_status = $5, last_error = $6 WHERE id = $1`,
			p.Delivery.ID, o.State, written(again), written(o.At), o.Status, o.Error); err != nil {
			return err
		}
		if failed && !o.GiveUp.IsZero() {
			_, err = t.Exec(ctx, `UPDATE deliveries SET state = 'dead', last_at = $2, last_error = CASE WHEN last_error = '' THEN $3 ELSE last_error END
				WHERE webhook = $1 AND state = 'waiting' AND queued_at < $4`, p.Webhook.ID, written(o.At), o.Error, written(o.GiveUp))
		}
		return err
	})
}

// Backlog implements review.Outbox.
func (c *Cases) Backlog(ctx context.Context) (b review.Backlog, err error) {
	err = c.outbox(ctx, func(t *caseTx) error {
		var oldest *string
		err := t.QueryRow(ctx, `SELECT w.n, w.oldest, (SELECT count(*) FROM deliveries WHERE state = 'dead'), (SELECT count(*) FROM webhooks WHERE active AND failures > 0)
			FROM (SELECT count(*) AS n, min(queued_at) AS oldest FROM deliveries WHERE state = 'waiting') w`).Scan(&b.Waiting, &oldest, &b.Dead, &b.Failing)
		if err != nil {
			return err
		}
		b.Oldest, err = parsed(oldest)
		return err
	})
	return b, err
}

// Purge implements review.Outbox.
func (c *Cases) Purge(ctx context.Context, before time.Time) (n int64, err error) {
	err = c.outbox(ctx, func(t *caseTx) error {
		done, err := t.Exec(ctx, `DELETE FROM deliveries WHERE state <> 'waiting' AND last_at < $1`, written(before))
		n = done.RowsAffected()
		return err
	})
	return n, err
}

// outbox runs fn in a transaction that does not take the writers' turn.
func (c *Cases) outbox(ctx context.Context, fn func(*caseTx) error) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	t := transaction{cases: c, doing: "sending webhooks", options: pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, again: true}
	return t.run(ctx, fn)
}
