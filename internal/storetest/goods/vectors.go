package goods

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"assay/classifier/embedding"
	"assay/review"
)

// chunk is how many texts are embedded before their vectors are written.
const chunk = 2048

// Vectors returns the vectors of the first n products as e makes them. They are
// kept in the file at path, in eight bits, because a sentence model takes hours
// for a million: a later call reads what is there and makes what is missing.
// told, which may be nil, hears now and then how many there are.
func Vectors(ctx context.Context, m *Maker, e embedding.Embedder, path string, n int, told func(have int)) (embedding.Quantised, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return embedding.Quantised{}, err
	}
	defer f.Close()
	size := int64(4 + e.Dimension()) // of one vector: its scale, its components
	info, err := f.Stat()
	if err != nil {
		return embedding.Quantised{}, err
	}
	have := int(info.Size() / size) // a torn last one is written again
	for have < n {
		texts := make([]string, min(chunk, n-have))
		for i := range texts {
			p, _ := m.Product(have + i)
			texts[i] = review.Text(p)
		}
		rows, err := e.Embed(ctx, texts)
		if err != nil {
			return embedding.Quantised{}, err
		}
		q, err := embedding.Quantise(rows)
		if err != nil {
			return embedding.Quantised{}, err
		}
		var out []byte
		for i := range q.Len() {
			row, scale := q.Row(i)
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(scale))
			for _, x := range row {
				out = append(out, byte(x))
			}
		}
		if _, err := f.WriteAt(out, int64(have)*size); err != nil {
			return embedding.Quantised{}, err
		}
		if have += len(texts); told != nil {
			told(have)
		}
	}
	q := embedding.Quantised{Dim: e.Dimension(), Scale: make([]float32, n), Data: make([]int8, n*e.Dimension())}
	r := bufio.NewReaderSize(io.NewSectionReader(f, 0, int64(n)*size), 1<<20)
	record := make([]byte, size)
	for i := range n {
		if _, err := io.ReadFull(r, record); err != nil {
			return embedding.Quantised{}, errors.Join(fmt.Errorf("%s: vector %d cannot be read", path, i), err)
		}
		q.Scale[i] = math.Float32frombits(binary.LittleEndian.Uint32(record))
		for j, x := range record[4:] {
			q.Data[i*q.Dim+j] = int8(x)
		}
	}
	return q, nil
}
