package api

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// limiter lets each key do something at a rate, with bursts. It knows a
// bounded number of keys; the one unused for longest makes room for a new one.
type limiter struct {
	every time.Duration // between two in the long run
	burst int
	now   func() time.Time

	mu    sync.Mutex
	known map[string]*list.Element // of *bucket
	order *list.List               // used last at the front
}

// bucket is full at the time full: until then it lacks one for each every.
type bucket struct {
	key  string
	full time.Time
}

// mostKeys bounds the memory of a limiter, to about a megabyte.
const mostKeys = 8192

func newLimiter(perMinute, burst int, now func() time.Time) *limiter {
	return &limiter{every: time.Minute / time.Duration(perMinute), burst: burst, now: now, known: map[string]*list.Element{}, order: list.New()}
}

// allow takes one for key, or returns how long it has to wait for one.
func (l *limiter) allow(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	at, ok := l.known[key]
	if ok {
		l.order.MoveToFront(at)
	} else {
		if l.order.Len() >= mostKeys {
			oldest := l.order.Back()
			l.order.Remove(oldest)
			delete(l.known, oldest.Value.(*bucket).key)
		}
		at = l.order.PushFront(&bucket{key: key})
		l.known[key] = at
	}
	b := at.Value.(*bucket)
	if b.full.Before(now) {
		b.full = now
	}
	next := b.full.Add(l.every)
	if wait := next.Sub(now) - time.Duration(l.burst)*l.every; wait > 0 {
		return wait
	}
	b.full = next
	return 0
}

// addressKey is what is counted of an address: of IPv6 the part that a
// provider gives to one customer.
func addressKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "address " + clip(address, 100)
	}
	if ip = ip.Unmap(); ip.Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			return "address " + p.String()
		}
	}
	return "address " + ip.String()
}

func tooMany(wait time.Duration) error {
	return &failure{kind: kindTooMany, message: "too many requests", remedy: "send fewer; the header Retry-After says when the next is welcome", wait: wait}
}
