package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"assay/corpus"
	"assay/review"

	"github.com/jackc/pgx/v5"
)

// caseTx is one transaction; it implements review.Reader and review.Writer.
type caseTx struct{ pgx.Tx }

// recordTables maps a sort of record to its table.
var recordTables = map[review.Sort]string{
	review.SortProduct: "products", review.SortDocument: "documents", review.SortProposal: "proposals",
	review.SortAssessment: "assessments", review.SortDecision: "decisions", review.SortMessage: "messages",
	review.SortReexamination: "reexaminations", review.SortUpheld: "upheld",
}

func written(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(review.AuditTime)
	return &s
}

func parsed(s *string) (time.Time, error) {
	if s == nil {
		return time.Time{}, nil
	}
	return time.Parse(review.AuditTime, *s)
}

const headColumns = `number, id, version, organisation, title, state, round, assignee, second, disagreement, language,
	created_by, created_at, updated_at, submitted_at, taken_at, asked`

func scanHead(row pgx.CollectableRow) (h review.Head, err error) {
	var created, updated, submitted, taken *string
	if err := row.Scan(&h.Number, &h.ID, &h.Version, &h.Organisation, &h.Title, &h.State, &h.Round, &h.Assignee, &h.Second,
		&h.Disagreement, &h.Language, &h.CreatedBy, &created, &updated, &submitted, &taken, &h.Asked); err != nil {
		return h, err
	}
	for _, t := range []struct {
		to   *time.Time
		from *string
	}{{&h.CreatedAt, created}, {&h.UpdatedAt, updated}, {&h.SubmittedAt, submitted}, {&h.TakenAt, taken}} {
		if *t.to, err = parsed(t.from); err != nil {
			return h, review.Unreadable("a time of case "+h.ID, err)
		}
	}
	return h, nil
}

// collect returns what scan makes of every row; never nil without an error.
func collect[T any](ctx context.Context, t *caseTx, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := t.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// Head implements review.Reader.
func (t *caseTx) Head(ctx context.Context, id string) (review.Head, error) {
	heads, err := t.heads(ctx, `WHERE id = $1`, id)
	switch {
	case err != nil:
		return review.Head{}, err
	case len(heads) == 0:
		return review.Head{}, review.NoCase(id)
	}
	return heads[0], nil
}

// heads returns the heads that the rest of a SELECT asks for, with their lists.
func (t *caseTx) heads(ctx context.Context, rest string, args ...any) ([]review.Head, error) {
	heads, err := collect(ctx, t, scanHead, `SELECT `+headColumns+` FROM cases `+rest, args...)
	if err != nil || len(heads) == 0 {
		return heads, err
	}
	ids := make([]string, len(heads))
	for i := range heads {
		ids[i] = heads[i].ID
	}
	lines, err := t.lines(ctx, ids...)
	for i := range heads {
		heads[i].Lists = lines[heads[i].ID]
	}
	return heads, err
}

// lines returns the lists of the cases ids, by case.
func (t *caseTx) lines(ctx context.Context, ids ...string) (map[string][]review.Line, error) {
	all := make(map[string][]review.Line, len(ids))
	for _, id := range ids {
		all[id] = []review.Line{}
	}
	_, err := collect(ctx, t, func(row pgx.CollectableRow) (l review.Line, err error) {
		var id string
		err = row.Scan(&id, &l.List, &l.Code, &l.Category, &l.Confidence, &l.Attention)
		all[id] = append(all[id], l)
		return l, err
	}, `SELECT case_id, list, code, category, confidence, attention FROM case_lists WHERE case_id = ANY ($1) ORDER BY case_id, place`, ids)
	return all, err
}

// conditions gathers what a question asks for. What is not asked for is left
// out of the statement, so that the server plans each question for itself.
type conditions struct {
	all  []string
	args []any
}

// arg adds a value and returns the sign that stands for it.
func (c *conditions) arg(v any) string {
	c.args = append(c.args, v)
	return fmt.Sprintf("($%d)", len(c.args))
}

func (c *conditions) add(left string, v any) { c.all = append(c.all, left+c.arg(v)) }

func (c *conditions) where() string {
	if len(c.all) == 0 {
		return ""
	}
	return ` WHERE ` + strings.Join(c.all, ` AND `)
}

// recordsQuery reads the records of all sorts in one journey to the server.
var recordsQuery = func() string {
	var parts []string
	for i, sort := range review.Sorts() {
		parts = append(parts, fmt.Sprintf(`SELECT %d AS place, seq, at, by, body::text FROM %s WHERE case_id = $1`, i, recordTables[sort]))
	}
	return strings.Join(parts, ` UNION ALL `) + ` ORDER BY place, seq`
}()

// Records implements review.Reader.
func (t *caseTx) Records(ctx context.Context, id string) ([]review.Record, error) {
	return collect(ctx, t, func(row pgx.CollectableRow) (review.Record, error) {
		r := review.Record{Case: id}
		var place int
		var at, body string
		err := row.Scan(&place, &r.Seq, &at, &r.By, &body)
		if err == nil {
			r.Sort, r.Body = review.Sorts()[place], json.RawMessage(body)
			if r.At, err = time.Parse(review.AuditTime, at); err != nil {
				err = review.Unreadable(fmt.Sprintf("the time of %s %d of case %s", r.Sort, r.Seq, id), err)
			}
		}
		return r, err
	}, recordsQuery, id)
}

// Queue implements review.Reader.
func (t *caseTx) Queue(ctx context.Context, f review.Filter) (review.Page, error) {
	var q, line conditions
	order := ` ORDER BY number LIMIT `
	if f.Newest {
		order = ` ORDER BY number DESC LIMIT `
		if f.From > 0 {
			q.add(`number < `, f.From)
		}
	} else {
		q.add(`number > `, f.From)
	}
	if len(f.States) > 0 {
		states := make([]string, len(f.States))
		for i, s := range f.States {
			states[i] = string(s)
		}
		q.add(`state = ANY `, states)
	}
	if f.Language != "" {
		q.add(`language = `, f.Language)
	}
	if f.Organisation != "" {
		q.add(`organisation = `, f.Organisation)
	}
	switch f.Assignee {
	case "":
	case "-":
		q.add(`assignee = `, "")
	default:
		q.add(`assignee = `, f.Assignee)
	}
	if f.Disagreement != nil {
		q.add(`disagreement = `, *f.Disagreement)
	}
	if !f.Before.IsZero() {
		q.add(`created_at < `, written(f.Before))
	}
	if !f.After.IsZero() {
		q.add(`created_at >= `, written(f.After))
	}
	// One and the same list of the case must satisfy all of these.
	line.args = q.args
	if f.List != "" {
		line.add(`list = `, string(f.List))
	}
	if f.Category != "" {
		line.add(`category = `, f.Category)
	}
	if f.MinConfidence > 0 {
		line.add(`confidence >= `, f.MinConfidence)
	}
	if f.MaxConfidence > 0 {
		line.add(`confidence <= `, f.MaxConfidence)
	}
	switch {
	case f.Attention: // few lines are marked: from them to their cases, by the partial index
		line.all = append(line.all, `attention <> ''`)
		q.all = append(q.all, `id IN (SELECT case_id FROM case_lists`+line.where()+`)`)
	case len(line.all) > 0:
		line.all = append(line.all, `case_id = cases.id`)
		q.all = append(q.all, `EXISTS (SELECT FROM case_lists`+line.where()+`)`)
	}
	q.args = line.args
	size := f.PageSize()
	// One more tells whether another page follows.
	heads, err := t.heads(ctx, q.where()+order+q.arg(size+1), q.args...)
	if err != nil {
		return review.Page{}, err
	}
	page := review.Page{Cases: heads}
	if len(heads) > size {
		page.Cases = heads[:size]
		page.Next = heads[size-1].Number
	}
	return page, nil
}

// Precedents implements review.Reader. A precedent is superseded when its case
// has entered a later round; the one that took its place is the next that the
// case has, if any.
func (t *caseTx) Precedents(ctx context.Context, f review.PrecedentFilter) ([]review.Precedent, error) {
	var q conditions
	if f.Case != "" {
		q.add(`p.case_id = `, f.Case)
	}
	if f.Fingerprint != "" {
		q.add(`p.fingerprint = `, f.Fingerprint)
	}
	if f.List != "" {
		q.all = append(q.all, `EXISTS (SELECT FROM json_object_keys(p.codes) AS k (list) WHERE k.list = `+q.arg(string(f.List))+`)`)
	}
	if f.Code != "" {
		list, code := q.arg(string(f.List)), q.arg(f.Code)
		from := `EXISTS (SELECT FROM json_each(p.codes) AS l (list, codes)`
		on := ` WHERE ` + list + `::text IN ('', l.list) AND `
		if corpus.IsUnlisted(f.Code) {
			q.all = append(q.all, from+on+code+`::text <> '' AND json_array_length(l.codes) = 0)`)
		} else { // the code itself, or one below it: 3A001.a, XI(a)
			q.all = append(q.all, from+`, json_array_elements_text(l.codes) AS k (code)`+on+
				`(k.code = `+code+`::text OR left(k.code, length(`+code+`::text) + 1) IN (`+code+`::text || '.', `+code+`::text || '(')))`)
		}
	}
	if f.Current {
		q.all = append(q.all, `c.round = p.round`)
	}
	if f.Organisation != "" {
		q.add(`c.organisation = `, f.Organisation)
	}
	if behind, round := f.Behind(); behind != "" {
		q.all = append(q.all, `EXISTS (SELECT FROM precedents last WHERE last.case_id = `+q.arg(behind)+` AND last.round = `+q.arg(round)+`
			AND (p.decided_at < last.decided_at OR p.decided_at = last.decided_at AND (p.case_id, p.round) > (last.case_id, last.round)))`)
	}
	limit := q.arg(review.Filter{Limit: f.Limit}.PageSize())
	return collect(ctx, t, scanPrecedent, `
		SELECT `+precedentColumns+`
		FROM precedents p JOIN cases c ON c.id = p.case_id`+q.where()+`
		ORDER BY p.decided_at DESC, p.case_id, p.round
		LIMIT `+limit, q.args...)
}

// precedentColumns are what scanPrecedent reads, of a precedent p and its case c.
const precedentColumns = `p.case_id, p.round, p.text, p.fingerprint, p.codes::text, p.decided_at, c.round > p.round,
	(SELECT min(n.round) FROM precedents n WHERE n.case_id = p.case_id AND n.round > p.round),
	CASE WHEN c.round = p.round THEN c.state ELSE '' END`

func scanPrecedent(row pgx.CollectableRow) (p review.Precedent, err error) {
	var codes, at string
	var next *int
	if err := row.Scan(&p.Case, &p.Round, &p.Text, &p.Fingerprint, &codes, &at, &p.Superseded, &next, &p.State); err != nil {
		return p, err
	}
	p.ID = review.PrecedentID(p.Case, p.Round)
	if next != nil {
		p.SupersededBy = review.PrecedentID(p.Case, *next)
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
