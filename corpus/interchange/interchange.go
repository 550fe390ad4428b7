// Package interchange reads and writes editions in Assay's own neutral form,
// edition/1: JSON lines, the first of which is the edition's record and every
// further one a passage. docs/interchange.md describes it for people who bring
// in a list of their own. It is also the form in which editions are stored.
//
// Reading is strict. A misspelt field, a code in another spelling, a NUL or a
// line cut in the middle is an error that names the line, and nothing is
// returned of a file that has one.
//
// The package does no I/O but through the io.Writer given to Write, and
// imports nothing of Assay but corpus.
package interchange

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"assay/corpus"
)

// Version is the value of the field "assay" in the first line.
const Version = "edition/1"

// Format stands in Meta.Format of an edition whose record names no other.
const Format = "interchange"

// What to do about a file that is refused.
const (
	remedyHeader  = "the first line is the edition's record; see docs/interchange.md"
	remedyPassage = "see docs/interchange.md for the fields of a passage and the rules of ids, codes and kinds"
	remedySize    = "check that this is the list itself"
)

// header is the first line. Count is optional; Write gives it, so that a file
// that lost its end is noticed.
type header struct {
	Assay string `json:"assay"`
	corpus.Meta
	Count *int `json:"passages,omitempty"`
}

// Detect reports whether data opens like an edition in this form.
func Detect(data []byte) bool {
	data = bytes.TrimPrefix(data[:min(len(data), 16<<10)], []byte("\ufeff"))
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("{")) && bytes.Contains(line, []byte(`"assay"`))
}

// Read returns the edition in src. Its record is that of the file; what the
// file leaves out of it (language, format, source, retrieved, sha256) is
// filled from src. An edition that Write wrote comes back equal, with empty
// slices as nil. The error is a *corpus.ReadError.
func Read(src corpus.Source) (*corpus.Edition, error) {
	limits := src.Limits.WithDefaults()
	fail := func(line int, place, remedy, format string, args ...any) (*corpus.Edition, error) {
		return nil, &corpus.ReadError{Source: src.Name, Line: line, Place: place, Err: fmt.Errorf(format, args...), Remedy: remedy}
	}
	if n := int64(len(src.Data)); n > limits.Bytes {
		return fail(0, "", remedySize, "%d bytes are more than the limit of %d", n, limits.Bytes)
	}
	data := bytes.TrimPrefix(src.Data, []byte("\ufeff"))
	line, data, _ := bytes.Cut(data, []byte("\n"))
	head, err := readHeader(line, src)
	if err != nil {
		return fail(1, "", remedyHeader, "%w", err)
	}
	ed := &corpus.Edition{Meta: head.Meta}
	ed.Passages = make([]corpus.Passage, 0, min(bytes.Count(data, []byte("\n"))+1, limits.Passages))
	codes := codeRule(ed.List)
	// A letter may be written as six (\u0061), and the other fields need a little.
	longest := 6*limits.Text + 64<<10
	for n := 2; len(data) > 0; n++ {
		line, data, _ = bytes.Cut(data, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) > longest {
			return fail(n, "", "every line holds one passage", "the line has %d bytes, more than the limit of %d", len(line), longest)
		}
		if len(ed.Passages) == limits.Passages {
			return fail(n, "", remedySize, "more than %d passages", limits.Passages)
		}
		p, err := parsePassage(line)
		if err == nil {
			err = check(p, codes, limits)
		}
		if err != nil {
			return fail(n, p.ID, remedyPassage, "%w", err)
		}
		ed.Passages = append(ed.Passages, p)
	}
	if head.Count != nil && *head.Count != len(ed.Passages) {
		return fail(0, "", "the file is cut off; fetch it again", "%d passages, but the first line says %d", len(ed.Passages), *head.Count)
	}
	if err := ed.Validate(); err != nil {
		return fail(0, "", remedyPassage, "%w", err)
	}
	return ed, nil
}

// readHeader reads the first line and fills the gaps of the record from src.
func readHeader(line []byte, src corpus.Source) (header, error) {
	var h header
	switch {
	case len(bytes.TrimSpace(line)) == 0:
		return h, errors.New("the first line is empty")
	case len(line) > 64<<10:
		return h, fmt.Errorf("the first line has %d bytes", len(line))
	case !utf8.Valid(line):
		return h, errors.New("the line is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&h); err != nil {
		return h, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return h, errors.New("more text after the record")
	}
	switch {
	case h.Assay != Version:
		return h, fmt.Errorf("the field assay says %q; this program reads %q", h.Assay, Version)
	case h.List == "":
		return h, errors.New("the field list is missing")
	}
	if h.Date == "" {
		h.Date = src.Date
	}
	if h.Language == "" {
		h.Language = "en"
	}
	if h.Format == "" {
		h.Format = Format
	}
	if h.Source == "" {
		h.Source = src.Name
	}
	if h.Retrieved.IsZero() {
		h.Retrieved = src.Retrieved
	}
	h.Retrieved = h.Retrieved.UTC()
	if h.SHA256 == "" {
		sum := sha256.Sum256(src.Data)
		h.SHA256 = hex.EncodeToString(sum[:])
	}
	return h, nil
}

// Write writes ed so that Read returns it again. An edition that Read would
// refuse is an error, and then nothing is written.
func Write(w io.Writer, ed *corpus.Edition) error {
	if err := ed.Validate(); err != nil {
		return err
	}
	codes, limits := codeRule(ed.List), corpus.Limits{}.WithDefaults()
	for _, p := range ed.Passages {
		if err := check(p, codes, limits); err != nil {
			return fmt.Errorf("%s: %w", p.ID, err)
		}
	}
	meta := ed.Meta
	meta.Retrieved = meta.Retrieved.UTC()
	count := len(ed.Passages)
	buf := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(header{Version, meta, &count}); err != nil {
		return err
	}
	for i := range ed.Passages {
		if err := enc.Encode(&ed.Passages[i]); err != nil {
			return err
		}
	}
	return buf.Flush()
}
