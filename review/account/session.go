package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"time"

	"assay/review"
)

// seenEvery is how often it is noted that a session or a token is in use: a
// write for each request would be too many.
const seenEvery = time.Minute

var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// errSession is the answer to a session that is not, or no longer.
func errSession() error { return forbidden("sign in again", "nobody is signed in here any more") }

// Session returns who is signed in with token, as the account is now.
func (s *Service) Session(ctx context.Context, token string) (Account, Session, error) {
	var a Account
	var in Session
	if !tokenForm.MatchString(token) {
		return a, in, errSession()
	}
	now := s.now()
	err := s.Store.ReadAccounts(ctx, func(r Reader) error {
		found := false
		var err error
		if in, found, err = r.Session(ctx, hashed(token)); err != nil {
			return err
		}
		if !found {
			return errSession()
		}
		a, err = r.Account(ctx, in.Account)
		return err
	})
	switch {
	case err != nil:
	case a.State != Active || !now.Before(in.ExpiresAt) || now.Sub(in.SeenAt) >= s.SessionIdle:
		err = errSession()
	case now.Sub(in.SeenAt) >= min(seenEvery, s.SessionIdle/2):
		// Whoever only reads is not kept waiting when this cannot be written.
		_ = s.Store.WriteAccounts(ctx, func(w Writer) error { return w.SeeSession(ctx, in.ID, now) })
		in.SeenAt = now
	}
	if err != nil {
		return Account{}, Session{}, err
	}
	return a, in, nil
}

// FormToken returns what forms shown in the session of token carry, so that no
// other site can send them. The session's token cannot be had from it.
func FormToken(token string) string {
	if token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("assay form\n" + token))
	return hex.EncodeToString(sum[:16])
}

// SignOut ends the session of token. One that has ended already is no error.
func (s *Service) SignOut(ctx context.Context, r Request, token string) error {
	return s.Store.WriteAccounts(ctx, func(w Writer) error {
		in, found, err := w.Session(ctx, hashed(token))
		if err != nil || !found {
			return err
		}
		if _, err := w.EndSessions(ctx, in.Account, in.ID, ""); err != nil {
			return err
		}
		r.Actor.ID = in.Account
		return s.audit(ctx, w, r, ActSignOut, s.now(), map[string]any{"account": in.Account, "session": in.ID})
	})
}

// Sessions returns the actor's sessions, newest first.
func (s *Service) Sessions(ctx context.Context, r Request) (all []Session, err error) {
	now := s.now()
	err = s.Store.ReadAccounts(ctx, func(rd Reader) error {
		found, err := rd.Sessions(ctx, r.Actor.ID)
		all = []Session{}
		for _, in := range found {
			if now.Before(in.ExpiresAt) && now.Sub(in.SeenAt) < s.SessionIdle {
				all = append(all, in)
			}
		}
		return err
	})
	return all, err
}

// EndSessions ends the actor's session id, or all but the session keep when id is "".
func (s *Service) EndSessions(ctx context.Context, r Request, id, keep string) error {
	return s.Store.WriteAccounts(ctx, func(w Writer) error {
		n, err := w.EndSessions(ctx, r.Actor.ID, id, keep)
		if err != nil {
			return err
		}
		if n == 0 && id != "" {
			return &review.Error{Kind: review.NotFound, Text: "you have no such session", Remedy: "it may have ended by itself"}
		}
		if n == 0 {
			return nil
		}
		object := map[string]any{"account": r.Actor.ID, "ended": n}
		if id != "" {
			object["session"] = id
		}
		return s.audit(ctx, w, r, ActEndSession, s.now(), object)
	})
}
