package sqlite

import (
	"context"
	"encoding/json"
	"iter"

	"assay/review"
)

const auditColumns = `seq, time, actor, request_id, act, object, prev, hash`

func scanAudit(row scanner) (r review.AuditRecord, err error) {
	var object string
	err = row.Scan(&r.Seq, &r.Time, &r.Actor, &r.RequestID, &r.Act, &object, &r.Prev, &r.Hash)
	r.Object = json.RawMessage(object)
	return r, err
}

// Audit implements review.Reader.
func (t *tx) Audit(ctx context.Context) iter.Seq2[review.AuditRecord, error] {
	return each(ctx, t, scanAudit, `SELECT `+auditColumns+` FROM audit ORDER BY seq`)
}

// each yields what scan makes of every row, up to the first that it cannot read.
func each[T any](ctx context.Context, t *tx, scan func(scanner) (T, error), sql string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := t.QueryContext(ctx, sql)
		if err != nil {
			yield(none, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			one, err := scan(rows)
			if !yield(one, unreadable(err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, err)
		}
	}
}

// AuditPage implements review.Reader.
func (t *tx) AuditPage(ctx context.Context, f review.AuditFilter) (review.AuditPage, error) {
	var where []string
	var args []any
	add := func(condition string, value any) {
		where = append(where, condition)
		args = append(args, value)
	}
	if f.Case != "" { // as the index audit_by_case has it
		add(`CASE WHEN json_valid(object) THEN json_extract(object, '$.case') END = ?`, f.Case)
	}
	if f.Actor != "" {
		add(`actor = ?`, f.Actor)
	}
	if f.Act != "" {
		add(`act = ?`, f.Act)
	}
	order := ` ORDER BY seq LIMIT ?`
	if f.Newest {
		order = ` ORDER BY seq DESC LIMIT ?`
	}
	switch {
	case f.From > 0 && f.Newest:
		add(`seq < ?`, f.From)
	case f.From > 0:
		add(`seq > ?`, f.From)
	}
	size := f.PageSize()
	args = append(args, size+1) // one more tells whether another page follows
	records, err := query(ctx, t, scanAudit, `SELECT `+auditColumns+` FROM audit`+whereAll(where)+order, args...)
	if err != nil {
		return review.AuditPage{}, err
	}
	page := review.AuditPage{Records: records}
	if len(records) > size {
		page.Records, page.Next = records[:size], records[size-1].Seq
	}
	return page, nil
}
