package catalogue

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"unicode/utf8"

	"assay/classifier"
)

// maxLine bounds a line of JSONL: a description at its limit, escaped, fits.
const maxLine = 1 << 20

type jsonlReader struct {
	file *os.File
	buf  *bufio.Reader
	row  int
}

func openJSONL(path string) (Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &jsonlReader{file: f, buf: bufio.NewReaderSize(f, 64<<10)}, nil
}

func (r *jsonlReader) Next() (Row, error) {
	for {
		line, tooLong, err := r.line()
		if errors.Is(err, io.EOF) && len(line) == 0 && !tooLong {
			return Row{}, io.EOF
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return Row{}, fmt.Errorf("%s: after row %d: %w", r.file.Name(), r.row, err)
		}
		if len(bytes.TrimSpace(line)) == 0 && !tooLong {
			continue
		}
		r.row++
		row := Row{Number: r.row}
		if tooLong {
			row.Err = fmt.Errorf("row %d is longer than %d bytes", r.row, maxLine)
			row.Product.ID = strconv.Itoa(r.row)
			return row, nil
		}
		row.Product, row.Err = decodeProduct(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")))
		if row.Err != nil {
			row.Err = fmt.Errorf("row %d: %w", r.row, row.Err)
		}
		if row.Product.ID == "" {
			row.Product.ID = strconv.Itoa(r.row)
		}
		return row, nil
	}
}

// line returns the next line without its end. Of a line that is too long it
// returns nothing, having read past it.
func (r *jsonlReader) line() (line []byte, tooLong bool, err error) {
	for {
		part, err := r.buf.ReadSlice('\n')
		if !tooLong {
			line = append(line, part...)
		}
		if len(line) > maxLine {
			line, tooLong = nil, true
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return bytes.TrimRight(line, "\r\n"), tooLong, err
	}
}

func (r *jsonlReader) Close() error { return r.file.Close() }

// decodeProduct reads one JSON object. Unknown fields are left alone, because
// catalogues carry more than we need; an id may be a number.
func decodeProduct(line []byte) (classifier.Product, error) {
	var raw struct {
		ID          json.RawMessage       `json:"id"`
		Name        string                `json:"name"`
		Description string                `json:"description"`
		Attributes  classifier.Attributes `json:"attributes"`
	}
	if !utf8.Valid(line) {
		return classifier.Product{ID: idOf(line)}, errors.New("is not UTF-8 text; save the file as UTF-8")
	}
	if err := json.Unmarshal(line, &raw); err != nil {
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			err = fmt.Errorf("is not JSON at byte %d", syntax.Offset)
		case errors.As(err, &kind) && kind.Field != "":
			err = fmt.Errorf("%s must not be a %s", kind.Field, kind.Value)
		case errors.As(err, &kind):
			err = errors.New("must be an object with id, name, description")
		}
		return classifier.Product{ID: idOf(line)}, err
	}
	p := classifier.Product{Name: raw.Name, Description: raw.Description, Attributes: raw.Attributes}
	if len(raw.ID) > 0 && string(raw.ID) != "null" {
		if json.Unmarshal(raw.ID, &p.ID) != nil {
			p.ID = string(raw.ID)
		}
	}
	return p, nil
}

// idOf salvages the id of a row whose other fields are wrong.
func idOf(line []byte) string {
	var only struct {
		ID any `json:"id"`
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if dec.Decode(&only) != nil || only.ID == nil {
		return ""
	}
	return fmt.Sprint(only.ID)
}

type jsonlWriter struct {
	draft *draft
	buf   *bufio.Writer
}

func createJSONL(path string) (Writer, error) {
	d, err := newDraft(path)
	if err != nil {
		return nil, err
	}
	return &jsonlWriter{draft: d, buf: bufio.NewWriterSize(d.file, 256<<10)}, nil
}

func (w *jsonlWriter) Write(r Result) error {
	var v any = r.Assessment
	if r.Err != nil {
		v = struct {
			ID    string `json:"id"`
			Error string `json:"error"`
		}{r.ID, r.Err.Error()}
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.buf.Write(data)
	return w.buf.WriteByte('\n')
}

func (w *jsonlWriter) Close() error {
	if err := w.buf.Flush(); err != nil {
		w.draft.discard()
		return err
	}
	return w.draft.publish()
}

func (w *jsonlWriter) Discard() { w.draft.discard() }
