package corpus

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	contextWords = 8   // kept words shown on each side of a change
	excerptRunes = 240 // of an added or removed text
	textColumns  = 100
	textIndent   = "           "
)

// WriteText writes c for people who have to know what a new edition changes:
// counts; the entries that came and went and the paragraphs whose figures
// changed, by code; then every change, entry by entry, and the definitions.
// Removed words stand in [-brackets-], new ones in {+braces+}. What concerns
// no entry and defines nothing (articles, acronyms) is only counted.
func (c Changes) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s -> %s\n", c.Old.ID(), c.New.ID())
	fmt.Fprintf(b, "%d added, %d removed, %d moved, %d changed, %d unchanged\n",
		c.Count(OpAdded), c.Count(OpRemoved), c.Count(OpMoved), c.Count(OpChanged), c.Unchanged)
	c.writeIndex(b)
	var order []string
	places := map[string][]Change{}
	aside := 0
	for _, x := range c.Items {
		at := x.place()
		if at == "" {
			aside++
			continue
		}
		if places[at] == nil && at != definitionsPlace {
			order = append(order, at)
		}
		places[at] = append(places[at], x)
	}
	if len(places[definitionsPlace]) > 0 {
		order = append(order, definitionsPlace)
	}
	for _, at := range order {
		fmt.Fprintf(b, "\n%s\n", at)
		for _, x := range places[at] {
			x.writeText(b)
		}
	}
	if aside > 0 {
		fmt.Fprintf(b, "\nNot shown, since they concern no entry and no definition (headings, articles, acronyms): %d.\n", aside)
	}
	return b.Flush()
}

const definitionsPlace = "Definitions"

// place names where a change is shown: under its entry, group or category,
// under the general notes or the definitions; "" is nowhere.
func (x Change) place() string {
	switch {
	case x.Kind == KindDefinition && x.Code == "":
		return definitionsPlace
	case x.Kind == KindAdministrative, x.Kind == KindHeading:
		return ""
	case x.Code == "":
		return "General notes"
	case len(x.Code) == 1 && entryAt(x.Code) == "":
		return "Category " + x.Code
	}
	return bucket(x.Code)
}

// writeIndex writes the codes that a reader in a hurry looks for.
func (c Changes) writeIndex(b *bufio.Writer) {
	codes := func(choose func(Change) bool) []string {
		var found []string
		for _, x := range c.Items {
			if choose(x) && !slices.Contains(found, x.Code) {
				found = append(found, x.Code)
			}
		}
		return found
	}
	line := func(title string, found []string) {
		if len(found) > 0 {
			fmt.Fprintf(b, "%s\n", wrapText(fmt.Sprintf("%s (%d): %s", title, len(found), strings.Join(found, " ")), "  "))
		}
	}
	line("entries added", codes(func(x Change) bool { return x.Op == OpAdded && x.Kind == KindEntry }))
	line("entries removed", codes(func(x Change) bool { return x.Op == OpRemoved && x.Kind == KindEntry }))
	line("moved", codes(func(x Change) bool { return x.Op == OpMoved }))
	line("figures changed", codes(func(x Change) bool {
		return len(x.Numbers) > 0 && (x.Kind == KindEntry || x.Kind == KindParagraph)
	}))
}

func (x Change) writeText(b *bufio.Writer) {
	name := x.name()
	if x.Op == OpMoved {
		name = fmt.Sprintf("%s is now %s", x.From, name)
	}
	fmt.Fprintf(b, "  %-8s %s\n", x.Op, name)
	line := func(text string) { fmt.Fprintf(b, "%s\n", wrapText(text, textIndent)) }
	switch {
	case rewritten(x.Words):
		line("was: " + excerpt(x.Old))
		line("now: " + excerpt(x.New))
	case len(x.Words) > 0:
		line(inline(x.Words))
	case x.Op == OpRemoved:
		line(excerpt(x.Old))
	default:
		line(excerpt(x.New))
	}
	if len(x.Numbers) > 0 {
		parts := make([]string, len(x.Numbers))
		for i, n := range x.Numbers {
			parts[i] = n.words()
		}
		line("figures: " + strings.Join(parts, "; "))
	}
	if marks := append(suffixed(x.MarksGone, " is gone"), suffixed(x.MarksCame, " is new")...); len(marks) > 0 {
		line("marks: " + strings.Join(marks, "; "))
	}
}

// name says which passage changed: "3A001.a", "3A001.a, Note 1", "Laser".
func (x Change) name() string {
	what := x.Label
	if what == "" {
		what = strings.ReplaceAll(string(x.Kind), "_", " ")
	}
	switch {
	case x.Kind == KindEntry:
		return x.Code + " (entry)"
	case x.Kind == KindParagraph:
		return x.Code
	case x.Code == "":
		return what
	case x.Label == "" || x.Kind == KindNote || x.Kind == KindTechnicalNote || x.Kind == KindNB:
		return x.Code + ", " + what
	}
	return fmt.Sprintf("%s, %s (%s)", x.Code, what, strings.ReplaceAll(string(x.Kind), "_", " "))
}

func suffixed(all []string, suffix string) []string {
	var out []string
	for _, s := range all {
		out = append(out, s+suffix)
	}
	return out
}

// String is the change in brief: "90 GHz -> 110 GHz".
func (n NumberChange) String() string {
	switch {
	case n.Old == "":
		return n.New + " came"
	case n.New == "":
		return n.Old + " went"
	}
	return n.Old + " -> " + n.New
}

// words is String in a sentence's words.
func (n NumberChange) words() string {
	switch {
	case n.Old == "":
		return n.New + " is new"
	case n.New == "":
		return n.Old + " is gone"
	}
	return n.Old + " became " + n.New
}

// rewritten reports whether so little of a text stayed that its words are
// better read one text after the other than mixed.
func rewritten(ws []Words) bool {
	kept, old, new := 0, 0, 0
	for _, w := range ws {
		switch n := len(strings.Fields(w.Text)); w.Op {
		case OpRemoved:
			old += n
		case OpAdded:
			new += n
		default:
			kept += n
		}
	}
	return len(ws) > 4 && kept < max(old, new)
}

// wrapText breaks text between words so that no line with its indent is
// longer than textColumns, but for a word that is longer itself.
func wrapText(text, indent string) string {
	var b strings.Builder
	col := 0
	for _, w := range strings.Fields(text) {
		n := utf8.RuneCountInString(w)
		switch {
		case col == 0:
			b.WriteString(indent)
			col = len(indent)
		case col+1+n > textColumns:
			b.WriteString("\n" + indent)
			col = len(indent)
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(w)
		col += n
	}
	return b.String()
}

// inline shows changed words with a little of what stands around them.
func inline(ws []Words) string {
	parts := make([]string, len(ws))
	for i, w := range ws {
		switch w.Op {
		case OpRemoved:
			parts[i] = "[-" + w.Text + "-]"
		case OpAdded:
			parts[i] = "{+" + w.Text + "+}"
		default:
			parts[i] = around(strings.Fields(w.Text), i > 0, i < len(ws)-1)
		}
	}
	return strings.Join(parts, " ")
}

// around cuts the middle out of kept words, or the outer end when no change
// stands there.
func around(ws []string, before, after bool) string {
	head, tail := 0, 0
	if before {
		head = contextWords
	}
	if after {
		tail = contextWords
	}
	if len(ws) <= head+tail+1 {
		return strings.Join(ws, " ")
	}
	return strings.TrimSpace(strings.Join(ws[:head], " ") + " … " + strings.Join(ws[len(ws)-tail:], " "))
}

func excerpt(text string) string {
	r := []rune(text)
	if len(r) <= excerptRunes {
		return text
	}
	cut := string(r[:excerptRunes])
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return cut + " …"
}
