// Package pdf reads the text of PDF files that may be hostile. Everything it
// does is bounded within the process: objects made, bytes unpacked, nesting,
// pages, text, and time through the context. It reads no cross-reference
// table, follows nothing outside the file, runs nothing, and never panics on
// purpose; its caller recovers all the same.
//
// It imports nothing of the project.
package pdf

import (
	"context"
	"errors"
	"strings"
)

// Errors of Read beside those of the context. ErrDamaged wraps the particulars.
var (
	ErrEncrypted = errors.New("the PDF wants a password")
	ErrTooLarge  = errors.New("the PDF unpacks to more than allowed")
	ErrDamaged   = errors.New("the PDF is damaged")
)

// Limits of one reading; each must be positive.
type Limits struct {
	Pages    int   // pages that are read
	Text     int   // bytes of text that are kept
	Unpacked int64 // bytes that all streams together may unpack to
}

// Result is the text of a file.
type Result struct {
	Text      string // pages in order; lines parted by \n, cells by \t
	Pages     int    // pages read
	More      bool   // there are pages beyond the limit
	Truncated bool   // the text passed its limit
	Empty     []int  // numbers of pages with a picture and no text: scans
	Pictures  int
	Glyphs    int // glyphs drawn
	Unmapped  int // glyphs whose letter the file does not tell
	Damaged   int // streams that broke off
}

// Read returns the text of a PDF.
func Read(ctx context.Context, data []byte, limits Limits) (Result, error) {
	f, err := open(ctx, data, limits.Unpacked)
	if err != nil {
		return Result{}, problem(err)
	}
	pages, more, err := f.pages(limits.Pages)
	if err != nil {
		return Result{}, problem(err)
	}
	if f.objects < 0 {
		return Result{}, problem(errObjects)
	}
	if len(pages) == 0 {
		return Result{}, errors.Join(ErrDamaged, errors.New("it has no pages"))
	}
	r := reader{f: f, fonts: map[int]*font{}, out: layout{max: limits.Text}}
	res := Result{More: more}
	for i, p := range pages {
		if r.out.full {
			break
		}
		before, pictures := r.out.Len(), r.pictures
		if err := r.page(p); err != nil {
			return Result{}, problem(err)
		}
		if f.objects < 0 {
			return Result{}, problem(errObjects)
		}
		if strings.TrimSpace(r.out.String()[before:]) == "" && r.pictures > pictures {
			res.Empty = append(res.Empty, i+1)
		}
		r.out.endPage()
		res.Pages++
	}
	res.Text, res.Truncated = r.out.String(), r.out.full
	res.Pictures, res.Glyphs, res.Unmapped, res.Damaged = r.pictures, r.glyphs, r.unmapped, r.damaged
	return res, nil
}

// problem sorts what went wrong into the errors that callers know.
func problem(err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrEncrypted), errors.Is(err, ErrTooLarge):
		return err
	case errors.Is(err, errObjects):
		return errors.Join(ErrTooLarge, err)
	}
	return errors.Join(ErrDamaged, err)
}
