package layout

import (
	"strings"
	"unicode"

	"assay/corpus/internal/draft"
)

// vocabulary returns the words that stand within lines, in lower case.
func vocabulary(blocks []*block) map[string]bool {
	known := map[string]bool{}
	for _, b := range blocks {
		for _, line := range b.words {
			for _, w := range strings.FieldsFunc(strings.ToLower(line), func(r rune) bool { return !unicode.IsLetter(r) && r != '-' }) {
				known[w] = true
			}
		}
	}
	return known
}

// join makes one text of lines. A hyphen at the end of a line joins without a
// space; it goes when the word without it is known from elsewhere and the word
// with it is not.
func join(lines []string, known map[string]bool) string {
	var b []byte
	for i, line := range lines {
		line = draft.Fold(line)
		b = append(b, line...)
		if i+1 == len(lines) {
			break
		}
		next := draft.Fold(lines[i+1])
		if !strings.HasSuffix(line, "-") || len(line) < 2 || line[len(line)-2] == ' ' || next == "" || next[0] == '(' || strings.HasPrefix(next, "and ") || strings.HasPrefix(next, "or ") {
			b = append(b, ' ')
			continue
		}
		head := strings.ToLower(line[1+strings.LastIndexFunc(line[:len(line)-1], notLetter):])
		tail := strings.ToLower(next)
		if end := strings.IndexFunc(tail, notLetter); end >= 0 {
			tail = tail[:end]
		}
		if joined := strings.TrimSuffix(head, "-") + tail; tail != "" && head != "-" && known[joined] && !known[head+tail] {
			b = b[:len(b)-1]
		}
	}
	return string(b)
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
