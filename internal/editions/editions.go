// Package editions keeps the imported editions of control lists, and the
// vectors computed from them, as files in one directory:
//
//	us-ccl@2026-06-24.jsonl.gz                one edition in the interchange form
//	vectors/us-ccl@2026-06-24.NAME.vec        its vectors by one model
//
// Every file appears whole or not at all: a crash, a full disk or a killed
// process leaves what was there before. Any number of processes may read while
// one writes; writers wait for each other.
//
// The package knows no format but the interchange form, no network and no
// model, and prints nothing. It imports corpus, its shelf and interchange, and
// the type of stored vectors only.
package editions

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/corpus"
	"assay/corpus/interchange"
	"assay/corpus/shelf"
)

const (
	suffix     = ".jsonl.gz"
	maxHeader  = 64 << 10         // bytes of an edition's first line
	maxContent = 512 << 20        // bytes of an unpacked edition
	abandoned  = time.Hour        // age at which a temporary file has no writer any more
	patience   = 30 * time.Second // longest wait for another writer when the context sets no end
)

// Store is a directory of editions. It holds no state of its own, so that
// several may look at one directory. Its methods are safe for concurrent use.
type Store struct {
	dir string
	// step is called before each step of a write, with its name; tests make it
	// fail or kill the process. It is nil otherwise.
	step func(name string) error
}

// Open returns the store in dir. The directory need not exist: reading finds
// nothing in it then, and the first write makes it, readable by its owner
// only. Temporary files that a crashed writer left are removed.
func Open(dir string) (*Store, error) {
	if dir == "" {
		return nil, errors.New("the directory of editions has no name; set ASSAY_DATA or give --data")
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is a file; editions need a directory: set ASSAY_DATA or give --data", dir)
	}
	s := &Store{dir: dir}
	s.sweep()
	return s, nil
}

// Dir returns the directory of the store.
func (s *Store) Dir() string { return s.dir }

// Put stores e and tells whether that changed anything: an edition that is
// already there with the same passages is left alone. Another text of the same
// list and day is refused with shelf.ErrConflict, unless it was read from the same
// bytes (the reader has learned since). Either e is stored whole and readable
// again, or the store is as before.
func (s *Store) Put(ctx context.Context, e *corpus.Edition) (changed bool, err error) {
	return s.put(ctx, e, false)
}

// Replace is Put for an edition that takes the place of whatever is there.
func (s *Store) Replace(ctx context.Context, e *corpus.Edition) (changed bool, err error) {
	return s.put(ctx, e, true)
}

func (s *Store) put(ctx context.Context, e *corpus.Edition, replace bool) (bool, error) {
	if err := e.Validate(); err != nil {
		return false, &shelf.Error{ID: e.ID(), Err: err, Remedy: "nothing was stored"}
	}
	data, err := encode(e)
	if err != nil {
		return false, &shelf.Error{ID: e.ID(), Err: err, Remedy: "nothing was stored"}
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	switch old, err := s.Load(ctx, e.ID()); {
	case err == nil && shelf.ContentHash(old) == shelf.ContentHash(e):
		return false, nil
	case err == nil && old.SHA256 != e.SHA256 && !replace:
		return false, shelf.Conflict(old.Meta, e.Meta, s.path(e.ID()))
	case err != nil && !errors.Is(err, shelf.ErrNotFound) && !errors.Is(err, shelf.ErrDamaged):
		return false, err
	}
	if err := s.write(ctx, s.path(e.ID()), data); err != nil {
		return false, &shelf.Error{ID: e.ID(), Path: s.path(e.ID()), Err: err, Remedy: "the store is as it was before; check free space and rights of the directory"}
	}
	return true, nil
}

// encode returns e as a packed interchange file, having read it back.
func encode(e *corpus.Edition) ([]byte, error) {
	var plain, packed bytes.Buffer
	if err := interchange.Write(&plain, e); err != nil {
		return nil, err
	}
	back, err := interchange.Read(corpus.Source{Name: e.ID(), Data: plain.Bytes(), Limits: limits})
	if err != nil {
		return nil, fmt.Errorf("the edition could not be read back: %w", err)
	}
	if shelf.ContentHash(back) != shelf.ContentHash(e) {
		return nil, errors.New("the edition does not read back as it was written")
	}
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(plain.Bytes()); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// limits of reading back: more generous than those of an import, which has
// judged the text already.
var limits = corpus.Limits{Bytes: maxContent, Passages: 2_000_000, Text: 4 << 20}

// Load reads an edition whole. A file that is cut, altered or not what its
// name says is shelf.ErrDamaged.
func (s *Store) Load(ctx context.Context, id string) (*corpus.Edition, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := shelf.CheckID(id); err != nil {
		return nil, err
	}
	packed, err := os.ReadFile(s.path(id))
	if err != nil {
		return nil, s.readError(id, err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, s.damaged(id, err)
	}
	plain, err := io.ReadAll(io.LimitReader(zip, maxContent+1))
	if err != nil {
		return nil, s.damaged(id, err)
	}
	e, err := interchange.Read(corpus.Source{Name: s.path(id), Data: plain, Limits: limits})
	if err != nil {
		return nil, s.damaged(id, err)
	}
	if e.ID() != id {
		return nil, s.damaged(id, fmt.Errorf("it holds %s", e.ID()))
	}
	return e, nil
}

// List returns the records of all editions, by list and day. It reads only the
// first line of each file. Files that cannot be read are left out of the
// records and joined into the error, so that one of them does not hide the
// others.
func (s *Store) List(ctx context.Context) ([]corpus.Meta, error) {
	ids, err := s.ids(ctx)
	if err != nil {
		return nil, err
	}
	var metas []corpus.Meta
	var errs []error
	for _, id := range ids {
		m, err := s.header(id)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		metas = append(metas, m)
	}
	return metas, errors.Join(errs...)
}

// Latest returns the record of the newest edition of list.
func (s *Store) Latest(ctx context.Context, list corpus.ListID) (corpus.Meta, error) {
	ids, err := s.ids(ctx)
	if err != nil {
		return corpus.Meta{}, err
	}
	for _, id := range slices.Backward(ids) {
		if of, _, _ := strings.Cut(id, "@"); of == string(list) {
			return s.header(id)
		}
	}
	return corpus.Meta{}, s.readError(string(list), fs.ErrNotExist)
}

// Resolve returns the record of what a user names: an edition
// ("us-ccl@2026-06-24") or a list, which stands for its newest edition.
func (s *Store) Resolve(ctx context.Context, name string) (corpus.Meta, error) {
	if strings.Contains(name, "@") {
		if err := shelf.CheckID(name); err != nil {
			return corpus.Meta{}, err
		}
		return s.header(name)
	}
	list, err := corpus.ParseListID(name)
	if err != nil {
		return corpus.Meta{}, err
	}
	return s.Latest(ctx, list)
}

// Remove deletes an edition and its vectors.
func (s *Store) Remove(ctx context.Context, id string) error {
	if err := shelf.CheckID(id); err != nil {
		return err
	}
	if _, err := os.Stat(s.path(id)); err != nil {
		return s.readError(id, err)
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.Remove(s.path(id)); err != nil {
		return s.readError(id, err)
	}
	s.removeVectors(id)
	return syncDir(s.dir)
}

func (s *Store) path(id string) string { return filepath.Join(s.dir, id+suffix) }

// ids returns the editions by the names of their files, by list and day.
func (s *Store) ids(ctx context.Context) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, f := range files {
		if id, ok := strings.CutSuffix(f.Name(), suffix); ok && shelf.CheckID(id) == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

func (s *Store) header(id string) (corpus.Meta, error) {
	f, err := os.Open(s.path(id))
	if err != nil {
		return corpus.Meta{}, s.readError(id, err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		return corpus.Meta{}, s.damaged(id, err)
	}
	line, err := bufio.NewReader(io.LimitReader(zip, maxHeader)).ReadBytes('\n')
	if err != nil {
		return corpus.Meta{}, s.damaged(id, err)
	}
	var m corpus.Meta
	if err := json.Unmarshal(line, &m); err != nil {
		return corpus.Meta{}, s.damaged(id, err)
	}
	if m.ID() != id {
		return corpus.Meta{}, s.damaged(id, fmt.Errorf("it holds %s", m.ID()))
	}
	return m, nil
}

func (s *Store) damaged(id string, err error) error {
	return &shelf.Error{ID: id, Path: s.path(id), Err: fmt.Errorf("%w: %w", shelf.ErrDamaged, err), Remedy: "import the list again"}
}

func (s *Store) readError(id string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return &shelf.Error{ID: id, Path: s.path(id), Err: err}
	}
	return shelf.NotFound(id)
}
