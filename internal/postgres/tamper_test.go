package postgres

import (
	"fmt"
	"strings"
	"testing"

	"assay/internal/postgres/postgrestest"
	"assay/internal/storetest"
	"assay/review"

	"github.com/jackc/pgx/v5"
)

// behind is the database as another tool sees it.
type behind struct {
	*Store
	t *testing.T
}

func (b behind) Exec(sql string) error {
	_, err := b.pool.Exec(b.t.Context(), sql)
	return err
}

func (b behind) Query(t *testing.T, sql string) [][]*string {
	t.Helper()
	rows, err := b.pool.Query(t.Context(), sql, pgx.QueryExecModeSimpleProtocol) // every value as text
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (one []*string, err error) {
		for i, raw := range row.RawValues() {
			var value *string
			if raw != nil {
				s := string(raw)
				if row.FieldDescriptions()[i].DataTypeOID == boolean {
					s = fmt.Sprint(s == "t")
				}
				value = &s
			}
			one = append(one, value)
		}
		return one, nil
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return all
}

const boolean = 16 // oid of the type

func (b behind) Columns(t *testing.T, table string) (names []string) {
	t.Helper()
	for _, row := range b.Query(t, `SELECT attname FROM pg_attribute WHERE attrelid = '`+table+`'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`) {
		names = append(names, *row[0])
	}
	return names
}

func (b behind) Unlock(t *testing.T) {
	t.Helper()
	for _, statement := range append([]string{`ALTER TABLE cases ALTER COLUMN number DROP IDENTITY`},
		b.each(t, `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
			WHERE connamespace = current_schema()::regnamespace AND contype IN ('c', 'f')`,
			`SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
			WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal`,
			`SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index JOIN pg_class c ON c.oid = indrelid
			WHERE relnamespace = current_schema()::regnamespace AND NOT indisprimary AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`)...) {
		if err := b.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// each returns the statements that queries print.
func (b behind) each(t *testing.T, queries ...string) (statements []string) {
	t.Helper()
	for _, q := range queries {
		for _, row := range b.Query(t, q) {
			statements = append(statements, *row[0])
		}
	}
	return statements
}

func TestTamperingIsFound(t *testing.T) {
	c := openCases(t, postgrestest.URL(t))
	storetest.Tampering(t, c, behind{c.store, t})
}

// TestWrittenOnce tries to change, delete and replace rows as another tool
// would.
func TestWrittenOnce(t *testing.T) {
	c := openCases(t, postgrestest.URL(t))
	s, err := review.New(review.Config{Store: c, Documents: storetest.Plain{}})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Filled(t, s)
	b := behind{c.store, t}
	for _, table := range storetest.WrittenOnce {
		columns := b.Columns(t, table)
		set := fmt.Sprintf("SET %s = x.%s", columns[0], columns[0])
		key := strings.Join(columns[:2], ", ")
		on := fmt.Sprintf("x.%s = y.%s AND x.%s = y.%s", columns[0], columns[0], columns[1], columns[1])
		if table == "audit" || table == "files" { // these refer to no case
			key, on = columns[0], strings.Split(on, " AND ")[0]
		}
		statements := []string{
			"DELETE FROM " + table, "DELETE FROM " + table + " WHERE false",
			"TRUNCATE " + table + " CASCADE", "TRUNCATE cases CASCADE",
			"INSERT INTO " + table + " SELECT * FROM " + table + " AS x ON CONFLICT (" + key + ") DO UPDATE " + strings.ReplaceAll(set, "x.", "EXCLUDED."),
			"MERGE INTO " + table + " AS x USING " + table + " AS y ON " + on + " WHEN MATCHED THEN UPDATE " + set,
			"MERGE INTO " + table + " AS x USING " + table + " AS y ON " + on + " WHEN MATCHED THEN DELETE",
			"SET LOCAL session_replication_role = replica; DELETE FROM " + table,
		}
		for _, column := range columns {
			statements = append(statements, fmt.Sprintf("UPDATE %s SET %s = %s", table, column, column))
		}
		for _, statement := range statements {
			if key == columns[0] && strings.Contains(statement, "CASCADE") {
				continue
			}
			if err := b.Exec(statement); err == nil || !strings.Contains(err.Error(), "written once") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	}
}
