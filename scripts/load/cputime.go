//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// shares are the processor seconds of each part of the measurement.
type shares struct {
	server, database, users, machine float64
	local                            bool // the database is ours to look at
}

func usage(p *program, db *database) shares {
	s := shares{server: ofProcess(p.cmd.Process.Pid)}
	if db != nil {
		s.local = true
		s.database = ofFamily(db.cmd.Process.Pid)
	}
	var own syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &own) == nil {
		s.users = time.Duration(own.Utime.Nano() + own.Stime.Nano()).Seconds()
	}
	s.machine = ofMachine()
	return s
}

func (s shares) since(t shares) shares {
	return shares{s.server - t.server, s.database - t.database, s.users - t.users, s.machine - t.machine, s.local}
}

func (s shares) print(w io.Writer, over time.Duration) {
	database := "elsewhere"
	if s.local {
		database = fmt.Sprintf("%.2f", s.database/over.Seconds())
	}
	fmt.Fprintf(w, "\nprocessors busy, of %d: server %.2f, database %s, simulated users %.2f, whole machine %.2f\n",
		runtime.NumCPU(), s.server/over.Seconds(), database, s.users/over.Seconds(), s.machine/over.Seconds())
}

const ticks = 100.0 // a second, in /proc

// fields returns the numbers of /proc/PID/stat behind the name.
func fields(pid int) []string {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return nil
	}
	_, rest, _ := bytes.Cut(data[bytes.LastIndexByte(data, ')')+1:], []byte(" "))
	return strings.Fields(string(rest))
}

func sum(f []string, from, to int) (total float64) {
	for i := from; i <= to && i < len(f); i++ {
		n, _ := strconv.ParseFloat(f[i], 64)
		total += n
	}
	return total / ticks
}

// Places of fields: the parent, then user and system time, then the same of
// children that have ended.
const (
	parent, userTime, systemTime = 1, 11, 12
	childUser, childSystem       = 13, 14
)

func ofProcess(pid int) float64 { return sum(fields(pid), userTime, systemTime) }

// ofFamily is the time of a process and of its children, also of those that
// have ended.
func ofFamily(pid int) float64 {
	total := sum(fields(pid), userTime, childSystem)
	all, _ := os.ReadDir("/proc")
	for _, e := range all {
		if child, err := strconv.Atoi(e.Name()); err == nil {
			if f := fields(child); len(f) > parent && f[parent] == strconv.Itoa(pid) {
				total += sum(f, userTime, systemTime)
			}
		}
	}
	return total
}

// ofMachine is the time in which some processor was busy.
func ofMachine() float64 {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(data), "\n")
	f := strings.Fields(line)
	if len(f) < 9 {
		return 0
	}
	f = f[1:9]                         // user nice system idle iowait irq softirq steal
	return sum(f, 0, 2) + sum(f, 5, 6) // without idle, waiting and what was stolen
}

// machine says what was measured on.
func machine() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.SplitSeq(string(data), "\n") {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return fmt.Sprintf("%d processors (%s)", runtime.NumCPU(), strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), ":")))
		}
	}
	return fmt.Sprintf("%d processors", runtime.NumCPU())
}
