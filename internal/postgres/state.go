package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// State returns a word that changes whenever the newest edition of a list
// becomes another or says something else. The number of the row counts too: an
// edition that was removed and brought in again is not the one that a Searcher knows.
func (s *Store) State(ctx context.Context) (string, error) {
	// The newest day of each list, by the index of editions in force.
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT ON (list) list, id, content FROM edition
		WHERE superseded_at IS NULL ORDER BY list, date DESC`)
	if err != nil {
		return "", fmt.Errorf("looking for new editions: %w", err)
	}
	all := sha256.New()
	var list, content string
	var id int64
	if _, err := pgx.ForEachRow(rows, []any{&list, &id, &content}, func() error {
		fmt.Fprintf(all, "%s %d %s\n", list, id, content)
		return nil
	}); err != nil {
		return "", fmt.Errorf("looking for new editions: %w", err)
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}
