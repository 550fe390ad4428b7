package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

const (
	csrfName   = "csrf"
	csrfHeader = "X-CSRF-Token"
	mostToken  = 200
)

// formToken returns the token that r carries, in a header or as a field of its
// form, and leaves the body as if nobody had read it. Of an upload it reads the
// first field only: templates put the token there.
func formToken(w http.ResponseWriter, r *http.Request) (string, error) {
	if token := r.Header.Get(csrfHeader); token != "" {
		return token, nil
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", nil // what is no form has no token
	}
	defer receiving(w, r)()
	switch media {
	case "application/x-www-form-urlencoded":
		data, err := io.ReadAll(r.Body)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return "", &failure{kind: kindGone, message: "the body is cut off", cause: err}
		}
		if err != nil {
			return "", err
		}
		r.Body = again{bytes.NewReader(data), r.Body}
		typed, err := url.ParseQuery(string(data))
		if err != nil {
			return "", nil // the handler says what is wrong with it
		}
		return typed.Get(csrfName), nil
	case "multipart/form-data":
		var read bytes.Buffer
		token := firstField(io.TeeReader(r.Body, &read), params["boundary"])
		r.Body = again{io.MultiReader(&read, r.Body), r.Body}
		return token, nil
	}
	return "", nil
}

func firstField(body io.Reader, boundary string) string {
	part, err := multipart.NewReader(body, boundary).NextPart()
	if err != nil || part.FormName() != csrfName || part.FileName() != "" {
		return ""
	}
	token, err := io.ReadAll(io.LimitReader(part, mostToken))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(token))
}

// again is a body that is read once more from what was kept of it.
type again struct {
	io.Reader
	io.Closer
}
