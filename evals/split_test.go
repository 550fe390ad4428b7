package evals

import (
	"testing"

	"assay/classifier/embedding/static"
	"assay/corpus/digest"
)

// TestNoRowOnBothSides: a family, a name or a text of one part may not stand in
// another, and rows of different parts that say the same belong to one family.
func TestNoRowOnBothSides(t *testing.T) {
	e, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	families, texts := map[string]string{}, map[string]string{}
	var parts []Set
	for _, part := range []string{Train, Dev, Test} {
		set, err := LoadSet(part)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range set.Rows {
			if at := families[r.Family]; at != "" && at != part {
				t.Errorf("family %s stands in %s and %s", r.Family, at, part)
			}
			if at := texts[rowText(r.Product)]; at != "" {
				t.Errorf("the text of %s stands in %s too", r.ID, at)
			}
			families[r.Family], texts[rowText(r.Product)] = part, part
		}
		parts = append(parts, set)
	}
	for i, a := range parts {
		for _, b := range parts[:i] {
			for _, twin := range twins(t, a, b, e) {
				t.Errorf("%s (%s) and %s (%s) say the same: give them one family", twin[0], a.Name, twin[1], b.Name)
			}
		}
	}
}

func twins(t *testing.T, a, b Set, e *static.Model) [][2]string {
	t.Helper()
	if len(a.Rows) == 0 || len(b.Rows) == 0 {
		return nil
	}
	l, err := Leak(t.Context(), a, b, &digest.Digest{}, e)
	if err != nil {
		t.Fatal(err)
	}
	return l.Twins
}

// TestLeakFindsARowOnBothSides plants a row of one set in the other, and a term
// of the digest in a row.
func TestLeakFindsARowOnBothSides(t *testing.T) {
	e, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	train, err := LoadSet(Train)
	if err != nil {
		t.Fatal(err)
	}
	d, err := digest.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	one := train.Rows[3]
	one.ID = "planted"
	gist := row("EAR99")
	gist.ID, gist.Description = "copied", "We sell: "+d.Cards[0].Gist
	l, err := Leak(t.Context(), Set{Name: "x", Rows: []Row{one, gist}}, train, d, e)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Twins) == 0 || l.Twins[0] != [2]string{"planted", train.Rows[3].ID} {
		t.Errorf("twins %v", l.Twins)
	}
	if l.Shared < 0.5 {
		t.Errorf("words of a gist were not noticed: %+v", l)
	}
}
