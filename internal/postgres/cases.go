package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"assay/review"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Cases keeps cases in the database of a Store, on its connections. It is safe
// for concurrent use, in any number of processes.
//
// A read is one REPEATABLE READ transaction: it sees one state and waits for
// nobody. Writers take turns: in one process they queue before they take a
// connection, so that waiting writers never use up the readers' connections;
// between processes the one that writes holds an advisory lock until its
// transaction ends. It takes the lock before it reads anything, and each of its
// statements sees everything that was committed before (READ COMMITTED); so
// nobody else appends to the audit log between reading its end and writing
// behind it.
type Cases struct {
	store    *Store
	patience time.Duration // how long a writer waits for one in another process
	silence  time.Duration // how long a writer may ask nothing before it loses its turn

	mu      sync.Mutex
	idle    *sync.Cond // nothing runs any more
	running int
	closed  bool
}

var _ review.Store = (*Cases)(nil)

// Cases returns the cases in the database of s. Closing them leaves s open.
func (s *Store) Cases() *Cases {
	c := &Cases{store: s, patience: 10 * time.Second, silence: 30 * time.Second}
	c.idle = sync.NewCond(&c.mu)
	return c
}

// Close implements review.Store.
func (c *Cases) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for c.running > 0 {
		c.idle.Wait()
	}
	return nil
}

func (c *Cases) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return &review.Error{Kind: review.Unavailable, Text: "the store of cases is closed: the program is ending"}
	}
	c.running++
	return nil
}

func (c *Cases) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running--; c.running == 0 {
		c.idle.Broadcast()
	}
}

// Read implements review.Store.
func (c *Cases) Read(ctx context.Context, fn func(review.Reader) error) error {
	return c.read(ctx, func(t *caseTx) error { return fn(t) })
}

func (c *Cases) read(ctx context.Context, fn func(*caseTx) error) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	t := transaction{cases: c, doing: "reading", options: pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}}
	return t.run(ctx, fn)
}

// writing returns the head of a transaction that writes. An acknowledged act is
// on the disk, whatever the server's own setting; a stricter one stays. A writer
// that says nothing, on a machine that has died perhaps, loses its turn.
func (c *Cases) writing() string {
	return fmt.Sprintf(`
	SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
	SET LOCAL lock_timeout = %d;
	SET LOCAL idle_in_transaction_session_timeout = %d;
	SELECT pg_advisory_xact_lock(hashtext('assay cases'), hashtext(current_schema()))`, c.patience.Milliseconds(), c.silence.Milliseconds())
}

// Write implements review.Store.
func (c *Cases) Write(ctx context.Context, fn func(review.Writer) error) error {
	return c.write(ctx, func(t *caseTx) error { return fn(t) })
}

func (c *Cases) write(ctx context.Context, fn func(*caseTx) error) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	select {
	case c.store.turn <- struct{}{}:
		defer func() { <-c.store.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	t := transaction{cases: c, doing: "writing", options: pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}, head: c.writing(), again: true}
	return t.run(ctx, fn)
}

// transaction is a way of running a function in a transaction.
type transaction struct {
	cases   *Cases
	doing   string
	options pgx.TxOptions
	head    string // run first
	again   bool   // the function may run more than once
}

// tries is how often a transaction is tried that the server refuses because of
// another one.
const tries = 5

// run runs fn. A connection that turns out to be dead, as all are after the
// server was restarted, is replaced once; when there is no server, that fails.
func (x transaction) run(ctx context.Context, fn func(*caseTx) error) error {
	fresh := false
	for try := 1; ; try++ {
		end, err := x.once(ctx, fn)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil: // which pgx shows in many ways
			return explain(fmt.Errorf("%w: %w", ctx.Err(), err), x.doing, false)
		case end.committing && end.lost:
			return &review.Error{Kind: review.Unavailable, Text: "the connection to the database was lost while it was storing; whether it did is not known",
				Remedy: "look at the case before you repeat it, or repeat it with the same idempotency key", Err: err,
				Reason: "the connection was lost while it was storing; look whether it did, or repeat the request with the same idempotency key"}
		case end.started && !x.again:
		case end.lost && !fresh:
			fresh = true
			x.cases.store.pool.Reset()
			continue
		case clashed(err) && try < tries:
			select {
			case <-ctx.Done():
			case <-time.After(rand.N(time.Duration(try) * 20 * time.Millisecond)):
			}
			continue
		}
		return explain(err, x.doing, end.lost)
	}
}

// ending tells how far a transaction came.
type ending struct{ started, committing, lost bool }

func (x transaction) once(ctx context.Context, fn func(*caseTx) error) (end ending, err error) {
	conn, err := x.cases.store.pool.Acquire(ctx)
	if err != nil {
		return end, err
	}
	defer conn.Release()
	defer func() { end.lost = err != nil && conn.Conn().IsClosed() }()
	tx, err := conn.BeginTx(ctx, x.options)
	if err != nil {
		return end, err
	}
	defer func() {
		// The request may be over; the connection is worth keeping all the same.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tx.Rollback(ctx) // after a commit there is nothing to roll back; after a failure the server does it
	}()
	if x.head != "" {
		if _, err := tx.Exec(ctx, x.head); err != nil {
			return end, err
		}
	}
	end.started = true
	if err := fn(&caseTx{tx}); err != nil {
		return end, err
	}
	end.committing = true
	return end, tx.Commit(ctx)
}

// clashed reports whether err comes of another transaction, so that trying
// again helps.
func clashed(err error) bool {
	const serializationFailure, deadlockDetected = "40001", "40P01"
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == serializationFailure || pg.Code == deadlockDetected)
}
