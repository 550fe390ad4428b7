package account_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/review"
	"assay/review/account"
)

// TestSignInTellsNothing compares the answers to everybody who may not come in:
// the same words, after the same number of hashes.
func TestSignInTellsNothing(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	h.join("gone", review.Officer, "")
	_, err := h.Disable(ctx, h.asBoss(), "gone")
	h.must(err)
	_, _, err = h.Invite(ctx, h.asBoss(), account.NewAccount{ID: "guest", Role: review.Officer})
	h.must(err)
	var hashes atomic.Int32
	h.CountHashes(func() { hashes.Add(1) })
	var words string
	for i, tt := range []struct{ id, password, reason string }{
		{"ann", wrong, "wrong"},
		{"ann", "", "wrong"},
		{"ann", strings.Repeat("x", 1<<20), "wrong"},
		{"ann", "\xff\xfe not text", "wrong"},
		{"nobody", good, "unknown"},
		{"", "", "unknown"},
		{strings.Repeat("n", 1<<20), good, "unknown"},
		{"an\x00n", good, "unknown"},
		{"guest", "", "no_password"},
		{"guest", good, "no_password"},
		{"gone", good, "disabled"},
		{"gone", wrong, "wrong"},
	} {
		hashes.Store(0)
		from := here
		from.Address = fmt.Sprintf("192.0.2.%d", 10+i)
		_, err := h.SignIn(ctx, from, tt.id, tt.password)
		if err == nil || review.KindOf(err) != review.Forbidden {
			t.Fatalf("%.20q: %v", tt.id, err)
		}
		if words == "" {
			words = err.Error()
		}
		if err.Error() != words || hashes.Load() != 1 {
			t.Errorf("%.20q: %q after %d hashes, want %q after one", tt.id, err, hashes.Load(), words)
		}
		h.logged(account.ActSignInFailed, `"reason":"`+tt.reason+`"`, `"actor":"-"`)
	}
	hashes.Store(0)
	if h.in(" Ann ", good); hashes.Load() != 1 {
		t.Errorf("a right password takes %d hashes", hashes.Load())
	}
	h.logged(account.ActSignIn, `"actor":"ann"`, `"method":"password"`)
	if a, err := h.Get(ctx, "ann"); err != nil || !a.LastSignIn.Equal(start) {
		t.Errorf("last sign-in: %v, %v", a.LastSignIn, err)
	}
}

func TestRehash(t *testing.T) {
	h := open(t)
	before, err := h.Get(t.Context(), "ann")
	h.must(err)
	grown, err := account.New(account.Config{Store: h.Store, Now: h.clock, Params: account.Params{MemoryKiB: 20 << 10, Passes: 2, Threads: 1}})
	h.must(err)
	_, err = grown.SignIn(t.Context(), here, "ann", wrong)
	h.refused(review.Forbidden, "wrong", err)
	if a, _ := h.Get(t.Context(), "ann"); a.Password != before.Password {
		t.Error("a wrong password changes the hash")
	}
	for range 2 {
		_, err = grown.SignIn(t.Context(), here, "ann", good)
		h.must(err)
	}
	after, err := h.Get(t.Context(), "ann")
	if err != nil || !strings.HasPrefix(after.Password, "$argon2id$v=19$m=20480,") {
		t.Errorf("%v %s", err, after.Password)
	}
	h.in("ann", good) // the older service does not take it back
	if a, _ := h.Get(t.Context(), "ann"); a.Password != after.Password {
		t.Error("the hash was made cheaper again")
	}
}

// try tries id from address and returns how long it has to wait, 0 when it was let try.
func (h *house) try(id, password, address string) time.Duration {
	h.t.Helper()
	from := here
	from.Address = address
	_, err := h.SignIn(h.t.Context(), from, id, password)
	wait, locked := account.LockedFor(err)
	if locked && (review.KindOf(err) != review.Forbidden || !strings.Contains(err.Error(), "too many tries") || wait <= 0) {
		h.t.Errorf("%v after %s", err, wait)
	}
	return wait
}

func TestLockout(t *testing.T) {
	for _, id := range []string{"ann", "nobody"} { // an unknown name is locked alike
		t.Run(id, func(t *testing.T) {
			h := open(t)
			n := 0
			address := func() string { n++; return fmt.Sprintf("192.0.2.%d", n) }
			for i := range 5 {
				if wait := h.try(id, wrong, address()); wait != 0 {
					t.Fatalf("try %d waits %s", i+1, wait)
				}
			}
			if id == "ann" {
				h.logged(account.ActSignInFailed, `"failures":5`, `"locked_until":"2026-03-04T12:00:30Z"`)
			}
			records := strings.Count(h.log(), "\n")
			for _, password := range []string{wrong, good} {
				if wait := h.try(id, password, address()); wait != 30*time.Second {
					t.Errorf("sixth try with %q waits %s", password, wait)
				}
			}
			if strings.Count(h.log(), "\n") != records {
				t.Error("tries that are not let try fill the audit log")
			}
			// Each further failure doubles the wait, up to an hour.
			for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour} {
				if wait := h.try(id, wrong, address()); wait != want {
					t.Errorf("waits %s, want %s", wait, want)
				}
				h.wait(want - time.Second)
				if wait := h.try(id, good, address()); wait != time.Second {
					t.Errorf("a second early: waits %s", wait)
				}
				h.wait(time.Second)
				if wait := h.try(id, wrong, address()); wait != 0 {
					t.Errorf("after the wait: waits %s", wait)
				}
			}
			h.wait(time.Hour)
			if id == "ann" {
				h.in(id, good)
				for range 4 { // and a right one forgets them all
					if wait := h.try(id, wrong, address()); wait != 0 {
						t.Errorf("after the right password: waits %s", wait)
					}
				}
			}
		})
	}
}

func TestLockoutForgets(t *testing.T) {
	h := open(t)
	for range 4 {
		h.try("ann", wrong, "192.0.2.9")
	}
	h.wait(25 * time.Hour)
	for range 5 {
		if wait := h.try("ann", wrong, "192.0.2.9"); wait != 0 {
			t.Fatalf("yesterday's failures count: waits %s", wait)
		}
	}
	if h.try("ann", good, "192.0.2.9") == 0 {
		t.Error("today's do not")
	}
	_, err := h.Unlock(t.Context(), h.asBoss(), "ann")
	h.must(err)
	h.logged(account.ActUnlock, `"actor":"boss"`)
	if wait := h.try("ann", good, "192.0.2.9"); wait != 0 {
		t.Errorf("unlocked, but waits %s", wait)
	}
}

// TestLockoutOfAddress tries many names from one address.
func TestLockoutOfAddress(t *testing.T) {
	h := open(t)
	for i := range 20 {
		if wait := h.try(fmt.Sprint("name", i), wrong, fmt.Sprintf("2001:db8:1:2::%x", i)); wait != 0 {
			t.Fatalf("try %d waits %s", i+1, wait)
		}
	}
	if h.try("ann", good, "2001:db8:1:2:ffff::1") == 0 {
		t.Error("the next address of the same customer is let try")
	}
	for _, address := range []string{"2001:db8:1:3::1", "192.0.2.1", "not an address"} {
		if wait := h.try("ann", good, address); wait != 0 {
			t.Errorf("%s waits %s", address, wait)
		}
	}
	h.wait(30 * time.Second)
	if wait := h.try("ann", good, "2001:db8:1:2::1"); wait != 0 {
		t.Errorf("after the wait: %s", wait)
	}
	// Whoever has an account does not win tries for other names with it.
	for i := range 3 {
		h.try(fmt.Sprint("more", i), wrong, "2001:db8:1:2::1")
		h.wait(time.Minute)
	}
	if h.try("ann", good, "2001:db8:1:2::1") == 0 {
		t.Error("signing in wiped out what the address had failed")
	}
	// IPv4 in the form of IPv6 is the same address.
	for i := range 20 {
		h.try(fmt.Sprint("four", i), wrong, "198.51.100.7")
	}
	if h.try("ann", good, "::ffff:198.51.100.7") == 0 {
		t.Error("an address written otherwise is let try")
	}
}

// TestManyTriesAtOnce sends wrong passwords all at once: no more of them are
// held against the right one than would be in turn.
func TestManyTriesAtOnce(t *testing.T) {
	h := open(t)
	var hashes, locked atomic.Int32
	h.CountHashes(func() { hashes.Add(1) })
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			_, err := h.SignIn(t.Context(), here, "ann", wrong)
			if _, is := account.LockedFor(err); is {
				locked.Add(1)
			} else if err == nil || account.IsBusy(err) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if hashes.Load() != 5 || locked.Load() != 25 {
		t.Errorf("%d tries were checked, %d sent away", hashes.Load(), locked.Load())
	}
}

func TestSessions(t *testing.T) {
	h := open(t, func(c *account.Config) { c.SessionIdle, c.SessionMax = time.Hour, 3*time.Hour })
	ctx := t.Context()
	one, two := h.in("ann", good), h.in("ann", good)
	if one.Token == two.Token || len(one.Token) != 43 || account.FormToken(one.Token) == account.FormToken(two.Token) || account.FormToken(one.Token) == "" || account.FormToken("") != "" {
		t.Error("two sessions share a secret, or a secret is short")
	}
	h.alive(one.Token, true)
	for _, token := range []string{"", "x", one.Token[:42], one.Token + "x", strings.ToLower(one.Token), one.Session.ID, one.Session.Hash, "' OR 1=1 --"} {
		h.alive(token, false)
	}
	// Use keeps it alive, but not for ever.
	for range 3 {
		h.wait(59 * time.Minute)
		h.alive(one.Token, true)
	}
	h.alive(two.Token, false) // was idle
	all, err := h.Sessions(ctx, as(one.Account))
	if err != nil || len(all) != 1 || all[0].ID != one.Session.ID || !all[0].SeenAt.Equal(h.now) || all[0].Agent != "Test/1" || all[0].Address != "192.0.2.1" {
		t.Errorf("%v %+v", err, all)
	}
	h.wait(3 * time.Minute)
	h.alive(one.Token, false)
	if all, err := h.Sessions(ctx, as(one.Account)); err != nil || len(all) != 0 {
		t.Errorf("%v %+v", err, all)
	}

	one, two = h.in("ann", good), h.in("ann", good)
	boss := h.in("boss", good)
	h.must(h.SignOut(ctx, here, one.Token))
	h.logged(account.ActSignOut, `"actor":"ann"`)
	h.must(h.SignOut(ctx, here, one.Token))
	h.alive(one.Token, false)
	h.alive(two.Token, true)
	h.refused(review.NotFound, "no such session", h.EndSessions(ctx, as(two.Account), boss.Session.ID, ""))
	h.alive(boss.Token, true)
	one = h.in("ann", good)
	h.must(h.EndSessions(ctx, as(two.Account), one.Session.ID, ""))
	h.logged(account.ActEndSession, one.Session.ID)
	h.alive(one.Token, false)
	one, three := h.in("ann", good), h.in("ann", good)
	h.must(h.EndSessions(ctx, as(two.Account), "", two.Session.ID))
	h.alive(one.Token, false)
	h.alive(three.Token, false)
	h.alive(two.Token, true)
	h.alive(boss.Token, true)
}

func TestSessionIsSeenOnceAMinute(t *testing.T) {
	h := open(t)
	in := h.in("ann", good)
	for _, tt := range []struct {
		wait time.Duration
		seen time.Duration // since the start
	}{{59 * time.Second, 0}, {time.Second, time.Minute}, {30 * time.Second, time.Minute}} {
		h.wait(tt.wait)
		h.alive(in.Token, true)
		all, err := h.Sessions(t.Context(), as(in.Account))
		h.must(err)
		i := slices.IndexFunc(all, func(s account.Session) bool { return s.ID == in.Session.ID })
		if !all[i].SeenAt.Equal(start.Add(tt.seen)) {
			t.Errorf("seen at %s", all[i].SeenAt)
		}
	}
}

func TestChangePassword(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	one, two := h.in("ann", good), h.in("ann", good)
	_, err := h.ChangePassword(ctx, as(one.Account), wrong, other)
	h.refused(review.Forbidden, "present password is wrong", err)
	h.logged(account.ActSignInFailed, `"method":"password_change"`)
	_, err = h.ChangePassword(ctx, as(one.Account), good, "short")
	h.refused(review.Invalid, "shorter", err)
	h.alive(two.Token, true)
	in, err := h.ChangePassword(ctx, as(one.Account), good, other)
	h.must(err)
	h.logged(account.ActPassword, `"actor":"ann"`)
	h.alive(one.Token, false)
	h.alive(two.Token, false)
	h.alive(in.Token, true)
	_, err = h.SignIn(ctx, here, "ann", good)
	h.refused(review.Forbidden, "wrong", err)
	h.in("ann", other)
	// An unattended browser is no place to guess the password.
	for range 5 {
		_, err = h.ChangePassword(ctx, as(one.Account), wrong, good)
		h.refused(review.Forbidden, "present password is wrong", err)
	}
	_, err = h.ChangePassword(ctx, as(one.Account), other, good)
	if _, locked := account.LockedFor(err); !locked {
		t.Errorf("the sixth guess: %v", err)
	}
}

func TestResetPassword(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	in := h.in("ann", good)
	for range 6 {
		h.try("ann", wrong, "192.0.2.77")
	}
	_, _, err := h.ResetPassword(ctx, as(in.Account), "boss")
	h.refused(review.Forbidden, "admins", err)
	_, link, err := h.ResetPassword(ctx, h.asBoss(), "ann")
	h.must(err)
	h.logged(account.ActResetLink, `"account":"ann"`, `"ended_sessions":2`) // here and where she accepted the invitation
	h.alive(in.Token, false)
	h.wait(time.Hour)
	_, err = h.SignIn(ctx, here, "ann", good)
	h.refused(review.Forbidden, "wrong", err) // a password that may be known to others is not kept
	h.wait(time.Hour)
	back, err := h.Accept(ctx, here, link.Token, account.ForReset, other)
	h.must(err)
	h.logged(account.ActReset, `"actor":"ann"`)
	h.alive(back.Token, true)
	h.in("ann", other)
	_, err = h.Accept(ctx, here, link.Token, account.ForReset, good)
	h.refused(review.NotFound, "does not work", err)
	_, late, err := h.ResetPassword(ctx, h.asBoss(), "ann")
	h.must(err)
	h.wait(24 * time.Hour)
	_, err = h.Accept(ctx, here, late.Token, account.ForReset, good)
	h.refused(review.NotFound, "does not work", err)
}

// TestBusyMachine fills every place for checking passwords.
func TestBusyMachine(t *testing.T) {
	h := open(t, func(c *account.Config) { c.HashesAtOnce = 1 })
	hold, entered := make(chan bool), make(chan bool, 100)
	h.CountHashes(func() { entered <- true; <-hold })
	var all sync.WaitGroup
	results := make(chan error, 100)
	for i := range 60 {
		all.Go(func() {
			from := here
			from.Address = fmt.Sprintf("198.51.100.%d", i)
			_, err := h.SignIn(t.Context(), from, fmt.Sprint("name", i), wrong)
			results <- err
		})
	}
	<-entered
	for range 60 - 1 - 16 {
		if err := <-results; !account.IsBusy(err) || review.KindOf(err) != review.Unavailable {
			t.Errorf("no place to wait, and yet: %v", err)
		}
	}
	close(hold)
	all.Wait()
	for range 17 {
		if err := <-results; err == nil || account.IsBusy(err) || errors.Unwrap(err) != nil {
			t.Errorf("waited, and then: %v", err)
		}
	}
}
