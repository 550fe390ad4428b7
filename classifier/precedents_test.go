package classifier

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"assay/corpus"
)

// office is a source of decided cases that answers as a test says.
type office struct {
	cases []Precedent
	err   error
	asked []Product
}

func (o *office) Like(_ context.Context, p Product, _ []corpus.ListID) ([]Precedent, error) {
	o.asked = append(o.asked, p)
	return o.cases, o.err
}

func decided(likeness float64, codes ...string) Precedent {
	return Precedent{Likeness: likeness, Codes: map[corpus.ListID][]string{corpus.USCCL: codes}}
}

// ambiguous lies between two entries of the test's digest.
var ambiguous = Product{Name: "converter chip", Description: "A plain or rapid converter chip."}

func assess(t *testing.T, p Product, precedents Precedents) Assessment {
	t.Helper()
	c := newTest(t)
	c.precedents = precedents
	a, err := c.Classify(t.Context(), p, []corpus.ListID{corpus.USCCL})
	if err != nil {
		t.Fatal(err)
	}
	a.ElapsedMS = 0
	return a
}

func find(t *testing.T, a Assessment, code string) Suggestion {
	t.Helper()
	for _, s := range a.Suggestions {
		if s.Code == code {
			return s
		}
	}
	t.Fatalf("nothing suggests %s: %+v", code, a.Suggestions)
	return Suggestion{}
}

func TestPrecedentsAreOffUnlessDeclared(t *testing.T) {
	off := assess(t, ambiguous, nil)
	if off.Features != nil {
		t.Errorf("features %v", off.Features)
	}
	on := assess(t, ambiguous, &office{})
	if !slices.Equal(on.Features, []string{FeaturePrecedents}) {
		t.Errorf("features %v", on.Features)
	}
	// Nothing like it was decided: nothing changes but that.
	on.Features = nil
	if !reflect.DeepEqual(on, off) {
		t.Errorf("no precedent moved\n%+v\nto\n%+v", off, on)
	}
}

func TestPrecedentsAddABoundedBonus(t *testing.T) {
	off := assess(t, ambiguous, nil)
	for _, tt := range []struct {
		name  string
		cases []Precedent
		want  map[string]float64 // bonus by code
	}{
		{"in the same words", []Precedent{decided(1, "3A991")}, map[string]float64{"3A991": 0.15}},
		{"just like it", []Precedent{decided(0, "3A991")}, map[string]float64{"3A991": 0.075}},
		{"many do not add up", slices.Repeat([]Precedent{decided(1, "3A991")}, 50), map[string]float64{"3A991": 0.15}},
		{"they share what they differ about", []Precedent{decided(1, "3A991"), decided(1, "3A001.a.5")}, map[string]float64{"3A991": 0.075, "3A001.a.5": 0.075}},
		{"on no entry", []Precedent{decided(1)}, map[string]float64{"EAR99": 0.15}},
		{"a code that nothing proposes", []Precedent{decided(1, "9A001")}, nil},
		{"a code below one that is proposed", []Precedent{decided(1, "3A991.x.9")}, map[string]float64{"3A991": 0.15}},
		{"for another list", []Precedent{{Likeness: 1, Codes: map[corpus.ListID][]string{corpus.EUDualUse: {"3A001"}}}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			on := assess(t, ambiguous, &office{cases: tt.cases})
			for _, s := range on.Suggestions {
				want, had := tt.want[s.Code], find(t, off, s.Code)
				got := 0.0
				if d := s.Evidence.Precedents; d != nil {
					got = d.Bonus
					if d.Of != len(tt.cases) || d.Count == 0 || d.Count > d.Of || d.Likeness != tt.cases[0].Likeness {
						t.Errorf("%s: %+v", s.Code, d)
					}
				}
				if math.Abs(got-want) > 1e-9 || math.Abs(s.Evidence.Score-had.Evidence.Score-want) > 2e-4 {
					t.Errorf("%s: bonus %.4f, score %.4f after %.4f; want a bonus of %.4f", s.Code, got, s.Evidence.Score, had.Evidence.Score, want)
				}
				if had.Evidence.Precedents != nil {
					t.Errorf("%s: evidence of precedents with the feature off", s.Code)
				}
			}
		})
	}
}

// A precedent turns a near tie, and not more.
func TestPrecedentsTurnANearTieOnly(t *testing.T) {
	clear := Product{Name: "garden spade", Description: "A garden spade and a leaf rake."}
	if a := assess(t, clear, &office{cases: []Precedent{decided(1, "3A001.a.7")}}); a.Outcomes[0].Status != NotListed {
		t.Errorf("a spade became %+v", a.Outcomes[0])
	}
	a := assess(t, ambiguous, &office{cases: []Precedent{decided(1, "3A991")}})
	b := assess(t, ambiguous, &office{cases: []Precedent{decided(1, "3A001")}})
	if corpus.EntryOf(a.Outcomes[0].Code) != "3A991" || corpus.EntryOf(b.Outcomes[0].Code) != "3A001" {
		t.Errorf("%s and %s", a.Outcomes[0].Code, b.Outcomes[0].Code)
	}
}

func TestPrecedentsThatCannotBeLookedForAreAnError(t *testing.T) {
	c, away := newTest(t), errors.New("away")
	c.precedents = &office{err: away}
	if _, err := c.Classify(t.Context(), ambiguous, nil); !errors.Is(err, away) {
		t.Errorf("error %v", err)
	}
}

// A decided case that is examined anew must not be told its own decision.
func TestExaminingAnewTakesNoPrecedents(t *testing.T) {
	c, o := newTest(t), &office{cases: []Precedent{decided(1, "3A991")}}
	c.precedents = o
	a, _, err := c.ClassifyNear(t.Context(), ambiguous, nil)
	if err != nil || len(o.asked) != 0 || len(a.Features) != 0 {
		t.Errorf("%v, asked %d times, features %v", err, len(o.asked), a.Features)
	}
}
