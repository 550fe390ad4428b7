package review_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/corpus/shelf"
	"assay/review"
)

const (
	oldEdition = "us-ccl@2026-06-24"
	newEdition = "us-ccl@2027-01-01"
)

// widgets is an edition of a made-up list that stands in for the CCL.
func widgets(day string, changes ...func(*corpus.Edition)) *corpus.Edition {
	p := func(kind corpus.Kind, id, code, label, text string) corpus.Passage {
		return corpus.Passage{ID: id, Code: code, Kind: kind, Label: label, Text: text}
	}
	e := &corpus.Edition{Meta: corpus.Meta{List: corpus.USCCL, Date: day, Title: "Made up", Language: "en", Format: "test", SHA256: day + "00"},
		Passages: []corpus.Passage{
			p(corpus.KindNote, "#note-1", "", "General Note", "Goods of museums stand outside of this list."),
			p(corpus.KindEntry, "1A001", "1A001", "1A001", "Widgets and their parts, as follows:"),
			p(corpus.KindNote, "1A001#note-1", "1A001", "Note 1", "1A001 does not reach widgets for the nursery."),
			p(corpus.KindParagraph, "1A001.a", "1A001.a", "a", `Widgets that turn faster than 100 rpm and are "tempered";`),
			p(corpus.KindParagraph, "1A001.b", "1A001.b", "b", "Widget housings, any of these:"),
			p(corpus.KindParagraph, "1A001.b.1", "1A001.b.1", "b.1", "Of brass, wider than 30 mm;"),
			p(corpus.KindParagraph, "1A001.b.2", "1A001.b.2", "b.2", "Of ceramic throughout, fired twice and polished by hand;"),
			p(corpus.KindEntry, "1A002", "1A002", "1A002", "Gear wheels cut finer than 2 µm"),
			p(corpus.KindEntry, "1A991", "1A991", "1A991", "Other widgets"),
			p(corpus.KindDefinition, "#definition-1", "", "Tempered", `"Tempered" means hardened by slow cooling under load.`),
		}}
	for _, change := range changes {
		change(e)
	}
	if err := e.Validate(); err != nil {
		panic(err)
	}
	return e
}

func says(id, text string) func(*corpus.Edition) {
	return func(e *corpus.Edition) { e.Passages[placeOf(e, id)].Text = text }
}

func without(id string) func(*corpus.Edition) {
	return func(e *corpus.Edition) { i := placeOf(e, id); e.Passages = slices.Delete(e.Passages, i, i+1) }
}

func with(behind string, p corpus.Passage) func(*corpus.Edition) {
	return func(e *corpus.Edition) { e.Passages = slices.Insert(e.Passages, placeOf(e, behind)+1, p) }
}

func placeOf(e *corpus.Edition, id string) int {
	return slices.IndexFunc(e.Passages, func(p corpus.Passage) bool { return p.ID == id })
}

// opinion is an assessment that names codes, best first.
func opinion(edition string, codes ...string) classifier.Assessment {
	a := classifier.Assessment{Model: "m", Corpus: "digest 1; " + edition,
		Outcomes: []classifier.Outcome{{List: corpus.USCCL, Edition: edition, Code: codes[0], Probability: 0.5}}}
	for _, c := range codes {
		a.Suggestions = append(a.Suggestions, classifier.Suggestion{List: corpus.USCCL, Code: c, Probability: 0.2})
	}
	return a
}

// oracle answers by the product's name; what it does not know it is asked in vain.
type oracle struct {
	mu    sync.Mutex
	says  map[string][]string          // codes, best first
	near  map[string][]classifier.Near // passages
	asked []string
	fail  func(name string) error
}

func (o *oracle) ClassifyNear(ctx context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, []classifier.Near, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		if err := o.fail(p.Name); err != nil {
			return classifier.Assessment{}, nil, err
		}
	}
	o.asked = append(o.asked, p.Name)
	return opinion(newEdition, o.says[p.Name]...), o.near[p.Name], ctx.Err()
}

// decidedCase brings a product through review on the old edition. answer is a
// code or EAR99; the machine said codes.
func (o *office) decidedCase(name, answer string, relied []string, codes ...string) string {
	o.t.Helper()
	return o.decidedOn(oldEdition, name, answer, relied, codes...)
}

func (o *office) decidedOn(edition, name, answer string, relied []string, codes ...string) string {
	o.t.Helper()
	ctx := o.t.Context()
	c := o.must(o.Create(ctx, by(ann), review.NewCase{Product: classifier.Product{Name: name}, Lists: []corpus.ListID{corpus.USCCL}}))
	o.must(o.Assess(ctx, by(ann), c.ID, opinion(edition, codes...)))
	o.must(o.Submit(ctx, by(ann), c.ID))
	o.must(o.Take(ctx, by(bob), c.ID))
	r := ruling(answer)
	for _, id := range relied {
		r.Relied = append(r.Relied, review.PassageRef{Edition: edition, ID: id})
	}
	o.must(o.Decide(ctx, by(bob), c.ID, r))
	return c.ID
}

// reexamine holds the decided cases against to. The editions of shelves are stored.
func (o *office) reexamine(to *corpus.Edition, m review.Reassessor, shelves ...*corpus.Edition) review.Turnout {
	o.t.Helper()
	t, err := o.Reexamine(o.t.Context(), by(root), review.NewEdition{Edition: to, Reassessor: m, Load: load(shelves...)})
	if err != nil {
		o.t.Fatal(err)
	}
	return t
}

func load(shelves ...*corpus.Edition) func(context.Context, string) (*corpus.Edition, error) {
	return func(_ context.Context, id string) (*corpus.Edition, error) {
		for _, e := range shelves {
			if e.ID() == id {
				return e, nil
			}
		}
		return nil, shelf.NotFound(id)
	}
}

// TestWhatANewEditionMeans makes one change at a time and says what it must
// come to: for a widget decided as 1A001.a, a housing as 1A001.b.1, gears that
// are on no entry and a residual widget. "" is untouched, "-" touched only, and
// everything else a part of the reason for which the case could change.
func TestWhatANewEditionMeans(t *testing.T) {
	type want struct{ widget, housing, gears, other string }
	note := corpus.Passage{ID: "1A001#note-2", Code: "1A001", Kind: corpus.KindNote, Label: "Note 2", Text: "Nor does it reach those of stone."}
	glass := corpus.Passage{ID: "1A001.c", Code: "1A001.c", Kind: corpus.KindParagraph, Label: "c", Text: "Of glass that rings;"}
	cogs := corpus.Passage{ID: "1A003", Code: "1A003", Kind: corpus.KindEntry, Text: "Cog wheels of any kind"}
	for _, tt := range []struct {
		name   string
		change []func(*corpus.Edition)
		set    func(*oracle)
		want   want
	}{
		{name: "nothing"},
		{"typography", []func(*corpus.Edition){says("1A001.a", "Widgets that turn  faster than 100 rpm, and are “tempered”"), says("1A002", "Gear Wheels cut finer than 2 µm.")}, nil, want{}},
		{"a figure of the decided paragraph", []func(*corpus.Edition){says("1A001.a", `Widgets that turn faster than 80 rpm and are "tempered";`)}, nil,
			// The residual one fell short of 100 rpm; it may not fall short of 80.
			want{"1A001.a, decided: reworded (100 rpm became 80 rpm)", "", "", "1A001.a, put forward: reworded (100 rpm became 80 rpm)"}},
		{"a figure of what was considered", []func(*corpus.Edition){says("1A002", "Gear wheels cut finer than 3 µm")}, nil,
			want{"", "", "1A002, put forward: reworded (2 µm became 3 µm)", ""}},
		{"words of what was considered", []func(*corpus.Edition){says("1A002", "Gear or cog wheels cut finer than 2 µm")}, nil,
			want{"", "", "1A002, put forward: reworded", ""}},
		{"the head of the entry", []func(*corpus.Edition){says("1A001", "Widgets, as follows:")}, nil,
			want{"1A001, above 1A001.a: reworded", "1A001, above 1A001.b.1: reworded", "-", "1A001, put forward: reworded"}},
		{"a note came", []func(*corpus.Edition){with("1A001#note-1", note)}, nil,
			want{"Note 2 to 1A001: new", "Note 2 to 1A001: new", "-", "1A001.a, put forward; Note 2 to 1A001: new"}},
		{"a note went", []func(*corpus.Edition){without("1A001#note-1")}, nil,
			want{"Note 1 to 1A001: gone", "Note 1 to 1A001: gone", "-", "Note 1 to 1A001: gone"}},
		{"a definition", []func(*corpus.Edition){says("#definition-1", `"Tempered" means hardened by quick cooling under load.`)}, nil,
			want{"the definition of “Tempered”, a term of 1A001.a: reworded", "", "", "-"}},
		{"the general note", []func(*corpus.Edition){says("#note-1", "Goods of schools stand outside of this list.")}, nil, want{}},
		{"the decided entry went", []func(*corpus.Edition){without("1A001.b.1")}, nil,
			want{"", "1A001.b.1, decided: gone", "", ""}},
		{"the decided paragraph has another number", []func(*corpus.Edition){without("1A001.b.2"), func(e *corpus.Edition) {
			i := placeOf(e, "1A001.b.1")
			e.Passages[i].Text = "Of ceramic throughout, fired twice and polished by hand;"
		}}, nil, want{"", "1A001.b.1, decided: ", "-", ""}},
		{"a paragraph came beside it", []func(*corpus.Edition){with("1A001.b.2", glass)}, nil, want{"-", "", "", "-"}},
		{"an entry came that describes it", []func(*corpus.Edition){with("1A002", cogs)},
			func(o *oracle) { o.near["gears"] = []classifier.Near{{List: corpus.USCCL, ID: "1A003", Score: 0.7}} },
			want{"", "", "1A003, near the product's words: new on the list", ""}},
		{"an entry came far from it", []func(*corpus.Edition){with("1A002", cogs)},
			func(o *oracle) { o.near["gears"] = []classifier.Near{{List: corpus.USCCL, ID: "1A003", Score: 0.3}} }, want{}},
		{"the machine comes to another entry", []func(*corpus.Edition){with("1A002", cogs)},
			func(o *oracle) { o.says["gears"] = []string{"1A003", "EAR99"} },
			want{"", "", "the machine suggests 1A003; before it suggested EAR99", ""}},
		{"a relied-on passage that is not of the entry", []func(*corpus.Edition){says("1A991", "Other widgets, and gears")}, nil,
			want{"", "1A991, relied on: reworded", "", "1A991, decided: reworded"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := open(t)
			m := &oracle{says: map[string][]string{"widget": {"1A001.a", "EAR99"}, "housing": {"1A001.b.1", "EAR99"}, "gears": {"EAR99", "1A002", "1A001.b.2"}, "other": {"1A001.a", "1A991"}},
				near: map[string][]classifier.Near{}}
			ids := map[string]string{
				"widget":  o.decidedCase("widget", "1A001.a", nil, m.says["widget"]...),
				"housing": o.decidedCase("housing", "1A001.b.1", []string{"1A991", "1A001.b.1"}, m.says["housing"]...),
				"gears":   o.decidedCase("gears", "EAR99", nil, m.says["gears"]...),
				"other":   o.decidedCase("other", "1A991", nil, m.says["other"]...),
			}
			if tt.set != nil {
				tt.set(m)
			}
			turnout := o.reexamine(widgets("2027-01-01", tt.change...), m, widgets("2026-06-24"))
			touched, could := 0, 0
			for name, says := range map[string]string{"widget": tt.want.widget, "housing": tt.want.housing, "gears": tt.want.gears, "other": tt.want.other} {
				c := o.must(o.Get(t.Context(), root, ids[name]))
				if says != "" {
					touched++
				}
				if len(c.Reexaminations) != min(1, len(says)) {
					t.Errorf("%s: %d re-examinations, want %q: %+v", name, len(c.Reexaminations), says, c.Reexaminations)
					continue
				}
				if says == "" {
					continue
				}
				x := c.Reexaminations[0]
				if says != "-" {
					could++
				} else if x.CouldChange || len(x.Why) > 0 || len(x.Changes) == 0 || c.Lists[0].Attention != "" {
					t.Errorf("%s could change: %v", name, x.Why)
				}
				if all := strings.Join(x.Why, "; "); says != "-" && (!strings.Contains(all, says) || !x.CouldChange || !strings.Contains(c.Lists[0].Attention, newEdition)) {
					t.Errorf("%s: %q, want %q", name, all, says)
				}
				if x.From != oldEdition || x.To != newEdition || x.FromSHA256 != "2026-06-2400" || x.Before.Code != m.says[name][0] && tt.set == nil || x.Now.Code != m.says[name][0] || x.Answer == "" {
					t.Errorf("%s: %+v", name, x)
				}
			}
			if turnout.Decided != 4 || turnout.Older != 4 || turnout.Touched != touched || turnout.CouldChange != could || turnout.Before != 0 {
				t.Errorf("%+v, want %d touched and %d that could change", turnout, touched, could)
			}
		})
	}
}

// crowd decides n widgets and returns an oracle for them, and the editions
// between which every one is touched.
func (o *office) crowd(n int) (ids []string, m *oracle, old, new *corpus.Edition) {
	m = &oracle{says: map[string][]string{}}
	for i := range n {
		name := fmt.Sprint("widget ", i)
		m.says[name] = []string{"1A001.a"}
		ids = append(ids, o.decidedCase(name, "1A001.a", nil, "1A001.a"))
	}
	return ids, m, widgets("2026-06-24"), widgets("2027-01-01", says("1A001.a", `Widgets that turn faster than 80 rpm and are "tempered";`))
}

// once checks that every case of ids was re-examined once, and the audit log is whole.
func (o *office) once(ids []string) {
	o.t.Helper()
	for _, id := range ids {
		c := o.must(o.Get(o.t.Context(), root, id))
		if len(c.Reexaminations) != 1 || !strings.Contains(c.Lists[0].Attention, "100 rpm became 80 rpm") || c.State != review.Confirmed {
			o.t.Errorf("case %s has %d re-examinations, attention %q", id, len(c.Reexaminations), c.Lists[0].Attention)
		}
	}
	report, err := o.VerifyAudit(o.t.Context(), root, review.AuditHead{})
	if err != nil || !report.Whole() || report.Records != int64(6*len(ids)) {
		o.t.Errorf("%v %+v; want 6 records of each of %d cases", err, report, len(ids))
	}
}

// TestReexamineAfterAnInterruption stops a run half-way, by its context and by
// cases that fail, and goes on.
func TestReexamineAfterAnInterruption(t *testing.T) {
	o := open(t)
	ids, m, old, new := o.crowd(12)
	ctx, cancel := context.WithCancel(t.Context())
	n := review.NewEdition{Edition: new, Reassessor: m, Load: load(old), Workers: 1}
	n.Progress = func(done, total int) {
		if done == 5 {
			cancel()
		}
		if total != 12 {
			t.Errorf("%d of %d", done, total)
		}
	}
	if _, err := o.Reexamine(ctx, by(root), n); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	before := len(m.asked)
	if before < 5 || before == 12 {
		t.Errorf("%d cases were assessed before the interruption", before)
	}
	n.Progress = nil
	m.fail = func(name string) error {
		if name == "widget 8" || name == "widget 9" {
			return errors.New("no memory")
		}
		return nil
	}
	turnout, err := o.Reexamine(t.Context(), by(root), n)
	if err == nil || !strings.Contains(err.Error(), "2 of 12 cases") || !strings.Contains(err.Error(), ids[8]) || !strings.Contains(err.Error(), "no memory") || turnout.Failed != 2 || turnout.Touched != 10 {
		t.Errorf("%+v, %v", turnout, err)
	}
	m.fail = nil
	if turnout = o.reexamine(new, m, old); turnout.Touched != 12 || turnout.CouldChange != 12 || turnout.Before != 10 || turnout.Failed != 0 {
		t.Errorf("%+v", turnout)
	}
	o.once(ids)
	asked := len(m.asked)
	if turnout = o.reexamine(new, m, old); turnout.Before != 12 || turnout.CouldChange != 12 || len(m.asked) != asked {
		t.Errorf("a further run assessed %d cases anew: %+v", len(m.asked)-asked, turnout)
	}
	o.once(ids)
	if turnout = o.reexamine(old, m, old); turnout.Older != 0 || turnout.Touched != 0 {
		t.Errorf("an edition that is not newer: %+v", turnout)
	}
}

// TestTwoImportersAtOnce runs two re-examinations beside each other.
func TestTwoImportersAtOnce(t *testing.T) {
	o := open(t)
	ids, m, old, new := o.crowd(25)
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() {
			who := review.Actor{ID: fmt.Sprint("importer ", i), Role: review.Officer}
			turnout, err := o.Reexamine(t.Context(), by(who), review.NewEdition{Edition: new, Reassessor: m, Load: load(old), Workers: 3})
			if err != nil || turnout.Touched != 25 || turnout.CouldChange != 25 {
				t.Errorf("%v %+v", err, turnout)
			}
		})
	}
	all.Wait()
	o.once(ids)
}

// TestWhatAPersonLookedAtIsSettled upholds a decision and brings in the next edition.
func TestWhatAPersonLookedAtIsSettled(t *testing.T) {
	o, ctx := open(t), t.Context()
	ids, m, first, second := o.crowd(2)
	o.reexamine(second, m, first)
	upheld, pending := ids[0], ids[1]
	o.must(o.Stand(ctx, by(bob), upheld, corpus.USCCL, "it turns at 200 rpm"))
	third := widgets("2027-06-01", says("1A001.a", `Widgets that turn faster than 80 rpm and are "tempered";`), says("1A002", "Gear wheels cut finer than 1 µm"))
	turnout := o.reexamine(third, m, first, second)
	if turnout.Older != 2 || turnout.Touched != 1 || turnout.CouldChange != 1 {
		t.Errorf("%+v", turnout)
	}
	c := o.must(o.Get(ctx, bob, upheld))
	if len(c.Reexaminations) != 1 || c.Lists[0].Attention != "" {
		t.Errorf("what was upheld asks again: %+v", c.Reexaminations)
	}
	// Nobody has looked at the other: it is held against what was decided on.
	c = o.must(o.Get(ctx, bob, pending))
	if len(c.Reexaminations) != 2 || c.Reexaminations[1].From != oldEdition || !strings.HasPrefix(c.Lists[0].Attention, "us-ccl@2027-06-01: ") {
		t.Errorf("%+v, attention %q", c.Reexaminations, c.Lists[0].Attention)
	}
	fourth := widgets("2027-09-01", says("1A001.a", `Widgets that turn faster than 60 rpm and are "tempered";`))
	o.reexamine(fourth, m, first, second, third)
	c = o.must(o.Get(ctx, bob, upheld))
	if len(c.Reexaminations) != 2 || c.Reexaminations[1].From != "us-ccl@2027-01-01" || !strings.Contains(c.Lists[0].Attention, "80 rpm became 60 rpm") {
		t.Errorf("%+v, attention %q", c.Reexaminations, c.Lists[0].Attention)
	}
	// A late run for an edition between two finds that a later one was looked at.
	if turnout = o.reexamine(third, m, first, second, third); turnout.Touched != 1 || turnout.Before != 1 {
		t.Errorf("%+v", turnout)
	}
	// Reopened cases are left alone, and their mark is gone.
	o.must(o.Reopen(ctx, by(bob), pending, "let us see"))
	if turnout = o.reexamine(widgets("2028-01-01"), m, first, second, third, fourth); turnout.Decided != 1 {
		t.Errorf("%+v", turnout)
	}
	page, err := o.Queue(ctx, bob, review.Filter{Attention: true})
	if err != nil || len(page.Cases) != 1 || page.Cases[0].ID != upheld {
		t.Errorf("%v %+v", err, page)
	}
}

// TestDecidedWithoutAText: a case decided on the digest, or on an edition that
// is not stored, is held against what the machine says, and against the codes there are.
func TestDecidedWithoutAText(t *testing.T) {
	o, ctx := open(t), t.Context()
	m := &oracle{says: map[string][]string{"same": {"1A001.a"}, "gone": {"1A009"}, "other": {"1A001.b.1", "EAR99"}, "lost": {"1A002"}}}
	same := o.decidedOn("digest", "same", "1A001.a", nil, "1A001.a")
	gone := o.decidedOn("digest", "gone", "1A009", nil, "1A009")
	other := o.decidedOn("digest", "other", "EAR99", nil, "EAR99")
	lost := o.decidedOn("us-ccl@2025-01-01", "lost", "1A001.a", nil, "1A001.a")
	turnout := o.reexamine(widgets("2027-01-01"), m)
	if turnout.Older != 4 || turnout.Touched != 3 || turnout.CouldChange != 3 || !slices.Equal(turnout.Unstored, []string{"us-ccl@2025-01-01"}) {
		t.Errorf("%+v", turnout)
	}
	for id, want := range map[string]string{same: "", gone: "1A009, decided: not in us-ccl@2027-01-01", other: "the machine suggests 1A001.b.1; before it suggested EAR99",
		lost: "the machine suggests 1A002; before it suggested 1A001.a"} {
		if c := o.must(o.Get(ctx, bob, id)); !strings.Contains(c.Lists[0].Attention, want) || (want == "") != (c.Lists[0].Attention == "") {
			t.Errorf("%s: %q, want %q", c.Title, c.Lists[0].Attention, want)
		}
	}
	// What was stored in the meantime is compared; only what is new adds a record.
	if turnout = o.reexamine(widgets("2027-01-01"), m); turnout.Before != 3 || turnout.Touched != 3 {
		t.Errorf("again: %+v", turnout)
	}
}

// TestReplacedText: another text takes the place of the one decided on, under the same name.
func TestReplacedText(t *testing.T) {
	o := open(t)
	ids, m, old, _ := o.crowd(1)
	new := widgets("2026-06-24", says("1A001.a", `Widgets that turn faster than 80 rpm and are "tempered";`))
	new.SHA256 = "other"
	if turnout := o.reexamine(new, m, new); turnout.Older != 0 {
		t.Errorf("without the text before: %+v", turnout)
	}
	for range 2 {
		turnout, err := o.Reexamine(t.Context(), by(root), review.NewEdition{Edition: new, Replaced: old, Reassessor: m, Load: load(new)})
		if err != nil || turnout.Older != 1 || turnout.CouldChange != 1 {
			t.Errorf("%v %+v", err, turnout)
		}
	}
	o.once(ids)
}

// TestAnotherMachine: where the texts say nothing, another opinion of another
// machine is not the edition's doing.
func TestAnotherMachine(t *testing.T) {
	for _, corpusOf := range []string{"digest 1", "digest 2"} {
		o := open(t)
		o.decidedCase("gears", "EAR99", nil, "EAR99", "1A002")
		m := machineOf{corpusOf}
		new := widgets("2027-01-01", with("1A991", corpus.Passage{ID: "2A001", Code: "2A001", Kind: corpus.KindEntry, Text: "Sprockets"}))
		if turnout := o.reexamine(new, m, widgets("2026-06-24")); turnout.CouldChange != map[string]int{"digest 1": 1, "digest 2": 0}[corpusOf] {
			t.Errorf("%s: %+v", corpusOf, turnout)
		}
	}
}

// machineOf says 1A001.a of everything, with a digest of its own.
type machineOf struct{ digest string }

func (m machineOf) ClassifyNear(context.Context, classifier.Product, []corpus.ListID) (classifier.Assessment, []classifier.Near, error) {
	a := opinion(newEdition, "1A001.a")
	a.Corpus = m.digest + "; " + newEdition
	return a, nil, nil
}

func TestReexamineIsForTheOffice(t *testing.T) {
	o := open(t)
	for _, who := range []review.Actor{ann, eva, {}} {
		_, err := o.Reexamine(t.Context(), by(who), review.NewEdition{Edition: widgets("2027-01-01")})
		o.refused(review.Forbidden, "may not re-examine", err)
	}
}
