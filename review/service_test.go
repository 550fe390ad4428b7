package review_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/sqlite"
	"assay/review"
)

var (
	ann   = review.Actor{ID: "ann", Role: review.Exporter, Organisation: "Acme"}
	otto  = review.Actor{ID: "otto", Role: review.Exporter, Organisation: "Other"}
	bob   = review.Actor{ID: "bob", Role: review.Officer}
	cyd   = review.Actor{ID: "cyd", Role: review.Officer}
	dora  = review.Actor{ID: "dora", Role: review.Officer}
	eva   = review.Actor{ID: "eva", Role: review.Evaluator}
	root  = review.Actor{ID: "root", Role: review.Admin}
	start = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
)

// office is a service over a real store, with a clock that tests set.
type office struct {
	*review.Service
	t   *testing.T
	now time.Time
}

func open(t *testing.T) *office {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	o := &office{t: t, now: start}
	if o.Service, err = review.New(review.Config{Store: store, Now: func() time.Time { return o.now }}); err != nil {
		t.Fatal(err)
	}
	return o
}

func by(a review.Actor) review.Request { return review.Request{Actor: a} }

func (o *office) must(c review.Case, err error) review.Case {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

func (o *office) refused(kind review.Kind, says string, err error) {
	o.t.Helper()
	if err == nil || review.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
		o.t.Errorf("error %v (%s); want %s with %q", err, review.KindOf(err), kind, says)
	}
}

// machine suggests codes, in the order us-ccl, eu-dual-use.
func machine(codes ...string) classifier.Assessment {
	var a classifier.Assessment
	for i, l := range []corpus.ListID{corpus.USCCL, corpus.EUDualUse}[:len(codes)] {
		a.Outcomes = append(a.Outcomes, classifier.Outcome{List: l, Edition: string(l) + "@2026-06-24", Code: codes[i], Probability: 0.5})
	}
	return a
}

// submitted brings a product, assessed as codes, to the office.
func (o *office) submitted(name string, codes ...string) string {
	o.t.Helper()
	a := machine(codes...)
	var lists []corpus.ListID
	for _, x := range a.Outcomes {
		lists = append(lists, x.List)
	}
	c := o.must(o.Create(o.t.Context(), by(ann), review.NewCase{Product: classifier.Product{Name: name}, Lists: lists}))
	o.must(o.Assess(o.t.Context(), by(ann), c.ID, a))
	o.must(o.Submit(o.t.Context(), by(ann), c.ID))
	return c.ID
}

func ruling(code string) review.Ruling {
	return review.Ruling{List: corpus.USCCL, Codes: []string{code}, Reason: review.CriteriaMet}
}

func TestOutcomeOfACase(t *testing.T) {
	for _, tt := range []struct {
		name, suggested, proposed, decided string
		want                               review.State
		suggestion, exporter               review.Comparison
	}{
		{"as suggested", "3A001.a", "", "3a001 a", review.Confirmed, review.Same, review.Nothing},
		{"otherwise than suggested", "3A001.a", "", "3A991.a", review.Changed, review.Differs, review.Nothing},
		{"as the exporter, not as the machine", "3A001.a", "3A991.a", "3A991.a", review.Confirmed, review.Differs, review.Same},
		{"as the machine, not as the exporter", "3A001.a", "3A991.a", "3A001.a", review.Changed, review.Same, review.Differs},
		{"not listed", "EAR99", "", "EAR99", review.NotListed, review.Same, review.Nothing},
		{"not listed against both", "3A001.a", "3A001.a", "none", review.NotListed, review.Differs, review.Differs},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := open(t)
			ctx := t.Context()
			c := o.must(o.Create(ctx, by(ann), review.NewCase{Product: classifier.Product{Name: "x"}, Lists: []corpus.ListID{corpus.USCCL}}))
			o.must(o.Assess(ctx, by(ann), c.ID, machine(tt.suggested)))
			if tt.proposed != "" {
				o.must(o.Propose(ctx, by(ann), c.ID, review.Proposal{List: corpus.USCCL, Code: tt.proposed, Reasoning: "so"}))
			}
			o.must(o.Submit(ctx, by(ann), c.ID))
			o.must(o.Take(ctx, by(bob), c.ID))
			o.now = o.now.Add(90 * time.Second)
			got := o.must(o.Decide(ctx, by(bob), c.ID, ruling(tt.decided)))
			d := got.Decisions[0]
			if got.State != tt.want || d.Suggestion != tt.suggestion || d.Exporter != tt.exporter || d.Seconds != 90 || d.By != "bob" || !d.At.Equal(o.now) || d.Edition != "us-ccl@2026-06-24" {
				t.Errorf("%s, %+v", got.State, d)
			}
		})
	}
}

func TestACaseIsDecidedWhenEveryListIs(t *testing.T) {
	o, ctx := open(t), t.Context()
	id := o.submitted("x", "3A001.a", "none")
	o.must(o.Take(ctx, by(bob), id))
	if c := o.must(o.Decide(ctx, by(bob), id, ruling("3A001.a"))); c.State != review.InReview {
		t.Errorf("%s after the first of two lists", c.State)
	}
	_, err := o.Decide(ctx, by(bob), id, ruling("3A001.b"))
	o.refused(review.Conflict, "has been decided", err)
	if c := o.must(o.Decide(ctx, by(bob), id, review.Ruling{List: corpus.EUDualUse, NotListed: true, Reason: review.AsSuggested})); c.State != review.Confirmed {
		t.Errorf("%s after both lists", c.State)
	}
}

func TestTheSecondOfficerIsBlind(t *testing.T) {
	o, ctx := open(t), t.Context()
	id := o.submitted("x", "3A001.a")
	o.must(o.Take(ctx, by(bob), id))
	_, err := o.AskSecond(ctx, by(bob), id, "bob")
	o.refused(review.Conflict, "first officer", err)
	o.must(o.AskSecond(ctx, by(bob), id, "cyd"))
	o.must(o.Comment(ctx, by(bob), id, "I lean to 3A001.a", true))
	o.must(o.Comment(ctx, by(bob), id, "for all to see", false))
	if c := o.must(o.Decide(ctx, by(bob), id, ruling("3A001.a"))); len(c.Decisions) != 1 || c.State != review.InReview {
		t.Errorf("the first officer sees %d decisions in %s", len(c.Decisions), c.State)
	}
	for _, who := range []review.Actor{cyd, dora, eva, root, ann} {
		c := o.must(o.Get(ctx, who, id))
		if len(c.Decisions) != 0 {
			t.Errorf("%s sees the first decision before the second", who.ID)
		}
		if hidden := who == cyd || who == ann; hidden != (len(c.Messages) == 1) {
			t.Errorf("%s sees %d messages", who.ID, len(c.Messages))
		}
	}
	_, err = o.AskSecond(ctx, by(bob), id, "dora")
	o.refused(review.Conflict, "may have seen", err)
	_, err = o.Assign(ctx, by(bob), id, "cyd")
	o.refused(review.Conflict, "second officer", err)
	_, err = o.Decide(ctx, by(dora), id, ruling("3A001.a"))
	o.refused(review.Forbidden, "no disagreement", err)
	if c := o.must(o.Decide(ctx, by(cyd), id, ruling("3A001.a"))); c.State != review.Confirmed || len(c.Decisions) != 2 || len(c.Messages) != 2 {
		t.Errorf("after both agree: %s, %d decisions, %d messages", c.State, len(c.Decisions), len(c.Messages))
	}
	if c := o.must(o.Get(ctx, ann, id)); len(c.Decisions) != 2 || c.Assignee != "" || c.Second != "" {
		t.Errorf("the exporter sees %d decisions, and officers %q %q", len(c.Decisions), c.Assignee, c.Second)
	}
}

func TestDisagreementGoesToAThird(t *testing.T) {
	o, ctx := open(t), t.Context()
	id := o.submitted("x", "3A001.a", "3A001.a")
	o.must(o.Take(ctx, by(bob), id))
	o.must(o.AskSecond(ctx, by(bob), id, "cyd"))
	eu := review.Ruling{List: corpus.EUDualUse, Codes: []string{"3A001.a"}, Reason: review.AsSuggested}
	o.must(o.Decide(ctx, by(bob), id, ruling("3A001.a")))
	o.must(o.Decide(ctx, by(cyd), id, ruling("3A991.a")))
	o.must(o.Decide(ctx, by(bob), id, eu))
	_, err := o.Decide(ctx, by(dora), id, eu)
	o.refused(review.Conflict, "nobody differs", err)
	// Handing the case on does not make a judge of one who has decided.
	o.must(o.Assign(ctx, by(root), id, "fay"))
	_, err = o.Decide(ctx, by(bob), id, ruling("3A001.a"))
	o.refused(review.Forbidden, "you have decided", err)
	c := o.must(o.Decide(ctx, by(dora), id, ruling("3A991.a")))
	if c.State != review.InReview || c.Disagreement {
		t.Errorf("settled one list: %s, disagreement %v", c.State, c.Disagreement)
	}
	if c = o.must(o.Decide(ctx, by(cyd), id, eu)); c.State != review.Changed {
		t.Errorf("settled: %s", c.State)
	}
}

func TestAnOrganisationSeesItsOwnOnly(t *testing.T) {
	o, ctx := open(t), t.Context()
	id := o.submitted("x", "3A001.a")
	none := "there is no case"
	acts := map[string]func(review.Request) (review.Case, error){
		"get": func(r review.Request) (review.Case, error) { return o.Get(ctx, r.Actor, id) },
		"revise": func(r review.Request) (review.Case, error) {
			return o.Revise(ctx, r, id, classifier.Product{Name: "y"})
		},
		"attach":  func(r review.Request) (review.Case, error) { return o.Attach(ctx, r, id, review.Upload{}) },
		"propose": func(r review.Request) (review.Case, error) { return o.Propose(ctx, r, id, review.Proposal{}) },
		"assess":  func(r review.Request) (review.Case, error) { return o.Assess(ctx, r, id, machine("EAR99")) },
		"submit":  func(r review.Request) (review.Case, error) { return o.Submit(ctx, r, id) },
		"take":    func(r review.Request) (review.Case, error) { return o.Take(ctx, r, id) },
		"assign":  func(r review.Request) (review.Case, error) { return o.Assign(ctx, r, id, "x") },
		"second":  func(r review.Request) (review.Case, error) { return o.AskSecond(ctx, r, id, "x") },
		"decide":  func(r review.Request) (review.Case, error) { return o.Decide(ctx, r, id, ruling("EAR99")) },
		"return":  func(r review.Request) (review.Case, error) { return o.Return(ctx, r, id, "x") },
		"reopen":  func(r review.Request) (review.Case, error) { return o.Reopen(ctx, r, id, "x") },
		"comment": func(r review.Request) (review.Case, error) { return o.Comment(ctx, r, id, "x", false) },
		"ask":     func(r review.Request) (review.Case, error) { return o.Ask(ctx, r, id, "x") },
		"answer":  func(r review.Request) (review.Case, error) { return o.Answer(ctx, r, id, 1, "x") },
	}
	for name, act := range acts {
		_, err := act(by(otto))
		if review.KindOf(err) != review.NotFound || !strings.Contains(err.Error(), none) {
			t.Errorf("%s by another organisation: %v", name, err)
		}
	}
	if p, err := o.Queue(ctx, otto, review.Filter{Organisation: "Acme"}); err != nil || len(p.Cases) != 0 {
		t.Errorf("another organisation's queue holds %d, %v", len(p.Cases), err)
	}
	if p, err := o.Queue(ctx, ann, review.Filter{}); err != nil || len(p.Cases) != 1 {
		t.Errorf("the own queue holds %d, %v", len(p.Cases), err)
	}
	_, err := o.Queue(ctx, ann, review.Filter{Assignee: "bob"})
	o.refused(review.Forbidden, "not shown", err)
	_, err = o.Precedents(ctx, review.Actor{ID: "x", Role: review.Exporter}, review.PrecedentFilter{})
	o.refused(review.Forbidden, "precedents", err)
	_, err = o.VerifyAudit(ctx, bob, review.AuditHead{})
	o.refused(review.Forbidden, "audit", err)
	_, err = o.Create(ctx, by(ann), review.NewCase{Organisation: "Other", Product: classifier.Product{Name: "x"}, Lists: []corpus.ListID{corpus.USCCL}})
	o.refused(review.Forbidden, "own organisation", err)
	// A receipt is no way round: the key is the actor's own.
	o.must(o.Comment(ctx, review.Request{Actor: ann, Key: "k"}, id, "x", false))
	_, err = o.Comment(ctx, review.Request{Actor: otto, Key: "k"}, id, "x", false)
	o.refused(review.NotFound, none, err)
}

func TestReturnedAndAnswered(t *testing.T) {
	o, ctx := open(t), t.Context()
	id := o.submitted("x", "3A001.a")
	o.must(o.Take(ctx, by(bob), id))
	o.must(o.Comment(ctx, by(bob), id, "looks odd", true))
	c := o.must(o.Return(ctx, by(bob), id, "What is the sample rate?"))
	if c.State != review.Returned || c.Messages[1].Kind != review.Question {
		t.Errorf("%s, %+v", c.State, c.Messages)
	}
	_, err := o.Answer(ctx, by(ann), id, 1, "3 GSPS")
	o.refused(review.Invalid, "asks for nothing", err)
	o.must(o.Answer(ctx, by(ann), id, 2, "3 GSPS"))
	o.must(o.Revise(ctx, by(ann), id, classifier.Product{Name: "x", Description: "3 GSPS"}))
	_, err = o.Submit(ctx, by(ann), id)
	o.refused(review.Conflict, "assess it first", err)
	o.must(o.Assess(ctx, by(ann), id, machine("3A991.a")))
	if c = o.must(o.Submit(ctx, by(ann), id)); c.State != review.Submitted || c.Round != 2 || len(c.Products) != 2 || len(c.Assessments) != 2 {
		t.Errorf("%s, round %d, %d products", c.State, c.Round, len(c.Products))
	}
}

func TestVersionsAndKeys(t *testing.T) {
	o, ctx := open(t), t.Context()
	id := o.submitted("x", "3A001.a")
	seen := o.must(o.Get(ctx, bob, id)).Version
	o.must(o.Take(ctx, review.Request{Actor: cyd, Version: seen}, id))
	_, err := o.Comment(ctx, review.Request{Actor: bob, Version: seen}, id, "x", true)
	o.refused(review.Stale, "changed since you saw it", err)
	// A key answers even when the act could not be done again.
	o.must(o.Decide(ctx, review.Request{Actor: cyd, Key: "k"}, id, ruling("3A001.a")))
	o.must(o.Reopen(ctx, by(bob), id, "x"))
	if c := o.must(o.Decide(ctx, review.Request{Actor: cyd, Key: "k"}, id, ruling("3A001.a"))); c.State != review.Reopened || len(c.Decisions) != 1 {
		t.Errorf("%s, %d decisions", c.State, len(c.Decisions))
	}
}

func TestRulingsThatAreRefused(t *testing.T) {
	o, ctx := open(t), t.Context()
	id := o.submitted("x", "3A001.a")
	o.must(o.Take(ctx, by(bob), id))
	for _, tt := range []struct {
		says   string
		change func(*review.Ruling)
	}{
		{"does not ask about the list", func(r *review.Ruling) { r.List = corpus.EUDualUse }},
		{"names no code", func(r *review.Ruling) { r.Codes = nil }},
		{"at once", func(r *review.Ruling) { r.NotListed = true }},
		{"not a code", func(r *review.Ruling) { r.Codes = []string{"pump"} }},
		{"is not a reason", func(r *review.Ruling) { r.Reason = "whim" }},
		{"in words", func(r *review.Ruling) { r.Reason = review.OtherReason }},
		{"not what was suggested", func(r *review.Ruling) { r.Codes, r.Reason = []string{"3A991.a"}, review.AsSuggested }},
		{"not what the exporter", func(r *review.Ruling) { r.Reason = review.AsProposed }},
		{"not an edition", func(r *review.Ruling) { r.Edition = "eu-dual-use@2026-01-01" }},
		{"edition and its id", func(r *review.Ruling) { r.Relied = []review.PassageRef{{ID: "x"}} }},
		{"UTF-8", func(r *review.Ruling) { r.Comment = "\xff" }},
		{"UTF-8", func(r *review.Ruling) { r.ReasonText = strings.Repeat("x", review.MaxText+1) }},
	} {
		r := ruling("3A001.a")
		tt.change(&r)
		_, err := o.Decide(ctx, by(bob), id, r)
		o.refused(review.Invalid, tt.says, err)
	}
	if c := o.must(o.Get(ctx, bob, id)); len(c.Decisions) != 0 || c.Version != 4 {
		t.Errorf("refused rulings left %d decisions, version %d", len(c.Decisions), c.Version)
	}
}

func TestContradictedPrecedent(t *testing.T) {
	o, ctx := open(t), t.Context()
	first, second, third := o.submitted("Pump  with Seals", "EAR99"), o.submitted("pump with seals", "EAR99"), o.submitted("Pump with seals", "EAR99")
	decide := func(id, code string) review.Decision {
		o.now = o.now.Add(time.Hour)
		o.must(o.Take(ctx, by(bob), id))
		c := o.must(o.Decide(ctx, by(bob), id, ruling(code)))
		return c.Decisions[len(c.Decisions)-1]
	}
	if d := decide(first, "EAR99"); d.Contradicts != nil {
		t.Errorf("the first contradicts %v", d.Contradicts)
	}
	if d := decide(second, "2B350.i"); !slices.Equal(d.Contradicts, []string{first + "/1"}) {
		t.Errorf("the second contradicts %v", d.Contradicts)
	}
	o.must(o.Reopen(ctx, by(bob), first, "see the other"))
	if d := decide(third, "2B350.i"); d.Contradicts != nil {
		t.Errorf("the third contradicts %v, which was reopened or agrees", d.Contradicts)
	}
}

func TestContradicts(t *testing.T) {
	precedent := func(caseID string, superseded bool, codes ...string) review.Precedent {
		return review.Precedent{ID: caseID + "/1", Case: caseID, Superseded: superseded, Codes: map[corpus.ListID][]string{corpus.USCCL: codes}}
	}
	for _, tt := range []struct {
		name  string
		p     review.Precedent
		codes []string
		want  int
	}{
		{"another code", precedent("a", false, "3A001"), []string{"3A991"}, 1},
		{"the same codes in another order", precedent("a", false, "3A001", "5A002"), []string{"5A002", "3A001"}, 0},
		{"listed against not listed", precedent("a", false), []string{"3A991"}, 1},
		{"not listed against listed", precedent("a", false, "3A001"), nil, 1},
		{"both not listed", precedent("a", false), nil, 0},
		{"superseded", precedent("a", true, "3A001"), []string{"3A991"}, 0},
		{"the case's own", precedent("own", false, "3A001"), []string{"3A991"}, 0},
		{"another list", review.Precedent{Case: "a", Codes: map[corpus.ListID][]string{corpus.EUDualUse: {"3A001"}}}, []string{"3A991"}, 0},
	} {
		d := review.Decision{List: corpus.USCCL, Codes: tt.codes, NotListed: tt.codes == nil}
		if got := review.Contradicts(d, "own", []review.Precedent{tt.p}); len(got) != tt.want {
			t.Errorf("%s: %d", tt.name, len(got))
		}
	}
}
