package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/review/account"
)

var _ account.Store = (*Store)(nil)

// accountTx is one transaction; it implements account.Reader and account.Writer.
type accountTx struct{ *tx }

// ReadAccounts implements account.Store.
func (s *Store) ReadAccounts(ctx context.Context, fn func(account.Reader) error) error {
	return s.within(ctx, s.reading, "reading", func(t *tx) error { return fn(accountTx{t}) })
}

// WriteAccounts implements account.Store.
func (s *Store) WriteAccounts(ctx context.Context, fn func(account.Writer) error) error {
	return s.within(ctx, s.writing, "writing", func(t *tx) error { return fn(accountTx{t}) })
}

const accountColumns = `id, name, role, organisation, state, source, issuer, subject, password, created_at, last_sign_in`

func scanAccount(row scanner) (a account.Account, err error) {
	var created, last sql.NullString
	if err = row.Scan(&a.ID, &a.Name, &a.Role, &a.Organisation, &a.State, &a.Source, &a.Issuer, &a.Subject, &a.Password, &created, &last); err == nil {
		err = times("account "+a.ID, stamp{&a.CreatedAt, created}, stamp{&a.LastSignIn, last})
	}
	return a, err
}

// stamp is a time as it came from a row, and where it goes.
type stamp struct {
	to   *time.Time
	from sql.NullString
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
func one[T any](row *sql.Row, scan func(scanner) (T, error)) (v T, found bool, err error) {
	if v, err = scan(row); errors.Is(err, sql.ErrNoRows) {
		return v, false, nil
	}
	return v, err == nil, err
}

// Account implements account.Reader.
func (t accountTx) Account(ctx context.Context, id string) (account.Account, error) {
	a, found, err := one(t.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM accounts WHERE id = ?`, id), scanAccount)
	if err == nil && !found {
		err = account.NoAccount(id)
	}
	return a, err
}

// Linked implements account.Reader.
func (t accountTx) Linked(ctx context.Context, issuer, subject string) (account.Account, bool, error) {
	return one(t.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM accounts WHERE issuer = ? AND subject = ? AND subject <> ''`, issuer, subject), scanAccount)
}

// Accounts implements account.Reader.
func (t accountTx) Accounts(ctx context.Context, from string, limit int) ([]account.Account, error) {
	return query(ctx, t.tx, scanAccount, `SELECT `+accountColumns+` FROM accounts WHERE id > ? ORDER BY id LIMIT ?`, from, limit)
}

// Officers implements account.Reader.
func (t accountTx) Officers(ctx context.Context, limit int) ([]account.Account, error) {
	return query(ctx, t.tx, scanAccount, `
		SELECT `+accountColumns+` FROM accounts WHERE role IN ('officer', 'admin') AND state = 'active' ORDER BY id LIMIT ?`, limit)
}

// Admins implements account.Reader.
func (t accountTx) Admins(ctx context.Context) (n int, err error) {
	err = t.QueryRowContext(ctx, `
		SELECT count(*) FROM accounts WHERE role = 'admin' AND state = 'active' AND (password <> '' OR subject <> '')`).Scan(&n)
	return n, err
}

const sessionColumns = `id, hash, account, method, address, agent, created_at, seen_at, expires_at`

func scanSession(row scanner) (s account.Session, err error) {
	var created, seen, expires sql.NullString
	if err = row.Scan(&s.ID, &s.Hash, &s.Account, &s.Method, &s.Address, &s.Agent, &created, &seen, &expires); err == nil {
		err = times("session "+s.ID, stamp{&s.CreatedAt, created}, stamp{&s.SeenAt, seen}, stamp{&s.ExpiresAt, expires})
	}
	return s, err
}

// Session implements account.Reader.
func (t accountTx) Session(ctx context.Context, hash string) (account.Session, bool, error) {
	return one(t.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM account_sessions WHERE hash = ?`, hash), scanSession)
}

// Sessions implements account.Reader.
func (t accountTx) Sessions(ctx context.Context, id string) ([]account.Session, error) {
	return query(ctx, t.tx, scanSession, `SELECT `+sessionColumns+` FROM account_sessions WHERE account = ? ORDER BY created_at DESC, id`, id)
}

const tokenColumns = `id, hash, account, name, scopes, created_at, expires_at, used_at`

func scanToken(row scanner) (k account.Token, err error) {
	var scopes string
	var created, expires, used sql.NullString
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
	return one(t.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM account_tokens WHERE hash = ?`, hash), scanToken)
}

// Tokens implements account.Reader.
func (t accountTx) Tokens(ctx context.Context, id string) ([]account.Token, error) {
	return query(ctx, t.tx, scanToken, `SELECT `+tokenColumns+` FROM account_tokens WHERE account = ? ORDER BY created_at DESC, id`, id)
}

const linkColumns = `hash, purpose, account, data, created_at, expires_at`

func scanLink(row scanner) (l account.Link, err error) {
	var created, expires sql.NullString
	if err = row.Scan(&l.Hash, &l.Purpose, &l.Account, &l.Data, &created, &expires); err == nil {
		err = times("link", stamp{&l.CreatedAt, created}, stamp{&l.ExpiresAt, expires})
	}
	return l, err
}

// Link implements account.Reader.
func (t accountTx) Link(ctx context.Context, hash string) (account.Link, bool, error) {
	return one(t.QueryRowContext(ctx, `SELECT `+linkColumns+` FROM account_links WHERE hash = ?`, hash), scanLink)
}

// Failures implements account.Reader.
func (t accountTx) Failures(ctx context.Context, key string) (account.Failures, error) {
	f, _, err := one(t.QueryRowContext(ctx, `SELECT count, last, until FROM account_failures WHERE key = ?`, key), func(row scanner) (f account.Failures, err error) {
		var last, until sql.NullString
		if err = row.Scan(&f.Count, &last, &until); err == nil {
			err = times("failures", stamp{&f.Last, last}, stamp{&f.Until, until})
		}
		return f, err
	})
	return f, err
}
