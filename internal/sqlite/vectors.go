package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	"assay/classifier/embedding"
	"assay/corpus"
	"assay/review"
)

// shelf holds the vectors of one model in memory. SQLite has no index for
// them, and comparing all of a hundred thousand takes some milliseconds. What
// another process adds is read before each search, by the running number of rows.
type shelf struct {
	mu      sync.RWMutex
	last    int64 // seq of the newest row that is held
	ids     []rowID
	inverse []float32 // one over the length of each vector
	data    []int8    // row after row
}

// rowID names a precedent.
type rowID struct {
	caseID string
	round  int
}

// shelves are those of a store, by model.
type shelves struct {
	mu sync.Mutex
	by map[review.VectorModel]*shelf
}

func (s *shelves) of(m review.VectorModel) *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil {
		s.by = map[review.VectorModel]*shelf{}
	}
	if s.by[m] == nil {
		s.by[m] = &shelf{}
	}
	return s.by[m]
}

// forget drops the vectors of a model from memory.
func (s *shelves) forget(model string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for m := range s.by {
		if m.Name == model {
			delete(s.by, m)
		}
	}
}

// scored is a row and how similar it is to what is asked.
type scored struct {
	rowID
	similarity float32
}

// search adds to out the rows of the shelf that are at least that similar.
func (s *shelf) search(asked embedding.Asked, dim int, least float32, out []scored) []scored {
	for i, id := range s.ids {
		if c := asked.Cosine(s.data[i*dim:(i+1)*dim], s.inverse[i]); c >= least {
			out = append(out, scored{id, c})
		}
	}
	return out
}

// AddVector implements review.Writer.
func (t *tx) AddVector(ctx context.Context, v review.PrecedentVector) error {
	q, err := embedding.Quantise([][]float32{v.Vector})
	if err != nil {
		return fmt.Errorf("precedent %s: %w", review.PrecedentID(v.Case, v.Round), err)
	}
	if q.Dim != v.Model.Dim {
		return fmt.Errorf("precedent %s: a vector of %d components is not one by %s", review.PrecedentID(v.Case, v.Round), q.Dim, v.Model)
	}
	row, scale := q.Row(0)
	_, err = t.ExecContext(ctx, `INSERT INTO precedent_vectors (case_id, round, model, dim, scale, data) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (case_id, round, model, dim) DO NOTHING`, v.Case, v.Round, v.Model.Name, v.Model.Dim, scale, bytesOf(row))
	return taken(err, "there is no precedent %s", review.PrecedentID(v.Case, v.Round))
}

// bytesOf returns row as bytes without copying it.
func bytesOf(row []int8) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(&row[0])), len(row)) }

// DropVectors implements review.Writer.
func (t *tx) DropVectors(ctx context.Context, model string) (int, error) {
	done, err := t.ExecContext(ctx, `DELETE FROM precedent_vectors WHERE model = ?`, model)
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	t.shelves.forget(model) // should the transaction fail, they are read again
	return int(n), err
}

// VectorSets implements review.Reader.
func (t *tx) VectorSets(ctx context.Context) (precedents int, sets []review.VectorSet, err error) {
	if err := t.QueryRowContext(ctx, `SELECT count(*) FROM precedents`).Scan(&precedents); err != nil {
		return 0, nil, err
	}
	sets, err = query(ctx, t, func(row scanner) (v review.VectorSet, err error) {
		return v, row.Scan(&v.Name, &v.Dim, &v.Count)
	}, `SELECT model, dim, count(*) FROM precedent_vectors GROUP BY model, dim ORDER BY model, dim`)
	return precedents, sets, err
}

// WithoutVector implements review.Reader, in the order of case and round.
func (t *tx) WithoutVector(ctx context.Context, m review.VectorModel, after review.Precedent, limit int) ([]review.Precedent, error) {
	return query(ctx, t, scanPrecedent, `SELECT `+precedentColumns+`
		FROM precedents p JOIN cases c ON c.id = p.case_id
		WHERE (p.case_id, p.round) > (?1, ?2)
		  AND NOT EXISTS (SELECT 1 FROM precedent_vectors v WHERE v.case_id = p.case_id AND v.round = p.round AND v.model = ?3 AND v.dim = ?4)
		ORDER BY p.case_id, p.round LIMIT ?5`, after.Case, after.Round, m.Name, m.Dim, limit)
}

// Nearest implements review.Reader: it compares all vectors of the model in
// memory, and looks up the nearest until enough of them are such as are asked for.
func (t *tx) Nearest(ctx context.Context, q review.NearQuery) ([]review.Near, error) {
	if len(q.Vector) != q.Model.Dim {
		return nil, fmt.Errorf("a vector of %d components is not one by %s", len(q.Vector), q.Model)
	}
	found, err := t.similar(ctx, q)
	if err != nil {
		return nil, err
	}
	// A heap would save little: a floor has thinned them out.
	slices.SortFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.similarity, a.similarity), cmp.Compare(a.caseID, b.caseID), cmp.Compare(a.round, b.round))
	})
	var near []review.Near
	for from := 0; from < len(found) && len(near) < q.Limit; {
		some := found[from:min(len(found), from+4*q.Limit)]
		from += len(some)
		for _, x := range some {
			// Vectors that another process dropped and made again are held twice.
			if x.caseID == q.Without || slices.ContainsFunc(near, func(n review.Near) bool { return n.Case == x.caseID && n.Round == x.round }) {
				continue
			}
			p, err := t.precedentFor(ctx, x.rowID, q)
			if err != nil {
				return nil, err
			}
			if len(p) == 1 && answers(p[0], q) {
				near = append(near, review.Near{Precedent: p[0], Similarity: float64(x.similarity)})
			}
			if len(near) == q.Limit {
				break
			}
		}
	}
	return near, nil
}

func answers(p review.Precedent, q review.NearQuery) bool {
	return len(q.Lists) == 0 || slices.ContainsFunc(q.Lists, func(l corpus.ListID) bool { _, ok := p.Codes[l]; return ok })
}

// precedentFor returns the precedent id, if it is such as q asks for.
func (t *tx) precedentFor(ctx context.Context, id rowID, q review.NearQuery) ([]review.Precedent, error) {
	return query(ctx, t, scanPrecedent, `SELECT `+precedentColumns+`
		FROM precedents p JOIN cases c ON c.id = p.case_id
		WHERE p.case_id = ?1 AND p.round = ?2 AND (NOT ?3 OR c.round = p.round) AND (?4 = '' OR c.organisation = ?4)`,
		id.caseID, id.round, q.Standing, q.Organisation)
}

// similar returns the rows that are at least as similar as asked for.
func (t *tx) similar(ctx context.Context, q review.NearQuery) ([]scored, error) {
	asked, held := embedding.Ask(q.Vector), t.shelves.of(q.Model)
	if t.writes {
		// What this transaction has added may yet be undone: it is compared and
		// not kept.
		held.mu.RLock()
		defer held.mu.RUnlock()
		own := shelf{last: held.last}
		if err := own.read(ctx, t, q.Model); err != nil {
			return nil, err
		}
		return own.search(asked, q.Model.Dim, float32(q.Least), held.search(asked, q.Model.Dim, float32(q.Least), nil)), nil
	}
	held.mu.Lock()
	err := held.read(ctx, t, q.Model)
	held.mu.Unlock()
	if err != nil {
		return nil, err
	}
	held.mu.RLock()
	defer held.mu.RUnlock()
	return held.search(asked, q.Model.Dim, float32(q.Least), nil), nil
}

// read takes the rows behind the last that is held onto the shelf.
func (s *shelf) read(ctx context.Context, t *tx, m review.VectorModel) error {
	rows, err := t.QueryContext(ctx, `SELECT seq, case_id, round, data FROM precedent_vectors WHERE seq > ? AND model = ? AND dim = ? ORDER BY seq`, s.last, m.Name, m.Dim)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id rowID
		var seq int64
		var data []byte
		if err := rows.Scan(&seq, &id.caseID, &id.round, &data); err != nil {
			return err
		}
		row := unsafe.Slice((*int8)(unsafe.Pointer(&data[0])), len(data)) // the table holds dim > 0 bytes
		s.ids, s.inverse, s.data, s.last = append(s.ids, id), append(s.inverse, embedding.InverseLength(row)), append(s.data, row...), seq
	}
	return rows.Err()
}
