package interchange

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"assay/corpus"
)

// A passage is one flat object of strings and lists of strings. parsePassage
// reads just that: it is several times faster than encoding/json, names the
// field that is wrong, and refuses what encoding/json lets pass (unknown and
// repeated fields, null, other case).
func parsePassage(line []byte) (corpus.Passage, error) {
	var p corpus.Passage
	if !utf8.Valid(line) {
		return p, errors.New("the line is not UTF-8")
	}
	s := scanner{line: line}
	s.expect('{')
	seen := 0
	for !s.failed() && !(seen == 0 && s.peek() == '}') {
		field := s.text()
		s.field = field
		s.expect(':')
		var bit int
		switch field {
		case "id":
			bit, p.ID = 1, s.text()
		case "code":
			bit, p.Code = 2, s.text()
		case "kind":
			bit, p.Kind = 4, corpus.Kind(s.text())
		case "label":
			bit, p.Label = 8, s.text()
		case "text":
			bit, p.Text = 16, s.text()
		case "applies_to":
			bit, p.AppliesTo = 32, s.texts()
		case "marks":
			bit, p.Marks = 64, s.texts()
		default:
			s.fail("unknown; a passage has id, code, kind, label, text, applies_to and marks")
		}
		if seen&bit != 0 {
			s.fail("given twice")
		}
		seen |= bit
		if s.peek() != ',' {
			break
		}
		s.at++
	}
	s.field = ""
	s.expect('}')
	if s.peek() != 0 {
		s.fail("more text after the passage")
	}
	if s.err == nil && seen&7 != 7 {
		s.fail("a passage needs id, code and kind")
	}
	return p, s.err
}

// scanner walks one line. After the first error it stands still.
type scanner struct {
	line  []byte
	at    int
	field string // the field being read, for messages
	err   error
}

func (s *scanner) failed() bool { return s.err != nil }

func (s *scanner) fail(format string, args ...any) {
	if s.err != nil {
		return
	}
	s.err = fmt.Errorf(format, args...)
	if s.field != "" {
		s.err = fmt.Errorf("field %q: %w", s.field, s.err)
	}
}

// peek returns the next byte that is no blank, or 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.line) {
		switch c := s.line[s.at]; c {
		case ' ', '\t':
			s.at++
		case 0:
			s.fail("a NUL byte")
			return 0xff
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte) {
	switch got := s.peek(); {
	case s.err != nil:
	case got == c:
		s.at++
	case got == 0:
		s.fail("the line ends where %q should stand", c)
	default:
		s.fail("%q should stand in column %d, not %q", c, s.at+1, got)
	}
}

// text reads a string.
func (s *scanner) text() string {
	s.expect('"')
	if s.err != nil {
		return ""
	}
	start := s.at
	for ; s.at < len(s.line); s.at++ {
		switch c := s.line[s.at]; {
		case c == '"':
			s.at++
			return string(s.line[start : s.at-1])
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			s.fail("a control character in column %d; write it as \\u%04x", s.at+1, c)
			return ""
		}
	}
	s.fail("the line ends within a string")
	return ""
}

// escaped reads on from the first backslash of a string that began at start.
func (s *scanner) escaped(start int) string {
	out := append(make([]byte, 0, len(s.line)-start), s.line[start:s.at]...)
	for s.at < len(s.line) {
		c := s.line[s.at]
		s.at++
		switch {
		case c == '"':
			return string(out)
		case c < ' ':
			s.fail("a control character in column %d; write it as \\u%04x", s.at, c)
			return ""
		case c != '\\':
			out = append(out, c)
		default:
			r, ok := s.escape()
			if !ok {
				s.fail("a bad escape in column %d", s.at)
				return ""
			}
			out = utf8.AppendRune(out, r)
		}
	}
	s.fail("the line ends within a string")
	return ""
}

// escape reads what follows a backslash. Half a surrogate pair is no character.
func (s *scanner) escape() (rune, bool) {
	if s.at >= len(s.line) {
		return 0, false
	}
	c := s.line[s.at]
	s.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		r, ok := s.hex()
		if !ok || !utf16.IsSurrogate(r) {
			return r, ok
		}
		if s.at+1 >= len(s.line) || s.line[s.at] != '\\' || s.line[s.at+1] != 'u' {
			return 0, false
		}
		s.at += 2
		low, ok := s.hex()
		r = utf16.DecodeRune(r, low)
		return r, ok && r != utf8.RuneError
	}
	return 0, false
}

func (s *scanner) hex() (rune, bool) {
	if s.at+4 > len(s.line) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.line[s.at:s.at+4]), 16, 16)
	s.at += 4
	return rune(n), err == nil
}

// texts reads a list of strings; an empty one is nil.
func (s *scanner) texts() []string {
	s.expect('[')
	if s.err != nil {
		return nil
	}
	if s.peek() == ']' {
		s.at++
		return nil
	}
	var out []string
	for s.err == nil {
		out = append(out, s.text())
		if s.peek() != ',' {
			break
		}
		s.at++
	}
	s.expect(']')
	return out
}
