package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/storetest"
	"assay/review"
)

// behind is the file as another tool sees it.
type behind struct{ *Store }

func (b behind) Exec(sql string) error {
	_, err := b.writing.Exec(sql)
	return err
}

func (b behind) Query(t *testing.T, sql string) (all [][]*string) {
	t.Helper()
	rows, err := b.writing.Query(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	for rows.Next() {
		row, to := make([]*string, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}

func (b behind) Columns(t *testing.T, table string) (names []string) {
	t.Helper()
	for _, row := range b.Query(t, `SELECT name FROM pragma_table_info('`+table+`')`) { // without generated ones
		names = append(names, *row[0])
	}
	return names
}

func (b behind) Unlock(t *testing.T) {
	t.Helper()
	for _, row := range b.Query(t, `SELECT type || ' ' || name FROM sqlite_schema WHERE type = 'trigger' OR type = 'index' AND sql IS NOT NULL`) {
		if err := b.Exec(`DROP ` + *row[0]); err != nil {
			t.Fatal(err)
		}
	}
	for _, pragma := range []string{`foreign_keys = 0`, `ignore_check_constraints = 1`, `synchronous = 0`} {
		if err := b.Exec(`PRAGMA ` + pragma); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTamperingIsFound(t *testing.T) {
	store := fresh(t, filepath.Join(t.TempDir(), "assay.db"))
	storetest.Tampering(t, store, behind{store})
}

// TestWrittenOnce tries to change, delete and replace rows as another tool
// would.
func TestWrittenOnce(t *testing.T) {
	store := fresh(t, filepath.Join(t.TempDir(), "assay.db"))
	s, err := review.New(review.Config{Store: store, Documents: storetest.Plain{}})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Filled(t, s)
	for _, table := range storetest.WrittenOnce {
		columns := behind{store}.Columns(t, table)
		names := strings.Join(columns, ", ")
		statements := []string{"DELETE FROM " + table, "INSERT OR REPLACE INTO " + table + " (" + names + ") SELECT " + names + " FROM " + table}
		for _, column := range columns {
			statements = append(statements, fmt.Sprintf("UPDATE %s SET %s = %s", table, column, column), fmt.Sprintf("UPDATE OR REPLACE %s SET %s = %s", table, column, column))
		}
		for _, statement := range statements {
			if err := (behind{store}).Exec(statement); err == nil || !strings.Contains(err.Error(), "written once") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	}
}
