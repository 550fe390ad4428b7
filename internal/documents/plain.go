package documents

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func readText(doc *Document, data []byte, out *sink) error {
	out.add(decode(doc, data))
	return nil
}

// decode returns text as UTF-8: by its byte order mark, as UTF-8 when it is
// that, and else as Windows-1252, with a warning.
func decode(doc *Document, data []byte) string {
	if s, err := decodeUTF16(data); err == nil {
		return s
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return string(data)
	}
	doc.Warnings = append(doc.Warnings, "it is not UTF-8; it was read as Windows-1252")
	s, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "")
	}
	return string(s)
}

var errNoMark = errors.New("no byte order mark")

func decodeUTF16(data []byte) (string, error) {
	if !bytes.HasPrefix(data, []byte("\xff\xfe")) && !bytes.HasPrefix(data, []byte("\xfe\xff")) ||
		bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")) {
		return "", errNoMark
	}
	s, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
	return string(s), err
}

func readCSV(ctx context.Context, doc *Document, data []byte, out *sink) error {
	text := decode(doc, data)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = separator(text)
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	r.ReuseRecord = true
	var t table
	for row := 1; !out.full; row++ {
		if row%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &Error{doc.Name, fmt.Sprintf("has a row %d that cannot be read", row), "save it anew as CSV, or as XLSX", err}
		}
		if line := t.line(cells); line != "" {
			out.line(line)
		}
	}
	return nil
}

// separator guesses what parts the cells from the first line.
func separator(text string) rune {
	line, _, _ := strings.Cut(text, "\n")
	best, most := ',', strings.Count(line, ",")
	for _, c := range ";\t|" {
		if n := strings.Count(line, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}
