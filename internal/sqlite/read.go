package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/corpus"
	"assay/review"
)

// tx is one transaction; it implements review.Reader and review.Writer.
type tx struct {
	*sql.Tx
	shelves *shelves
	writes  bool
}

// tables maps a sort of record to its table.
var tables = map[review.Sort]string{
	review.SortProduct: "products", review.SortDocument: "documents", review.SortProposal: "proposals",
	review.SortAssessment: "assessments", review.SortDecision: "decisions", review.SortMessage: "messages",
	review.SortReexamination: "reexaminations", review.SortUpheld: "upheld",
}

func written(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(review.AuditTime)
}

func parsed(s sql.NullString) (time.Time, error) {
	if !s.Valid {
		return time.Time{}, nil
	}
	return time.Parse(review.AuditTime, s.String)
}

const headColumns = `number, id, version, organisation, title, state, round, assignee, second, disagreement, language,
	created_by, created_at, updated_at, submitted_at, taken_at, asked`

type scanner interface{ Scan(...any) error }

func scanHead(row scanner) (h review.Head, err error) {
	var created, updated, submitted, taken sql.NullString
	if err := row.Scan(&h.Number, &h.ID, &h.Version, &h.Organisation, &h.Title, &h.State, &h.Round, &h.Assignee, &h.Second,
		&h.Disagreement, &h.Language, &h.CreatedBy, &created, &updated, &submitted, &taken, &h.Asked); err != nil {
		return h, err
	}
	for _, t := range []struct {
		to   *time.Time
		from sql.NullString
	}{{&h.CreatedAt, created}, {&h.UpdatedAt, updated}, {&h.SubmittedAt, submitted}, {&h.TakenAt, taken}} {
		if *t.to, err = parsed(t.from); err != nil {
			return h, review.Unreadable("a time of case "+h.ID, err)
		}
	}
	return h, nil
}

// Head implements review.Reader.
func (t *tx) Head(ctx context.Context, id string) (review.Head, error) {
	heads, err := query(ctx, t, scanHead, `SELECT `+headColumns+` FROM cases WHERE id = ?`, id)
	switch {
	case err != nil:
		return review.Head{}, err
	case len(heads) == 0:
		return review.Head{}, review.NoCase(id)
	}
	heads[0].Lists, err = t.lines(ctx, id)
	return heads[0], err
}

func (t *tx) lines(ctx context.Context, id string) ([]review.Line, error) {
	scan := func(row scanner) (l review.Line, err error) {
		err = row.Scan(&l.List, &l.Code, &l.Category, &l.Confidence, &l.Attention)
		return l, err
	}
	return query(ctx, t, scan, `SELECT list, code, category, confidence, attention FROM case_lists WHERE case_id = ? ORDER BY place`, id)
}

// query returns what scan makes of every row. The row is in memory when it is
// scanned: what fails then is not of the type that a store writes.
func query[T any](ctx context.Context, t *tx, scan func(scanner) (T, error), sql string, args ...any) ([]T, error) {
	rows, err := t.QueryContext(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, unreadable(err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func unreadable(err error) error {
	var told *review.Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	return review.Unreadable("a row", err)
}

// Records implements review.Reader.
func (t *tx) Records(ctx context.Context, id string) ([]review.Record, error) {
	var all []review.Record
	for _, sort := range review.Sorts() {
		scan := func(row scanner) (review.Record, error) {
			r := review.Record{Case: id, Sort: sort}
			var at, body string
			err := row.Scan(&r.Seq, &at, &r.By, &body)
			if err == nil {
				r.Body = json.RawMessage(body)
				if r.At, err = time.Parse(review.AuditTime, at); err != nil {
					err = review.Unreadable(fmt.Sprintf("the time of %s %d of case %s", sort, r.Seq, id), err)
				}
			}
			return r, err
		}
		some, err := query(ctx, t, scan, `SELECT seq, at, by, body FROM `+tables[sort]+` WHERE case_id = ? ORDER BY seq`, id)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Queue implements review.Reader.
func (t *tx) Queue(ctx context.Context, f review.Filter) (review.Page, error) {
	var where []string
	var args []any
	add := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	order := ` ORDER BY number LIMIT ?`
	if f.Newest {
		order = ` ORDER BY number DESC LIMIT ?`
		if f.From > 0 {
			add(`number < ?`, f.From)
		}
	} else {
		add(`number > ?`, f.From)
	}
	if len(f.States) > 0 {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(f.States)), ", ")
		add(`state IN (` + marks + `)`)
		for _, s := range f.States {
			args = append(args, s)
		}
	}
	if f.Language != "" {
		add(`language = ?`, f.Language)
	}
	if f.Organisation != "" {
		add(`organisation = ?`, f.Organisation)
	}
	switch f.Assignee {
	case "":
	case "-":
		add(`assignee = ''`)
	default:
		add(`assignee = ?`, f.Assignee)
	}
	if f.Disagreement != nil {
		add(`disagreement = ?`, *f.Disagreement)
	}
	if !f.Before.IsZero() {
		add(`created_at < ?`, written(f.Before))
	}
	if !f.After.IsZero() {
		add(`created_at >= ?`, written(f.After))
	}
	// One and the same list of the case must satisfy all of these.
	line := []string{`case_id = cases.id`}
	if f.List != "" {
		line, args = append(line, `list = ?`), append(args, f.List)
	}
	if f.Category != "" {
		line, args = append(line, `category = ?`), append(args, f.Category)
	}
	if f.MinConfidence > 0 {
		line, args = append(line, `confidence >= ?`), append(args, f.MinConfidence)
	}
	if f.MaxConfidence > 0 {
		line, args = append(line, `confidence <= ?`), append(args, f.MaxConfidence)
	}
	switch {
	case f.Attention: // few lines are marked: from them to their cases, by the partial index
		line[0] = `attention <> ''`
		where = append(where, `id IN (SELECT case_id FROM case_lists`+whereAll(line)+`)`)
	case len(line) > 1:
		where = append(where, `EXISTS (SELECT 1 FROM case_lists`+whereAll(line)+`)`)
	}
	size := f.PageSize()
	args = append(args, size+1) // one more tells whether another page follows
	heads, err := query(ctx, t, scanHead, `SELECT `+headColumns+` FROM cases`+whereAll(where)+order, args...)
	if err != nil {
		return review.Page{}, err
	}
	page := review.Page{Cases: heads}
	if len(heads) > size {
		page.Cases = heads[:size]
		page.Next = heads[size-1].Number
	}
	for i := range page.Cases {
		if page.Cases[i].Lists, err = t.lines(ctx, page.Cases[i].ID); err != nil {
			return review.Page{}, err
		}
	}
	return page, nil
}

func whereAll(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return ` WHERE ` + strings.Join(conditions, ` AND `)
}

// Precedents implements review.Reader. A precedent is superseded when its case
// has entered a later round; the one that took its place is the next that the
// case has, if any.
func (t *tx) Precedents(ctx context.Context, f review.PrecedentFilter) ([]review.Precedent, error) {
	// What is not asked for is left out, so that an index serves what is.
	var where []string
	var args []any
	add := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	if f.Case != "" {
		add(`p.case_id = ?`, f.Case)
	}
	if f.Fingerprint != "" {
		add(`p.fingerprint = ?`, f.Fingerprint)
	}
	if f.List != "" {
		add(`EXISTS (SELECT 1 FROM json_each(p.codes) WHERE key = ?)`, f.List)
	}
	switch {
	case f.Code == "":
	case corpus.IsUnlisted(f.Code):
		add(`EXISTS (SELECT 1 FROM json_each(p.codes) l WHERE ? IN ('', l.key) AND json_array_length(l.value) = 0)`, f.List)
	default: // the code itself, or one below it: 3A001.a, XI(a)
		add(`EXISTS (SELECT 1 FROM json_each(p.codes) l, json_each(l.value) k
			WHERE ? IN ('', l.key) AND (k.value = ? OR substr(k.value, 1, length(?) + 1) IN (? || '.', ? || '(')))`, f.List, f.Code, f.Code, f.Code, f.Code)
	}
	if f.Current {
		add(`c.round = p.round`)
	}
	if f.Organisation != "" {
		add(`c.organisation = ?`, f.Organisation)
	}
	if behind, round := f.Behind(); behind != "" {
		add(`EXISTS (SELECT 1 FROM precedents last WHERE last.case_id = ? AND last.round = ?
			AND (p.decided_at < last.decided_at OR p.decided_at = last.decided_at AND (p.case_id, p.round) > (last.case_id, last.round)))`, behind, round)
	}
	args = append(args, review.Filter{Limit: f.Limit}.PageSize())
	return query(ctx, t, scanPrecedent, `
		SELECT `+precedentColumns+`
		FROM precedents p JOIN cases c ON c.id = p.case_id`+whereAll(where)+`
		ORDER BY p.decided_at DESC, p.case_id, p.round
		LIMIT ?`, args...)
}

// precedentColumns are what scanPrecedent reads, of a precedent p and its case c.
const precedentColumns = `p.case_id, p.round, p.text, p.fingerprint, p.codes, p.decided_at, c.round > p.round,
	(SELECT min(n.round) FROM precedents n WHERE n.case_id = p.case_id AND n.round > p.round),
	CASE WHEN c.round = p.round THEN c.state ELSE '' END`

func scanPrecedent(row scanner) (p review.Precedent, err error) {
	var codes, at string
	var next sql.NullInt64
	if err := row.Scan(&p.Case, &p.Round, &p.Text, &p.Fingerprint, &codes, &at, &p.Superseded, &next, &p.State); err != nil {
		return p, err
	}
	p.ID = review.PrecedentID(p.Case, p.Round)
	if next.Valid {
		p.SupersededBy = review.PrecedentID(p.Case, int(next.Int64))
	}
	p.Codes = map[corpus.ListID][]string{}
	if err := json.Unmarshal([]byte(codes), &p.Codes); err != nil {
		return p, review.Unreadable("precedent "+p.ID, err)
	}
	if p.DecidedAt, err = time.Parse(review.AuditTime, at); err != nil {
		err = review.Unreadable("precedent "+p.ID, err)
	}
	return p, err
}

// File implements review.Reader.
func (t *tx) File(ctx context.Context, sha256 string) (review.File, error) {
	scan := func(row scanner) (f review.File, err error) {
		f.SHA256 = sha256
		err = row.Scan(&f.Pages, &f.Text, &f.Data)
		return f, err
	}
	found, err := query(ctx, t, scan, `SELECT pages, text, data FROM files WHERE sha256 = ?`, sha256)
	switch {
	case err != nil:
		return review.File{}, err
	case len(found) == 0:
		return review.File{}, &review.Error{Kind: review.NotFound, Text: fmt.Sprintf("there is no file with the SHA-256 %.64q", sha256)}
	}
	return found[0], nil
}
