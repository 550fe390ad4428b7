package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"assay/classifier"
	"assay/review"
	"assay/review/account"

	"github.com/labstack/echo/v4"
)

// kind is what sort of thing went wrong, as clients see it in "code".
type kind string

const (
	kindInvalidInput kind = "invalid_input"
	kindInvalidJSON  kind = "invalid_json"
	kindUnknownField kind = "unknown_field"
	kindSignIn       kind = "sign_in"
	kindForbidden    kind = "forbidden"
	kindConflict     kind = "conflict"
	kindStale        kind = "stale"
	kindNotFound     kind = "not_found"
	kindMethod       kind = "method_not_allowed"
	kindTooLarge     kind = "too_large"
	kindMediaType    kind = "unsupported_media_type"
	kindHost         kind = "unknown_host"
	kindCrossSite    kind = "cross_site"
	kindSlowClient   kind = "slow_client"
	kindTooMany      kind = "too_many_requests"
	kindTimeout      kind = "timeout"
	kindBusy         kind = "busy"
	kindUnavailable  kind = "unavailable"
	kindGone         kind = "client_gone"
	kindInternal     kind = "internal"
)

// statuses is the one table from kinds to HTTP.
var statuses = map[kind]int{
	kindInvalidInput: http.StatusUnprocessableEntity,
	kindInvalidJSON:  http.StatusBadRequest,
	kindUnknownField: http.StatusBadRequest,
	kindSignIn:       http.StatusUnauthorized,
	kindForbidden:    http.StatusForbidden,
	kindConflict:     http.StatusConflict,
	kindStale:        http.StatusPreconditionFailed,
	kindNotFound:     http.StatusNotFound,
	kindMethod:       http.StatusMethodNotAllowed,
	kindTooLarge:     http.StatusRequestEntityTooLarge,
	kindMediaType:    http.StatusUnsupportedMediaType,
	kindHost:         http.StatusMisdirectedRequest,
	kindCrossSite:    http.StatusForbidden,
	kindSlowClient:   http.StatusRequestTimeout,
	kindTooMany:      http.StatusTooManyRequests,
	kindTimeout:      http.StatusGatewayTimeout,
	kindBusy:         http.StatusServiceUnavailable,
	kindUnavailable:  http.StatusServiceUnavailable,
	kindGone:         499, // nobody reads it; it is for the log
	kindInternal:     http.StatusInternalServerError,
}

// failure is an error whose words may be shown to whoever asked.
type failure struct {
	kind    kind
	message string
	field   string
	remedy  string
	wait    time.Duration // until it is worth trying again
	cause   error         // logged, never shown
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.message + ": " + f.cause.Error()
	}
	return f.message
}

func (f *failure) Unwrap() error { return f.cause }

// retryAfter, in seconds, is what a busy server asks for.
const retryAfter = "2"

// failureOf turns any error into one that can be shown. What it does not know
// becomes an internal error without a word of the cause.
func failureOf(err error) *failure {
	var known *failure
	if errors.As(err, &known) {
		return known
	}
	var input *classifier.InputError
	if errors.As(err, &input) {
		return inputFailure(input)
	}
	var told *review.Error
	if errors.As(err, &told) {
		if wait, locked := account.LockedFor(err); locked {
			return &failure{kind: kindTooMany, message: told.Text, remedy: told.Remedy, wait: wait}
		}
		if account.IsBusy(err) {
			return &failure{kind: kindBusy, message: told.Text, remedy: told.Remedy}
		}
		return reviewFailure(told)
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge(large.Limit)
	}
	var routed *echo.HTTPError
	if errors.As(err, &routed) {
		switch routed.Code {
		case http.StatusNotFound:
			return &failure{kind: kindNotFound, message: "there is nothing at this address", remedy: "the page is at /, the API is described at /api/v1/openapi.yaml"}
		case http.StatusMethodNotAllowed:
			return &failure{kind: kindMethod, message: "this address does not answer that method", remedy: "use a method that the Allow header names"}
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{kind: kindTimeout, message: "the answer took too long", remedy: "try again, with a shorter description or fewer lists", cause: err}
	case errors.Is(err, context.Canceled):
		return &failure{kind: kindGone, message: "the request was given up", cause: err}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &failure{kind: kindSlowClient, message: "the request did not arrive in time", remedy: "send it again", cause: err}
	}
	return &failure{kind: kindInternal, message: "internal error", remedy: "try again; the log of the server has the cause under this request id", cause: err}
}

// reviewKinds is the one table from the kinds of review to ours.
var reviewKinds = map[review.Kind]kind{
	review.NotFound:    kindNotFound,
	review.Forbidden:   kindForbidden,
	review.Conflict:    kindConflict,
	review.Stale:       kindStale,
	review.Invalid:     kindInvalidInput,
	review.Unavailable: kindUnavailable,
}

func reviewFailure(e *review.Error) *failure {
	k, ok := reviewKinds[e.Kind]
	if !ok {
		return &failure{kind: kindInternal, message: "internal error", remedy: "try again; the log of the server has the cause under this request id", cause: e}
	}
	if k == kindUnavailable { // its text names files and addresses, which are not the asker's business
		message := "the store is not available"
		if e.Reason != "" {
			message += ": " + e.Reason
		}
		return &failure{kind: k, message: message, remedy: "try again; the log of the server has the cause under this request id", cause: e}
	}
	return &failure{kind: k, message: e.Text, field: e.Field, remedy: e.Remedy, cause: e.Err}
}

// inputFailure splits the classifier's "what is wrong; what to do".
func inputFailure(e *classifier.InputError) *failure {
	what, remedy, _ := strings.Cut(e.Text, "; ")
	field := e.Field
	if field == "list" {
		field = "lists"
	}
	return &failure{kind: kindInvalidInput, message: field + " " + what, field: field, remedy: remedy}
}

// fail answers r with err in the form that its reader understands, and logs
// what is not the reader's doing.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := failureOf(err)
	status := statuses[f.kind]
	var told *review.Error
	if errors.As(err, &told) && (told.Kind == review.Unavailable || told.Kind == review.Internal) {
		s.Meter.StoreFailed(told.Kind)
	}
	if status >= 500 {
		s.Log.Error("request failed", "id", requestID(r), "kind", string(f.kind), "error", inFull(err))
	} else if f.cause != nil {
		s.Log.Log(r.Context(), slog.LevelDebug, "request refused", "id", requestID(r), "kind", string(f.kind), "error", inFull(err))
	}
	if started(w) {
		return // half an answer is out; the connection is of no more use for an error
	}
	s.retryAfter(w, f)
	if f.kind == kindSignIn {
		w.Header().Set("WWW-Authenticate", `Bearer realm="assay"`)
	}
	if f.kind == kindTooLarge || f.kind == kindSlowClient {
		w.Header().Set("Connection", "close") // the rest of the body is not wanted
	}
	switch audienceOf(r.URL.Path) {
	case clients:
		s.writeJSON(w, r, status, errorBody{errorDetail{f.kind, f.message, f.field, f.remedy, requestID(r)}})
	case openAI:
		s.writeJSON(w, r, status, openAIError(f, status))
	default:
		s.errorPage(w, r, status, f)
	}
}

// inFull returns what err says and the causes that its own words leave out,
// for the log.
func inFull(err error) string {
	s := err.Error()
	for err = errors.Unwrap(err); err != nil; err = errors.Unwrap(err) {
		if !strings.Contains(s, err.Error()) {
			s += ": " + err.Error()
		}
	}
	return s
}

// retryAfter says, of an error that asks to wait, for how long.
func (s *Server) retryAfter(w http.ResponseWriter, err error) {
	if f := failureOf(err); f.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.wait.Seconds()))))
	} else if f.kind == kindBusy || f.kind == kindUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
}

// errorBody is the single form of errors below /api.
type errorBody struct {
	Error errorDetail `json:"error"`
}

type errorDetail struct {
	Code      kind   `json:"code"`
	Message   string `json:"message"`
	Field     string `json:"field,omitempty"`
	Remedy    string `json:"remedy,omitempty"`
	RequestID string `json:"request_id"`
}

type openAIErrorBody struct {
	Error openAIErrorDetail `json:"error"`
}

type openAIErrorDetail struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    string  `json:"code"`
}

func openAIError(f *failure, status int) openAIErrorBody {
	d := openAIErrorDetail{Message: f.message, Type: "invalid_request_error", Code: string(f.kind)}
	if f.remedy != "" {
		d.Message += "; " + f.remedy
	}
	if f.field != "" {
		d.Param = &f.field
	}
	if status >= 500 {
		d.Type = "server_error"
	}
	return openAIErrorBody{d}
}

// writeJSON writes v whole or, when it cannot be encoded, an internal error.
func (s *Server) writeJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // nosniff keeps browsers from reading it as HTML
	if err := enc.Encode(v); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write(b.Bytes()); err != nil {
		s.Log.Debug("answer not taken", "id", requestID(r), "error", err)
	}
}
