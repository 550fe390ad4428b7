package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/shelf"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
)

// How many passages the database proposes by each kind of evidence for one that
// is asked for. What is lost is a passage that is middling in both and good in their
// sum. Over the shipped evaluation set the first suggestion is that of the index in
// memory with 2 as with 4; all suggestions of a list are the same in 97.2 % of
// rows with 2, in 99.5 % with 4.
const proposals = 4

// exactBelow is the number of vectors up to which all of an edition's are
// compared. That takes about 1.3 ms for a thousand on an ordinary processor, the text
// and the name together, so this bounds it to some 30 ms; beyond it the HNSW
// index answers. Every published list is smaller, and its search is exact.
const exactBelow = 20_000

// rarest is how many words of a description propose passages: those that say
// most. All words count when the proposals are ranked; a word that stands in half of
// the passages proposes nothing and costs as much as all rare ones together.
const rarest = 24

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
		if one.set, one.vectors, err = x.store.vectorSet(ctx, *key); err != nil {
			return err
		}
		if one.dim = key.Dim; one.vectors != len(units) {
			return &shelf.Error{ID: ed.ID(), Err: fmt.Errorf("%w: %d vectors for %d texts", shelf.ErrStaleVectors, one.vectors, len(units)), Remedy: "the vectors have to be computed again"}
		}
	}
	words, err := x.store.ensureSheets(ctx, one.edition, units)
	if err != nil {
		return readError(ed.ID(), err)
	}
	one.scorer = x.cards.Scorer(units, words)
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
	batch := &pgx.Batch{}
	found := make([][]retrieval.Hit, len(x.lists))
	for i := range x.lists {
		l := &x.lists[i]
		if len(lists) > 0 && !slices.Contains(lists, l.meta.List) {
			continue
		}
		sql, args := l.query(asked, limit*proposals, x.store.exact)
		batch.Queue(sql, args...).Query(func(rows pgx.Rows) error {
			candidates, err := l.candidates(rows, len(asked.Vectors))
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
	if batch.Len() == 0 {
		return result, nil
	}
	if err := x.store.pool.SendBatch(ctx, batch).Close(); err != nil {
		return retrieval.Result{}, fmt.Errorf("searching the database: %w", err)
	}
	for _, hits := range found {
		result.Passages = append(result.Passages, hits...)
	}
	return result, nil
}

// query returns the statement that proposes limit passages by each kind of
// evidence, and its arguments.
//
//	asked      the words of the description that say most, each with its rarity
//	worded     passages by full text: ts_rank of each word (own words count three
//	           times those above), times the word's rarity, which ts_rank does not know
//	near       passages by pgvector: the cosine to the text, or halfway to that to the name
//	picked     either of them, each once
//
// OFFSET 0 is a fence for the planner: words are looked up in the index and
// picked rows by their keys, one at a time, where it would read the whole
// edition; no rank or product is worked out twice; and what is sorted is
// numbers, not sheets.
//
// and of each picked one its frequencies and its exact products with the
// vectors of the query, from which the Scorer ranks.
func (l *searched) query(asked *retrieval.Asked, limit, exact int) (string, []any) {
	words := l.scorer.Words(asked)
	slices.SortStableFunc(words, func(a, b retrieval.AskedWord) int { return cmp.Compare(b.Weight, a.Weight) })
	words = words[:min(len(words), rarest)]
	lexemes, weights := make([]string, len(words)), make([]float32, len(words))
	for i, w := range words {
		lexemes[i], weights[i] = lexeme(l.edition, w.Word), w.Weight
	}
	args := []any{l.edition, lexemes, weights, limit}
	const worded = `WITH asked AS MATERIALIZED (
		SELECT lexeme::tsquery AS word, weight FROM unnest($2::text[], $3::real[]) AS a(lexeme, weight)
	), worded AS MATERIALIZED (
		SELECT unit FROM (
			SELECT s.unit, a.weight * ts_rank('{0.3, 0.3, 0.3, 0.9}', s.words, a.word, 1) AS says
			FROM asked a, LATERAL (SELECT unit, words FROM sheet WHERE words @@ a.word OFFSET 0) s OFFSET 0
		) found GROUP BY unit ORDER BY sum(says) DESC, unit LIMIT $4
	)`
	if l.set == 0 || len(asked.Vectors) == 0 {
		return worded + ` SELECT worded.unit, s.frequencies, 0::float8, 0::float8 FROM worded` + sheetOf("worded"), args
	}
	whole, name := asked.Vectors[0], asked.Vectors[len(asked.Vectors)-1]
	args = append(args, l.set, pgvector.NewVector(whole), pgvector.NewVector(name))
	near := `, near AS MATERIALIZED (
		SELECT unit FROM (
			SELECT unit, scale * (embedding <#> $6::vector::halfvec) AS whole, scale * (embedding <#> $7::vector::halfvec) AS name
			FROM passage_vector WHERE set_id = $5 OFFSET 0
		) far ORDER BY least(whole, (whole + name) / 2), unit LIMIT $4
	)`
	if l.vectors > exact && indexed(l.dim) {
		one := func(arg string) string {
			return fmt.Sprintf(`(SELECT unit FROM passage_vector WHERE set_id = $5 AND large AND vector_dims(embedding) = %d
		ORDER BY embedding::halfvec(%d) <=> %s::vector::halfvec(%d) LIMIT $4)`, l.dim, l.dim, arg, l.dim)
		}
		near = `, near AS MATERIALIZED (` + one("$6") + ` UNION ` + one("$7") + `)`
	}
	return worded + near + `, picked AS MATERIALIZED (SELECT unit FROM worded UNION SELECT unit FROM near)
	SELECT picked.unit, s.frequencies, v.scale * -(v.embedding::vector <#> $6::vector), v.scale * -(v.embedding::vector <#> $7::vector)
	FROM picked` + sheetOf("picked") + `,
	LATERAL (SELECT scale, embedding FROM passage_vector WHERE set_id = $5 AND unit = picked.unit OFFSET 0) v`, args
}

// sheetOf joins the sheets of the units in table, one look-up each.
func sheetOf(table string) string {
	return `, LATERAL (SELECT frequencies FROM sheet WHERE edition_id = $1 AND unit = ` + table + `.unit OFFSET 0) s`
}

// indexed tells whether a migration has made an HNSW index for dim.
func indexed(dim int) bool { return dim == 384 || dim == 256 }

func (l *searched) candidates(rows pgx.Rows, vectors int) ([]retrieval.Candidate, error) {
	var all []retrieval.Candidate
	var unit int
	var frequencies []byte
	var whole, name float64
	_, err := pgx.ForEachRow(rows, []any{&unit, &frequencies, &whole, &name}, func() error {
		c := retrieval.Candidate{Unit: unit, Frequencies: frequencies}
		frequencies = nil // the next row must not overwrite it
		c.Cosines = []float32{float32(whole), float32(name)}[:vectors]
		all = append(all, c)
		return nil
	})
	return all, err
}
