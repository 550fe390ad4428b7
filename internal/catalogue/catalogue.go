// Package catalogue reads products from tables and writes what was found for
// each of them: JSONL, CSV and XLSX, one row after another, so that a
// catalogue of a million rows needs no more memory than one of ten. A row that
// cannot be read becomes a row with an error; it is never lost. It imports
// classifier for the types of a product and an assessment only.
package catalogue

import (
	"fmt"
	"path/filepath"
	"strings"

	"assay/classifier"
	"assay/corpus"
)

// Row is one row of a catalogue. Err is set, and Product holds no more than
// its ID, when the row could not be read.
type Row struct {
	Number  int // 1-based, the header of a table not counted
	Product classifier.Product
	Err     error
}

// Result is the answer for a row: an assessment, or an error for people.
type Result struct {
	ID         string
	Assessment classifier.Assessment
	Err        error
}

// Reader yields rows in order. Next returns io.EOF after the last row; any
// other error means that the file itself cannot be read further.
type Reader interface {
	Next() (Row, error)
	Close() error
}

// Writer stores results in order. The file appears under its name only with
// Close; Discard gives up and leaves nothing under that name.
type Writer interface {
	Write(Result) error
	Close() error
	Discard()
}

// Format is the kind of file, told by its ending.
type Format string

const (
	JSONL Format = "jsonl"
	CSV   Format = "csv"
	XLSX  Format = "xlsx"
)

// FormatOf returns the format of a file by its name.
func FormatOf(path string) (Format, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".jsonl", ".ndjson":
		return JSONL, nil
	case ".csv":
		return CSV, nil
	case ".xlsx":
		return XLSX, nil
	default:
		return "", fmt.Errorf("%s: the ending %q is none of .jsonl, .csv, .xlsx", path, ext)
	}
}

// Open returns a reader of the catalogue at path.
func Open(path string) (Reader, error) {
	format, err := FormatOf(path)
	if err != nil {
		return nil, err
	}
	switch format {
	case CSV:
		return openCSV(path)
	case XLSX:
		return openXLSX(path)
	}
	return openJSONL(path)
}

// Create returns a writer of results for lists to path. Until Close the rows
// stand in a file beside it, so that an interrupted run leaves no half answer.
func Create(path string, lists []corpus.ListID) (Writer, error) {
	format, err := FormatOf(path)
	if err != nil {
		return nil, err
	}
	switch format {
	case CSV:
		return createCSV(path, lists)
	case XLSX:
		return createXLSX(path, lists)
	}
	return createJSONL(path)
}
