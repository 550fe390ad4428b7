package postgres

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"assay/review"

	"github.com/jackc/pgx/v5"
)

var _ review.Inspector = (*Cases)(nil)

// Inspect implements review.Inspector. It reads, and asks whether the server
// takes writes. It does not write: whoever may ask for readiness could then make
// writers wait. How full the database's disk is cannot be seen from here.
func (c *Cases) Inspect(ctx context.Context) []review.Condition {
	if err := c.enter(); err != nil {
		return []review.Condition{review.Unwell("cases", err)}
	}
	defer c.leave()
	start := time.Now()
	var any, standby bool
	var readOnly string
	var at int64
	t := transaction{cases: c, doing: "reading", options: pgx.TxOptions{AccessMode: pgx.ReadOnly}, again: true}
	err := t.run(ctx, func(t *caseTx) error {
		return t.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM cases), pg_is_in_recovery(), current_setting('default_transaction_read_only'),
			(SELECT max(version_id) FROM assay_migration WHERE is_applied)`).Scan(&any, &standby, &readOnly, &at)
	})
	if err != nil {
		return []review.Condition{review.Unwell("cases", err)}
	}
	all := []review.Condition{{Name: "cases", OK: true, Vital: true, Detail: fmt.Sprintf("the database answers in %d ms", time.Since(start).Milliseconds())}}
	switch {
	case standby:
		all = append(all, review.Condition{Name: "writing", Vital: true, Detail: "the database is a standby", Remedy: "give the address of the primary, or promote this one"})
	case readOnly == "on":
		all = append(all, review.Condition{Name: "writing", Vital: true, Detail: "the database is set to read only (default_transaction_read_only)", Remedy: "set that off for this role and database"})
	default:
		all = append(all, review.Condition{Name: "writing", OK: true, Vital: true, Detail: "the database takes writes"})
	}
	schema := review.Condition{Name: "schema", OK: at == newestMigration(), Vital: true, Detail: fmt.Sprintf("schema %d", at)}
	if !schema.OK {
		schema.Detail = fmt.Sprintf("the tables are of schema %d and this program knows %d", at, newestMigration())
		schema.Remedy = "start the server again, of the newest version that uses the database"
	}
	return append(all, schema)
}

// newestMigration is the number of the last migration that this program has.
func newestMigration() (newest int64) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0 // the pattern is right
	}
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}
