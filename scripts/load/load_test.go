//go:build linux

package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

func TestFigures(t *testing.T) {
	f := newFigures()
	for i := range 100 {
		f.add("read", time.Duration(100-i)*time.Millisecond, "")
	}
	f.add("write", time.Second, "500 broken")
	got := f.take()
	var out bytes.Buffer
	got.print(&out, 10*time.Second)
	for _, want := range []string{"read  100  10.0       0    50.0    95.0    99.0", "write: 1 errors, such as 500 broken", "all  101  10.1       1    51.0    96.0   100.0  1000.0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if got.errors() != 1 || f.take().errors() != 0 {
		t.Error("errors are not counted once")
	}
}

func TestProductsDiffer(t *testing.T) {
	c, r := products(), rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	for range 2000 {
		p := c.next(r)
		if seen[p.Name+p.Description] || p.Description == "" {
			t.Fatalf("%+v came twice, or says nothing", p)
		}
		seen[p.Name+p.Description] = true
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOwnTime(t *testing.T) {
	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
	}
	if got := ofProcess(os.Getpid()); got <= 0 || got > 3600 {
		t.Errorf("%v s", got)
	}
	if ofMachine() < ofProcess(os.Getpid()) {
		t.Error("the machine was busy for less than this process")
	}
}
