package evals

import (
	"strings"
	"testing"

	"assay/classifier/embedding"
	"assay/classifier/embedding/minilm"
	"assay/classifier/embedding/static"
)

// TestFloorsAreThoseMeasured holds the floors of review to the rule that they
// were chosen by: another model, or another text that is embedded, wants
// another look.
func TestFloorsAreThoseMeasured(t *testing.T) {
	set, err := LoadSet("own")
	if err != nil {
		t.Fatal(err)
	}
	table, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	model, err := minilm.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []embedding.Embedder{table, model} {
		l, err := MeasureLikeness(t.Context(), set, e)
		if err != nil {
			t.Fatal(err)
		}
		if !l.Measured || l.Siblings != 357 || l.Unrelated != 65709 {
			t.Errorf("%s: %+v", e.Name(), l)
		}
		alike := func(s LikenessStep) bool { return 2000*s.Unrelated <= l.Unrelated }
		contradicts := func(s LikenessStep) bool { return s.Unrelated == 0 && 16*s.Siblings <= l.Siblings }
		for _, rule := range []struct {
			name  string
			floor float64
			holds func(LikenessStep) bool
		}{{"like", l.Floors.Like, alike}, {"contradict", l.Floors.Contradict, contradicts}} {
			for _, s := range l.Steps {
				if rule.holds(s) != (s.Floor >= rule.floor-1e-9) {
					t.Errorf("%s, floor %q is %.2f, and the rule says %v at %+v", e.Name(), rule.name, rule.floor, rule.holds(s), s)
				}
				if s.Floor == l.Floors.Contradict && s.Retold*100 < 94*l.Rows {
					t.Errorf("%s: at the floor of contradiction %d of %d rows are found again", e.Name(), s.Retold, l.Rows)
				}
			}
		}
		var table strings.Builder
		if err := WriteLikeness(&table, l); err != nil || !strings.Contains(table.String(), "chosen by this measurement") {
			t.Errorf("%v\n%s", err, table.String())
		}
		t.Log("\n" + table.String())
	}
}
