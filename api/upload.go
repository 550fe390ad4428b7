package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"slices"

	"assay/review"

	"github.com/labstack/echo/v4"
)

// rawMedia are the types that a file sent as a body of its own may have. What
// it really is, its content tells; these keep forms and JSON from being taken
// for datasheets.
var rawMedia = []string{
	"application/octet-stream", "application/pdf",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"text/html", "application/xhtml+xml", "text/csv", "text/plain", "text/markdown",
}

func isForm(r *http.Request) bool { return mediaOf(r) == echo.MIMEMultipartForm }

func mediaOf(r *http.Request) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// form is what a form with documents held.
type form struct {
	data      []byte // of the part of JSON, nil when there was none
	documents []review.Upload
}

// readForm reads a form of files, in parts called document, and of one part of
// JSON called jsonPart; "" for none.
func (s *Server) readForm(w http.ResponseWriter, r *http.Request, jsonPart string) (f form, err error) {
	defer receiving(w, r)()
	parts, err := r.MultipartReader()
	if err != nil {
		return f, &failure{kind: kindInvalidInput, message: "the form cannot be read", remedy: "send it as multipart/form-data with a boundary", cause: err}
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, cutOff(err)
		}
		if err := s.readPart(&f, part, jsonPart); err != nil {
			return f, err
		}
	}
}

func (s *Server) readPart(f *form, part *multipart.Part, jsonPart string) error {
	name, most := part.FormName(), int64(review.MaxDocument)
	if name == jsonPart {
		most = s.MaxBody
	}
	data, err := io.ReadAll(io.LimitReader(part, most+1))
	switch {
	case err != nil:
		return cutOff(err)
	case int64(len(data)) > most:
		return tooLarge(most)
	case name == "document" && part.FileName() == "":
		return &failure{kind: kindInvalidInput, message: "a document has no file name", field: "document", remedy: "send it as a file, with its name and ending"}
	case name == "document":
		f.documents = append(f.documents, review.Upload{Name: part.FileName(), Data: data})
	case name != jsonPart || name == "":
		return &failure{kind: kindUnknownField, message: fmt.Sprintf("there is no part %.80q", name), field: clip(name, 80), remedy: "leave it out or correct its name; /api/v1/openapi.yaml lists the parts"}
	case f.data != nil:
		return &failure{kind: kindInvalidInput, message: jsonPart + " is given twice", field: jsonPart, remedy: "send one"}
	default:
		f.data = data
	}
	return nil
}

// cutOff explains a body that could not be read to its end.
func cutOff(err error) error {
	var large *http.MaxBytesError
	var network net.Error
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &failure{kind: kindInvalidInput, message: "the body ends too early", remedy: "send it whole; a form ends with its boundary", cause: err}
	case errors.As(err, &large), errors.As(err, &network):
		return err
	}
	return &failure{kind: kindInvalidInput, message: "the form cannot be read", remedy: "end it with its boundary", cause: err}
}

// readUpload reads the one file that a request carries: as the part document
// of a form, or as a body of its own, its name in the address.
func (s *Server) readUpload(w http.ResponseWriter, r *http.Request) (review.Upload, error) {
	q := newQuery(r)
	name := q.text("filename")
	if err := q.end(); err != nil {
		return review.Upload{}, err
	}
	if isForm(r) {
		f, err := s.readForm(w, r, "")
		if err != nil {
			return review.Upload{}, err
		}
		if len(f.documents) != 1 {
			return review.Upload{}, &failure{kind: kindInvalidInput, message: fmt.Sprintf("the form holds %d documents", len(f.documents)), field: "document", remedy: "send one a request"}
		}
		return f.documents[0], nil
	}
	if !slices.Contains(rawMedia, mediaOf(r)) {
		return review.Upload{}, &failure{kind: kindMediaType, message: fmt.Sprintf("the body is of type %.80q", r.Header.Get("Content-Type")),
			remedy: "send the file as multipart/form-data, or as a body of its own type or application/octet-stream with ?filename="}
	}
	if name == "" {
		return review.Upload{}, &failure{kind: kindInvalidInput, message: "the document has no file name", field: "filename", remedy: "add ?filename= with its name and ending"}
	}
	defer receiving(w, r)()
	data, err := io.ReadAll(io.LimitReader(r.Body, review.MaxDocument+1))
	if err != nil {
		return review.Upload{}, cutOff(err)
	}
	if len(data) > review.MaxDocument {
		return review.Upload{}, tooLarge(review.MaxDocument)
	}
	return review.Upload{Name: name, Data: data}, nil
}
