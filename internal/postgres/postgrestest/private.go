//go:build unix

package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL of a test's own, which it may stop, kill and starve.
type Server struct {
	t     testing.TB
	bin   string // directory of its programs
	data  string
	port  int
	conf  []string
	as    *syscall.Credential // nil: the present user
	owner int                 // its user id, -1 for the present one
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd has ended
	how   error         // it did
}

// Private makes and starts a server with its data under dir and its write-ahead
// log under wal, "" for the same, with pgvector in its database and the
// settings conf ("fsync=on"). It runs the programs that
// scripts/postgres has prepared; where there are none the test is left out. It
// is stopped and removed when the test ends.
//
// It does not wait for the disk (fsync=off) unless conf says so: the machine
// does not crash in these tests, and what a process has written stays.
func Private(t testing.TB, dir, wal string, conf ...string) *Server {
	t.Helper()
	s := &Server{t: t, bin: Programs(t), data: filepath.Join(dir, "data"), owner: -1}
	if os.Geteuid() == 0 { // which PostgreSQL refuses to run as
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Skipf("left out: a server cannot run as root, and there is no user postgres: %v", err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		s.owner, s.as = uid, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = ln.Addr().(*net.TCPAddr).Port
	ln.Close()
	s.conf = append([]string{"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(s.port), "unix_socket_directories=", "fsync=off", "shared_buffers=16MB"}, conf...)
	s.Own(dir)
	options := []string{"-D", s.data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--wal-segsize=1"}
	if wal != "" {
		s.Own(wal)
		options = append(options, "--waldir", filepath.Join(wal, "wal"))
	}
	s.run(s.program("initdb", options...))
	t.Cleanup(func() {
		s.Stop(syscall.SIGQUIT)
		if err := os.RemoveAll(s.data); err != nil {
			t.Error(err)
		}
	})
	s.Start()
	run(t, s.URL(), "CREATE EXTENSION vector")
	return s
}

// Programs returns the directory of PostgreSQL's programs that scripts/postgres
// has prepared. Where there are none the test is left out.
func Programs(t testing.TB) string {
	t.Helper()
	script := filepath.Join("scripts", "postgres")
	for range 5 { // from the package's directory up to the project's
		if _, err := os.Stat(script); err == nil {
			break
		}
		script = filepath.Join("..", script)
	}
	out, err := exec.Command("bash", script, "bin").Output()
	if err != nil {
		t.Skip("left out: it needs a PostgreSQL server of its own, and scripts/postgres has prepared none here")
	}
	return strings.TrimSpace(string(out))
}

// Dir returns a new directory that the server's user can reach; t.TempDir is
// for the present user only. It is removed when the test ends.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "assay-postgres-test-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Own gives a directory to the server's user.
func (s *Server) Own(dir string) {
	s.t.Helper()
	if err := os.Chown(dir, s.owner, -1); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) program(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = "/" // one that its user may enter
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	return cmd
}

func (s *Server) run(cmd *exec.Cmd) {
	s.t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", cmd.Path, err, out)
	}
}

// URL returns the address of the server's database.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

// Start starts the server and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	args := []string{"-D", s.data}
	for _, c := range s.conf {
		args = append(args, "-c", c)
	}
	s.cmd = s.program("postgres", args...)
	log, err := os.OpenFile(s.data+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close() // the server has it open by then
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		s.how = cmd.Wait()
		close(ended)
	}(s.cmd, s.ended)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL())
		if err == nil {
			_ = conn.Close(ctx)
			return
		}
		select {
		case <-s.ended:
			s.t.Fatalf("the server ended: %v\n%s", s.how, s.Log())
		case <-ctx.Done():
			s.t.Fatalf("the server does not answer: %v\n%s", err, s.Log())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server, unless it has ended, and waits until it is gone: fast
// with SIGINT, as in a crash with SIGQUIT.
func (s *Server) Stop(signal syscall.Signal) {
	s.t.Helper()
	if s.cmd == nil {
		return
	}
	if err := s.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
	<-s.ended
	s.cmd = nil
}

// Alive reports whether the server has not ended by itself.
func (s *Server) Alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return s.cmd != nil
	}
}

// Log returns the end of the server's log.
func (s *Server) Log() string {
	data, _ := os.ReadFile(s.data + ".log")
	return string(data[max(0, len(data)-4000):])
}
