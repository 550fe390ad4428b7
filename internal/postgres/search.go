package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/shelf"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pgvector/pgvector-go"
	"github.com/x448/float16"
)

// How many passages the database proposes for one that is asked for: by
// likeness, nearBy; by words, those that hold words of the description, the
// rarest first, as long as they are no more than wordedBy in all. What is lost is a
// passage that is middling in both and good in their sum. docs/postgres.md has
// how much that is; the greater numbers of an earlier version found a tenth of
// a percent more of the first thirty, for three times the work.
const (
	nearBy   = 2
	wordedBy = 5
	// wordedAlone is wordedBy for a search without vectors.
	wordedAlone = 20
	// nearIndexed is nearBy, for each of the two vectors, where an HNSW index
	// answers, which misses some.
	nearIndexed = 4
)

// exactBelow is the number of vectors up to which all of an edition's are
// compared. That takes less than a millisecond for a thousand on an ordinary processor, the
// text and the name together, so this bounds it to some 20 ms; beyond it the
// HNSW index answers. Every published list is smaller, and its search is exact.
const exactBelow = 20_000

// searchSettings are made for every connection.
//   - hnsw.ef_search = 600: candidates that the HNSW search keeps in hand. It
//     must not be below what is asked for (480); the rest is for recall.
//   - hnsw.iterative_scan = strict_order: the index holds all editions and all
//     models of one dimension; a search of one set goes on until it has
//     enough rows of that set, in order of distance.
//   - hnsw.max_scan_tuples = 100000: where such a search gives up. The default of
//     20,000 is less than one edition that uses the index.
//   - jit = off: compiling a query takes longer than running it.
const searchSettings = `SET hnsw.ef_search = 600; SET hnsw.iterative_scan = strict_order; SET hnsw.max_scan_tuples = 100000; SET jit = off`

// Searcher searches cards in memory and passages in the database. It implements
// classifier.Searcher, and is safe for concurrent searches.
type Searcher struct {
	store *Store
	cards *retrieval.Index
	lists []searched
}

// searched is an edition as the Searcher knows it.
type searched struct {
	meta    corpus.Meta
	edition int64
	set     int64 // of vectors; 0 in a lexical search
	dim     int
	vectors int
	scorer  *retrieval.Scorer
}

// Searcher returns a Searcher over cards that has no editions yet.
func (s *Store) Searcher(cards *retrieval.Index) *Searcher {
	return &Searcher{store: s, cards: cards}
}

// Add makes the edition that is stored under ed's name searchable. key names
// its vectors, which must be stored: others are refused with
// shelf.ErrStaleVectors. A nil key searches by words only. Add must not run
// beside searches.
func (x *Searcher) Add(ctx context.Context, ed *corpus.Edition, key *shelf.VectorKey) error {
	one := searched{meta: ed.Meta}
	var content string
	err := x.store.pool.QueryRow(ctx, `SELECT id, content FROM edition WHERE list = $1 AND date = $2 AND superseded_at IS NULL`, ed.List, ed.Date).Scan(&one.edition, &content)
	if err != nil {
		return readError(ed.ID(), err)
	}
	if content != shelf.ContentHash(ed) {
		return &shelf.Error{ID: ed.ID(), Err: fmt.Errorf("%w since it was loaded", shelf.ErrConflict), Remedy: "start again"}
	}
	units := retrieval.PassageUnits(ed)
	if key != nil {
		if one.set, one.vectors, err = vectorSet(ctx, x.store.pool, *key); err != nil {
			return err
		}
		if one.dim = key.Dim; one.vectors != len(units) {
			return &shelf.Error{ID: ed.ID(), Err: fmt.Errorf("%w: %d vectors for %d texts", shelf.ErrStaleVectors, one.vectors, len(units)), Remedy: "the vectors have to be computed again"}
		}
	}
	words, frequencies, err := x.store.ensureSheets(ctx, one.edition, units)
	if err != nil {
		return readError(ed.ID(), err)
	}
	if one.scorer, err = x.cards.Scorer(units, words, frequencies); err != nil {
		return &shelf.Error{ID: ed.ID(), Err: fmt.Errorf("%w: its sheets: %w", shelf.ErrDamaged, err), Remedy: "delete its row of the table vocabulary; they are made again at the next start"}
	}
	x.lists = append(x.lists, one)
	return nil
}

// Search implements classifier.Searcher. The queries of all lists travel
// together on one connection.
func (x *Searcher) Search(ctx context.Context, q retrieval.Query, lists []corpus.ListID, limit int) (retrieval.Result, error) {
	asked, err := x.cards.Ask(ctx, q)
	if err != nil {
		return retrieval.Result{}, err
	}
	result := x.cards.SearchAsked(asked, lists, limit)
	if !slices.ContainsFunc(x.lists, func(l searched) bool { return len(lists) == 0 || slices.Contains(lists, l.meta.List) }) {
		return result, nil
	}
	found := make([][]retrieval.Hit, len(x.lists))
	if err := x.store.ask(ctx, "searching", func(conn *pgxpool.Conn) error {
		batch := &pgx.Batch{}
		for i := range x.lists {
			l := &x.lists[i]
			if len(lists) > 0 && !slices.Contains(lists, l.meta.List) {
				continue
			}
			sql, args := l.query(asked, limit, x.store.exact)
			batch.Queue(sql, args...).Query(func(rows pgx.Rows) error {
				candidates, err := candidates(rows)
				if err != nil {
					return err
				}
				if len(candidates) == 0 && l.vectors > 0 && len(asked.Vectors) > 0 {
					return &shelf.Error{ID: l.meta.ID(), Err: fmt.Errorf("%w, or its vectors were replaced", shelf.ErrGone), Remedy: "load it again"}
				}
				found[i] = l.scorer.Rank(asked, candidates, limit)
				return nil
			})
		}
		return conn.SendBatch(ctx, batch).Close()
	}); err != nil {
		return retrieval.Result{}, err
	}
	for _, hits := range found {
		result.Passages = append(result.Passages, hits...)
	}
	return result, nil
}

// query returns the statement that proposes passages of one list, and its
// arguments: the units, each with the negated cosines to the two vectors of the
// query.
//
// By full text: the sheets that hold a word of the description, of those words
// that are rare. They are not ranked here; ts_rank does not know how rare a word
// is, and the Scorer ranks them anyway.
//
// By pgvector: one pass over the vectors of the list, which gives the products
// with both vectors of the query, and keeps the nearest (to the text, or halfway
// to the name) and what the words have proposed. Only so few are worth a
// look-up each, which costs as much as comparing five vectors in a row.
//
// A product is made of two halves: halfvec has eleven bits, so a query's vector
// is sent as its nearest halfvec and as what that leaves over. The stored
// numbers are whole and small; so the sum is exact to the last bits of a float.
//
// OFFSET 0 is a fence for the planner: no product is worked out twice, and
// sheets are looked up in the index where it would read all of an edition.
func (l *searched) query(asked *retrieval.Asked, limit, exact int) (string, []any) {
	alone := l.set == 0 || len(asked.Vectors) == 0
	share := wordedBy
	if alone {
		share = wordedAlone
	}
	worded, query := l.worded(asked, share*limit)
	args := []any{query}
	if alone {
		return `SELECT unit, 0::float8, 0::float8 FROM (` + worded + `) worded`, args
	}
	args = append(args, l.set, nearBy*limit)
	for _, v := range [][]float32{asked.Vectors[0], asked.Vectors[len(asked.Vectors)-1]} {
		near, over := halves(v)
		args = append(args, near, over)
	}
	const (
		whole = `scale * ((embedding <#> $4) + (embedding <#> $5))`
		name  = `scale * ((embedding <#> $6) + (embedding <#> $7))`
	)
	if l.vectors > exact && indexed(l.dim) {
		args[2] = nearIndexed * limit
		nearest := func(to string) string {
			return fmt.Sprintf(`(SELECT unit FROM passage_vector WHERE set_id = $2 AND large AND vector_dims(embedding) = %d
			ORDER BY embedding::halfvec(%d) <=> %s::halfvec(%d) LIMIT $3)`, l.dim, l.dim, to, l.dim)
		}
		return `WITH picked AS MATERIALIZED ((` + worded + `) UNION ` + nearest("$4") + ` UNION ` + nearest("$6") + `)
			SELECT v.unit, v.whole, v.name FROM picked,
			LATERAL (SELECT unit, ` + whole + ` AS whole, ` + name + ` AS name FROM passage_vector WHERE set_id = $2 AND unit = picked.unit OFFSET 0) v`, args
	}
	return `WITH worded AS MATERIALIZED (` + worded + `)
		SELECT unit, whole, name FROM (
			SELECT unit, ` + whole + ` AS whole, ` + name + ` AS name FROM passage_vector WHERE set_id = $2 OFFSET 0
		) compared
		ORDER BY CASE WHEN unit IN (SELECT unit FROM worded) THEN -9 ELSE least(whole, (whole + name) / 2) END, unit
		LIMIT $3 + (SELECT count(*) FROM worded)`, args
}

// worded returns the statement that proposes passages by full text, and the
// query for its $1: rare words, any of them, in no more than most passages
// together. When even the word that says most stands in more, the passages that
// ts_rank puts first for it have to do.
func (l *searched) worded(asked *retrieval.Asked, most int) (sql, query string) {
	words := l.scorer.Words(asked)
	slices.SortStableFunc(words, func(a, b retrieval.AskedWord) int { return cmp.Compare(b.Weight, a.Weight) })
	var rare []string
	left := most
	for _, w := range words {
		if w.Units <= left {
			left -= w.Units
			rare = append(rare, lexeme(l.edition, w.Word))
		}
	}
	if len(rare) == 0 && len(words) > 0 {
		return fmt.Sprintf(`SELECT unit FROM (SELECT unit, ts_rank('{0.3, 0.3, 0.3, 0.9}', words, $1::tsquery, 1) AS says FROM sheet
			WHERE words @@ $1::tsquery OFFSET 0) ranked ORDER BY says DESC, unit LIMIT %d`, most), lexeme(l.edition, words[0].Word)
	}
	return `SELECT unit FROM sheet WHERE words @@ $1::tsquery`, strings.Join(rare, " | ")
}

// halves returns v as a halfvec, and what that leaves over as another.
func halves(v []float32) (near, over pgvector.HalfVector) {
	rest := make([]float32, len(v))
	for i, x := range v {
		rest[i] = x - float16.Fromfloat32(x).Float32()
	}
	return pgvector.NewHalfVector(v), pgvector.NewHalfVector(rest)
}

// indexed tells whether a migration has made an HNSW index for dim.
func indexed(dim int) bool { return dim == 384 || dim == 256 }

func candidates(rows pgx.Rows) ([]retrieval.Candidate, error) {
	var all []retrieval.Candidate
	var unit int
	var whole, name float64
	_, err := pgx.ForEachRow(rows, []any{&unit, &whole, &name}, func() error {
		all = append(all, retrieval.Candidate{Unit: unit, Cosines: [2]float32{float32(-whole), float32(-name)}})
		return nil
	})
	return all, err
}
