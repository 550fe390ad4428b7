package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"assay/internal/postgres/postgrestest"
	"assay/internal/storetest"
	"assay/review"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func openCases(t testing.TB, address string) *Cases {
	t.Helper()
	c := open(t, address).Cases()
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestCases(t *testing.T) {
	storetest.Run(t, func(t *testing.T) review.Store { return openCases(t, postgrestest.URL(t)) })
}

// onlyRead is a Read that asks for nothing.
func onlyRead(ctx context.Context, c *Cases) error {
	return c.Read(ctx, func(r review.Reader) error { _, err := r.Queue(ctx, review.Filter{}); return err })
}

func create(ctx context.Context, c *Cases, id string) error {
	return c.Write(ctx, func(w review.Writer) error {
		return w.Create(ctx, &review.Head{ID: id, State: review.Draft, Round: 1, CreatedAt: time.Now(), UpdatedAt: time.Now()})
	})
}

// holdTurn takes the turn to write, as another process does.
func holdTurn(t *testing.T, address string) pgx.Tx {
	t.Helper()
	other := openCases(t, address)
	tx, err := other.store.pool.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), other.writing())
	}
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// TestWaitingWritersLeaveConnectionsToReaders holds the lock as another
// process would, lets more writers wait for it than the pool has connections,
// and reads meanwhile.
func TestWaitingWritersLeaveConnectionsToReaders(t *testing.T) {
	address := postgrestest.URL(t)
	tx := holdTurn(t, address)
	c := openCases(t, address+"&pool_max_conns=3")
	done := make(chan error)
	for i := range 6 {
		go func() { done <- create(context.Background(), c, string(rune('a'+i))) }()
	}
	for range 20 {
		if err := onlyRead(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestWriterInAnotherProcess keeps the turn for longer than a writer waits.
func TestWriterInAnotherProcess(t *testing.T) {
	address := postgrestest.URL(t)
	tx := holdTurn(t, address)
	c := openCases(t, address)
	c.patience = 200 * time.Millisecond
	if err := create(t.Context(), c, "a"); review.KindOf(err) != review.Unavailable || !strings.Contains(err.Error(), "another process") {
		t.Errorf("%v", err)
	}
	c.patience = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if err := create(ctx, c, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while waiting: %v", err)
	}
	tx.Rollback(t.Context())
	if err := create(t.Context(), c, "a"); err != nil {
		t.Error(err)
	}
}

// TestSilentWriter says nothing for too long: it loses its turn to the next.
func TestSilentWriter(t *testing.T) {
	address := postgrestest.URL(t)
	c, next := openCases(t, address), openCases(t, address)
	c.silence = 50 * time.Millisecond
	inside, others := make(chan bool), make(chan error)
	go func() {
		<-inside
		others <- create(context.Background(), next, "next")
	}()
	runs := 0
	err := c.Write(t.Context(), func(w review.Writer) error {
		if runs++; runs == 1 {
			inside <- true
			if err := <-others; err != nil { // which waits until this one has lost its turn
				t.Error(err)
			}
		}
		_, err := w.Head(t.Context(), "next")
		return err
	})
	if err != nil || runs != 2 { // by then the other's case is there
		t.Errorf("%d runs, %v", runs, err)
	}
}

// TestLostConnections ends every connection of the store at the server, as a
// restart does, before and in the middle of a transaction.
func TestLostConnections(t *testing.T) {
	address := postgrestest.URL(t)
	c := openCases(t, address)
	const me = "assay-lost-connections"
	c2 := openCases(t, address+"&application_name="+me)
	kill := func() {
		t.Helper()
		if _, err := c.store.pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1`, me); err != nil {
			t.Fatal(err)
		}
	}
	for name, do := range map[string]func() error{
		"read":  func() error { return onlyRead(t.Context(), c2) },
		"write": func() error { return create(t.Context(), c2, "x") },
	} {
		if err := onlyRead(t.Context(), c2); err != nil { // so that there is a connection
			t.Fatal(err)
		}
		kill()
		if err := do(); err != nil {
			t.Errorf("%s on a dead connection: %v", name, err)
		}
	}
	runs := 0
	if err := c2.Write(t.Context(), func(w review.Writer) error {
		if runs++; runs == 1 {
			kill()
		}
		return w.Create(t.Context(), &review.Head{ID: "y", State: review.Draft, Round: 1, CreatedAt: time.Now(), UpdatedAt: time.Now()})
	}); err != nil || runs != 2 {
		t.Errorf("a write whose connection died ran %d times: %v", runs, err)
	}
	runs = 0
	err := c2.Read(t.Context(), func(r review.Reader) error {
		runs++
		kill()
		_, err := r.Queue(t.Context(), review.Filter{})
		return err
	})
	if review.KindOf(err) != review.Unavailable || runs != 1 {
		t.Errorf("a read whose connection died ran %d times: %v", runs, err)
	}
	err = c2.Write(t.Context(), func(w review.Writer) error {
		err := w.Create(t.Context(), &review.Head{ID: "z", State: review.Draft, Round: 1, CreatedAt: time.Now(), UpdatedAt: time.Now()})
		kill()
		return err
	})
	if review.KindOf(err) != review.Unavailable || !strings.Contains(err.Error(), "not known") {
		t.Errorf("a connection that dies when storing: %v", err)
	}
	if err := c.Read(t.Context(), func(r review.Reader) error { _, err := r.Head(t.Context(), "z"); return err }); review.KindOf(err) != review.NotFound {
		t.Errorf("what was not committed is there: %v", err)
	}
}

// TestClashes lets the server refuse a transaction for another's sake.
func TestClashes(t *testing.T) {
	c := openCases(t, postgrestest.URL(t))
	for _, code := range []string{"40001", "40P01"} {
		runs := 0
		if err := c.Write(t.Context(), func(review.Writer) error {
			if runs++; runs < tries {
				return &pgconn.PgError{Code: code}
			}
			return nil
		}); err != nil || runs != tries {
			t.Errorf("%s: %d runs, %v", code, runs, err)
		}
		if err := c.Write(t.Context(), func(review.Writer) error { return &pgconn.PgError{Code: code} }); review.KindOf(err) != review.Unavailable {
			t.Errorf("%s for ever: %v", code, err)
		}
	}
}

func TestCasesClose(t *testing.T) {
	s := open(t, postgrestest.URL(t))
	c := s.Cases()
	inside, leave, closed := make(chan bool), make(chan bool), make(chan error)
	go func() {
		if err := c.Read(context.Background(), func(r review.Reader) error {
			inside <- true
			<-leave
			_, err := r.Queue(context.Background(), review.Filter{})
			return err
		}); err != nil {
			t.Error(err)
		}
		inside <- true
	}()
	<-inside
	go func() { closed <- c.Close() }()
	for c.enter() == nil { // until Close has begun
		c.leave()
	}
	select {
	case <-closed:
		t.Error("closed while somebody reads")
	default:
	}
	leave <- true
	<-inside
	if err := <-closed; err != nil {
		t.Error(err)
	}
	for _, err := range []error{onlyRead(t.Context(), c), create(t.Context(), c, "a")} {
		if review.KindOf(err) != review.Unavailable {
			t.Errorf("after Close: %v", err)
		}
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error("closing the cases closed the database:", err)
	}
}

func TestErrorsHaveKinds(t *testing.T) {
	address := postgrestest.URL(t)
	c := openCases(t, address)
	if err := create(t.Context(), c, "a\x00b"); review.KindOf(err) != review.Invalid {
		t.Errorf("a NUL: %v", err)
	}
	if _, err := c.store.pool.Exec(t.Context(), `ALTER TABLE cases RENAME TO elsewhere`); err != nil {
		t.Fatal(err)
	}
	if err := onlyRead(t.Context(), c); review.KindOf(err) != review.Unavailable || !strings.Contains(err.Error(), "tables are missing") {
		t.Errorf("no table: %v", err)
	}
	for code, kind := range map[string]review.Kind{"53100": review.Unavailable, "57P03": review.Unavailable, "25006": review.Unavailable, "23505": review.Conflict,
		"08006": review.Unavailable, "28P01": review.Unavailable, "XX001": review.Unavailable, "53200": review.Unavailable, "42601": review.Internal} {
		err := c.Read(t.Context(), func(review.Reader) error { return &pgconn.PgError{Code: code} })
		var told *review.Error
		if !errors.As(err, &told) || told.Kind != kind || told.Text == "" || told.Kind == review.Unavailable && told.Remedy == "" {
			t.Errorf("%s: %v (%s)", code, err, review.KindOf(err))
		}
	}
}

func TestManyProcessesOnOneDatabase(t *testing.T) {
	address := postgrestest.URL(t)
	storetest.Shared(t, func() review.Store { return openCases(t, address) })
}
