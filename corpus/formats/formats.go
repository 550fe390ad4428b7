// Package formats tells the published forms of control lists apart and hands
// a source to the reader that can read it. It is the one place that knows all
// readers, and so the one package below corpus that may import the others.
package formats

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"assay/corpus"
	"assay/corpus/annexi"
	"assay/corpus/ecfr"
	"assay/corpus/interchange"
	"assay/corpus/layout"
)

// format is one published form: what an edition of it is called, what people
// call it, and its reader.
type format struct {
	name, people string
	read         func(corpus.Source) (*corpus.Edition, error)
}

var formats = []format{
	{ecfr.FormatCCL, "eCFR XML of the CCL (15 CFR 774)", ecfr.ReadCCL},
	{ecfr.FormatUSML, "eCFR XML of the USML (22 CFR 121)", ecfr.ReadUSML},
	{annexi.FormatJSON, "JSON of the consolidated EU Annex I", annexi.ReadConsolidated},
	{annexi.FormatXHTML, "EUR-Lex XHTML of the EU Annex I", annexi.ReadXHTML},
	{layout.FormatAnnexI, "layout text (pdftotext -layout) of the EU Annex I", layout.ReadAnnexI},
	{layout.FormatMilitary, "layout text of the EU Common Military List", layout.ReadCommonMilitary},
	{interchange.Format, "interchange lines (edition/1)", interchange.Read},
}

// Names returns the names that Detect gives, in a fixed order.
func Names() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// Detect returns the name of the format that data is in, by what it holds and
// not by a file name, or "" when it is none that is read here. A gzip-ed text
// must be unpacked first; Read does so.
func Detect(data []byte) string {
	head := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n")
	start := head[:min(len(head), 4<<10)]
	switch {
	case len(head) == 0:
		return ""
	case head[0] == '{' && interchange.Detect(head):
		return interchange.Format
	case head[0] == '{' && bytes.Contains(start, []byte(`"celex"`)), head[0] == '{' && bytes.Contains(head, []byte(`"verbatim_text"`)):
		return annexi.FormatJSON
	case head[0] == '<':
		if name := ecfr.Detect(data); name != "" {
			return name
		}
		if bytes.Contains(bytes.ToLower(start), []byte("<html")) {
			return annexi.FormatXHTML
		}
		return ""
	}
	return layout.Detect(data)
}

// Read reads src with the reader for its format, unpacking it first when it
// is gzip-ed; hash and limits are then those of the unpacked text. The error is
// a *corpus.ReadError; for an unknown format it names those that are accepted.
func Read(src corpus.Source) (*corpus.Edition, error) {
	limit := src.Limits.WithDefaults().Bytes
	if int64(len(src.Data)) > limit {
		return nil, refuse(src, "check that this is the list itself", fmt.Errorf("%d bytes are more than the limit of %d", len(src.Data), limit))
	}
	if bytes.HasPrefix(src.Data, []byte{0x1f, 0x8b}) {
		data, err := unpack(src.Data, limit)
		if err != nil {
			return nil, refuse(src, "fetch it again, or unpack it yourself", err)
		}
		src.Data = data
	}
	name := Detect(src.Data)
	for _, f := range formats {
		if f.name == name {
			return f.read(src)
		}
	}
	people := make([]string, len(formats))
	for i, f := range formats {
		people[i] = f.people
	}
	return nil, refuse(src, "accepted are, gzip-ed or not: "+strings.Join(people, "; "), errors.New("the format is not known"))
}

// unpack returns the text in a gzip file, which may have limit bytes at most.
func unpack(data []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("the gzip file ends in the middle")
	case err != nil:
		return nil, fmt.Errorf("gzip: %w", err)
	case int64(len(text)) > limit:
		return nil, fmt.Errorf("unpacked, it has more than the limit of %d bytes", limit)
	case bytes.HasPrefix(text, []byte{0x1f, 0x8b}):
		return nil, errors.New("it is packed twice")
	}
	return text, nil
}

func refuse(src corpus.Source, remedy string, err error) error {
	return &corpus.ReadError{Source: src.Name, Err: err, Remedy: remedy}
}
