package documents

import (
	"slices"
	"strings"
	"unicode"
)

// table turns rows into lines that read like a datasheet: "key: value" for two
// cells, and for more the first cell and then the others. Under a heading row
// that names a column of units, each value gets its heading and its unit:
// "Sample rate: Min 2 GSPS; Max 3 GSPS".
type table struct {
	head []string // the heading row, once one was found to have a units column
	unit int      // its column
	rows int
}

// maxCells bounds the cells of one row; spreadsheets allow 16384.
const maxCells = 256

// line returns the row as a line of text; "" for a row without text.
func (t *table) line(cells []string) string {
	cells = slices.Clone(cells[:min(len(cells), maxCells)])
	for i, c := range cells {
		cells[i] = strings.Join(strings.FieldsFunc(c, func(r rune) bool { return unicode.IsSpace(r) || r == 0 }), " ")
	}
	filled := 0
	for _, c := range cells {
		if c != "" {
			filled++
		}
	}
	if filled == 0 {
		return ""
	}
	t.rows++
	if t.rows <= 3 && t.head == nil && filled >= 3 {
		if u := unitColumn(cells); u > 0 {
			t.head, t.unit = cells, u
			return plainRow(cells)
		}
	}
	if t.head != nil && filled >= 3 && len(cells) > t.unit && cells[0] != "" && cells[t.unit] != "" {
		return t.underHead(cells)
	}
	return plainRow(cells)
}

// unitColumn returns the column headed "Unit", or -1. A row with a number in
// it is no heading row.
func unitColumn(cells []string) int {
	unit := -1
	for i, c := range cells {
		if strings.ContainsAny(c, "0123456789") {
			return -1
		}
		switch strings.ToLower(strings.Trim(c, " .:()[]")) {
		case "unit", "units", "uom", "einheit", "unité":
			unit = i
		}
	}
	return unit
}

func (t *table) underHead(cells []string) string {
	var values []string
	for i, c := range cells {
		if i == 0 || i == t.unit || c == "" {
			continue
		}
		v := c
		if strings.ContainsAny(c, "0123456789") {
			v += " " + cells[t.unit]
		}
		if i < len(t.head) && t.head[i] != "" {
			v = t.head[i] + " " + v
		}
		values = append(values, v)
	}
	return strings.TrimSuffix(cells[0], ":") + ": " + strings.Join(values, "; ")
}

func plainRow(cells []string) string {
	var filled []string
	for _, c := range cells {
		if c != "" {
			filled = append(filled, c)
		}
	}
	if len(filled) == 1 {
		return filled[0]
	}
	return strings.TrimSuffix(filled[0], ":") + ": " + strings.Join(filled[1:], "; ")
}
