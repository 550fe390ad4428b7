//go:build unix

package storetest

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"assay/review"
)

// importer is the name of a run that re-examines, in place of one that writes.
const importer = "importer"

// playImporter re-examines every case of s, and tells how far it is.
func playImporter(s *review.Service) error {
	n := newer()
	n.Progress = func(done, total int) { fmt.Println("done", done, "of", total) }
	_, err := s.Reexamine(context.Background(), review.Request{Actor: root}, n)
	return err
}

// KillImporters fills store, which lies at address and is empty, with decided
// cases, kills processes that re-examine them between and within cases, and
// lets the last one finish: each case is re-examined once.
func KillImporters(t *testing.T, store review.Store, address string) {
	t.Helper()
	s := newService(t, store)
	ids := decidedCases(t, s, 60)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for ended := false; !ended; {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s", childEnv, importer, address))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for first := true; lines.Scan(); first = false {
			if strings.HasPrefix(lines.Text(), "failed") {
				t.Error(lines.Text())
			}
			if first && killed < Kills() { // from the first case on; what was done before goes fast
				time.AfterFunc(rand.N(8*time.Millisecond), func() { _ = cmd.Process.Kill() }) // Wait tells
			}
		}
		switch err := cmd.Wait(); {
		case err == nil:
			ended = true
		case cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
			killed++
		default:
			t.Fatalf("the importer ended by itself: %v", err)
		}
	}
	examinedOnce(t, s, ids)
	t.Logf("%d importers were killed", killed)
}
