package postgres

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier/embedding"
	"assay/classifier/embedding/minilm"
	"assay/classifier/embedding/static"
	"assay/corpus"
	"assay/corpus/digest"
	"assay/internal/storetest/goods"
	"assay/review"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
)

// million is what BenchmarkMillionPrecedents is asked to do, from its
// environment. docs/precedents.md has the commands and what they gave.
type million struct {
	url  string // ASSAY_MILLION_URL: a database of its own, which keeps what is loaded
	rows int    // ASSAY_MILLION: how many precedents
	dir  string // ASSAY_MILLION_DIR: where vectors are kept
	// ASSAY_MILLION_MODEL: static (default); minilm; twins: MiniLM's vectors as far as they
	// have been made, and beyond these near twins of them; noise: directions drawn evenly.
	model   string
	asked   int    // ASSAY_MILLION_ASKED: how many of the held-out products are asked for; all when missing
	indexes string // ASSAY_MILLION_INDEX: indexes to build and measure, "m/ef_construction" or "bit"; "" measures what is there
}

// oneIn is the share of products that are held out of the store and asked for.
const oneIn = 1001

func asked() (m million, ok bool) {
	m = million{url: os.Getenv("ASSAY_MILLION_URL"), dir: cmp.Or(os.Getenv("ASSAY_MILLION_DIR"), os.TempDir()),
		model: cmp.Or(os.Getenv("ASSAY_MILLION_MODEL"), "static"), indexes: os.Getenv("ASSAY_MILLION_INDEX"), rows: 1_000_000}
	if n, err := strconv.Atoi(os.Getenv("ASSAY_MILLION")); err == nil && n > oneIn {
		m.rows = n
	}
	m.asked, _ = strconv.Atoi(os.Getenv("ASSAY_MILLION_ASKED"))
	return m, m.url != ""
}

// BenchmarkMillionPrecedents loads precedents, builds the index, and measures
// the search of the ten nearest through Cases: how long it takes, and how many
// of the true ten it finds. It needs a database that may grow by some gigabytes.
func BenchmarkMillionPrecedents(b *testing.B) {
	m, ok := asked()
	if !ok {
		b.Skip("left out: ASSAY_MILLION_URL names no database")
	}
	store, err := Open(b.Context(), m.url)
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	all, model := m.vectors(b)
	queries := m.load(b, store, all, model)
	if m.asked > 0 {
		queries.vectors = queries.vectors[:min(m.asked, len(queries.vectors))]
	}
	say(b, "%d precedents, %d held-out products to ask for, %s", m.rows, len(queries.vectors), model)
	queries.exact(b, all, m.rows)
	if m.indexes == "" {
		m.measure(b, store, model, queries, false)
		return
	}
	for _, index := range strings.Split(m.indexes, ",") {
		m.build(b, store, model, index)
		m.measure(b, store, model, queries, index == "bit")
	}
}

func say(b *testing.B, format string, args ...any) {
	fmt.Printf("%s %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}

// vectors returns those of all products, of stored and of held-out ones.
func (m million) vectors(b *testing.B) (embedding.Quantised, review.VectorModel) {
	n := m.rows + m.rows/(oneIn-1)
	if m.model == "noise" {
		r := rand.New(rand.NewPCG(7, 7))
		q := embedding.Quantised{Dim: 384, Scale: make([]float32, n), Data: make([]int8, n*384)}
		for i := range q.Data {
			q.Data[i] = int8(max(-127, min(127, math.Round(r.NormFloat64()*40))))
		}
		return q, review.VectorModel{Name: "noise", Dim: 384}
	}
	var e embedding.Embedder
	var err error
	if e, err = static.New(); m.model != "static" {
		e, err = minilm.New()
	}
	must(b, err)
	path := filepath.Join(m.dir, e.Name()+".vec")
	made := n
	if m.model == "twins" {
		info, err := os.Stat(path)
		must(b, err)
		made = min(n, int(info.Size())/(4+e.Dimension()))
	}
	all, err := goods.Vectors(b.Context(), m.maker(b), e, path, made, func(have int) {
		if have%(1<<17) == 0 {
			say(b, "%d of %d texts embedded", have, n)
		}
	})
	must(b, err)
	if made < n {
		say(b, "%d vectors are of texts; %d are near twins of these", made, n-made)
		all = twins(b, all, n)
	}
	return all, review.VectorModel{Name: e.Name(), Dim: e.Dimension()}
}

// twins fills all up to n vectors with such as lie beside those that are
// there, as far off as the members of a series of products lie from each
// other: cosines of 0.84 to 0.98.
func twins(b *testing.B, all embedding.Quantised, n int) embedding.Quantised {
	r := rand.New(rand.NewPCG(11, 11))
	have := all.Len()
	v := make([]float32, all.Dim)
	for i := have; i < n; i++ {
		all.At(r.IntN(have), v)
		cosine := 0.84 + 0.14*r.Float64()
		off := math.Sqrt(1-cosine*cosine) / cosine / math.Sqrt(float64(all.Dim))
		for j := range v {
			v[j] += float32(off * r.NormFloat64())
		}
		embedding.Normalize(v)
		q, err := embedding.Quantise([][]float32{v})
		must(b, err)
		all.Scale, all.Data = append(all.Scale, q.Scale...), append(all.Data, q.Data...)
	}
	return all
}

func (m million) maker(b *testing.B) *goods.Maker {
	d, err := digest.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	return goods.NewMaker(d, 1)
}

// asking is what is searched for, and what should be found.
type asking struct {
	vectors [][]float32
	truth   [][]string // ids of the ten nearest, by comparing all
	tenth   []float32  // similarity of the last of them
	inverse []float32  // of every vector, for comparing all
	ids     []string   // of the stored products, by number among all; "" for held-out ones
	name    map[string]int
}

func held(i int) bool { return i%oneIn == oneIn/2 }

// load stores the precedents, unless the database has that many by this model, and returns the
// products that are held out of it.
func (m million) load(b *testing.B, s *Store, all embedding.Quantised, model review.VectorModel) *asking {
	ctx := b.Context()
	a := &asking{ids: make([]string, all.Len()), inverse: make([]float32, all.Len()), name: map[string]int{}}
	for i := range all.Len() {
		row, _ := all.Row(i)
		a.inverse[i] = embedding.InverseLength(row)
		if held(i) && len(a.vectors) < m.rows/(oneIn-1) {
			a.vectors = append(a.vectors, all.At(i, nil))
			continue
		}
		a.ids[i] = fmt.Sprintf("m%08d", i)
		a.name[a.ids[i]] = i
	}
	var have int
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM precedents`).Scan(&have); err != nil {
		b.Fatal(err)
	}
	if have == 0 {
		m.copyCases(b, s, a.ids)
	} else if have != len(a.name) {
		b.Fatalf("the database has %d precedents and not %d: give an empty one", have, len(a.name))
	}
	var id int
	must(b, s.Cases().Write(ctx, func(w review.Writer) (err error) {
		t := w.(*caseTx)
		if id, err = t.modelID(ctx, model); err == nil && id == 0 {
			if id, err = t.newModel(ctx, model); err == nil {
				_, err = t.Exec(ctx, `DROP INDEX `+precedentIndexName(id)) // rows first, the index then
			}
		}
		return err
	}))
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM precedent_vector WHERE model_id = $1`, id).Scan(&have); err != nil {
		b.Fatal(err)
	}
	if have == 0 {
		start := time.Now()
		whole := make([]float32, all.Dim)
		copied(b, s, "precedent_vector", []string{"model_id", "case_id", "round", "embedding"}, a.ids, func(i int) []any {
			row, _ := all.Row(i)
			for j, x := range row {
				whole[j] = float32(x)
			}
			return []any{id, a.ids[i], 1, pgvector.NewHalfVector(whole)}
		})
		_, err := s.pool.Exec(ctx, `VACUUM ANALYZE precedent_vector`)
		must(b, err)
		say(b, "vectors copied and analysed in %.0f s, %s", time.Since(start).Seconds(), size(b, s, "precedent_vector"))
	}
	return a
}

func must(b *testing.B, err error) {
	if err != nil {
		b.Helper()
		b.Fatal(err)
	}
}

// copyCases stores a case and a precedent of each product. One in fifty was
// reopened since; five hundred organisations share them unevenly.
func (m million) copyCases(b *testing.B, s *Store, ids []string) {
	start, maker := time.Now(), m.maker(b)
	at := "2026-03-04T12:00:00.000000000Z"
	copied(b, s, "cases", []string{"id", "version", "organisation", "title", "state", "round", "assignee", "second", "disagreement", "language",
		"created_by", "created_at", "updated_at", "asked"}, ids, func(i int) []any {
		round, state := 1, review.Confirmed
		if i%50 == 0 {
			round, state = 2, review.Reopened
		}
		return []any{ids[i], 1, fmt.Sprintf("organisation %d", int(500*math.Pow(float64(i%9973)/9973, 3))), ids[i], string(state), round, "", "", false, "en", "x", at, at, 0}
	})
	copied(b, s, "precedents", []string{"case_id", "round", "text", "fingerprint", "codes", "decided_at"}, ids, func(i int) []any {
		p, codes := maker.Product(i)
		body, err := review.Canonical(codes)
		must(b, err)
		return []any{ids[i], 1, review.Text(p), review.Fingerprint(p), string(body), at}
	})
	_, err := s.pool.Exec(b.Context(), `VACUUM ANALYZE cases, precedents`)
	must(b, err)
	say(b, "cases and precedents copied and analysed in %.0f s, %s and %s", time.Since(start).Seconds(), size(b, s, "cases"), size(b, s, "precedents"))
}

// copied copies a row for each id that is not empty.
func copied(b *testing.B, s *Store, table string, columns []string, ids []string, row func(i int) []any) {
	at := -1
	_, err := s.pool.CopyFrom(b.Context(), pgx.Identifier{table}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		for at++; at < len(ids); at++ {
			if ids[at] != "" {
				return row(at), nil
			}
		}
		return nil, nil
	}))
	must(b, err)
}

func size(b *testing.B, s *Store, relation string) (size string) {
	must(b, s.pool.QueryRow(b.Context(), `SELECT pg_size_pretty(pg_total_relation_size($1::text::regclass))`, relation).Scan(&size))
	return relation + " " + size
}

// exact finds the ten nearest of each query by comparing all.
func (a *asking) exact(b *testing.B, all embedding.Quantised, rows int) {
	start := time.Now()
	a.truth, a.tenth = make([][]string, len(a.vectors)), make([]float32, len(a.vectors))
	var wait sync.WaitGroup
	turns := make(chan int, len(a.vectors))
	for q := range a.vectors {
		turns <- q
	}
	close(turns)
	for range 2 {
		wait.Go(func() {
			for q := range turns {
				a.truth[q], a.tenth[q] = a.nearest(all, q)
			}
		})
	}
	wait.Wait()
	say(b, "true neighbours by comparing all, %.1f ms a query", 2*time.Since(start).Seconds()*1000/float64(len(a.vectors)))
}

func (a *asking) nearest(all embedding.Quantised, q int) (ids []string, tenth float32) {
	type hit struct {
		i int
		c float32
	}
	asked := embedding.Ask(a.vectors[q])
	best := make([]hit, 0, 11)
	for i, id := range a.ids {
		if id == "" || i%50 == 0 { // superseded
			continue
		}
		row, _ := all.Row(i)
		c := asked.Cosine(row, a.inverse[i])
		if len(best) == 10 && c <= best[9].c {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, c, func(h hit, c float32) int { return cmp.Compare(c, h.c) })
		best = slices.Insert(best, at, hit{i, c})
		best = best[:min(len(best), 10)]
	}
	for _, h := range best {
		ids = append(ids, a.ids[h.i])
	}
	return ids, best[len(best)-1].c
}

// build makes one index in place of the one that is there.
func (m million) build(b *testing.B, s *Store, model review.VectorModel, index string) {
	ctx := b.Context()
	var id int
	must(b, s.pool.QueryRow(ctx, `SELECT id FROM precedent_model WHERE name = $1 AND dim = $2`, model.Name, model.Dim).Scan(&id))
	statement := fmt.Sprintf(`CREATE INDEX %s ON precedent_vector USING hnsw ((binary_quantize(embedding::halfvec(%d))::bit(%d)) bit_hamming_ops)
		WITH (m = %d, ef_construction = %d) WHERE model_id = %d`, precedentIndexName(id), model.Dim, model.Dim, precedentM, precedentConstruction, id)
	if links, construction, ok := strings.Cut(index, "/"); ok {
		statement = strings.NewReplacer(fmt.Sprintf("m = %d,", precedentM), "m = "+links+",",
			fmt.Sprintf("ef_construction = %d", precedentConstruction), "ef_construction = "+construction).Replace(precedentIndex(id, model.Dim))
	}
	conn, err := s.pool.Acquire(ctx)
	must(b, err)
	defer conn.Release()
	_, err = conn.Exec(ctx, `DROP INDEX IF EXISTS `+precedentIndexName(id))
	must(b, err)
	var memory, workers string
	_, err = conn.Exec(ctx, `SET maintenance_work_mem = '`+cmp.Or(os.Getenv("ASSAY_MILLION_MEMORY"), "3GB")+`'`)
	must(b, err)
	must(b, conn.QueryRow(ctx, `SELECT current_setting('maintenance_work_mem'), current_setting('max_parallel_maintenance_workers')`).Scan(&memory, &workers))
	start := time.Now()
	_, err = conn.Exec(ctx, statement)
	must(b, err)
	say(b, "index %s built in %.0f s with maintenance_work_mem %s and %s parallel workers; %s", index, time.Since(start).Seconds(), memory, workers, size(b, s, precedentIndexName(id)))
}

// measure asks for the ten nearest that stand, one after the other and eight at a time.
func (m million) measure(b *testing.B, s *Store, model review.VectorModel, a *asking, bit bool) {
	cases := s.Cases()
	shipped := func(ctx context.Context, q review.NearQuery) (found []review.Near, err error) {
		err = cases.Read(ctx, func(r review.Reader) error { found, err = r.Nearest(ctx, q); return err })
		return found, err
	}
	if !bit {
		m.ask(b, model, a, "first time after the start, shipped settings", 1, shipped)
		m.ask(b, model, a, "shipped settings", 1, shipped)
		m.ask(b, model, a, "shipped settings", 8, shipped)
		m.ask(b, model, a, "one organisation of 500 (recall does not apply)", 1, func(ctx context.Context, q review.NearQuery) ([]review.Near, error) {
			q.Organisation = "organisation 100"
			return shipped(ctx, q)
		})
	}
	for _, ef := range []int{20, 40, 70, 100, 200, 400} {
		m.ask(b, model, a, fmt.Sprintf("ef_search %d", ef), 1, func(ctx context.Context, q review.NearQuery) (found []review.Near, err error) {
			err = cases.Read(ctx, func(r review.Reader) error {
				t := r.(*caseTx)
				id, err := t.prepare(ctx, q.Model, ef)
				if err != nil {
					return err
				}
				sql, args := nearestQuery(id, q)
				if bit {
					sql, args = bitQuery(id, q, ef)
				}
				rows, err := t.Query(ctx, sql, args...)
				if err != nil {
					return err
				}
				found, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (n review.Near, err error) {
					n.Precedent, err = scanPrecedent(withSimilarity{row, &n.Similarity})
					return n, err
				})
				return err
			})
			return found, err
		})
	}
}

// bitQuery finds candidates by the signs of their components and orders them by their cosine.
func bitQuery(id int, q review.NearQuery, candidates int) (string, []any) {
	return fmt.Sprintf(`SELECT %s, 1 - (v.embedding::halfvec(%[2]d) <=> $1::halfvec(%[2]d)) FROM
		(SELECT * FROM precedent_vector WHERE model_id = %[3]d
		 ORDER BY binary_quantize(embedding::halfvec(%[2]d))::bit(%[2]d) <~> binary_quantize($1::halfvec(%[2]d)) LIMIT %[4]d) v
		JOIN precedents p ON p.case_id = v.case_id AND p.round = v.round JOIN cases c ON c.id = v.case_id
		WHERE c.round = p.round ORDER BY v.embedding::halfvec(%[2]d) <=> $1::halfvec(%[2]d) LIMIT %[5]d`,
		precedentColumns, q.Model.Dim, id, candidates, q.Limit), []any{pgvector.NewHalfVector(q.Vector)}
}

func (m million) ask(b *testing.B, model review.VectorModel, a *asking, name string, clients int, search func(context.Context, review.NearQuery) ([]review.Near, error)) {
	took := make([]time.Duration, len(a.vectors))
	recall, same, returned := make([]float64, len(a.vectors)), make([]float64, len(a.vectors)), make([]int, len(a.vectors))
	var wait sync.WaitGroup
	turns := make(chan int, len(a.vectors))
	for q := range a.vectors {
		turns <- q
	}
	close(turns)
	start := time.Now()
	for range clients {
		wait.Go(func() {
			for i := range turns {
				began := time.Now()
				found, err := search(b.Context(), review.NearQuery{Model: model, Vector: a.vectors[i], Lists: []corpus.ListID{corpus.USCCL}, Standing: true, Least: -1, Limit: 10})
				took[i] = time.Since(began)
				if err != nil {
					b.Error(err)
					return
				}
				returned[i] = len(found)
				for _, n := range found {
					if slices.Contains(a.truth[i], n.Case) {
						same[i] += 0.1
					}
					// As near as the true tenth is as good: products with equal vectors take each other's place.
					if n.Similarity >= float64(a.tenth[i])-2e-4 {
						recall[i] += 0.1
					}
				}
			}
		})
	}
	wait.Wait()
	whole := time.Since(start)
	slices.Sort(took)
	at := func(p float64) float64 { return took[int(p*float64(len(took)-1))].Seconds() * 1000 }
	mean := func(v []float64) (sum float64) {
		for _, x := range v {
			sum += x / float64(len(v))
		}
		return sum
	}
	least := slices.Min(returned)
	say(b, "%-45s %d clients: p50 %.1f ms, p95 %.1f, p99 %.1f, max %.1f; %.0f a second; recall@10 %.4f (the very same %.4f), fewest returned %d",
		name, clients, at(0.5), at(0.95), at(0.99), at(1), float64(len(took))/whole.Seconds(), mean(recall), mean(same), least)
}
