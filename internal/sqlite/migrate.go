package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"assay/review"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs the migrations that the file has not seen, each with the rise
// of user_version in one transaction. Transactions start with the file's
// lock, so of two processes that open a fresh file one migrates and the other
// finds it done.
func (s *Store) migrate(ctx context.Context) error {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	for i, name := range names {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			return fmt.Errorf("sqlite: migration %s is not number %d", name, i+1)
		}
		script, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if err := s.within(ctx, s.writing, "bringing it up to date", func(t *tx) error {
			var at int
			if err := t.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&at); err != nil || at > i {
				if err == nil && at > len(names) {
					return &review.Error{Kind: review.Unavailable, Text: fmt.Sprintf("%s was written by a newer Assay (schema %d, this one knows %d)", s.path, at, len(names)),
						Remedy: "use the newer program"}
				}
				return err
			}
			if _, err := t.ExecContext(ctx, string(script)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			_, err := t.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, i+1))
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
