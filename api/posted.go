package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"assay/review"

	"github.com/labstack/echo/v4"
)

// posted is what a form of a page sent.
type posted struct {
	url.Values
	files []review.Upload
}

// text returns a field as it was typed: browsers send line ends as CRLF.
func (p posted) text(field string) string {
	return strings.ReplaceAll(p.Get(field), "\r\n", "\n")
}

// postedForm reads a form, with files or without.
func (s *Server) postedForm(c echo.Context) (posted, error) {
	r := c.Request()
	if isForm(r) {
		return s.postedParts(c.Response(), r)
	}
	data, err := s.readBody(c.Response(), r, echo.MIMEApplicationForm)
	if err != nil {
		return posted{}, err
	}
	values, err := url.ParseQuery(string(data))
	if err != nil {
		return posted{}, &failure{kind: kindInvalidInput, message: "the form cannot be read", remedy: "send it from the page", cause: err}
	}
	return posted{Values: values}, nil
}

// postedParts reads a form with files. Everything but the files is held to
// MaxBody, a file to what review takes.
func (s *Server) postedParts(w http.ResponseWriter, r *http.Request) (posted, error) {
	defer receiving(w, r)()
	p := posted{Values: url.Values{}}
	parts, err := r.MultipartReader()
	if err != nil {
		return p, cutOff(err)
	}
	left := s.MaxBody
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return p, cutOff(err)
		}
		if part.FileName() != "" {
			err = p.addFile(part)
		} else {
			left, err = p.addField(part, left)
		}
		if err != nil {
			return p, err
		}
	}
}

func (p *posted) addFile(part *multipart.Part) error {
	if len(p.files) >= review.MaxDocuments {
		return &failure{kind: kindInvalidInput, field: "document", message: "there are too many documents", remedy: fmt.Sprintf("send at most %d", review.MaxDocuments)}
	}
	data, err := io.ReadAll(io.LimitReader(part, review.MaxDocument+1))
	switch {
	case err != nil:
		return cutOff(err)
	case len(data) > review.MaxDocument:
		return &failure{kind: kindTooLarge, field: "document", message: fmt.Sprintf("%.80q is larger than %d MiB", part.FileName(), review.MaxDocument>>20),
			remedy: "send the pages that say what the product is and does"}
	}
	p.files = append(p.files, review.Upload{Name: part.FileName(), Data: data})
	return nil
}

func (p *posted) addField(part *multipart.Part, left int64) (int64, error) {
	data, err := io.ReadAll(io.LimitReader(part, left+1))
	switch {
	case err != nil:
		return 0, cutOff(err)
	case int64(len(data)) > left:
		return 0, tooLarge(left)
	case !utf8.Valid(data):
		return 0, &failure{kind: kindInvalidInput, message: "the form is not UTF-8", remedy: "send it from the page"}
	case part.FormName() != "" && !fileField(part):
		p.Add(part.FormName(), string(data))
	}
	return left - int64(len(data)), nil
}

// fileField reports whether part is the field of a file that nobody chose:
// browsers send it empty, with a name that is empty.
func fileField(part *multipart.Part) bool {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	_, file := params["filename"]
	return err == nil && file
}
