package account

import (
	"context"
	"time"

	"assay/review"
)

// errWrong is the answer to everybody who may not come in with a password,
// whatever the reason.
func errWrong() error {
	return forbidden("check both; after several tries you have to wait", "the name or the password is wrong")
}

// SignIn signs the account id in with its password. An unknown name, a wrong
// password, an account without a password and a disabled one are answered with
// the same words after the same work. LockedFor tells of an error whether and how
// long to wait.
func (s *Service) SignIn(ctx context.Context, r Request, id, password string) (SignedIn, error) {
	if id = canonicalID(id); !validID.MatchString(id) {
		id = "" // nobody's
	}
	found, at, err := s.verified(ctx, r, id, password)
	if err != nil {
		return SignedIn{}, err
	}
	var grown string
	if found.why == "" && s.hasher.outgrown(found.account.Password) {
		clean, _ := normalised(password)
		if grown, err = s.hasher.hash(ctx, clean); err != nil {
			return SignedIn{}, err
		}
	}
	var in SignedIn
	why := found.why
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		if err := w.Prune(ctx, now, now.Add(-keepTokens), now.Add(-longestForget)); err != nil {
			return err
		}
		why = found.why
		a, err := w.Account(ctx, id)
		if review.KindOf(err) == review.NotFound {
			a, err = Account{}, nil
		}
		if err != nil {
			return err
		}
		if why == "" && (a.Password != found.account.Password || a.State != Active) {
			why = "changed" // while the password was being checked
		}
		if why != "" {
			object := map[string]any{"method": "password", "reason": why}
			if a.ID != "" {
				object["account"] = a.ID
			}
			at.note(object)
			return s.audit(ctx, w, r, ActSignInFailed, now, object)
		}
		if err := s.right(ctx, w, r, id); err != nil {
			return err
		}
		if grown != "" {
			a.Password = grown
		}
		in, err = s.signIn(ctx, w, r, a, "password", now)
		return err
	})
	if err == nil && why != "" {
		err = errWrong()
	}
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

// checked is an account with why its password does not open it.
type checked struct {
	account Account
	why     string // "" when it does
}

// verified holds password against that of the account id, for which a try is
// counted first.
func (s *Service) verified(ctx context.Context, r Request, id, password string) (c checked, at tried, err error) {
	if at, err = s.try(ctx, r, id); err != nil {
		return c, at, err
	}
	err = s.Store.ReadAccounts(ctx, func(rd Reader) error {
		c.account, err = rd.Account(ctx, id)
		return err
	})
	if err != nil && review.KindOf(err) != review.NotFound {
		return c, at, err
	}
	clean, fit := normalised(password)
	right, err := s.hasher.verify(ctx, c.account.Password, clean)
	if err != nil {
		return c, at, err
	}
	switch {
	case c.account.ID == "":
		c.why = "unknown"
	case c.account.Password == "":
		c.why = "no_password"
	case !right || !fit:
		c.why = "wrong"
	case c.account.State != Active:
		c.why = "disabled"
	}
	return c, at, nil
}

// signIn opens a session of a and writes down that it came in.
func (s *Service) signIn(ctx context.Context, w Writer, r Request, a Account, method string, now time.Time) (SignedIn, error) {
	a.LastSignIn = now
	if err := w.PutAccount(ctx, a); err != nil {
		return SignedIn{}, err
	}
	in, err := s.open(ctx, w, r, a, method, now)
	if err != nil {
		return in, err
	}
	r.Actor = a.Actor()
	object := map[string]any{"account": a.ID, "method": method, "session": in.Session.ID}
	return in, s.audit(ctx, w, r, ActSignIn, now, object)
}
