package account

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"assay/review"
)

func TestHash(t *testing.T) {
	h, err := newHasher(leastParams, 2)
	if err != nil {
		t.Fatal(err)
	}
	one, err := h.hash(t.Context(), "a fine passphrase")
	if err != nil || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%v %s", err, one)
	}
	two, _ := h.hash(t.Context(), "a fine passphrase")
	if one == two {
		t.Error("two hashes of one password are the same: no salt")
	}
	for password, want := range map[string]bool{"a fine passphrase": true, "a fine passphrasf": false, "": false} {
		if got, err := h.verify(t.Context(), one, password); got != want || err != nil {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
	for _, password := range []string{"", "a fine passphrase"} {
		if got, err := h.verify(t.Context(), "", password); got || err != nil {
			t.Errorf("an account without a password is opened by %q: %v", password, err)
		}
	}
	// Another program's hash of "password" with the same algorithm.
	const foreign = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if got, err := h.verify(t.Context(), foreign, "password"); !got || err != nil {
		t.Errorf("the hash of the reference program: %v, %v", got, err)
	}
}

func TestHashOutgrown(t *testing.T) {
	small, _ := newHasher(leastParams, 1)
	old, err := small.hash(t.Context(), "a fine passphrase")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		p    Params
		want bool
	}{{leastParams, false}, {Params{20 << 10, 2, 1}, true}, {Params{19 << 10, 3, 1}, true}, {Params{19 << 10, 2, 2}, true}} {
		now, err := newHasher(tt.p, 1)
		if err != nil || now.outgrown(old) != tt.want {
			t.Errorf("%+v: outgrown %v, %v", tt.p, now.outgrown(old), err)
		}
	}
}

func TestHashRefuses(t *testing.T) {
	for _, p := range []Params{{}, {19<<10 - 1, 2, 1}, {19 << 10, 1, 1}, {19 << 10, 2, 0}} {
		if _, err := newHasher(p, 1); err == nil {
			t.Errorf("%+v is accepted", p)
		}
	}
	h, _ := newHasher(leastParams, 1)
	for _, stored := range []string{"x", "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=18$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=19456,t=4000000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=19456,t=2,p=0$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=19456,t=2,p=1$$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$c2hvcnQ"} {
		if got, err := h.verify(t.Context(), stored, "password"); got || review.KindOf(err) != review.Internal {
			t.Errorf("%s: %v, %v", stored, got, err)
		}
	}
}

// TestHashesAtOnce holds all places and sees who waits and who is sent away.
func TestHashesAtOnce(t *testing.T) {
	h, _ := newHasher(leastParams, 2)
	var now, most atomic.Int32
	hold := make(chan bool)
	h.count = func(string) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-hold
		now.Add(-1)
	}
	var all sync.WaitGroup
	var busy atomic.Int32
	started := make(chan bool, 200)
	for range 100 {
		all.Go(func() {
			started <- true
			if _, err := h.hash(t.Context(), "x"); IsBusy(err) {
				busy.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	for range 100 {
		<-started
	}
	for busy.Load() < 100-2-2*waitFor { // those that found no place to wait
		runtime.Gosched()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, "x"); err == nil {
		t.Error("a request that was given up has its password hashed")
	}
	close(hold)
	all.Wait()
	if most.Load() != 2 || busy.Load() != 100-2-2*waitFor {
		t.Errorf("%d at once, %d sent away", most.Load(), busy.Load())
	}
}
