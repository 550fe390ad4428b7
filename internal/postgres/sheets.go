package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"assay/classifier/retrieval"
	"assay/corpus/shelf"

	"github.com/jackc/pgx/v5"
)

// ensureSheets makes the full-text side of an edition unless it is there as
// this program makes it, and returns the edition's words, and the frequencies of
// them in each passage. Of several processes one makes it and the others wait.
func (s *Store) ensureSheets(ctx context.Context, edition int64, units []retrieval.Unit) ([]retrieval.Word, [][]byte, error) {
	words, err := s.ensureVocabulary(ctx, edition, units)
	if err != nil {
		return nil, nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT frequencies FROM sheet WHERE edition_id = $1 ORDER BY unit`, edition)
	if err != nil {
		return nil, nil, err
	}
	frequencies, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	return words, frequencies, err
}

func (s *Store) ensureVocabulary(ctx context.Context, edition int64, units []retrieval.Unit) ([]retrieval.Word, error) {
	want := madeOf(units)
	words, have, err := vocabulary(ctx, s.pool, edition)
	if err != nil || have == want {
		return words, err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := takeTurn(ctx, tx, "sheets "+strconv.FormatInt(edition, 10)); err != nil {
			return err
		}
		if words, have, err = vocabulary(ctx, tx, edition); err != nil || have == want {
			return err
		}
		sheets := retrieval.NewSheets(units)
		words = sheets.Words
		return insertSheets(ctx, tx, edition, want, sheets)
	})
	if err != nil {
		return nil, err
	}
	// The planner should not have to wait for autovacuum to learn what is here.
	_, err = s.pool.Exec(ctx, `ANALYZE sheet, passage_vector`)
	return words, err
}

// madeOf names what sheets are made of: other texts, other units or another
// rule give another name.
func madeOf(units []retrieval.Unit) string {
	texts := []string{strconv.Itoa(retrieval.SheetVersion)}
	for i := range units {
		texts = append(texts, units[i].Code, units[i].Gist)
		texts = append(texts, units[i].Terms...)
	}
	return shelf.HashTexts(texts)
}

// vocabulary returns the stored words of an edition and what they were made
// of, "" when there are none.
func vocabulary(ctx context.Context, q querier, edition int64) (words []retrieval.Word, madeOf string, err error) {
	rows, err := q.Query(ctx, `SELECT made_of, stems, rarities FROM vocabulary WHERE edition_id = $1`, edition)
	if err != nil {
		return nil, "", err
	}
	var stems []string
	var rarities []float32
	_, err = pgx.ForEachRow(rows, []any{&madeOf, &stems, &rarities}, func() error {
		if len(stems) != len(rarities) {
			return fmt.Errorf("the vocabulary has %d words and %d rarities; delete its row to have it made again", len(stems), len(rarities))
		}
		words = make([]retrieval.Word, len(stems))
		for i := range words {
			words[i] = retrieval.Word{Stem: stems[i], Rarity: rarities[i]}
		}
		return nil
	})
	return words, madeOf, err
}

func insertSheets(ctx context.Context, tx pgx.Tx, edition int64, madeOf string, sheets retrieval.Sheets) error {
	for _, table := range []string{"sheet", "vocabulary"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE edition_id = $1`, edition); err != nil {
			return err
		}
	}
	stems, rarities := make([]string, len(sheets.Words)), make([]float32, len(sheets.Words))
	for i, w := range sheets.Words {
		stems[i], rarities[i] = w.Stem, w.Rarity
	}
	if _, err := tx.Exec(ctx, `INSERT INTO vocabulary (edition_id, made_of, stems, rarities) VALUES ($1, $2, $3, $4)`,
		edition, madeOf, stems, rarities); err != nil {
		return err
	}
	const step = 1000 // rows in one statement
	for from := 0; from < len(sheets.Units); from += step {
		part := sheets.Units[from:min(from+step, len(sheets.Units))]
		lexemes, frequencies := make([]string, len(part)), make([][]byte, len(part))
		for i, u := range part {
			lexemes[i], frequencies[i] = tsvector(edition, u), u.Frequencies
		}
		if _, err := tx.Exec(ctx, `INSERT INTO sheet (edition_id, unit, words, frequencies)
			SELECT $1, $2::int + n - 1, lexemes::tsvector, frequencies
			FROM unnest($3::text[], $4::bytea[]) WITH ORDINALITY AS part(lexemes, frequencies, n)`,
			edition, from, lexemes, frequencies); err != nil {
			return err
		}
	}
	return nil
}

// lexeme is how a word stands in a tsvector: by number, which needs no quoting,
// and with its edition, so that the index finds one edition's sheets only.
func lexeme(edition int64, word int32) string {
	return "e" + strconv.FormatInt(edition, 36) + "." + strconv.FormatInt(int64(word), 36)
}

// maxPosition is the last place in a text that a tsvector can note.
const maxPosition = 16383

// tsvector writes the words of a sheet with place and letter.
func tsvector(edition int64, s retrieval.Sheet) string {
	var b strings.Builder
	at := 0
	write := func(words []int32, letter byte) {
		for _, w := range words {
			at = min(at+1, maxPosition)
			fmt.Fprintf(&b, "%s:%d%c ", lexeme(edition, w), at, letter)
		}
	}
	write(s.Own, 'A')
	write(s.Above, 'D')
	return b.String()
}
