package ecfr

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"assay/corpus"
	"assay/internal/official"
)

// officialEdition reads one of the official files with read.
func officialEdition(t *testing.T, name string, read func(corpus.Source) (*corpus.Edition, error)) (*corpus.Edition, []byte) {
	t.Helper()
	data, err := os.ReadFile(official.Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	ed, err := read(corpus.Source{Name: name, Date: "2026-06-24", Data: data})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d bytes, %d passages in %v", name, len(data), len(ed.Passages), time.Since(start))
	return ed, data
}

func officialCCL(t *testing.T) (*corpus.Edition, []byte) {
	return officialEdition(t, "us/ccl_supp1.xml", ReadCCL)
}

func officialUSML(t *testing.T) (*corpus.Edition, []byte) {
	return officialEdition(t, "us/title-22_part-121.xml", ReadUSML)
}

func count(ed *corpus.Edition, keep func(corpus.Passage) bool) int {
	n := 0
	for _, p := range ed.Passages {
		if keep(p) {
			n++
		}
	}
	return n
}

func ofKind(k corpus.Kind) func(corpus.Passage) bool {
	return func(p corpus.Passage) bool { return p.Kind == k }
}

func TestOfficialCCLCounts(t *testing.T) {
	ed, data := officialCCL(t)
	if err := ed.Validate(); err != nil {
		t.Fatal(err)
	}
	if f := Detect(data); f != FormatCCL {
		t.Errorf("Detect = %q", f)
	}
	// 637 ECCN heads are set as FP-2; 8D001 alone is set as FP-1.
	heads := len(regexp.MustCompile(`<FP-2><B>\d[A-E]\d{3}`).FindAll(data, -1))
	if heads != 637 {
		t.Errorf("the file has %d ECCN heads in FP-2, want 637", heads)
	}
	if n := count(ed, ofKind(corpus.KindEntry)); n != heads+1 {
		t.Errorf("%d entries, want %d", n, heads+1)
	}
	if !slices.ContainsFunc(ed.Passages, func(p corpus.Passage) bool {
		return p.ID == "8D001" && p.Kind == corpus.KindEntry && slices.Contains(p.Marks, MisprintedHead)
	}) {
		t.Error("8D001 is missing")
	}
	for digit := '0'; digit <= '9'; digit++ {
		id := string(digit) + "#ear99-1"
		if n := count(ed, func(p corpus.Passage) bool { return p.ID == id && p.Label == "EAR99" && p.Code == string(digit) }); n != 1 {
			t.Errorf("%d heads of EAR99 with id %s, want 1", n, id)
		}
	}
	if n := count(ed, func(p corpus.Passage) bool { return p.Label == "EAR99" }); n != 10 {
		t.Errorf("%d heads of EAR99, want 10", n)
	}
	if n := count(ed, func(p corpus.Passage) bool {
		return p.Kind == corpus.KindNote && p.Code == "1" && len(p.AppliesTo) == 2
	}); n < 52 {
		t.Errorf("%d lines of the list of explosives, want 52 and their parts", n)
	}
	for kind, least := range map[corpus.Kind]int{corpus.KindHeading: 60, corpus.KindRequirement: 1550, corpus.KindReasons: 585,
		corpus.KindException: 1200, corpus.KindRelated: 585, corpus.KindRelatedDefs: 580, corpus.KindTechnicalNote: 330, corpus.KindNB: 60} {
		if n := count(ed, ofKind(kind)); n < least {
			t.Errorf("%d passages of kind %s, want at least %d", n, kind, least)
		}
	}
}

func TestOfficialUSMLCounts(t *testing.T) {
	ed, data := officialUSML(t)
	if err := ed.Validate(); err != nil {
		t.Fatal(err)
	}
	if f := Detect(data); f != FormatUSML {
		t.Errorf("Detect = %q", f)
	}
	var categories []string
	for _, p := range ed.Passages {
		if p.Kind == corpus.KindEntry {
			categories = append(categories, p.Code)
		}
	}
	want := strings.Fields("I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI")
	if !slices.Equal(categories, want) {
		t.Errorf("categories %v, want %v", categories, want)
	}
	starred := len(regexp.MustCompile(`<P>\*`).FindAll(data, -1))
	if n := count(ed, func(p corpus.Passage) bool { return slices.Contains(p.Marks, "SME") }); n != starred || n == 0 {
		t.Errorf("%d paragraphs marked SME, want %d", n, starred)
	}
	if n := count(ed, ofKind(corpus.KindDefinition)); n != 8 {
		t.Errorf("%d definitions, want 8", n)
	}
	// No level may have a hole: each (iii) needs its (ii), each (C) its (B).
	ids := map[string]bool{}
	for _, p := range ed.Passages {
		ids[p.ID] = true
	}
	for _, p := range ed.Passages {
		if p.Kind != corpus.KindParagraph {
			continue
		}
		up := corpus.ParentOf(p.Code)
		if !ids[up] {
			t.Errorf("%s has no parent", p.Code)
		}
		last := strings.Trim(p.Code[len(up):], "()")
		level := len(corpus.AncestorsOf(p.Code)) - 1
		if before := elder(level, last); before != "" && !ids[up+"("+before+")"] {
			t.Errorf("%s has no (%s) before it", p.Code, before)
		}
	}
}

// elder returns the designator before d, "" for the first of its level.
func elder(level int, d string) string {
	switch {
	case isNumber(d):
		for n := range 200 {
			if itoa(n+1) == d && n > 0 {
				return itoa(n)
			}
		}
		return ""
	case level > levelLetter && d[0] >= 'a':
		return romanBefore(d)
	case d == "a" || d == "A":
		return ""
	}
	return d[:len(d)-1] + string(d[len(d)-1]-1)
}

// words counts the words of s: runs of letters and digits.
func words(counts map[string]int, s string, by int) {
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		counts[w] += by
	}
}

// structural are the fixed headings that Kind and Label stand for. They are
// the only text that a reader may drop.
var structural = regexp.MustCompile(`^(?i:license requirements|license exceptions|list of items controlled|reporting requirements|items|` +
	`list based license exceptions( \(.*\))?|\(see part 740 .*\)\.|special conditions for (sta|strategic trade authorization \(sta\))|` +
	`controls?(\(s\))?( \| country chart.*)?|country chart.*):?\.?$`)

// TestOfficialNothingLost compares, element by element of an independent and
// simpler parse, the words of the source with the words of the passages.
func TestOfficialNothingLost(t *testing.T) {
	ccl, cclData := officialCCL(t)
	usml, usmlData := officialUSML(t)
	for _, tt := range []struct {
		ed   *corpus.Edition
		data []byte
	}{{ccl, cclData}, {usml, usmlData}} {
		lost := map[string]int{}
		total := 0
		for _, s := range plainBlocks(string(tt.data)) {
			if structural.MatchString(s) || s == "[image]" {
				continue
			}
			total++
			words(lost, s, 1)
		}
		ranges := map[string]bool{} // a reserved range is printed once but stands at each of its codes
		for _, p := range tt.ed.Passages {
			if reservedRange.MatchString(p.Label) && p.Kind == corpus.KindParagraph {
				key := corpus.ParentOf(p.Code) + p.Label
				if ranges[key] {
					continue
				}
				ranges[key] = true
			}
			text := raisedNumber.ReplaceAllString(p.Label+" "+p.Text, " $1 ")
			words(lost, strings.NewReplacer("^", " ", "_", "").Replace(text), -1)
		}
		missing := 0
		for w, n := range lost {
			// "Technical Notes: 1." becomes "Technical Note 1", "Items:" goes.
			if n <= 0 || w == "Notes" || w == "Items" {
				continue
			}
			missing += n
			t.Errorf("%s: %d × %q of the source are in no passage", tt.ed.List, n, w)
		}
		if total < 1000 {
			t.Errorf("%s: only %d blocks compared", tt.ed.List, total)
		}
		t.Logf("%s: %d blocks compared, %d words missing", tt.ed.List, total, missing)
	}
}

var (
	reservedRange = regexp.MustCompile(`[a-z0-9)][. ]*(?:through|to|and|-) ?[.a-z0-9(]`)
	raisedNumber  = regexp.MustCompile(`\^([^\s\pL]+)`)
	raisedTag     = regexp.MustCompile(`(?s)<(?:SU|sup|E T="5[13]")>(.*?)</(?:SU|sup|E)>`)
	anyTag        = regexp.MustCompile(`<[^>]*>`)
	inlineTag     = regexp.MustCompile(`</?(?:I|B|E|SU|sup|strong|FR)(?: [^>]*)?>`)
	breakTag      = regexp.MustCompile(`<br ?/?>(?:</br>)?`)
	rowTag        = regexp.MustCompile(`(?s)<TR[ >].*?</TR>`)
	blockTag      = regexp.MustCompile(`(?s)<(P|FP|FP-1|FP-2|HED|HD1|HD2|HD3|HEAD|CITA|PSPACE|AUTH|SOURCE)(?: [^>]*)?>(.*?)</(?:P|FP|FP-1|FP-2|HED|HD1|HD2|HD3|HEAD|CITA|PSPACE|AUTH|SOURCE)>`)
	hexRef        = regexp.MustCompile(`&#x([0-9A-Fa-f]+);`)
)

// plainBlocks cuts a source into blocks with regular expressions: another way
// than the readers', so that the two check each other.
func plainBlocks(s string) []string {
	s = hexRef.ReplaceAllStringFunc(s, func(m string) string {
		n := 0
		for _, c := range strings.ToLower(m[3 : len(m)-1]) {
			n = 16*n + strings.IndexRune("0123456789abcdef", c)
		}
		return string(rune(n))
	})
	s = breakTag.ReplaceAllString(s, " ")
	// Raised text is compared as words of its own, lowered text as part of its word.
	s = raisedTag.ReplaceAllString(s, " $1 ")
	s = inlineTag.ReplaceAllString(s, "")
	var out []string
	clean := func(b string) string {
		b = anyTag.ReplaceAllString(b, " ")
		b = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&amp;", "&").Replace(b)
		return strings.Join(strings.Fields(b), " ")
	}
	for _, row := range rowTag.FindAllString(s, -1) {
		cells := regexp.MustCompile(`(?s)<T[DH][^>]*>(.*?)</T[DH]>`).FindAllStringSubmatch(row, -1)
		var texts []string
		for _, c := range cells {
			if text := clean(c[1]); text != "" {
				texts = append(texts, text)
			}
		}
		out = append(out, strings.Join(texts, " | "))
	}
	s = rowTag.ReplaceAllString(s, " ")
	for _, m := range blockTag.FindAllStringSubmatch(s, -1) {
		if b := clean(m[2]); b != "" {
			out = append(out, b)
		}
	}
	return slices.DeleteFunc(out, func(b string) bool { return b == "" })
}

func BenchmarkReadCCL(b *testing.B) {
	data, err := os.ReadFile(official.Path(b, "us/ccl_supp1.xml"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadCCL(corpus.Source{Name: "ccl", Date: "2026-06-24", Data: data}); err != nil {
			b.Fatal(err)
		}
	}
}
