// Package shelf holds the words that every store of editions shares: what can
// be wrong, what the name of an edition looks like, and what stored vectors are
// of. internal/editions keeps editions as files and internal/postgres in a
// database; neither knows the other, and a user meets the same errors from both.
//
// The package does no input or output. It imports corpus only.
package shelf

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"assay/corpus"
)

// What can be wrong, for errors.Is. The errors themselves are *Error.
var (
	ErrNotFound = errors.New("not imported")
	ErrConflict = errors.New("another text of the same list and day is already imported")
	ErrDamaged  = errors.New("what is stored is damaged")
	ErrBusy     = errors.New("another process is importing")
	// ErrGone is for what was found once and has been removed or replaced since:
	// whoever still answers from it has to load anew.
	ErrGone = errors.New("it is no longer stored as it was loaded")
	// ErrStaleVectors is wrapped by the *Error for vectors that are there and were
	// made of another text, by another model or with another dimension.
	ErrStaleVectors = errors.New("the stored vectors are of something else")
)

// Error says what could not be done with an edition, and what to do about it.
type Error struct {
	ID     string // of the edition, "us-ccl@2026-06-24", or the list asked for
	Path   string // of the file, when one is concerned
	Err    error
	Remedy string
}

func (e *Error) Error() string {
	s := e.ID
	if e.Path != "" {
		s = strings.TrimPrefix(s+" ("+e.Path+")", " ")
	}
	s = strings.TrimPrefix(s+": "+e.Err.Error(), ": ")
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// NotFound returns the error for an edition or list that is not imported.
func NotFound(name string) error {
	list, _, _ := strings.Cut(name, "@")
	e := &Error{ID: name, Err: ErrNotFound, Remedy: "bring it in with assay corpus import FILE"}
	switch corpus.ListID(list) {
	case corpus.USCCL, corpus.USUSML, corpus.EUDualUse:
		e.Remedy += " or assay corpus pull " + list
	}
	return e
}

// Conflict returns the error for an edition that differs from the one stored
// under the same name. path is where that one lies, "" when it is no file.
func Conflict(stored, given corpus.Meta, path string) error {
	return &Error{ID: given.ID(), Path: path,
		Err:    fmt.Errorf("%w, from %s (sha256 %.12s, this one %.12s)", ErrConflict, stored.Source, stored.SHA256, given.SHA256),
		Remedy: "give the right day with --date, or put this one in its place with --replace"}
}

// CheckID accepts the ids of editions, such as us-ccl@2026-06-24, and nothing
// that could name another file.
func CheckID(id string) error {
	list, date, ok := strings.Cut(id, "@")
	if _, err := corpus.ParseListID(list); err == nil && ok {
		if _, err := time.Parse(time.DateOnly, date); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%q does not name an edition; write it like us-ccl@2026-06-24", id)
}

// ContentHash returns a hash over everything an edition's passages say, in
// lower-case hex. Unlike Meta.SHA256, which is of the source's bytes, it
// changes when a better reader makes other passages of the same bytes.
func ContentHash(e *corpus.Edition) string {
	h := sha256.New()
	text := func(s string) {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		io.WriteString(h, s)
	}
	for _, p := range e.Passages {
		for _, s := range []string{p.ID, p.Code, string(p.Kind), p.Label, p.Text} {
			text(s)
		}
		for _, list := range [][]string{p.AppliesTo, p.Marks} {
			text(fmt.Sprint(len(list)))
			for _, s := range list {
				text(s)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
