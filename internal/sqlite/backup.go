package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"assay/review"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// Backup writes the database, as it stands at one moment, to a file of its own
// at path, while others read and write. check, unless nil, looks at the copy
// before it takes its name. A file that is there is not overwritten; when
// anything fails, nothing is left behind.
func (s *Store) Backup(ctx context.Context, path string, check func(*Store) error) error {
	if _, err := os.Lstat(path); err == nil {
		return &review.Error{Kind: review.Conflict, Text: path + " exists already", Remedy: "give another name"}
	}
	part, err := newPart(path)
	if err != nil {
		return err
	}
	defer removeAll(part)
	// A connection of its own: copying takes one read transaction, and must
	// keep neither a reader nor the writer from theirs.
	db, err := sql.Open("sqlite", address(s.path)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return s.explain(err, "opening it")
	}
	defer func() { _ = db.Close() }() // nothing is written through it
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		return s.explain(err, "copying it")
	}
	if err := inspected(ctx, part, check); err != nil {
		return err
	}
	if err := settle(part, path, false); err != nil {
		return unwritable(err, path)
	}
	return nil
}

// Restore puts the backup at from in the place of the database file at to. It
// works on a copy, brings it up to date, and lets check, unless nil, look at it
// before anything is changed. A database that stands at to and holds acts, or
// is damaged, is kept as aside; with aside "" Restore refuses to take its place.
// So it does while a program has it open.
func Restore(ctx context.Context, from, to, aside string, check func(*Store) error) error {
	for _, rest := range []string{"-wal", "-journal"} {
		if info, err := os.Stat(from + rest); err == nil && info.Size() > 0 {
			return &review.Error{Kind: review.Conflict, Text: fmt.Sprintf("%s is no backup but a database in use: %s stands beside it", from, filepath.Base(from+rest)),
				Remedy: "make a backup of it with assay backup"}
		}
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return unwritable(err, to)
	}
	part, err := newPart(to)
	if err != nil {
		return err
	}
	defer removeAll(part)
	if err := copyFile(from, part); err != nil {
		return &review.Error{Kind: review.Unavailable, Text: err.Error(), Remedy: "check the name of the backup and the space in " + filepath.Dir(to), Err: err}
	}
	if err := ours(ctx, part, from); err != nil {
		return err
	}
	if err := inspected(ctx, part, check); err != nil {
		return err
	}
	if err := vacate(ctx, to, aside); err != nil {
		return err
	}
	if err := settle(part, to, true); err != nil {
		return unwritable(err, to)
	}
	return nil
}

// newPart makes an empty file beside path, for its owner only, that a copy
// grows up in.
func newPart(path string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return "", unwritable(err, path)
	}
	return f.Name(), f.Close()
}

func unwritable(err error, path string) error {
	return &review.Error{Kind: review.Unavailable, Text: fmt.Sprintf("%s cannot be written: %v", path, err), Remedy: "check the directory, its rights and its free space", Err: err}
}

// removeAll removes what is left of a part, which after success is nothing.
func removeAll(part string) {
	for _, rest := range []string{"", "-wal", "-shm", "-journal"} {
		os.Remove(part + rest)
	}
}

// inspected opens the copy at path, which brings it up to date, has SQLite
// look at every page, and then check.
func inspected(ctx context.Context, path string, check func(*Store) error) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	var found string
	err = s.explain(s.writing.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&found), "checking it")
	if err == nil && found != "ok" {
		err = &review.Error{Kind: review.Unavailable, Text: "the file is damaged: " + found, Remedy: "use another backup"}
	}
	if err == nil && check != nil {
		err = check(s)
	}
	return errors.Join(err, s.Close()) // which leaves all in one file
}

// ours returns an error unless the file at path, copied from the one called
// name, is a database of cases.
func ours(ctx context.Context, path, name string) error {
	s := &Store{path: name}
	db, err := sql.Open("sqlite", address(path)+"?mode=ro")
	if err != nil {
		return s.explain(err, "opening it")
	}
	defer func() { _ = db.Close() }() // nothing is written through it
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('cases', 'audit')`).Scan(&tables); err != nil {
		return s.explain(err, "reading it")
	}
	if tables != 2 {
		return &review.Error{Kind: review.Invalid, Text: name + " is a database, but not one of cases", Remedy: "give a file that assay backup has written"}
	}
	return nil
}

// vacate makes sure that nobody has the database at path open, and keeps it as
// aside when it holds anything. It leaves the file where it is: the new one
// takes its place in one step.
func vacate(ctx context.Context, path, aside string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(path + "-wal"); err == nil {
			return &review.Error{Kind: review.Conflict, Text: fmt.Sprintf("%s-wal is left of a database that is gone; its last acts may be in it", path), Remedy: "move it away first"}
		}
		return nil
	}
	held, err := holds(ctx, path)
	damaged := isDamage(err)
	switch {
	case err != nil && !damaged:
		return err
	case held == 0 && !damaged:
		return nil
	case aside == "":
		return &review.Error{Kind: review.Conflict, Text: path + " is not empty, or cannot be read", Err: err,
			Remedy: "give another directory with --data, or --replace to put the backup in its place"}
	}
	if err := settle(path, aside, false); err != nil {
		return unwritable(err, aside)
	}
	if damaged { // what is left of its log must not meet the new one
		if err := os.Rename(path+"-wal", aside+"-wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return unwritable(err, aside)
		}
	}
	return nil
}

// holds returns how many acts the database at path holds, of which nobody else
// must have it open.
func holds(ctx context.Context, path string) (acts int, err error) {
	s := &Store{path: path}
	db, err := sql.Open("sqlite", address(path)+"?_pragma=busy_timeout(2000)&_pragma=locking_mode(EXCLUSIVE)")
	if err != nil {
		return 0, s.explain(err, "opening it")
	}
	defer func() { _ = db.Close() }() // nothing is written through it
	// Leaving WAL mode takes the file for oneself, and brings all into it.
	var mode string
	var from *driver.Error
	err = db.QueryRowContext(ctx, `PRAGMA journal_mode = DELETE`).Scan(&mode)
	used := errors.As(err, &from) && from.Code()&0xff == codes.SQLITE_BUSY
	if err != nil && !used {
		return 0, s.explain(err, "taking its place")
	}
	if used || mode != "delete" {
		return 0, &review.Error{Kind: review.Unavailable, Text: path + " is in use", Remedy: "end assay serve and other programs first"}
	}
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'audit'`).Scan(&acts); err != nil || acts == 0 {
		return 0, s.explain(err, "reading it")
	}
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM audit`).Scan(&acts)
	return acts, s.explain(err, "reading it")
}

func isDamage(err error) bool {
	var from *driver.Error
	return errors.As(err, &from) && (from.Code()&0xff == codes.SQLITE_CORRUPT || from.Code()&0xff == codes.SQLITE_NOTADB)
}

// settle gives the file at from the name to as well, or in its place, once it
// is on the disk. Without replace a file that is there is an error.
func settle(from, to string, replace bool) error {
	f, err := os.OpenFile(from, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if replace {
		err = os.Rename(from, to)
	} else {
		err = os.Link(from, to) // fails when there is one
	}
	if err != nil {
		return err
	}
	if dir, err := os.Open(filepath.Dir(to)); err == nil {
		defer dir.Close()
		_ = dir.Sync() // where a directory can be synced; the name may come later after a crash, never the content
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
