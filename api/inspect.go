package api

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"assay/review"
)

// storeCheck asks how the store is, and remembers the answer for a moment:
// probes come from many sides, and from anybody.
type storeCheck struct {
	inspect func(context.Context) []review.Condition
	now     func() time.Time
	log     *slog.Logger

	mu    sync.Mutex
	until time.Time
	last  []review.Condition
}

const trustStore = 2 * time.Second

func (k *storeCheck) conditions(ctx context.Context) []review.Condition {
	if k.inspect == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now().Before(k.until) {
		return k.last
	}
	// One who asks and goes away must not spoil the answer for the others.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
	defer cancel()
	k.last, k.until = k.inspect(ctx), k.now().Add(trustStore)
	for _, c := range k.last {
		if !c.OK {
			k.log.Warn("not well", "check", c.Name, "detail", c.Detail, "remedy", c.Remedy)
		}
	}
	return k.last
}

// inspected returns the checks of the store: whole for those who run the server,
// and for others whether each is well.
func (s *Server) inspected(ctx context.Context, whole bool) (all []check) {
	for _, c := range s.store.conditions(ctx) {
		k := check{Name: c.Name, OK: c.OK, Detail: c.Detail, Remedy: c.Remedy, minor: !c.Vital}
		if !whole {
			k.Detail, k.Remedy = "is well", ""
			if !k.OK {
				k.Detail = "is not well; an admin, or the log of the server, says why"
			}
		}
		all = append(all, k)
	}
	return all
}

// runsServer reports whether r comes from somebody who runs the server: an
// admin, or a program on the same machine. The latter cannot be told where a
// proxy may stand in between.
func (s *Server) runsServer(r *http.Request) bool {
	if s.Accounts == nil {
		return true
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	direct := len(s.TrustedProxies) == 0 && s.PublicURL == "" && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
	if ip := net.ParseIP(host); err == nil && direct && ip != nil && ip.IsLoopback() {
		return true
	}
	who, err := s.identify(r)
	return err == nil && who.Role == review.Admin && (who.token == nil || who.fits(scopeAdmin) || who.fits(scopeMetrics))
}
