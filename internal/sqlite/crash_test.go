//go:build unix

package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// TestMain lets the test binary play the process that is killed: see child.
func TestMain(m *testing.M) {
	if path := os.Getenv("SQLITE_TEST_CHILD"); path != "" {
		child(path, os.Getenv("SQLITE_TEST_RUN"))
		return
	}
	os.Exit(m.Run())
}

// child writes in two loops, cases and comments on the first of them, and
// tells on standard output what was acknowledged. It ends by being killed.
func child(path, name string) {
	ctx := context.Background()
	store, err := Open(ctx, path)
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(3)
	}
	s, err := review.New(review.Config{Store: store})
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(3)
	}
	report := make(chan string)
	for writer := range 2 {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%s-%d-%d", name, writer, i)
				c, err := s.Create(ctx, review.Request{Actor: ann, Key: key}, review.NewCase{
					Product: classifier.Product{Name: key, Description: strings.Repeat("x", i%5000)}, Lists: []corpus.ListID{corpus.USCCL}})
				if err == nil {
					report <- "case " + key + " " + c.ID
					_, err = s.Comment(ctx, review.Request{Actor: root, Key: key}, c.ID, key, true)
				}
				if err != nil {
					report <- "failed " + err.Error()
					os.Exit(3)
				}
				report <- "comment " + key + " " + c.ID
			}
		}()
	}
	for line := range report {
		fmt.Println(line)
	}
}

// kills is how often the writer is killed; ASSAY_KILLS sets another number.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("ASSAY_KILLS")); err == nil {
		return n
	}
	return 20
}

// TestKilledWriter kills a writing process at random moments. What it was told
// to be stored is there once, nothing else is there in part, the chain of the
// audit log is whole, and a repeated request does nothing twice.
func TestKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "assay.db")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]string{} // "case KEY" or "comment KEY" to case id
	rounds := kills()
	for round := range rounds {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "SQLITE_TEST_CHILD="+path, "SQLITE_TEST_RUN="+strconv.Itoa(round))
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
				timer = time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { cmd.Process.Signal(syscall.SIGKILL) })
			}
			// The last line may be torn; the others are whole.
			if f := strings.Fields(lines.Text()); len(f) == 3 && len(f[2]) == 12 {
				acknowledged[f[0]+" "+f[1]] = f[2]
			} else if f[0] == "failed" {
				t.Fatal(lines.Text())
			}
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the writer ended by itself: %v", err)
		}
	}
	if len(acknowledged) < rounds {
		t.Fatalf("only %d writes in %d rounds", len(acknowledged), rounds)
	}
	store := fresh(t, path)
	s, err := review.New(review.Config{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]string{}
	cases, comments := int64(0), int64(0)
	for f := (review.Filter{Limit: review.MaxPage}); ; {
		page, err := s.Queue(t.Context(), root, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range page.Cases {
			c, err := s.Get(t.Context(), root, h.ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Products) != 1 || len(c.Messages) > 1 || len(c.Lists) != 1 || there["case "+c.Title] != "" {
				t.Errorf("case %s is half-written or doubled: %+v", c.ID, c)
			}
			there["case "+c.Title] = c.ID
			cases++
			for _, m := range c.Messages {
				there["comment "+m.Text] = c.ID
				comments++
			}
		}
		if f.From = page.Next; f.From == 0 {
			break
		}
	}
	for what, id := range acknowledged {
		if there[what] != id {
			t.Errorf("%s was acknowledged as %s and is %q", what, id, there[what])
		}
	}
	report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{})
	if err != nil || !report.Whole() || report.Records != cases+comments {
		t.Errorf("%v %+v; %d cases, %d comments", err, report, cases, comments)
	}
	for what, id := range acknowledged {
		if key, isCase := strings.CutPrefix(what, "case "); isCase {
			i, _ := strconv.Atoi(key[strings.LastIndexByte(key, '-')+1:])
			c, err := s.Create(t.Context(), review.Request{Actor: ann, Key: key}, review.NewCase{
				Product: classifier.Product{Name: key, Description: strings.Repeat("x", i%5000)}, Lists: []corpus.ListID{corpus.USCCL}})
			if err != nil || c.ID != id {
				t.Errorf("repeated %s: %v, case %s instead of %s", key, err, c.ID, id)
			}
			break // one will do: every key is looked up in the same way
		}
	}
	var check string
	if err := store.writing.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
		t.Errorf("integrity check: %v %s", err, check)
	}
	t.Logf("%d kills, %d acknowledged, %d stored without an acknowledgement", rounds, len(acknowledged), cases+comments-int64(len(acknowledged)))
}

// TestFullDisk lets a disk, which is a limit on the file's size here, fill up:
// the error says so, nothing is half-written, and writing goes on once there
// is room.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "assay.db")
	store := fresh(t, path)
	s, err := review.New(review.Config{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := store.writing.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := store.writing.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+40)); err != nil {
		t.Fatal(err)
	}
	put := func() error {
		_, err := s.Create(t.Context(), review.Request{Actor: ann}, review.NewCase{
			Product: classifier.Product{Name: "p", Description: strings.Repeat("y", 20_000)}, Lists: []corpus.ListID{corpus.USCCL}})
		return err
	}
	n := int64(0)
	for err = put(); err == nil; err = put() {
		n++
	}
	if review.KindOf(err) != review.Unavailable || !strings.Contains(err.Error(), "the disk is full") || n == 0 {
		t.Errorf("after %d cases: %v", n, err)
	}
	if _, err := store.writing.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	if err := put(); err != nil {
		t.Error("with room again:", err)
	}
	report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{})
	if err != nil || !report.Whole() || report.Records != n+1 {
		t.Errorf("%v %+v after %d cases", err, report, n+1)
	}
}
