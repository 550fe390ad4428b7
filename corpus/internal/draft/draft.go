// Package draft holds what the readers of EU texts have in common while they
// build an edition: the first look at the bytes, ids that number themselves,
// the labels of notes, and the repair of powers of ten whose exponent was
// printed as plain digits. It knows no file format and imports only corpus.
package draft

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/corpus"
)

// A Draft is an edition in the making. Every error it returns is a *corpus.ReadError.
type Draft struct {
	src      corpus.Source
	limits   corpus.Limits
	passages []corpus.Passage
	numbers  map[string]int // last running number per id stem
}

// New checks what can be checked of src before its format is looked at: its
// size, that it is UTF-8, and that it holds no NUL byte.
func New(src corpus.Source) (*Draft, error) {
	d := &Draft{src: src, limits: src.Limits.WithDefaults(), numbers: map[string]int{}}
	if n := int64(len(src.Data)); n > d.limits.Bytes {
		return nil, d.Errorf(0, "", "check that this is the list itself", "%d bytes are more than the limit of %d", n, d.limits.Bytes)
	}
	if i := bytes.IndexByte(src.Data, 0); i >= 0 {
		return nil, d.Errorf(LineAt(src.Data, i), "", "fetch the file again; a text has none", "a NUL byte")
	}
	if !utf8.Valid(src.Data) {
		return nil, d.Errorf(LineAt(src.Data, firstInvalid(src.Data)), "", "convert the file to UTF-8", "the text is not UTF-8")
	}
	return d, nil
}

// LineAt returns the 1-based line of byte offset i.
func LineAt(data []byte, i int) int {
	return 1 + bytes.Count(data[:min(max(i, 0), len(data))], []byte("\n"))
}

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return 0
}

// Errorf returns the refusal of the source at line (0 when unknown) and place
// ("" when unknown), with what to do about it.
func (d *Draft) Errorf(line int, place, remedy, format string, args ...any) *corpus.ReadError {
	return &corpus.ReadError{Source: d.src.Name, Line: line, Place: place, Err: fmt.Errorf(format, args...), Remedy: remedy}
}

// Limits returns the limits in force.
func (d *Draft) Limits() corpus.Limits { return d.limits }

// Add appends p, which the reader met at line (0 when unknown). A passage
// without an id gets one: its code for an entry or paragraph, else code, kind
// and a running number. An id that is taken already gets a running number too,
// except that of an entry or paragraph, which may stand only once.
func (d *Draft) Add(line int, p corpus.Passage) *corpus.ReadError {
	if len(d.passages) >= d.limits.Passages {
		return d.Errorf(line, p.Code, "check that this is the list itself", "more than %d passages", d.limits.Passages)
	}
	if len(p.Text) > d.limits.Text {
		return d.Errorf(line, p.Code, "check that this is the list itself", "a passage of %d bytes is longer than the limit of %d", len(p.Text), d.limits.Text)
	}
	switch {
	case p.Kind == corpus.KindEntry || p.Kind == corpus.KindParagraph:
		p.ID = p.Code
		if d.numbers[p.ID] > 0 {
			return d.Errorf(line, p.Code, "the file is damaged or not in the expected layout; fetch it again", "%s stands twice", p.Code)
		}
		d.numbers[p.ID] = 1
	case p.ID == "":
		stem := p.Code + "#" + string(p.Kind)
		d.numbers[stem]++
		p.ID = fmt.Sprintf("%s-%d", stem, d.numbers[stem])
	default:
		d.numbers[p.ID]++
		if n := d.numbers[p.ID]; n > 1 {
			p.ID = fmt.Sprintf("%s-%d", p.ID, n)
		}
	}
	d.passages = append(d.passages, p)
	return nil
}

// Edition finishes the draft: it validates the passages under meta and
// returns the edition, or the refusal.
func (d *Draft) Edition(meta corpus.Meta) (*corpus.Edition, error) {
	ed := &corpus.Edition{Meta: meta, Passages: d.passages}
	if err := ed.Validate(); err != nil {
		return nil, &corpus.ReadError{Source: d.src.Name, Err: err, Remedy: "the file is damaged or not in the expected layout; fetch it again"}
	}
	return ed, nil
}

// Refusal turns err into a *corpus.ReadError of the source, unless it is one.
func (d *Draft) Refusal(err error) error {
	var re *corpus.ReadError
	if errors.As(err, &re) {
		return err
	}
	return &corpus.ReadError{Source: d.src.Name, Err: err}
}

// Fold joins the words of s with single spaces.
func Fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// Slug writes a term so that it can stand in an id: lower-case letters and
// digits, everything else as single hyphens.
func Slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
