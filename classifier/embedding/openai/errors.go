package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	client "github.com/sashabaranov/go-openai"
)

// Error is a request that failed. It keeps the words of what went wrong and not the error itself, since that may carry the key.
type Error struct {
	Host    string // the server that was asked
	Status  int    // the HTTP status, or 0 if there was no answer or an answer that makes no sense
	Message string // what went wrong, without the key

	temporary bool          // whether another try may succeed
	wait      time.Duration // how long the server wants to be left alone, or 0
}

func (e *Error) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("%s: %s", e.Host, e.Message)
	}
	return fmt.Sprintf("%s answered %d %s: %s", e.Host, e.Status, http.StatusText(e.Status), e.Message)
}

// longestMessage bounds what of a server's answer goes into an error.
const longestMessage = 300

// failed judges what CreateEmbeddings returned.
func (e *Embedder) failed(ctx context.Context, err error, header http.Header) *Error {
	failure := &Error{Host: e.host(), Message: err.Error()}
	var api *client.APIError
	var other *client.RequestError
	switch {
	case errors.As(err, &api):
		failure.Status, failure.Message = api.HTTPStatusCode, api.Message
		failure.temporary = temporary(api.HTTPStatusCode) && api.Code != "insufficient_quota" && api.Type != "insufficient_quota"
	case errors.As(err, &other):
		failure.Status, failure.Message = other.HTTPStatusCode, string(other.Body)
		failure.temporary = temporary(other.HTTPStatusCode)
	case errors.Is(err, errTooLong):
		failure.Message = errTooLong.Error()
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		failure.Message = fmt.Sprintf("no whole answer within %v: raise the timeout or lower the batch size", e.config.Timeout)
		failure.temporary = true
	default: // no connection, or an answer that broke off or is no JSON
		failure.temporary = true
	}
	if failure.temporary {
		failure.wait = retryAfter(header)
	}
	failure.Message = e.clean(failure.Message)
	switch failure.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		failure.Message += fmt.Sprintf(" (check the key in %s)", KeyVariable)
	case http.StatusNotFound:
		failure.Message += " (check the base URL and the model's name)"
	}
	return failure
}

func temporary(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500
}

// clean takes the key out of a message, and all that would make it unfit for one line of a log.
func (e *Embedder) clean(message string) string {
	if e.config.Key != "" {
		message = strings.ReplaceAll(message, e.config.Key, "[key]")
	}
	message = strings.Join(strings.Fields(strings.ToValidUTF8(message, "")), " ")
	if runes := []rune(message); len(runes) > longestMessage {
		message = string(runes[:longestMessage]) + "…"
	}
	if message == "" {
		return "no reason given"
	}
	return message
}

// retryAfter reads the header of that name, in either of its forms: seconds or a date.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if value == "" {
		return 0
	}
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, int(longestWait/time.Second))) * time.Second
	} else if date, err := http.ParseTime(value); err == nil {
		wait = time.Until(date)
	}
	return min(max(wait, 0), longestWait)
}

// longestAnswer is far above any honest answer: 2,048 vectors of 4,096 numbers in full length.
const longestAnswer = 256 << 20

var errTooLong = fmt.Errorf("the answer is longer than %d MB", longestAnswer>>20)

// bounded is an HTTP client whose answers end with an error beyond longestAnswer.
type bounded struct{ *http.Client }

func (b bounded) Do(req *http.Request) (*http.Response, error) {
	resp, err := b.Client.Do(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: longestAnswer}
	return resp, nil
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
