package corpus

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	ed := &Edition{Meta: Meta{List: USCCL, Date: "2026-06-24"}, Passages: []Passage{
		{ID: "3A001", Code: "3A001", Kind: KindEntry, Text: "Chips"},
		{ID: "3A001.a", Code: "3A001.a", Kind: KindParagraph, Text: "Fast chips"},
		{ID: "3A002", Code: "3A002", Kind: KindEntry, Text: "Instruments"},
	}}
	cards := []Card{
		{Entry: "3A001", Lists: map[ListID]Listing{USCCL: {}}, Paragraphs: map[string]Paragraph{"a": {}, "b": {}, "c": {Lists: []ListID{EUDualUse}}},
			Confusables: []Confusable{{Code: "3A001.z"}, {Code: "7A001"}}},
		{Entry: "3A003", Lists: map[ListID]Listing{USCCL: {}}},
		{Entry: "3A501", Lists: map[ListID]Listing{EUDualUse: {}}},
	}
	c := Check(cards, NewOutline(ed))
	var b strings.Builder
	if err := c.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := `us-ccl@2026-06-24: 1 of 2 entries have a card; 2 paragraphs of cards, 3 codes missing from the edition
  card 3A001 names 3A001.b (paragraph), which the edition does not have
  card 3A001 names 3A001.z (confusable), which the edition does not have
  card 3A003 names 3A003 (entry), which the edition does not have
  no card in category 3: 3A002
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
