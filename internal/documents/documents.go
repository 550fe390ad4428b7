// Package documents takes plain text and tables out of datasheets: PDF, DOCX,
// XLSX, HTML, CSV and text. Whoever sends a file may be hostile, so every
// reader here works within limits (bytes in, bytes unpacked, pages, text,
// time), resolves nothing outside the file, runs nothing inside it, and writes
// nothing to disk.
//
// Words: a Document is what was read; its Kind is told from the content, never
// from the name alone; an Error says what is wrong with the file and what its
// sender can do about it. The package knows nothing of products, lists or
// stores, and imports none of their packages.
package documents

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"
)

// Kind is the format of a document.
type Kind string

// The kinds that Extract reads.
const (
	PDF  Kind = "pdf"
	DOCX Kind = "docx"
	XLSX Kind = "xlsx"
	HTML Kind = "html"
	CSV  Kind = "csv"
	Text Kind = "text" // plain text and Markdown
)

// Document is the text of one file.
type Document struct {
	Name      string   `json:"name"` // as given, without directories
	Kind      Kind     `json:"kind"`
	SHA256    string   `json:"sha256"` // of the file, in hexadecimal
	Bytes     int64    `json:"bytes"`  // of the file
	Pages     int      `json:"pages"`  // of a PDF; the sheets read of a workbook; 0 for other kinds
	Text      string   `json:"text"`   // UTF-8, lines parted by \n, cells by \t or as "key: value"; no control characters
	Truncated bool     `json:"truncated"`
	Warnings  []string `json:"warnings,omitempty"` // for people: what was left out or doubted
}

// Limits bound one extraction. Each zero field means its default.
type Limits struct {
	Bytes    int64         // size of the file; 25 MiB
	Unpacked int64         // what its compressed parts may unpack to, in all; 128 MiB
	Pages    int           // pages of a PDF or sheets of a workbook that are read; 500
	Text     int           // bytes of text that are kept; 2 MiB
	Time     time.Duration // from the last byte read to the answer; 20 s
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 25 << 20
	}
	if l.Unpacked <= 0 {
		l.Unpacked = 128 << 20
	}
	if l.Pages <= 0 {
		l.Pages = 500
	}
	if l.Text <= 0 {
		l.Text = 2 << 20
	}
	if l.Time <= 0 {
		l.Time = 20 * time.Second
	}
	return l
}

// Error says why a document cannot be read, in words for its sender.
type Error struct {
	Name   string // of the file
	Reason string // what is wrong with it, as the end of "NAME: …"
	Remedy string // what the sender can do
	Err    error  // the cause, for logs; may be nil
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %s", e.Name, e.Reason, e.Remedy) }
func (e *Error) Unwrap() error { return e.Err }

// slots bounds how many documents are taken apart at once, and so the memory
// of all of them together. A reader that outlives its deadline keeps its slot
// until it has really ended.
var slots = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

// Extract reads r to its end and returns the text of the document in it. Name
// is the file's name; its ending is compared with the content. The error is an
// *Error when the document is at fault or passes a limit; when ctx ended, or r
// failed, it wraps that error.
func Extract(ctx context.Context, name string, r io.Reader, limits Limits) (Document, error) {
	limits = limits.withDefaults()
	name = baseName(name)
	data, err := readAll(ctx, r, limits.Bytes)
	switch {
	case errors.Is(err, errTooLong):
		return Document{}, &Error{name, fmt.Sprintf("is larger than %s", size(limits.Bytes)),
			"send the pages that say what the product is and does", nil}
	case err != nil:
		return Document{}, fmt.Errorf("reading %s: %w", name, err)
	}
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return Document{}, fmt.Errorf("reading %s: %w", name, ctx.Err())
	}
	work, cancel := context.WithTimeout(ctx, limits.Time)
	type answer struct {
		doc Document
		err error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a = answer{err: &Error{name, "is damaged in a way that its reader did not expect",
					"open it, and save or print it anew as PDF", fmt.Errorf("panic: %v", p)}}
			}
			done <- a // before cancel, or the answer would race with the end of work
			cancel()
			<-slots
		}()
		a.doc, a.err = extract(work, name, data, limits)
	}()
	select {
	case a := <-done:
		if a.err != nil {
			return Document{}, finish(ctx, name, limits, a.err)
		}
		return a.doc, nil
	case <-work.Done():
	}
	// Both may be ready; an answer that is there is not thrown away.
	select {
	case a := <-done:
		if a.err != nil {
			return Document{}, finish(ctx, name, limits, a.err)
		}
		return a.doc, nil
	default:
		return Document{}, finish(ctx, name, limits, work.Err())
	}
}

// finish turns the end of a context into the right error: the caller's own, or
// the time limit.
func finish(ctx context.Context, name string, limits Limits, err error) error {
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("reading %s: %w", name, ctx.Err())
	}
	return &Error{name, fmt.Sprintf("takes longer than %v to read", limits.Time),
		"send a simpler file: fewer pages, or the text alone", nil}
}

func extract(ctx context.Context, name string, data []byte, limits Limits) (Document, error) {
	sum := sha256.Sum256(data)
	doc := Document{Name: name, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(data))}
	kind, warning, err := sniff(name, data, limits)
	if err != nil {
		return doc, err
	}
	doc.Kind = kind
	if warning != "" {
		doc.Warnings = append(doc.Warnings, warning)
	}
	out := &sink{max: limits.Text}
	switch kind {
	case PDF:
		err = readPDF(ctx, &doc, data, limits, out)
	case DOCX:
		err = readDOCX(ctx, &doc, data, limits, out)
	case XLSX:
		err = readXLSX(ctx, &doc, data, limits, out)
	case HTML:
		err = readHTML(ctx, &doc, data, out)
	case CSV:
		err = readCSV(ctx, &doc, data, out)
	default:
		err = readText(&doc, data, out)
	}
	if err != nil {
		return doc, err
	}
	doc.Text = clean(out.String())
	if doc.Text == "" {
		return doc, &Error{name, "holds no text", "write what the product is and does in words", nil}
	}
	if out.full {
		doc.Truncated = true
		doc.Warnings = append(doc.Warnings, fmt.Sprintf("only the first %s of text were kept", size(int64(limits.Text))))
	}
	return doc, nil
}

var errTooLong = errors.New("too long")

// readAll reads r to its end, or to one byte more than limit, and looks at ctx
// between reads.
func readAll(ctx context.Context, r io.Reader, limit int64) ([]byte, error) {
	var buf bytes.Buffer
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := io.CopyN(&buf, r, min(1<<20, limit+1-int64(buf.Len())))
		switch {
		case int64(buf.Len()) > limit:
			return nil, errTooLong
		case errors.Is(err, io.EOF):
			return buf.Bytes(), nil
		case err != nil:
			return nil, err
		case n == 0:
			return nil, io.ErrNoProgress
		}
	}
}

// size prints bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
