// Package postgres keeps editions, passages, vectors and cases in PostgreSQL
// and searches passages there, so that several servers share one store.
//
//	Store     keeps editions and vectors; the same promises as internal/editions
//	Searcher  proposes passages by pgvector and full text, ranked as in memory
//	Cases     keeps cases; the same promises as internal/sqlite
//
// It needs PostgreSQL 15 and pgvector 0.8 or later. The tables are made and
// brought up to date by Open, from the numbered files under migrations. The
// package prints nothing and imports corpus, classifier's parts and review
// only.
package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"assay/corpus/shelf"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	pgxvector "github.com/pgvector/pgvector-go/pgx"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	leastServer    = 150000 // server_version_num of PostgreSQL 15
	connectTimeout = 10 * time.Second
)

// Store is a database of editions; Cases are the cases in it. It is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	// exact is the size of a set of vectors up to which all are compared;
	// exactBelow, and less in tests of the index.
	exact int
	turn  chan struct{} // full while somebody in this process writes cases
}

// Open connects to the database at address, a URL or a libpq key=value string,
// and brings its tables up to date. Processes that open one database at once
// wait for each other. Close the Store when done.
func Open(ctx context.Context, address string) (*Store, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("the address of the database cannot be read: %w; write it like postgres://user@host:5432/name", hide(err, address))
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "assay"
	}
	where := fmt.Sprintf("%s at %s:%d", config.ConnConfig.Database, config.ConnConfig.Host, config.ConnConfig.Port)
	if err := migrate(ctx, config.ConnConfig.Copy()); err != nil {
		return nil, fmt.Errorf("database %s: %w", where, err)
	}
	config.AfterConnect = prepareConn
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", where, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("database %s: %w", where, err)
	}
	return &Store{pool: pool, exact: exactBelow, turn: make(chan struct{}, 1)}, nil
}

// Close gives the connections back.
func (s *Store) Close() { s.pool.Close() }

// PoolUse tells how the connections of a Store are used.
type PoolUse struct {
	Max, Idle, Busy int32
	Acquired        int64         // how often a connection was taken
	Waited          int64         // how often none was free at once
	GivenUp         int64         // how often the one who waited left
	WaitTime        time.Duration // of all
}

// Pool returns how the connections are used.
func (s *Store) Pool() PoolUse {
	p := s.pool.Stat()
	return PoolUse{Max: p.MaxConns(), Idle: p.IdleConns(), Busy: p.AcquiredConns(), Acquired: p.AcquireCount(),
		Waited: p.EmptyAcquireCount(), GivenUp: p.CanceledAcquireCount(), WaitTime: p.EmptyAcquireWaitTime()}
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// ask runs fn, which only reads and may run twice: a connection that turns out
// to be dead is replaced once.
func (s *Store) ask(ctx context.Context, doing string, fn func(*pgxpool.Conn) error) error {
	for fresh := false; ; fresh = true {
		lost := false
		err := s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
			err := fn(conn)
			lost = err != nil && conn.Conn().IsClosed()
			return err
		})
		var known *shelf.Error
		switch {
		case err == nil || errors.As(err, &known):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("the database: %s: %w", doing, errors.Join(ctx.Err(), err))
		case lost && !fresh:
			s.pool.Reset()
			continue
		}
		return explain(err, doing, lost)
	}
}

// hide keeps the password of an address that could not be parsed out of the
// message; pgx does so for addresses that it understands.
func hide(err error, address string) error {
	if u, parseErr := url.Parse(address); parseErr == nil && u.User != nil {
		if password, ok := u.User.Password(); ok && password != "" {
			return errors.New(strings.ReplaceAll(err.Error(), password, "xxxxx"))
		}
	}
	return err
}

// migrate checks the server and applies the migrations that it lacks.
func migrate(ctx context.Context, config *pgx.ConnConfig) error {
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }() // nothing is written through it any more
	// One connection, so that the advisory lock is held by the one that migrates.
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("no connection: %w; check that the server runs and lets this user in", err)
	}
	defer func() { _ = conn.Close() }()
	var version int
	if err := conn.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		return err
	}
	if version < leastServer {
		return fmt.Errorf("the server is PostgreSQL %d; 15 or later is needed", version/10000)
	}
	// The lock is of this schema: stores in two schemas do not hold each other up.
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(hashtext('assay migrations'), hashtext(current_schema()))`); err != nil {
		return err
	}
	defer func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(hashtext('assay migrations'), hashtext(current_schema()))`)
	}()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithTableName("assay_migration"))
	if err != nil {
		return err
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > target {
		return fmt.Errorf("its tables are of version %d and this program knows %d; use a newer assay", current, target)
	}
	if _, err := provider.Up(ctx); err != nil {
		return explainMigration(err)
	}
	var vector string
	err = conn.QueryRowContext(ctx, `SELECT extversion FROM pg_extension WHERE extname = 'vector'`).Scan(&vector)
	if err != nil {
		return fmt.Errorf("pgvector is not installed in it: %w", err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(vector, "%d.%d", &major, &minor); err != nil || major == 0 && minor < 8 {
		return fmt.Errorf("it has pgvector %s; 0.8 or later is needed: install it and run ALTER EXTENSION vector UPDATE", vector)
	}
	return nil
}

func explainMigration(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch {
	case pg.Code == "0A000" || pg.Code == "58P01": // the server has no such extension
		return fmt.Errorf("%w; install pgvector 0.8 or later on the server (Debian: postgresql-NN-pgvector)", err)
	case pg.Code == "42501" && strings.Contains(pg.Message, "extension"):
		return fmt.Errorf("%w; let a superuser run CREATE EXTENSION vector in this database once", err)
	}
	return err
}

// prepareConn runs for every connection of the pool.
func prepareConn(ctx context.Context, conn *pgx.Conn) error {
	if err := pgxvector.RegisterTypes(ctx, conn); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, searchSettings)
	return err
}
