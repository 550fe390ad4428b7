package editions

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/corpus"
	"assay/corpus/shelf"
	"assay/internal/storetest"
)

// edition makes an edition whose text depends on word, and whose hash is said
// to be hash.
var edition = storetest.Edition

// TestContract runs what every store of editions promises.
func TestContract(t *testing.T) {
	storetest.Editions(t, func(t *testing.T) func(*testing.T) storetest.EditionStore {
		dir := filepath.Join(t.TempDir(), "not", "there", "yet")
		return func(t *testing.T) storetest.EditionStore { return open(t, dir) }
	})
}

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *Store, e *corpus.Edition) {
	t.Helper()
	if changed, err := s.Put(t.Context(), e); err != nil || !changed {
		t.Fatalf("put %s: changed %v, %v", e.ID(), changed, err)
	}
}

func TestDirectoryIsMadeByTheFirstWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	s := open(t, dir)
	if metas, err := s.List(t.Context()); err != nil || metas != nil {
		t.Fatalf("an empty store lists %v, %v", metas, err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("looking has made the directory")
	}
	put(t, s, edition(corpus.USCCL, "2026-06-24", "a", "hot"))
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("the directory has mode %v", info.Mode())
	}
}

func TestDamagedFiles(t *testing.T) {
	pack := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(text))
		z.Close()
		return b.Bytes()
	}
	good := edition(corpus.USCCL, "2026-06-24", "a", "hot")
	whole, err := encode(good)
	if err != nil {
		t.Fatal(err)
	}
	other, err := encode(edition(corpus.USCCL, "2020-01-01", "a", "hot"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(whole)
	flipped[len(flipped)/2] ^= 0x40
	for name, data := range map[string][]byte{
		"empty":           nil,
		"no gzip":         []byte("hello"),
		"cut":             whole[:len(whole)/2],
		"cut at the end":  whole[:len(whole)-1],
		"a bit flipped":   flipped,
		"another edition": other,
		"no edition":      pack("{}\n"),
		"no JSON":         pack("hello\n"),
		"endless line":    pack(strings.Repeat("x", 1<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir())
			put(t, s, edition(corpus.USUSML, "2026-07-23", "a", "hot"))
			if err := os.WriteFile(s.path(good.ID()), data, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Load(t.Context(), good.ID()); !errors.Is(err, shelf.ErrDamaged) {
				t.Errorf("load: %v", err)
			}
			metas, err := s.List(t.Context())
			if len(metas) == 0 || metas[len(metas)-1].List != corpus.USUSML {
				t.Errorf("the sound edition is not listed beside it: %v, %v", metas, err)
			}
			if changed, err := s.Put(t.Context(), good); err != nil || !changed {
				t.Errorf("importing again does not mend it: %v, %v", changed, err)
			}
			if _, err := s.Load(t.Context(), good.ID()); err != nil {
				t.Errorf("after importing again: %v", err)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, vectorDir), 0o700); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * time.Hour)
	files := map[string]bool{ // name -> still there after Open
		".assay-1.tmp":                 false,
		"vectors/.assay-2.tmp":         false,
		".assay-fresh.tmp":             true,
		"mine.tmp":                     true,
		"us-ccl@2026-06-24.jsonl.gz":   true,
		".assay-notes.txt":             true,
		"vectors/us-ccl@x.something":   true,
		"vectors/.assay-fresh.tmp":     true,
		"us-ccl@2026-06-24.jsonl.gz.b": true,
	}
	for name := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(name, "fresh") {
			os.Chtimes(path, old, old)
		}
	}
	open(t, dir)
	for name, want := range files {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: there %v, want %v", name, err == nil, want)
		}
	}
	if _, err := Open(""); err == nil {
		t.Error("a store without a directory opens")
	}
	if _, err := Open(filepath.Join(dir, "mine.tmp")); err == nil || !strings.Contains(err.Error(), "ASSAY_DATA") {
		t.Errorf("a file as directory: %v", err)
	}
}

func TestWritersTakeTurns(t *testing.T) {
	dir := t.TempDir()
	first, second := open(t, dir), open(t, dir)
	inside := make(chan struct{})
	release := make(chan struct{})
	first.step = func(name string) error {
		if name == "rename" {
			close(inside)
			<-release
		}
		return nil
	}
	var wg sync.WaitGroup
	wg.Go(func() { put(t, first, edition(corpus.USCCL, "2026-06-24", "a", "hot")) })
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	if _, err := second.Put(ctx, edition(corpus.USCCL, "2026-06-24", "b", "warm")); !errors.Is(err, shelf.ErrBusy) {
		t.Errorf("a second writer beside the first: %v", err)
	}
	if _, err := second.Load(t.Context(), "us-ccl@2026-06-24"); !errors.Is(err, shelf.ErrNotFound) {
		t.Errorf("a reader beside the writer: %v", err)
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if _, err := second.Put(gone, edition(corpus.USCCL, "2026-06-24", "b", "warm")); !errors.Is(err, context.Canceled) {
		t.Errorf("a writer who has given up: %v", err)
	}
	close(release)
	wg.Wait()
	if _, err := second.Put(t.Context(), edition(corpus.USCCL, "2026-06-24", "b", "warm")); !errors.Is(err, shelf.ErrConflict) {
		t.Errorf("the second writer after the first: %v", err)
	}
}

func TestManyWritersOfOneEdition(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s := open(t, dir)
			if _, err := s.Replace(t.Context(), edition(corpus.USCCL, "2026-06-24", fmt.Sprint(i), fmt.Sprint("word ", i))); err != nil {
				t.Error(err)
			}
			if _, err := s.Load(t.Context(), "us-ccl@2026-06-24"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	files, _ := filepath.Glob(filepath.Join(dir, ".assay-*"))
	if len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("left out: root may write everywhere")
	}
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, edition(corpus.USCCL, "2026-06-24", "a", "hot"))
	os.Chmod(dir, 0o500)
	defer os.Chmod(dir, 0o700)
	if _, err := open(t, dir).Load(t.Context(), "us-ccl@2026-06-24"); err != nil {
		t.Errorf("reading: %v", err)
	}
	if _, err := s.Put(t.Context(), edition(corpus.USCCL, "2026-06-25", "a", "hot")); err == nil {
		t.Error("writing works")
	}
}

func TestContentHash(t *testing.T) {
	base := edition(corpus.USCCL, "2026-06-24", "a", "hot")
	same := edition(corpus.USCCL, "2026-06-24", "b", "hot")
	if shelf.ContentHash(base) != shelf.ContentHash(same) {
		t.Error("the hash depends on the record")
	}
	for name, change := range map[string]func(p *corpus.Passage){
		"text":       func(p *corpus.Passage) { p.Text += "." },
		"label":      func(p *corpus.Passage) { p.Label += "." },
		"kind":       func(p *corpus.Passage) { p.Kind = corpus.KindNB },
		"applies to": func(p *corpus.Passage) { p.AppliesTo = append(p.AppliesTo, "3A001") },
		"marks":      func(p *corpus.Passage) { p.Marks = nil },
		"boundary":   func(p *corpus.Passage) { p.Label, p.Text = p.Label+p.Text[:1], p.Text[1:] },
	} {
		e := edition(corpus.USCCL, "2026-06-24", "a", "hot")
		change(&e.Passages[2])
		if shelf.ContentHash(e) == shelf.ContentHash(base) {
			t.Errorf("the hash does not see a change of %s", name)
		}
	}
}

func TestDefaultDir(t *testing.T) {
	home := func() (string, error) { return "/home/ada", nil }
	homeless := func() (string, error) { return "", errors.New("none") }
	for _, tc := range []struct {
		name, goos string
		env        map[string]string
		home       func() (string, error)
		want       string
	}{
		{"said so", "linux", map[string]string{"ASSAY_DATA": "/data", "XDG_DATA_HOME": "/x"}, homeless, "/data"},
		{"xdg", "linux", map[string]string{"XDG_DATA_HOME": "/x"}, home, "/x/assay"},
		{"relative xdg", "linux", map[string]string{"XDG_DATA_HOME": "x"}, home, "/home/ada/.local/share/assay"},
		{"linux", "linux", nil, home, "/home/ada/.local/share/assay"},
		{"mac", "darwin", map[string]string{"XDG_DATA_HOME": "/x"}, home, "/home/ada/Library/Application Support/assay"},
		{"windows", "windows", map[string]string{"LocalAppData": "/l"}, home, "/l/assay"},
		{"bare windows", "windows", nil, home, "/home/ada/AppData/Local/assay"},
		{"nowhere", "linux", nil, homeless, ""},
	} {
		got, err := defaultDir(tc.goos, func(k string) string { return tc.env[k] }, tc.home)
		if filepath.ToSlash(got) != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("%s: %q, %v; want %q", tc.name, got, err, tc.want)
		}
	}
}
