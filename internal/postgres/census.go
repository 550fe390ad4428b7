package postgres

import (
	"context"

	"assay/review"

	"github.com/jackc/pgx/v5"
)

// Census implements review.Reader.
func (t *caseTx) Census(ctx context.Context) (map[review.State]int64, error) {
	all := map[review.State]int64{}
	_, err := collect(ctx, t, func(row pgx.CollectableRow) (state review.State, err error) {
		var n int64
		err = row.Scan(&state, &n)
		all[state] = n
		return state, err
	}, `SELECT state, count(*) FROM cases GROUP BY state`)
	return all, err
}
