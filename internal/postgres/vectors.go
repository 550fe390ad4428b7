package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"assay/classifier/embedding"
	"assay/corpus/shelf"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
)

// maxDim is the most components that pgvector keeps in a halfvec.
const maxDim = 16000

// SaveVectors stores v, all or nothing, in place of earlier vectors of the
// same edition and model. Vectors that are there already are left alone: two
// servers that make them at once must not pull them from under each other.
func (s *Store) SaveVectors(ctx context.Context, key shelf.VectorKey, v embedding.Quantised) error {
	if err := key.Fits(v.Len(), v.Dim, len(v.Data)); err != nil {
		return err
	}
	if key.Dim > maxDim {
		return fmt.Errorf("vectors of %s: %s gives %d components and PostgreSQL keeps %d at most; use another model", key.Edition, key.Model, key.Dim, maxDim)
	}
	list, date, err := split(key.Edition)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := takeTurn(ctx, tx, key.Edition); err != nil {
			return err
		}
		if have, err := loadVectors(ctx, tx, key); err == nil && slices.Equal(have.Scale, v.Scale) && slices.Equal(have.Data, v.Data) {
			return nil
		}
		var edition, set int64
		err := tx.QueryRow(ctx, `SELECT id FROM edition WHERE list = $1 AND date = $2 AND superseded_at IS NULL`, list, date).Scan(&edition)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM vector_set WHERE edition_id = $1 AND model = $2`, edition, key.Model); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `INSERT INTO vector_set (edition_id, model, dim, content, count) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			edition, key.Model, key.Dim, key.Content, v.Len()).Scan(&set)
		if err != nil {
			return err
		}
		whole := make([]float32, v.Dim) // CopyFrom is done with a row before it asks for the next
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"passage_vector"}, []string{"set_id", "unit", "large", "scale", "embedding"},
			pgx.CopyFromSlice(v.Len(), func(i int) ([]any, error) {
				row, scale := v.Row(i)
				for j, x := range row {
					whole[j] = float32(x)
				}
				return []any{set, i, v.Len() > s.exact, scale, pgvector.NewHalfVector(whole)}, nil
			}))
		return err
	})
	if err != nil {
		return readError(key.Edition, err)
	}
	return nil
}

// LoadVectors returns the vectors stored under key. The error is
// shelf.ErrNotFound when there are none, shelf.ErrStaleVectors when there are
// others, shelf.ErrDamaged when some are missing; in each case they have to be
// computed and saved.
func (s *Store) LoadVectors(ctx context.Context, key shelf.VectorKey) (embedding.Quantised, error) {
	return loadVectors(ctx, s.pool, key)
}

func loadVectors(ctx context.Context, q querier, key shelf.VectorKey) (embedding.Quantised, error) {
	set, count, err := vectorSet(ctx, q, key)
	if err != nil {
		return embedding.Quantised{}, err
	}
	v := embedding.Quantised{Dim: key.Dim, Scale: make([]float32, 0, count), Data: make([]int8, 0, count*key.Dim)}
	rows, err := q.Query(ctx, `SELECT scale, embedding FROM passage_vector WHERE set_id = $1 ORDER BY unit`, set)
	if err != nil {
		return embedding.Quantised{}, readError(key.Edition, err)
	}
	var scale float32
	var half pgvector.HalfVector
	_, err = pgx.ForEachRow(rows, []any{&scale, &half}, func() error {
		v.Scale = append(v.Scale, scale)
		for _, x := range half.Slice() {
			v.Data = append(v.Data, int8(x))
		}
		return nil
	})
	if err != nil {
		return embedding.Quantised{}, readError(key.Edition, err)
	}
	if v.Len() != count || len(v.Data) != count*key.Dim {
		return embedding.Quantised{}, &shelf.Error{ID: key.Edition, Remedy: "the vectors have to be computed again",
			Err: fmt.Errorf("%w: %d vectors by %s are there, %d were stored", shelf.ErrDamaged, v.Len(), key.Model, count)}
	}
	return v, nil
}

// vectorSet finds the set stored under key and says how many vectors it has.
func vectorSet(ctx context.Context, q querier, key shelf.VectorKey) (set int64, count int, err error) {
	if err := key.Check(); err != nil {
		return 0, 0, err
	}
	list, date, err := split(key.Edition)
	if err != nil {
		return 0, 0, err
	}
	stored := shelf.VectorKey{Edition: key.Edition, Model: key.Model}
	err = q.QueryRow(ctx, `SELECT v.id, v.dim, v.content, v.count FROM vector_set v JOIN edition e ON e.id = v.edition_id
		WHERE e.list = $1 AND e.date = $2 AND e.superseded_at IS NULL AND v.model = $3`, list, date, key.Model).Scan(&set, &stored.Dim, &stored.Content, &count)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, 0, &shelf.Error{ID: key.Edition, Err: fmt.Errorf("no vectors by %s: %w", key.Model, shelf.ErrNotFound), Remedy: "they have to be computed once"}
	case err != nil:
		return 0, 0, readError(key.Edition, err)
	}
	if what := stored.Differs(key); what != "" {
		return 0, 0, &shelf.Error{ID: key.Edition, Err: fmt.Errorf("%w: %s", shelf.ErrStaleVectors, what), Remedy: "the vectors have to be computed again"}
	}
	return set, count, nil
}
