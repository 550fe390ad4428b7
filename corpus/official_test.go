package corpus_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"assay/corpus"
	"assay/corpus/annexi"
	"assay/corpus/ecfr"
	"assay/corpus/layout"
	"assay/internal/official"
)

func read(t *testing.T, reader func(corpus.Source) (*corpus.Edition, error), name, date string) *corpus.Edition {
	t.Helper()
	data, err := os.ReadFile(official.Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	e, err := reader(corpus.Source{Name: name, Date: date, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func readCCL(t *testing.T) *corpus.Edition {
	return read(t, ecfr.ReadCCL, "us/ccl_supp1.xml", "2026-06-24")
}

// TestDiffOfTheCCLWithItself finds nothing, and one altered figure when one is
// altered.
func TestDiffOfTheCCLWithItself(t *testing.T) {
	ccl := readCCL(t)
	if c := corpus.Diff(ccl, ccl); len(c.Items) != 0 || c.Unchanged != len(ccl.Passages) {
		t.Errorf("%d changes, %d of %d unchanged", len(c.Items), c.Unchanged, len(ccl.Passages))
	}
	altered := *ccl
	altered.Passages = slices.Clone(ccl.Passages)
	at := slices.IndexFunc(altered.Passages, func(p corpus.Passage) bool { return p.ID == "3A001.a.5.a.3" })
	if at < 0 || !strings.Contains(altered.Passages[at].Text, "14 bit") {
		t.Fatal("3A001.a.5.a.3 is not what it was")
	}
	altered.Passages[at].Text = strings.Replace(altered.Passages[at].Text, "14 bit", "16 bit", 1)
	c := corpus.Diff(ccl, &altered)
	if len(c.Items) != 1 || c.Items[0].Code != "3A001.a.5.a.3" || !slices.Equal(c.Items[0].Numbers, []corpus.NumberChange{{Old: "14 bit", New: "16 bit"}}) {
		t.Errorf("%+v", c.Items)
	}
}

// TestDiffOfAnnexI compares the 2021 text, from its printed layout, with the
// consolidation of 2025. The facts below were read in both texts.
func TestDiffOfAnnexI(t *testing.T) {
	old := read(t, layout.ReadAnnexI, "eu/annex-i-2021.layout.txt", "2021-05-20")
	new := read(t, annexi.ReadConsolidated, "eu/annex-i-2025-11-15.json", "")
	c := corpus.Diff(old, new)
	if added, removed := c.Count(corpus.OpAdded, corpus.KindEntry), c.Count(corpus.OpRemoved, corpus.KindEntry); added-removed != 384-366 {
		t.Errorf("%d entries added, %d removed", added, removed)
	}
	same := c.Unchanged
	t.Logf("%d unchanged, %d changed, %d moved, %d added, %d removed", same, c.Count(corpus.OpChanged), c.Count(corpus.OpMoved), c.Count(corpus.OpAdded), c.Count(corpus.OpRemoved))
	if same*10 < len(old.Passages)*7 {
		t.Errorf("only %d of %d passages are unchanged: what the readers do drowns what the law did", same, len(old.Passages))
	}
	find := func(op corpus.Op, code string) corpus.Change {
		i := slices.IndexFunc(c.Items, func(x corpus.Change) bool { return x.Op == op && x.ID == code })
		if i < 0 {
			t.Errorf("%s is not %s", code, op)
			return corpus.Change{}
		}
		return c.Items[i]
	}
	for _, code := range []string{"4A506", "3A501", "3B501"} {
		find(corpus.OpAdded, code)
	}
	for code, want := range map[string]corpus.NumberChange{
		"2B209.b":       {Old: "400 mm", New: "650 mm"},
		"3A001.b.7.a":   {Old: "90 GHz", New: "110 GHz"},
		"3A001.b.4.b.1": {Old: "48,54 dBm", New: "48,45 dBm"},
	} {
		if x := find(corpus.OpChanged, code); !slices.Contains(x.Numbers, want) {
			t.Errorf("%s: %v, want %v", code, x.Numbers, want)
		}
	}
}

// TestOutlineOfTheCCL checks chains and notes that were compared with the text.
func TestOutlineOfTheCCL(t *testing.T) {
	o := corpus.NewOutline(readCCL(t))
	for code, want := range map[string]string{
		"5A001.b.3.a": "5 5 5A 5A001 5A001.b 5A001.b.3 5A001.b.3.a",
		"5A002.a.1":   "5 5 5A 5A 5A002 5A002.a 5A002.a.1",
		"4A005":       "4 4A 4A005",
	} {
		var got []string
		for _, p := range o.HeadingChain(code) {
			got = append(got, p.Code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v", code, got)
		}
	}
	// The notes of Part 2 are none of the radios'.
	for code, want := range map[string]bool{"5A001.b.3.a": false, "5A002.a.1": true, "5D002.c.1": true} {
		got := slices.ContainsFunc(o.Attached(code), func(p corpus.Passage) bool {
			return p.Code == "5" && strings.Contains(p.Text, "Cryptography Note")
		})
		if got != want {
			t.Errorf("%s: Cryptography Note attached is %v", code, got)
		}
	}
	for _, code := range o.Entries() {
		if chain := o.HeadingChain(code); len(chain) == 0 || chain[len(chain)-1].Code != code {
			t.Errorf("%s has no chain", code)
		}
	}
}

// TestDefinitionsOfAnnexI: almost every term between double quotation marks is
// a defined one.
func TestDefinitionsOfAnnexI(t *testing.T) {
	e := read(t, annexi.ReadConsolidated, "eu/annex-i-2025-11-15.json", "")
	o := corpus.NewOutline(e)
	for text, want := range map[string]string{
		`the "development" of "lasers"`:  "Development, Laser",
		`“Digital computers”`:            "Digital computer",
		`what is "in the public domain"`: "In the public domain",
	} {
		var got []string
		for _, p := range o.Definitions(text) {
			got = append(got, p.Label)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
}

func BenchmarkDescribe(b *testing.B) {
	data, err := os.ReadFile(official.Path(b, "us/ccl_supp1.xml"))
	if err != nil {
		b.Fatal(err)
	}
	e, err := ecfr.ReadCCL(corpus.Source{Name: "ccl", Date: "2026-06-24", Data: data})
	if err != nil {
		b.Fatal(err)
	}
	o := corpus.NewOutline(e)
	b.Run("NewOutline", func(b *testing.B) {
		for b.Loop() {
			corpus.NewOutline(e)
		}
	})
	b.Run("Describe", func(b *testing.B) {
		for b.Loop() {
			if _, ok := o.Describe("5A001.b.3.a"); !ok {
				b.Fatal("gone")
			}
		}
	})
	b.Run("DiffWithItself", func(b *testing.B) {
		for b.Loop() {
			corpus.Diff(e, e)
		}
	})
}

// TestBearingOfAnnexI asks what the same two texts mean for single codes. Each
// expectation was read in both.
func TestBearingOfAnnexI(t *testing.T) {
	c := corpus.Compare(read(t, layout.ReadAnnexI, "eu/annex-i-2021.layout.txt", "2021-05-20"), read(t, annexi.ReadConsolidated, "eu/annex-i-2025-11-15.json", ""))
	for code, want := range map[string]struct{ has, not string }{
		"4A003.b":     {"self changed 4A003.b 29 -> 70", ""},
		"3A002.d.4.a": {"self changed 3A002.d.4.a 90 GHz -> 110 GHz", ""},
		"5A002.a.1":   {"above changed 5A002.a", "self"},
		"1C351.d.1":   {"self changed 1C351.d.1", ""},
		"4A506.a":     {"self added 4A506.a", ""},
		"2B209.b":     {"self changed 2B209.b", ""},
		// Technical notes that were only set in another order.
		"9A012.a.2": {"", "note"},
		// Untouched but for the notes to the whole list.
		"2B350.i.1": {"", "self above note definition below beside"},
		// The limit moved, and the entry about its neighbour did not.
		"4A003.c": {"", "self"},
	} {
		got := bearing(c, code)
		if !strings.Contains(got, want.has) {
			t.Errorf("on %s bears %q, want %q", code, got, want.has)
		}
		for _, role := range strings.Fields(want.not) {
			if strings.Contains(", "+got, ", "+role+" ") {
				t.Errorf("on %s bears %q, and no %s was to be found", code, got, role)
			}
		}
	}
	if n := len(c.General()); n < 6 {
		t.Errorf("%d changes of general notes", n)
	}
}
