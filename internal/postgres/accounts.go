package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/review/account"

	"github.com/jackc/pgx/v5"
)

var _ account.Store = (*Cases)(nil)

// accountTx is one transaction; it implements account.Reader and account.Writer.
type accountTx struct{ *caseTx }

// ReadAccounts implements account.Store.
func (c *Cases) ReadAccounts(ctx context.Context, fn func(account.Reader) error) error {
	return c.read(ctx, func(t *caseTx) error { return fn(accountTx{t}) })
}

// WriteAccounts implements account.Store. It takes turns with Write.
func (c *Cases) WriteAccounts(ctx context.Context, fn func(account.Writer) error) error {
	return c.write(ctx, func(t *caseTx) error { return fn(accountTx{t}) })
}

const accountColumns = `id, name, role, organisation, state, source, issuer, subject, password, created_at, last_sign_in`

func scanAccount(row pgx.Row) (a account.Account, err error) {
	var created, last *string
	if err = row.Scan(&a.ID, &a.Name, &a.Role, &a.Organisation, &a.State, &a.Source, &a.Issuer, &a.Subject, &a.Password, &created, &last); err == nil {
		err = times("account "+a.ID, stamp{&a.CreatedAt, created}, stamp{&a.LastSignIn, last})
	}
	return a, err
}

// stamp is a time as it came from a row, and where it goes.
type stamp struct {
	to   *time.Time
	from *string
}

func times(of string, stamps ...stamp) (err error) {
	for _, t := range stamps {
		if *t.to, err = parsed(t.from); err != nil {
			return fmt.Errorf("%s: %w", of, err)
		}
	}
	return nil
}

// one returns the row that there is at most one of, and whether it is there.
func one[T any](row pgx.Row, scan func(pgx.Row) (T, error)) (v T, found bool, err error) {
	if v, err = scan(row); errors.Is(err, pgx.ErrNoRows) {
		return v, false, nil
	}
	return v, err == nil, err
}

// rows makes a function of every row of one that reads a row.
func rows[T any](scan func(pgx.Row) (T, error)) pgx.RowToFunc[T] {
	return func(row pgx.CollectableRow) (T, error) { return scan(row) }
}

// Account implements account.Reader.
func (t accountTx) Account(ctx context.Context, id string) (account.Account, error) {
	a, found, err := one(t.QueryRow(ctx, `SELECT `+accountColumns+` FROM accounts WHERE id = $1`, id), scanAccount)
	if err == nil && !found {
		err = account.NoAccount(id)
	}
	return a, err
}

// Linked implements account.Reader.
func (t accountTx) Linked(ctx context.Context, issuer, subject string) (account.Account, bool, error) {
	return one(t.QueryRow(ctx, `SELECT `+accountColumns+` FROM accounts WHERE issuer = $1 AND subject = $2 AND subject <> ''`, issuer, subject), scanAccount)
}

// Accounts implements account.Reader.
func (t accountTx) Accounts(ctx context.Context, from string, limit int) ([]account.Account, error) {
	return collect(ctx, t.caseTx, rows(scanAccount), `SELECT `+accountColumns+` FROM accounts WHERE id > $1 ORDER BY id LIMIT $2`, from, limit)
}

// Officers implements account.Reader.
func (t accountTx) Officers(ctx context.Context, limit int) ([]account.Account, error) {
	return collect(ctx, t.caseTx, rows(scanAccount), `
		SELECT `+accountColumns+` FROM accounts WHERE role IN ('officer', 'admin') AND state = 'active' ORDER BY id LIMIT $1`, limit)
}

// Admins implements account.Reader.
func (t accountTx) Admins(ctx context.Context) (n int, err error) {
	err = t.QueryRow(ctx, `
		SELECT count(*) FROM accounts WHERE role = 'admin' AND state = 'active' AND (password <> '' OR subject <> '')`).Scan(&n)
	return n, err
}

const sessionColumns = `id, hash, account, method, address, agent, created_at, seen_at, expires_at`

func scanSession(row pgx.Row) (s account.Session, err error) {
	var created, seen, expires *string
	if err = row.Scan(&s.ID, &s.Hash, &s.Account, &s.Method, &s.Address, &s.Agent, &created, &seen, &expires); err == nil {
		err = times("session "+s.ID, stamp{&s.CreatedAt, created}, stamp{&s.SeenAt, seen}, stamp{&s.ExpiresAt, expires})
	}
	return s, err
}

// Session implements account.Reader.
func (t accountTx) Session(ctx context.Context, hash string) (account.Session, bool, error) {
	return one(t.QueryRow(ctx, `SELECT `+sessionColumns+` FROM account_sessions WHERE hash = $1`, hash), scanSession)
}

// Sessions implements account.Reader.
func (t accountTx) Sessions(ctx context.Context, id string) ([]account.Session, error) {
	return collect(ctx, t.caseTx, rows(scanSession), `SELECT `+sessionColumns+` FROM account_sessions WHERE account = $1 ORDER BY created_at DESC, id`, id)
}

const tokenColumns = `id, hash, account, name, scopes, created_at, expires_at, used_at`

func scanToken(row pgx.Row) (k account.Token, err error) {
	var scopes string
	var created, expires, used *string
	if err = row.Scan(&k.ID, &k.Hash, &k.Account, &k.Name, &scopes, &created, &expires, &used); err == nil {
		for _, sc := range strings.Fields(scopes) {
			k.Scopes = append(k.Scopes, account.Scope(sc))
		}
		err = times("token "+k.ID, stamp{&k.CreatedAt, created}, stamp{&k.ExpiresAt, expires}, stamp{&k.UsedAt, used})
	}
	return k, err
}

// Token implements account.Reader.
func (t accountTx) Token(ctx context.Context, hash string) (account.Token, bool, error) {
	return one(t.QueryRow(ctx, `SELECT `+tokenColumns+` FROM account_tokens WHERE hash = $1`, hash), scanToken)
}

// Tokens implements account.Reader.
func (t accountTx) Tokens(ctx context.Context, id string) ([]account.Token, error) {
	return collect(ctx, t.caseTx, rows(scanToken), `SELECT `+tokenColumns+` FROM account_tokens WHERE account = $1 ORDER BY created_at DESC, id`, id)
}

const linkColumns = `hash, purpose, account, data, created_at, expires_at`

func scanLink(row pgx.Row) (l account.Link, err error) {
	var created, expires *string
	if err = row.Scan(&l.Hash, &l.Purpose, &l.Account, &l.Data, &created, &expires); err == nil {
		err = times("link", stamp{&l.CreatedAt, created}, stamp{&l.ExpiresAt, expires})
	}
	return l, err
}

// Link implements account.Reader.
func (t accountTx) Link(ctx context.Context, hash string) (account.Link, bool, error) {
	return one(t.QueryRow(ctx, `SELECT `+linkColumns+` FROM account_links WHERE hash = $1`, hash), scanLink)
}

// Failures implements account.Reader.
func (t accountTx) Failures(ctx context.Context, key string) (account.Failures, error) {
	f, _, err := one(t.QueryRow(ctx, `SELECT count, last, until FROM account_failures WHERE key = $1`, key), func(row pgx.Row) (f account.Failures, err error) {
		var last, until *string
		if err = row.Scan(&f.Count, &last, &until); err == nil {
			err = times("failures", stamp{&f.Last, last}, stamp{&f.Until, until})
		}
		return f, err
	})
	return f, err
}
