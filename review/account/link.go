package account

import (
	"context"
	"encoding/json"
	"time"

	"assay/review"
)

// Invitation is a link that works once, as it is told to a person.
type Invitation struct {
	Token     string // told once and kept nowhere
	Purpose   Purpose
	ExpiresAt time.Time
}

// addLink stores a new link, in place of earlier ones of the account.
func (s *Service) addLink(ctx context.Context, w Writer, purpose Purpose, account string, life time.Duration, now time.Time) (Invitation, error) {
	if account != "" {
		if err := w.EndLinks(ctx, account, ""); err != nil {
			return Invitation{}, err
		}
	}
	made := Invitation{secret(), purpose, now.Add(life)}
	return made, w.AddLink(ctx, Link{Hash: hashed(made.Token), Purpose: purpose, Account: account, CreatedAt: now, ExpiresAt: made.ExpiresAt})
}

// errLink is the answer to a link that does not work, whatever the reason.
func errLink() error {
	return &review.Error{Kind: review.NotFound, Text: "this link does not work, no longer or never", Remedy: "a link works once and for a limited time; ask for a new one"}
}

// SetUpLink makes the link that makes the first admin. It is refused once
// there is an account.
func (s *Service) SetUpLink(ctx context.Context, r Request) (made Invitation, err error) {
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		if err := none(ctx, w); err != nil {
			return err
		}
		now := s.now()
		if err := w.Prune(ctx, now, now.Add(-keepTokens), now.Add(-longestForget)); err != nil {
			return err
		}
		// Earlier links stay: of several servers on one database each has told its own.
		if made, err = s.addLink(ctx, w, ForSetUp, "", s.LinkLife, now); err != nil {
			return err
		}
		return s.audit(ctx, w, r, ActSetUpLink, now, map[string]any{"expires": made.ExpiresAt.Format(time.RFC3339)})
	})
	return made, err
}

func none(ctx context.Context, r Reader) error {
	first, err := r.Accounts(ctx, "", 1)
	if err == nil && len(first) > 0 {
		err = conflict("sign in, or have an admin invite you", "the accounts are set up already")
	}
	return err
}

// LinkFor returns the account that token may set the password of. For a link
// of set-up it is the zero Account.
func (s *Service) LinkFor(ctx context.Context, token string, purpose Purpose) (a Account, err error) {
	if !tokenForm.MatchString(token) {
		return a, errLink()
	}
	err = s.Store.ReadAccounts(ctx, func(r Reader) error {
		l, found, err := r.Link(ctx, hashed(token))
		if err != nil {
			return err
		}
		if !found || l.Purpose != purpose || !s.now().Before(l.ExpiresAt) {
			return errLink()
		}
		if purpose == ForSetUp {
			return none(ctx, r)
		}
		a, err = r.Account(ctx, l.Account)
		return err
	})
	return a, err
}

// take uses up the link of token, which must be for purpose.
func (s *Service) take(ctx context.Context, w Writer, token string, purpose Purpose, now time.Time) (Link, error) {
	l, found, err := w.TakeLink(ctx, hashed(token))
	if err == nil && (!found || l.Purpose != purpose || !now.Before(l.ExpiresAt)) {
		err = errLink() // and the transaction gives a link for another purpose back
	}
	return l, err
}

// SetUp makes the first admin and signs it in. The link of token works once.
func (s *Service) SetUp(ctx context.Context, r Request, token string, n NewAccount, password string) (SignedIn, error) {
	if _, err := s.LinkFor(ctx, token, ForSetUp); err != nil {
		return SignedIn{}, err
	}
	n.Role = review.Admin
	a, err := n.account(Local)
	if err != nil {
		return SignedIn{}, err
	}
	if a.Password, err = s.chosen(ctx, password, a); err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		if err := none(ctx, w); err != nil {
			return err
		}
		if _, err := s.take(ctx, w, token, ForSetUp, now); err != nil {
			return err
		}
		if err := w.EndLinks(ctx, "", ForSetUp); err != nil {
			return err
		}
		a.CreatedAt, a.LastSignIn = now, now
		if err := w.AddAccount(ctx, a); err != nil {
			return err
		}
		in, err = s.open(ctx, w, r, a, "link", now)
		if err != nil {
			return err
		}
		r.Actor = a.Actor()
		object := facts(a)
		object["session"] = in.Session.ID
		return s.audit(ctx, w, r, ActSetUp, now, object)
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

// chosen returns the hash of a password that a may choose.
func (s *Service) chosen(ctx context.Context, password string, a Account) (string, error) {
	clean, err := newPassword(password, a.ID, a.Name)
	if err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, clean)
}

// Accept uses a link for an invitation or for resetting a password: it sets the
// password, ends every session of the account, and signs it in.
func (s *Service) Accept(ctx context.Context, r Request, token string, purpose Purpose, password string) (SignedIn, error) {
	a, err := s.LinkFor(ctx, token, purpose)
	if err != nil {
		return SignedIn{}, err
	}
	hash, err := s.chosen(ctx, password, a)
	if err != nil {
		return SignedIn{}, err
	}
	act := ActAccept
	if purpose == ForReset {
		act = ActReset
	}
	var in SignedIn
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		l, err := s.take(ctx, w, token, purpose, now)
		if err != nil {
			return err
		}
		a, err := w.Account(ctx, l.Account)
		if err != nil {
			return err
		}
		if a.State != Active {
			return errLink()
		}
		if err := w.PutFailures(ctx, nameKey(a.ID), Failures{}); err != nil {
			return err
		}
		in, err = s.putPassword(ctx, w, r, a, hash, act, now)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

// Flow is what a sign-in through a provider remembers while the person is away.
type Flow struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`          // of PKCE
	Next     string `json:"next"`              // where to go afterwards
	Connect  string `json:"connect,omitempty"` // the account that wants to be connected, signed in already
}

// flowLife is how long a person may stay with the provider.
const flowLife = 10 * time.Minute

// KeepFlow remembers f and returns its state, which goes round by the provider,
// and a secret for the browser: both are needed to take it back.
func (s *Service) KeepFlow(ctx context.Context, f Flow) (state, browser string, err error) {
	data, err := json.Marshal(f)
	if err != nil {
		return "", "", err
	}
	state, browser = secret(), secret()
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		if err := w.Prune(ctx, now, now.Add(-keepTokens), now.Add(-longestForget)); err != nil {
			return err
		}
		return w.AddLink(ctx, Link{Hash: hashed(state + "." + browser), Purpose: forOpenID, Data: string(data), CreatedAt: now, ExpiresAt: now.Add(flowLife)})
	})
	return state, browser, err
}

// TakeFlow gives back what KeepFlow remembered, once.
func (s *Service) TakeFlow(ctx context.Context, state, browser string) (f Flow, err error) {
	if !tokenForm.MatchString(state) || !tokenForm.MatchString(browser) {
		return f, errFlow()
	}
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		l, found, err := w.TakeLink(ctx, hashed(state+"."+browser))
		if err != nil {
			return err
		}
		if !found || l.Purpose != forOpenID || !s.now().Before(l.ExpiresAt) {
			return errFlow()
		}
		return json.Unmarshal([]byte(l.Data), &f)
	})
	return f, err
}

func errFlow() error {
	return forbidden("start again from the sign-in page", "this sign-in was not started in this browser, or too long ago")
}
