package account_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/review"
	"assay/review/account"
)

func TestDisable(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	in := h.in("ann", good)
	_, text, err := h.MakeToken(ctx, as(in.Account), "ann", account.NewToken{Name: "upload", Scopes: []account.Scope{account.ScopeRead}})
	h.must(err)
	_, link, err := h.Invite(ctx, h.asBoss(), account.NewAccount{ID: "guest", Role: review.Officer})
	h.must(err)
	_, err = h.Disable(ctx, as(in.Account), "boss")
	h.refused(review.Forbidden, "admins", err)
	_, err = h.Disable(ctx, h.asBoss(), "none")
	h.refused(review.NotFound, `no account "none"`, err)
	for _, id := range []string{"ann", "guest"} {
		a, err := h.Disable(ctx, h.asBoss(), id)
		h.must(err)
		if a.State != account.Disabled {
			t.Errorf("%+v", a)
		}
	}
	h.logged(account.ActDisable, `"account":"guest"`, `"state":"disabled"`)
	h.alive(in.Token, false)
	_, _, err = h.Token(ctx, text)
	h.refused(review.Forbidden, "unknown, ended or expired", err)
	_, err = h.Accept(ctx, here, link.Token, account.ForInvite, good)
	h.refused(review.NotFound, "does not work", err)
	_, err = h.SignIn(ctx, here, "ann", good)
	h.refused(review.Forbidden, "wrong", err)
	_, _, err = h.ResetPassword(ctx, h.asBoss(), "ann")
	h.refused(review.Conflict, "is disabled", err)
	_, _, err = h.MakeToken(ctx, h.asBoss(), "ann", account.NewToken{Name: "x", Scopes: []account.Scope{account.ScopeRead}})
	h.refused(review.Conflict, "is disabled", err)
	_, err = h.Disable(ctx, h.asBoss(), "ann")
	h.refused(review.Conflict, "disabled already", err)
	_, err = h.Enable(ctx, h.asBoss(), "ann")
	h.must(err)
	h.logged(account.ActEnable, `"state":"active"`)
	h.alive(in.Token, false) // what ended stays ended
	_, _, err = h.Token(ctx, text)
	h.refused(review.Forbidden, "unknown, ended or expired", err)
	h.in("ann", good)
	_, err = h.Enable(ctx, h.asBoss(), "ann")
	h.refused(review.Conflict, "not disabled", err)
}

// TestRoleHoldsAtOnce looks at a session and a token that were there before.
func TestRoleHoldsAtOnce(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	in := h.in("ann", good)
	_, text, err := h.MakeToken(ctx, as(in.Account), "ann", account.NewToken{Name: "upload", Scopes: []account.Scope{account.ScopeWrite}})
	h.must(err)
	for _, tt := range []struct {
		role         review.Role
		organisation string
	}{{review.Officer, ""}, {review.Exporter, "Other"}, {review.Evaluator, "Office"}} {
		_, err := h.SetRole(ctx, h.asBoss(), "ann", tt.role, tt.organisation)
		h.must(err)
		h.logged(account.ActRole, `"actor":"boss"`, fmt.Sprintf(`"role":%q`, tt.role), `"was":{`)
		a, _, err := h.Session(ctx, in.Token)
		b, _, tokenErr := h.Token(ctx, text)
		want := review.Actor{ID: "ann", Role: tt.role, Organisation: tt.organisation}
		if err != nil || tokenErr != nil || a.Actor() != want || b.Actor() != want {
			t.Errorf("%v %v: %+v, %+v", err, tokenErr, a, b)
		}
	}
	for _, tt := range []struct {
		role         review.Role
		organisation string
		says         string
	}{{review.Exporter, "", "without an organisation"}, {review.Exporter, " ", "without an organisation"}, {"king", "", "no role"}, {review.Officer, "a\x00b", "cannot be used"}} {
		_, err := h.SetRole(ctx, h.asBoss(), "ann", tt.role, tt.organisation)
		h.refused(review.Invalid, tt.says, err)
	}
	_, err = h.SetRole(ctx, as(in.Account), "ann", review.Admin, "")
	h.refused(review.Forbidden, "admins", err)
}

func TestLastAdminStays(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	_, err := h.Disable(ctx, h.asBoss(), "boss")
	h.refused(review.Conflict, "last admin", err)
	_, err = h.SetRole(ctx, h.asBoss(), "boss", review.Officer, "")
	h.refused(review.Conflict, "last admin", err)
	_, link, err := h.Invite(ctx, h.asBoss(), account.NewAccount{ID: "next", Role: review.Admin})
	h.must(err)
	_, err = h.Disable(ctx, h.asBoss(), "boss")
	h.refused(review.Conflict, "last admin", err) // nobody knows whether the other ever comes
	next, err := h.Accept(ctx, here, link.Token, account.ForInvite, good)
	h.must(err)
	_, err = h.SetRole(ctx, as(next.Account), "boss", review.Officer, "")
	h.must(err)
	_, err = h.Disable(ctx, as(next.Account), "boss")
	h.must(err)
	_, err = h.Disable(ctx, as(next.Account), "next")
	h.refused(review.Conflict, "last admin", err)
}

// TestNoAdminAtAll manages accounts from the command line before anybody came.
func TestNoAdminAtAll(t *testing.T) {
	h := empty(t)
	operator := account.Request{Actor: review.Actor{ID: "operator", Role: review.Admin}}
	for _, role := range []review.Role{review.Admin, review.Officer} {
		_, _, err := h.Invite(t.Context(), operator, account.NewAccount{ID: string(role), Role: role})
		h.must(err)
		_, err = h.Disable(t.Context(), operator, string(role))
		h.must(err)
	}
	_, err := h.SetUpLink(t.Context(), here)
	h.refused(review.Conflict, "set up already", err)
}

func TestList(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	_, _, err := h.List(ctx, as(account.Account{ID: "ann", Role: review.Officer}), "")
	h.refused(review.Forbidden, "admins", err)
	_, err = h.Standing(ctx, as(account.Account{ID: "ann", Role: review.Officer}), "ann")
	h.refused(review.Forbidden, "admins", err)
	for i := range account.PageSize {
		_, _, err := h.Invite(ctx, h.asBoss(), account.NewAccount{ID: fmt.Sprintf("p%03d", i), Role: review.Officer})
		h.must(err)
	}
	first, next, err := h.List(ctx, h.asBoss(), "")
	h.must(err)
	if len(first) != account.PageSize || first[0].ID != "ann" || first[1].ID != "boss" || next != "p097" {
		t.Errorf("%d accounts from %s, then %s", len(first), first[0].ID, next)
	}
	second, next, err := h.List(ctx, h.asBoss(), next)
	h.must(err)
	if len(second) != 2 || second[0].ID != "p098" || next != "" {
		t.Errorf("%d more, then %q", len(second), next)
	}
	for range 6 {
		h.try("ann", wrong, "192.0.2.5")
	}
	st, err := h.Standing(ctx, h.asBoss(), "Ann")
	h.must(err)
	if st.Sessions != 1 || st.Tokens != 0 || !st.LockedUntil.Equal(start.Add(30*time.Second)) {
		t.Errorf("%+v", st)
	}
}

func TestTokens(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	ann := h.in("ann", good)
	h.join("bob", review.Officer, "")
	upload := account.NewToken{Name: " upload  ", Scopes: []account.Scope{account.ScopeWrite, account.ScopeRead, account.ScopeWrite}}
	made, text, err := h.MakeToken(ctx, as(ann.Account), "ann", upload)
	h.must(err)
	h.logged(account.ActToken, `"actor":"ann"`, made.ID, `"scopes":["read","write"]`)
	if !strings.HasPrefix(text, "assay_") || len(text) != 6+43 || made.Name != "upload" || !slices.Equal(made.Scopes, []account.Scope{account.ScopeRead, account.ScopeWrite}) {
		t.Errorf("%s %+v", text, made)
	}
	a, got, err := h.Token(ctx, text)
	h.must(err)
	if a.ID != "ann" || got.ID != made.ID || !got.UsedAt.Equal(start) || !got.ExpiresAt.Equal(start.Add(90*24*time.Hour)) {
		t.Errorf("%+v %+v", a, got)
	}
	for _, bad := range []string{"", "assay_", text[6:], "assay_" + ann.Token, text + "x", strings.ToUpper(text), "assay_" + strings.Repeat("A", 43), ann.Token, made.ID, made.Hash} {
		_, _, err := h.Token(ctx, bad)
		h.refused(review.Forbidden, "unknown, ended or expired", err)
	}
	h.alive(text[6:], false)
	for _, tt := range []struct {
		who  account.Account
		of   string
		n    account.NewToken
		kind review.Kind
		says string
	}{
		{ann.Account, "bob", upload, review.Forbidden, "admins"},
		{ann.Account, "ann", account.NewToken{Name: "x"}, review.Invalid, "good for nothing"},
		{ann.Account, "ann", account.NewToken{Scopes: upload.Scopes}, review.Invalid, "needs a name"},
		{ann.Account, "ann", account.NewToken{Name: strings.Repeat("x", 101), Scopes: upload.Scopes}, review.Invalid, "needs a name"},
		{ann.Account, "ann", account.NewToken{Name: "a\nb", Scopes: upload.Scopes}, review.Invalid, "cannot be used"},
		{ann.Account, "ann", account.NewToken{Name: "x", Scopes: []account.Scope{account.ScopeAdmin}}, review.Invalid, "no use to the role exporter"},
		{ann.Account, "ann", account.NewToken{Name: "x", Scopes: []account.Scope{account.ScopeRead, "all"}}, review.Invalid, "classify, read, write"},
		{ann.Account, "ann", account.NewToken{Name: "x", Scopes: upload.Scopes, Life: 367 * 24 * time.Hour}, review.Invalid, "may not live so long"},
		{ann.Account, "ann", account.NewToken{Name: "x", Scopes: upload.Scopes, Life: -1}, review.Invalid, "may not live so long"},
		{h.boss.Account, "none", upload, review.NotFound, "no account"},
	} {
		_, _, err := h.MakeToken(ctx, as(tt.who), tt.of, tt.n)
		h.refused(tt.kind, tt.says, err)
	}
	_, bobs, err := h.MakeToken(ctx, h.asBoss(), "bob", account.NewToken{Name: "night", Scopes: []account.Scope{account.ScopeDecide}, Life: time.Hour})
	h.must(err)
	h.logged(account.ActToken, `"actor":"boss"`, `"account":"bob"`)
	h.wait(time.Hour)
	_, _, err = h.Token(ctx, bobs)
	h.refused(review.Forbidden, "unknown, ended or expired", err)
	h.refused(review.NotFound, "no such token", h.EndToken(ctx, h.asBoss(), made.ID)) // one's own only
	h.refused(review.NotFound, "no such token", h.EndToken(ctx, as(ann.Account), ""))
	h.must(h.EndToken(ctx, as(ann.Account), made.ID))
	h.logged(account.ActEndToken, made.ID)
	_, _, err = h.Token(ctx, text)
	h.refused(review.Forbidden, "unknown, ended or expired", err)
	for range 50 {
		_, _, err := h.MakeToken(ctx, as(ann.Account), "ann", upload)
		h.must(err)
	}
	_, _, err = h.MakeToken(ctx, as(ann.Account), "ann", upload)
	h.refused(review.Conflict, "has 50 tokens", err)
	all, err := h.Service.Tokens(ctx, as(ann.Account))
	if err != nil || len(all) != 50 {
		t.Errorf("%v, %d tokens", err, len(all))
	}
}
