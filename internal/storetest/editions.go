// Package storetest states, as tests, what every store promises. Each store
// runs the suites over itself, so that files and a database cannot drift apart.
//
// It is imported by tests only, and by no adapter's own code. It knows no store.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier/embedding"
	"assay/corpus"
	"assay/corpus/shelf"
)

// EditionStore is what the suite asks of a store of editions.
type EditionStore interface {
	Put(ctx context.Context, e *corpus.Edition) (changed bool, err error)
	Replace(ctx context.Context, e *corpus.Edition) (changed bool, err error)
	Load(ctx context.Context, id string) (*corpus.Edition, error)
	List(ctx context.Context) ([]corpus.Meta, error)
	Latest(ctx context.Context, list corpus.ListID) (corpus.Meta, error)
	Resolve(ctx context.Context, name string) (corpus.Meta, error)
	Remove(ctx context.Context, id string) error
	SaveVectors(ctx context.Context, key shelf.VectorKey, v embedding.Quantised) error
	LoadVectors(ctx context.Context, key shelf.VectorKey) (embedding.Quantised, error)
	State(ctx context.Context) (string, error)
}

// Opener makes an empty place for a test and returns a function that opens a
// store on it; every call opens another store on the same place.
type Opener func(t *testing.T) (open func(t *testing.T) EditionStore)

// Editions runs the suite over the stores that place makes.
func Editions(t *testing.T, place Opener) {
	for _, tc := range []struct {
		name string
		test func(t *testing.T, open func(t *testing.T) EditionStore)
	}{
		{"put and load", putAndLoad},
		{"put again", func(t *testing.T, _ func(*testing.T) EditionStore) { putAgain(t, place) }},
		{"what is no edition is refused", refusesWhatIsNoEdition},
		{"latest and resolve", latestAndResolve},
		{"list is sorted", listIsSorted},
		{"remove", remove},
		{"strange texts", strangeTexts},
		{"writers at once", writersAtOnce},
		{"first of many writers", firstOfMany},
		{"given up", givenUp},
		{"state", state},
		{"vectors round trip", vectorsRoundTrip},
		{"stale vectors", staleVectors},
		{"vectors that do not fit are refused", refusesVectors},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.test(t, place(t)) })
	}
}

// Edition makes an edition whose text depends on word, and whose source's hash
// begins with hash.
func Edition(list corpus.ListID, date, hash, word string) *corpus.Edition {
	e := &corpus.Edition{Meta: corpus.Meta{
		List: list, Date: date, Title: "A list for tests", Language: "en", Format: "test", Source: "here.xml",
		Retrieved: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), SHA256: strings.Repeat(hash, 64)[:64],
	}}
	for i := 1; i < 200; i++ {
		code := fmt.Sprintf("3A%03d", i)
		e.Passages = append(e.Passages,
			corpus.Passage{ID: code, Code: code, Kind: corpus.KindEntry, Text: "Goods of sort " + code},
			corpus.Passage{ID: code + ".a", Code: code + ".a", Kind: corpus.KindParagraph, Label: "a.", Text: word},
			corpus.Passage{ID: code + ".a#note-1", Code: code + ".a", Kind: corpus.KindNote, Label: "Note", Text: "Not toys.", AppliesTo: []string{code + ".a"}, Marks: []string{"x=y"}})
	}
	return e
}

func put(t *testing.T, s EditionStore, e *corpus.Edition) {
	t.Helper()
	if changed, err := s.Put(t.Context(), e); err != nil || !changed {
		t.Fatalf("put %s: changed %v, %v", e.ID(), changed, err)
	}
}

func putAndLoad(t *testing.T, open func(*testing.T) EditionStore) {
	s := open(t)
	if metas, err := s.List(t.Context()); err != nil || len(metas) != 0 {
		t.Fatalf("an empty store lists %v, %v", metas, err)
	}
	want := Edition(corpus.USCCL, "2026-06-24", "a", "hot")
	want.Attribution = "by its keeper"
	put(t, s, want)
	got, err := open(t).Load(t.Context(), "us-ccl@2026-06-24")
	if err != nil {
		t.Fatal(err)
	}
	if got.Meta != want.Meta || !reflect.DeepEqual(got.Passages, want.Passages) {
		t.Errorf("loaded %+v, stored %+v, or other passages", got.Meta, want.Meta)
	}
	metas, err := s.List(t.Context())
	if err != nil || len(metas) != 1 || metas[0] != want.Meta {
		t.Errorf("list: %+v, %v", metas, err)
	}
}

func putAgain(t *testing.T, place Opener) {
	base := Edition(corpus.USCCL, "2026-06-24", "a", "hot")
	for _, tc := range []struct {
		name    string
		next    *corpus.Edition
		replace bool
		changed bool
		err     error
		word    string // text in the store afterwards
	}{
		{"the same", Edition(corpus.USCCL, "2026-06-24", "a", "hot"), false, false, nil, "hot"},
		{"the same text in other bytes", Edition(corpus.USCCL, "2026-06-24", "b", "hot"), false, false, nil, "hot"},
		{"the same bytes read better", Edition(corpus.USCCL, "2026-06-24", "a", "warm"), false, true, nil, "warm"},
		{"another text", Edition(corpus.USCCL, "2026-06-24", "b", "warm"), false, false, shelf.ErrConflict, "hot"},
		{"another text, to replace", Edition(corpus.USCCL, "2026-06-24", "b", "warm"), true, true, nil, "warm"},
		{"the same, to replace", Edition(corpus.USCCL, "2026-06-24", "a", "hot"), true, false, nil, "hot"},
		{"another day", Edition(corpus.USCCL, "2026-06-25", "b", "warm"), false, true, nil, "hot"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := place(t)(t)
			put(t, s, base)
			do := s.Put
			if tc.replace {
				do = s.Replace
			}
			changed, err := do(t.Context(), tc.next)
			if changed != tc.changed || !errors.Is(err, tc.err) {
				t.Errorf("changed %v, %v; want %v, %v", changed, err, tc.changed, tc.err)
			}
			if tc.err != nil && !strings.Contains(err.Error(), "--replace") {
				t.Errorf("the error has no remedy: %v", err)
			}
			got, err := s.Load(t.Context(), base.ID())
			if err != nil || got.Passages[1].Text != tc.word || len(got.Passages) != len(base.Passages) {
				t.Errorf("the store holds %v, %v", got, err)
			}
		})
	}
}

func refusesWhatIsNoEdition(t *testing.T, open func(*testing.T) EditionStore) {
	s := open(t)
	bad := Edition(corpus.USCCL, "2026-06-24", "a", "hot")
	bad.Passages[5].ID = bad.Passages[2].ID
	if changed, err := s.Put(t.Context(), bad); err == nil || changed {
		t.Errorf("an edition with an id twice is stored: %v %v", changed, err)
	}
	bad = Edition(corpus.USCCL, "2026-06-24", "a", "hot")
	bad.List = "../../etc"
	if changed, err := s.Put(t.Context(), bad); err == nil || changed {
		t.Errorf("an edition of a list with a path for a name is stored: %v %v", changed, err)
	}
	if metas, err := s.List(t.Context()); err != nil || len(metas) != 0 {
		t.Errorf("the store holds %v, %v", metas, err)
	}
}

func latestAndResolve(t *testing.T, open func(*testing.T) EditionStore) {
	s := open(t)
	for _, date := range []string{"2026-06-24", "2024-01-02", "2025-11-15"} {
		put(t, s, Edition(corpus.USCCL, date, "a", date))
	}
	put(t, s, Edition("us-ccl-2", "2027-01-01", "a", "a list whose name begins the same"))
	for name, want := range map[string]string{
		"us-ccl":            "us-ccl@2026-06-24",
		"us-ccl@2024-01-02": "us-ccl@2024-01-02",
		"us-ccl-2":          "us-ccl-2@2027-01-01",
		"us-usml":           "",
		"us-ccl@2024-01-03": "",
		"us-ccl@yesterday":  "",
		"../us-ccl":         "",
		"":                  "",
	} {
		m, err := s.Resolve(t.Context(), name)
		if want == "" {
			if err == nil {
				t.Errorf("%q is %s", name, m.ID())
			}
			continue
		}
		if err != nil || m.ID() != want {
			t.Errorf("%q: %s, %v; want %s", name, m.ID(), err, want)
		}
	}
	_, err := s.Latest(t.Context(), corpus.USUSML)
	if !errors.Is(err, shelf.ErrNotFound) || !strings.Contains(err.Error(), "assay corpus pull us-usml") {
		t.Errorf("an absent list: %v", err)
	}
}

func listIsSorted(t *testing.T, open func(*testing.T) EditionStore) {
	s := open(t)
	for _, id := range []string{"us-usml@2026-07-23", "us-ccl@2026-06-24", "us-ccl-2@2020-01-01", "us-ccl@2024-01-02", "eu-dual-use@2025-11-15"} {
		list, date, _ := strings.Cut(id, "@")
		put(t, s, Edition(corpus.ListID(list), date, "a", "hot"))
	}
	metas, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range metas {
		ids = append(ids, m.ID())
	}
	if len(ids) != 5 || !slices.IsSorted(ids) {
		t.Errorf("the list is %v", ids)
	}
}

func remove(t *testing.T, open func(*testing.T) EditionStore) {
	s := open(t)
	e := Edition(corpus.USCCL, "2026-06-24", "a", "hot")
	put(t, s, e)
	key := shelf.VectorKey{Edition: e.ID(), Content: "c", Model: "m", Dim: 2}
	v, _ := embedding.Quantise([][]float32{{1, 0}})
	if err := s.SaveVectors(t.Context(), key, v); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), e.ID()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context(), e.ID()); !errors.Is(err, shelf.ErrNotFound) {
		t.Errorf("after removal: %v", err)
	}
	if _, err := s.LoadVectors(t.Context(), key); !errors.Is(err, shelf.ErrNotFound) {
		t.Errorf("its vectors after removal: %v", err)
	}
	if err := s.Remove(t.Context(), e.ID()); !errors.Is(err, shelf.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	if err := s.Remove(t.Context(), "../../etc/passwd"); err == nil || errors.Is(err, shelf.ErrNotFound) {
		t.Errorf("a path as id: %v", err)
	}
	put(t, s, e)
}

// strangeTexts keeps what trips up storage: quotes, backslashes, other scripts,
// a text that looks like a statement.
func strangeTexts(t *testing.T, open func(*testing.T) EditionStore) {
	s := open(t)
	e := Edition(corpus.USCCL, "2026-06-24", "a", "hot")
	for i, text := range []string{`it's "quoted" \ and {braced}, NULL`, "'); DROP TABLE edition; --", "≥ 10⁻⁹ µm × 5 Å", "激光器 лазер", "\t tab and\nline"} {
		e.Passages[3*i+1].Text = text
		e.Passages[3*i+2].Marks = []string{text, ""}
	}
	put(t, s, e)
	got, err := s.Load(t.Context(), e.ID())
	if err != nil {
		t.Fatal(err)
	}
	if shelf.ContentHash(got) != shelf.ContentHash(e) {
		t.Error("the texts do not come back as they were")
	}
}

func writersAtOnce(t *testing.T, open func(*testing.T) EditionStore) {
	var wg sync.WaitGroup
	for i := range 8 {
		s := open(t)
		wg.Go(func() {
			if _, err := s.Replace(t.Context(), Edition(corpus.USCCL, "2026-06-24", fmt.Sprint(i), fmt.Sprint("word ", i))); err != nil {
				t.Error(err)
			}
			e, err := s.Load(t.Context(), "us-ccl@2026-06-24")
			if err != nil {
				t.Error(err)
				return
			}
			for k := 1; k < len(e.Passages); k += 3 {
				if e.Passages[k].Text != e.Passages[1].Text || e.SHA256[0] != e.Passages[1].Text[5] {
					t.Error("the edition is a mixture of two")
					return
				}
			}
		})
	}
	wg.Wait()
}

func firstOfMany(t *testing.T, open func(*testing.T) EditionStore) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	stored := 0
	for i := range 6 {
		s := open(t)
		wg.Go(func() {
			changed, err := s.Put(t.Context(), Edition(corpus.USCCL, "2026-06-24", fmt.Sprint(i), fmt.Sprint("word ", i)))
			if changed == (err != nil) || err != nil && !errors.Is(err, shelf.ErrConflict) {
				t.Errorf("changed %v, %v", changed, err)
			}
			if changed {
				mu.Lock()
				stored++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if stored != 1 {
		t.Errorf("%d writers of different texts were all told that theirs is stored", stored)
	}
}

func givenUp(t *testing.T, open func(*testing.T) EditionStore) {
	s := open(t)
	gone, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Put(gone, Edition(corpus.USCCL, "2026-06-24", "a", "hot")); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if _, err := s.Load(gone, "us-ccl@2026-06-24"); !errors.Is(err, context.Canceled) {
		t.Errorf("load: %v", err)
	}
	if _, err := s.List(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("list: %v", err)
	}
	if metas, err := s.List(t.Context()); err != nil || len(metas) != 0 {
		t.Errorf("the store holds %v, %v", metas, err)
	}
}

// state: what another store on the same place brings in is seen, and nothing
// is seen where nothing of use has changed.
func state(t *testing.T, open func(*testing.T) EditionStore) {
	s, other := open(t), open(t)
	word := func() string {
		t.Helper()
		w, err := s.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	put := func(e *corpus.Edition) func() {
		return func() {
			if _, err := other.Replace(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	was := word()
	seen := map[string]bool{was: true}
	for _, step := range []struct {
		name    string
		do      func()
		changes bool
	}{
		{"the first edition", put(Edition(corpus.USCCL, "2026-06-24", "a", "hot")), true},
		{"the same again", put(Edition(corpus.USCCL, "2026-06-24", "a", "hot")), false},
		{"an older one", put(Edition(corpus.USCCL, "2025-06-24", "b", "cold")), false},
		{"another text of the older one", put(Edition(corpus.USCCL, "2025-06-24", "c", "icy")), false},
		{"another list", put(Edition(corpus.EUDualUse, "2025-11-15", "d", "hot")), true},
		{"a newer one", put(Edition(corpus.USCCL, "2026-07-01", "e", "warm")), true},
		{"another text of it", put(Edition(corpus.USCCL, "2026-07-01", "f", "tepid")), true},
		{"vectors", func() {
			q, _ := embedding.Quantise(random(3, 4))
			if err := other.SaveVectors(t.Context(), shelf.VectorKey{Edition: "us-ccl@2026-07-01", Content: "c", Model: "m", Dim: 4}, q); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		step.do()
		now := word()
		if changed := now != was; changed != step.changes || changed && seen[now] {
			t.Errorf("%s: changed %v, want %v", step.name, changed, step.changes)
		}
		was, seen[now] = now, true
	}
	if err := other.Remove(t.Context(), "us-ccl@2026-07-01"); err != nil {
		t.Fatal(err)
	}
	if word() == was {
		t.Error("removing the newest is not seen")
	}
}

func vectorsRoundTrip(t *testing.T, open func(*testing.T) EditionStore) {
	s := open(t)
	e := Edition(corpus.USCCL, "2026-06-24", "a", "hot")
	put(t, s, e)
	key := shelf.VectorKey{Edition: e.ID(), Content: shelf.HashTexts([]string{"a", "b"}), Model: "minilm/int8 v1", Dim: 16}
	if _, err := s.LoadVectors(t.Context(), key); !errors.Is(err, shelf.ErrNotFound) {
		t.Fatalf("an empty store: %v", err)
	}
	for _, n := range []int{40, 7} { // the second takes the place of the first
		q, err := embedding.Quantise(append(random(n-1, 16), make([]float32, 16)))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SaveVectors(t.Context(), key, q); err != nil {
			t.Fatal(err)
		}
		got, err := open(t).LoadVectors(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if got.Dim != q.Dim || !slices.Equal(got.Scale, q.Scale) || !slices.Equal(got.Data, q.Data) {
			t.Errorf("%d vectors do not come back bit by bit", n)
		}
	}
	if _, err := s.LoadVectors(t.Context(), shelf.VectorKey{Edition: key.Edition, Content: key.Content, Model: "minilm-int8 v1", Dim: 16}); !errors.Is(err, shelf.ErrNotFound) {
		t.Errorf("a model of a similar name: %v", err)
	}
}

func staleVectors(t *testing.T, open func(*testing.T) EditionStore) {
	s := open(t)
	put(t, s, Edition(corpus.USCCL, "2026-06-24", "a", "hot"))
	key := shelf.VectorKey{Edition: "us-ccl@2026-06-24", Content: "hash", Model: "m", Dim: 4}
	q, _ := embedding.Quantise(random(3, 4))
	if err := s.SaveVectors(t.Context(), key, q); err != nil {
		t.Fatal(err)
	}
	dim, content := key, key
	dim.Dim, content.Content = 8, "other"
	for want, asked := range map[string]shelf.VectorKey{"m now gives 8": dim, "the text has changed": content} {
		if _, err := s.LoadVectors(t.Context(), asked); !errors.Is(err, shelf.ErrStaleVectors) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "computed again") {
			t.Errorf("%v", err)
		}
	}
	wide, _ := embedding.Quantise(random(3, 8))
	if err := s.SaveVectors(t.Context(), dim, wide); err != nil {
		t.Fatal(err)
	}
	if _, err := s.LoadVectors(t.Context(), dim); err != nil {
		t.Errorf("saved anew: %v", err)
	}
}

func refusesVectors(t *testing.T, open func(*testing.T) EditionStore) {
	s := open(t)
	e := Edition(corpus.USCCL, "2026-06-24", "a", "hot")
	put(t, s, e)
	q, _ := embedding.Quantise(random(3, 4))
	for name, key := range map[string]shelf.VectorKey{
		"dimension": {Edition: e.ID(), Content: "c", Model: "m", Dim: 5},
		"no model":  {Edition: e.ID(), Content: "c", Dim: 4},
		"no hash":   {Edition: e.ID(), Model: "m", Dim: 4},
		"a path":    {Edition: "../../x@2026-06-24", Content: "c", Model: "m", Dim: 4},
	} {
		if err := s.SaveVectors(t.Context(), key, q); err == nil {
			t.Errorf("%s: saved", name)
		}
	}
	if _, err := s.LoadVectors(t.Context(), shelf.VectorKey{Edition: e.ID(), Content: "c", Model: "m", Dim: 4}); !errors.Is(err, shelf.ErrNotFound) {
		t.Errorf("something was kept: %v", err)
	}
}

// random returns n unit vectors, the same ones each time.
func random(n, dim int) [][]float32 {
	r := rand.New(rand.NewPCG(1, 2))
	vs := make([][]float32, n)
	for i := range vs {
		vs[i] = make([]float32, dim)
		sum := 0.0
		for j := range vs[i] {
			x := r.NormFloat64()
			vs[i][j] = float32(x)
			sum += x * x
		}
		for j := range vs[i] {
			vs[i][j] /= float32(math.Sqrt(sum))
		}
	}
	return vs
}
