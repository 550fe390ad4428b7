package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"assay/review"
)

// TokenPrefix starts every token, so that people and scanners know one when
// they see one.
const TokenPrefix = "assay_"

const (
	mostTokens    = 50
	longestToken  = 366 * 24 * time.Hour
	defaultToken  = 90 * 24 * time.Hour
	keepTokens    = 30 * 24 * time.Hour // how long an expired one is still shown
	mostTokenName = 100
)

// NewToken is what a token starts from.
type NewToken struct {
	Name   string        `json:"name"`
	Scopes []Scope       `json:"scopes"`
	Life   time.Duration `json:"-"` // default 90 days, at most a year
}

// MakeToken makes a token of the account id, for its own person or an admin,
// and returns the secret, which is told once.
func (s *Service) MakeToken(ctx context.Context, r Request, id string, n NewToken) (made Token, text string, err error) {
	if id = canonicalID(id); r.Actor.ID != id {
		if err := onlyAdmins(r); err != nil {
			return made, "", err
		}
	}
	if n.Name, err = checkedName("token's name", n.Name); err != nil {
		return made, "", err
	}
	switch {
	case n.Name == "" || len([]rune(n.Name)) > mostTokenName:
		return made, "", invalid("say what it is for", "a token needs a name of at most %d characters", mostTokenName)
	case n.Life < 0 || n.Life > longestToken:
		return made, "", invalid("choose at most 366 days", "a token may not live so long")
	case n.Life == 0:
		n.Life = defaultToken
	}
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		a, err := w.Account(ctx, id)
		if err != nil {
			return err
		}
		if a.State != Active {
			return conflict("enable it first", "%q is disabled", a.ID)
		}
		have, err := w.Tokens(ctx, id)
		if err != nil {
			return err
		}
		if len(have) >= mostTokens {
			return conflict("end one that is not used any more", "%q has %d tokens", id, len(have))
		}
		scopes, err := fitting(a.Role, n.Scopes)
		if err != nil {
			return err
		}
		key := secret()
		text = TokenPrefix + key
		made = Token{ID: s.NewID(), Hash: hashed(key), Account: id, Name: n.Name, Scopes: scopes, CreatedAt: now, ExpiresAt: now.Add(n.Life)}
		if err := w.AddToken(ctx, made); err != nil {
			return err
		}
		return s.audit(ctx, w, r, ActToken, now, map[string]any{"account": id, "token": made.ID, "name": made.Name, "scopes": made.Scopes,
			"expires": made.ExpiresAt.Format(time.RFC3339)})
	})
	if err != nil {
		return Token{}, "", err
	}
	return made, text, nil
}

// fitting returns scopes in their order, each once, when all are of use to role.
func fitting(role review.Role, scopes []Scope) (fit []Scope, err error) {
	may := Scopes(role)
	for _, sc := range scopes {
		if !slices.Contains(may, sc) {
			return nil, invalid("choose among "+joined(may), "the scope %.40q is of no use to the role %s", sc, role)
		}
	}
	for _, sc := range may {
		if slices.Contains(scopes, sc) {
			fit = append(fit, sc)
		}
	}
	if len(fit) == 0 {
		return nil, invalid("choose among "+joined(may), "a token without a scope is good for nothing")
	}
	return fit, nil
}

func joined(scopes []Scope) string {
	words := make([]string, len(scopes))
	for i, sc := range scopes {
		words[i] = string(sc)
	}
	return strings.Join(words, ", ")
}

// Token returns the token that text is, and its account as it is now.
func (s *Service) Token(ctx context.Context, text string) (a Account, t Token, err error) {
	key, ok := strings.CutPrefix(text, TokenPrefix)
	if !ok || !tokenForm.MatchString(key) {
		return a, t, errToken()
	}
	now := s.now()
	err = s.Store.ReadAccounts(ctx, func(r Reader) error {
		found := false
		if t, found, err = r.Token(ctx, hashed(key)); err != nil {
			return err
		}
		if !found {
			return errToken()
		}
		a, err = r.Account(ctx, t.Account)
		return err
	})
	switch {
	case err != nil:
	case a.State != Active || !now.Before(t.ExpiresAt):
		err = errToken()
	case now.Sub(t.UsedAt) >= seenEvery:
		// Whoever only reads is not kept waiting when this cannot be written.
		_ = s.Store.WriteAccounts(ctx, func(w Writer) error { return w.UseToken(ctx, t.ID, now) })
		t.UsedAt = now
	}
	if err != nil {
		return Account{}, Token{}, err
	}
	return a, t, nil
}

func errToken() error {
	return forbidden("make a new one on the page of your account", "the API token is unknown, ended or expired")
}

// Tokens returns the actor's tokens, newest first.
func (s *Service) Tokens(ctx context.Context, r Request) (all []Token, err error) {
	err = s.Store.ReadAccounts(ctx, func(rd Reader) error {
		all, err = rd.Tokens(ctx, r.Actor.ID)
		return err
	})
	return all, err
}

// EndToken ends the token id of the actor.
func (s *Service) EndToken(ctx context.Context, r Request, id string) error {
	return s.Store.WriteAccounts(ctx, func(w Writer) error {
		n := 0
		var err error
		if id != "" {
			n, err = w.EndTokens(ctx, r.Actor.ID, id)
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return &review.Error{Kind: review.NotFound, Text: "you have no such token", Remedy: "list your tokens to see them"}
		}
		return s.audit(ctx, w, r, ActEndToken, s.now(), map[string]any{"account": r.Actor.ID, "token": id})
	})
}
