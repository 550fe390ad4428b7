package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"assay/review"

	"github.com/jackc/pgx/v5"
)

const auditColumns = `seq, time, actor, request_id, act, object::text, prev, hash`

// piece is how many rows of a long table are fetched at once. While they are
// worked on, the connection is free for other questions.
const piece = 1000

// pieces yields what next returns, piece by piece; next is given the last one
// that it returned before, nil at first.
func pieces[T any](next func(last *T) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last *T
		for {
			some, err := next(last)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, one := range some {
				if !yield(one, nil) {
					return
				}
			}
			if len(some) < piece {
				return
			}
			last = &some[len(some)-1]
		}
	}
}

// Audit implements review.Reader.
func (t *caseTx) Audit(ctx context.Context) iter.Seq2[review.AuditRecord, error] {
	return pieces(func(last *review.AuditRecord) ([]review.AuditRecord, error) {
		if last == nil { // a number that was changed by hand may be as low as it likes
			return collect(ctx, t, scanAudit, `SELECT `+auditColumns+` FROM audit ORDER BY seq LIMIT $1`, piece)
		}
		return collect(ctx, t, scanAudit, `SELECT `+auditColumns+` FROM audit WHERE seq > $2 ORDER BY seq LIMIT $1`, piece, last.Seq)
	})
}

func scanAudit(row pgx.CollectableRow) (r review.AuditRecord, err error) {
	var object string
	err = row.Scan(&r.Seq, &r.Time, &r.Actor, &r.RequestID, &r.Act, &object, &r.Prev, &r.Hash)
	r.Object = json.RawMessage(object)
	return r, err
}

// AuditPage implements review.Reader.
func (t *caseTx) AuditPage(ctx context.Context, f review.AuditFilter) (review.AuditPage, error) {
	var q conditions
	if f.Case != "" { // as the index audit_by_case has it
		q.add(`object ->> 'case' = `, f.Case)
	}
	if f.Actor != "" {
		q.add(`actor = `, f.Actor)
	}
	if f.Act != "" {
		q.add(`act = `, string(f.Act))
	}
	order := ` ORDER BY seq LIMIT `
	if f.Newest {
		order = ` ORDER BY seq DESC LIMIT `
	}
	switch {
	case f.From > 0 && f.Newest:
		q.add(`seq < `, f.From)
	case f.From > 0:
		q.add(`seq > `, f.From)
	}
	size := f.PageSize()
	limit := q.arg(size + 1) // one more tells whether another page follows
	records, err := collect(ctx, t, scanAudit, `SELECT `+auditColumns+` FROM audit`+q.where()+order+limit, q.args...)
	if err != nil {
		return review.AuditPage{}, err
	}
	page := review.AuditPage{Records: records}
	if len(records) > size {
		page.Records, page.Next = records[:size], records[size-1].Seq
	}
	return page, nil
}

// Append implements review.Writer. Nobody else appends meanwhile: see Cases.
func (t *caseTx) Append(ctx context.Context, e review.AuditEntry) (review.AuditRecord, error) {
	seq, prev := int64(0), review.Genesis
	err := t.QueryRow(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&seq, &prev)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return review.AuditRecord{}, err
	}
	r, err := review.Chain(seq, prev, e)
	if err != nil {
		return r, err
	}
	_, err = t.Exec(ctx, `INSERT INTO audit (seq, time, actor, request_id, act, object, prev, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.Seq, r.Time, r.Actor, r.RequestID, r.Act, string(r.Object), r.Prev, r.Hash)
	return r, err
}
