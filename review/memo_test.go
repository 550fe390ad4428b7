package review_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// madeUp is an edition with a note, in our own words.
func madeUp(list corpus.ListID) *corpus.Outline {
	return corpus.NewOutline(&corpus.Edition{
		Meta: corpus.Meta{List: list, Date: "2026-06-24", Title: "Made up", Language: "en", Format: "test", Source: "own.jsonl", SHA256: strings.Repeat("ab", 32), Attribution: "Nobody"},
		Passages: []corpus.Passage{
			{ID: "3#heading-1", Code: "3", Kind: corpus.KindHeading, Text: "Category of chips"},
			{ID: "3A001", Code: "3A001", Kind: corpus.KindEntry, Text: "Chips of note, as follows:"},
			{ID: "3A001.a", Code: "3A001.a", Kind: corpus.KindParagraph, Label: "a", Text: "Chips for orbit."},
			{ID: "3A001#note-1", Code: "3A001", Kind: corpus.KindNote, Label: "Note 1", Text: "Toys are not meant."},
		}})
}

// query asks for a memo with the made-up edition at hand.
var query = review.MemoQuery{Edition: func(id string) *corpus.Outline {
	if id == "us-ccl@2026-06-24" {
		return madeUp(corpus.USCCL)
	}
	return nil
}}

func (o *office) memo(actor review.Actor, id string, change ...func(*review.MemoQuery)) review.Memo {
	o.t.Helper()
	q := query
	for _, c := range change {
		c(&q)
	}
	m, err := o.Memo(o.t.Context(), actor, id, q)
	if err != nil {
		o.t.Fatal(err)
	}
	return m
}

func ofRound(n int) func(*review.MemoQuery) { return func(q *review.MemoQuery) { q.Round = n } }

func ofCopy(c review.MemoCopy) func(*review.MemoQuery) {
	return func(q *review.MemoQuery) { q.Copy = c }
}

// tick lets time go by, so that records have an order.
func (o *office) tick() { o.now = o.now.Add(time.Minute) }

func TestMemoInEveryState(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	want := func(id string, status review.MemoStatus, state review.State, answer string, decisions int) {
		t.Helper()
		m := o.memo(bob, id)
		l := m.Lists[0]
		if m.Status != status || m.State != state || l.Answer != answer || len(l.Decisions) != decisions || (l.Stands == nil) != (answer == "") {
			t.Errorf("%s, %s: answer %q, %d decisions, stands %+v", m.Status, m.State, l.Answer, len(l.Decisions), l.Stands)
		}
		if m.Decided.IsZero() != (status == review.MemoDraft) {
			t.Errorf("%s is decided at %v", m.Status, m.Decided)
		}
	}
	c := o.must(o.Create(ctx, by(ann), review.NewCase{Product: classifier.Product{Name: "x"}, Lists: []corpus.ListID{corpus.USCCL}}))
	id := c.ID
	if m := o.memo(ann, id); m.Machine != nil || m.Lists[0].Outcome != nil || m.Lists[0].Rows != nil || len(m.Editions) != 0 {
		t.Errorf("unassessed: %+v", m)
	}
	want(id, review.MemoDraft, review.Draft, "", 0)
	o.must(o.Assess(ctx, by(ann), id, machine("3A001.a")))
	o.must(o.Submit(ctx, by(ann), id))
	want(id, review.MemoDraft, review.Submitted, "", 0)
	o.must(o.Take(ctx, by(bob), id))
	want(id, review.MemoDraft, review.InReview, "", 0)
	o.must(o.Return(ctx, by(bob), id, "how fast?"))
	want(id, review.MemoDraft, review.Returned, "", 0)
	o.tick()
	o.must(o.Answer(ctx, by(ann), id, 1, "very"))
	o.must(o.Submit(ctx, by(ann), id))
	o.must(o.Take(ctx, by(bob), id))
	o.tick()
	o.must(o.Decide(ctx, by(bob), id, ruling("3A001.a")))
	want(id, review.MemoDecided, review.Confirmed, "3A001.a", 1)
	o.tick()
	o.must(o.Reopen(ctx, by(bob), id, "doubts"))
	want(id, review.MemoDraft, review.Reopened, "", 0)

	old := o.memo(bob, id, ofRound(2))
	if old.Status != review.MemoSuperseded || old.Lists[0].Answer != "3A001.a" || old.Number != id+"/2" || old.Present != 3 || len(old.Letters) != 2 {
		t.Errorf("superseded: %+v", old)
	}
	if now := o.memo(bob, id); len(now.Earlier) != 1 || now.Earlier[0].Said != "3A001.a" || len(now.Letters) != 3 {
		t.Errorf("reopened: %+v %+v", now.Earlier, now.Letters)
	}
	for _, round := range []int{1, 4, -1} { // returned, not begun, nonsense
		_, err := o.Memo(ctx, bob, id, review.MemoQuery{Round: round})
		o.refused(review.NotFound, "round", err)
	}
	_, err := o.Memo(ctx, bob, id, review.MemoQuery{Copy: "glossy"})
	o.refused(review.Invalid, "copy", err)
}

func TestSupersededMemoShowsWhatWasKnown(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	id := o.submitted("old words", "3A001.a")
	o.must(o.Take(ctx, by(bob), id))
	o.tick()
	o.must(o.Decide(ctx, by(bob), id, ruling("3A001.a")))
	o.tick()
	o.must(o.Comment(ctx, by(bob), id, "after the fact", false))
	o.must(o.Reopen(ctx, by(bob), id, "new datasheet"))
	o.must(o.Take(ctx, by(bob), id))
	o.must(o.Return(ctx, by(bob), id, "describe it anew"))
	o.must(o.Revise(ctx, by(ann), id, classifier.Product{Name: "new words"}))
	o.must(o.Propose(ctx, by(ann), id, review.Proposal{List: corpus.USCCL, Code: "EAR99", Reasoning: "so"}))
	a := machine("EAR99")
	o.must(o.Assess(ctx, by(ann), id, a))
	m := o.memo(bob, id, ofRound(1))
	if m.Title != "old words" || m.Product.Product.Name != "old words" || m.Product.Versions != 1 || m.Machine.Assessment.Outcomes[0].Code != "3A001.a" ||
		len(m.Letters) != 0 || len(m.Lists[0].Proposals) != 0 || m.Machine.Assessments != 1 || len(m.Integrity.Records) != 3 {
		t.Errorf("the first round knows of later things: %+v", m)
	}
	if m := o.memo(bob, id); m.Product.Seq != 2 || m.Product.Versions != 2 || m.Machine.Stale {
		t.Errorf("present round: %+v", m.Product)
	}
	o.must(o.Revise(ctx, by(ann), id, classifier.Product{Name: "newest words"}))
	if m := o.memo(bob, id); !m.Machine.Stale || m.Machine.Product != 2 {
		t.Errorf("the assessment is of an older description, and the memo does not say so: %+v", m.Machine)
	}
}

// suggests is an assessment of one list with candidates in order.
func suggests(list corpus.ListID, codes ...string) classifier.Assessment {
	a := classifier.Assessment{Model: "none", Corpus: "digest 1"}
	for i, code := range codes {
		p := 0.9
		if i > 0 {
			p = 0.04 / float64(i)
		}
		why := ""
		if i > 0 {
			why = "ranks below " + codes[0]
		}
		a.Suggestions = append(a.Suggestions, classifier.Suggestion{List: list, Code: code, Probability: p, Gist: "gist of " + code, WhyNot: why})
	}
	a.Outcomes = []classifier.Outcome{{List: list, Edition: string(list) + "@2026-06-24", Code: codes[0], Probability: 0.9, Reason: "words."}}
	return a
}

func TestStepsOfTheReview(t *testing.T) {
	none := func(l corpus.ListID) review.Ruling {
		return review.Ruling{List: l, NotListed: true, Reason: review.NotDescribed}
	}
	code := func(l corpus.ListID, codes ...string) review.Ruling {
		return review.Ruling{List: l, Codes: codes, Reason: review.CriteriaMet}
	}
	for _, tt := range []struct {
		name    string
		lists   []corpus.ListID
		machine []string // candidates of the CCL
		rulings []review.Ruling
		want    string // of the United States, or of the only law
	}{
		{"a plain entry", []corpus.ListID{corpus.USUSML, corpus.USCCL}, []string{"3A001.a", "3A611.x"},
			[]review.Ruling{none(corpus.USUSML), code(corpus.USCCL, "3A001.a")}, "no no yes not_reached not_reached"},
		{"a plain entry and nobody thought of the 600 series", []corpus.ListID{corpus.USUSML, corpus.USCCL}, []string{"3A001.a"},
			[]review.Ruling{none(corpus.USUSML), code(corpus.USCCL, "3A001.a")}, "no not_recorded yes not_reached not_reached"},
		{"600 series", []corpus.ListID{corpus.USUSML, corpus.USCCL}, []string{"9A610.x"},
			[]review.Ruling{none(corpus.USUSML), code(corpus.USCCL, "9A610.x")}, "no yes not_reached not_reached not_reached"},
		{"9x515", []corpus.ListID{corpus.USCCL}, []string{"9A515.a"}, []review.Ruling{code(corpus.USCCL, "9A515.a")},
			"not_examined yes not_reached not_reached not_reached"},
		{"residual", []corpus.ListID{corpus.USCCL}, []string{"3A991.c", "3A001.a"}, []review.Ruling{code(corpus.USCCL, "3A991.c")},
			"not_examined not_recorded no yes not_reached"},
		{"EAR99", []corpus.ListID{corpus.USUSML, corpus.USCCL}, []string{"EAR99", "3A991.c"},
			[]review.Ruling{none(corpus.USUSML), none(corpus.USCCL)}, "no no no no yes"},
		{"munition", []corpus.ListID{corpus.USUSML, corpus.USCCL}, []string{"none"},
			[]review.Ruling{code(corpus.USUSML, "XI(a)(5)"), none(corpus.USCCL)}, "yes no no no no"},
		{"two entries at once", []corpus.ListID{corpus.USCCL}, []string{"3A001.a"}, []review.Ruling{code(corpus.USCCL, "3A001.a", "5A002.a")},
			"not_examined not_recorded yes not_reached not_reached"},
		{"munitions alone", []corpus.ListID{corpus.USUSML}, []string{"3A001.a"}, []review.Ruling{none(corpus.USUSML)}, "no not_examined"},
		{"not decided", []corpus.ListID{corpus.USUSML, corpus.USCCL}, []string{"3A001.a"}, nil, "open open open open open"},
		{"Europe", []corpus.ListID{corpus.EUMilitary, corpus.EUDualUse}, nil,
			[]review.Ruling{none(corpus.EUMilitary), code(corpus.EUDualUse, "3A001.a")}, "no yes"},
		{"a list of one's own", []corpus.ListID{"my-list"}, nil, []review.Ruling{code("my-list", "K1")}, "yes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := open(t)
			ctx := t.Context()
			c := o.must(o.Create(ctx, by(ann), review.NewCase{Product: classifier.Product{Name: "x"}, Lists: tt.lists}))
			var a classifier.Assessment
			for _, l := range tt.lists {
				one := suggests(l, "none")
				if l == corpus.USCCL {
					one = suggests(l, tt.machine...)
				}
				a.Outcomes, a.Suggestions = append(a.Outcomes, one.Outcomes...), append(a.Suggestions, one.Suggestions...)
			}
			o.must(o.Assess(ctx, by(ann), c.ID, a))
			o.must(o.Submit(ctx, by(ann), c.ID))
			o.must(o.Take(ctx, by(bob), c.ID))
			for _, r := range tt.rulings {
				o.must(o.Decide(ctx, by(bob), c.ID, r))
			}
			m := o.memo(bob, c.ID)
			if len(m.Tracks) != 1 {
				t.Fatalf("%d laws", len(m.Tracks))
			}
			var got []string
			for _, s := range m.Tracks[0].Steps {
				got = append(got, string(s.Answer))
				if s.Ask == "" || s.Why == "" {
					t.Errorf("a step without words: %+v", s)
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), tt.want)
			}
		})
	}
}

func TestMunitionsAreNotEAR99(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	c := o.must(o.Create(ctx, by(ann), review.NewCase{Product: classifier.Product{Name: "x"}, Lists: []corpus.ListID{corpus.USUSML, corpus.USCCL}}))
	a := suggests(corpus.USUSML, "XI(a)(5)")
	b := suggests(corpus.USCCL, "none")
	a.Outcomes, a.Suggestions = append(a.Outcomes, b.Outcomes...), append(a.Suggestions, b.Suggestions...)
	o.must(o.Assess(ctx, by(ann), c.ID, a))
	o.must(o.Submit(ctx, by(ann), c.ID))
	o.must(o.Take(ctx, by(bob), c.ID))
	o.must(o.Decide(ctx, by(bob), c.ID, review.Ruling{List: corpus.USUSML, Codes: []string{"XI(a)(5)"}, Reason: review.AsSuggested}))
	o.must(o.Decide(ctx, by(bob), c.ID, review.Ruling{List: corpus.USCCL, NotListed: true, Reason: review.OtherEntry}))
	m := o.memo(bob, c.ID)
	if l := m.Lists[1]; l.Answer != "none" || l.Stands.Said != "none" {
		t.Errorf("goods on the Munitions List are called %s", l.Answer)
	}
	if why := m.Tracks[0].Steps[4].Why; !strings.Contains(why, "not subject to the EAR") {
		t.Errorf("step 5: %s", why)
	}
}

func TestMemoOfADecision(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	c := o.must(o.Create(ctx, by(ann), review.NewCase{Product: classifier.Product{Name: "x"}, Lists: []corpus.ListID{corpus.USCCL}}))
	codes := []string{"3A991.c", "3A001.b", "EAR99"}
	for i := range 57 {
		codes = append(codes, fmt.Sprintf("4A%03d.a", i+100))
	}
	a := suggests(corpus.USCCL, codes...)
	a.Suggestions[1].Also = []string{"3A001.a"}
	o.must(o.Assess(ctx, by(ann), c.ID, a))
	o.must(o.Propose(ctx, by(ann), c.ID, review.Proposal{List: corpus.USCCL, Code: "5A992.c", Reasoning: "first thought"}))
	o.must(o.Propose(ctx, by(ann), c.ID, review.Proposal{List: corpus.USCCL, Code: "EAR99", Reasoning: "second thought"}))
	o.must(o.Submit(ctx, by(ann), c.ID))
	o.must(o.Take(ctx, by(bob), c.ID))
	o.tick()
	relied := []review.PassageRef{{Edition: "us-ccl@2026-06-24", ID: "3A001#note-1"}, {Edition: "us-ccl@2020-01-01", ID: "3A001.a"}, {Edition: "us-ccl@2026-06-24", ID: "nowhere"}}
	o.must(o.Decide(ctx, by(bob), c.ID, review.Ruling{List: corpus.USCCL, Codes: []string{"3A001.a"}, Reason: review.OtherEntry, ReasonText: "it flies", Relied: relied}))
	o.tick()
	o.must(o.Assess(ctx, by(bob), o.submitted("other", "3A001.a"), machine("3A001.a")))
	m := o.memo(bob, c.ID)
	l := m.Lists[0]
	var words []string
	for _, q := range l.Words {
		words = append(words, q.ID+": "+q.Text)
	}
	if got := strings.Join(words, " | "); got != "3A001: Chips of note, as follows: | 3A001.a: Chips for orbit." {
		t.Errorf("words: %s", got)
	}
	p := l.Stands.Passages
	if len(p) != 3 || p[0].Text != "Toys are not meant." || p[1].Text != "" || p[2].Text != "" || p[2].ID != "nowhere" || p[0].Credit != "Nobody" {
		t.Errorf("passages: %+v", p)
	}
	if l.Stands.Was != "3A991.c" || l.Stands.Proposed != "EAR99" {
		t.Errorf("compared with %q and %q", l.Stands.Was, l.Stands.Proposed)
	}
	// The decided code, which came close to the second candidate, takes that one's place.
	if l.Rows[0].Code != "3A001.a" || !l.Rows[0].Decided || l.Rows[0].Suggestion == nil || l.Rows[0].Suggestion.Code != "3A001.b" {
		t.Errorf("first row: %+v", l.Rows[0])
	}
	named := slices.Clone(l.Further)
	for _, r := range l.Rows {
		named = append(named, r.Code)
	}
	for _, code := range codes {
		if code != "3A001.b" && !slices.Contains(named, code) {
			t.Errorf("candidate %s is lost", code)
		}
	}
	if len(l.Rows) > 12 || len(l.Rows)+len(l.Further) != 60 {
		t.Errorf("%d rows and %d codes", len(l.Rows), len(l.Further))
	}
	byWhom := map[review.RejectedBy]review.Rejection{}
	for _, r := range slices.Backward(l.Rejected) {
		byWhom[r.By] = r
	}
	if r := byWhom[review.ByExporter]; r.Code != "EAR99" || r.Who != "ann" || r.Why != "it flies" {
		t.Errorf("the exporter's: %+v", r)
	}
	if r := byWhom[review.ByAssessment]; r.Code != "3A991.c" || r.Why != "it flies" {
		t.Errorf("the machine's: %+v", r)
	}
	if len(m.Editions) != 1 || !m.Editions[0].AtHand || m.Editions[0].SHA256 != strings.Repeat("ab", 32) {
		t.Errorf("editions: %+v", m.Editions)
	}
	if len(m.NotAsked) != len(corpus.Lists())-1 {
		t.Errorf("not asked: %v", m.NotAsked)
	}
}

// TestMemoVouches holds the hashes in a memo against the audit log.
func TestMemoVouches(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	id := o.submitted("x", "3A001.a")
	o.must(o.Take(ctx, by(bob), id))
	o.must(o.Decide(ctx, by(bob), id, ruling("3A001.a")))
	m := o.memo(bob, id)
	report, err := o.VerifyAudit(ctx, root, m.Integrity.Head)
	if err != nil || !report.Whole() || m.Integrity.Head.Seq != report.Last {
		t.Fatalf("head %+v: %+v %v", m.Integrity.Head, report, err)
	}
	var log strings.Builder
	if _, err := o.ExportAudit(ctx, root, &log); err != nil {
		t.Fatal(err)
	}
	if len(m.Integrity.Records) != 3 || m.Integrity.Version != 5 {
		t.Errorf("%+v", m.Integrity)
	}
	for _, r := range m.Integrity.Records {
		if len(r.SHA256) != 64 || !strings.Contains(log.String(), r.SHA256) {
			t.Errorf("%s %d: %q is not in the audit log", r.Sort, r.Seq, r.SHA256)
		}
	}
}

// TestMemoTellsOfNewerEditions re-examines a decided case under two newer
// editions; a person lets the decision stand under the first.
func TestMemoTellsOfNewerEditions(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	id := o.submitted("x", "3A001.a")
	o.must(o.Take(ctx, by(bob), id))
	d := o.must(o.Decide(ctx, by(bob), id, ruling("3A001.a"))).Decisions[0]
	newer := func(day string) {
		o.tick()
		o.must(o.Reexamined(ctx, by(cyd), id, review.Reexamination{List: corpus.USCCL, Decision: d.Seq, Answer: d.Answer(), From: d.Edition, To: "us-ccl@" + day,
			ToSHA256: day, CouldChange: true, Why: []string{"a limit moved on " + day}}))
	}
	newer("2026-09-01")
	if l := o.memo(bob, id).Lists[0]; !strings.Contains(l.Attention, "a limit moved") || len(l.Later) != 1 || l.Later[0].Upheld != nil {
		t.Errorf("in question: %q, %+v", l.Attention, l.Later)
	}
	o.tick()
	o.must(o.Stand(ctx, by(bob), id, corpus.USCCL, "the limit is another one"))
	newer("2026-12-01")
	m := o.memo(bob, id)
	l := m.Lists[0]
	if m.Status != review.MemoDecided || len(l.Later) != 2 || l.Later[0].Upheld == nil || l.Later[0].Upheld.Reason != "the limit is another one" || l.Later[1].Upheld != nil ||
		!strings.Contains(l.Attention, "2026-12-01") {
		t.Errorf("upheld once and in question again: %s %q %+v", m.Status, l.Attention, l.Later)
	}
	o.must(o.Reopen(ctx, by(bob), id, "the limit"))
	if l := o.memo(bob, id, ofRound(1)).Lists[0]; len(l.Later) != 0 || l.Attention != "" {
		t.Errorf("the superseded memo knows of later editions: %+v", l)
	}
}
