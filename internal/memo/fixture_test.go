package memo

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/sqlite"
	"assay/review"
)

// bureau is a service over a real store whose clock and ids are fixed, so that
// a memo of its cases is the same in every run.
type bureau struct {
	*review.Service
	t   *testing.T
	now time.Time
	ids int
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	b := &bureau{t: t, now: time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)}
	b.Service, err = review.New(review.Config{Store: store, Now: func() time.Time { return b.now },
		NewID: func() string { b.ids++; return fmt.Sprintf("case%04d", b.ids) }})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	ann  = review.Actor{ID: "ann", Role: review.Exporter, Organisation: "Whitcombe Instruments Ltd"}
	bob  = review.Actor{ID: "bob", Role: review.Officer}
	cyd  = review.Actor{ID: "cyd", Role: review.Officer}
	dora = review.Actor{ID: "dora", Role: review.Officer}
)

// by lets time go on and returns the request of an act.
func (b *bureau) by(a review.Actor) review.Request {
	b.now = b.now.Add(11*time.Minute + 7*time.Second)
	return review.Request{Actor: a}
}

func (b *bureau) must(c review.Case, err error) review.Case {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// open makes a case of ann's, assessed as a, and submits it.
func (b *bureau) open(p classifier.Product, a classifier.Assessment, lists ...corpus.ListID) string {
	b.t.Helper()
	ctx := b.t.Context()
	c := b.must(b.Create(ctx, b.by(ann), review.NewCase{Product: p, Lists: lists}))
	b.must(b.Assess(ctx, b.by(ann), c.ID, a))
	return b.must(b.Submit(ctx, b.by(ann), c.ID)).ID
}

func (b *bureau) memo(a review.Actor, id string, round int) review.Memo {
	b.t.Helper()
	m, err := b.Memo(b.t.Context(), a, id, review.MemoQuery{Round: round, Edition: madeUp, Name: func(id string) string {
		return map[string]string{"ann": "Ann Whitcombe", "bob": "Bernadette O’Hara", "cyd": "Cyd Lindqvist", "dora": "Dr. Dora Ypsilanti"}[id]
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// madeUp has one edition of the CCL, in words of ours.
func madeUp(id string) *corpus.Outline {
	if id != "us-ccl@2026-06-24" {
		return nil
	}
	return corpus.NewOutline(&corpus.Edition{
		Meta: corpus.Meta{List: corpus.USCCL, Date: "2026-06-24", Title: "Made up", Language: "en", Format: "test", Source: "/srv/lists/own.jsonl",
			Retrieved: time.Date(2026, 6, 30, 8, 0, 0, 0, time.UTC), SHA256: strings.Repeat("c0ffee42", 8), Attribution: "Words of nobody"},
		Passages: []corpus.Passage{
			{ID: "3A001", Code: "3A001", Kind: corpus.KindEntry, Text: "Chips of note, as follows:"},
			{ID: "3A001.a", Code: "3A001.a", Kind: corpus.KindParagraph, Label: "a", Text: "Chips for orbit, having any of the following:"},
			{ID: "3A001.a.1", Code: "3A001.a.1", Kind: corpus.KindParagraph, Label: "a.1", Text: "Faster than “the hand”; or"},
			{ID: "3A001#note-1", Code: "3A001", Kind: corpus.KindNote, Label: "Note 1", Text: "Toys with chips are not meant."},
		}})
}

func suggestion(list corpus.ListID, code string, p float64, gist, whyNot string) classifier.Suggestion {
	return classifier.Suggestion{List: list, Code: code, Probability: p, Gist: gist, WhyNot: whyNot}
}

// assessed is what a machine might say of a chip on two lists.
func assessed() classifier.Assessment {
	first := suggestion(corpus.USCCL, "3A001.a", 0.81, "Chips that fly.", "")
	first.Also = []string{"3A001.a.1", "3A001.a.2"}
	first.Matches = []classifier.Match{{Term: "orbit chip", Coverage: 1}, {Term: "space-grade memory", Coverage: 0.6, Spans: []classifier.Span{{Field: "name", Text: "memory"}}}}
	first.Citations = []classifier.Citation{{List: corpus.USCCL, Edition: "us-ccl@2026-06-24", Code: "3A001.a", Kind: "paragraph", Quote: "Chips for orbit, having any of the following:",
		URL: "https://www.ecfr.gov/current/title-15"}}
	second := suggestion(corpus.USCCL, "3A991.b", 0.12, "Chips that stay down.", "Ranks below 3A001.a. What separates them: Does it fly?")
	second.Criteria = []classifier.Criterion{{Path: "when", Needs: "sample rate above 1 GS/s", Found: "3 GS/s", Verdict: "met"}, {Path: "when.2", Needs: "altitude below 1 km", Verdict: "unknown"}}
	return classifier.Assessment{
		Outcomes: []classifier.Outcome{
			{List: corpus.USUSML, Edition: "digest", Status: classifier.NotListed, Code: "none", Probability: 0.999, Reason: "No entry of the list reaches the likeness that is asked for."},
			{List: corpus.USCCL, Edition: "us-ccl@2026-06-24", Status: classifier.Listed, Code: "3A001.a", Probability: 0.81, Reason: "The description speaks of “orbit chip”, which stands for 3A001.a."},
		},
		Suggestions: []classifier.Suggestion{
			suggestion(corpus.USUSML, "none", 0.999, "On no entry of this list. Things of daily life.", ""),
			suggestion(corpus.USUSML, "XV(e)(1)", 0.0001, "Parts of satellites.", "Ranks below none: none of its product terms stands in the description."),
			first, second,
			suggestion(corpus.USCCL, "EAR99", 0.05, "On no entry of this list.", "3A001.a describes it better than any family of goods on no list."),
			suggestion(corpus.USCCL, "9A515.d", 0.001, "Chips of satellites.", "Ranks below 3A001.a: none of its product terms stands in the description."),
		},
		Questions: []classifier.Question{{List: corpus.USCCL, Between: []string{"3A001.a", "3A991.b"}, Ask: "Does it fly?"}},
		Screening: classifier.Screening{Status: "not_run"}, Language: "en", Model: "all-MiniLM-L6-v2-int8", Corpus: "digest 0123456789ab; us-ccl@2026-06-24",
	}
}

var chip = classifier.Product{Name: "Orbit memory OM-7", Description: "Space-grade memory chip.\nRated for orbit; 3 GS/s.\n\nSold in packs of ten.",
	Attributes: classifier.Attributes{"sample rate": "3 GS/s", "mass": "2 g", "temperature": "−55 °C to +125 °C"}}

// adjudicated is a case on which two officers differed and a third settled,
// with all that a case can have.
func adjudicated(b *bureau) string {
	ctx := b.t.Context()
	c := b.must(b.Create(ctx, b.by(ann), review.NewCase{Product: chip, Lists: []corpus.ListID{corpus.USUSML, corpus.USCCL}}))
	id := c.ID
	b.must(b.Assess(ctx, b.by(ann), id, assessed()))
	b.must(b.Propose(ctx, b.by(ann), id, review.Proposal{List: corpus.USCCL, Code: "EAR99", Reasoning: "It is only memory."}))
	b.must(b.Propose(ctx, b.by(ann), id, review.Proposal{List: corpus.USCCL, Code: "3A001.a.1", Reasoning: "It flies, and it is fast.\nOur first view was mistaken."}))
	b.must(b.Submit(ctx, b.by(ann), id))
	b.must(b.Take(ctx, b.by(bob), id))
	b.must(b.AskSecond(ctx, b.by(bob), id, "cyd"))
	b.must(b.Ask(ctx, b.by(bob), id, "How fast is it in orbit?"))
	b.must(b.Answer(ctx, b.by(ann), id, 1, "As fast as on the ground."))
	b.must(b.Comment(ctx, b.by(bob), id, "A remark between us.", true))
	none := review.Ruling{List: corpus.USUSML, NotListed: true, Edition: "us-usml@2026-06-24", Reason: review.NotDescribed}
	b.must(b.Decide(ctx, b.by(bob), id, none))
	b.must(b.Decide(ctx, b.by(bob), id, review.Ruling{List: corpus.USCCL, Codes: []string{"3A991.b"}, Reason: review.CriteriaNotMet, ReasonText: "It is slower than the hand."}))
	b.must(b.Decide(ctx, b.by(cyd), id, none))
	b.must(b.Decide(ctx, b.by(cyd), id, review.Ruling{List: corpus.USCCL, Codes: []string{"3A001.a.1"}, Reason: review.AsProposed, ReasonText: "It is faster."}))
	b.must(b.Decide(ctx, b.by(dora), id, review.Ruling{List: corpus.USCCL, Codes: []string{"3A001.a.1"}, Reason: review.CriteriaMet,
		ReasonText: "3 GS/s is faster than the hand.\n\nThe first officer took the rate of one cell.", Comment: "Tell the exporter.",
		Relied: []review.PassageRef{{Edition: "us-ccl@2026-06-24", ID: "3A001.a.1"}, {Edition: "us-ccl@2026-06-24", ID: "3A001#note-1"}, {Edition: "us-ccl@2001-01-01", ID: "3A001"}}}))
	return id
}
