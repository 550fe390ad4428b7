package postgres

import (
	"slices"
	"strings"
	"testing"

	"assay/internal/postgres/postgrestest"
	"assay/review"
)

func condition(t *testing.T, c *Cases, name string) review.Condition {
	t.Helper()
	all := c.Inspect(t.Context())
	i := slices.IndexFunc(all, func(c review.Condition) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("nothing is said of %s: %+v", name, all)
	}
	return all[i]
}

func TestInspect(t *testing.T) {
	address := postgrestest.URL(t)
	c := openCases(t, address)
	for _, name := range []string{"cases", "schema", "writing"} {
		if k := condition(t, c, name); !k.OK || !k.Vital || k.Detail == "" || k.Remedy != "" {
			t.Errorf("%+v", k)
		}
	}
	reader := openCases(t, address+"&default_transaction_read_only=on")
	if k := condition(t, reader, "writing"); k.OK || !strings.Contains(k.Detail, "read only") || k.Remedy == "" {
		t.Errorf("%+v", k)
	}
	gone := openCases(t, address+"&application_name=gone")
	gone.store.Close()
	if k := condition(t, gone, "cases"); k.OK || !k.Vital || k.Detail == "" {
		t.Errorf("without a database: %+v", k)
	}
	if _, err := c.store.pool.Exec(t.Context(), `INSERT INTO assay_migration (version_id, is_applied) VALUES (99999, true)`); err != nil {
		t.Fatal(err)
	}
	if k := condition(t, c, "schema"); k.OK || !strings.Contains(k.Detail, "schema 99999") || !strings.Contains(k.Remedy, "newest version") {
		t.Errorf("%+v", k)
	}
}
