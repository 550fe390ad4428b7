package review

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an error is, so that a caller can choose an
// exit status or an HTTP status once for all.
type Kind string

const (
	NotFound    Kind = "not_found"   // there is no such thing, or it is not yours to see
	Forbidden   Kind = "forbidden"   // it is there, but this person may not do this
	Conflict    Kind = "conflict"    // it is not in the state for this, or stands there already
	Stale       Kind = "stale"       // somebody has changed it since the actor saw it
	Invalid     Kind = "invalid"     // what was sent is wrong
	Unavailable Kind = "unavailable" // the store cannot do it now: disk full, locked, damaged
	Internal    Kind = "internal"    // anything else
)

// Error is what Service and every Store return. Its text may be shown to the
// person who asked; Err, when there is one, is for the log.
type Error struct {
	Kind   Kind
	Text   string // what is wrong, with the place
	Field  string // of what was handed in, as JSON names it, that is at fault; or ""
	Remedy string // what to do about it, or ""
	Err    error
	// Reason says what is wrong with a store in words that name neither file nor
	// address and may be shown to anyone; or "".
	Reason string
}

func (e *Error) Error() string {
	if e.Remedy == "" {
		return e.Text
	}
	return e.Text + "; " + e.Remedy
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of err, Internal for an error that has none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

func invalid(remedy, format string, args ...any) error {
	return &Error{Kind: Invalid, Text: fmt.Sprintf(format, args...), Remedy: remedy}
}

// invalidIn is invalid of one field of what was handed in.
func invalidIn(field, remedy, format string, args ...any) error {
	return &Error{Kind: Invalid, Field: field, Text: fmt.Sprintf(format, args...), Remedy: remedy}
}

func conflict(remedy, format string, args ...any) error {
	return &Error{Kind: Conflict, Text: fmt.Sprintf(format, args...), Remedy: remedy}
}

func forbidden(format string, args ...any) error {
	return &Error{Kind: Forbidden, Text: fmt.Sprintf(format, args...)}
}

// NoCase is the error for a case that does not exist, or that the one who asks
// may not know of: the two must read alike.
func NoCase(id string) error {
	return &Error{Kind: NotFound, Text: fmt.Sprintf("there is no case %.40q", id), Remedy: "list the cases to see their ids"}
}

// Unreadable is the error for something in a store that is not as it was
// written: somebody has changed it by other ways than this program.
func Unreadable(what string, err error) error {
	return &Error{Kind: Internal, Text: what + " cannot be read", Remedy: "run assay audit verify", Err: err}
}
