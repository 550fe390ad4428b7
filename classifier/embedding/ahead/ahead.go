// Package ahead holds vectors that were computed ahead of time: those of the
// texts of the shipped digest, for the built-in models. A text is found by its
// hash, so a digest that changed since costs only the embedding of the texts
// that are new. It imports only the embedding package.
package ahead

import (
	"context"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math"
	"slices"

	"assay/classifier/embedding"
)

//go:generate go run assay/scripts/digestvectors

//go:embed *.vectors
var files embed.FS

// Table holds the vectors of one model by the hash of their text.
type Table struct {
	dim  int
	keys []uint64 // ascending
	rows []byte   // per key: float32 scale, dim signed bytes
}

const magic = "assay-ahead-1\n"

// Open returns the shipped vectors of the model called name; a model of which
// none are shipped has an empty table.
func Open(name string, dim int) (*Table, error) {
	data, err := files.ReadFile(FileName(name))
	if errors.Is(err, fs.ErrNotExist) {
		return &Table{dim: dim}, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; run go generate ./classifier/embedding/ahead", FileName(name), err)
	}
	if t.dim != dim {
		return nil, &embedding.MismatchError{HaveName: name, HaveDim: t.dim, WantName: name, WantDim: dim}
	}
	return t, nil
}

// FileName is where the vectors of the model called name are kept.
func FileName(name string) string { return name + ".vectors" }

func parse(data []byte) (*Table, error) {
	head := len(magic) + 8
	if len(data) < head || string(data[:len(magic)]) != magic {
		return nil, errors.New("not a file of vectors")
	}
	dim := int(binary.LittleEndian.Uint32(data[len(magic):]))
	n := int(binary.LittleEndian.Uint32(data[len(magic)+4:]))
	if dim <= 0 || dim > 1<<14 || len(data) != head+n*(8+4+dim) {
		return nil, errors.New("the file of vectors is damaged")
	}
	t := &Table{dim: dim, keys: make([]uint64, n), rows: data[head+8*n:]}
	for i := range t.keys {
		t.keys[i] = binary.LittleEndian.Uint64(data[head+8*i:])
	}
	if !slices.IsSorted(t.keys) {
		return nil, errors.New("the file of vectors is out of order")
	}
	return t, nil
}

// Write stores the vectors of texts, of dimension dim, in the form that Open reads.
func Write(w io.Writer, dim int, texts []string, vectors [][]float32) error {
	type row struct {
		key    uint64
		vector []float32
	}
	rows := make([]row, 0, len(texts))
	for i, text := range texts {
		rows = append(rows, row{hash(text), vectors[i]})
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		if a.key < b.key {
			return -1
		}
		return int(min(a.key-b.key, 1))
	})
	rows = slices.CompactFunc(rows, func(a, b row) bool { return a.key == b.key })
	buf := []byte(magic)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(dim))
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(rows)))
	for _, r := range rows {
		buf = binary.LittleEndian.AppendUint64(buf, r.key)
	}
	q := make([]int8, dim)
	for _, r := range rows {
		scale := embedding.Quantize(r.vector, q)
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(scale))
		for _, x := range q {
			buf = append(buf, byte(x))
		}
	}
	_, err := w.Write(buf)
	return err
}

// Has reports whether the vector of text is in the table.
func (t *Table) Has(text string) bool {
	_, ok := slices.BinarySearch(t.keys, hash(text))
	return ok
}

// Embed returns the vectors of texts one after the other in one slice: from
// the table where it has them, else made by e. missed is how many were made.
func (t *Table) Embed(ctx context.Context, e embedding.Embedder, texts []string) (vectors []float32, missed int, err error) {
	vectors = make([]float32, t.dim*len(texts))
	q := make([]int8, t.dim)
	var missing []string
	var places []int
	for i, text := range texts {
		k, ok := slices.BinarySearch(t.keys, hash(text))
		if !ok {
			missing, places = append(missing, text), append(places, i)
			continue
		}
		row := t.rows[k*(4+t.dim) : (k+1)*(4+t.dim)]
		for j := range q {
			q[j] = int8(row[4+j])
		}
		embedding.Dequantize(q, math.Float32frombits(binary.LittleEndian.Uint32(row)), vectors[i*t.dim:(i+1)*t.dim])
	}
	if len(missing) == 0 {
		return vectors, 0, nil
	}
	made, err := e.Embed(ctx, missing)
	if err != nil {
		return nil, 0, err
	}
	for k, i := range places {
		if len(made[k]) != t.dim {
			return nil, 0, &embedding.MismatchError{HaveName: e.Name(), HaveDim: len(made[k]), WantName: e.Name(), WantDim: t.dim}
		}
		copy(vectors[i*t.dim:], made[k])
	}
	return vectors, len(missing), nil
}

// hash is 64-bit FNV-1a: with some ten thousand texts two share a hash once in
// ten billion digests, and the program that writes the table would still run.
func hash(text string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, text)
	return h.Sum64()
}
