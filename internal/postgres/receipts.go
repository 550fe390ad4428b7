package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"assay/review"

	"github.com/jackc/pgx/v5"
)

const receiptColumns = `actor, key, fingerprint, case_id, at`

func scanReceipt(row pgx.CollectableRow) (r review.Receipt, err error) {
	var at string
	if err := row.Scan(&r.Actor, &r.Key, &r.Fingerprint, &r.Case, &at); err != nil {
		return r, err
	}
	if r.At, err = time.Parse(review.AuditTime, at); err != nil {
		err = review.Unreadable(fmt.Sprintf("the receipt %.40q of %.40q", r.Key, r.Actor), err)
	}
	return r, err
}

// Receipt implements review.Reader.
func (t *caseTx) Receipt(ctx context.Context, actor, key string) (review.Receipt, bool, error) {
	rows, err := t.Query(ctx, `SELECT `+receiptColumns+` FROM receipts WHERE actor = $1 AND key = $2`, actor, key)
	if err != nil {
		return review.Receipt{}, false, err
	}
	r, err := pgx.CollectOneRow(rows, scanReceipt)
	if errors.Is(err, pgx.ErrNoRows) {
		return review.Receipt{}, false, nil
	}
	return r, err == nil, err
}

// Receipts implements review.Reader.
func (t *caseTx) Receipts(ctx context.Context) iter.Seq2[review.Receipt, error] {
	return pieces(func(last *review.Receipt) ([]review.Receipt, error) {
		if last == nil {
			return collect(ctx, t, scanReceipt, `SELECT `+receiptColumns+` FROM receipts ORDER BY actor, key LIMIT $1`, piece)
		}
		return collect(ctx, t, scanReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE (actor, key) > ($2, $3) ORDER BY actor, key LIMIT $1`,
			piece, last.Actor, last.Key)
	})
}

// Keep implements review.Writer.
func (t *caseTx) Keep(ctx context.Context, r review.Receipt) error {
	_, err := t.Exec(ctx, `INSERT INTO receipts (`+receiptColumns+`) VALUES ($1, $2, $3, $4, $5)`,
		r.Actor, r.Key, r.Fingerprint, r.Case, written(r.At))
	return taken(err, "the idempotency key %.40q was used already", r.Key)
}
