package corpus

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

const (
	contextWords = 8   // kept words shown on each side of a change
	excerptRunes = 240 // of an added or removed text
)

// WriteText writes c for people: a line of counts, then one block per item,
// removed words in [-brackets-] and new ones in {+braces+}.
func (c Changes) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s -> %s\n", c.Old.ID(), c.New.ID())
	fmt.Fprintf(b, "%d added, %d removed, %d moved, %d changed, %d unchanged\n",
		c.Count(OpAdded), c.Count(OpRemoved), c.Count(OpMoved), c.Count(OpChanged), c.Unchanged)
	for _, x := range c.Items {
		x.writeText(b)
	}
	return b.Flush()
}

func (x Change) writeText(b *bufio.Writer) {
	name := x.Code
	if name == "" {
		name = "whole list"
	}
	if x.From != "" {
		name = x.From + " -> " + x.Code
	}
	what := strings.ReplaceAll(string(x.Kind), "_", " ")
	if x.Label != "" && x.Kind != KindEntry && x.Kind != KindParagraph {
		what += " " + x.Label
	}
	fmt.Fprintf(b, "\n%-8s %s (%s)\n", x.Op, name, what)
	switch {
	case len(x.Words) > 0:
		fmt.Fprintf(b, "         %s\n", inline(x.Words))
	case x.Op == OpRemoved:
		fmt.Fprintf(b, "         %s\n", excerpt(x.Old))
	default:
		fmt.Fprintf(b, "         %s\n", excerpt(x.New))
	}
	if len(x.Numbers) > 0 {
		parts := make([]string, len(x.Numbers))
		for i, n := range x.Numbers {
			parts[i] = n.String()
		}
		fmt.Fprintf(b, "         numbers: %s\n", strings.Join(parts, "; "))
	}
	if len(x.MarksGone)+len(x.MarksCame) > 0 {
		fmt.Fprintf(b, "         marks: -[%s] +[%s]\n", strings.Join(x.MarksGone, ", "), strings.Join(x.MarksCame, ", "))
	}
}

func (n NumberChange) String() string {
	switch {
	case n.Old == "":
		return n.New + " came"
	case n.New == "":
		return n.Old + " went"
	}
	return n.Old + " -> " + n.New
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
