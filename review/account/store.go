package account

import (
	"context"
	"time"

	"assay/review"
)

// Store keeps accounts beside cases. Every error it returns is an
// *review.Error. internal/storetest says in tests what each method must do.
type Store interface {
	// ReadAccounts runs fn over one consistent state of the store.
	ReadAccounts(ctx context.Context, fn func(Reader) error) error
	// WriteAccounts runs fn in one transaction, which takes turns with every
	// other that writes. fn may run more than once.
	WriteAccounts(ctx context.Context, fn func(Writer) error) error
}

// Reader reads within one ReadAccounts or WriteAccounts.
type Reader interface {
	// Account returns the account id, or a NotFound error.
	Account(ctx context.Context, id string) (Account, error)
	// Linked returns the account of a provider's subject, and whether there is one.
	Linked(ctx context.Context, issuer, subject string) (Account, bool, error)
	// Accounts returns at most limit accounts whose ids follow from, by id.
	Accounts(ctx context.Context, from string, limit int) ([]Account, error)
	// Officers returns at most limit active accounts that may take cases, which
	// are officers and admins, by id.
	Officers(ctx context.Context, limit int) ([]Account, error)
	// Admins returns how many active admins have a way to sign in.
	Admins(ctx context.Context) (int, error)
	// Session returns the session with this hash, and whether there is one.
	Session(ctx context.Context, hash string) (Session, bool, error)
	// Sessions returns the sessions of an account, newest first.
	Sessions(ctx context.Context, account string) ([]Session, error)
	// Token returns the token with this hash, and whether there is one.
	Token(ctx context.Context, hash string) (Token, bool, error)
	// Tokens returns the tokens of an account, newest first.
	Tokens(ctx context.Context, account string) ([]Token, error)
	// Link returns the link with this hash, and whether there is one.
	Link(ctx context.Context, hash string) (Link, bool, error)
	// Failures returns what is counted under key; zero when nothing is.
	Failures(ctx context.Context, key string) (Failures, error)
}

// Writer reads and writes within one WriteAccounts.
type Writer interface {
	Reader
	// AddAccount stores a new account. An id, or a provider's subject, that is
	// taken is a Conflict.
	AddAccount(ctx context.Context, a Account) error
	// PutAccount stores what changed about an account; its id, source and day of
	// creation stay.
	PutAccount(ctx context.Context, a Account) error
	AddSession(ctx context.Context, s Session) error
	// SeeSession notes when the session id was last used.
	SeeSession(ctx context.Context, id string, at time.Time) error
	// EndSessions removes the session id of an account, or all of them but
	// except when id is "", and returns how many.
	EndSessions(ctx context.Context, account, id, except string) (int, error)
	AddToken(ctx context.Context, t Token) error
	// UseToken notes when the token id was last used.
	UseToken(ctx context.Context, id string, at time.Time) error
	// EndTokens removes the token id of an account, or all of them when id is
	// "", and returns how many.
	EndTokens(ctx context.Context, account, id string) (int, error)
	AddLink(ctx context.Context, l Link) error
	// TakeLink removes the link with this hash and returns it, and whether there
	// was one: of two who take a link at once, one gets it.
	TakeLink(ctx context.Context, hash string) (Link, bool, error)
	// EndLinks removes the links of an account that are for purpose; for any
	// purpose when it is "".
	EndLinks(ctx context.Context, account string, purpose Purpose) error
	// PutFailures stores what is counted under key, or forgets it when zero.
	PutFailures(ctx context.Context, key string, f Failures) error
	// Prune removes links and sessions that expired before now, tokens that did
	// so before tokens, and failures older than failures.
	Prune(ctx context.Context, now, tokens, failures time.Time) error
	// Append writes e at the end of the audit log.
	Append(ctx context.Context, e review.AuditEntry) (review.AuditRecord, error)
}
