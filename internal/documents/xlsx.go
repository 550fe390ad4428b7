package documents

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"path"

	"github.com/xuri/excelize/v2"
)

// maxSheets are read of a workbook; datasheets have few, catalogues are read
// by `assay batch`.
const maxSheets = 20

// maxRows bounds empty rows that a hostile sheet jumps over.
const maxRows = 1 << 20

func readXLSX(ctx context.Context, doc *Document, data []byte, limits Limits, out *sink) error {
	pkg, err := openPackage(doc.Name, data, limits)
	if err != nil {
		return err
	}
	if pkg.hasMacros() {
		doc.Warnings = append(doc.Warnings, "it holds macros; they were neither run nor read")
	}
	// excelize does not bound the depth of XML, nor refuse entities as plainly.
	for part := range pkg.parts {
		if ext := path.Ext(part); ext == ".xml" || ext == ".rels" || ext == ".vml" {
			if err := pkg.walk(ctx, part, func(xml.Token) error { return nil }); err != nil {
				return err
			}
		}
	}
	// Both sizes the same: no sheet is spilled to disk.
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: limits.Unpacked, UnzipXMLSizeLimit: limits.Unpacked})
	if err != nil {
		return &Error{doc.Name, "is a damaged workbook", "open it, and save it anew or print it as PDF", err}
	}
	defer f.Close()
	sheets, hidden, left := []string{}, 0, 0
	for _, sheet := range f.GetSheetList() {
		if visible, err := f.GetSheetVisible(sheet); err == nil && !visible {
			hidden++
			continue
		}
		if len(sheets) == min(maxSheets, limits.Pages) {
			left++
			continue
		}
		sheets = append(sheets, sheet)
	}
	if hidden > 0 {
		doc.Warnings = append(doc.Warnings, fmt.Sprintf("hidden sheets were not read: %d", hidden))
	}
	if left > 0 {
		doc.Truncated = true
		doc.Warnings = append(doc.Warnings, fmt.Sprintf("only the first %d sheets were read; %d are left", len(sheets), left))
	}
	for _, sheet := range sheets {
		if len(sheets) > 1 {
			out.line(sheet)
		}
		if err := readSheet(ctx, doc, f, sheet, out); err != nil {
			return err
		}
		doc.Pages++
		out.line("")
	}
	return nil
}

func readSheet(ctx context.Context, doc *Document, f *excelize.File, sheet string, out *sink) error {
	var t table
	rows, err := f.Rows(sheet)
	if err != nil {
		var none excelize.ErrSheetNotExist
		if errors.As(err, &none) {
			return nil // a chart sheet
		}
		return &Error{doc.Name, fmt.Sprintf("has a damaged sheet %q", sheet), "open it, and save it anew or print it as PDF", err}
	}
	defer rows.Close()
	for i := 0; i < maxRows && rows.Next() && !out.full; i++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		cells, err := rows.Columns()
		if err != nil {
			return &Error{doc.Name, fmt.Sprintf("has a damaged row %d on sheet %q", i+1, sheet), "open it, and save it anew or print it as PDF", err}
		}
		if line := t.line(cells); line != "" {
			out.line(line)
		}
	}
	if err := rows.Error(); err != nil {
		return &Error{doc.Name, fmt.Sprintf("has a damaged sheet %q", sheet), "open it, and save it anew or print it as PDF", err}
	}
	return nil
}
