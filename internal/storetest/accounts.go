package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"assay/review"
	"assay/review/account"
)

// AccountStore keeps accounts beside cases, in one audit log.
type AccountStore interface {
	review.Store
	account.Store
}

// RunAccounts runs the suite of account.Store. open returns a fresh, empty
// store each time and closes it when the test ends.
func RunAccounts(t *testing.T, open func(*testing.T) AccountStore) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, AccountStore)
	}{
		{"accounts come back as they were", accounts},
		{"accounts by page", accountPages},
		{"officers", officers},
		{"admins who can sign in", admins},
		{"sessions", sessions},
		{"tokens", tokens},
		{"links work once", links},
		{"a link that many take", linkRush},
		{"failures", failures},
		{"what is old is pruned", prune},
		{"one audit log", sharedLog},
		{"a failed write leaves no account", accountRollback},
		{"the service over the store", accountService},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, open(t)) })
	}
}

func writeAccounts(t *testing.T, s AccountStore, fn func(account.Writer) error) {
	t.Helper()
	if err := s.WriteAccounts(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func readAccounts(t *testing.T, s AccountStore, fn func(account.Reader) error) {
	t.Helper()
	if err := s.ReadAccounts(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// equal fails unless both are the same to the last field.
func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\ngot  %+v\nwant %+v", what, got, want)
	}
}

func someone(id string) account.Account {
	return account.Account{ID: id, Name: hard, Role: review.Exporter, Organisation: "Acme " + hard, State: account.Active, Source: account.Local,
		Password: "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$a2V5", CreatedAt: noon}
}

func addAccounts(t *testing.T, s AccountStore, all ...account.Account) {
	t.Helper()
	writeAccounts(t, s, func(w account.Writer) error {
		for _, a := range all {
			if err := w.AddAccount(t.Context(), a); err != nil {
				return err
			}
		}
		return nil
	})
}

func accounts(t *testing.T, s AccountStore) {
	ann, bob := someone("ann@example.org"), someone("bob")
	bob.Source, bob.Issuer, bob.Subject, bob.Password, bob.LastSignIn = account.OpenID, "https://id.example/"+hard, hard, "", noon.Add(time.Hour)
	addAccounts(t, s, ann, bob)
	get := func(id string) (a account.Account) {
		t.Helper()
		readAccounts(t, s, func(r account.Reader) (err error) { a, err = r.Account(t.Context(), id); return err })
		return a
	}
	equal(t, "ann", get(ann.ID), ann)
	equal(t, "bob", get("bob"), bob)
	ann.Name, ann.Role, ann.Organisation, ann.State, ann.Password, ann.LastSignIn = "Ann", review.Admin, "", account.Disabled, "", noon.Add(time.Second)
	writeAccounts(t, s, func(w account.Writer) error { return w.PutAccount(t.Context(), ann) })
	equal(t, "ann, changed", get(ann.ID), ann)
	equal(t, "bob, not changed", get("bob"), bob)
	readAccounts(t, s, func(r account.Reader) error {
		a, found, err := r.Linked(t.Context(), bob.Issuer, bob.Subject)
		if !found || a.ID != "bob" {
			t.Errorf("by subject: %v %+v", found, a)
		}
		for _, other := range [][2]string{{bob.Issuer, "x"}, {"x", bob.Subject}, {"", ""}} {
			if _, found, err := r.Linked(t.Context(), other[0], other[1]); found || err != nil {
				t.Errorf("%q: found %v, %v", other, found, err)
			}
		}
		return err
	})
	same, linked := someone("bob"), someone("cyd")
	linked.Issuer, linked.Subject = bob.Issuer, bob.Subject
	for _, taken := range []account.Account{same, linked} {
		wantKind(t, s.WriteAccounts(t.Context(), func(w account.Writer) error { return w.AddAccount(t.Context(), taken) }), review.Conflict)
	}
	ann.Issuer, ann.Subject = bob.Issuer, bob.Subject
	wantKind(t, s.WriteAccounts(t.Context(), func(w account.Writer) error { return w.PutAccount(t.Context(), ann) }), review.Conflict)
	wantKind(t, s.WriteAccounts(t.Context(), func(w account.Writer) error { return w.PutAccount(t.Context(), someone("none")) }), review.NotFound)
	wantKind(t, s.ReadAccounts(t.Context(), func(r account.Reader) error { _, err := r.Account(t.Context(), "none"); return err }), review.NotFound)
}

func officers(t *testing.T, s AccountStore) {
	for i, role := range []review.Role{review.Officer, review.Exporter, review.Admin, review.Evaluator, review.Officer, review.Officer} {
		a := someone(fmt.Sprint("a", i))
		if a.Role = role; i == 4 {
			a.State = account.Disabled
		}
		addAccounts(t, s, a)
	}
	for limit, want := range map[int]string{9: "[a0 a2 a5]", 2: "[a0 a2]"} {
		readAccounts(t, s, func(r account.Reader) error {
			found, err := r.Officers(t.Context(), limit)
			var ids []string
			for _, a := range found {
				ids = append(ids, a.ID)
			}
			if got := fmt.Sprint(ids); got != want {
				t.Errorf("at most %d: %s, want %s", limit, got, want)
			}
			return err
		})
	}
}

func accountPages(t *testing.T, s AccountStore) {
	for _, id := range []string{"c", "a", "b@x", "b", "b.x"} {
		addAccounts(t, s, someone(id))
	}
	for _, tt := range []struct {
		from  string
		limit int
		want  string
	}{{"", 9, "[a b b.x b@x c]"}, {"b", 2, "[b.x b@x]"}, {"b@x", 2, "[c]"}, {"c", 2, "[]"}} {
		readAccounts(t, s, func(r account.Reader) error {
			page, err := r.Accounts(t.Context(), tt.from, tt.limit)
			ids := []string{}
			for _, a := range page {
				ids = append(ids, a.ID)
			}
			if got := fmt.Sprint(ids); got != tt.want {
				t.Errorf("from %q: %s, want %s", tt.from, got, tt.want)
			}
			return err
		})
	}
}

func admins(t *testing.T, s AccountStore) {
	count := func(want int) {
		t.Helper()
		readAccounts(t, s, func(r account.Reader) error {
			n, err := r.Admins(t.Context())
			if n != want {
				t.Errorf("%d admins, want %d", n, want)
			}
			return err
		})
	}
	count(0)
	boss, guest, gone, away := someone("boss"), someone("guest"), someone("gone"), someone("away")
	boss.Role, guest.Role, gone.Role, away.Role = review.Admin, review.Admin, review.Admin, review.Admin
	guest.Password, gone.State = "", account.Disabled
	away.Password, away.Issuer, away.Subject = "", "https://id.example", "1"
	addAccounts(t, s, boss, guest, gone, away, someone("ann"))
	count(2)
}

func sessions(t *testing.T, s AccountStore) {
	addAccounts(t, s, someone("ann"), someone("bob"))
	make := func(id, of string, at time.Time) account.Session {
		return account.Session{ID: id, Hash: "hash " + id, Account: of, Method: "password", Address: "2001:db8::1", Agent: hard,
			CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(time.Hour)}
	}
	one, two, other := make("1", "ann", noon), make("2", "ann", noon.Add(time.Minute)), make("3", "bob", noon)
	writeAccounts(t, s, func(w account.Writer) error {
		return errors.Join(w.AddSession(t.Context(), one), w.AddSession(t.Context(), two), w.AddSession(t.Context(), other))
	})
	list := func(of string, want ...account.Session) {
		t.Helper()
		readAccounts(t, s, func(r account.Reader) error {
			got, err := r.Sessions(t.Context(), of)
			if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("sessions of %s:\ngot  %+v\nwant %+v", of, got, want)
			}
			return err
		})
	}
	list("ann", two, one)
	one.SeenAt = noon.Add(2 * time.Minute)
	writeAccounts(t, s, func(w account.Writer) error {
		return errors.Join(w.SeeSession(t.Context(), "1", one.SeenAt), w.SeeSession(t.Context(), "1", noon), w.SeeSession(t.Context(), "none", noon))
	})
	readAccounts(t, s, func(r account.Reader) error {
		got, found, err := r.Session(t.Context(), "hash 1")
		if !found || !reflect.DeepEqual(got, one) {
			t.Errorf("%v %+v", found, got)
		}
		if _, found, err := r.Session(t.Context(), "hash"); found || err != nil {
			t.Errorf("found %v, %v", found, err)
		}
		return err
	})
	end := func(of, id, except string, want int) {
		t.Helper()
		writeAccounts(t, s, func(w account.Writer) error {
			n, err := w.EndSessions(t.Context(), of, id, except)
			if n != want {
				t.Errorf("ending %q but %q of %s: %d, want %d", id, except, of, n, want)
			}
			return err
		})
	}
	end("bob", "1", "", 0) // another's
	end("ann", "", "2", 1)
	list("ann", two)
	end("ann", "2", "", 1)
	end("ann", "", "", 0)
	list("ann")
	list("bob", other)
	wantKind(t, s.WriteAccounts(t.Context(), func(w account.Writer) error { return w.AddSession(t.Context(), make("9", "none", noon)) }), review.Conflict)
}

func tokens(t *testing.T, s AccountStore) {
	addAccounts(t, s, someone("ann"), someone("bob"))
	one := account.Token{ID: "1", Hash: "h1", Account: "ann", Name: hard, Scopes: []account.Scope{account.ScopeRead, account.ScopeWrite}, CreatedAt: noon, ExpiresAt: noon.Add(time.Hour)}
	two := account.Token{ID: "2", Hash: "h2", Account: "ann", Name: "two", Scopes: []account.Scope{account.ScopeAdmin}, CreatedAt: noon.Add(1), ExpiresAt: noon.Add(time.Hour)}
	writeAccounts(t, s, func(w account.Writer) error {
		return errors.Join(w.AddToken(t.Context(), one), w.AddToken(t.Context(), two), w.UseToken(t.Context(), "1", noon.Add(time.Minute)), w.UseToken(t.Context(), "1", noon))
	})
	one.UsedAt = noon.Add(time.Minute)
	readAccounts(t, s, func(r account.Reader) error {
		got, found, err := r.Token(t.Context(), "h1")
		if !found {
			t.Error("not found")
		}
		equal(t, "token", got, one)
		all, listErr := r.Tokens(t.Context(), "ann")
		equal(t, "tokens", all, []account.Token{two, one})
		if _, found, _ := r.Token(t.Context(), "h3"); found {
			t.Error("a token that never was")
		}
		return errors.Join(err, listErr)
	})
	writeAccounts(t, s, func(w account.Writer) error {
		for _, tt := range []struct {
			of, id string
			want   int
		}{{"bob", "1", 0}, {"ann", "1", 1}, {"ann", "", 1}, {"ann", "", 0}} {
			n, err := w.EndTokens(t.Context(), tt.of, tt.id)
			if err != nil || n != tt.want {
				t.Errorf("ending %q of %s: %d, %v; want %d", tt.id, tt.of, n, err, tt.want)
			}
		}
		return nil
	})
}

func link(hash string, purpose account.Purpose, of string) account.Link {
	return account.Link{Hash: hash, Purpose: purpose, Account: of, Data: hard, CreatedAt: noon, ExpiresAt: noon.Add(time.Hour)}
}

func links(t *testing.T, s AccountStore) {
	all := []account.Link{link("a", account.ForInvite, "ann"), link("b", account.ForReset, "ann"), link("c", account.ForSetUp, ""), link("d", account.ForReset, "bob")}
	writeAccounts(t, s, func(w account.Writer) error {
		for _, l := range all {
			if err := w.AddLink(t.Context(), l); err != nil {
				return err
			}
		}
		return nil
	})
	there := func(hash string, want bool) {
		t.Helper()
		readAccounts(t, s, func(r account.Reader) error {
			_, found, err := r.Link(t.Context(), hash)
			if found != want {
				t.Errorf("link %s: found %v", hash, found)
			}
			return err
		})
	}
	readAccounts(t, s, func(r account.Reader) error {
		got, _, err := r.Link(t.Context(), "a")
		equal(t, "link", got, all[0])
		return err
	})
	writeAccounts(t, s, func(w account.Writer) error {
		got, found, err := w.TakeLink(t.Context(), "a")
		equal(t, "taken", got, all[0])
		if _, again, err := w.TakeLink(t.Context(), "a"); !found || again || err != nil {
			t.Errorf("taken %v, again %v, %v", found, again, err)
		}
		return err
	})
	there("a", false)
	writeAccounts(t, s, func(w account.Writer) error { return w.EndLinks(t.Context(), "ann", account.ForInvite) })
	there("b", true)
	writeAccounts(t, s, func(w account.Writer) error { return w.EndLinks(t.Context(), "ann", "") })
	there("b", false)
	there("c", true)
	there("d", true)
	wantKind(t, s.WriteAccounts(t.Context(), func(w account.Writer) error { return w.AddLink(t.Context(), all[3]) }), review.Conflict)
	// A transaction that fails gives a taken link back.
	no := errors.New("no")
	if err := s.WriteAccounts(t.Context(), func(w account.Writer) error { _, _, _ = w.TakeLink(t.Context(), "d"); return no }); err == nil {
		t.Error("an error was lost")
	}
	there("d", true)
}

// linkRush lets many take one link: one gets it.
func linkRush(t *testing.T, s AccountStore) {
	writeAccounts(t, s, func(w account.Writer) error { return w.AddLink(t.Context(), link("a", account.ForInvite, "ann")) })
	var mu sync.Mutex
	got := 0
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			found := false
			if err := s.WriteAccounts(t.Context(), func(w account.Writer) (err error) { _, found, err = w.TakeLink(t.Context(), "a"); return err }); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if found {
				got++
			}
		})
	}
	all.Wait()
	if got != 1 {
		t.Errorf("%d got the link", got)
	}
}

func failures(t *testing.T, s AccountStore) {
	want := account.Failures{Count: 7, Last: noon, Until: noon.Add(time.Minute)}
	check := func(key string, want account.Failures) {
		t.Helper()
		readAccounts(t, s, func(r account.Reader) error {
			got, err := r.Failures(t.Context(), key)
			equal(t, "failures of "+key, got, want)
			return err
		})
	}
	put := func(key string, f account.Failures) {
		t.Helper()
		writeAccounts(t, s, func(w account.Writer) error { return w.PutFailures(t.Context(), key, f) })
	}
	check("k", account.Failures{})
	put("k", account.Failures{Count: 1, Last: noon})
	check("k", account.Failures{Count: 1, Last: noon})
	put("k", want)
	put("l", account.Failures{Count: 2, Last: noon})
	check("k", want)
	put("k", account.Failures{})
	check("k", account.Failures{})
	check("l", account.Failures{Count: 2, Last: noon})
}

func prune(t *testing.T, s AccountStore) {
	addAccounts(t, s, someone("ann"))
	ctx := t.Context()
	writeAccounts(t, s, func(w account.Writer) error {
		return errors.Join(
			w.AddLink(ctx, link("old", account.ForInvite, "ann")), w.AddLink(ctx, account.Link{Hash: "new", CreatedAt: noon, ExpiresAt: noon.Add(2 * time.Hour)}),
			w.AddSession(ctx, account.Session{ID: "old", Hash: "old", Account: "ann", CreatedAt: noon, SeenAt: noon, ExpiresAt: noon.Add(time.Hour)}),
			w.AddSession(ctx, account.Session{ID: "new", Hash: "new", Account: "ann", CreatedAt: noon, SeenAt: noon, ExpiresAt: noon.Add(2 * time.Hour)}),
			w.AddToken(ctx, account.Token{ID: "old", Hash: "old", Account: "ann", CreatedAt: noon, ExpiresAt: noon.Add(-time.Hour)}),
			w.AddToken(ctx, account.Token{ID: "new", Hash: "new", Account: "ann", CreatedAt: noon, ExpiresAt: noon}),
			w.PutFailures(ctx, "old", account.Failures{Count: 1, Last: noon.Add(-2 * time.Hour)}),
			w.PutFailures(ctx, "locked", account.Failures{Count: 1, Last: noon.Add(-2 * time.Hour), Until: noon}),
			w.PutFailures(ctx, "new", account.Failures{Count: 1, Last: noon}))
	})
	writeAccounts(t, s, func(w account.Writer) error {
		return w.Prune(ctx, noon.Add(time.Hour), noon.Add(-time.Hour), noon.Add(-time.Hour))
	})
	readAccounts(t, s, func(r account.Reader) error {
		for _, hash := range []string{"old", "new"} {
			_, link, err1 := r.Link(ctx, hash)
			_, session, err2 := r.Session(ctx, hash)
			_, token, err3 := r.Token(ctx, hash)
			f, err4 := r.Failures(ctx, hash)
			if err := errors.Join(err1, err2, err3, err4); err != nil {
				return err
			}
			if want := hash == "new"; link != want || session != want || token != want || f.Count > 0 != want {
				t.Errorf("%s: link %v, session %v, token %v, failures %d", hash, link, session, token, f.Count)
			}
		}
		if f, _ := r.Failures(ctx, "locked"); f.Count == 0 {
			t.Error("a lock that holds is forgotten")
		}
		return nil
	})
}

// sharedLog writes acts of accounts and of cases: they are links of one chain.
func sharedLog(t *testing.T, s AccountStore) {
	var all sync.WaitGroup
	const writers, each = 4, 10
	for i := range writers {
		all.Go(func() {
			for n := range each {
				err := s.WriteAccounts(t.Context(), func(w account.Writer) error {
					_, err := w.Append(t.Context(), entry(fmt.Sprint("accounts ", i), n))
					return err
				})
				err = errors.Join(err, s.Write(t.Context(), func(w review.Writer) error {
					_, err := w.Append(t.Context(), entry(fmt.Sprint("cases ", i), n))
					return err
				}))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if report := verified(t, s, review.AuditHead{}); !report.Whole() || report.Records != 2*writers*each {
		t.Errorf("%+v", report)
	}
}

func accountRollback(t *testing.T, s AccountStore) {
	no := errors.New("no")
	err := s.WriteAccounts(t.Context(), func(w account.Writer) error {
		err := errors.Join(w.AddAccount(t.Context(), someone("ann")), w.PutFailures(t.Context(), "k", account.Failures{Count: 1, Last: noon}))
		if _, appendErr := w.Append(t.Context(), entry("ann", 1)); err != nil || appendErr != nil {
			t.Error(err, appendErr)
		}
		return no
	})
	if err == nil {
		t.Error("an error was lost")
	}
	wantKind(t, s.ReadAccounts(t.Context(), func(r account.Reader) error { _, err := r.Account(t.Context(), "ann"); return err }), review.NotFound)
	if report := verified(t, s, review.AuditHead{}); report.Records != 0 {
		t.Errorf("%+v", report)
	}
}

// accountService walks an account from its invitation to its end.
func accountService(t *testing.T, store AccountStore) {
	now := noon
	s, err := account.New(account.Config{Store: store, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	const first, second = "correct battery staple, please", "another staple & a horse"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	setUp, err := s.SetUpLink(ctx, account.Request{})
	must(err)
	boss, err := s.SetUp(ctx, account.Request{Address: "192.0.2.1"}, setUp.Token, account.NewAccount{ID: "Boss", Name: "The Boss"}, first)
	must(err)
	by := account.Request{Actor: boss.Account.Actor()}
	_, invite, err := s.Invite(ctx, by, account.NewAccount{ID: "ann", Role: review.Exporter, Organisation: "Acme"})
	must(err)
	ann, err := s.Accept(ctx, account.Request{}, invite.Token, account.ForInvite, first)
	must(err)
	_, text, err := s.MakeToken(ctx, account.Request{Actor: ann.Account.Actor()}, "ann", account.NewToken{Name: "upload", Scopes: []account.Scope{account.ScopeWrite}})
	must(err)
	if _, err := s.SignIn(ctx, account.Request{}, "ann", second); review.KindOf(err) != review.Forbidden {
		t.Errorf("a wrong password: %v", err)
	}
	_, err = s.ChangePassword(ctx, account.Request{Actor: ann.Account.Actor()}, first, second)
	must(err)
	in, err := s.SignIn(ctx, account.Request{}, " ANN", second)
	must(err)
	if a, _, err := s.Session(ctx, in.Token); err != nil || a.ID != "ann" {
		t.Errorf("%v %+v", err, a)
	}
	if a, _, err := s.Token(ctx, text); err != nil || a.ID != "ann" {
		t.Errorf("%v %+v", err, a)
	}
	_, err = s.Disable(ctx, by, "ann")
	must(err)
	_, _, noSession := s.Session(ctx, in.Token)
	_, _, noToken := s.Token(ctx, text)
	if noSession == nil || noToken == nil {
		t.Errorf("a disabled account: session %v, token %v", noSession, noToken)
	}
	report := verified(t, store, review.AuditHead{})
	if !report.Whole() || report.Records != 9 {
		t.Errorf("%+v; want one record for each of 9 acts", report)
	}
}
