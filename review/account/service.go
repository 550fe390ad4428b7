package account

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"runtime"
	"strings"
	"time"
	"unicode"

	"assay/review"
)

// Config is what a Service is made of. Only Store is needed.
type Config struct {
	Store Store
	Now   func() time.Time // clock; default time.Now
	NewID func() string    // ids of sessions, tokens and requests; default 12 random letters and digits

	Params       Params // of hashes; default DefaultParams
	HashesAtOnce int    // default one for each processor, at most 4

	SessionIdle time.Duration // a session unused for so long ends; default 8 h
	SessionMax  time.Duration // every session ends after so long; default 7 days
	InviteLife  time.Duration // how long an invitation works; default 7 days
	LinkLife    time.Duration // how long other links work; default 24 h

	Provisioning Provisioning // who may come in through an OpenID provider
}

// Service is the way to accounts. It is safe for concurrent use.
type Service struct {
	Config
	hasher *hasher
}

// New returns a Service of cfg.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil {
		return nil, &review.Error{Kind: review.Internal, Text: "account: a store is needed"}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = func() string { return strings.ToLower(rand.Text()[:12]) }
	}
	if cfg.Params == (Params{}) {
		cfg.Params = DefaultParams
	}
	cfg.HashesAtOnce = cmp.Or(cfg.HashesAtOnce, min(4, runtime.NumCPU()))
	cfg.SessionIdle = cmp.Or(cfg.SessionIdle, 8*time.Hour)
	cfg.SessionMax = cmp.Or(cfg.SessionMax, 7*24*time.Hour)
	cfg.InviteLife = cmp.Or(cfg.InviteLife, 7*24*time.Hour)
	cfg.LinkLife = cmp.Or(cfg.LinkLife, 24*time.Hour)
	if cfg.HashesAtOnce < 1 || cfg.SessionIdle < 0 || cfg.SessionMax < 0 || cfg.InviteLife < 0 || cfg.LinkLife < 0 {
		return nil, &review.Error{Kind: review.Internal, Text: "account: a limit is negative; 0 means its default"}
	}
	if err := cfg.Provisioning.check(); err != nil {
		return nil, err
	}
	h, err := newHasher(cfg.Params, cfg.HashesAtOnce)
	if err != nil {
		return nil, err
	}
	return &Service{cfg, h}, nil
}

// Request is what every act comes with.
type Request struct {
	Actor   review.Actor // zero for somebody who is not signed in
	ID      string       // the request's id in logs and audit; "" has one made
	Address string       // where it comes from
	Agent   string       // what the browser calls itself
}

// Nobody stands in the audit log as the actor of what somebody did who was not
// signed in. No account can have this name.
const Nobody = "-"

// SignedIn is what signing in gives: the token is told once and kept nowhere.
type SignedIn struct {
	Token   string
	Account Account
	Session Session
}

// Any reports whether there is an account.
func (s *Service) Any(ctx context.Context) (any bool, err error) {
	err = s.Store.ReadAccounts(ctx, func(r Reader) error {
		first, err := r.Accounts(ctx, "", 1)
		any = len(first) > 0
		return err
	})
	return any, err
}

// secret returns 256 random bits as text that fits into a cookie and an address.
func secret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashed returns what is kept of a secret. The secrets are random, so that a
// plain hash does: there is nothing to guess.
func hashed(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// audit writes down one act, with the address it came from.
func (s *Service) audit(ctx context.Context, w Writer, r Request, act review.Act, now time.Time, object map[string]any) error {
	object = maps.Clone(object)
	if r.Address != "" {
		object["address"] = r.Address
	}
	_, err := w.Append(ctx, review.AuditEntry{Time: now, Actor: cmp.Or(r.Actor.ID, Nobody), RequestID: cmp.Or(r.ID, s.NewID()), Act: act, Object: object})
	return err
}

// facts is what an audit record says of an account after an act.
func facts(a Account) map[string]any {
	m := map[string]any{"account": a.ID, "role": a.Role, "state": a.State}
	if a.Organisation != "" {
		m["organisation"] = a.Organisation
	}
	return m
}

func onlyAdmins(r Request) error {
	if r.Actor.ID == "" || r.Actor.Role != review.Admin {
		return forbidden("ask an admin", "accounts are for admins")
	}
	return nil
}

// open adds a session of a that starts now.
func (s *Service) open(ctx context.Context, w Writer, r Request, a Account, method string, now time.Time) (SignedIn, error) {
	token := secret()
	made := Session{ID: s.NewID(), Hash: hashed(token), Account: a.ID, Method: method, Address: r.Address, Agent: clipped(r.Agent, 200),
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(s.SessionMax)}
	return SignedIn{token, a, made}, w.AddSession(ctx, made)
}

func (s *Service) now() time.Time { return s.Now().UTC() }

// clipped returns text without control characters, at most n bytes of it.
func clipped(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	for i := range text {
		if i > n {
			return strings.ToValidUTF8(text[:n], "")
		}
	}
	return text
}

// The acts of this package, as the audit log calls them.
const (
	ActSetUpLink    review.Act = "account.set_up_link"
	ActSetUp        review.Act = "account.set_up"
	ActInvite       review.Act = "account.invite"
	ActAccept       review.Act = "account.accept" // an invitation: the first password
	ActSignIn       review.Act = "account.sign_in"
	ActSignInFailed review.Act = "account.sign_in_failed"
	ActSignOut      review.Act = "account.sign_out"
	ActEndSession   review.Act = "account.end_session"
	ActPassword     review.Act = "account.password"
	ActResetLink    review.Act = "account.reset_link"
	ActReset        review.Act = "account.reset"
	ActDisable      review.Act = "account.disable"
	ActEnable       review.Act = "account.enable"
	ActRole         review.Act = "account.role"
	ActUnlock       review.Act = "account.unlock"
	ActProvision    review.Act = "account.provision" // made by the provider's word
	ActConnect      review.Act = "account.connect"   // to a provider's account
	ActDisconnect   review.Act = "account.disconnect"
	ActToken        review.Act = "account.token"
	ActEndToken     review.Act = "account.end_token"
)

// Acts returns every act of this package.
func Acts() []review.Act {
	return []review.Act{ActSetUpLink, ActSetUp, ActInvite, ActAccept, ActSignIn, ActSignInFailed, ActSignOut, ActEndSession, ActPassword,
		ActResetLink, ActReset, ActDisable, ActEnable, ActRole, ActUnlock, ActProvision, ActConnect, ActDisconnect, ActToken, ActEndToken}
}
