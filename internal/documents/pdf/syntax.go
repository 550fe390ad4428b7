package pdf

import (
	"bytes"
	"errors"
	"strconv"
)

// Objects are Go values: nil, bool, int, float64, str, name, array, dict, ref,
// *stream; in content streams and CMaps also operator.
type (
	str      string
	name     string
	operator string
	array    []any
	dict     map[name]any
	ref      struct{ num, gen int }
	stream   struct {
		dict dict
		raw  []byte
		ref  ref // for decryption
	}
)

// maxNesting of arrays and dictionaries in one another.
const maxNesting = 100

var (
	errNesting = errors.New("objects nest too deeply")
	errObjects = errors.New("too many objects")
	errEnd     = errors.New("end of data")
)

// lexer reads objects from bytes. It never reads past them, and never panics.
type lexer struct {
	data    []byte
	pos     int
	refs    bool // "1 0 R" is a reference: in files, not in content streams
	objects *int // left to make; nil: no bound
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func (l *lexer) skipSpace() {
	for l.pos < len(l.data) {
		c := l.data[l.pos]
		if c == '%' {
			for l.pos < len(l.data) && l.data[l.pos] != '\n' && l.data[l.pos] != '\r' {
				l.pos++
			}
			continue
		}
		if !isSpace(c) {
			return
		}
		l.pos++
	}
}

// next returns the next object, or an operator for a bare word or a bracket
// that nothing opened. The error is errEnd, errNesting or errObjects.
func (l *lexer) next(depth int) (any, error) {
	if depth > maxNesting {
		return nil, errNesting
	}
	start := l.pos
	l.skipSpace()
	if !l.charge(start) {
		return nil, errObjects
	}
	if l.pos >= len(l.data) {
		return nil, errEnd
	}
	switch c := l.data[l.pos]; c {
	case '/':
		l.pos++
		return l.name(), nil
	case '(':
		start = l.pos
		l.pos++
		s := l.literal()
		if !l.charge(start) {
			return nil, errObjects
		}
		return s, nil
	case '<':
		if bytes.HasPrefix(l.data[l.pos:], []byte("<<")) {
			l.pos += 2
			return l.dict(depth)
		}
		start = l.pos
		l.pos++
		s := l.hex()
		if !l.charge(start) {
			return nil, errObjects
		}
		return s, nil
	case '>':
		if bytes.HasPrefix(l.data[l.pos:], []byte(">>")) {
			l.pos += 2
			return operator(">>"), nil
		}
		l.pos++
		return operator(">"), nil
	case '[':
		l.pos++
		return l.array(depth)
	case ']', '{', '}', ')':
		l.pos++
		return operator(c), nil
	}
	return l.word(), nil
}

// charge takes one from the objects left to make, and one for each 64 bytes
// read since start: objects that overlap must not be read over and over.
func (l *lexer) charge(start int) bool {
	if l.objects == nil {
		return true
	}
	*l.objects -= 1 + (l.pos-start)/64
	return *l.objects >= 0
}

func (l *lexer) regular() []byte {
	start := l.pos
	for l.pos < len(l.data) && !isSpace(l.data[l.pos]) && !isDelimiter(l.data[l.pos]) {
		l.pos++
	}
	return l.data[start:l.pos]
}

func (l *lexer) name() name {
	raw := l.regular()
	if !bytes.ContainsRune(raw, '#') {
		return name(raw)
	}
	var out []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) && unhex(raw[i+1]) >= 0 && unhex(raw[i+2]) >= 0 {
			out = append(out, byte(unhex(raw[i+1])<<4|unhex(raw[i+2])))
			i += 2
			continue
		}
		out = append(out, raw[i])
	}
	return name(out)
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func (l *lexer) literal() str {
	var out []byte
	depth := 1
	for l.pos < len(l.data) {
		c := l.data[l.pos]
		l.pos++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return str(out)
			}
		case '\\':
			out = l.escape(out)
			continue
		}
		out = append(out, c)
	}
	return str(out)
}

func (l *lexer) escape(out []byte) []byte {
	if l.pos >= len(l.data) {
		return out
	}
	c := l.data[l.pos]
	l.pos++
	switch c {
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'b', 'f':
		return append(out, ' ')
	case '\r':
		if l.pos < len(l.data) && l.data[l.pos] == '\n' {
			l.pos++
		}
		return out
	case '\n':
		return out
	}
	if c < '0' || c > '7' {
		return append(out, c)
	}
	x := int(c - '0')
	for i := 0; i < 2 && l.pos < len(l.data) && l.data[l.pos] >= '0' && l.data[l.pos] <= '7'; i++ {
		x = x*8 + int(l.data[l.pos]-'0')
		l.pos++
	}
	return append(out, byte(x))
}

func (l *lexer) hex() str {
	var out []byte
	high := -1
	for l.pos < len(l.data) {
		c := l.data[l.pos]
		l.pos++
		if c == '>' {
			break
		}
		x := unhex(c)
		switch {
		case x < 0:
		case high < 0:
			high = x
		default:
			out = append(out, byte(high<<4|x))
			high = -1
		}
	}
	if high >= 0 {
		out = append(out, byte(high<<4))
	}
	return str(out)
}

func (l *lexer) array(depth int) (any, error) {
	a := array{}
	for {
		x, err := l.next(depth + 1)
		if errors.Is(err, errEnd) {
			return a, nil
		}
		if err != nil {
			return nil, err
		}
		switch x {
		case operator("]"):
			return a, nil
		case operator("endobj"), operator("endstream"):
			return a, nil // the bracket was forgotten
		}
		if _, ok := x.(operator); !ok {
			a = append(a, x)
		}
	}
}

func (l *lexer) dict(depth int) (any, error) {
	d := dict{}
	for {
		k, err := l.next(depth + 1)
		if errors.Is(err, errEnd) {
			return d, nil
		}
		if err != nil {
			return nil, err
		}
		key, ok := k.(name)
		if !ok {
			if k == operator(">>") || k == operator("endobj") || k == operator("stream") {
				return d, nil
			}
			continue
		}
		v, err := l.next(depth + 1)
		if errors.Is(err, errEnd) {
			return d, nil
		}
		if err != nil {
			return nil, err
		}
		if v == operator(">>") {
			return d, nil
		}
		d[key] = v
	}
}

// word reads a number, a reference, true, false, null or an operator.
func (l *lexer) word() any {
	raw := l.regular()
	if len(raw) == 0 {
		l.pos++ // cannot happen; never stand still
		return operator("")
	}
	if n, ok := number(raw); ok {
		if i, isInt := n.(int); isInt && l.refs && i >= 0 {
			if r, ok := l.reference(i); ok {
				return r
			}
		}
		return n
	}
	switch string(raw) {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	return operator(raw)
}

// reference looks whether "GEN R" follows.
func (l *lexer) reference(num int) (ref, bool) {
	back := l.pos
	l.skipSpace()
	gen, err := strconv.Atoi(string(l.regular()))
	if err == nil && gen >= 0 {
		l.skipSpace()
		if l.pos < len(l.data) && l.data[l.pos] == 'R' && (l.pos+1 == len(l.data) || isSpace(l.data[l.pos+1]) || isDelimiter(l.data[l.pos+1])) {
			l.pos++
			return ref{num, gen}, true
		}
	}
	l.pos = back
	return ref{}, false
}

// number reads integers and reals, the careless ones of some producers
// ("--5", "1.2-3") included as far as their first part.
func number(raw []byte) (any, bool) {
	c := raw[0]
	if c != '+' && c != '-' && c != '.' && (c < '0' || c > '9') || len(raw) > 64 {
		return nil, false
	}
	if i, err := strconv.Atoi(string(raw)); err == nil {
		return i, true
	}
	if bytes.ContainsAny(raw, "eExXnNiI_") {
		return nil, false
	}
	if f, err := strconv.ParseFloat(string(raw), 64); err == nil {
		return f, true
	}
	trimmed := bytes.TrimLeft(raw, "+-")
	if i := bytes.IndexByte(trimmed, '-'); i > 0 {
		trimmed = trimmed[:i]
	}
	if f, err := strconv.ParseFloat(string(trimmed), 64); err == nil {
		if c == '-' {
			f = -f
		}
		return f, true
	}
	return nil, false
}
