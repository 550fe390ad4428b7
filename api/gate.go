package api

import (
	"context"
	"fmt"
	"time"
)

// gate lets a bounded number of requests compute at once. Others wait their
// turn, but not long and not in unbounded number: beyond that the honest
// answer is "busy".
type gate struct {
	running chan struct{}
	waiting chan struct{}
	wait    time.Duration
}

// queueFor is how many may wait for each that runs.
const queueFor = 4

func newGate(n int, wait time.Duration) *gate {
	return &gate{running: make(chan struct{}, n), waiting: make(chan struct{}, queueFor*n), wait: wait}
}

// enter waits for a turn. After a nil error the caller must call leave.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.running <- struct{}{}:
		return nil
	default:
	}
	select {
	case g.waiting <- struct{}{}:
		defer func() { <-g.waiting }()
	default:
		return g.busy()
	}
	patience := time.NewTimer(g.wait)
	defer patience.Stop()
	select {
	case g.running <- struct{}{}:
		return nil
	case <-patience.C:
		return g.busy()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) leave() { <-g.running }

func (g *gate) busy() error {
	return &failure{kind: kindBusy, message: fmt.Sprintf("all %d places are taken", cap(g.running)), remedy: "try again in a few seconds"}
}
