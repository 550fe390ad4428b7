//go:build linux

package editions

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"assay/corpus"
)

var steps = []string{"mkdir", "create", "write", "write-rest", "sync", "close", "rename", "sync-dir"}

// TestMain lets the test binary play the process that dies in the middle of a
// write: see child.
func TestMain(m *testing.M) {
	if how := os.Getenv("EDITIONS_TEST_CHILD"); how != "" {
		child(os.Getenv("EDITIONS_TEST_DIR"), how)
		return
	}
	os.Exit(m.Run())
}

// child replaces an edition in dir. With how "kill:STEP" it is killed at that
// step, with "full" it meets a disk that takes no more than a few bytes.
func child(dir, how string) {
	s, err := Open(dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	if step, ok := strings.CutPrefix(how, "kill:"); ok {
		s.step = func(name string) error {
			if name == step {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				time.Sleep(time.Minute) // the signal may take a moment
			}
			return nil
		}
	} else {
		signal.Ignore(syscall.SIGXFSZ) // so that the write fails instead
		limit := syscall.Rlimit{Cur: 700, Max: 700}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
	}
	if _, err := s.Replace(context.Background(), edition(corpus.USCCL, "2026-06-24", "b", "new")); err != nil {
		fmt.Println(err)
		os.Exit(4)
	}
}

func run(t *testing.T, dir, how string) (state *os.ProcessState, out string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "EDITIONS_TEST_CHILD="+how, "EDITIONS_TEST_DIR="+dir)
	b, _ := cmd.CombinedOutput()
	return cmd.ProcessState, string(b)
}

// TestKilledWriter kills a process at every step of replacing an edition. The
// store then holds the old edition, or after the rename the new one, whole;
// the next writer is not held up by the dead one's lock; what the dead one
// left is swept away in time.
func TestKilledWriter(t *testing.T) {
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			put(t, open(t, dir), edition(corpus.USCCL, "2026-06-24", "a", "old"))
			state, out := run(t, dir, "kill:"+step)
			if status := state.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGKILL {
				t.Fatalf("the child was not killed: %v %s", state, out)
			}
			want := "old"
			if step == "sync-dir" {
				want = "new"
			}
			check(t, dir, want)
			left, _ := filepath.Glob(filepath.Join(dir, ".assay-*.tmp"))
			for _, f := range left {
				os.Chtimes(f, time.Now().Add(-2*time.Hour), time.Now().Add(-2*time.Hour))
			}
			open(t, dir)
			if left, _ := filepath.Glob(filepath.Join(dir, ".assay-*.tmp")); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
			if _, err := open(t, dir).Replace(t.Context(), edition(corpus.USCCL, "2026-06-24", "c", "newest")); err != nil {
				t.Errorf("the next writer: %v", err)
			}
			check(t, dir, "newest")
		})
	}
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	put(t, open(t, dir), edition(corpus.USCCL, "2026-06-24", "a", "old"))
	state, out := run(t, dir, "full")
	if state.ExitCode() != 4 || !strings.Contains(out, "the store is as it was before") {
		t.Fatalf("the child ended with %v: %s", state, out)
	}
	check(t, dir, "old")
	if left, _ := filepath.Glob(filepath.Join(dir, ".assay-*.tmp")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestFailureAtEveryStep does the same within the process, where errors come
// back instead of death.
func TestFailureAtEveryStep(t *testing.T) {
	broken := errors.New("the disk is on fire")
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			put(t, open(t, dir), edition(corpus.USCCL, "2026-06-24", "a", "old"))
			s := open(t, dir)
			s.step = func(name string) error {
				if name == step {
					return broken
				}
				return nil
			}
			changed, err := s.Replace(t.Context(), edition(corpus.USCCL, "2026-06-24", "b", "new"))
			want := "old"
			if step == "sync-dir" { // the new text is in place: only a loss of power can undo it
				want = "new"
				if err != nil || !changed {
					t.Errorf("changed %v, %v", changed, err)
				}
			} else if !errors.Is(err, broken) || changed {
				t.Errorf("changed %v, %v", changed, err)
			}
			check(t, dir, want)
			if left, _ := filepath.Glob(filepath.Join(dir, ".assay-*.tmp")); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func check(t *testing.T, dir, word string) {
	t.Helper()
	s := open(t, dir)
	metas, err := s.List(t.Context())
	if err != nil || len(metas) != 1 {
		t.Fatalf("list: %v, %v", metas, err)
	}
	e, err := s.Load(t.Context(), metas[0].ID())
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Passages) != 3*199 || e.Passages[1].Text != word {
		t.Errorf("%d passages, text %q; want %q", len(e.Passages), e.Passages[1].Text, word)
	}
}

// TestNoPlaceToWrite uses a directory in which not even root can make files.
func TestNoPlaceToWrite(t *testing.T) {
	_, err := open(t, "/proc/assay").Put(t.Context(), edition(corpus.USCCL, "2026-06-24", "a", "hot"))
	if err == nil || !strings.Contains(err.Error(), "ASSAY_DATA") {
		t.Errorf("stored in /proc: %v", err)
	}
}
