//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// database is a PostgreSQL server of the program's own. Unlike the one of
// scripts/postgres it waits for the disk, as one in use does; its settings are
// PostgreSQL's defaults but for memory.
type database struct {
	url string
	cmd *exec.Cmd
}

// startDatabase makes and starts a server in dir from the programs that
// scripts/postgres prepares.
func startDatabase(ctx context.Context, dir string) (*database, error) {
	if out, err := exec.CommandContext(ctx, "scripts/postgres", "up").CombinedOutput(); err != nil { // prepares the programs
		return nil, fmt.Errorf("scripts/postgres up: %w\n%s", err, out)
	}
	out, err := exec.CommandContext(ctx, "scripts/postgres", "bin").Output()
	if err != nil {
		return nil, fmt.Errorf("scripts/postgres bin: %w", err)
	}
	bin, data := strings.TrimSpace(string(out)), filepath.Join(dir, "postgres")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	var as *syscall.Credential
	if os.Geteuid() == 0 { // which PostgreSQL refuses to run as
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(data, uid, gid); err != nil {
			return nil, err
		}
	}
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir, cmd.SysProcAttr = "/", &syscall.SysProcAttr{Credential: as}
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
		return cmd
	}
	say("making a database that waits for the disk")
	if out, err := command("initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := ln.Addr().(*net.TCPAddr).Port
	ln.Close()
	d := &database{url: fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)}
	d.cmd = command("postgres", "-D", data, "-c", "listen_addresses=127.0.0.1", "-c", "port="+strconv.Itoa(port),
		"-c", "unix_socket_directories=", "-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB")
	if d.cmd.Stderr, err = os.Create(filepath.Join(dir, "postgres.log")); err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	for range 300 {
		if command("psql", "-X", "-q", "-d", d.url, "-c", "CREATE EXTENSION IF NOT EXISTS vector").Run() == nil {
			return d, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "postgres.log"))
	return nil, fmt.Errorf("the database does not answer, or has no pgvector:\n%s%w", text, d.stop())
}

// stop ends the server at once; its data is thrown away.
func (d *database) stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	return d.cmd.Wait()
}
