package postgres

import (
	"context"
	"fmt"
	"slices"

	"assay/review"
)

// Create implements review.Writer.
func (t *caseTx) Create(ctx context.Context, h *review.Head) error {
	var number int64
	err := t.QueryRow(ctx, `
		INSERT INTO cases (id, version, organisation, title, state, round, assignee, second, disagreement, language,
			created_by, created_at, updated_at, submitted_at, taken_at, asked)
		VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		RETURNING number`,
		h.ID, h.Organisation, h.Title, h.State, h.Round, h.Assignee, h.Second, h.Disagreement, h.Language,
		h.CreatedBy, written(h.CreatedAt), written(h.UpdatedAt), written(h.SubmittedAt), written(h.TakenAt), h.Asked).Scan(&number)
	if err != nil {
		return taken(err, "case %s exists already", h.ID)
	}
	if err := t.putLines(ctx, h); err != nil {
		return err
	}
	h.Number, h.Version = number, 1
	return nil
}

// Update implements review.Writer.
func (t *caseTx) Update(ctx context.Context, h *review.Head) error {
	done, err := t.Exec(ctx, `
		UPDATE cases SET version = version + 1, title = $3, state = $4, round = $5, assignee = $6, second = $7, disagreement = $8,
			language = $9, updated_at = $10, submitted_at = $11, taken_at = $12, asked = $13
		WHERE id = $1 AND version = $2`,
		h.ID, h.Version, h.Title, h.State, h.Round, h.Assignee, h.Second, h.Disagreement, h.Language,
		written(h.UpdatedAt), written(h.SubmittedAt), written(h.TakenAt), h.Asked)
	if err != nil {
		return err
	}
	if done.RowsAffected() == 0 {
		if _, err := t.Head(ctx, h.ID); err != nil {
			return err
		}
		return &review.Error{Kind: review.Conflict, Text: fmt.Sprintf("case %s was changed since it was read as version %d", h.ID, h.Version),
			Remedy: "look at it again, then decide whether you still want this"}
	}
	have, err := t.lines(ctx, h.ID)
	if err != nil {
		return err
	}
	if !slices.Equal(have[h.ID], h.Lists) {
		if _, err := t.Exec(ctx, `DELETE FROM case_lists WHERE case_id = $1`, h.ID); err != nil {
			return err
		}
		if err := t.putLines(ctx, h); err != nil {
			return err
		}
	}
	h.Version++
	return nil
}

// putLines stores the lists of h, of which there are none yet.
func (t *caseTx) putLines(ctx context.Context, h *review.Head) error {
	var lists, codes, categories, attention []string
	var confidences []float64
	for _, l := range h.Lists {
		lists, codes = append(lists, string(l.List)), append(codes, l.Code)
		categories, confidences = append(categories, l.Category), append(confidences, l.Confidence)
		attention = append(attention, l.Attention)
	}
	_, err := t.Exec(ctx, `
		INSERT INTO case_lists (case_id, place, list, code, category, confidence, attention)
		SELECT $1, place, list, code, category, confidence, attention
		FROM unnest($2::text[], $3::text[], $4::text[], $5::double precision[], $6::text[])
			WITH ORDINALITY AS l (list, code, category, confidence, attention, place)`,
		h.ID, lists, codes, categories, confidences, attention)
	return err
}

// Add implements review.Writer.
func (t *caseTx) Add(ctx context.Context, r review.Record) error {
	table, ok := recordTables[r.Sort]
	if !ok {
		return fmt.Errorf("postgres: no table keeps a %q", r.Sort)
	}
	_, err := t.Exec(ctx, `INSERT INTO `+table+` (case_id, seq, at, by, body) VALUES ($1, $2, $3, $4, $5)`,
		r.Case, r.Seq, written(r.At), r.By, string(r.Body))
	return taken(err, "case %s has a %s %d already, or is not there", r.Case, r.Sort, r.Seq)
}

// AddPrecedent implements review.Writer.
func (t *caseTx) AddPrecedent(ctx context.Context, p review.Precedent) error {
	codes, err := review.Canonical(p.Codes)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `INSERT INTO precedents (case_id, round, text, fingerprint, codes, decided_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.Case, p.Round, p.Text, p.Fingerprint, string(codes), written(p.DecidedAt))
	return taken(err, "precedent %s exists already", p.ID)
}
