package documents

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/documents/pdf"
)

func readPDF(ctx context.Context, doc *Document, data []byte, limits Limits, out *sink) error {
	res, err := pdf.Read(ctx, data, pdf.Limits{Pages: limits.Pages, Text: limits.Text, Unpacked: limits.Unpacked})
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, pdf.ErrEncrypted):
		return &Error{doc.Name, "is protected by a password", "remove the password and send it again", err}
	case errors.Is(err, pdf.ErrTooLarge):
		return &Error{doc.Name, "unpacks to far more than its size", "print it anew as PDF, or send the pages that matter", err}
	case err != nil:
		return &Error{doc.Name, "is a damaged PDF", "open it, and print it anew as PDF", err}
	}
	doc.Pages = res.Pages
	warn := func(format string, args ...any) { doc.Warnings = append(doc.Warnings, fmt.Sprintf(format, args...)) }
	if strings.TrimSpace(res.Text) == "" {
		return noText(doc.Name, res)
	}
	if res.More {
		doc.Truncated = true
		warn("only the first %d pages were read", res.Pages)
	}
	if len(res.Empty) > 0 {
		warn("no text but pictures on %s; if these are scans, run text recognition (OCR) over the file", pageNumbers(res.Empty))
	}
	if res.Unmapped*50 > res.Glyphs {
		warn("%d of %d letters could not be told: a font says how they look and not which they are", res.Unmapped, res.Glyphs)
	}
	if res.Damaged > 0 {
		warn("%d of its parts are damaged; text may be missing", res.Damaged)
	}
	out.add(res.Text)
	out.full = out.full || res.Truncated
	return nil
}

// noText says why a PDF gave none.
func noText(name string, res pdf.Result) error {
	switch {
	case res.Unmapped > 0:
		return &Error{name, "has text whose letters cannot be told: its fonts say how they look and not which they are",
			"run text recognition (OCR) over it, or export it anew", nil}
	case len(res.Empty) > 0:
		return &Error{name, fmt.Sprintf("is a scan: its %d pages hold pictures and no text", res.Pages), "run text recognition (OCR) over it, and send the result", nil}
	case res.Damaged > 0:
		return &Error{name, "is a damaged PDF", "open it, and print it anew as PDF", nil}
	}
	return &Error{name, "holds no text", "send the document as text, or run text recognition (OCR) over it", nil}
}

func pageNumbers(pages []int) string {
	if len(pages) == 1 {
		return fmt.Sprintf("page %d", pages[0])
	}
	words := make([]string, 0, 6)
	for _, p := range pages[:min(len(pages), 5)] {
		words = append(words, strconv.Itoa(p))
	}
	list := strings.Join(words, ", ")
	if len(pages) > 5 {
		list += fmt.Sprintf(" and %d others", len(pages)-5)
	}
	return "pages " + list
}
