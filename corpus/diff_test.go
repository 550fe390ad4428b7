package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// edition makes an edition of passages given as "kind|code|label|text"; kind
// E is an entry, P a paragraph.
func edition(date string, lines ...string) *Edition {
	e := &Edition{Meta: Meta{List: USCCL, Date: date, Format: "test"}}
	running := map[string]int{}
	for _, l := range lines {
		f := strings.SplitN(l, "|", 4)
		p := Passage{Kind: Kind(f[0]), Code: f[1], Label: f[2], Text: f[3], ID: f[1]}
		switch f[0] {
		case "E":
			p.Kind = KindEntry
		case "P":
			p.Kind = KindParagraph
		default:
			key := f[1] + "#" + f[0]
			running[key]++
			p.ID = fmt.Sprintf("%s-%d", key, running[key])
		}
		e.Passages = append(e.Passages, p)
	}
	return e
}

// brief shows changes as "op code kind label", one a line.
func brief(c Changes) string {
	var b strings.Builder
	for _, x := range c.Items {
		from := ""
		if x.From != "" {
			from = x.From + ">"
		}
		fmt.Fprintf(&b, "%s %s%s %s\n", x.Op, from, x.ID, x.Label)
		for _, n := range x.Numbers {
			fmt.Fprintf(&b, "  %s\n", n)
		}
	}
	return b.String()
}

func TestDiff(t *testing.T) {
	for _, tc := range []struct {
		name     string
		old, new []string
		want     string
	}{
		{"nothing", []string{"E|3A001||Chips"}, []string{"E|3A001||Chips"}, ""},
		{"added, removed",
			[]string{"E|3A001||Chips", "P|3A001.a||Hot chips for ovens"},
			[]string{"E|3A001||Chips", "P|3A001.b||Cold chips for freezers"},
			"removed 3A001.a \nadded 3A001.b \n"},
		{"a number",
			[]string{"E|3A001||Chips", "P|3A001.a||Sampling above 1.3 GSPS, at 25 °C"},
			[]string{"E|3A001||Chips", "P|3A001.a||Sampling above 1.5 GSPS, at 25 °C"},
			"changed 3A001.a \n  1.3 GSPS -> 1.5 GSPS\n"},
		{"numbers glued to their unit, and one that came",
			[]string{"E|3A001||A 14-bit device for 30GHz"},
			[]string{"E|3A001||A 16-bit device for 40GHz or 3 dB more"},
			"changed 3A001 \n  14-bit -> 16-bit\n  30GHz -> 40GHz\n  3 dB came\n"},
		{"another code is no number",
			[]string{"E|3A001||Chips", "P|3A001.a||See 3A002.b.1 please, it is near"},
			[]string{"E|3A001||Chips", "P|3A001.a||See 3A003.b.1 please, it is near"},
			"changed 3A001.a \n"},
		{"degrees and groups of digits",
			[]string{"E|3A001||Below 1 573 K (1 300oC) turned by 0,05° in air; 20±0,01ºC"},
			[]string{"E|3A001||Below 1573 K (1300 °C) turned by 0,05 in air, 20 ± 0,01 °C"},
			""},
		{"grouped digits in a changed text",
			[]string{"E|3A001||Ovens above 1 300oC at most"},
			[]string{"E|3A001||Furnaces above 1400 °C at most"},
			"changed 3A001 \n  1300oC -> 1400 °C\n"},
		{"standards, list numbers and places are no figures",
			[]string{"E|3A001||1. According to ISO 230-2:1988, see 1.c"},
			[]string{"E|3A001||2. According to ISO 230-2:2006, see 1.d"},
			"changed 3A001 \n"},
		{"a minus counts, a dash does not",
			[]string{"E|3A001||Works below 219 K (54 °C) – always"},
			[]string{"E|3A001||Works below 219 K (−54 °C) - always"},
			"changed 3A001 \n  54 °C -> −54 °C\n"},
		{"what readers do",
			[]string{"E|3A001||\"Digital  computers\", rated at 109 or 3 000 operations; with a ‘main store’ of 1,5 GB"},
			[]string{"E|3A001||“Digital computers”, rated at 10^9 or 3000 operations, with a 'main store' of 1.5 GB."},
			""},
		{"a paragraph put in between pushes the rest down",
			[]string{"E|3A001||Chips", "P|3A001.a||Converters of analogue signals for radio", "P|3A001.b||Amplifiers for microwaves above one gigahertz"},
			[]string{"E|3A001||Chips", "P|3A001.a||Something quite new that nobody had before", "P|3A001.b||Converters of analogue signals for radio", "P|3A001.c||Amplifiers for microwaves above one gigahertz"},
			"added 3A001.a \nmoved 3A001.a>3A001.b \nmoved 3A001.b>3A001.c \n"},
		{"short texts follow their parent only",
			[]string{"E|3A001||Chips", "P|3A001.a||Vessels that hold a great deal of acid", "P|3A001.a.1||Cobalt", "P|3A001.b||Cobalt"},
			[]string{"E|3A001||Chips", "P|3A001.c||Vessels that hold a great deal of acid", "P|3A001.c.1||Cobalt", "P|3A001.d||Cobalt"},
			"removed 3A001.b \nmoved 3A001.a>3A001.c \nmoved 3A001.a.1>3A001.c.1 \nadded 3A001.d \n"},
		{"an entry renumbered keeps its paragraphs",
			[]string{"E|3A001||Machines that weave cloth from glass", "P|3A001.a||Hot", "E|3A002||Rest of them all"},
			[]string{"E|3A002||Rest of them all", "E|3A005||Machines that weave cloth from glass", "P|3A005.a||Hot"},
			"moved 3A001>3A005 \nmoved 3A001.a>3A005.a \n"},
		{"a note put before others does not shift them",
			[]string{"E|3A001||Chips", "note|3A001|Note 1|Phones are free of this", "note|3A001|Note 2|Cars of 5 seats are free"},
			[]string{"E|3A001||Chips", "note|3A001|Note 1|Toys go free", "note|3A001|Note 2|Phones are free of this", "note|3A001|Note 3|Cars of 7 seats are free"},
			"added 3A001#note-1 Note 1\nchanged 3A001#note-3 Note 3\n  5 seats -> 7 seats\n"},
		{"a note that goes with its paragraph",
			[]string{"E|3A001||Chips", "P|3A001.a||Vessels that hold a great deal of acid", "note|3A001.a|Note|Not for wine"},
			[]string{"E|3A001||Chips", "P|3A001.b||Vessels that hold a great deal of acid", "note|3A001.b|Note|Not for wine"},
			"moved 3A001.a>3A001.b \n"},
		{"the same note attached elsewhere in the entry",
			[]string{"E|3A001||Chips", "P|3A001.a||Hot", "note|3A001|Note|Not for wine"},
			[]string{"E|3A001||Chips", "P|3A001.a||Hot", "note|3A001.a|Note|Not for wine"},
			""},
		{"a definition",
			[]string{"definition|||no", "definition||Laser|light of one sort, in step", "E|3A001||Chips"},
			[]string{"definition|||no", "definition||Laser|light of one sort, in step, from a cavity", "E|3A001||Chips"},
			"changed #definition-2 Laser\n"},
		{"removed at the very start and the very end",
			[]string{"E|3A001||Chips", "E|3A002||Boards", "E|3A003||Racks"},
			[]string{"E|3A002||Boards"},
			"removed 3A001 \nremoved 3A003 \n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Diff(edition("2025-01-01", tc.old...), edition("2026-01-01", tc.new...))
			if brief(got) != tc.want {
				t.Errorf("got\n%swant\n%s", brief(got), tc.want)
			}
			paired := got.Unchanged + got.Count(OpChanged) + got.Count(OpMoved)
			if len(tc.old) != paired+got.Count(OpRemoved) || len(tc.new) != paired+got.Count(OpAdded) {
				t.Errorf("of %d old and %d new passages %d are paired, %d removed, %d added", len(tc.old), len(tc.new), paired, got.Count(OpRemoved), got.Count(OpAdded))
			}
		})
	}
}

func TestDiffMarks(t *testing.T) {
	a, b := edition("2025-01-01", "E|XI||Military electronics"), edition("2026-01-01", "E|XI||Military electronics")
	a.Passages[0].Marks, b.Passages[0].Marks = []string{"SME", "MT"}, []string{"SME"}
	c := Diff(a, b)
	if c.Count(OpChanged) != 1 || fmt.Sprint(c.Items[0].MarksGone, c.Items[0].MarksCame) != "[MT] []" {
		t.Errorf("a lost mark is not told: %+v", c.Items)
	}
	b.Format = "another"
	if c := Diff(a, b); len(c.Items) != 0 {
		t.Errorf("marks of two readers are compared: %+v", c.Items)
	}
}

func TestDiffWriteText(t *testing.T) {
	old := edition("2025-01-01", "definition||Oven|hot box", "administrative||Article 1|Old law", "note||General Note|Old is new", "note|3|Note|Chips only",
		"E|3A001||Chips", "P|3A001.a||One two three four five six seven eight nine ten are sampled above 1.3 GSPS and then kept for ever in a very deep and dark store", "P|3A001.b||Old",
		"P|3A001.d||Vessels that hold a great deal of acid", "note|3A001|Note|Here is a thing about pots and one about pans in the town", "E|3A002||Gone")
	new := edition("2026-01-01", "definition||Oven|hot or warm box", "administrative||Article 1|New law", "note||General Note|Old is not new", "note|3|Note|Chips and pins only",
		"E|3A001||Chips", "P|3A001.a||One two three four five six seven eight nine ten are sampled above 1.5 GSPS and then kept for ever in a very deep and dark store", "note|3A001.a|Note 1|New",
		"P|3A001.e||Vessels that hold a great deal of acid", "note|3A001|Note|There was a word of pots or two of pans for the city", "E|3A003||Come")
	var b bytes.Buffer
	if err := Diff(old, new).WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := `us-ccl@2025-01-01 -> us-ccl@2026-01-01
2 added, 2 removed, 1 moved, 6 changed, 1 unchanged
  entries added (1): 3A003
  entries removed (1): 3A002
  moved (1): 3A001.e
  figures changed (1): 3A001.a

General notes
  changed  General Note
           Old is {+not+} new

Category 3
  changed  3, Note
           Chips {+and pins+} only

3A001
  changed  3A001.a
           … six seven eight nine ten are sampled above [-1.3-] {+1.5+} GSPS and then kept for ever
           in a …
           figures: 1.3 GSPS became 1.5 GSPS
  removed  3A001.b
           Old
  added    3A001.a, Note 1
           New
  moved    3A001.d is now 3A001.e
           Vessels that hold a great deal of acid
  changed  3A001, Note
           was: Here is a thing about pots and one about pans in the town
           now: There was a word of pots or two of pans for the city

3A002
  removed  3A002 (entry)
           Gone

3A003
  added    3A003 (entry)
           Come

Definitions
  changed  Oven
           hot {+or warm+} box

Not shown, since they concern no entry and no definition (headings, articles, acronyms): 1.
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	js, err := json.Marshal(Diff(old, new))
	if err != nil {
		t.Fatal(err)
	}
	var back Changes
	if err := json.Unmarshal(js, &back); err != nil || brief(back) != brief(Diff(old, new)) {
		t.Errorf("JSON does not bring the changes back: %v", err)
	}
}

// TestDiffWordsKeepsBothTexts: what stayed and went is the old text, what
// stayed and came is the new one, whatever the texts.
func TestDiffWordsKeepsBothTexts(t *testing.T) {
	vocabulary := rapid.SliceOfN(rapid.SampledFrom(strings.Fields(`a b c d 1 2.5 "x" x, – − -3 10^9 109 GHz`)), 0, 30)
	rapid.Check(t, func(t *rapid.T) {
		old := strings.Join(vocabulary.Draw(t, "old"), " ")
		new := strings.Join(vocabulary.Draw(t, "new"), " ")
		ws, _ := diffWords(old, new)
		var before, after string
		for _, w := range ws {
			switch w.Op {
			case OpRemoved:
				before += foldText(w.Text)
			case OpAdded:
				after += foldText(w.Text)
			default:
				before += joined(cutWords(w.Text))
				after += joined(cutWords(w.Text))
			}
		}
		if before != joined(cutWords(old)) || after != joined(cutWords(new)) {
			t.Fatalf("%q -> %q: %+v", old, new, ws)
		}
	})
}

// TestDiffWordsIsShortest compares the length of the script with the one that
// the plain table of longest common subsequences gives.
func TestDiffWordsIsShortest(t *testing.T) {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 25)
	rapid.Check(t, func(t *rapid.T) {
		a, b := cutWords(strings.Join(words.Draw(t, "a"), " ")), cutWords(strings.Join(words.Draw(t, "b"), " "))
		kept, ok := shortest(a, b)
		if !ok {
			t.Fatal("gave up on short texts")
		}
		n, last := 0, -1
		for i, j := range kept {
			if j < 0 {
				continue
			}
			if j <= last || a[i].key != b[j].key {
				t.Fatalf("word %d is kept as %d, after %d", i, j, last)
			}
			n, last = n+1, j
		}
		if want := lcs(a, b); n != want {
			t.Fatalf("%v -> %v keeps %d words, could keep %d", a, b, n, want)
		}
	})
}

func lcs(a, b []word) int {
	row := make([]int, len(b)+1)
	for i := range a {
		diagonal := 0
		for j := range b {
			up := row[j+1]
			if a[i].key == b[j].key {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(up, row[j])
			}
			diagonal = up
		}
	}
	return row[len(b)]
}

func TestDiffOfLongStrangersEnds(t *testing.T) {
	var a, b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&a, "a%d ", i)
		fmt.Fprintf(&b, "b%d ", i)
	}
	ws, _ := diffWords("head "+a.String()+"tail", "head "+b.String()+"tail")
	if len(ws) != 4 || ws[0].Text != "head" || ws[3].Text != "tail" {
		t.Errorf("two texts without a common word give %d runs", len(ws))
	}
}
