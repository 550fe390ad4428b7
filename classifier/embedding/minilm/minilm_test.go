package minilm

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier/embedding"
	"assay/classifier/embedding/wordpiece"
)

type reference struct {
	Text   string
	IDs    []int32
	Vector []float32
}

// references reads testdata/reference.jsonl: vectors that scripts/minilm/reference computed in double precision from the
// original weights, with none of this package's code.
func references(t testing.TB) []reference {
	t.Helper()
	f, err := os.Open("testdata/reference.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var refs []reference
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Text   string
			IDs    []int32
			Vector string
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		raw, err := base64.StdEncoding.DecodeString(line.Vector)
		if err != nil || len(raw) != 4*Dimension {
			t.Fatalf("%q: %d bytes of vector: %v", line.Text, len(raw), err)
		}
		vector := make([]float32, Dimension)
		for i := range vector {
			vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
		refs = append(refs, reference{line.Text, line.IDs, vector})
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return refs
}

func model(t testing.TB, k *kernel) *Model {
	t.Helper()
	m, err := newModel(k)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAgainstReference(t *testing.T) {
	refs := references(t)
	if len(refs) < 60 {
		t.Fatalf("only %d references", len(refs))
	}
	for _, k := range kernels() {
		t.Run(k.name, func(t *testing.T) {
			refs := refs
			if k == portable { // about twenty times slower: every third text
				refs = slices.Collect(func(yield func(reference) bool) {
					for i, r := range refs {
						if i%3 == 0 && len(r.IDs) < 100 && !yield(r) {
							return
						}
					}
				})
			}
			texts := make([]string, len(refs))
			for i, r := range refs {
				texts[i] = r.Text
				if got := wordpiece.New().Encode(nil, r.Text, MaxPieces); !slices.Equal(got, r.IDs) {
					t.Errorf("%q: pieces %v, want %v", r.Text, got, r.IDs)
				}
			}
			vectors, err := model(t, k).Embed(context.Background(), texts)
			if err != nil {
				t.Fatal(err)
			}
			worst, sum := 1.0, 0.0
			for i, r := range refs {
				cos := embedding.Cosine(vectors[i], r.Vector)
				worst, sum = min(worst, cos), sum+cos
				if !(cos >= 0.999) {
					t.Errorf("%q: cosine %.6f to the reference", r.Text, cos)
				}
				if length := embedding.Dot(vectors[i], vectors[i]); math.Abs(float64(length)-1) > 1e-5 {
					t.Errorf("%q: squared length %v", r.Text, length)
				}
			}
			t.Logf("%d texts: cosine at least %.6f, on average %.6f", len(refs), worst, sum/float64(len(refs)))
		})
	}
}

// A text's vector must not depend on its company: texts share matrices and padding rows.
func TestBatchEqualsSingles(t *testing.T) {
	m := model(t, kernels()[0])
	var texts []string
	for i, r := range references(t) {
		if i < 40 {
			texts = append(texts, r.Text)
		}
	}
	texts = append(texts, strings.Repeat("long text ", 300), "short", strings.Repeat("y ", 255), "")
	batch, err := m.Embed(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		one, err := m.Embed(context.Background(), []string{text})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(one[0], batch[i]) {
			t.Errorf("%.40q alone and in company: cosine %v", text, embedding.Cosine(one[0], batch[i]))
		}
	}
}

func TestEmbedNothing(t *testing.T) {
	got, err := model(t, kernels()[0]).Embed(context.Background(), nil)
	if err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestCancel(t *testing.T) {
	m := model(t, kernels()[0])
	texts := slices.Repeat([]string{strings.Repeat("word ", 250)}, 2000)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	got, err := m.Embed(ctx, texts)
	if !errors.Is(err, context.DeadlineExceeded) || got != nil {
		t.Errorf("got %d vectors, %v", len(got), err)
	}
}

func TestOneProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	m := model(t, kernels()[0])
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := m.Embed(context.Background(), slices.Repeat([]string{"a laser"}, 50)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestConcurrent(t *testing.T) {
	m := model(t, kernels()[0])
	refs := references(t)[:8]
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			r := refs[g*2]
			got, err := m.Embed(context.Background(), []string{r.Text, "another"})
			if err != nil || embedding.Cosine(got[0], r.Vector) < 0.999 {
				t.Errorf("%q: %v", r.Text, err)
			}
		})
	}
	wg.Wait()
}

func TestStates(t *testing.T) {
	m := model(t, kernels()[0])
	ctx := context.Background()
	seq := []int32{wordpiece.Start, 9138, wordpiece.Separator}
	states, err := m.States(ctx, [][]int32{seq, seq})
	if err != nil {
		t.Fatal(err)
	}
	if len(states) != 2 || len(states[0]) != 3*Dimension || !slices.Equal(states[0], states[1]) {
		t.Fatal("two equal sequences give other states")
	}
	for _, bad := range [][]int32{{}, {-1}, {words}, make([]int32, MaxPieces+1)} {
		if _, err := m.States(ctx, [][]int32{seq, bad}); err == nil {
			t.Errorf("a sequence of %d pieces was accepted", len(bad))
		}
	}
}

func TestPlan(t *testing.T) {
	of := func(lengths ...int) [][]int32 {
		seqs := make([][]int32, len(lengths))
		for i, n := range lengths {
			seqs[i] = make([]int32, n)
		}
		return seqs
	}
	tests := []struct {
		about     string
		sequences [][]int32
		workers   int
		want      []chunk
	}{
		{"nothing", nil, 2, nil},
		{"one text", of(40), 8, []chunk{{0, 1}}},
		{"shared by two", of(40, 40, 40, 40), 2, []chunk{{0, 2}, {2, 4}}},
		{"one worker fills a chunk", of(100, 100, 100), 1, []chunk{{0, 2}, {2, 3}}},
		{"full texts stand alone", of(256, 256), 1, []chunk{{0, 1}, {1, 2}}},
		{"more workers than texts", of(3, 3), 16, []chunk{{0, 1}, {1, 2}}},
	}
	for _, tt := range tests {
		if got := plan(tt.sequences, tt.workers); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.about, got, tt.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{"", file[:len(file)-1], "x" + file[1:]} {
		if _, err := parse(bad); err == nil || !strings.Contains(err.Error(), "scripts/minilm") {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

func TestChooseKernel(t *testing.T) {
	for _, k := range kernels() {
		t.Setenv(KernelVariable, k.name)
		if m, err := New(); err != nil || m.Kernel() != k.name {
			t.Errorf("%s: %v", k.name, err)
		}
	}
	t.Setenv(KernelVariable, "abacus")
	if _, err := New(); err == nil || !strings.Contains(err.Error(), "portable") {
		t.Errorf("an unknown kernel: %v", err)
	}
	t.Setenv(KernelVariable, "")
	if m, err := New(); err != nil || m.Kernel() != kernels()[0].name {
		t.Errorf("without a wish: %v", err)
	}
}
