//go:build linux

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"text/tabwriter"
	"time"
)

// figures are how long each sort of request took.
type figures struct {
	mu sync.Mutex
	of map[string]*series
}

type series struct {
	took   []time.Duration
	faults int
	sample string // a fault in words
}

func newFigures() *figures { return &figures{of: map[string]*series{}} }

// add notes a request; fault says what was wrong with the answer.
func (f *figures) add(action string, took time.Duration, fault string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.of[action]
	if s == nil {
		s = &series{}
		f.of[action] = s
	}
	s.took = append(s.took, took)
	if fault != "" {
		s.faults++
		s.sample = fault
	}
}

// reset forgets what was noted so far, but not that something went wrong.
func (f *figures) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for action, s := range f.of {
		if s.faults > 0 {
			say("before measuring, %d of %d %q went wrong: %s", s.faults, len(s.took), action, s.sample)
		}
	}
	f.of = map[string]*series{}
}

// take returns what was noted and leaves nothing.
func (f *figures) take() *figures {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := &figures{of: f.of}
	f.of = map[string]*series{}
	return taken
}

func (f *figures) errors() (n int) {
	for _, s := range f.of {
		n += s.faults
	}
	return n
}

// print writes a line for each action and one for all.
func (f *figures) print(w io.Writer, over time.Duration) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\tn\t/s\terrors\tp50 ms\tp95 ms\tp99 ms\tmax ms\t\n")
	all := &series{}
	row := func(name string, s *series) {
		slices.Sort(s.took)
		fmt.Fprintf(t, "%s\t%d\t%.1f\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t\n", name, len(s.took), float64(len(s.took))/over.Seconds(), s.faults,
			s.at(0.50), s.at(0.95), s.at(0.99), s.at(1))
	}
	for _, action := range slices.Sorted(maps.Keys(f.of)) {
		s := f.of[action]
		row(action, s)
		all.took = append(all.took, s.took...)
		all.faults += s.faults
	}
	row("all", all)
	if err := t.Flush(); err != nil {
		say("printing the table: %v", err)
	}
	for _, action := range slices.Sorted(maps.Keys(f.of)) {
		if s := f.of[action]; s.faults > 0 {
			fmt.Fprintf(w, "%s: %d errors, such as %s\n", action, s.faults, s.sample)
		}
	}
}

// at returns the share q of the sorted times, in ms.
func (s *series) at(q float64) float64 {
	if len(s.took) == 0 {
		return 0
	}
	i := int(q*float64(len(s.took))+0.999999) - 1
	return float64(s.took[max(0, min(i, len(s.took)-1))].Microseconds()) / 1000
}
