package postgres

import (
	"context"
	"strings"
	"time"

	"assay/review/account"
)

// AddAccount implements account.Writer.
func (t accountTx) AddAccount(ctx context.Context, a account.Account) error {
	_, err := t.Exec(ctx, `INSERT INTO accounts (`+accountColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		a.ID, a.Name, a.Role, a.Organisation, a.State, a.Source, a.Issuer, a.Subject, a.Password, written(a.CreatedAt), written(a.LastSignIn))
	return taken(err, "there is an account %q already, or one of that provider's account", a.ID)
}

// PutAccount implements account.Writer.
func (t accountTx) PutAccount(ctx context.Context, a account.Account) error {
	n, err := t.affected(ctx, `UPDATE accounts SET name = $1, role = $2, organisation = $3, state = $4, issuer = $5, subject = $6, password = $7, last_sign_in = $8 WHERE id = $9`,
		a.Name, a.Role, a.Organisation, a.State, a.Issuer, a.Subject, a.Password, written(a.LastSignIn), a.ID)
	if err == nil && n == 0 {
		err = account.NoAccount(a.ID)
	}
	return taken(err, "the provider's account belongs to another account than %q", a.ID)
}

// affected runs a statement and returns how many rows it changed.
func (t accountTx) affected(ctx context.Context, statement string, args ...any) (int, error) {
	done, err := t.Exec(ctx, statement, args...)
	return int(done.RowsAffected()), err
}

// AddSession implements account.Writer.
func (t accountTx) AddSession(ctx context.Context, s account.Session) error {
	_, err := t.Exec(ctx, `INSERT INTO account_sessions (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.ID, s.Hash, s.Account, s.Method, s.Address, s.Agent, written(s.CreatedAt), written(s.SeenAt), written(s.ExpiresAt))
	return taken(err, "session %s is there already, or its account is not", s.ID)
}

// SeeSession implements account.Writer.
func (t accountTx) SeeSession(ctx context.Context, id string, at time.Time) error {
	_, err := t.Exec(ctx, `UPDATE account_sessions SET seen_at = $1 WHERE id = $2 AND seen_at < $1`, written(at), id)
	return err
}

// EndSessions implements account.Writer.
func (t accountTx) EndSessions(ctx context.Context, of, id, except string) (int, error) {
	return t.affected(ctx, `DELETE FROM account_sessions WHERE account = $1 AND ($2 = '' OR id = $2) AND id <> $3`, of, id, except)
}

// AddToken implements account.Writer.
func (t accountTx) AddToken(ctx context.Context, k account.Token) error {
	scopes := make([]string, len(k.Scopes))
	for i, sc := range k.Scopes {
		scopes[i] = string(sc)
	}
	_, err := t.Exec(ctx, `INSERT INTO account_tokens (`+tokenColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		k.ID, k.Hash, k.Account, k.Name, strings.Join(scopes, " "), written(k.CreatedAt), written(k.ExpiresAt), written(k.UsedAt))
	return taken(err, "token %s is there already, or its account is not", k.ID)
}

// UseToken implements account.Writer.
func (t accountTx) UseToken(ctx context.Context, id string, at time.Time) error {
	_, err := t.Exec(ctx, `UPDATE account_tokens SET used_at = $1 WHERE id = $2 AND (used_at IS NULL OR used_at < $1)`, written(at), id)
	return err
}

// EndTokens implements account.Writer.
func (t accountTx) EndTokens(ctx context.Context, of, id string) (int, error) {
	return t.affected(ctx, `DELETE FROM account_tokens WHERE account = $1 AND ($2 = '' OR id = $2)`, of, id)
}

// AddLink implements account.Writer.
func (t accountTx) AddLink(ctx context.Context, l account.Link) error {
	_, err := t.Exec(ctx, `INSERT INTO account_links (`+linkColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
		l.Hash, l.Purpose, l.Account, l.Data, written(l.CreatedAt), written(l.ExpiresAt))
	return taken(err, "the link is there already")
}

// TakeLink implements account.Writer.
func (t accountTx) TakeLink(ctx context.Context, hash string) (account.Link, bool, error) {
	return one(t.QueryRow(ctx, `DELETE FROM account_links WHERE hash = $1 RETURNING `+linkColumns, hash), scanLink)
}

// EndLinks implements account.Writer.
func (t accountTx) EndLinks(ctx context.Context, of string, purpose account.Purpose) error {
	_, err := t.Exec(ctx, `DELETE FROM account_links WHERE account = $1 AND ($2 = '' OR purpose = $2)`, of, string(purpose))
	return err
}

// PutFailures implements account.Writer.
func (t accountTx) PutFailures(ctx context.Context, key string, f account.Failures) error {
	if f.Count == 0 {
		_, err := t.Exec(ctx, `DELETE FROM account_failures WHERE key = $1`, key)
		return err
	}
	_, err := t.Exec(ctx, `
		INSERT INTO account_failures (key, count, last, until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key) DO UPDATE SET count = excluded.count, last = excluded.last, until = excluded.until`,
		key, f.Count, written(f.Last), written(f.Until))
	return err
}

// Prune implements account.Writer.
func (t accountTx) Prune(ctx context.Context, now, tokens, failures time.Time) error {
	for _, p := range []struct {
		statement string
		before    time.Time
	}{
		{`DELETE FROM account_links WHERE expires_at <= $1`, now},
		{`DELETE FROM account_sessions WHERE expires_at <= $1`, now},
		{`DELETE FROM account_tokens WHERE expires_at <= $1`, tokens},
		{`DELETE FROM account_failures WHERE last <= $1 AND (until IS NULL OR until <= $1)`, failures},
	} {
		if _, err := t.Exec(ctx, p.statement, written(p.before)); err != nil {
			return err
		}
	}
	return nil
}
