//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// program is the assay that is measured.
type program struct {
	path string
	env  []string
	base string // where it serves
	cmd  *exec.Cmd
}

func (p *program) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Env = p.env
	return cmd
}

// lists imports the official lists that are in dir.
func (p *program) lists(ctx context.Context, dir string) error {
	found := 0
	for _, f := range []struct{ file, date string }{{"us/ccl_supp1.xml", "2026-06-24"}, {"us/title-22_part-121.xml", "2026-07-23"},
		{"eu/annex-i-2025-11-15.json", ""}, {"eu/common-military-list-2020.layout.txt", "2020-02-17"}} {
		path := filepath.Join(dir, filepath.FromSlash(f.file))
		if _, err := os.Stat(path); err != nil {
			continue
		}
		args := []string{"corpus", "import", path}
		if f.date != "" {
			args = append(args, "--date", f.date)
		}
		if out, err := p.command(ctx, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("importing %s: %w\n%s", path, err, out)
		}
		found++
	}
	say("%d official lists imported; their vectors are made now", found)
	if out, err := p.command(ctx, "version").CombinedOutput(); err != nil {
		return fmt.Errorf("assay version: %w\n%s", err, out)
	}
	return nil
}

var readyLine = regexp.MustCompile(`msg=ready .*address=(http://\S+)`)

// serve starts assay serve and waits until it says where.
func (p *program) serve(ctx context.Context, log string) error {
	file, err := os.Create(log)
	if err != nil {
		return err
	}
	p.cmd = p.command(context.WithoutCancel(ctx), "serve", "--listen", "127.0.0.1:0", "--accounts")
	out, err := p.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewReader(io.TeeReader(out, file))
		for {
			line, err := lines.ReadBytes('\n')
			if m := readyLine.FindSubmatch(line); m != nil {
				ready <- string(m[1])
			}
			if err != nil {
				file.Close()
				close(ready)
				return
			}
		}
	}()
	select {
	case base, ok := <-ready:
		if ok {
			p.base = base
			return nil
		}
		text, _ := os.ReadFile(log)
		return fmt.Errorf("the server did not start:\n%s", text)
	case <-time.After(10 * time.Minute):
		return fmt.Errorf("the server did not become ready")
	}
}

// stop ends the server in order.
func (p *program) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// verify has the audit log verified.
func (p *program) verify(ctx context.Context) error {
	out, err := p.command(ctx, "audit", "verify").CombinedOutput()
	if err != nil {
		return fmt.Errorf("audit verify: %w\n%s", err, out)
	}
	line, _, _ := bytes.Cut(out, []byte("\n"))
	fmt.Printf("audit: %s\n", line)
	return nil
}
