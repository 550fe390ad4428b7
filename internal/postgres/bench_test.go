package postgres

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"assay/classifier/embedding"
	"assay/classifier/embedding/ahead"
	"assay/classifier/embedding/minilm"
	"assay/classifier/embedding/static"
	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/digest"
	"assay/corpus/formats"
	"assay/corpus/shelf"
	"assay/evals"
	"assay/internal/official"
	"assay/internal/postgres/postgrestest"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
)

// BenchmarkSearch measures the search of the passages of four official lists for
// the products of the shipped set, by the statement in use, by the one before it
// (former), and in memory; all in one run, each with the ratio to the one in
// use. db-ms is processor time of the database for one product, which a busy
// machine disturbs less than p50-ms; it needs a database on this machine and a
// superuser. ASSAY_BENCH_MODEL=minilm takes the model instead of the table; the
// vectors of the lists then take some minutes to make.
func BenchmarkSearch(b *testing.B) {
	store := open(b, postgrestest.URL(b)+"&pool_max_conns=1") // one backend, whose clock is read
	var e embedding.Embedder
	var err error
	if os.Getenv("ASSAY_BENCH_MODEL") == "minilm" {
		e, err = minilm.New()
	} else {
		e, err = static.New()
	}
	if err != nil {
		b.Fatal(err)
	}
	memory, searcher := officialLists(b, store, e)
	set, err := evals.LoadSet("own")
	if err != nil {
		b.Fatal(err)
	}
	var asked []*retrieval.Asked
	for _, r := range set.Rows {
		text := r.Description
		for _, k := range slices.Sorted(maps.Keys(r.Attributes)) {
			text += "\n" + k + ": " + r.Attributes[k]
		}
		a, err := memory.Ask(b.Context(), retrieval.Query{Name: r.Name, Text: text})
		if err != nil {
			b.Fatal(err)
		}
		asked = append(asked, a)
	}
	const limit = 120 // what the classifier asks for
	alike(b, memory, searcher, asked, limit)
	drain := func(rows pgx.Rows) error {
		for rows.Next() {
			rows.RawValues()
		}
		return rows.Err()
	}
	statements := func(query func(*searched, *retrieval.Asked) (string, []any), read func(*searched, *retrieval.Asked, pgx.Rows) error) func(*retrieval.Asked) {
		return func(a *retrieval.Asked) {
			batch := &pgx.Batch{}
			for i := range searcher.lists {
				l := &searcher.lists[i]
				sql, args := query(l, a)
				batch.Queue(sql, args...).Query(func(rows pgx.Rows) error { return read(l, a, rows) })
			}
			if err := store.pool.SendBatch(context.Background(), batch).Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
	base := map[string]float64{}
	for _, way := range []struct {
		name string
		find func(*retrieval.Asked)
	}{
		{"now", statements(func(l *searched, a *retrieval.Asked) (string, []any) { return l.query(a, limit, exactBelow) },
			func(l *searched, a *retrieval.Asked, rows pgx.Rows) error {
				c, err := candidates(rows)
				l.scorer.Rank(a, c, limit)
				return err
			})},
		{"former", statements(formerQuery, func(_ *searched, _ *retrieval.Asked, rows pgx.Rows) error { return drain(rows) })},
		{"memory", func(a *retrieval.Asked) { memory.SearchAsked(a, nil, limit) }},
	} {
		for _, a := range asked[:20] {
			way.find(a)
		}
		b.Run(way.name, func(b *testing.B) {
			var took []float64
			before := backendTime(b, store)
			for i := range b.N {
				start := time.Now()
				way.find(asked[i%len(asked)])
				took = append(took, float64(time.Since(start).Microseconds())/1000)
			}
			slices.Sort(took)
			report := func(value float64, unit string) {
				b.ReportMetric(value, unit)
				if way.name == "now" {
					base[unit] = value
				} else if base[unit] > 0 && value > 0.1 {
					b.ReportMetric(value/base[unit], unit+"×now")
				}
			}
			report(took[len(took)/2], "p50-ms")
			report((backendTime(b, store)-before)/float64(b.N), "db-ms")
		})
	}
}

// alike logs how much of what the search in memory finds on a list the database
// finds too, by place.
func alike(b *testing.B, memory *retrieval.Index, searcher *Searcher, asked []*retrieval.Asked, limit int) {
	b.Helper()
	to := []int{1, 10, 30, 60, 120}
	found, all := make([]int, len(to)), make([]int, len(to))
	for _, a := range asked {
		have := map[*corpus.Passage]bool{}
		for i := range searcher.lists {
			l := &searcher.lists[i]
			sql, args := l.query(a, limit, exactBelow)
			rows, err := searcher.store.pool.Query(b.Context(), sql, args...)
			if err != nil {
				b.Fatal(err)
			}
			c, err := candidates(rows)
			if err != nil {
				b.Fatal(err)
			}
			for _, h := range l.scorer.Rank(a, c, limit) {
				have[h.Passage] = true
			}
		}
		place := map[corpus.ListID]int{}
		for _, h := range memory.SearchAsked(a, nil, limit).Passages {
			place[h.Edition.List]++
			for k := range to {
				if place[h.Edition.List] <= to[k] {
					all[k]++
					if have[h.Passage] {
						found[k]++
					}
					break
				}
			}
		}
	}
	for k := range to {
		b.Logf("places up to %d: %.2f %% of what memory finds", to[k], 100*float64(found[k])/float64(all[k]))
	}
}

// officialLists puts four official lists into memory and into the store.
func officialLists(b *testing.B, store *Store, e embedding.Embedder) (*retrieval.Index, *Searcher) {
	b.Helper()
	d, err := digest.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	table, err := ahead.Open(e.Name(), e.Dimension())
	if err != nil {
		b.Fatal(err)
	}
	cards, _, err := table.Embed(b.Context(), e, retrieval.DigestTexts(d))
	if err != nil {
		b.Fatal(err)
	}
	memory, err := retrieval.New(d, e, retrieval.Unpack(cards), retrieval.Fused)
	if err != nil {
		b.Fatal(err)
	}
	searcher := store.Searcher(memory)
	for _, f := range []struct{ file, date string }{{"us/ccl_supp1.xml", "2026-06-24"}, {"us/title-22_part-121.xml", "2026-07-23"},
		{"eu/annex-i-2025-11-15.json", ""}, {"eu/common-military-list-2020.layout.txt", "2020-02-17"}} {
		data, err := os.ReadFile(official.Path(b, f.file))
		if err != nil {
			b.Fatal(err)
		}
		ed, err := formats.Read(corpus.Source{Name: f.file, Data: data, Date: f.date})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := store.Put(b.Context(), ed); err != nil {
			b.Fatal(err)
		}
		texts := retrieval.EditionTexts(ed)
		rows, err := e.Embed(b.Context(), texts)
		if err != nil {
			b.Fatal(err)
		}
		v, err := embedding.Quantise(rows)
		if err != nil {
			b.Fatal(err)
		}
		key := shelf.VectorKey{Edition: ed.ID(), Content: shelf.HashTexts(texts), Model: e.Name(), Dim: e.Dimension()}
		if err := store.SaveVectors(b.Context(), key, v); err != nil {
			b.Fatal(err)
		}
		if err := memory.Add(ed, retrieval.Unpack(v)); err != nil {
			b.Fatal(err)
		}
		if err := searcher.Add(b.Context(), ed, &key); err != nil {
			b.Fatal(err)
		}
	}
	return memory, searcher
}

// backendTime returns the processor time of the one connection in ms, 0 where
// it cannot be read.
func backendTime(b *testing.B, s *Store) (ms float64) {
	_ = s.pool.QueryRow(context.Background(), `SELECT split_part(pg_read_file('/proc/' || pg_backend_pid() || '/schedstat'), ' ', 1)::float8 / 1e6`).Scan(&ms)
	return ms
}

// formerQuery is the statement in use until 2026-11: passages ranked in SQL by
// both kinds of evidence, 480 of each, each with the counts of its words.
func formerQuery(l *searched, asked *retrieval.Asked) (string, []any) {
	words := l.scorer.Words(asked)
	slices.SortStableFunc(words, func(a, b retrieval.AskedWord) int { return cmp.Compare(b.Weight, a.Weight) })
	words = words[:min(len(words), 24)]
	lexemes, weights := make([]string, len(words)), make([]float32, len(words))
	for i, w := range words {
		lexemes[i], weights[i] = lexeme(l.edition, w.Word), w.Weight
	}
	return `WITH asked AS MATERIALIZED (
		SELECT lexeme::tsquery AS word, weight FROM unnest($2::text[], $3::real[]) AS a(lexeme, weight)
	), worded AS MATERIALIZED (
		SELECT unit FROM (
			SELECT s.unit, a.weight * ts_rank('{0.3, 0.3, 0.3, 0.9}', s.words, a.word, 1) AS says
			FROM asked a, LATERAL (SELECT unit, words FROM sheet WHERE words @@ a.word OFFSET 0) s OFFSET 0
		) found GROUP BY unit ORDER BY sum(says) DESC, unit LIMIT $4
	), near AS MATERIALIZED (
		SELECT unit FROM (
			SELECT unit, scale * (embedding <#> $6::vector::halfvec) AS whole, scale * (embedding <#> $7::vector::halfvec) AS name
			FROM passage_vector WHERE set_id = $5 OFFSET 0
		) far ORDER BY least(whole, (whole + name) / 2), unit LIMIT $4
	), picked AS MATERIALIZED (SELECT unit FROM worded UNION SELECT unit FROM near)
	SELECT picked.unit, s.frequencies, v.scale * -(v.embedding::vector <#> $6::vector), v.scale * -(v.embedding::vector <#> $7::vector)
	FROM picked,
	LATERAL (SELECT frequencies FROM sheet WHERE edition_id = $1 AND unit = picked.unit OFFSET 0) s,
	LATERAL (SELECT scale, embedding FROM passage_vector WHERE set_id = $5 AND unit = picked.unit OFFSET 0) v`,
		[]any{l.edition, lexemes, weights, 480, l.set, pgvector.NewVector(asked.Vectors[0]), pgvector.NewVector(asked.Vectors[len(asked.Vectors)-1])}
}
