package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"assay/api"
	"assay/classifier"
	"assay/corpus"
	"assay/corpus/shelf"
)

// follower keeps a server up to date with the store of editions: when one
// comes or goes, it assembles anew beside the running server, and hands over
// what it made. What fails changes nothing but the log.
type follower struct {
	shop   *workshop
	server *api.Server // set before run
	log    *slog.Logger
	nudges chan nudge

	now   atomic.Pointer[assembly]
	state string // of the store when now was assembled
	wait  int    // ticks to let pass before the next try
	tries int    // that failed in a row
}

// nudge asks for a look at the store before its time, by somebody whom from
// could not answer.
type nudge struct {
	from *assembly
	done chan<- *assembly
}

// follow assembles for the first time.
func follow(ctx context.Context, shop *workshop, log *slog.Logger) (*follower, error) {
	f := &follower{shop: shop, log: log, nudges: make(chan nudge)}
	var err error
	// First the state, then what it is of: a change between the two is found
	// by the next look, not lost.
	if f.state, err = shop.store.State(ctx); err != nil {
		return nil, err
	}
	if _, err := shop.store.List(ctx); err != nil {
		log.Warn("some editions cannot be read; answering without them", "error", err)
	}
	a, err := shop.newest(ctx, nil)
	if err != nil {
		return nil, err
	}
	f.now.Store(a)
	return f, nil
}

// serving returns what a server answers from with a.
func (f *follower) serving(a *assembly) api.Serving {
	return api.Serving{Classifier: followed{a.classifier, a, f}, Outlines: a.outlines}
}

// start lets f follow the store, every so often unless that is 0, and at
// SIGHUP. The function that it returns waits until that has ended.
func (f *follower) start(ctx context.Context, every time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	var ticks <-chan time.Time
	if every > 0 {
		ticker := time.NewTicker(every)
		context.AfterFunc(ctx, ticker.Stop)
		ticks = ticker.C
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.run(ctx, ticks, hup)
	}()
	return func() {
		cancel()
		<-ended
		signal.Stop(hup)
	}
}

// run looks at the store at each tick and reloads when it has changed; a
// signal reloads in any case. It ends with ctx.
func (f *follower) run(ctx context.Context, ticks <-chan time.Time, force <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			if f.wait > 0 {
				f.wait--
				continue
			}
			f.look(ctx, false)
		case <-force:
			f.log.Info("told to reload")
			f.look(ctx, true)
		case n := <-f.nudges:
			if f.now.Load() == n.from {
				f.look(ctx, true)
			}
			n.done <- f.now.Load()
		}
	}
}

// longestWait is how many ticks pass at most between two tries that fail: five
// minutes when a tick is five seconds.
const longestWait = 60

func (f *follower) look(ctx context.Context, force bool) {
	if err := f.reload(ctx, force); err != nil && ctx.Err() == nil {
		f.tries++
		f.wait = min(longestWait, 1<<min(f.tries, 6)-1)
		f.server.Behind(true)
		f.log.Error("new editions could not be taken over; answering from the old ones", "error", err, "try", f.tries, "corpus", f.now.Load().classifier.Corpus())
	}
}

func (f *follower) reload(ctx context.Context, force bool) error {
	state, err := f.shop.store.State(ctx)
	if err != nil {
		return err
	}
	if state == f.state && !force {
		if f.tries > 0 { // the store did not answer, or what could not be read is gone again
			f.server.Behind(false)
			f.tries = 0
		}
		return nil
	}
	// A start makes do with what can be read; a running server has better.
	if _, err := f.shop.store.List(ctx); err != nil {
		return err
	}
	start := time.Now()
	next, err := f.shop.newest(ctx, nil)
	if err != nil {
		return err
	}
	if err := f.server.Use(f.serving(next)); err != nil {
		return err
	}
	was := f.now.Swap(next).classifier.Corpus()
	f.state, f.tries, f.wait = state, 0, 0
	f.log.Info("reloaded", "corpus", next.classifier.Corpus(), "before", was, "after_ms", time.Since(start).Milliseconds())
	return nil
}

// followed is a classifier that may find its edition gone: with files that
// cannot be, since all of it is in memory, but a database forgets at once what
// is removed. It then answers from what is there now.
type followed struct {
	*classifier.Classifier
	from *assembly
	by   *follower
}

// Classify implements api.Classifier.
func (c followed) Classify(ctx context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, error) {
	a, err := c.Classifier.Classify(ctx, p, lists)
	if !errors.Is(err, shelf.ErrGone) {
		return a, err
	}
	done := make(chan *assembly, 1)
	select {
	case c.by.nudges <- nudge{c.from, done}:
	case <-ctx.Done():
		return a, err
	}
	select {
	case next := <-done:
		if next == c.from {
			return a, err
		}
		return next.classifier.Classify(ctx, p, lists)
	case <-ctx.Done():
		return a, err
	}
}
