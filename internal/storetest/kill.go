//go:build unix

package storetest

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"assay/review"
)

// childEnv makes a test binary the process that is killed; it holds the
// address of the store and the name of the run.
const childEnv = "ASSAY_TEST_CHILD"

// Main runs the tests of a package, or plays the process that Kill kills: it
// writes to the store that open opens, and tells on standard output what was
// acknowledged. Call it from TestMain.
func Main(m *testing.M, open func(ctx context.Context, address string) (review.Store, error)) {
	run, address, ok := strings.Cut(os.Getenv(childEnv), " ")
	if !ok {
		os.Exit(m.Run())
	}
	fail := func(err error) {
		fmt.Println("failed", err)
		os.Exit(3)
	}
	store, err := open(context.Background(), address)
	if err != nil {
		fail(err)
	}
	s, err := review.New(review.Config{Store: store})
	if err != nil {
		fail(err)
	}
	if run == importer {
		if err := playImporter(s); err != nil {
			fail(err)
		}
		return
	}
	lines := make(chan string)
	for writer := range 2 {
		go Put(context.Background(), Direct(s), fmt.Sprintf("%s.%d", run, writer), func(w Write, id string, err error) {
			if err != nil {
				fail(err)
			}
			lines <- fmt.Sprintf("%v %s %s.", w.Comment, w.Key, id)
		})
	}
	for line := range lines {
		fmt.Println(line)
	}
}

// Kills is how often a writer is killed; ASSAY_KILLS sets another number than 20.
func Kills() int {
	if n, err := strconv.Atoi(os.Getenv("ASSAY_KILLS")); err == nil {
		return n
	}
	return 20
}

// Kill starts processes that write to the store at address, one after the
// other, kills each at a random moment, and returns what they were told was
// stored.
func Kill(t *testing.T, address string) *Journal {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var j Journal
	for round := range Kills() {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", childEnv, round, address))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		var timer *time.Timer
		for lines.Scan() {
			if timer == nil { // random from the first acknowledgement on, so that opening does not eat the time
				timer = time.AfterFunc(rand.N(60*time.Millisecond), func() { _ = cmd.Process.Kill() }) // Wait tells
			}
			// The last line may be torn: it lacks its point.
			if f := strings.Fields(strings.TrimSuffix(lines.Text(), ".")); f[0] == "failed" {
				t.Fatal(lines.Text())
			} else if strings.HasSuffix(lines.Text(), ".") && len(f) == 3 {
				j.Note(Write{f[0] == "true", f[1]}, f[2])
			}
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the writer ended by itself: %v", err)
		}
	}
	t.Logf("%d kills", Kills())
	return &j
}
