package sqlite

import (
	"context"

	"assay/review"
)

// Census implements review.Reader.
func (t *tx) Census(ctx context.Context) (map[review.State]int64, error) {
	type row struct {
		state review.State
		n     int64
	}
	rows, err := query(ctx, t, func(r scanner) (one row, err error) { return one, r.Scan(&one.state, &one.n) }, `SELECT state, count(*) FROM cases GROUP BY state`)
	if err != nil {
		return nil, err
	}
	all := map[review.State]int64{}
	for _, r := range rows {
		all[r.state] = r.n
	}
	return all, nil
}
