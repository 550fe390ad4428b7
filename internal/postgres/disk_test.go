//go:build linux

package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/postgres/postgrestest"
	"assay/internal/storetest"
	"assay/review"
)

// TestFullDisk lets the disk that holds the tables fill up: the error says so,
// nothing is half-written, reading goes on, and so does writing once there is room.
func TestFullDisk(t *testing.T) {
	small := storetest.SmallDisk(t, postgrestest.Dir(t), 8<<20)
	server := postgrestest.Private(t, postgrestest.Dir(t), "")
	server.Own(small)
	admin := open(t, server.URL())
	if _, err := admin.pool.Exec(t.Context(), `CREATE TABLESPACE small LOCATION '`+small+`'`); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.pool.Exec(t.Context(), `CREATE SCHEMA small`); err != nil {
		t.Fatal(err)
	}
	c := openCases(t, server.URL()+"&default_tablespace=small&search_path=small,public")
	s, err := review.New(review.Config{Store: c})
	if err != nil {
		t.Fatal(err)
	}
	put := func() error {
		_, err := s.Create(t.Context(), review.Request{Actor: review.Actor{ID: "ann", Role: review.Exporter, Organisation: "Acme"}},
			review.NewCase{Product: classifier.Product{Name: "p", Description: storetest.Noise(20_000)}, Lists: []corpus.ListID{corpus.USCCL}})
		return err
	}
	verified := func(want int64) {
		t.Helper()
		report, err := s.VerifyAudit(t.Context(), review.Actor{ID: "root", Role: review.Admin}, review.AuditHead{})
		if err != nil || !report.Whole() || report.Records != want {
			t.Errorf("%v %+v after %d cases", err, report, want)
		}
	}
	n := int64(0)
	for err = put(); err == nil; err = put() {
		n++
	}
	if review.KindOf(err) != review.Unavailable || !strings.Contains(err.Error(), "the disk is full") || n == 0 {
		t.Errorf("after %d cases: %v", n, err)
	}
	verified(n)
	storetest.Resize(t, small, 32<<20)
	for range 10 {
		if err := put(); err != nil {
			t.Error("with room again:", err)
		}
	}
	verified(n + 10)
	t.Logf("full after %d cases", n)
}

// TestServerWithoutRoom lets the disk of the server's write-ahead log fill up
// under load. A server that cannot write its log ends; Assay does not, and goes
// on when there is room and the server runs again.
func TestServerWithoutRoom(t *testing.T) {
	small := storetest.SmallDisk(t, postgrestest.Dir(t), 16<<20)
	server := postgrestest.Private(t, postgrestest.Dir(t), small, "min_wal_size=2MB", "wal_keep_size=1GB")
	c := openCases(t, server.URL())
	ballast := filepath.Join(small, "ballast")
	l := startLoad(t, c, "load")
	l.goesOn()
	fill(t, ballast)
	wait(t, "the disk is not full yet", l.since(l.refusals, 20))
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	again := l.since(l.journal.Len, 10)
	wait(t, "writing does not go on, and the server lives", func() bool { return again() || !server.Alive() })
	if !server.Alive() { // whoever looks after it starts it again
		server.Stop(syscall.SIGINT)
		server.Start()
		t.Log("the server had ended")
	}
	l.goesOn()
	l.end()
	for text, n := range l.refused {
		t.Logf("%d times: %s", n, text)
	}
	l.journal.Check(t, c, storetest.Direct)
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 64<<10))
	}
}
