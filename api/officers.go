package api

import (
	"context"
	"slices"
	"strings"

	"assay/review"
	"assay/review/account"
)

// mostOfficers is how many people are offered to choose from; of more, one is
// named in words.
const mostOfficers = 200

// officers returns who may be given a case, without those named; nil where
// there are no accounts, or too many.
func (s *Server) officers(ctx context.Context, who identity, without ...string) []choice {
	if s.Accounts == nil {
		return nil
	}
	found, err := s.Accounts.Officers(ctx, account.Request{Actor: who.Actor}, mostOfficers+1)
	if err != nil {
		s.Log.Error("officers cannot be listed", "error", err) // one can be named in words
		return nil
	}
	if len(found) > mostOfficers {
		return nil
	}
	var choices []choice
	for _, a := range found {
		if slices.Contains(without, a.ID) {
			continue
		}
		word := a.ID
		if a.Name != "" {
			word = a.Name + " (" + a.ID + ")"
		}
		choices = append(choices, choice{Value: a.ID, Word: plain(word)})
	}
	return choices
}

// anOfficer returns the id of the account that somebody has written as who
// shall work on a case, or why nobody of that name can. Where there are no
// accounts, a name is a name.
func (s *Server) anOfficer(ctx context.Context, written string) (string, error) {
	id := strings.TrimSpace(written)
	if s.Accounts == nil || id == "" {
		return id, nil
	}
	a, err := s.Accounts.Get(ctx, id)
	if err != nil && review.KindOf(err) != review.NotFound {
		return "", err
	}
	if err != nil || a.State != account.Active || a.Role != review.Officer && a.Role != review.Admin {
		return "", &review.Error{Kind: review.Invalid, Field: "officer", Text: "there is no officer “" + clip(plain(id), 80) + "”", Remedy: "name an account that may take cases"}
	}
	return a.ID, nil
}
