// Package postgrestest gives tests a database. It is imported by tests only.
package postgrestest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Env names the server that tests may use, as a URL of a role that may make
// schemas. scripts/test sets it.
const Env = "ASSAY_TEST_DATABASE_URL"

// URL returns the address of an empty schema of its own on the server that Env
// names, and drops it when the test ends. Without a server the test is left
// out; under continuous integration (CI=true) it fails, so that no one
// believes these tests have run.
func URL(t testing.TB) string {
	t.Helper()
	address := os.Getenv(Env)
	if address == "" {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no database: %s is not set; scripts/test sets it, or start one with scripts/postgres up", Env)
		}
		t.Skipf("left out: no database; start one with scripts/postgres up and set %s to what it prints", Env)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		t.Fatalf("%s must be a URL such as postgres://postgres@127.0.0.1:5432/postgres", Env)
	}
	schema := "assay_test_" + strings.ToLower(rand.Text()[:12])
	run(t, address, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { run(t, address, "DROP SCHEMA "+schema+" CASCADE") })
	q := u.Query()
	q.Set("search_path", schema+",public") // public holds the extension
	u.RawQuery = q.Encode()
	return u.String()
}

func run(t testing.TB, address, sql string) {
	t.Helper()
	// Not the test's own context: it is over when the schema is dropped.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatalf("the database of %s does not answer: %v", Env, err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "SET client_min_messages = warning; "+sql); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", sql, err))
	}
}
