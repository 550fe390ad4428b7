package sqlite

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"assay/review"
)

var _ review.Inspector = (*Store)(nil)

// Least free space: below scarce a person should look, below least a write may
// fail at any moment.
const (
	scarce = 1 << 30
	least  = 64 << 20
)

// Inspect implements review.Inspector. It reads, and looks at what writing
// needs: rights and space. It does not write: whoever may ask for readiness
// could then make writers wait. Nor does it open the file beside SQLite, which
// would take SQLite's locks away when it is closed again.
func (s *Store) Inspect(ctx context.Context) []review.Condition {
	all := []review.Condition{s.inspectCases(ctx)}
	if all[0].OK {
		all = append(all, s.inspectSchema(ctx))
	}
	if err := writable(s.path); err != nil {
		all = append(all, review.Condition{Name: "writing", Vital: true, Detail: fmt.Sprintf("%s may not be written: %v", s.path, err), Remedy: "check who owns the file and its directory, and how its disk is mounted"})
	} else {
		all = append(all, review.Condition{Name: "writing", OK: true, Vital: true, Detail: s.path + " may be written"})
	}
	return append(all, inspectDisk(filepath.Dir(s.path)))
}

func (s *Store) inspectCases(ctx context.Context) review.Condition {
	any := false
	err := s.within(ctx, s.reading, "reading", func(t *tx) error {
		return t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM cases)`).Scan(&any)
	})
	if err != nil {
		return review.Unwell("cases", err)
	}
	return review.Condition{Name: "cases", OK: true, Vital: true, Detail: "the file answers"}
}

// inspectSchema finds a newer program that has brought the file up to date under
// this one.
func (s *Store) inspectSchema(ctx context.Context) review.Condition {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return review.Unwell("schema", err)
	}
	var at int
	if err := s.reading.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&at); err != nil {
		return review.Unwell("schema", s.explain(err, "reading"))
	}
	c := review.Condition{Name: "schema", OK: at == len(names), Vital: true, Detail: fmt.Sprintf("schema %d", at)}
	if !c.OK {
		c.Detail = fmt.Sprintf("the file is of schema %d and this program knows %d", at, len(names))
		c.Remedy = "start the server again, of the newest version that uses the file"
	}
	return c
}

func inspectDisk(dir string) review.Condition {
	free, err := freeSpace(dir)
	if err != nil {
		return review.Condition{Name: "disk", OK: true, Detail: fmt.Sprintf("how much space is free in %s is not known: %v", dir, err)}
	}
	c := review.Condition{Name: "disk", OK: free >= scarce, Vital: free < least, Detail: fmt.Sprintf("%d MB are free in %s", free>>20, dir)}
	if !c.OK {
		c.Remedy = fmt.Sprintf("free some space; below %d MB the server is not ready", least>>20)
	}
	return c
}
