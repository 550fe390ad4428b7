//go:build linux

// Command load measures Assay under people: it starts a PostgreSQL that waits
// for the disk, assay serve on it with imported lists and accounts, and some two
// hundred users who read, classify, hand in and decide, each with time to think.
// It prints how long their requests took, and who used the processors.
//
//	go run ./scripts/load                       # 200 users, 30 s to warm up, 2 min
//	go run ./scripts/load -model static -users 50 -measure 30s
//
// The users are simulated on the same machine, so they take processor time
// from what they measure; the table says how much. With -database it uses that
// (empty) database in place of its own server. It exits with 1 when a request
// was answered wrongly, and when the audit log is not whole afterwards.
//
// The program belongs to the project's tools; nothing imports it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

type settings struct {
	users    int
	think    time.Duration
	warm     time.Duration
	measure  time.Duration
	cases    int
	model    string
	database string
	official string
	pool     int
	seed     uint64
}

func main() {
	var s settings
	flag.IntVar(&s.users, "users", 200, "users at once; three in five are exporters, the others officers")
	flag.DurationVar(&s.think, "think", 4500*time.Millisecond, "mean time between an answer and the next request, exponentially distributed")
	flag.DurationVar(&s.warm, "warm", 30*time.Second, "time before measuring begins")
	flag.DurationVar(&s.measure, "measure", 2*time.Minute, "time to measure")
	flag.IntVar(&s.cases, "cases", 300, "cases that are there before anybody comes")
	flag.StringVar(&s.model, "model", "minilm", "embedder of the server")
	flag.StringVar(&s.database, "database", "", "URL of an empty PostgreSQL database to use; default: a server of its own")
	flag.StringVar(&s.official, "official", filepath.Join("..", "shared", "official"), "directory of official texts; the lists that are there are imported")
	flag.IntVar(&s.pool, "pool", 0, "connections of the server to the database; 0 leaves it to the server")
	flag.Uint64Var(&s.seed, "seed", 1, "of the users' choices")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) (err error) {
	dir, err := os.MkdirTemp("", "assay-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // the database's user goes through it
		return err
	}
	assay := filepath.Join(dir, "assay")
	say("building assay")
	if out, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", assay, "./cmd/assay").CombinedOutput(); err != nil {
		return fmt.Errorf("building assay: %w\n%s", err, out)
	}
	var db *database
	address := s.database
	if address == "" {
		if db, err = startDatabase(ctx, dir); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.stop()) }()
		address = db.url
	}
	if s.pool > 0 {
		address += fmt.Sprintf("%cpool_max_conns=%d", map[bool]byte{true: '&', false: '?'}[strings.Contains(address, "?")], s.pool)
	}
	p := &program{path: assay, env: append(os.Environ(), "ASSAY_DATABASE_URL="+address, "ASSAY_MODEL="+s.model, "ASSAY_DATA="+filepath.Join(dir, "data"))}
	if err := p.lists(ctx, s.official); err != nil {
		return err
	}
	people, err := enrol(ctx, address, s.users)
	if err != nil {
		return err
	}
	if err := p.serve(ctx, filepath.Join(dir, "serve.log")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()

	w := &world{base: p.base, figures: newFigures(), products: products()}
	say("handing in %d cases", s.cases)
	w.fill(ctx, people, s.cases, rand.New(rand.NewPCG(s.seed, 0)))
	say("%d users warm up for %s, then %s is measured", s.users, s.warm, s.measure)
	users, leave := context.WithCancel(ctx)
	var all sync.WaitGroup
	for i, who := range people {
		all.Go(func() { w.live(users, who, s.think, rand.New(rand.NewPCG(s.seed, uint64(i)+1))) })
	}
	sleep(ctx, s.warm)
	w.figures.reset()
	before := usage(p, db)
	start := time.Now()
	sleep(ctx, s.measure)
	took, after := time.Since(start), usage(p, db)
	measured := w.figures.take()
	leave()
	all.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fmt.Printf("%d users, think time %s on average (exponential), %s after %s of warming up, model %s, %s\n\n", s.users, s.think, took.Round(time.Second), s.warm, s.model, machine())
	measured.print(os.Stdout, took)
	after.since(before).print(os.Stdout, took)
	if out, err := p.command(ctx, "version").CombinedOutput(); err == nil {
		fmt.Printf("\n%s", out)
	}
	if err := p.verify(ctx); err != nil {
		return err
	}
	if n := measured.errors(); n > 0 {
		return fmt.Errorf("%d requests were not answered as they should have been", n)
	}
	return nil
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "load: "+format+"\n", args...) }

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
