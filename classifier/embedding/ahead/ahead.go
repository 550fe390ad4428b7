// Package ahead holds vectors that were computed ahead of time: those of the
// texts of the shipped digest, for the built-in models. A text is found by its
// hash, so a digest that changed since costs only the embedding of the texts
// that are new. It imports only the embedding package.
package ahead

import (
	"cmp"
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

// Write stores the vectors of texts in the form that Open reads.
func Write(w io.Writer, texts []string, vectors embedding.Quantised) error {
	order := make([]int, len(texts))
	keys := make([]uint64, len(texts))
	for i, text := range texts {
		order[i], keys[i] = i, hash(text)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(keys[a], keys[b]) })
	order = slices.CompactFunc(order, func(a, b int) bool { return keys[a] == keys[b] })
	buf := []byte(magic)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(vectors.Dim))
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(order)))
	for _, i := range order {
		buf = binary.LittleEndian.AppendUint64(buf, keys[i])
	}
	for _, i := range order {
		row, scale := vectors.Row(i)
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(scale))
		for _, x := range row {
			buf = append(buf, byte(x))
		}
	}
	_, err := w.Write(buf)
	return err
}

// Embed returns the vectors of texts: from the table where it has them, else
// made by e. missed is how many were made.
func (t *Table) Embed(ctx context.Context, e embedding.Embedder, texts []string) (vectors embedding.Quantised, missed int, err error) {
	vectors = embedding.Quantised{Dim: t.dim, Scale: make([]float32, len(texts)), Data: make([]int8, t.dim*len(texts))}
	var missing []string
	var places []int
	for i, text := range texts {
		k, ok := slices.BinarySearch(t.keys, hash(text))
		if !ok {
			missing, places = append(missing, text), append(places, i)
			continue
		}
		row := t.rows[k*(4+t.dim) : (k+1)*(4+t.dim)]
		vectors.Scale[i] = math.Float32frombits(binary.LittleEndian.Uint32(row))
		for j, x := range row[4:] {
			vectors.Data[i*t.dim+j] = int8(x)
		}
	}
	if len(missing) == 0 {
		return vectors, 0, nil
	}
	floats, err := e.Embed(ctx, missing)
	if err != nil {
		return embedding.Quantised{}, 0, err
	}
	made, err := embedding.Quantise(floats)
	if err != nil {
		return embedding.Quantised{}, 0, err
	}
	if made.Dim != t.dim {
		return embedding.Quantised{}, 0, &embedding.MismatchError{HaveName: e.Name(), HaveDim: made.Dim, WantName: e.Name(), WantDim: t.dim}
	}
	for k, i := range places {
		row, scale := made.Row(k)
		vectors.Scale[i] = scale
		copy(vectors.Data[i*t.dim:], row)
	}
	return vectors, len(missing), nil
}

// hash is 64-bit FNV-1a: among some ten thousand texts two share a hash once in
// a hundred billion digests.
func hash(text string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, text)
	return h.Sum64()
}
