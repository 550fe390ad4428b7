// Package sqlite keeps cases in one SQLite file, through modernc.org/sqlite,
// which needs no C compiler. It implements review.Store.
//
// The file is in WAL mode: readers see one consistent state and wait for
// nobody; writers take turns, in this process on one connection and between
// processes by the file's lock. A write that was acknowledged is on the disk
// (synchronous=FULL). A killed process leaves the last acknowledged state.
//
// Beyond the database's own words the package knows review's; it must never
// import another adapter, the API or a model.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"assay/review"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// Store is an open database file. It is safe for concurrent use.
type Store struct {
	path    string
	writing *sql.DB // one connection; transactions start by taking the file's lock
	reading *sql.DB
	shelves shelves // of vectors, in memory
}

var _ review.Store = (*Store)(nil)

// readers is how many reads run at once in one process; further ones wait.
const readers = 8

// Open opens the database file at path, makes it, readable by its owner only,
// when there is none, and brings an older one up to date.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, &review.Error{Kind: review.Unavailable, Text: err.Error(), Remedy: "choose another directory with --data", Err: err}
	}
	// SQLite would make the file readable by all.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &review.Error{Kind: review.Unavailable, Text: err.Error(), Remedy: "check who may write to " + path, Err: err}
	}
	f.Close()
	s := &Store{path: path}
	// busy_timeout first: the others can meet a lock.
	const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"
	if s.writing, err = sql.Open("sqlite", address(path)+"?"+pragmas+"&_txlock=immediate"); err != nil {
		return nil, s.explain(err, "opening it")
	}
	s.writing.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.writing.Close())
	}
	if s.reading, err = sql.Open("sqlite", address(path)+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(s.explain(err, "opening it"), s.writing.Close())
	}
	s.reading.SetMaxOpenConns(readers)
	return s, nil
}

// address returns path as a file: URI without its query.
func address(path string) string {
	slashed := filepath.ToSlash(path)
	if filepath.VolumeName(path) != "" {
		slashed = "/" + slashed // file:/C:/…
	}
	return "file:" + strings.ReplaceAll((&url.URL{Path: slashed}).EscapedPath(), "?", "%3f")
}

// Path returns the database file's path.
func (s *Store) Path() string { return s.path }

// Close closes the file. What was acknowledged is in it.
func (s *Store) Close() error { return errors.Join(s.reading.Close(), s.writing.Close()) }

// Read implements review.Store.
func (s *Store) Read(ctx context.Context, fn func(review.Reader) error) error {
	return s.within(ctx, s.reading, "reading", func(t *tx) error { return fn(t) })
}

// Write implements review.Store.
func (s *Store) Write(ctx context.Context, fn func(review.Writer) error) error {
	return s.within(ctx, s.writing, "writing", func(t *tx) error { return fn(t) })
}

func (s *Store) within(ctx context.Context, db *sql.DB, doing string, fn func(*tx) error) (err error) {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err, doing)
	}
	defer t.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := fn(&tx{t, &s.shelves, db == s.writing}); err != nil {
		return s.explain(err, doing)
	}
	return s.explain(t.Commit(), doing)
}

// explain turns what the driver says into an error with a remedy. Errors that
// have a kind already pass.
func (s *Store) explain(err error, doing string) error {
	var told *review.Error
	var from *driver.Error
	switch {
	case err == nil, errors.As(err, &told), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case !errors.As(err, &from):
		return &review.Error{Kind: review.Internal, Text: fmt.Sprintf("%s: %s failed", s.path, doing), Remedy: "the log says more", Err: err}
	}
	text, remedy := "", ""
	switch from.Code() & 0xff { // the primary code
	case codes.SQLITE_FULL:
		text, remedy = "the disk is full", "free some space; nothing was half-written"
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		text, remedy = "another process holds the file", "try again; end programs that keep it open for writing"
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_AUTH, codes.SQLITE_CANTOPEN:
		text, remedy = "the file may not be written or opened", "check who owns the file and its directory"
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		text, remedy = "the file is damaged or no database", "put back a copy from the last backup"
	case codes.SQLITE_IOERR:
		text, remedy = "the disk failed", "check the disk and its free space; nothing was half-written"
	case codes.SQLITE_CONSTRAINT:
		return &review.Error{Kind: review.Conflict, Text: fmt.Sprintf("%s: the change breaks a rule of the database", s.path), Err: err}
	default:
		return &review.Error{Kind: review.Internal, Text: fmt.Sprintf("%s: %s failed: %v", s.path, doing, err), Err: err}
	}
	return &review.Error{Kind: review.Unavailable, Text: fmt.Sprintf("%s: %s: %s", s.path, doing, text), Remedy: remedy, Err: err, Reason: text}
}
