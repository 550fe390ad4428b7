package wordpiece

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// maxSequence is the model's limit, at which the references were cut.
const maxSequence = 256

type reference struct {
	Text string
	IDs  []int32
}

// references reads testdata/reference.jsonl, which scripts/minilm/reference writes with an independent tokenizer.
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
		var r reference
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		refs = append(refs, r)
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return refs
}

func TestAgainstReference(t *testing.T) {
	refs := references(t)
	if len(refs) < 200 {
		t.Fatalf("only %d references", len(refs))
	}
	tok := New()
	for _, r := range refs {
		got := tok.Encode(nil, r.Text, maxSequence)
		if !slices.Equal(got, r.IDs) {
			t.Errorf("%q\n got %q\nwant %q", r.Text, spell(tok, got), spell(tok, r.IDs))
		}
	}
}

func spell(tok *Tokenizer, ids []int32) []string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = tok.Piece(id)
	}
	return words
}

func TestEncode(t *testing.T) {
	tests := []struct {
		about, text, want string
		limit             int
	}{
		{"nothing", "", "[CLS] [SEP]", 256},
		{"special names are ordinary text", "a [SEP] b", "[CLS] a [ sep ] b [SEP]", 256},
		{"invalid UTF-8 vanishes", "la\xffser \xc3", "[CLS] laser [SEP]", 256},
		{"a final sigma is lower-cased letter by letter, as the published tokenizer does", "ΣΑΣ", "[CLS] σ ##α ##σ [SEP]", 256},
		{"ideographs beyond U+FFFF stand alone", "a𠀀𠀁b", "[CLS] a [UNK] [UNK] b [SEP]", 256},
		{"limit", "one two three four", "[CLS] one two [SEP]", 4},
		{"limit inside a word", "unaffable", "[CLS] una [SEP]", 3},
		{"limit leaves no room", "word", "[CLS] [SEP]", 2},
		{"an unknown word at the limit", "one " + strings.Repeat("z", 101), "[CLS] one [UNK] [SEP]", 4},
	}
	tok := New()
	for _, tt := range tests {
		got := strings.Join(spell(tok, tok.Encode(nil, tt.text, tt.limit)), " ")
		if got != tt.want {
			t.Errorf("%s: %q\n got %s\nwant %s", tt.about, tt.text, got, tt.want)
		}
	}
}

// Long runs of text beyond ASCII are decomposed in parts, which must not show.
func TestForeignRuns(t *testing.T) {
	tok := New()
	const word = "é世ガ각я\u0301"
	one := tok.Append(nil, word+"。", 1000)
	for _, n := range []int{1, 7, 40, 100} {
		got := tok.Append(nil, strings.Repeat(word+"。", n), 100*n)
		if want := slices.Repeat(one, n); !slices.Equal(got, want) {
			t.Errorf("%d repeats: got %d pieces, want %d", n, len(got), len(want))
		}
	}
	marks := "a" + strings.Repeat("\u0301", 5000) + "b"
	if got := spell(tok, tok.Append(nil, marks, 10)); !slices.Equal(got, []string{"ab"}) {
		t.Errorf("thousands of accents on one letter: got %q", got)
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	got := New().Append([]int32{7}, "the the the", 2)
	if len(got) != 3 || got[0] != 7 {
		t.Errorf("got %v", got)
	}
}

func TestNoAllocation(t *testing.T) {
	tok := New()
	dst := make([]int32, 0, maxSequence)
	allocs := testing.AllocsPerRun(100, func() { dst = tok.Encode(dst[:0], benchText, maxSequence) })
	if allocs != 0 {
		t.Errorf("%v allocations for one text", allocs)
	}
}

func TestConcurrent(t *testing.T) {
	var wg sync.WaitGroup
	want := New().Encode(nil, benchText, maxSequence)
	for range 8 {
		wg.Go(func() {
			if !slices.Equal(New().Encode(nil, benchText, maxSequence), want) {
				t.Error("another result in another goroutine")
			}
		})
	}
	wg.Wait()
}

func FuzzEncode(f *testing.F) {
	for _, s := range []string{"", "Hello, wörld", "\xff\xfe", "a\u0301", strings.Repeat("x", 300), "東京 tower"} {
		f.Add(s, 16)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 2 + max(0, min(limit, 1000))
		tok := New()
		ids := tok.Encode(nil, s, limit)
		if len(ids) < 2 || len(ids) > limit || ids[0] != Start || ids[len(ids)-1] != Separator {
			t.Fatalf("%q at %d: %v", s, limit, ids)
		}
		for _, id := range ids[1 : len(ids)-1] {
			if id == Start || id == Separator || int(id) >= tok.Size() {
				t.Fatalf("%q: piece %d", s, id)
			}
		}
		if whole := tok.Encode(nil, s, 1<<20); len(whole) > limit && !slices.Equal(whole[:limit-1], ids[:limit-1]) {
			t.Fatalf("%q: cutting at %d changed what stands before", s, limit)
		}
	})
}

// benchText is 40 pieces with Start and Separator.
const benchText = "Handheld spectrum analyser, 9 kHz to 44 GHz, with 500 MHz of real-time analysis bandwidth, " +
	"a tracking generator and battery power for field use by one engineer in hot weather"

func BenchmarkEncode(b *testing.B) {
	tok := New()
	for _, bench := range []struct{ name, text string }{
		{"ascii", benchText},
		{"accents", "Großflächige Wärmebildkamera für präzise Messungen über 20 µm Wellenlänge bei −40 °C"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			dst := make([]int32, 0, maxSequence)
			for b.Loop() {
				dst = tok.Encode(dst[:0], bench.text, maxSequence)
			}
			b.ReportMetric(float64(len(dst)), "tokens/text")
			b.ReportMetric(float64(len(dst)*b.N)/b.Elapsed().Seconds(), "tokens/s")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		build(strings.Split(strings.TrimSuffix(vocabulary, "\n"), "\n"))
	}
}
