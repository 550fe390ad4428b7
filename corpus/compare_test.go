package corpus_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/corpus"
)

// widgets is an edition of a made-up list.
func widgets() *corpus.Edition {
	p := func(kind corpus.Kind, id, code, label, text string) corpus.Passage {
		return corpus.Passage{ID: id, Code: code, Kind: kind, Label: label, Text: text}
	}
	e := &corpus.Edition{Meta: corpus.Meta{List: "made-up", Date: "2026-01-01", Title: "Made up", Language: "en", Format: "test", SHA256: "00"},
		Passages: []corpus.Passage{
			p(corpus.KindNote, "#note-1", "", "General Note", "Goods of museums stand outside of this list."),
			p(corpus.KindHeading, "1#heading-1", "1", "", "Category of widgets"),
			p(corpus.KindNote, "1#note-1", "1", "Note", "Widgets on loan count as the borrower's own."),
			p(corpus.KindEntry, "1A001", "1A001", "1A001", "Widgets and their parts, as follows:"),
			p(corpus.KindNote, "1A001#note-1", "1A001", "Note 1", "1A001 does not reach widgets for the nursery."),
			p(corpus.KindParagraph, "1A001.a", "1A001.a", "a", `Widgets that turn faster than 100 rpm and are "tempered";`),
			p(corpus.KindTechnicalNote, "1A001.a#technical_note-1", "1A001.a", "Technical Note", "Turning is measured after one hour of running."),
			p(corpus.KindParagraph, "1A001.b", "1A001.b", "b", "Widget housings, any of these:"),
			p(corpus.KindParagraph, "1A001.b.1", "1A001.b.1", "b.1", "Of brass, wider than 30 mm;"),
			p(corpus.KindParagraph, "1A001.b.2", "1A001.b.2", "b.2", "Of ceramic throughout;"),
			p(corpus.KindEntry, "1A002", "1A002", "1A002", "Gear wheels cut finer than 2 µm"),
			p(corpus.KindDefinition, "#definition-1", "", "Tempered", `"Tempered" (1 2) means hardened by slow cooling under load.`),
			p(corpus.KindDefinition, "#definition-2", "", "Loan", `"Loan" means handing over for a year at most.`),
		}}
	return e
}

// TestBearing makes one change at a time and asks what it means for two codes.
func TestBearing(t *testing.T) {
	text := func(id, from, to string) func(*corpus.Edition) {
		return func(e *corpus.Edition) {
			i := slices.IndexFunc(e.Passages, func(p corpus.Passage) bool { return p.ID == id })
			if !strings.Contains(e.Passages[i].Text, from) {
				t.Fatalf("%s does not say %q", id, from)
			}
			e.Passages[i].Text = strings.Replace(e.Passages[i].Text, from, to, 1)
		}
	}
	remove := func(id string) func(*corpus.Edition) {
		return func(e *corpus.Edition) {
			n := len(e.Passages)
			if e.Passages = slices.DeleteFunc(e.Passages, func(p corpus.Passage) bool { return p.ID == id }); len(e.Passages) != n-1 {
				t.Fatalf("there is no %s", id)
			}
		}
	}
	insert := func(behind string, p corpus.Passage) func(*corpus.Edition) {
		return func(e *corpus.Edition) {
			i := slices.IndexFunc(e.Passages, func(p corpus.Passage) bool { return p.ID == behind })
			e.Passages = slices.Insert(e.Passages, i+1, p)
		}
	}
	all := func(changes ...func(*corpus.Edition)) func(*corpus.Edition) {
		return func(e *corpus.Edition) {
			for _, c := range changes {
				c(e)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*corpus.Edition)
		a, b1  string // what bears on 1A001.a and on 1A001.b.1
	}{
		{"nothing", func(*corpus.Edition) {}, "", ""},
		{"typography", all(text("1A001.a", `"tempered";`, "“tempered” ;"), text("1A001", "Widgets and", "WIDGETS  and")), "", ""},
		{"spelling and articles", all(text("1A001#note-1", "the nursery", "nursery"), text("#definition-1", "hardened", "the hardened")), "", ""},
		{"a figure", text("1A001.a", "100 rpm", "80 rpm"), "self changed 1A001.a 100 rpm -> 80 rpm", ""},
		{"the head", text("1A001", "and their parts", "only"), "above changed 1A001", "above changed 1A001"},
		{"a note", text("1A001#note-1", "nursery", "kitchen"), "note changed 1A001", "note changed 1A001"},
		{"a note came", insert("1A001#note-1", corpus.Passage{ID: "1A001#note-2", Code: "1A001", Kind: corpus.KindNote, Label: "Note 2", Text: "Nor does it reach those for clocks."}),
			"note added 1A001", "note added 1A001"},
		{"a note for one paragraph came", insert("1A001#note-1", corpus.Passage{ID: "1A001#note-2", Code: "1A001", Kind: corpus.KindNote, Label: "Note 2",
			Text: "1A001.b does not reach those for clocks.", AppliesTo: []string{"1A001.b"}}), "", "note added 1A001"},
		{"a note went", remove("1A001#note-1"), "note removed 1A001", "note removed 1A001"},
		{"a technical note", text("1A001.a#technical_note-1", "one hour", "two days"), "note changed 1A001.a", ""},
		{"a note says where it applies", text("1A001.a#technical_note-1", "Turning is", "For the purposes of 1A001.a., turning is"), "", ""},
		{"a note now applies to more", all(remove("1A001.a#technical_note-1"),
			insert("1A001#note-1", corpus.Passage{ID: "1A001#technical_note-1", Code: "1A001", Kind: corpus.KindTechnicalNote, Label: "Technical Note", Text: "Turning is measured after one hour of running."})),
			"", "note added 1A001"},
		{"a definition", text("#definition-1", "slow", "quick"), "definition changed ", ""},
		{"categories of a definition", text("#definition-1", "(1 2)", "(1 2 7)"), "", ""},
		{"another definition", text("#definition-2", "a year", "two years"), "", ""},
		{"the general note", text("#note-1", "museums", "schools"), "general changed ", "general changed "},
		{"a category's note", text("1#note-1", "borrower", "lender"), "general changed 1", "general changed 1"},
		{"a paragraph went", remove("1A001.b.1"), "", "self removed 1A001.b.1"},
		{"a paragraph came", insert("1A001.b.2", corpus.Passage{ID: "1A001.b.3", Code: "1A001.b.3", Kind: corpus.KindParagraph, Label: "b.3", Text: "Of glass that rings;"}), "", "beside added 1A001.b.3"},
		{"paragraphs change places", func(e *corpus.Edition) {
			for i := range e.Passages {
				p := &e.Passages[i]
				switch p.ID {
				case "1A001.b.1":
					p.ID, p.Code, p.Label, p.Text = "1A001.b.1", "1A001.b.1", "b.1", "Of zinc alloys, cast in one piece without seams;"
				case "1A001.b.2":
					p.Text = "Of brass, wider than 30 mm;"
				}
			}
		}, "", "self changed 1A001.b.1 30 mm went"},
		{"the rest of the list", all(text("1A002", "2 µm", "1 µm"), insert("1A002", corpus.Passage{ID: "1A003", Code: "1A003", Kind: corpus.KindEntry, Text: "Cog wheels"})), "", ""},
	} {
		after := widgets()
		after.Date = "2027-01-01"
		tt.change(after)
		if err := after.Validate(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		c := corpus.Compare(widgets(), after)
		for code, want := range map[string]string{"1A001.a": tt.a, "1A001.b.1": tt.b1} {
			for range 2 { // the second time from memory
				if got := bearing(c, code); got != want {
					t.Errorf("%s: on %s bears %q, want %q", tt.name, code, got, want)
				}
			}
		}
	}
}

func bearing(c *corpus.Comparison, code string) string {
	var all []string
	for _, e := range c.Bearing(code) {
		s := fmt.Sprintf("%s %s %s", e.Role, e.Op, e.Code)
		for _, n := range e.Numbers {
			s += " " + n.String()
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

// TestRenumbered moves a paragraph down to make room for a new one.
func TestRenumbered(t *testing.T) {
	after := widgets()
	i := slices.IndexFunc(after.Passages, func(p corpus.Passage) bool { return p.ID == "1A001.a" })
	for _, k := range []int{i, i + 1} {
		p := &after.Passages[k]
		p.ID, p.Code = strings.Replace(p.ID, "1A001.a", "1A001.c", 1), "1A001.c"
	}
	c := corpus.Compare(widgets(), after)
	if now, there := c.Now("1A001.a"); now != "1A001.c" || !there {
		t.Errorf("1A001.a is now %s, %v", now, there)
	}
	if got := bearing(c, "1A001.a"); got != "self moved 1A001.c" {
		t.Errorf("on the moved one bears %q", got)
	}
	if got := bearing(c, "1A001.b.2"); got != "" {
		t.Errorf("on its neighbour bears %q", got)
	}
	if now, there := c.Now("1A001.b"); now != "1A001.b" || !there {
		t.Errorf("1A001.b is now %s, %v", now, there)
	}
	if now, there := c.Now("1A009"); now != "1A009" || there {
		t.Errorf("1A009 is now %s, %v", now, there)
	}
	// What stood at a code may be another paragraph now.
	i = slices.IndexFunc(after.Passages, func(p corpus.Passage) bool { return p.ID == "1A001.b" })
	after.Passages = slices.Insert(after.Passages, i, corpus.Passage{ID: "1A001.a", Code: "1A001.a", Kind: corpus.KindParagraph, Text: "Widgets of no use whatever to anybody;"})
	c = corpus.Compare(widgets(), after)
	if now, _ := c.Now("1A001.a"); now != "1A001.c" {
		t.Errorf("1A001.a is now %s", now)
	}
	if x := c.Was("1A001.a"); x == nil || x.Op != corpus.OpMoved || x.Code != "1A001.c" {
		t.Errorf("what became of 1A001.a: %+v", x)
	}
	if x := c.Was("1A001.a#technical_note-1"); x != nil {
		t.Errorf("its note says the same: %+v", x)
	}
	if x := c.Is("1A001.a"); x == nil || x.Op != corpus.OpAdded {
		t.Errorf("what made 1A001.a: %+v", x)
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("word ", 100)
	for _, tt := range []struct {
		name string
		x    corpus.Change
		want string
	}{
		{"added", corpus.Change{Op: corpus.OpAdded, New: "new text"}, "+new text"},
		{"removed", corpus.Change{Op: corpus.OpRemoved, Old: "old text"}, "-old text"},
		{"moved", corpus.Change{Op: corpus.OpMoved, Old: "same", New: "same"}, " same"},
		{"one word", corpus.Change{Op: corpus.OpChanged, Words: []corpus.Words{{Text: long}, {Op: corpus.OpRemoved, Text: "30"}, {Op: corpus.OpAdded, Text: "20"}, {Text: long}}},
			" … word word word word word word word word|-30|+20| word word word word word word word word …"},
	} {
		var got []string
		for _, w := range tt.x.Excerpt() {
			got = append(got, map[corpus.Op]string{"": " ", corpus.OpAdded: "+", corpus.OpRemoved: "-"}[w.Op]+w.Text)
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, s, tt.want)
		}
	}
	many := corpus.Change{Op: corpus.OpChanged, Old: long, New: long}
	for range 100 {
		many.Words = append(many.Words, corpus.Words{Text: long}, corpus.Words{Op: corpus.OpAdded, Text: "x"})
	}
	if got := many.Excerpt(); len(got) != 2 || len(got[0].Text)+len(got[1].Text) > 600 {
		t.Errorf("a text that changed everywhere has %d runs", len(got))
	}
}
