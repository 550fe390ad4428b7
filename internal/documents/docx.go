package documents

import (
	"context"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
)

// readDOCX reads the headers, the body, the foot- and endnotes and the
// footers, in this order.
func readDOCX(ctx context.Context, doc *Document, data []byte, limits Limits, out *sink) error {
	pkg, err := openPackage(doc.Name, data, limits)
	if err != nil {
		return err
	}
	main, err := pkg.mainPart()
	if err != nil {
		return err
	}
	if pkg.hasMacros() {
		doc.Warnings = append(doc.Warnings, "it holds macros; they were neither run nor read")
	}
	var heads, notes, feet []string
	for part := range pkg.parts {
		base, ok := strings.CutPrefix(part, "word/")
		switch {
		case !ok || strings.Contains(base, "/") || !strings.HasSuffix(base, ".xml"):
		case strings.HasPrefix(base, "header"):
			heads = append(heads, part)
		case strings.HasPrefix(base, "footnotes"), strings.HasPrefix(base, "endnotes"):
			notes = append(notes, part)
		case strings.HasPrefix(base, "footer"):
			feet = append(feet, part)
		}
	}
	for _, group := range [][]string{heads, {main}, notes, feet} {
		slices.Sort(group)
		for _, part := range group {
			w := wordPart{out: out}
			if err := pkg.walk(ctx, part, w.visit); err != nil {
				return err
			}
			w.endParagraph()
			out.line("")
		}
	}
	return nil
}

// wordPart walks one part of WordprocessingML.
type wordPart struct {
	out   *sink
	para  strings.Builder
	stack []string // open elements
	skip  int      // depth at which a skipped element was opened; 0: none
	text  bool     // inside w:t

	tables int // depth of open tables; inner ones become text of their cell
	rows   table
	row    []string
	cell   strings.Builder
}

func (w *wordPart) visit(t xml.Token) error {
	if w.out.full {
		return errStop
	}
	switch t := t.(type) {
	case xml.StartElement:
		w.stack = append(w.stack, t.Name.Local)
		if w.skip == 0 {
			w.start(t)
		}
	case xml.EndElement:
		if w.skip == 0 {
			w.end(t.Name.Local)
		} else if w.skip == len(w.stack) {
			w.skip = 0
		}
		w.stack = w.stack[:len(w.stack)-1]
	case xml.CharData:
		if w.text && w.skip == 0 {
			w.para.Write(t)
		}
	}
	return nil
}

func (w *wordPart) start(e xml.StartElement) {
	switch e.Name.Local {
	case "t":
		w.text = true
	case "tab", "ptab":
		if slices.Contains(w.stack, "r") { // a tab stop of the paragraph's style is no tab
			w.para.WriteByte('\t')
		}
	case "br", "cr":
		w.para.WriteByte('\n')
	case "noBreakHyphen":
		w.para.WriteByte('-')
	case "softHyphen":
		w.para.WriteString("\u00ad")
	case "sym":
		w.para.WriteString(symbol(attr(e, "char")))
	case "Fallback", "del", "moveFrom": // said twice, or taken out
		w.skip = len(w.stack)
	case "tbl":
		if w.tables == 0 {
			w.endParagraph()
			w.rows = table{}
		}
		w.tables++
	case "tr":
		if w.tables == 1 {
			w.row = nil
		}
	case "tc":
		if w.tables == 1 {
			w.cell.Reset()
		}
	}
}

func (w *wordPart) end(local string) {
	switch local {
	case "t":
		w.text = false
	case "p":
		w.endParagraph()
	case "tc":
		if w.tables == 1 {
			w.endParagraph()
			if len(w.row) < maxCells {
				w.row = append(w.row, w.cell.String())
			}
			w.cell.Reset()
		}
	case "tr":
		if w.tables == 1 {
			if line := w.rows.line(w.row); line != "" {
				w.out.line(line)
			}
			w.row = nil
		}
	case "tbl":
		if w.tables--; w.tables == 0 {
			w.out.line("")
		}
	}
}

// endParagraph puts the gathered paragraph where it belongs: into the open
// cell, or out as a line.
func (w *wordPart) endParagraph() {
	text := w.para.String()
	w.para.Reset()
	if w.tables > 0 {
		w.cell.WriteString(" ")
		w.cell.WriteString(text)
		return
	}
	if text != "" {
		w.out.line(text)
	}
}

// symbolFont are characters of the Symbol font that datasheets are full of.
var symbolFont = map[rune]string{
	'a': "α", 'b': "β", 'g': "γ", 'd': "δ", 'e': "ε", 'q': "θ", 'l': "λ", 'm': "µ", 'p': "π", 'r': "ρ", 's': "σ", 't': "τ", 'f': "φ", 'w': "ω",
	'D': "Δ", 'F': "Φ", 'G': "Γ", 'L': "Λ", 'P': "Π", 'Q': "Θ", 'S': "Σ", 'W': "Ω",
	0xa3: "≤", 0xb0: "°", 0xb1: "±", 0xb3: "≥", 0xb4: "×", 0xb7: "•", 0xb9: "≠", 0xbb: "≈", 0xd6: "√", 0xa5: "∞", 0xae: "→", 0xa2: "′", 0xb2: "″",
}

// symbol returns the character of the Symbol font with a code such as F06D.
func symbol(code string) string {
	n, err := strconv.ParseUint(code, 16, 32)
	if err != nil {
		return ""
	}
	return symbolFont[rune(n&0xff)]
}
