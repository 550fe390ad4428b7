package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"assay/classifier/embedding"
	"assay/review"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgvector/pgvector-go"
)

// The numbers of the index over precedents. docs/precedents.md has the
// measurement with a million of them, and what other numbers give.
const (
	// precedentM is how many links a vector has to its neighbours. pgvector's
	// default: more makes the index and each insertion larger.
	precedentM = 16
	// precedentConstruction is how many candidates are looked at when a vector is
	// linked in. Twice the default: decisions come one at a time, and links that were badly
	// chosen cannot be mended when searching.
	precedentConstruction = 128
	// precedentSearch is how many candidates a search keeps in hand.
	precedentSearch = 100
	// precedentScan is how many vectors a search looks at, at most, when most of
	// those it meets are not such as are asked for: superseded, or decided for other lists. It finds
	// fewer than asked for then.
	precedentScan = 40_000
	// precedentIndexed is the most dimensions of a halfvec that HNSW takes; vectors
	// of more are all compared.
	precedentIndexed = 4000
)

// forNearest sets, for one transaction, how the index is searched, and returns
// the number of the model on the same journey. A relaxed order would be faster where
// much is filtered out, and would not give the nearest first.
const forNearest = `SELECT set_config('hnsw.ef_search', $3, true), set_config('hnsw.iterative_scan', 'strict_order', true),
	set_config('hnsw.max_scan_tuples', $4, true), coalesce((SELECT id FROM precedent_model WHERE name = $1 AND dim = $2), 0)`

// prepare does that for a search that keeps search candidates in hand.
func (t *caseTx) prepare(ctx context.Context, m review.VectorModel, search int) (id int, err error) {
	var set [3]string
	err = t.QueryRow(ctx, forNearest, m.Name, m.Dim, strconv.Itoa(search), strconv.Itoa(precedentScan)).Scan(&set[0], &set[1], &set[2], &id)
	return id, err
}

// modelID returns the number of a model, 0 when no vector by it was ever stored.
func (t *caseTx) modelID(ctx context.Context, m review.VectorModel) (id int, err error) {
	err = t.QueryRow(ctx, `SELECT id FROM precedent_model WHERE name = $1 AND dim = $2`, m.Name, m.Dim).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// newModel gives a model a number and makes the index for it.
func (t *caseTx) newModel(ctx context.Context, m review.VectorModel) (id int, err error) {
	if err := t.QueryRow(ctx, `INSERT INTO precedent_model (name, dim) VALUES ($1, $2) RETURNING id`, m.Name, m.Dim).Scan(&id); err != nil {
		return 0, err
	}
	if m.Dim > precedentIndexed {
		return id, nil
	}
	// A role that uses the tables of another may not make an index. That must not
	// undo a decision: without one, all vectors are compared.
	err = pgx.BeginFunc(ctx, t.Tx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, precedentIndex(id, m.Dim))
		return err
	})
	const insufficientPrivilege = "42501"
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == insufficientPrivilege {
		return id, nil
	}
	return id, err
}

// precedentIndex returns the statement that makes the index of a model.
func precedentIndex(id, dim int) string {
	return fmt.Sprintf(`CREATE INDEX IF NOT EXISTS %s ON precedent_vector
		USING hnsw ((embedding::halfvec(%d)) halfvec_cosine_ops) WITH (m = %d, ef_construction = %d) WHERE model_id = %d`,
		precedentIndexName(id), dim, precedentM, precedentConstruction, id)
}

func precedentIndexName(id int) string { return fmt.Sprintf("precedent_vector_model_%d", id) }

// AddVector implements review.Writer.
func (t *caseTx) AddVector(ctx context.Context, v review.PrecedentVector) error {
	name := review.PrecedentID(v.Case, v.Round)
	whole, err := wholeNumbers(v)
	if err != nil {
		return fmt.Errorf("precedent %s: %w", name, err)
	}
	id, err := t.modelID(ctx, v.Model)
	if err == nil && id == 0 {
		id, err = t.newModel(ctx, v.Model)
	}
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `INSERT INTO precedent_vector (model_id, case_id, round, embedding) VALUES ($1, $2, $3, $4)
		ON CONFLICT (case_id, round, model_id) DO NOTHING`, id, v.Case, v.Round, pgvector.NewHalfVector(whole))
	return taken(err, "there is no precedent %s", name)
}

// wholeNumbers returns the vector in eight bits a component, as every store keeps it.
func wholeNumbers(v review.PrecedentVector) ([]float32, error) {
	if len(v.Vector) != v.Model.Dim || v.Model.Dim > maxDim {
		return nil, fmt.Errorf("a vector of %d components is not one by %s that PostgreSQL can keep", len(v.Vector), v.Model)
	}
	q, err := embedding.Quantise([][]float32{v.Vector})
	if err != nil {
		return nil, err
	}
	row, _ := q.Row(0)
	whole := make([]float32, len(row))
	for i, x := range row {
		whole[i] = float32(x)
	}
	return whole, nil
}

// DropVectors implements review.Writer. The index goes first: it would be
// tidied row by row otherwise.
func (t *caseTx) DropVectors(ctx context.Context, model string) (int, error) {
	ids, err := collect(ctx, t, pgx.RowTo[int], `SELECT id FROM precedent_model WHERE name = $1`, model)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	for _, id := range ids {
		if _, err := t.Exec(ctx, `DROP INDEX IF EXISTS `+precedentIndexName(id)); err != nil {
			return 0, err
		}
	}
	done, err := t.Exec(ctx, `DELETE FROM precedent_vector WHERE model_id = ANY ($1)`, ids)
	if err != nil {
		return 0, err
	}
	_, err = t.Exec(ctx, `DELETE FROM precedent_model WHERE id = ANY ($1)`, ids)
	return int(done.RowsAffected()), err
}

// VectorSets implements review.Reader.
func (t *caseTx) VectorSets(ctx context.Context) (precedents int, sets []review.VectorSet, err error) {
	if err := t.QueryRow(ctx, `SELECT count(*) FROM precedents`).Scan(&precedents); err != nil {
		return 0, nil, err
	}
	sets, err = collect(ctx, t, func(row pgx.CollectableRow) (v review.VectorSet, err error) {
		return v, row.Scan(&v.Name, &v.Dim, &v.Count)
	}, `SELECT m.name, m.dim, count(*) FROM precedent_vector v JOIN precedent_model m ON m.id = v.model_id GROUP BY m.name, m.dim ORDER BY m.name, m.dim`)
	return precedents, sets, err
}

// WithoutVector implements review.Reader, in the order of case and round.
func (t *caseTx) WithoutVector(ctx context.Context, m review.VectorModel, after review.Precedent, limit int) ([]review.Precedent, error) {
	id, err := t.modelID(ctx, m)
	if err != nil {
		return nil, err
	}
	return collect(ctx, t, scanPrecedent, `SELECT `+precedentColumns+`
		FROM precedents p JOIN cases c ON c.id = p.case_id
		WHERE (p.case_id, p.round) > ($1, $2)
		  AND NOT EXISTS (SELECT FROM precedent_vector v WHERE v.case_id = p.case_id AND v.round = p.round AND v.model_id = $3)
		ORDER BY p.case_id, p.round LIMIT $4`, after.Case, after.Round, id, limit)
}

// Nearest implements review.Reader. The index proposes the vectors in order of
// their distance; each is looked up and either fits what is asked or is passed over, until there
// are enough. How similar one has to be is looked at afterwards: the scan
// would go on and on for one that is near enough.
func (t *caseTx) Nearest(ctx context.Context, q review.NearQuery) ([]review.Near, error) {
	if len(q.Vector) != q.Model.Dim {
		return nil, fmt.Errorf("a vector of %d components is not one by %s", len(q.Vector), q.Model)
	}
	id, err := t.prepare(ctx, q.Model, precedentSearch)
	if err != nil || id == 0 {
		return nil, err
	}
	sql, args := nearestQuery(id, q)
	rows, err := t.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n review.Near, err error) {
		n.Precedent, err = scanPrecedent(withSimilarity{row, &n.Similarity})
		return n, err
	})
	if err != nil {
		return nil, err
	}
	// The scan does not know which of two that are equally near comes first.
	slices.SortStableFunc(found, func(a, b review.Near) int {
		return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Round, b.Round))
	})
	for i := range found {
		if found[i].Similarity < q.Least {
			return found[:i], nil
		}
	}
	return found, nil
}

// nearestQuery returns the statement for the model with this number. It stands
// in the text, and so does the dimension, for the planner to see that
// the index is the one for it.
func nearestQuery(id int, q review.NearQuery) (string, []any) {
	var c conditions
	vector := c.arg(pgvector.NewHalfVector(q.Vector))
	if len(q.Lists) > 0 {
		lists := make([]string, len(q.Lists))
		for i, l := range q.Lists {
			lists[i] = string(l)
		}
		c.all = append(c.all, `EXISTS (SELECT FROM json_object_keys(p.codes) AS k (list) WHERE k.list = ANY `+c.arg(lists)+`)`)
	}
	if q.Standing {
		c.all = append(c.all, `c.round = p.round`)
	}
	order := ""
	if q.Organisation != "" {
		c.add(`c.organisation = `, q.Organisation)
		// One of many organisations has few cases: comparing all of them is faster
		// than walking past everybody else's, and misses none. What is ordered by
		// a sum is not what the index orders by, so the planner leaves it alone.
		order = ` + 0`
	}
	if q.Without != "" {
		c.add(`v.case_id <> `, q.Without)
	}
	c.all = append(c.all, fmt.Sprintf(`v.model_id = %d`, id))
	distance := fmt.Sprintf(`(v.embedding::halfvec(%d) <=> %s::halfvec(%d))`, q.Model.Dim, vector, q.Model.Dim)
	limit := c.arg(q.Limit)
	return `SELECT ` + precedentColumns + `, 1 - ` + distance + `
		FROM precedent_vector v
		JOIN precedents p ON p.case_id = v.case_id AND p.round = v.round
		JOIN cases c ON c.id = v.case_id` + c.where() + `
		ORDER BY ` + distance + order + ` LIMIT ` + limit, c.args
}

// withSimilarity scans one column more than scanPrecedent knows of.
type withSimilarity struct {
	pgx.CollectableRow
	similarity *float64
}

func (w withSimilarity) Scan(to ...any) error {
	return w.CollectableRow.Scan(append(to, w.similarity)...)
}
