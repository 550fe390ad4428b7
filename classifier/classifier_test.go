package classifier

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/digest"
)

// A small digest of made-up cards, enough to see each rule of weighing at work.
const cards = `
entry: 3A001
lists: {us-ccl: {reasons: [NS]}, eu-dual-use: {}}
gist: Fast converters and other chips.
terms: [rapid converter chip, orbit-grade memory]
paragraphs:
  a.5:
    gist: Converters above the limit.
    terms: [sampling converter, giga-sample digitizer]
  a.7:
    gist: Programmable logic above the limit.
    terms: [gate array chip]
    lists: [us-ccl]
confusables:
  - {code: 3A991, ask: "Is the sample rate above the limit?"}
---
entry: 3A991
lists: {us-ccl: {reasons: [AT]}}
gist: Ordinary chips.
terms: [plain converter chip, hobby microcontroller]
---
entry: XI
lists: {us-usml: {}}
gist: Electronics for war.
terms: [missile seeker electronics, war jammer]
paragraphs:
  (a)(5):
    gist: Command systems for war.
    terms: [battlefield command console]
`

const goods = `
goods: garden-tools
gist: Spades and rakes for gardens.
terms: [garden spade, leaf rake]
tempting:
  - {code: 3A001, because: "a rake holds no converter"}
`

func newTest(t *testing.T, editions ...*corpus.Edition) *Classifier {
	t.Helper()
	d, err := digest.Load(fstest.MapFS{"cards/all.yaml": {Data: []byte(cards)}, "goods/all.yaml": {Data: []byte(goods)}})
	if err != nil {
		t.Fatal(err)
	}
	ix, err := retrieval.New(d, nil, retrieval.Matrix{}, retrieval.Weights{Terms: 1.2, Words: 0.5, Entry: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Digest: d, Searcher: ix}
	for _, ed := range editions {
		if err := ix.Add(ed, retrieval.Matrix{}); err != nil {
			t.Fatal(err)
		}
		cfg.Editions = append(cfg.Editions, corpus.NewOutline(ed))
	}
	// Five units have little rarity among their words, so scores are low.
	cfg.Unlisted = 0.15
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func classify(t *testing.T, c *Classifier, p Product, lists ...corpus.ListID) Assessment {
	t.Helper()
	a, err := c.Classify(context.Background(), p, lists)
	if err != nil {
		t.Fatal(err)
	}
	checkSound(t, p, a)
	return a
}

// checkSound checks what must hold of every assessment.
func checkSound(t *testing.T, p Product, a Assessment) {
	t.Helper()
	total := map[corpus.ListID]float64{}
	previous := map[corpus.ListID]float64{}
	for _, s := range a.Suggestions {
		if last, ok := previous[s.List]; ok && s.Probability > last+1e-9 {
			t.Errorf("%s: %s with %v after %v", s.List, s.Code, s.Probability, last)
		}
		previous[s.List] = s.Probability
		total[s.List] += s.Probability
		for _, c := range s.Citations {
			if c.Text[c.Start:c.End] != c.Quote || c.Quote == "" {
				t.Errorf("%s cites %q, which is not at [%d:%d] of %q", s.Code, c.Quote, c.Start, c.End, c.Text)
			}
			if c.URL == "" {
				t.Errorf("%s: citation without address", s.Code)
			}
		}
		for _, m := range s.Matches {
			for _, span := range m.Spans {
				field := map[string]string{"name": p.Name, "description": p.Description}[span.Field]
				if key, ok := strings.CutPrefix(span.Field, "attributes."); ok {
					field = p.Attributes[key]
				}
				if field[span.Start:span.End] != span.Text {
					t.Errorf("span %+v is not %q", span, field)
				}
			}
		}
	}
	for _, o := range a.Outcomes {
		if total[o.List] > 1.001 {
			t.Errorf("%s: probabilities add up to %v", o.List, total[o.List])
		}
		for _, s := range a.Suggestions {
			if s.List == o.List {
				if s.Code != o.Code || math.Abs(s.Probability-o.Probability) > 1e-9 {
					t.Errorf("%s: outcome %s but first suggestion %s", o.List, o.Code, s.Code)
				}
				break
			}
		}
		if o.Reason == "" {
			t.Errorf("%s: outcome without reason", o.List)
		}
	}
}

func TestOutcomes(t *testing.T) {
	c := newTest(t)
	tests := []struct {
		name    string
		product Product
		list    corpus.ListID
		code    string
		status  Status
		reason  string
	}{
		{"a paragraph by its term", Product{Description: "a sampling converter, giga-sample digitizer"}, corpus.USCCL, "3A001.a.5", Listed, "sampling converter"},
		{"a term in an attribute", Product{Name: "X1", Attributes: Attributes{"type": "sampling converter"}}, corpus.USCCL, "3A001.a.5", Listed, "sampling converter"},
		{"a paragraph that one list lacks", Product{Description: "gate array chip"}, corpus.USCCL, "3A001.a.7", Listed, "gate array"},
		{"a residual entry", Product{Description: "hobby microcontroller"}, corpus.USCCL, "3A991", Residual, "hobby"},
		{"a residual entry of the US is none elsewhere", Product{Description: "hobby microcontroller"}, corpus.EUDualUse, "none", NotListed, "best described by 3A991"},
		{"a munition is not EAR99", Product{Description: "missile seeker electronics"}, corpus.USCCL, "none", NotListed, "best described by XI"},
		{"a munition on its list", Product{Description: "battlefield command console"}, corpus.USUSML, "XI(a)(5)", Listed, "battlefield"},
		{"goods on no list", Product{Description: "leaf rake, garden spade"}, corpus.USCCL, "EAR99", NotListed, "Spades and rakes"},
		{"a text in German", Product{Description: "Gerät zur Steuerung der Bewässerung für Gärten mit Pumpe und Zeitschaltuhr"}, corpus.USCCL, "EAR99", Undetermined, "German"},
		{"a German text with goods that are known", Product{Description: "Gerät und Zubehör für den Garten: leaf rake und garden spade"}, corpus.USCCL, "EAR99", NotListed, "Spades and rakes"},
		{"nothing alike", Product{Description: "quartet for strings in C"}, corpus.USCCL, "EAR99", NotListed, "No entry"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := classify(t, c, tt.product, tt.list)
			o := a.Outcomes[0]
			if o.Code != tt.code || o.Status != tt.status {
				t.Errorf("outcome %s %s, want %s %s", o.Status, o.Code, tt.status, tt.code)
			}
			if !strings.Contains(o.Reason, tt.reason) {
				t.Errorf("reason %q does not say %q", o.Reason, tt.reason)
			}
		})
	}
}

func TestQuestionSeparatesNeighbours(t *testing.T) {
	a := classify(t, newTest(t), Product{Description: "rapid converter chip, plain converter chip"}, corpus.USCCL)
	if len(a.Questions) == 0 || a.Questions[0].Ask != "Is the sample rate above the limit?" {
		t.Fatalf("questions = %+v", a.Questions)
	}
	if why := a.Suggestions[1].WhyNot; !strings.Contains(why, "above the limit") {
		t.Errorf("why not = %q", why)
	}
}

func TestImportedEditionIsCited(t *testing.T) {
	long := strings.Repeat("Filler about nothing that anyone would look for in here. ", 8)
	ed := &corpus.Edition{Meta: corpus.Meta{List: corpus.EUDualUse, Date: "2025-11-15"}, Passages: []corpus.Passage{
		{ID: "3A001", Code: "3A001", Kind: corpus.KindEntry, Text: "Chips of note"},
		{ID: "3A001.a", Code: "3A001.a", Kind: corpus.KindParagraph, Text: "Chips"},
		{ID: "3A001.a.5", Code: "3A001.a.5", Kind: corpus.KindParagraph, Text: long + "A sampling converter of the rapid kind is meant. " + long},
		{ID: "9A999", Code: "9A999", Kind: corpus.KindEntry, Text: "Flying saucers with tractor beams"},
	}}
	if err := ed.Validate(); err != nil {
		t.Fatal(err)
	}
	c := newTest(t, ed)
	a := classify(t, c, Product{Description: "sampling converter"}, corpus.EUDualUse)
	s := a.Suggestions[0]
	if s.Code != "3A001.a.5" || len(s.Citations) != 2 {
		t.Fatalf("suggestion = %+v", s)
	}
	official := s.Citations[1]
	if official.Edition != "eu-dual-use@2025-11-15" || !strings.Contains(official.Quote, "sampling converter") || len(official.Quote) > 200 {
		t.Errorf("citation = %+v", official)
	}
	if a.Outcomes[0].Edition != "eu-dual-use@2025-11-15" || !strings.Contains(a.Corpus, "eu-dual-use@2025-11-15") {
		t.Errorf("editions: outcome %q, corpus %q", a.Outcomes[0].Edition, a.Corpus)
	}
	a = classify(t, c, Product{Description: "flying saucers with tractor beams"}, corpus.EUDualUse)
	if a.Outcomes[0].Code != "9A999" {
		t.Errorf("an entry without a card is not found: %+v", a.Outcomes[0])
	}
}

func TestInputErrors(t *testing.T) {
	c := newTest(t)
	many := Attributes{}
	for i := range MaxAttributes + 1 {
		many[fmt.Sprint(i)] = "x"
	}
	for name, tt := range map[string]struct {
		product Product
		lists   []corpus.ListID
		field   string
	}{
		"empty":               {Product{Name: " \n"}, nil, "description"},
		"long name":           {Product{Name: strings.Repeat("x", MaxName+1)}, nil, "name"},
		"long description":    {Product{Description: strings.Repeat("x", MaxDescription+1)}, nil, "description"},
		"not UTF-8":           {Product{Description: "a\xff"}, nil, "description"},
		"NUL":                 {Product{Name: "a\x00"}, nil, "name"},
		"too many attributes": {Product{Attributes: many}, nil, "attributes"},
		"binary attribute":    {Product{Attributes: Attributes{"a": "\xff"}}, nil, "attributes"},
		"unknown list":        {Product{Name: "pump"}, []corpus.ListID{"moon"}, "list"},
	} {
		_, err := c.Classify(context.Background(), tt.product, tt.lists)
		var input *InputError
		if !errors.As(err, &input) || input.Field != tt.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClassifyStopsWhenTold(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := newTest(t).Classify(ctx, Product{Name: "pump"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestDefaultListsLeaveOutWassenaar(t *testing.T) {
	got := newTest(t).DefaultLists()
	if fmt.Sprint(got) != "[us-ccl us-usml eu-dual-use]" {
		t.Errorf("default lists = %v", got)
	}
}

func TestAttributesReadWhatTablesHold(t *testing.T) {
	var a Attributes
	if err := a.UnmarshalJSON([]byte(`{"rate":3e9,"ok":true,"no":null,"sizes":[1,"L"],"s":"x"}`)); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(a) != "map[ok:yes rate:3e9 s:x sizes:1, L]" {
		t.Errorf("attributes = %v", a)
	}
	for _, bad := range []string{`[]`, `{"a":{"b":1}}`, `{"a":[[1]]}`, `"x"`} {
		if err := new(Attributes).UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
