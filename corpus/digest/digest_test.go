package digest

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestShippedIsSound reads the YAML as it lies here: it is what a writer of cards runs.
func TestShippedIsSound(t *testing.T) {
	d, err := Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Cards) < 160 || len(d.Goods) == 0 || len(d.Hash) != 64 {
		t.Fatalf("%d cards, %d goods, hash %q", len(d.Cards), len(d.Goods), d.Hash)
	}
	t.Logf("%d cards, %d families of goods", len(d.Cards), len(d.Goods))
}

func TestCompiledIsFresh(t *testing.T) {
	want, err := Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if got.Hash != want.Hash {
		t.Fatal("cards changed since they were compiled; run make generate")
	}
	var a, b bytes.Buffer
	if err := errors.Join(Compile(&a, got), Compile(&b, want)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Fatal("the compiled digest lost something on its way")
	}
}

const soundCard = `entry: 3A001
lists: {us-ccl: {reasons: [NS]}}
gist: Made up for this test.
terms: [widget]
`

func TestLoadNamesFileAndLine(t *testing.T) {
	tests := []struct {
		name, file, text, want string
	}{
		{"unknown field", "cards/a.yaml", soundCard + "colour: red\n", "cards/a.yaml:5: field colour not found"},
		{"not YAML", "cards/a.yaml", "entry: [3A001\nlists: x", "cards/a.yaml:"},
		{"bad code", "cards/a.yaml", strings.Replace(soundCard, "3A001", "3Z001", 1), `cards/a.yaml:1: entry: "3Z001" is not a code`},
		{"unknown reason", "cards/a.yaml", strings.Replace(soundCard, "NS", "XX", 1), `cards/a.yaml:2: lists.us-ccl.reasons: "XX"`},
		{"no gist", "cards/a.yaml", "entry: 3A001\nlists: {us-ccl: {}}\nterms: [x]\n", "cards/a.yaml:1: gist: has no gist"},
		{"term twice", "cards/a.yaml", strings.Replace(soundCard, "[widget]", "[widget, Widget]", 1), `cards/a.yaml:4: terms: "Widget" stands twice`},
		{"final dot", "cards/a.yaml", soundCard + "paragraphs:\n  a.5.:\n    gist: x\n", "cards/a.yaml:6: paragraphs.a.5.: is not a designator"},
		{"paragraph without gist", "cards/a.yaml", soundCard + "paragraphs:\n  a:\n    terms: [y]\n", "cards/a.yaml:6: paragraphs.a.gist: has no gist"},
		{"foreign list", "cards/a.yaml", soundCard + "paragraphs:\n  a:\n    gist: x\n    lists: [eu-dual-use]\n", "cards/a.yaml:8: paragraphs.a.lists: eu-dual-use"},
		{"as on a foreign list", "cards/a.yaml", soundCard + "paragraphs:\n  a:\n    gist: x\n    as: {eu-dual-use: b}\n", "cards/a.yaml:8: paragraphs.a.as: eu-dual-use does not"},
		{"two paragraphs under one code", "cards/a.yaml", soundCard + "paragraphs:\n  a: {gist: x, as: {us-ccl: b}}\n  b: {gist: y}\n", "3A001.b on us-ccl is a already"},
		{"condition of two kinds", "cards/a.yaml", soundCard + "paragraphs:\n  a:\n    gist: x\n    when: {feature: f, property: p}\n", "cards/a.yaml:8: paragraphs.a.when: needs exactly one"},
		{"property without bound", "cards/a.yaml", soundCard + "paragraphs:\n  a:\n    gist: x\n    when: {property: p}\n", "a property needs a bound"},
		{"confusable without question", "cards/a.yaml", soundCard + "confusables:\n  - {code: 3A991}\n", "cards/a.yaml:5: confusables: 3A991 lacks ask"},
		{"second document", "cards/a.yaml", soundCard + "---\n" + soundCard, "cards/a.yaml:6: 3A001 has a card in cards/a.yaml already"},
		{"goods id", "goods/a.yaml", "goods: Big Chairs\ngist: x\nterms: [y]\n", "goods/a.yaml:1: goods:"},
		{"tempting without reason", "goods/a.yaml", "goods: chairs\ngist: x\nterms: [y]\ntempting:\n  - {code: 3A001}\n", "goods/a.yaml:4: tempting: 3A001 lacks because"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{tt.file: {Data: []byte(tt.text)}})
			var faults FaultsError
			if !errors.As(err, &faults) {
				t.Fatalf("err = %v, want faults", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("faults:\n%v\nwant one with %q", err, tt.want)
			}
		})
	}
}

func TestLoadReadsSeveralDocuments(t *testing.T) {
	d, err := Load(fstest.MapFS{"cards/a.yaml": {Data: []byte(soundCard + "---\n" + strings.Replace(soundCard, "3A001", "3A002", 1))}})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Cards) != 2 || d.Cards[0].Entry != "3A001" || d.Cards[1].Entry != "3A002" {
		t.Errorf("cards = %+v", d.Cards)
	}
}
