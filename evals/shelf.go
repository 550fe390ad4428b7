package evals

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Shelf keeps runs as files in a directory, one JSON file a run, and the rows of
// runs that were interrupted.
type Shelf struct{ Dir string }

// Save stores run under its ID. A run is written once.
func (s Shelf) Save(run Run) (path string, err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return "", err
	}
	data, err := json.Marshal(run)
	if err != nil {
		return "", err
	}
	path = s.path(run.ID)
	if _, err := os.Stat(path); err == nil {
		return "", fmt.Errorf("run %s is stored already", run.ID)
	}
	// The name appears when the file is whole.
	f, err := os.CreateTemp(s.Dir, ".run-*.part")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(data, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return path, err
}

func (s Shelf) path(id string) string { return filepath.Join(s.Dir, id+".json") }

// LoadRun reads a run from a file.
func LoadRun(path string) (Run, error) {
	f, err := os.Open(path)
	if err != nil {
		return Run{}, err
	}
	defer f.Close()
	return ReadRun(path, f)
}

// ReadRun reads the first run of r; path is for the message.
func ReadRun(path string, r io.Reader) (Run, error) {
	var run Run
	if err := json.NewDecoder(r).Decode(&run); err != nil {
		return Run{}, fmt.Errorf("%s is not a run: %w; write it with assay eval run SET --out FILE", path, err)
	}
	if run.SetHash == "" || !slices.ContainsFunc(run.Lists, func(l ListRun) bool { return len(l.Rows) > 0 }) {
		return Run{}, fmt.Errorf("%s holds no rows; write it with assay eval run SET --out FILE", path)
	}
	return run, nil
}

// Load returns the run called id.
func (s Shelf) Load(id string) (Run, error) {
	if id != filepath.Base(id) || strings.HasPrefix(id, ".") {
		return Run{}, fmt.Errorf("%.80q is not the id of a run", id)
	}
	run, err := LoadRun(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return Run{}, fmt.Errorf("there is no run %.80q: %w", id, fs.ErrNotExist)
	}
	return run, err
}

// List returns the stored runs without their rows, newest first. Files that
// cannot be read are named in the error; the others are returned all the same.
func (s Shelf) List() ([]Run, error) {
	names, err := filepath.Glob(filepath.Join(s.Dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var runs []Run
	var faults []error
	for _, name := range names {
		run, err := LoadRun(name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		for i := range run.Lists {
			run.Lists[i].Rows = nil
		}
		for i := range run.Consistency {
			run.Consistency[i].Changed = nil
		}
		runs = append(runs, run)
	}
	slices.SortFunc(runs, func(a, b Run) int { return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.ID, a.ID)) })
	return runs, errors.Join(faults...)
}

// Partial is the rows of a run under way, kept so that an interrupted one goes
// on where it stopped. It belongs to one set, classifier and program.
type Partial struct {
	path string
	file *os.File
	Done map[string][]Scored
}

// Resume opens what is kept of the run that set, c and o describe.
func (s Shelf) Resume(set Set, c Classifier, o Options) (*Partial, error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, err
	}
	key := sha256.Sum256([]byte(strings.Join([]string{set.Hash, o.Config, c.Model(), c.Corpus(), o.Version, o.Digest, strings.Join(o.Editions, ",")}, "\n")))
	p := &Partial{path: filepath.Join(s.Dir, "."+hex.EncodeToString(key[:8])+".rows"), Done: map[string][]Scored{}}
	data, err := os.ReadFile(p.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	whole := 0
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var row struct {
			ID   string
			Rows []Scored
		}
		if whole+len(lines.Bytes()) >= len(data) || json.Unmarshal(lines.Bytes(), &row) != nil {
			break // torn by the interruption
		}
		whole += len(lines.Bytes()) + 1
		p.Done[row.ID] = row.Rows
	}
	if p.file, err = os.OpenFile(p.path, os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	if err := p.file.Truncate(int64(whole)); err != nil {
		return nil, errors.Join(err, p.file.Close())
	}
	_, err = p.file.Seek(int64(whole), 0)
	return p, err
}

// Keep stores a finished row.
func (p *Partial) Keep(id string, rows []Scored) error {
	line, err := json.Marshal(struct {
		ID   string
		Rows []Scored
	}{id, rows})
	if err != nil {
		return err
	}
	_, err = p.file.Write(append(line, '\n'))
	return err
}

// Close keeps the rows for later, or forgets them when the run is done.
func (p *Partial) Close(done bool) error {
	err := p.file.Close()
	if done {
		err = errors.Join(err, os.Remove(p.path))
	}
	return err
}
