package review

import (
	"cmp"
	"strings"

	"assay/corpus"
)

// name says which passage x is, for people.
func name(x *corpus.Change) string {
	label := cmp.Or(x.Label, strings.ReplaceAll(string(x.Kind), "_", " "))
	switch {
	case x.Kind == corpus.KindEntry || x.Kind == corpus.KindParagraph:
		if x.Op == corpus.OpMoved {
			return x.From
		}
		return x.Code
	case x.Kind == corpus.KindDefinition:
		return "the definition of “" + strings.Trim(label, `"“”`) + "”"
	case x.Code == "":
		return label
	}
	return label + " to " + x.Code
}

// fate says what happened to x, with the figures that differ.
func fate(x *corpus.Change) string {
	switch x.Op {
	case corpus.OpAdded:
		return "new"
	case corpus.OpRemoved:
		return "gone"
	case corpus.OpMoved:
		return "now " + x.Code
	}
	const shown = 3
	var figures []string
	for _, n := range x.Numbers[:min(len(x.Numbers), shown)] {
		figures = append(figures, strings.Replace(n.String(), "->", "became", 1))
	}
	if len(x.Numbers) > shown {
		figures = append(figures, "…")
	}
	if len(figures) == 0 {
		return "reworded"
	}
	return "reworded (" + strings.Join(figures, ", ") + ")"
}
