package review_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/sqlite"
	"assay/review"
)

// senses makes vectors of words: two texts are as alike as they share words.
type senses struct {
	fails *atomic.Bool
	made  *atomic.Int64
	block chan struct{} // when not nil, Embed waits for it or the context
}

func (senses) Name() string   { return "senses" }
func (senses) Dimension() int { return 512 }
func (s senses) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if s.block != nil {
		select {
		case <-s.block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if s.fails.Load() {
		return nil, errors.New("the endpoint is away, token=secret")
	}
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		s.made.Add(1)
		vectors[i] = make([]float32, 512)
		for w := range strings.FieldsSeq(strings.ToLower(text)) {
			h := uint32(2166136261)
			for _, b := range []byte(w) {
				h = (h ^ uint32(b)) * 16777619
			}
			vectors[i][h%512]++
		}
	}
	return vectors, nil
}

func newSenses() senses { return senses{fails: new(atomic.Bool), made: new(atomic.Int64)} }

// openWith is open with a model.
func openWith(t *testing.T, e review.Embedder) *office {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return serviceOver(t, store, e)
}

func serviceOver(t *testing.T, store review.Store, e review.Embedder) *office {
	t.Helper()
	o := &office{t: t, now: start}
	cfg := review.Config{Store: store, Embedder: e, Floors: review.Floors{Like: 0.5, Contradict: 0.75}}
	var err error
	if o.Service, err = review.New(cfg); err != nil {
		t.Fatal(err)
	}
	return o
}

// decided brings a product to a decision for us-ccl.
func (o *office) decided(name, code string) review.Case {
	o.t.Helper()
	id := o.submitted(name, "3A001.a")
	o.must(o.Take(o.t.Context(), by(bob), id))
	return o.must(o.Decide(o.t.Context(), by(bob), id, ruling(code)))
}

func like(name string) classifier.Product { return classifier.Product{Name: name} }

func ids(likes review.Likes) []string {
	var out []string
	for _, p := range likes.Precedents {
		out = append(out, p.Case)
	}
	return out
}

const pump = "diaphragm metering pump stainless steel for water and acids"

func TestAlikeSumsUp(t *testing.T) {
	o, ctx := openWith(t, newSenses()), t.Context()
	a, b, c := o.decided(pump+" 10 l/min", "2B999.j"), o.decided(pump+" 20 l/min", "2B999.j"), o.decided(pump+" 30 l/min", "2B350.i")
	o.decided("telescope", "EAR99")
	likes, err := o.Alike(ctx, cyd, like(pump+" 40 l/min"), review.AlikeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(likes); len(got) != 3 || !slices.Contains(got, a.ID) || !slices.Contains(got, b.ID) || !slices.Contains(got, c.ID) {
		t.Fatalf("like it are %v", got)
	}
	if l := likes.Lists; len(l) != 1 || l[0].Summary != "2 × 2B999.j, 1 × 2B350.i" || l[0].Answers[0].Count != 2 || likes.Model != "senses" || len(likes.Notes) != 0 {
		t.Errorf("%+v, notes %v", l, likes.Notes)
	}
	first := likes.Precedents[0]
	if d := told(first.Differences); !strings.Contains(d, "40 l/min here") || first.State != review.Changed || !strings.HasPrefix(first.Title(), pump) {
		t.Errorf("%+v: %s", first, d)
	}
	// Reopened: marked, and counted apart.
	o.must(o.Reopen(ctx, by(dora), c.ID, "new facts"))
	if likes, err = o.Alike(ctx, cyd, like(pump+" 40 l/min"), review.AlikeOptions{}); err != nil || likes.Lists[0].Summary != "2 × 2B999.j" || likes.Lists[0].Superseded != 1 {
		t.Errorf("%v %+v", err, likes.Lists)
	}
	at := slices.Index(ids(likes), c.ID)
	if at < 0 || !likes.Precedents[at].Superseded {
		t.Errorf("the superseded one is not marked: %+v", likes.Precedents)
	}
	if likes, err = o.Alike(ctx, cyd, like(pump+" 40 l/min"), review.AlikeOptions{Standing: true}); err != nil || len(likes.Precedents) != 2 {
		t.Errorf("%v: %v stand", err, ids(likes))
	}
	// A case's own rounds are its history.
	if likes, err = o.AlikeCase(ctx, cyd, c.ID, review.AlikeOptions{}); err != nil || slices.Contains(ids(likes), c.ID) || len(likes.Precedents) != 2 {
		t.Errorf("%v: like the case are %v", err, ids(likes))
	}
	if likes, err = o.Alike(ctx, cyd, like(pump), review.AlikeOptions{Limit: 1}); err != nil || len(likes.Precedents) != 1 || len(likes.Notes) != 1 || !strings.Contains(likes.Notes[0], "may be more") {
		t.Errorf("%v %v", err, likes.Notes)
	}
	if _, err = o.Alike(ctx, cyd, classifier.Product{}, review.AlikeOptions{}); review.KindOf(err) != review.Invalid {
		t.Errorf("an empty product: %v", err)
	}
}

func TestAlikeWithoutAModelSaysSo(t *testing.T) {
	o := open(t)
	a := o.decided(pump, "2B999.j")
	likes, err := o.Alike(t.Context(), cyd, like(strings.ToUpper(pump)), review.AlikeOptions{})
	if err != nil || len(likes.Precedents) != 1 || likes.Precedents[0].Case != a.ID || !likes.Precedents[0].SameWords || likes.Precedents[0].Similarity != 1 || likes.Model != "" {
		t.Fatalf("%v %+v", err, likes)
	}
	if len(likes.Notes) != 1 || !strings.Contains(likes.Notes[0], "only precedents in the very words") {
		t.Errorf("notes %v", likes.Notes)
	}
	if likes, err = o.Alike(t.Context(), cyd, like(pump+" 2"), review.AlikeOptions{}); err != nil || len(likes.Precedents) != 0 {
		t.Errorf("%v %+v", err, likes)
	}
}

func TestPrecedentsOfOtherOrganisationsAreNotSeen(t *testing.T) {
	o, ctx := openWith(t, newSenses()), t.Context()
	mine := o.decided(pump, "2B999.j") // ann's, of Acme
	for _, tt := range []struct {
		who  review.Actor
		want int
	}{{ann, 1}, {otto, 0}, {bob, 1}, {eva, 1}, {root, 1}} {
		likes, err := o.Alike(ctx, tt.who, like(pump+" 7"), review.AlikeOptions{})
		if err != nil || len(likes.Precedents) != tt.want || len(likes.Lists) != tt.want {
			t.Errorf("%s: %v, %d like it; want %d", tt.who.ID, err, len(likes.Precedents), tt.want)
		}
		// In its very words, which need no vector.
		if likes, err = o.Alike(ctx, tt.who, like(pump), review.AlikeOptions{}); err != nil || len(likes.Precedents) != tt.want {
			t.Errorf("%s: %v, %d in the same words; want %d", tt.who.ID, err, len(likes.Precedents), tt.want)
		}
		all, err := o.Precedents(ctx, tt.who, review.PrecedentFilter{Organisation: "Acme"})
		if err != nil || len(all) != tt.want {
			t.Errorf("%s: %v, %d precedents; want %d", tt.who.ID, err, len(all), tt.want)
		}
	}
	for _, who := range []review.Actor{{}, {ID: "x", Role: review.Exporter}, {ID: "x", Role: "guest"}, {Role: review.Admin}} {
		_, err := o.Alike(ctx, who, like(pump), review.AlikeOptions{})
		o.refused(review.Forbidden, "precedents", err)
		_, err = o.Precedents(ctx, who, review.PrecedentFilter{})
		o.refused(review.Forbidden, "precedents", err)
		_, _, err = o.Vectors(ctx, who)
		o.refused(review.Forbidden, "", err)
	}
	_, err := o.AlikeCase(ctx, otto, mine.ID, review.AlikeOptions{})
	o.refused(review.NotFound, "no case", err)
	_, err = o.Contradictions(ctx, otto, mine.ID, ruling("EAR99"))
	o.refused(review.NotFound, "no case", err)
	// What a decision contradicts names cases that an exporter may not know of.
	c := o.decided(pump+" b", "EAR99")
	if d := c.Decisions[0]; len(d.ContradictsLike) != 1 {
		t.Fatalf("%+v", d)
	}
	seen := o.must(o.Get(ctx, ann, c.ID))
	if d := seen.Decisions[0]; d.ContradictsLike != nil || d.Contradicts != nil {
		t.Errorf("an exporter sees %+v", d)
	}
}

func TestADecisionAgainstLikePrecedentsSaysSo(t *testing.T) {
	o, ctx := openWith(t, newSenses()), t.Context()
	a := o.decided(pump, "2B999.j")
	o.decided("pump", "EAR99") // like it, but not enough for a warning
	id := o.submitted(pump+" 40 l/min", "3A001.a")
	o.must(o.Take(ctx, by(bob), id))
	against, err := o.Contradictions(ctx, bob, id, review.Ruling{List: corpus.USCCL, Codes: []string{"2b350 i"}})
	if err != nil || len(against) != 1 || against[0].Case != a.ID || against[0].Answer != "2B999.j" || against[0].SameWords || against[0].Similarity < 0.75 || len(against[0].Differences) == 0 {
		t.Fatalf("%v %+v", err, against)
	}
	if against, err = o.Contradictions(ctx, bob, id, ruling("2B999.j")); err != nil || len(against) != 0 {
		t.Errorf("%v: the same answer contradicts %+v", err, against)
	}
	_, err = o.Contradictions(ctx, bob, id, review.Ruling{List: corpus.USCCL})
	o.refused(review.Invalid, "no code", err)
	weighed, _, err := o.Weigh(ctx, bob, id, ruling("2B350.i"))
	if err != nil || len(weighed.ContradictsLike) != 1 {
		t.Errorf("%v %+v", err, weighed)
	}
	d := o.must(o.Decide(ctx, by(bob), id, ruling("2B350.i"))).Decisions[0]
	if len(d.ContradictsLike) != 1 || d.ContradictsLike[0].ID != a.ID+"/1" || d.ContradictsLike[0].Similarity < 0.75 || d.LikenessModel != "senses" || d.Contradicts != nil {
		t.Errorf("%+v", d)
	}
	// In the same words: told as such, and once.
	same := o.decided(pump, "2B350.i").Decisions[0]
	if !slices.Equal(same.Contradicts, []string{a.ID + "/1"}) || len(same.ContradictsLike) != 0 {
		t.Errorf("%+v", same)
	}
	report, err := o.VerifyAudit(ctx, root, review.AuditHead{})
	if err != nil || !report.Whole() {
		t.Errorf("%v %+v", err, report)
	}
}

// A second officer learns nothing of the first's decision from precedents: there is none before the
// round has ended.
func TestPrecedentsDoNotBreakBlindness(t *testing.T) {
	o, ctx := openWith(t, newSenses()), t.Context()
	id := o.submitted(pump, "3A001.a")
	o.must(o.Take(ctx, by(bob), id))
	o.must(o.AskSecond(ctx, by(bob), id, "cyd"))
	o.must(o.Decide(ctx, by(bob), id, ruling("2B350.i")))
	likes, err := o.Alike(ctx, cyd, like(pump), review.AlikeOptions{})
	if err != nil || len(likes.Precedents) != 0 {
		t.Errorf("%v: the second officer sees %+v", err, likes.Precedents)
	}
	if against, err := o.Contradictions(ctx, cyd, id, ruling("2B999.j")); err != nil || len(against) != 0 {
		t.Errorf("%v: %+v", err, against)
	}
	if c := o.must(o.Decide(ctx, by(cyd), id, ruling("2B999.j"))); c.Decisions[1].ContradictsLike != nil {
		t.Errorf("%+v", c.Decisions[1])
	}
}

func TestADecisionDoesNotWaitForAModelThatIsAway(t *testing.T) {
	e := newSenses()
	o, ctx := openWith(t, e), t.Context()
	e.fails.Store(true)
	a := o.decided(pump, "2B999.j")
	if d := a.Decisions[0]; d.LikenessModel != "" {
		t.Errorf("%+v", d)
	}
	_, err := o.Alike(ctx, bob, like(pump), review.AlikeOptions{})
	o.refused(review.Unavailable, "does not answer", err)
	e.fails.Store(false)
	if likes, err := o.Alike(ctx, bob, like(pump+" 2"), review.AlikeOptions{}); err != nil || len(likes.Notes) != 1 || !strings.Contains(likes.Notes[0], "without a vector by senses yet: 1.") {
		t.Errorf("%v, notes %v", err, likes.Notes)
	}
	e.fails.Store(true)
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("internals are shown: %v", err)
	}
	e.fails.Store(false)
	b := o.decided(pump+" 40 l/min", "2B350.i")
	if d := b.Decisions[0]; len(d.ContradictsLike) != 0 { // a has no vector yet
		t.Errorf("%+v", d)
	}
	if made, left, err := o.Reindex(ctx, 0, nil); err != nil || made != 1 || left != 0 {
		t.Fatalf("made %d, %d left, %v", made, left, err)
	}
	likes, err := o.Alike(ctx, bob, like(pump+" 50 l/min"), review.AlikeOptions{})
	if err != nil || len(likes.Precedents) != 2 {
		t.Errorf("%v: %v", err, ids(likes))
	}
}

func TestReindexing(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	plain, ctx := serviceOver(t, store, nil), t.Context()
	for i := range 150 {
		plain.decided(pump+" "+strings.Repeat("x", i+1), "2B999.j")
	}
	if _, _, err := plain.Reindex(ctx, 0, nil); review.KindOf(err) != review.Invalid {
		t.Errorf("without a model: %v", err)
	}
	e := newSenses()
	o := serviceOver(t, store, e)
	if made, left, err := o.Reindex(ctx, 100, nil); err != nil || made != 100 || left != 50 {
		t.Errorf("made %d, %d left, %v", made, left, err)
	}
	likes, err := o.Alike(ctx, bob, like(pump), review.AlikeOptions{})
	if err != nil || !slices.ContainsFunc(likes.Notes, func(n string) bool { return strings.Contains(n, "without a vector by senses yet: 50.") }) {
		t.Errorf("%v, notes %v", err, likes.Notes)
	}
	calls := 0
	if made, left, err := o.Reindex(ctx, 0, func(made, left int) {
		if calls++; made+left != 50 {
			t.Errorf("told %d made, %d left", made, left)
		}
	}); err != nil || made != 50 || left != 0 || calls < 2 {
		t.Errorf("made %d, %d left, told %d times, %v", made, left, calls, err)
	}
	if before := e.made.Load(); before != 151 { // each once, and the one that Alike asked
		t.Errorf("%d texts were embedded", before)
	}
	n, sets, err := o.Vectors(ctx, bob)
	if err != nil || n != 150 || len(sets) != 1 || sets[0].Count != 150 || !sets[0].InUse {
		t.Errorf("%v: %d, %+v", err, n, sets)
	}
	_, err = o.DropVectors(ctx, bob, "senses")
	o.refused(review.Forbidden, "admin", err)
	_, err = o.DropVectors(ctx, root, "senses")
	o.refused(review.Conflict, "in use", err)
	_, err = plain.DropVectors(ctx, root, "other")
	o.refused(review.NotFound, "other", err)
	if dropped, err := plain.DropVectors(ctx, root, "senses"); err != nil || dropped != 150 {
		t.Errorf("dropped %d, %v", dropped, err)
	}
}

// Vectors are made before the store is locked: while a model computes, others write.
func TestOthersWriteWhileAModelComputes(t *testing.T) {
	e := newSenses()
	e.block = make(chan struct{})
	o, ctx := openWith(t, e), t.Context()
	id := o.submitted(pump, "3A001.a")
	o.must(o.Take(ctx, by(bob), id))
	done := make(chan error)
	go func() {
		_, err := o.Decide(ctx, by(bob), id, ruling("2B999.j"))
		done <- err
	}()
	o.submitted("something else", "EAR99")
	o.must(o.Comment(ctx, by(ann), id, "hello", false))
	close(e.block)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, sets, err := o.Vectors(ctx, bob); err != nil || sets[0].Count != 1 {
		t.Errorf("%v %+v", err, sets)
	}
}
