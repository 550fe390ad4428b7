package ahead

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"assay/classifier/embedding"
	"assay/classifier/embedding/minilm"
	"assay/classifier/embedding/static"
	"assay/classifier/retrieval"
	"assay/corpus/digest"
)

// letters is an embedder whose vectors count a few letters.
type letters struct{ calls int }

func (l *letters) Name() string   { return "letters" }
func (l *letters) Dimension() int { return 3 }
func (l *letters) Embed(_ context.Context, texts []string) ([][]float32, error) {
	l.calls += len(texts)
	out := make([][]float32, len(texts))
	for i, t := range texts {
		v := []float32{0.01, 0.02, 0.03}
		for _, r := range t {
			v[int(r)%3]++
		}
		embedding.Normalize(v)
		out[i] = v
	}
	return out, nil
}

func TestTableRemembersTexts(t *testing.T) {
	texts := []string{"pump", "laser", "radar", "pump"}
	e := &letters{}
	empty := &Table{dim: 3}
	made, missed, err := empty.Embed(context.Background(), e, texts)
	if err != nil || missed != 4 {
		t.Fatal(missed, err)
	}
	var buf bytes.Buffer
	if err := Write(&buf, texts, made); err != nil {
		t.Fatal(err)
	}
	table, err := parse(buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	e.calls = 0
	again, missed, err := table.Embed(context.Background(), e, []string{"radar", "new", "laser"})
	if err != nil || missed != 1 || e.calls != 1 {
		t.Fatal(missed, e.calls, err)
	}
	for i, want := range []int{2, -1, 1} {
		if want >= 0 && embedding.Cosine(again.At(i, nil), made.At(want, nil)) < 0.9999 {
			t.Errorf("text %d came back as another vector", i)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	var buf bytes.Buffer
	q, _ := embedding.Quantise([][]float32{{1, 0}, {0, 1}})
	if err := Write(&buf, []string{"a", "b"}, q); err != nil {
		t.Fatal(err)
	}
	good := buf.Bytes()
	if _, err := parse(good); err != nil {
		t.Fatal(err)
	}
	for n := range good {
		if _, err := parse(good[:n]); err == nil {
			t.Fatalf("%d of %d bytes were taken for a table", n, len(good))
		}
	}
}

func TestOpenRefusesAnotherDimension(t *testing.T) {
	_, err := Open(minilm.Name, 7)
	var mismatch *embedding.MismatchError
	if !errors.As(err, &mismatch) {
		t.Errorf("err = %v", err)
	}
	if table, err := Open("nobody's model", 7); err != nil || len(table.keys) != 0 {
		t.Errorf("an unknown model: %v %v", table, err)
	}
}

// TestShippedVectorsAreFresh fails when cards changed and the vectors did not.
func TestShippedVectorsAreFresh(t *testing.T) {
	d, err := digest.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	texts := retrieval.DigestTexts(d)
	for name, dim := range map[string]int{minilm.Name: minilm.Dimension, static.Name: static.Dimension} {
		table, err := Open(name, dim)
		if err != nil {
			t.Fatal(err)
		}
		missing := 0
		for _, text := range texts {
			if !table.has(text) {
				missing++
			}
		}
		if missing > 0 {
			t.Errorf("%s: %d of %d texts have no vector; run make generate", name, missing, len(texts))
		}
	}
}

func (t *Table) has(text string) bool {
	_, missed, err := t.Embed(context.Background(), &letters{}, []string{text})
	return err == nil && missed == 0
}
