package account_test

import (
	"strings"
	"testing"
	"time"

	"assay/review"
	"assay/review/account"
)

const issuer = "https://id.example"

func claims(subject, login string, groups ...string) account.Claims {
	return account.Claims{Issuer: issuer, Subject: subject, Login: login, Name: "Name of " + login, Values: map[string][]string{"groups": groups}}
}

func byGroups(c *account.Config) {
	c.Provisioning = account.Provisioning{OrganisationClaim: "company", Rules: []account.Rule{
		{Claim: "groups", Value: "assay-admins", Role: review.Admin},
		{Claim: "groups", Value: "officers", Role: review.Officer},
		{Claim: "groups", Value: "acme", Role: review.Exporter, Organisation: "Acme"},
		{Claim: "groups", Value: "exporters", Role: review.Exporter},
	}}
}

func TestProvisioning(t *testing.T) {
	h := open(t, byGroups)
	ctx := t.Context()
	with := func(c account.Claims, company ...string) account.Claims { c.Values["company"] = company; return c }
	for _, tt := range []struct {
		c    account.Claims
		want review.Actor // zero: refused
	}{
		{claims("1", "cyd", "staff", "officers"), review.Actor{ID: "cyd", Role: review.Officer}},
		{claims("2", "Dora@Example.org", "acme", "officers"), review.Actor{ID: "dora@example.org", Role: review.Officer}}, // the first rule that fits
		{claims("3", "eve", "acme"), review.Actor{ID: "eve", Role: review.Exporter, Organisation: "Acme"}},
		{with(claims("4", "fay", "exporters"), "Fay & Co"), review.Actor{ID: "fay", Role: review.Exporter, Organisation: "Fay & Co"}},
		{claims("5", "gus", "exporters"), review.Actor{}},
		{with(claims("6", "hal", "exporters"), "One", "Two"), review.Actor{}},
		{with(claims("7", "ivy", "exporters"), "a\x00b"), review.Actor{}},
		{claims("8", "jan", "staff"), review.Actor{}},
		{claims("9", "kim"), review.Actor{}},
		{claims("10", "lea", "OFFICERS"), review.Actor{}},
		// Names that are taken, or are none, are not taken over.
		{claims("11", "boss", "officers"), review.Actor{ID: "boss-2", Role: review.Officer}},
		{claims("12", "Boss", "officers"), review.Actor{ID: "boss-3", Role: review.Officer}},
		{claims("13", "-- DROP --", "officers"), review.Actor{ID: "drop--", Role: review.Officer}},
		{claims("14", strings.Repeat("n", 300), "officers"), review.Actor{ID: strings.Repeat("n", 80), Role: review.Officer}},
	} {
		in, err := h.SignInOpenID(ctx, here, tt.c)
		if tt.want.ID == "" {
			h.refused(review.Forbidden, "gives no access here", err)
			h.logged(account.ActSignInFailed, `"actor":"-"`, `"reason":"not_provisioned"`, `"subject":"`+tt.c.Subject+`"`)
			continue
		}
		h.must(err)
		if in.Account.Actor() != tt.want || in.Account.Source != account.OpenID || in.Account.Subject != tt.c.Subject || in.Account.Issuer != issuer {
			t.Errorf("%s: %+v, want %+v", tt.c.Login, in.Account, tt.want)
		}
		h.alive(in.Token, true)
		h.logged(account.ActSignIn, `"method":"openid"`, `"account":"`+tt.want.ID+`"`)
		if again, err := h.SignInOpenID(ctx, here, tt.c); err != nil || again.Account.ID != tt.want.ID {
			t.Errorf("%s comes again as %+v, %v", tt.c.Login, again.Account, err)
		}
	}
	nameless, err := h.SignInOpenID(ctx, here, account.Claims{Issuer: issuer, Subject: "20", Name: "x\x00y", Values: map[string][]string{"groups": {"officers"}}})
	if err != nil || !strings.HasPrefix(nameless.Account.ID, "openid-") || nameless.Account.Name != nameless.Account.ID {
		t.Errorf("%v %+v", err, nameless.Account)
	}
	// The same subject at another provider is somebody else.
	stranger := claims("1", "cyd", "officers")
	stranger.Issuer = "https://evil.example"
	if in, err := h.SignInOpenID(ctx, here, stranger); err != nil || in.Account.ID != "cyd-2" {
		t.Errorf("%v %+v", err, in.Account)
	}
}

// TestRoleFollowsProvider changes groups at the provider.
func TestRoleFollowsProvider(t *testing.T) {
	h := open(t, byGroups)
	ctx := t.Context()
	one, err := h.SignInOpenID(ctx, here, claims("1", "cyd", "officers"))
	h.must(err)
	two, err := h.SignInOpenID(ctx, here, claims("1", "cyd.new-name", "acme"))
	h.must(err)
	if two.Account.ID != "cyd" || two.Account.Role != review.Exporter || two.Account.Organisation != "Acme" {
		t.Errorf("%+v", two.Account)
	}
	if !strings.Contains(h.log(), `"account":"cyd","address":"192.0.2.1","by":"provider","organisation":"Acme","role":"exporter"`) {
		t.Error("the change of role is not in the log:\n" + h.log())
	}
	if a, _, err := h.Session(ctx, one.Token); err != nil || a.Role != review.Exporter {
		t.Errorf("the earlier session: %v %+v", err, a)
	}
	_, err = h.SignInOpenID(ctx, here, claims("1", "cyd"))
	h.refused(review.Forbidden, "gives no access", err)
	_, err = h.Disable(ctx, h.asBoss(), "cyd")
	h.must(err)
	_, err = h.SignInOpenID(ctx, here, claims("1", "cyd", "officers"))
	h.refused(review.Forbidden, "disabled", err)
	_, err = h.SignIn(ctx, here, "cyd", good)
	h.refused(review.Forbidden, "wrong", err)
	_, err = h.Enable(ctx, h.asBoss(), "cyd")
	h.must(err)
	_, _, err = h.ResetPassword(ctx, h.asBoss(), "cyd")
	h.refused(review.Conflict, "through a provider", err)
	_, err = h.ChangePassword(ctx, as(two.Account), "", good)
	h.refused(review.Conflict, "through a provider", err)
	h.refused(review.Conflict, "no other way", h.Disconnect(ctx, as(two.Account)))
}

func TestDefaultRole(t *testing.T) {
	h := open(t, func(c *account.Config) {
		byGroups(c)
		c.Provisioning.DefaultRole = review.Evaluator
	})
	ctx := t.Context()
	in, err := h.SignInOpenID(ctx, here, claims("1", "cyd"))
	h.must(err)
	if in.Account.Role != review.Evaluator {
		t.Errorf("%+v", in.Account)
	}
	_, err = h.SetRole(ctx, h.asBoss(), "cyd", review.Officer, "")
	h.must(err)
	in, err = h.SignInOpenID(ctx, here, claims("1", "cyd")) // no rule fits: what the admin said holds
	h.must(err)
	if in.Account.Role != review.Officer {
		t.Errorf("%+v", in.Account)
	}
}

func TestProvisioningIsChecked(t *testing.T) {
	h := empty(t)
	for _, p := range []account.Provisioning{
		{DefaultRole: "king"},
		{DefaultRole: review.Exporter},
		{Rules: []account.Rule{{Claim: "groups", Value: "x", Role: review.Exporter}}},
		{Rules: []account.Rule{{Claim: "groups", Value: "x", Role: "king"}}},
		{Rules: []account.Rule{{Claim: "groups", Role: review.Officer}}},
		{Rules: []account.Rule{{Value: "x", Role: review.Officer}}},
	} {
		_, err := account.New(account.Config{Store: h.Store, Provisioning: p})
		h.refused(review.Invalid, "OpenID", err)
	}
}

// TestConnect lets a local account sign in through a provider too.
func TestConnect(t *testing.T) {
	h := open(t, byGroups)
	ctx := t.Context()
	ann := h.in("ann", good)
	c := claims("1", "somebody", "assay-admins")
	h.must(h.Connect(ctx, as(ann.Account), c))
	h.logged(account.ActConnect, `"actor":"ann"`, `"subject":"1"`)
	in, err := h.SignInOpenID(ctx, here, c)
	h.must(err)
	if in.Account.ID != "ann" || in.Account.Role != review.Exporter { // rules do not rule local accounts
		t.Errorf("%+v", in.Account)
	}
	h.refused(review.Conflict, "connected already", h.Connect(ctx, h.asBoss(), c))
	h.refused(review.Conflict, "connected already", h.Connect(ctx, as(ann.Account), claims("2", "x")))
	h.must(h.Disconnect(ctx, as(ann.Account)))
	h.logged(account.ActDisconnect, `"actor":"ann"`)
	h.refused(review.Conflict, "not connected", h.Disconnect(ctx, as(ann.Account)))
	in, err = h.SignInOpenID(ctx, here, c)
	h.must(err)
	if in.Account.ID == "ann" {
		t.Error("disconnected, and yet it comes in as ann")
	}
}

func TestFlows(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	want := account.Flow{Nonce: "n", Verifier: "v", Next: "/cases?x=1", Connect: "ann"}
	state, browser, err := h.KeepFlow(ctx, want)
	h.must(err)
	otherState, otherBrowser, err := h.KeepFlow(ctx, account.Flow{Nonce: "m"})
	h.must(err)
	for _, pair := range [][2]string{{state, otherBrowser}, {otherState, browser}, {state, ""}, {"", browser}, {state, state}, {browser, state}} {
		_, err := h.TakeFlow(ctx, pair[0], pair[1])
		h.refused(review.Forbidden, "not started in this browser", err)
	}
	got, err := h.TakeFlow(ctx, state, browser)
	if err != nil || got != want {
		t.Errorf("%v %+v", err, got)
	}
	_, err = h.TakeFlow(ctx, state, browser)
	h.refused(review.Forbidden, "not started in this browser", err)
	h.wait(10 * time.Minute)
	_, err = h.TakeFlow(ctx, otherState, otherBrowser)
	h.refused(review.Forbidden, "too long ago", err)
	// A state is no link for a password, nor the other way round.
	_, err = h.Accept(ctx, here, otherState, account.ForReset, good)
	h.refused(review.NotFound, "does not work", err)
}
