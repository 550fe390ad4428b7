package catalogue

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"assay/classifier"
	"assay/corpus"

	"github.com/xuri/excelize/v2"
)

// header says which column holds what. Columns other than id, name and
// description are attributes under their own heading.
type header struct {
	names                 []string
	id, name, description int
}

func newHeader(cells []string) (header, error) {
	h := header{names: cells, id: -1, name: -1, description: -1}
	for i, c := range cells {
		c = strings.TrimSpace(strings.TrimPrefix(c, "\ufeff"))
		h.names[i] = c
		switch strings.ToLower(c) {
		case "id":
			h.id = i
		case "name":
			h.name = i
		case "description":
			h.description = i
		}
	}
	if h.name < 0 && h.description < 0 {
		return h, errors.New(`the first row must name the columns, among them "name" or "description"`)
	}
	return h, nil
}

func (h header) row(number int, cells []string) Row {
	row := Row{Number: number, Product: classifier.Product{ID: strconv.Itoa(number)}}
	for i, c := range cells {
		switch {
		case i >= len(h.names):
			if strings.TrimSpace(c) != "" {
				row.Err = fmt.Errorf("row %d has %d cells under %d headings; is a comma or quote missing?", number, len(cells), len(h.names))
			}
		case i == h.id:
			if c != "" {
				row.Product.ID = c
			}
		case i == h.name:
			row.Product.Name = c
		case i == h.description:
			row.Product.Description = c
		case strings.TrimSpace(c) != "" && h.names[i] != "":
			if row.Product.Attributes == nil {
				row.Product.Attributes = classifier.Attributes{}
			}
			row.Product.Attributes[h.names[i]] = c
		}
	}
	return row
}

type csvReader struct {
	file   *os.File
	csv    *csv.Reader
	header header
	row    int
}

func openCSV(path string) (Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	buf := bufio.NewReaderSize(f, 64<<10)
	first, _ := buf.Peek(4096)
	r := csv.NewReader(buf)
	r.Comma = separator(first)
	r.FieldsPerRecord = -1
	cells, err := r.Read()
	if err != nil {
		f.Close()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s is empty", path)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	h, err := newHeader(cells)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &csvReader{file: f, csv: r, header: h}, nil
}

// separator guesses what parts the cells: spreadsheets of half of Europe write
// semicolons.
func separator(start []byte) rune {
	line, _, _ := bytes.Cut(start, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, c := range ";\t" {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

func (r *csvReader) Next() (Row, error) {
	cells, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return Row{}, io.EOF
	}
	r.row++
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		id := strconv.Itoa(r.row)
		if r.header.id >= 0 && r.header.id < len(cells) && cells[r.header.id] != "" {
			id = cells[r.header.id]
		}
		return Row{Number: r.row, Product: classifier.Product{ID: id}, Err: fmt.Errorf("row %d, line %d: %w", r.row, parse.Line, parse.Err)}, nil
	case err != nil:
		return Row{}, fmt.Errorf("%s: after row %d: %w", r.file.Name(), r.row-1, err)
	}
	return r.header.row(r.row, cells), nil
}

func (r *csvReader) Close() error { return r.file.Close() }

type xlsxReader struct {
	file   *excelize.File
	rows   *excelize.Rows
	path   string
	header header
	row    int
}

// Unzipped sizes beyond which a workbook is refused: it would be a bomb, or
// no catalogue.
const (
	maxUnzipped = 2 << 30
	maxInMemory = 32 << 20 // larger sheets are unpacked to a temporary file
)

func openXLSX(path string) (Reader, error) {
	f, err := excelize.OpenFile(path, excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxInMemory, RawCellValue: true})
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		return nil, fmt.Errorf("%s cannot be read as a workbook: %w", path, err)
	}
	fail := func(err error) (Reader, error) {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	sheet := f.GetSheetName(f.GetActiveSheetIndex())
	rows, err := f.Rows(sheet)
	if err != nil {
		return fail(err)
	}
	if !rows.Next() {
		return fail(fmt.Errorf("sheet %q is empty", sheet))
	}
	cells, err := rows.Columns()
	if err != nil {
		return fail(err)
	}
	h, err := newHeader(cells)
	if err != nil {
		return fail(fmt.Errorf("sheet %q: %w", sheet, err))
	}
	return &xlsxReader{file: f, rows: rows, path: path, header: h}, nil
}

func (r *xlsxReader) Next() (Row, error) {
	for r.rows.Next() {
		cells, err := r.rows.Columns()
		if err != nil {
			return Row{}, fmt.Errorf("%s: after row %d: %w", r.path, r.row, err)
		}
		if len(cells) == 0 {
			continue // a blank line of the sheet
		}
		r.row++
		return r.header.row(r.row, cells), nil
	}
	if err := r.rows.Error(); err != nil {
		return Row{}, fmt.Errorf("%s: after row %d: %w", r.path, r.row, err)
	}
	return Row{}, io.EOF
}

func (r *xlsxReader) Close() error {
	r.rows.Close()
	return r.file.Close()
}

// columns are the headings of a results table.
func columns(lists []corpus.ListID) []string {
	cols := []string{"id", "name"}
	for _, l := range lists {
		for _, c := range []string{"code", "status", "probability", "gist", "next", "reason"} {
			cols = append(cols, string(l)+" "+c)
		}
	}
	return append(cols, "language", "corpus", "model", "error")
}

// cells flattens a result: the outcome of each list, the gist of its first
// suggestion, and the three next codes.
func cells(r Result, lists []corpus.ListID) []string {
	out := []string{r.ID, r.Assessment.Name}
	for _, l := range lists {
		var o classifier.Outcome
		for _, x := range r.Assessment.Outcomes {
			if x.List == l {
				o = x
			}
		}
		var gist string
		var next []string
		for _, s := range r.Assessment.Suggestions {
			switch {
			case s.List != l:
			case s.Code == o.Code:
				gist = s.Gist
			case len(next) < 3:
				next = append(next, s.Code)
			}
		}
		probability := ""
		if r.Err == nil {
			probability = strconv.FormatFloat(o.Probability, 'f', 3, 64)
		}
		out = append(out, o.Code, string(o.Status), probability, gist, strings.Join(next, " "), o.Reason)
	}
	message := ""
	if r.Err != nil {
		message = r.Err.Error()
	}
	return append(out, r.Assessment.Language, r.Assessment.Corpus, r.Assessment.Model, message)
}

// safe keeps text that came from outside from being run as a formula when a
// CSV file is opened in a spreadsheet. An XLSX cell says itself that it is text.
func safe(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

type csvWriter struct {
	draft *draft
	csv   *csv.Writer
	lists []corpus.ListID
}

func createCSV(path string, lists []corpus.ListID) (Writer, error) {
	d, err := newDraft(path)
	if err != nil {
		return nil, err
	}
	w := &csvWriter{draft: d, csv: csv.NewWriter(d.file), lists: lists}
	if err := w.csv.Write(columns(lists)); err != nil {
		d.discard()
		return nil, err
	}
	return w, nil
}

func (w *csvWriter) Write(r Result) error {
	row := cells(r, w.lists)
	for i := 1; i < len(row); i++ { // the id goes out as it came in
		row[i] = safe(row[i])
	}
	return w.csv.Write(row)
}

func (w *csvWriter) Close() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		w.draft.discard()
		return err
	}
	return w.draft.publish()
}

func (w *csvWriter) Discard() { w.draft.discard() }

type xlsxWriter struct {
	draft  *draft
	book   *excelize.File
	stream *excelize.StreamWriter
	lists  []corpus.ListID
	row    int
}

func createXLSX(path string, lists []corpus.ListID) (Writer, error) {
	d, err := newDraft(path)
	if err != nil {
		return nil, err
	}
	book := excelize.NewFile()
	stream, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		d.discard()
		return nil, err
	}
	w := &xlsxWriter{draft: d, book: book, stream: stream, lists: lists}
	if err := w.append(columns(lists)); err != nil {
		w.Discard()
		return nil, err
	}
	return w, nil
}

func (w *xlsxWriter) append(texts []string) error {
	w.row++
	if w.row > excelize.TotalRows {
		return fmt.Errorf("a sheet holds at most %d rows; write to .csv or .jsonl", excelize.TotalRows)
	}
	values := make([]any, len(texts))
	for i, t := range texts {
		values[i] = t
	}
	return w.stream.SetRow("A"+strconv.Itoa(w.row), values)
}

func (w *xlsxWriter) Write(r Result) error { return w.append(cells(r, w.lists)) }

func (w *xlsxWriter) Close() error {
	if err := w.stream.Flush(); err != nil {
		w.Discard()
		return err
	}
	if _, err := w.book.WriteTo(w.draft.file); err != nil {
		w.Discard()
		return err
	}
	w.book.Close()
	return w.draft.publish()
}

func (w *xlsxWriter) Discard() {
	w.book.Close()
	w.draft.discard()
}
