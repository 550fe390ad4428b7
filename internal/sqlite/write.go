package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"assay/review"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// Create implements review.Writer.
func (t *tx) Create(ctx context.Context, h *review.Head) error {
	row := t.QueryRowContext(ctx, `
		INSERT INTO cases (id, version, organisation, title, state, round, assignee, second, disagreement, language,
			created_by, created_at, updated_at, submitted_at, taken_at, asked)
		VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		RETURNING number`,
		h.ID, h.Organisation, h.Title, h.State, h.Round, h.Assignee, h.Second, h.Disagreement, h.Language,
		h.CreatedBy, written(h.CreatedAt), written(h.UpdatedAt), written(h.SubmittedAt), written(h.TakenAt), h.Asked)
	var number int64
	if err := row.Scan(&number); err != nil {
		return taken(err, "case %s exists already", h.ID)
	}
	if err := t.putLines(ctx, h); err != nil {
		return err
	}
	h.Number, h.Version = number, 1
	return nil
}

// Update implements review.Writer.
func (t *tx) Update(ctx context.Context, h *review.Head) error {
	done, err := t.ExecContext(ctx, `
		UPDATE cases SET version = version + 1, title = ?, state = ?, round = ?, assignee = ?, second = ?, disagreement = ?,
			language = ?, updated_at = ?, submitted_at = ?, taken_at = ?, asked = ?
		WHERE id = ? AND version = ?`,
		h.Title, h.State, h.Round, h.Assignee, h.Second, h.Disagreement, h.Language,
		written(h.UpdatedAt), written(h.SubmittedAt), written(h.TakenAt), h.Asked, h.ID, h.Version)
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		if _, err := t.Head(ctx, h.ID); err != nil {
			return err
		}
		return &review.Error{Kind: review.Conflict, Text: fmt.Sprintf("case %s was changed since it was read as version %d", h.ID, h.Version),
			Remedy: "look at it again, then decide whether you still want this"}
	}
	if err := t.putLines(ctx, h); err != nil {
		return err
	}
	h.Version++
	return nil
}

// putLines writes the lists of h when they differ from what is stored.
func (t *tx) putLines(ctx context.Context, h *review.Head) error {
	have, err := t.lines(ctx, h.ID)
	if err != nil || slices.Equal(have, h.Lists) {
		return err
	}
	if _, err := t.ExecContext(ctx, `DELETE FROM case_lists WHERE case_id = ?`, h.ID); err != nil {
		return err
	}
	for i, l := range h.Lists {
		if _, err := t.ExecContext(ctx, `INSERT INTO case_lists (case_id, place, list, code, category, confidence, attention) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			h.ID, i+1, l.List, l.Code, l.Category, l.Confidence, l.Attention); err != nil {
			return err
		}
	}
	return nil
}

// Add implements review.Writer.
func (t *tx) Add(ctx context.Context, r review.Record) error {
	table, ok := tables[r.Sort]
	if !ok {
		return fmt.Errorf("sqlite: no table keeps a %q", r.Sort)
	}
	_, err := t.ExecContext(ctx, `INSERT INTO `+table+` (case_id, seq, at, by, body) VALUES (?, ?, ?, ?, ?)`,
		r.Case, r.Seq, written(r.At), r.By, string(r.Body))
	return taken(err, "case %s has a %s %d already, or is not there", r.Case, r.Sort, r.Seq)
}

// PutFile implements review.Writer.
func (t *tx) PutFile(ctx context.Context, f *review.File) error {
	err := t.QueryRowContext(ctx, `SELECT pages, text FROM files WHERE sha256 = ?`, f.SHA256).Scan(&f.Pages, &f.Text)
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO files (sha256, pages, text, data) VALUES (?, ?, ?, ?)`, f.SHA256, f.Pages, f.Text, f.Data)
	return taken(err, "a file with the SHA-256 %s exists already, or is none", f.SHA256)
}

// AddPrecedent implements review.Writer.
func (t *tx) AddPrecedent(ctx context.Context, p review.Precedent) error {
	list, err := review.Canonical(p.Codes)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO precedents (case_id, round, text, fingerprint, codes, decided_at) VALUES (?, ?, ?, ?, ?, ?)`,
		p.Case, p.Round, p.Text, p.Fingerprint, string(list), written(p.DecidedAt))
	return taken(err, "precedent %s exists already", p.ID)
}

// Append implements review.Writer. The transaction holds the file's lock, so
// nobody else appends between reading the end and writing behind it.
func (t *tx) Append(ctx context.Context, e review.AuditEntry) (review.AuditRecord, error) {
	seq, prev := int64(0), review.Genesis
	err := t.QueryRowContext(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&seq, &prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return review.AuditRecord{}, err
	}
	r, err := review.Chain(seq, prev, e)
	if err != nil {
		return r, err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO audit (seq, time, actor, request_id, act, object, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Seq, r.Time, r.Actor, r.RequestID, r.Act, string(r.Object), r.Prev, r.Hash)
	return r, err
}

// taken says, of an error of a constraint or a trigger, that something stands
// there already.
func taken(err error, format string, args ...any) error {
	var from *driver.Error
	if errors.As(err, &from) && from.Code()&0xff == codes.SQLITE_CONSTRAINT {
		return &review.Error{Kind: review.Conflict, Text: fmt.Sprintf(format, args...), Err: err}
	}
	return err
}
