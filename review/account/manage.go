package account

import (
	"context"
	"time"

	"assay/review"
)

// NewAccount is what an account starts from.
type NewAccount struct {
	ID           string      `json:"id"`
	Name         string      `json:"name"`
	Role         review.Role `json:"role"`
	Organisation string      `json:"organisation"`
}

// account returns n as an account without a password.
func (n NewAccount) account(source Source) (a Account, err error) {
	a = Account{ID: canonicalID(n.ID), Role: n.Role, State: Active, Source: source}
	if !validID.MatchString(a.ID) {
		return a, invalid("start with a letter or digit and go on with letters, digits or . _ - + @, at most 100; an e-mail address will do",
			"%.120q is no name for an account", n.ID)
	}
	if a.Name, err = checkedName("name", n.Name); err != nil {
		return a, err
	}
	if a.Organisation, err = checkedName("organisation", n.Organisation); err != nil {
		return a, err
	}
	return a, checkRole(a.Role, a.Organisation)
}

// Invite makes an account and the link with which its person chooses a password.
func (s *Service) Invite(ctx context.Context, r Request, n NewAccount) (a Account, made Invitation, err error) {
	if err := onlyAdmins(r); err != nil {
		return a, made, err
	}
	if a, err = n.account(Local); err != nil {
		return a, made, err
	}
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		a.CreatedAt = now
		if err := w.AddAccount(ctx, a); err != nil {
			return err
		}
		if made, err = s.addLink(ctx, w, ForInvite, a.ID, s.InviteLife, now); err != nil {
			return err
		}
		object := facts(a)
		object["expires"] = made.ExpiresAt.Format(time.RFC3339)
		return s.audit(ctx, w, r, ActInvite, now, object)
	})
	return a, made, err
}

// Get returns the account id.
func (s *Service) Get(ctx context.Context, id string) (a Account, err error) {
	err = s.Store.ReadAccounts(ctx, func(r Reader) error {
		a, err = r.Account(ctx, canonicalID(id))
		return err
	})
	return a, err
}

// Officers returns at most limit people who may take cases, by id. Those of
// the office may know them.
func (s *Service) Officers(ctx context.Context, r Request, limit int) (found []Account, err error) {
	if r.Actor.ID == "" || r.Actor.Role == review.Exporter {
		return nil, &review.Error{Kind: review.Forbidden, Text: "who works in the office is not shown to exporters"}
	}
	err = s.Store.ReadAccounts(ctx, func(rd Reader) error {
		found, err = rd.Officers(ctx, limit)
		return err
	})
	return found, err
}

// Standing is an account with what is open for it.
type Standing struct {
	Account
	LockedUntil time.Time `json:"locked_until,omitzero"`
	Sessions    int       `json:"sessions"`
	Tokens      int       `json:"tokens"`
}

// Standing returns the account id as an admin sees it.
func (s *Service) Standing(ctx context.Context, r Request, id string) (st Standing, err error) {
	if err := onlyAdmins(r); err != nil {
		return st, err
	}
	now := s.now()
	err = s.Store.ReadAccounts(ctx, func(rd Reader) error {
		a, err := rd.Account(ctx, canonicalID(id))
		if err != nil {
			return err
		}
		st, err = s.standing(ctx, rd, a, now)
		return err
	})
	return st, err
}

func (s *Service) standing(ctx context.Context, rd Reader, a Account, now time.Time) (Standing, error) {
	st := Standing{Account: a}
	f, err := rd.Failures(ctx, nameKey(a.ID))
	if err != nil {
		return st, err
	}
	if f.Until.After(now) {
		st.LockedUntil = f.Until
	}
	sessions, err := rd.Sessions(ctx, a.ID)
	if err != nil {
		return st, err
	}
	for _, in := range sessions {
		if now.Before(in.ExpiresAt) && now.Sub(in.SeenAt) < s.SessionIdle {
			st.Sessions++
		}
	}
	tokens, err := rd.Tokens(ctx, a.ID)
	for _, t := range tokens {
		if now.Before(t.ExpiresAt) {
			st.Tokens++
		}
	}
	return st, err
}

// PageSize is how many accounts List returns at most.
const PageSize = 100

// List returns a page of accounts, whose ids follow from, by id, and the id
// that the next page follows, "" when this is the last.
func (s *Service) List(ctx context.Context, r Request, from string) (page []Standing, next string, err error) {
	if err := onlyAdmins(r); err != nil {
		return nil, "", err
	}
	now := s.now()
	err = s.Store.ReadAccounts(ctx, func(rd Reader) error {
		found, err := rd.Accounts(ctx, from, PageSize+1)
		if err != nil {
			return err
		}
		if page, next = []Standing{}, ""; len(found) > PageSize {
			found = found[:PageSize]
			next = found[PageSize-1].ID
		}
		for _, a := range found {
			st, err := s.standing(ctx, rd, a, now)
			if err != nil {
				return err
			}
			page = append(page, st)
		}
		return nil
	})
	return page, next, err
}

// change does one admin's act on the account id in one transaction. do changes
// a, and what hangs on it, and adds to the audit object.
func (s *Service) change(ctx context.Context, r Request, act review.Act, id string, do func(w Writer, a *Account, object map[string]any, now time.Time) error) (a Account, err error) {
	if err := onlyAdmins(r); err != nil {
		return a, err
	}
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		if a, err = w.Account(ctx, canonicalID(id)); err != nil {
			return err
		}
		before, err := w.Admins(ctx)
		if err != nil {
			return err
		}
		object := map[string]any{}
		if err := do(w, &a, object, now); err != nil {
			return err
		}
		if err := w.PutAccount(ctx, a); err != nil {
			return err
		}
		// Somebody must be left who can let others in.
		if after, err := w.Admins(ctx); err != nil {
			return err
		} else if before > 0 && after == 0 {
			return conflict("make somebody else an admin first", "%q is the last admin who can sign in", a.ID)
		}
		for k, v := range facts(a) {
			object[k] = v
		}
		return s.audit(ctx, w, r, act, now, object)
	})
	return a, err
}

// SetRole gives the account id another role or organisation. It holds from the
// account's next request on.
func (s *Service) SetRole(ctx context.Context, r Request, id string, role review.Role, organisation string) (Account, error) {
	return s.change(ctx, r, ActRole, id, func(_ Writer, a *Account, object map[string]any, _ time.Time) error {
		organisation, err := checkedName("organisation", organisation)
		if err != nil {
			return err
		}
		if err := checkRole(role, organisation); err != nil {
			return err
		}
		object["was"] = map[string]any{"role": a.Role, "organisation": a.Organisation}
		a.Role, a.Organisation = role, organisation
		return nil
	})
}

// Disable shuts the account id: its sessions, tokens and links end at once, for
// good.
func (s *Service) Disable(ctx context.Context, r Request, id string) (Account, error) {
	return s.change(ctx, r, ActDisable, id, func(w Writer, a *Account, object map[string]any, _ time.Time) error {
		if a.State == Disabled {
			return conflict("", "%q is disabled already", a.ID)
		}
		a.State = Disabled
		sessions, err := w.EndSessions(ctx, a.ID, "", "")
		if err != nil {
			return err
		}
		tokens, err := w.EndTokens(ctx, a.ID, "")
		if err != nil {
			return err
		}
		object["ended_sessions"], object["ended_tokens"] = sessions, tokens
		return w.EndLinks(ctx, a.ID, "")
	})
}

// Enable opens a disabled account again, with the password it had.
func (s *Service) Enable(ctx context.Context, r Request, id string) (Account, error) {
	return s.change(ctx, r, ActEnable, id, func(_ Writer, a *Account, _ map[string]any, _ time.Time) error {
		if a.State == Active {
			return conflict("", "%q is not disabled", a.ID)
		}
		a.State = Active
		return nil
	})
}

// Unlock forgets the failed tries under the name of the account id.
func (s *Service) Unlock(ctx context.Context, r Request, id string) (Account, error) {
	return s.change(ctx, r, ActUnlock, id, func(w Writer, a *Account, _ map[string]any, _ time.Time) error {
		return w.PutFailures(ctx, nameKey(a.ID), Failures{})
	})
}

// ResetPassword takes the password of the account id away, ends its sessions,
// and returns the link with which its person chooses another.
func (s *Service) ResetPassword(ctx context.Context, r Request, id string) (a Account, made Invitation, err error) {
	if err := onlyAdmins(r); err != nil {
		return a, made, err
	}
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		if a, err = w.Account(ctx, canonicalID(id)); err != nil {
			return err
		}
		switch {
		case a.Source == OpenID:
			return conflict("reset it there", "%q signs in through a provider and has no password here", a.ID)
		case a.State != Active:
			return conflict("enable it first", "%q is disabled", a.ID)
		}
		purpose, life := ForReset, s.LinkLife
		if a.Invited() {
			purpose, life = ForInvite, s.InviteLife // the first link was lost
		}
		a.Password = ""
		if err := w.PutAccount(ctx, a); err != nil {
			return err
		}
		ended, err := w.EndSessions(ctx, a.ID, "", "")
		if err != nil {
			return err
		}
		if made, err = s.addLink(ctx, w, purpose, a.ID, life, now); err != nil {
			return err
		}
		return s.audit(ctx, w, r, ActResetLink, now, map[string]any{"account": a.ID, "ended_sessions": ended, "expires": made.ExpiresAt.Format(time.RFC3339)})
	})
	return a, made, err
}
