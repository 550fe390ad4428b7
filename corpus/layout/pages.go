package layout

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"assay/corpus/internal/draft"
)

// line is one printed line without its indentation.
type line struct {
	no    int // in the file, 1-based
	page  int // 1-based
	col   int // where the text begins
	text  string
	blank bool // a blank line stands before it
}

const remedyLayout = "make the text again from the PDF with pdftotext -layout, all pages"

// longestLine is far more than a page is wide.
const longestLine = 16 << 10

// printedLines cuts the text into lines and leaves out what the page adds to
// them: running heads, feet, page numbers and blank lines.
func printedLines(d *draft.Draft, data []byte) ([]line, error) {
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	if end := strings.LastIndexByte(text, '\f'); end < 0 || strings.TrimSpace(text[end:]) != "" {
		return nil, d.Errorf(strings.Count(text, "\n")+1, "", remedyLayout, "the text does not end with the end of a page (a form feed), so it may be cut off")
	}
	pages := strings.Split(text, "\f")
	pages = pages[:len(pages)-1]
	var all [][]line
	heads, feet := map[string]int{}, map[string]int{}
	no := 1
	for i, page := range pages {
		var lines []line
		blank := true
		for _, raw := range strings.Split(page, "\n") {
			if len(raw) > longestLine {
				return nil, d.Errorf(no, "", remedyLayout, "the line has %d bytes; printed lines have less than %d", len(raw), longestLine)
			}
			raw = strings.ReplaceAll(raw, "\t", "        ")
			trimmed := strings.TrimSpace(raw)
			if trimmed == "" {
				blank = true
			} else {
				col := utf8.RuneCountInString(raw) - utf8.RuneCountInString(strings.TrimLeft(raw, " \u00a0"))
				lines = append(lines, line{no: no, page: i + 1, col: col, text: trimmed, blank: blank})
				blank = false
			}
			no++
		}
		no-- // the form feed stands at the head of a line and does not end one
		if len(lines) > 0 {
			heads[draft.Fold(lines[0].text)]++
			feet[footOf(lines[len(lines)-1])]++
			all = append(all, lines)
		}
	}
	var out []line
	for _, lines := range all {
		if len(lines) > 1 && heads[draft.Fold(lines[0].text)] > 1 {
			lines = lines[1:]
			lines[0].blank = true
		}
		if foot := footOf(lines[len(lines)-1]); feet[foot] > 1 && (foot == "" || foot != draft.Fold(lines[len(lines)-1].text)) {
			lines = lines[:len(lines)-1]
		}
		out = append(out, lines...)
	}
	return joinSuperscripts(out), nil
}

var pageNumber = regexp.MustCompile(`\s*[0-9]+$`)

// footOf returns a last line without the page number at its end.
func footOf(l line) string { return draft.Fold(pageNumber.ReplaceAllString(l.text, "")) }

var (
	onlyNumbers = regexp.MustCompile(`^-?[0-9]{1,2}(?:\s+-?[0-9]{1,2})*$`)
	// raised finds where a number printed above the line can belong: behind the
	// 10 of a power, or behind a unit that is followed by a gap.
	raised = regexp.MustCompile(`x 10(?: ?$|[ ;,)])|\b(?:[cm]?m)(?: [;,.)]| ?$)`)
)

// joinSuperscripts puts numbers that were printed on a line of their own,
// above the text, back into the line below, when that line has exactly as many
// places for them. Otherwise they stay as they are.
func joinSuperscripts(lines []line) []line {
	var out []line
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		if i+1 == len(lines) || l.col < 20 || !onlyNumbers.MatchString(l.text) || lines[i+1].page != l.page {
			out = append(out, l)
			continue
		}
		numbers := strings.Fields(l.text)
		below := lines[i+1].text
		at := raised.FindAllStringIndex(below, -1)
		if len(at) != len(numbers) {
			out = append(out, l)
			continue
		}
		for k := len(at) - 1; k >= 0; k-- {
			head, tail := below[:at[k][0]], below[at[k][0]:]
			if strings.HasPrefix(tail, "x 10") {
				below = head + "x 10^" + numbers[k] + tail[len("x 10"):]
				continue
			}
			unit := strings.IndexByte(tail, 'm') + 1
			below = head + tail[:unit] + numbers[k] + strings.TrimPrefix(tail[unit:], " ")
		}
		lines[i+1].text = below
		lines[i+1].blank = l.blank
	}
	return out
}
