package review_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/classifier"
	"assay/classifier/retrieval"
	"assay/corpus/digest"
	"assay/review"
)

func told(ds []review.Difference) string {
	var lines []string
	for _, d := range ds {
		lines = append(lines, string(d.Kind)+" "+d.String())
	}
	return strings.Join(lines, "\n")
}

func TestDifferences(t *testing.T) {
	for _, tt := range []struct {
		name, here, there string
		want              []string
	}{
		{"nothing", "12-bit ADC, 500 MSPS", "ADC with 12 bit and 0.5 GSPS", nil},
		{"one value of a unit on each side", "12 bit / 250 MSPS converter, 1.8 V", "Converter, 12-bit, 3 GSPS. 1.8 V",
			[]string{"quantity 250 MSPS here, 3 GSPS there"}},
		{"by the name of the property", "Input voltage 5 V, output voltage 12 V", "Output voltage 24 V, input voltage 5 V",
			[]string{"quantity output voltage: 12 V here, 24 V there"}},
		{"a table against prose", "ADC\nmax. sample rate: 250 MSPS\nstatus: active", "ADC with 500 MSPS. It is active.",
			[]string{"quantity max. sample rate: 250 MSPS here, 500 MSPS there"}},
		{"attributes", "x\nhousing: steel\ninterface: USB", "x\nHousing: aluminium\nfan: none",
			[]string{"attribute housing: steel here, aluminium there", "attribute interface: USB here, not said there", "attribute fan: not said here, none there"}},
		{"what only one says", "pump, weight 3 kg", "pump, up to 16 bar",
			[]string{"quantity weight: 3 kg here, not said there", "quantity not said here, 16 bar there"}},
		{"ranges", "works at -40 to +85 °C", "works at 0 to 70 °C", []string{"quantity works: -40 to +85 °C here, 0 to 70 °C there"}},
		{"part numbers are no facts", "AD9625-2.5 on RS-485", "AD9680-1.0 on RS-232", nil},
	} {
		got, more := review.Differences(tt.here, tt.there, nil)
		if told(got) != strings.Join(tt.want, "\n") || more != 0 {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, told(got), strings.Join(tt.want, "\n"))
		}
		mirrored, _ := review.Differences(tt.there, tt.here, nil)
		if len(mirrored) != len(got) {
			t.Errorf("%s: %d differences one way, %d the other", tt.name, len(got), len(mirrored))
		}
	}
}

func TestDifferencesAreAtMostTwelve(t *testing.T) {
	var here strings.Builder
	for i := range 30 {
		fmt.Fprintf(&here, "property number %c: %d kg\n", 'a'+i%26, i+1)
	}
	got, more := review.Differences(here.String(), "", nil)
	if len(got) != 12 || more != 18 {
		t.Errorf("%d differences and %d more", len(got), more)
	}
}

func TestRareWordsAreTheListsOwn(t *testing.T) {
	d, err := digest.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	index, err := retrieval.New(d, nil, retrieval.Matrix{}, retrieval.LexicalOnly)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := review.Differences("Converter, radiation hardened, hermetic package, sent at once", "Converter, plastic package, reel of 250, cheap", index.Rarity)
	words := strings.Split(told(got), "\n")
	if !slices.Contains(words, "word hermetic here, not said there") || !slices.Contains(words, "word hardened here, not said there") {
		t.Errorf("rare words are missing:\n%s", told(got))
	}
	for _, w := range words {
		if strings.Contains(w, "Converter") || strings.Contains(w, "package") {
			t.Errorf("%q tells nothing apart", w)
		}
	}
}

func FuzzDifferences(f *testing.F) {
	f.Add("12 bit\nrate: 250 MSPS", "14 bit\nrate: 3 GSPS – 4 GSPS")
	f.Fuzz(func(t *testing.T, here, there string) {
		got, more := review.Differences(here, there, func(string) float64 { return 1 })
		if len(got) > 12 || more < 0 || more > 0 && len(got) < 12 {
			t.Fatalf("%d differences, %d more", len(got), more)
		}
		for _, d := range got {
			if d.Here == d.There {
				t.Fatalf("%+v is no difference", d)
			}
		}
	})
}

func TestTitleOfAPrecedent(t *testing.T) {
	p := review.Precedent{Text: review.Text(classifier.Product{Name: "Pump 7", Description: "for water"})}
	if p.Title() != "Pump 7" {
		t.Errorf("title %q", p.Title())
	}
}
