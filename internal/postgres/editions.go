package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/corpus"
	"assay/corpus/shelf"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// metaColumns are what scanMeta reads, in its order.
const metaColumns = `list, date, title, language, format, source, retrieved, sha256, attribution`

func scanMeta(row pgx.Row, more ...any) (corpus.Meta, error) {
	var m corpus.Meta
	var date time.Time
	err := row.Scan(append([]any{&m.List, &date, &m.Title, &m.Language, &m.Format, &m.Source, &m.Retrieved, &m.SHA256, &m.Attribution}, more...)...)
	m.Date, m.Retrieved = date.Format(time.DateOnly), m.Retrieved.UTC()
	return m, err
}

// Put stores e and tells whether that changed anything: an edition that is
// already there with the same passages is left alone. Another text of the same
// list and day is refused with shelf.ErrConflict, unless it was read from the
// same bytes (the reader has learned since). Either e is stored whole, or the
// store is as before.
func (s *Store) Put(ctx context.Context, e *corpus.Edition) (changed bool, err error) {
	return s.put(ctx, e, false)
}

// Replace is Put for an edition that takes the place of whatever is there. The
// replaced one is kept, out of sight, until Remove.
func (s *Store) Replace(ctx context.Context, e *corpus.Edition) (changed bool, err error) {
	return s.put(ctx, e, true)
}

func (s *Store) put(ctx context.Context, e *corpus.Edition, replace bool) (bool, error) {
	if err := e.Validate(); err != nil {
		return false, &shelf.Error{ID: e.ID(), Err: err, Remedy: "nothing was stored"}
	}
	content := shelf.ContentHash(e)
	changed := false
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := takeTurn(ctx, tx, e.ID()); err != nil {
			return err
		}
		var storedID int64
		var storedContent string
		stored, err := scanMeta(tx.QueryRow(ctx, `SELECT `+metaColumns+`, id, content FROM edition
			WHERE list = $1 AND date = $2 AND superseded_at IS NULL`, e.List, e.Date), &storedID, &storedContent)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
		case err != nil:
			return err
		case storedContent == content:
			// Importing again mends passages that were altered behind our back.
			if _, err := s.passages(ctx, tx, storedID, storedContent, stored); err == nil {
				return nil
			} else if !errors.Is(err, shelf.ErrDamaged) {
				return err
			}
		case stored.SHA256 != e.SHA256 && !replace:
			return shelf.Conflict(stored, e.Meta, "")
		}
		changed = true
		if _, err := tx.Exec(ctx, `UPDATE edition SET superseded_at = now() WHERE list = $1 AND date = $2 AND superseded_at IS NULL`, e.List, e.Date); err != nil {
			return err
		}
		return insert(ctx, tx, e, content)
	})
	if err == nil {
		return changed, nil
	}
	var known *shelf.Error
	if errors.As(err, &known) {
		return false, err
	}
	return false, &shelf.Error{ID: e.ID(), Err: err, Remedy: "the store is as it was before"}
}

// takeTurn makes writers of one edition wait for each other until the
// transaction ends. It gives up when ctx does, or after half a minute.
func takeTurn(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '30s'`)
	if err == nil {
		_, err = tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('assay edition'), hashtext(current_schema() || $1))`, id)
	}
	const lockNotAvailable = "55P03"
	var pg *pgconn.PgError
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.As(err, &pg) && pg.Code == lockNotAvailable {
		return &shelf.Error{ID: id, Err: shelf.ErrBusy, Remedy: "try again when it has finished"}
	}
	return err
}

func insert(ctx context.Context, tx pgx.Tx, e *corpus.Edition, content string) error {
	var id int64
	err := tx.QueryRow(ctx, `INSERT INTO edition (`+metaColumns+`, content)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
		e.List, e.Date, e.Title, e.Language, e.Format, e.Source, e.Retrieved, e.SHA256, e.Attribution, content).Scan(&id)
	if err != nil {
		return err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"passage"},
		[]string{"edition_id", "ordinal", "passage_id", "code", "kind", "label", "text", "applies_to", "marks"},
		pgx.CopyFromSlice(len(e.Passages), func(i int) ([]any, error) {
			p := &e.Passages[i]
			return []any{id, i, p.ID, p.Code, string(p.Kind), p.Label, p.Text, p.AppliesTo, p.Marks}, nil
		}))
	return err
}

// Load reads an edition whole. Passages that are not those that were stored
// are shelf.ErrDamaged.
func (s *Store) Load(ctx context.Context, id string) (*corpus.Edition, error) {
	list, date, err := split(id)
	if err != nil {
		return nil, err
	}
	var number int64
	var content string
	meta, err := scanMeta(s.pool.QueryRow(ctx, `SELECT `+metaColumns+`, id, content FROM edition
		WHERE list = $1 AND date = $2 AND superseded_at IS NULL`, list, date), &number, &content)
	if err != nil {
		return nil, readError(id, err)
	}
	return s.passages(ctx, s.pool, number, content, meta)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func (s *Store) passages(ctx context.Context, q querier, number int64, content string, meta corpus.Meta) (*corpus.Edition, error) {
	rows, err := q.Query(ctx, `SELECT passage_id, code, kind, label, text, applies_to, marks FROM passage WHERE edition_id = $1 ORDER BY ordinal`, number)
	if err != nil {
		return nil, readError(meta.ID(), err)
	}
	e := &corpus.Edition{Meta: meta}
	e.Passages, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p corpus.Passage, err error) {
		return p, row.Scan(&p.ID, &p.Code, &p.Kind, &p.Label, &p.Text, &p.AppliesTo, &p.Marks)
	})
	if err != nil {
		return nil, readError(meta.ID(), err)
	}
	if shelf.ContentHash(e) != content {
		return nil, &shelf.Error{ID: meta.ID(), Err: fmt.Errorf("%w: its passages are not those that were imported", shelf.ErrDamaged), Remedy: "import the list again"}
	}
	return e, nil
}

// List returns the records of all editions, by list and day.
func (s *Store) List(ctx context.Context) ([]corpus.Meta, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+metaColumns+` FROM edition WHERE superseded_at IS NULL ORDER BY list || '@' || date::text COLLATE "C"`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (corpus.Meta, error) { return scanMeta(row) })
}

// Latest returns the record of the newest edition of list.
func (s *Store) Latest(ctx context.Context, list corpus.ListID) (corpus.Meta, error) {
	m, err := scanMeta(s.pool.QueryRow(ctx, `SELECT `+metaColumns+` FROM edition WHERE list = $1 AND superseded_at IS NULL ORDER BY date DESC LIMIT 1`, list))
	return m, readError(string(list), err)
}

// Resolve returns the record of what a user names: an edition
// ("us-ccl@2026-06-24") or a list, which stands for its newest edition.
func (s *Store) Resolve(ctx context.Context, name string) (corpus.Meta, error) {
	if strings.Contains(name, "@") {
		list, date, err := split(name)
		if err != nil {
			return corpus.Meta{}, err
		}
		m, err := scanMeta(s.pool.QueryRow(ctx, `SELECT `+metaColumns+` FROM edition WHERE list = $1 AND date = $2 AND superseded_at IS NULL`, list, date))
		return m, readError(name, err)
	}
	list, err := corpus.ParseListID(name)
	if err != nil {
		return corpus.Meta{}, err
	}
	return s.Latest(ctx, list)
}

// Remove deletes an edition, what it replaced, and their vectors.
func (s *Store) Remove(ctx context.Context, id string) error {
	list, date, err := split(id)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := takeTurn(ctx, tx, id); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `DELETE FROM edition WHERE list = $1 AND date = $2`, list, date)
		if err == nil && tag.RowsAffected() == 0 {
			err = pgx.ErrNoRows
		}
		return readError(id, err)
	})
}

func split(id string) (list, date string, err error) {
	if err := shelf.CheckID(id); err != nil {
		return "", "", err
	}
	list, date, _ = strings.Cut(id, "@")
	return list, date, nil
}

func readError(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return shelf.NotFound(name)
	}
	return &shelf.Error{ID: name, Err: err}
}
