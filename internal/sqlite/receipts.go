package sqlite

import (
	"context"
	"fmt"
	"iter"
	"time"

	"assay/review"
)

const receiptColumns = `actor, key, fingerprint, case_id, at`

func scanReceipt(row scanner) (r review.Receipt, err error) {
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
func (t *tx) Receipt(ctx context.Context, actor, key string) (review.Receipt, bool, error) {
	found, err := query(ctx, t, scanReceipt, `SELECT `+receiptColumns+` FROM receipts WHERE actor = ? AND key = ?`, actor, key)
	if err != nil || len(found) == 0 {
		return review.Receipt{}, false, err
	}
	return found[0], true, nil
}

// Receipts implements review.Reader.
func (t *tx) Receipts(ctx context.Context) iter.Seq2[review.Receipt, error] {
	return each(ctx, t, scanReceipt, `SELECT `+receiptColumns+` FROM receipts ORDER BY actor, key`)
}

// Keep implements review.Writer.
func (t *tx) Keep(ctx context.Context, r review.Receipt) error {
	_, err := t.ExecContext(ctx, `INSERT INTO receipts (`+receiptColumns+`) VALUES (?, ?, ?, ?, ?)`,
		r.Actor, r.Key, r.Fingerprint, r.Case, written(r.At))
	return taken(err, "the idempotency key %.40q was used already", r.Key)
}
