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
	name    string
	meter   Meter
	running chan struct{}
	waiting chan struct{}
	wait    time.Duration
}

// queueFor is how many may wait for each that runs.
const queueFor = 4

func newGate(name string, meter Meter, n int, wait time.Duration) *gate {
	return &gate{name: name, meter: meter, running: make(chan struct{}, n), waiting: make(chan struct{}, queueFor*n), wait: wait}
}

// enter waits for a turn. After a nil error the caller must call leave.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.running <- struct{}{}:
		g.meter.Waited(g.name, 0, false)
		return nil
	default:
	}
	select {
	case g.waiting <- struct{}{}:
		defer func() { <-g.waiting }()
	default:
		g.meter.Waited(g.name, 0, true)
		return g.busy()
	}
	start := time.Now()
	patience := time.NewTimer(g.wait)
	defer patience.Stop()
	select {
	case g.running <- struct{}{}:
		g.meter.Waited(g.name, time.Since(start), false)
		return nil
	case <-patience.C:
		g.meter.Waited(g.name, time.Since(start), true)
		return g.busy()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) leave() { <-g.running }

func (g *gate) busy() error {
	return &failure{kind: kindBusy, message: fmt.Sprintf("all %d places are taken", cap(g.running)), remedy: "try again in a few seconds"}
}
