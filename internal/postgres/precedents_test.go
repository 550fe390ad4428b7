package postgres

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/classifier/embedding"
	"assay/internal/postgres/postgrestest"
	"assay/review"
)

var small = review.VectorModel{Name: "small", Dim: 32}

// addPrecedents stores n precedents with vectors drawn at random, and returns
// the vectors.
func addPrecedents(t *testing.T, c *Cases, n int) [][]float32 {
	t.Helper()
	r := mathrand.New(mathrand.NewPCG(1, 1))
	vectors := make([][]float32, n)
	for i := range vectors {
		vectors[i] = make([]float32, small.Dim)
		for j := range vectors[i] {
			vectors[i][j] = float32(r.NormFloat64())
		}
		embedding.Normalize(vectors[i])
	}
	if err := c.Write(t.Context(), func(w review.Writer) error {
		for i, v := range vectors {
			if err := addPrecedent(t.Context(), w, fmt.Sprintf("c%05d", i), fmt.Sprint("organisation ", i%50), v); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.store.pool.Exec(t.Context(), `ANALYZE cases, precedents, precedent_vector`); err != nil {
		t.Fatal(err)
	}
	return vectors
}

func addPrecedent(ctx context.Context, w review.Writer, id, organisation string, v []float32) error {
	h := review.Head{ID: id, Organisation: organisation, State: review.Confirmed, Round: 1, CreatedAt: time.Unix(0, 0), UpdatedAt: time.Unix(0, 0)}
	if err := w.Create(ctx, &h); err != nil {
		return err
	}
	if err := w.AddPrecedent(ctx, review.Precedent{Case: id, Round: 1, Text: id, Fingerprint: id, DecidedAt: time.Unix(0, 0)}); err != nil {
		return err
	}
	return w.AddVector(ctx, review.PrecedentVector{Case: id, Round: 1, Model: small, Vector: v})
}

// TestNearestUsesTheIndex holds the words of the query against those of the
// index: when they no longer fit, everything works on, slowly.
func TestNearestUsesTheIndex(t *testing.T) {
	c := openCases(t, postgrestest.URL(t))
	vectors := addPrecedents(t, c, 3000)
	plan := func(q review.NearQuery) (text string) {
		t.Helper()
		q.Model, q.Vector, q.Standing = small, vectors[0], true
		if err := c.Read(t.Context(), func(r review.Reader) error {
			tx := r.(*caseTx)
			id, err := tx.prepare(t.Context(), small, precedentSearch)
			if err != nil {
				return err
			}
			sql, args := nearestQuery(id, q)
			rows, err := tx.Query(t.Context(), `EXPLAIN `+sql, args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var line string
				if err := rows.Scan(&line); err != nil {
					return err
				}
				text += line + "\n"
			}
			return rows.Err()
		}); err != nil {
			t.Fatal(err)
		}
		return text
	}
	const index = "precedent_vector_model_"
	if p := plan(review.NearQuery{Limit: 10}); !strings.Contains(p, index) {
		t.Errorf("the index is not used:\n%s", p)
	}
	if p := plan(review.NearQuery{Limit: 10, Organisation: "organisation 7"}); strings.Contains(p, index) {
		t.Errorf("the index is used for one organisation:\n%s", p)
	}
	// And what it finds is what comparing all finds, nearly always.
	found, wanted := 0, 0
	for q := range 20 {
		asked := make([]float32, small.Dim)
		copy(asked, vectors[q])
		asked[q] += 0.3
		order := make([]int, len(vectors))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int {
			if embedding.Cosine(asked, vectors[a]) > embedding.Cosine(asked, vectors[b]) {
				return -1
			}
			return 1
		})
		var near []review.Near
		if err := c.Read(t.Context(), func(r review.Reader) (err error) {
			near, err = r.Nearest(t.Context(), review.NearQuery{Model: small, Vector: asked, Least: -1, Limit: 10})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, n := range near {
			wanted++
			if slices.ContainsFunc(order[:10], func(i int) bool { return n.Case == fmt.Sprintf("c%05d", i) }) {
				found++
			}
		}
	}
	if wanted != 200 || found < 196 {
		t.Errorf("%d of %d are among the true ten nearest", found, wanted)
	}
}

// TestVectorsWithoutTheRightToMakeAnIndex stores a first vector as a role that
// may use the tables and not more: the precedent is kept and found.
func TestVectorsWithoutTheRightToMakeAnIndex(t *testing.T) {
	c := openCases(t, postgrestest.URL(t))
	role := "assay_test_" + strings.ToLower(rand.Text()[:12])
	pool := c.store.pool
	for _, statement := range []string{"CREATE ROLE " + role, "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO " + role + "', current_schema()); EXECUTE format('GRANT ALL ON ALL TABLES IN SCHEMA %I TO " + role +
		"', current_schema()); EXECUTE format('GRANT ALL ON ALL SEQUENCES IN SCHEMA %I TO " + role + "', current_schema()); END $$"} {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Skipf("left out: the test's role may not make roles: %v", err)
		}
	}
	t.Cleanup(func() {
		ctx := context.Background()
		for _, statement := range []string{"DROP OWNED BY " + role, "DROP ROLE " + role} {
			if _, err := pool.Exec(ctx, statement); err != nil {
				t.Error(err)
			}
		}
	})
	v := make([]float32, small.Dim)
	v[0] = 1
	if err := c.Write(t.Context(), func(w review.Writer) error {
		if _, err := w.(*caseTx).Exec(t.Context(), "SET LOCAL ROLE "+role); err != nil {
			return err
		}
		return addPrecedent(t.Context(), w, "a", "x", v)
	}); err != nil {
		t.Fatal(err)
	}
	var indexes int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_indexes WHERE schemaname = current_schema() AND indexname LIKE 'precedent_vector_model_%'`).Scan(&indexes); err != nil || indexes != 0 {
		t.Errorf("%v, %d indexes", err, indexes)
	}
	if err := c.Read(t.Context(), func(r review.Reader) error {
		near, err := r.Nearest(t.Context(), review.NearQuery{Model: small, Vector: v, Limit: 10})
		if len(near) != 1 {
			t.Errorf("%d found", len(near))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
