package account

import (
	"context"
	"time"

	"assay/review"
)

// ChangePassword changes the actor's password from old to new, ends all
// sessions, and opens a new one for the browser that asked.
func (s *Service) ChangePassword(ctx context.Context, r Request, old, new string) (SignedIn, error) {
	if a, err := s.Get(ctx, r.Actor.ID); err != nil {
		return SignedIn{}, err
	} else if a.Password == "" {
		return SignedIn{}, conflict("change it there", "you sign in through a provider and have no password here")
	}
	c, at, err := s.verified(ctx, r, r.Actor.ID, old)
	if err != nil {
		return SignedIn{}, err
	}
	var hash string
	var unfit error
	if c.why == "" {
		var clean string
		if clean, unfit = newPassword(new, c.account.ID, c.account.Name); unfit == nil {
			if hash, err = s.hasher.hash(ctx, clean); err != nil {
				return SignedIn{}, err
			}
		}
	}
	var in SignedIn
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		if c.why != "" {
			object := map[string]any{"account": r.Actor.ID, "method": "password_change", "reason": c.why}
			at.note(object)
			return s.audit(ctx, w, r, ActSignInFailed, now, object)
		}
		if err := s.right(ctx, w, r, c.account.ID); err != nil || unfit != nil {
			return err
		}
		a, err := w.Account(ctx, c.account.ID)
		if err != nil {
			return err
		}
		if a.Password != c.account.Password || a.State != Active {
			return conflict("sign in again", "the account was changed meanwhile")
		}
		in, err = s.putPassword(ctx, w, r, a, hash, ActPassword, now)
		return err
	})
	switch {
	case err != nil:
		return SignedIn{}, err
	case c.why != "":
		return SignedIn{}, &review.Error{Kind: review.Forbidden, Text: "the present password is wrong", Remedy: "check it; after several tries you have to wait"}
	case unfit != nil:
		return SignedIn{}, unfit
	}
	return in, nil
}

// putPassword gives a another password, ends every session and opens one.
func (s *Service) putPassword(ctx context.Context, w Writer, r Request, a Account, hash string, act review.Act, now time.Time) (SignedIn, error) {
	a.Password, a.LastSignIn = hash, now
	if err := w.PutAccount(ctx, a); err != nil {
		return SignedIn{}, err
	}
	ended, err := w.EndSessions(ctx, a.ID, "", "")
	if err != nil {
		return SignedIn{}, err
	}
	in, err := s.open(ctx, w, r, a, "password", now)
	if err != nil {
		return in, err
	}
	r.Actor = a.Actor()
	return in, s.audit(ctx, w, r, act, now, map[string]any{"account": a.ID, "session": in.Session.ID, "ended": ended})
}
