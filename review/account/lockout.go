package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"assay/review"
)

// lock says how much one key may fail, and what follows.
type lock struct {
	free   int           // failures without a wait
	first  time.Duration // wait after the next one; each further one doubles it
	most   time.Duration
	forget time.Duration // after so long without a failure all is forgotten
}

// A name that is tried by hand gets five tries. An address may stand for a
// whole office, so it gets more.
var (
	nameLock    = lock{free: 4, first: 30 * time.Second, most: time.Hour, forget: 24 * time.Hour}
	addressLock = lock{free: 19, first: 30 * time.Second, most: time.Hour, forget: time.Hour}
)

// longestForget bounds how long a count is kept.
const longestForget = 24 * time.Hour

// LockedError says how long to wait before the next try to sign in.
type LockedError struct{ Wait time.Duration }

func (e *LockedError) Error() string { return fmt.Sprintf("locked for %s", e.Wait) }

// LockedFor returns how long err asks to wait, and whether it does.
func LockedFor(err error) (time.Duration, bool) {
	var locked *LockedError
	if errors.As(err, &locked) {
		return locked.Wait, true
	}
	return 0, false
}

func locked(wait time.Duration) error {
	wait = (wait + time.Second - 1).Truncate(time.Second)
	return &review.Error{Kind: review.Forbidden, Text: "too many tries for this name or from this address",
		Remedy: fmt.Sprintf("wait %s and try again, or ask an admin to unlock the account", wait), Err: &LockedError{wait}}
}

// current forgets what is too long ago.
func (l lock) current(f Failures, now time.Time) Failures {
	if f.Last.Add(l.forget).Before(now) && !f.Until.After(now) {
		return Failures{}
	}
	return f
}

// failed returns f with one failure more.
func (l lock) failed(f Failures, now time.Time) Failures {
	f = Failures{Count: f.Count + 1, Last: now}
	if over := f.Count - l.free; over > 0 {
		wait := l.most
		if over < 20 {
			wait = min(l.most, l.first<<(over-1))
		}
		f.Until = now.Add(wait)
	}
	return f
}

// Keys under which failures are counted. A name is hashed: people type
// passwords into the wrong field. Of an IPv6 address the part counts that a
// provider gives to one customer.
func nameKey(id string) string { return "name:" + hashed(id)[:32] }

func addressKey(address string) string {
	if ip, err := netip.ParseAddr(address); err == nil {
		if ip = ip.Unmap(); ip.Is6() {
			if p, err := ip.WithZone("").Prefix(64); err == nil {
				return "address:" + p.String()
			}
		}
		return "address:" + ip.String()
	}
	return "address:" + clipped(address, 100)
}

// try counts a try as failed before its outcome is known, so that many at once
// are not more than many in turn, or refuses it. right takes it back.
func (s *Service) try(ctx context.Context, r Request, name string) (at tried, err error) {
	err = s.Store.WriteAccounts(ctx, func(w Writer) error {
		now := s.now()
		at = tried{}
		for _, k := range []struct {
			key  string
			rule lock
			to   *Failures
		}{{nameKey(name), nameLock, &at.name}, {addressKey(r.Address), addressLock, &at.address}} {
			f, err := w.Failures(ctx, k.key)
			if err != nil {
				return err
			}
			if f = k.rule.current(f, now); f.Until.After(now) {
				return locked(f.Until.Sub(now))
			}
			*k.to = k.rule.failed(f, now)
			if err := w.PutFailures(ctx, k.key, *k.to); err != nil {
				return err
			}
		}
		return nil
	})
	return at, err
}

// tried is what stands counted after a try.
type tried struct{ name, address Failures }

// note adds to an audit record what a failure led to.
func (t tried) note(object map[string]any) {
	object["failures"] = t.name.Count
	until := t.name.Until
	if t.address.Until.After(until) {
		until = t.address.Until
	}
	if !until.IsZero() {
		object["locked_until"] = until.UTC().Format(time.RFC3339)
	}
}

// right forgets what was counted under the name. Of the address only this try
// is taken back: whoever has an account must not be able to try others' for ever.
func (s *Service) right(ctx context.Context, w Writer, r Request, name string) error {
	if err := w.PutFailures(ctx, nameKey(name), Failures{}); err != nil {
		return err
	}
	key := addressKey(r.Address)
	f, err := w.Failures(ctx, key)
	if err != nil || f.Count == 0 {
		return err
	}
	if f.Count--; f.Count <= addressLock.free {
		f.Until = time.Time{}
	}
	if f.Count == 0 {
		f = Failures{}
	}
	return w.PutFailures(ctx, key, f)
}
