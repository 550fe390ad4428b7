package editions

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"assay/corpus/shelf"
)

const temporary = ".assay-" // opens the names of files being written

// write puts data at path, all or nothing: it goes to a temporary file beside
// path, to the disk, and then takes path's name in one step.
func (s *Store) write(ctx context.Context, path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	if err := s.at("mkdir"); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := s.at("create"); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, temporary+"*.tmp")
	if err != nil {
		return err
	}
	open := true
	defer func() {
		if open {
			f.Close()
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	half := len(data) / 2
	for _, part := range []struct {
		name string
		data []byte
	}{{"write", data[:half]}, {"write-rest", data[half:]}} {
		if err := errors.Join(s.at(part.name), ctx.Err()); err != nil {
			return err
		}
		if _, err := f.Write(part.data); err != nil {
			return err
		}
	}
	if err := s.at("sync"); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	open = false
	if err := errors.Join(s.at("close"), f.Close()); err != nil {
		return err
	}
	if err := errors.Join(s.at("rename"), ctx.Err()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	// From here on the new file is the one that is read; only its name may
	// still be lost with the power, and then the old file is back.
	if s.at("sync-dir") == nil {
		_ = syncDir(dir)
	}
	return nil
}

func (s *Store) at(name string) error {
	if s.step == nil {
		return nil
	}
	return s.step(name)
}

// sweep removes what writers that did not live to the end have left. It is a
// courtesy: what cannot be removed does no harm.
func (s *Store) sweep() {
	for _, dir := range []string{s.dir, filepath.Join(s.dir, vectorDir)} {
		files, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, f := range files {
			if !strings.HasPrefix(f.Name(), temporary) || !strings.HasSuffix(f.Name(), ".tmp") {
				continue
			}
			if info, err := f.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
				os.Remove(filepath.Join(dir, f.Name()))
			}
		}
	}
}

// lock makes the store's writers take turns. It returns the function that
// gives the turn back; a writer that dies gives it back too.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, &shelf.Error{Path: s.dir, Err: err, Remedy: "choose a directory that can be written, with ASSAY_DATA or --data"}
	}
	f, err := os.OpenFile(filepath.Join(s.dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		remedy := ""
		if errors.Is(err, fs.ErrPermission) {
			remedy = "choose a directory that can be written, with ASSAY_DATA or --data"
		}
		return nil, &shelf.Error{Path: s.dir, Err: err, Remedy: remedy}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		got, err := tryLock(f)
		if got {
			return func() { f.Close() }, nil // closing gives the lock back
		}
		if err == nil {
			select {
			case <-time.After(20 * time.Millisecond):
				continue
			case <-ctx.Done():
				err = shelf.ErrBusy
				if errors.Is(ctx.Err(), context.Canceled) {
					err = ctx.Err()
				}
			}
		}
		f.Close()
		return nil, &shelf.Error{Path: s.dir, Err: err, Remedy: "try again when it has finished"}
	}
}
