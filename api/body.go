package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// readBody reads the body of r, which must be of type media and UTF-8.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, media string) ([]byte, error) {
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != media {
		return nil, &failure{kind: kindMediaType, message: fmt.Sprintf("the body is of type %.80q", r.Header.Get("Content-Type")),
			remedy: "send the header Content-Type: " + media}
	}
	defer receiving(w, r)()
	data, err := io.ReadAll(r.Body)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, &failure{kind: kindGone, message: "the body is cut off", cause: err}
	}
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, &failure{kind: kindInvalidInput, message: "the body is not UTF-8", remedy: "save or encode the text as UTF-8"}
	}
	return data, nil
}

// decode reads data, one JSON value and nothing else, into v. Fields that v
// does not have are refused by name: a misspelt field would silently change
// what is assessed.
func decode(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			return &failure{kind: kindInvalidJSON, message: fmt.Sprintf("something follows the JSON value at byte %d", dec.InputOffset()), remedy: "send one object a request"}
		}
		return nil
	}
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		field := strings.ReplaceAll("."+typed.Field, ".Product.", ".")[1:] // an embedded struct's name is ours, not the sender's
		message := fmt.Sprintf("%s is a %s; it must be %s", field, typed.Value, article(typed.Type.Kind().String()))
		if field == "" {
			message = "the body is a JSON " + typed.Value
		}
		return &failure{kind: kindInvalidJSON, message: message, field: field, remedy: "see /api/v1/openapi.yaml for the form of the body"}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		return &failure{kind: kindUnknownField, message: fmt.Sprintf("there is no field %.80q", name), field: clip(name, 80), remedy: "leave it out or correct its name; /api/v1/openapi.yaml lists the fields"}
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &failure{kind: kindInvalidJSON, message: fmt.Sprintf("not JSON at byte %d: %v", syntax.Offset, syntax), remedy: "correct the JSON there"}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &failure{kind: kindInvalidJSON, message: "the JSON ends too early", remedy: "send one whole object"}
	}
	return &failure{kind: kindInvalidJSON, message: "the JSON cannot be read", remedy: "see /api/v1/openapi.yaml for the form of the body", cause: err}
}

// article names a Go kind as JSON people know it.
func article(kind string) string {
	switch kind {
	case "slice", "array":
		return "an array"
	case "struct", "map":
		return "an object"
	case "int", "float64":
		return "a number"
	case "bool":
		return "true or false"
	}
	return "a " + kind
}

// clip cuts s to at most n bytes without cutting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
