package evals

import (
	"strings"
	"testing"

	"assay/classifier"
)

func TestVariantsChangeOneThing(t *testing.T) {
	p := classifier.Product{ID: "p", Name: "Pump 2.5 GHz", Description: "Features a seal. Suitable for acids up to 3.5 bar. Weighs 12 kg.",
		Attributes: classifier.Attributes{"length": "25.4 mm", "range": "1-5 GHz"}}
	want := map[string][]string{
		"reordered":     {"Weighs 12 kg. Suitable for acids up to 3.5 bar. Features a seal."},
		"paraphrased":   {"Offers a seal", "Fit for acids as much as 3.5 bar"},
		"other units":   {"2500 MHz", "350 kPa", "12000 g", "2.54 cm", "1-5 GHz"},
		"other country": {"Made in "},
		"other company": {"From "},
		"lower case":    {"features a seal. suitable"},
	}
	for _, v := range Variants() {
		q, changed := v.Of(p)
		if !changed {
			t.Errorf("%s changed nothing", v.Name)
		}
		text := rowText(q)
		for _, w := range want[v.Name] {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in %q", v.Name, w, text)
			}
		}
		if len(want[v.Name]) == 0 {
			t.Errorf("%s is not expected here", v.Name)
		}
		if p.Attributes["length"] != "25.4 mm" {
			t.Fatalf("%s changed the product itself", v.Name)
		}
		if again, _ := v.Of(p); rowText(again) != text {
			t.Errorf("%s says something else each time", v.Name)
		}
	}
	for _, v := range Variants() {
		if v.Name == "reordered" || v.Name == "paraphrased" || v.Name == "other units" {
			if _, changed := v.Of(classifier.Product{Name: "Pump"}); changed {
				t.Errorf("%s found something to change in one word", v.Name)
			}
		}
	}
}

// TestConsistencyFindsWhoLooksAtTheCountry: a ranker that is not blind to
// countries or units is found out by exactly those figures.
func TestConsistencyFindsWhoLooksAtTheCountry(t *testing.T) {
	set, err := LoadSet("own")
	if err != nil {
		t.Fatal(err)
	}
	biased := fixed(func(p classifier.Product) []string {
		if strings.Contains(p.Description, "Made in") {
			return []string{"3A001"}
		}
		return []string{"EAR99"}
	})
	run := measured(t, set, biased)
	variations, err := Consistency(t.Context(), biased, set, run, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range variations {
		if blind := v.Name != "other country"; blind != (v.Same.Mean == 1) || blind != (len(v.Changed) == 0) {
			t.Errorf("%s: same for %v, %d changed", v.Name, v.Same.Mean, len(v.Changed))
		}
	}
}
