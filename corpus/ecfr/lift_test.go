package ecfr

import (
	"strings"
	"testing"

	"assay/corpus"
)

// small makes the CCL of one made-up entry out of what follows its head.
func small(body string) []byte {
	return []byte(`<DIV9 N="Supplement No. 1 to Part 774" TYPE="APPENDIX" hierarchy_metadata="{&quot;path&quot;:&quot;/on/2026-01-02/title-15/part-774&quot;}">
<HD1>Category 3—Teapots</HD1><HD1>A. Pots</HD1><FP-2><B>3A001 Teapots as follows.</B></FP-2>` + body + `</DIV9>`)
}

// TestNotesAfterAList: what is printed after the last paragraph of a list
// belongs to it or to the list, as its words decide.
func TestNotesAfterAList(t *testing.T) {
	ed, err := ReadCCL(corpus.Source{Name: "small", Data: small(`<FP><I>Items:</I></FP>
<P>a. Pots:</P><P>a.1. With a 'beak'; or</P><P>a.2. Without;</P>
<NOTE><HED><I>N.B.:</I></HED><P><I>For bowls see 3A002.</I></P></NOTE>
<NOTE><HED><I>Technical Note:</I></HED><P><I>A 'beak' is a long spout.</I></P></NOTE>
<NOTE><HED><I>Technical Note:</I></HED><P><I>A 'tail' is a handle.</I></P></NOTE>
<P>d. Sets:</P><P>d.1. Of 'cups' and one tool's box;</P><P>d.2. Of bowls.</P>
<NOTE><HED><I>Technical Notes:</I></HED><P><I>1. Bowls are deep.</I></P><P><I>2. A 'cup' has an ear.</I></P><P><I>3. An ear is a handle.</I></P></NOTE>
<P>b. Cups:</P><P>b.1. Of clay;</P>
<NOTE><HED><I>N.B.:</I></HED><P><I>For clay see 3A002.</I></P></NOTE>
<P>b.2. Of tin.</P>
<NOTE><HED><I>Note:</I></HED><P><I>3A001.b does not apply to toys.</I></P></NOTE>
<NOTE><HED><I>N.B. 1:</I></HED><P><I>For toys see 3A003.</I></P></NOTE>
<NOTE><HED><I>N.B. 2:</I></HED><P><I>For dolls see 3A004.</I></P></NOTE>
<P>c. Lids:</P><P>c.1. Flat;</P><P>c.2. Round.</P>
<NOTE><HED><I>N.B.:</I></HED><P><I>What 3A001.c.2 held before is in 3A005.</I></P></NOTE>
<NOTE><HED><I>Note:</I></HED><P><I>This entry includes used goods.</I></P></NOTE>
<NOTE><HED><I>Note:</I></HED><P><I>Round is round.</I></P></NOTE>
<NOTE><HED><I>Technical Notes:</I></HED><P><I>1. Tin is a metal.</I></P><P><I>2. For the lids listed in 3A001, tin is clean.</I></P></NOTE>`)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range ed.Passages {
		if isNote(p.Kind) {
			got = append(got, p.Code+" "+p.Text)
		}
	}
	want := []string{
		"3A001.a For bowls see 3A002.",
		"3A001.a A 'beak' is a long spout.",
		"3A001.a.2 A 'tail' is a handle.",
		"3A001.d Bowls are deep.",
		"3A001.d A 'cup' has an ear.",
		"3A001.d An ear is a handle.", // of one block with the others
		"3A001.b.1 For clay see 3A002.",
		"3A001.b 3A001.b does not apply to toys.",
		"3A001.b For toys see 3A003.",
		"3A001.b For dolls see 3A004.",
		"3A001.c.2 What 3A001.c.2 held before is in 3A005.",
		"3A001 This entry includes used goods.",
		"3A001.c.2 Round is round.",
		"3A001 Tin is a metal.", // as what it is numbered with
		"3A001 For the lids listed in 3A001, tin is clean.",
	}
	same(t, strings.Join(got, "\n"), strings.Join(want, "\n"))
}

// TestNoteGoesOn: a technical note on an item of a note interrupts the note,
// whose next items are printed inside the technical note's element.
func TestNoteGoesOn(t *testing.T) {
	ed, err := ReadCCL(corpus.Source{Name: "small", Data: small(`<FP-1><I>Reason for Control:</I> AT</FP-1><FP-1>Control(s):</FP-1>
<FP-1>Country Chart. AT applies to entire entry. Ask first.</FP-1>
<NOTE><HED>License Requirement Notes</HED><P>1. Samples.</P><P>2. Sets:</P><P>Note to Sets: Count:</P><P>a. Cups.</P><P>3. Kits.</P></NOTE>
<FP><I>Items:</I></FP><P>a. Pots of 10<E T="51">^</E>5 cm<SU>3</SU>.</P>
<NOTE><HED><I>Note 2:</I></HED><P><I>3A001.a does not control:</I></P><P><I>a. 'Beaks';</I></P></NOTE>
<NOTE><HED><I>Technical Note to paragraph a of Note 2:</I></HED><P><I>'Beaks' are:</I></P><P><I>a. Long; or</I></P><P><I>Bent.</I></P><P><I>b. 'Tails'; or</I></P></NOTE>
<NOTE><HED><I>Technical Note to paragraph b of Note 2:</I></HED><P><I>'Tails' are handles.</I></P><P><I>c. Lids of</I></P><P><I>tin.</I></P></NOTE>
<NOTE><HED><I>Note 3:</I></HED><P><I>Count:</I></P><P><I>a. Pots; and</I></P></NOTE>
<NOTE><HED><I>N.B.:</I></HED><P><I>Not bowls.</I></P><P><I>b. Cups.</I></P></NOTE>
<NOTE><HED><I>N.B.:</I></HED><P><I>See:</I></P><P><I>a. This; or</I></P><P><I>b. That.</I></P></NOTE>`)})
	if err != nil {
		t.Fatal(err)
	}
	same(t, dump(ed)[strings.Index(dump(ed), "3A001 |"):], `
3A001 | 3A001 | Teapots as follows.
3A001#reasons-1 | Reason for Control | AT | reason=AT
3A001#requirement-1 |  | AT applies to entire entry. Ask first. | reason=AT
3A001#note-1 | License Requirement Note 1 | Samples.
3A001#note-2 | License Requirement Note 2 | Sets:
3A001#note-3 | Note to Sets | Count: a. Cups.
3A001#note-4 | License Requirement Note 3 | Kits.
3A001.a | a | Pots of 10^5 cm^3.
3A001.a#note-1 | Note 2 | 3A001.a does not control: a. 'Beaks'; b. 'Tails'; or c. Lids of tin.
3A001.a#technical_note-1 | Technical Note to paragraph a of Note 2 | 'Beaks' are: a. Long; or Bent.
3A001.a#technical_note-2 | Technical Note to paragraph b of Note 2 | 'Tails' are handles.
3A001.a#note-2 | Note 3 | Count: a. Pots; and b. Cups.
3A001.a#nb-1 | N.B. | Not bowls.
3A001.a#nb-2 | N.B. | See: a. This; or b. That.
`)
}

// TestScopes: a licence exception or requirement is kept from a paragraph only
// when every statement of it names others.
func TestScopes(t *testing.T) {
	for _, tt := range []struct{ line, scope string }{
		{"<I>LVS:</I> $5000 for 3A001.a; $7 for 3A001.b", "3A001.a 3A001.b"},
		{"<I>LVS:</I> N/A for 3A001.a, .b; $5000 for 3A001.c", "3A001.a 3A001.b 3A001.c"},
		{"<I>LVS:</I> $5000; N/A for 3A001.a", ""},
		{"<I>LVS:</I> $5000, N/A for 3A001.a and .b", ""},
		{"<I>LVS:</I> N/A for MT and for 3A001.a", "3A001.a"},
		{"<I>LVS:</I> N/A for MT; $5 for 3A001.a", ""},
		{"<I>LVS:</I> $5 for 3A001.a $7 for all others", ""},
		{"<I>GBS:</I> Yes, except 3A001.a", ""},
		{"<I>ACE:</I> Yes for 3A001.a, except to Group E:1. See § 740.22.", "3A001.a"},
		{"<I>ACE:</I> Yes, except to Group E:1.", ""},
		{"<I>STA:</I> Not for 3A001.a. Not for any item in this entry to Group A:6.", ""},
		{"<I>Control(s):</I> NS applies to 3A001.a, except those for pots in 3A001.a.1", "3A001.a"},
		{"<I>Control(s):</I> NS applies to 3A001.a (except .a.1), .b and .c", ""},
		{"<I>Control(s):</I> NS applies to 3A001.a, except .a.1, and 3A001.b", ""},
		{"<I>Control(s):</I> NS applies to entire entry, except 3A001.a", ""},
	} {
		ed, err := ReadCCL(corpus.Source{Name: "small", Data: small("<FP-1>" + tt.line + "</FP-1><FP><I>Items:</I></FP><P>a. Pots:</P><P>a.1. Big.</P><P>b. Cups.</P><P>c. Lids.</P>")})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range ed.Passages {
			if p.Kind != corpus.KindException && p.Kind != corpus.KindRequirement {
				continue
			}
			if got := strings.Join(p.AppliesTo, " "); got != tt.scope {
				t.Errorf("%s: applies to %q, want %q", tt.line, got, tt.scope)
			}
		}
	}
}
