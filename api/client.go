package api

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// client is where a request comes from.
type client struct {
	address string // of the browser or program, not of a proxy that we trust
	secure  bool   // its connection is encrypted
}

type clientKey struct{}

// clientOf returns where r comes from, as wrap found out.
func clientOf(r *http.Request) client {
	c, _ := r.Context().Value(clientKey{}).(client)
	return c
}

// withClient finds out where r comes from. What a proxy says of it counts only
// when the proxy's own address is trusted: anybody can send these headers.
func (s *Server) withClient(r *http.Request) *http.Request {
	c := client{address: remote(r), secure: r.TLS != nil}
	if s.trusted(c.address) {
		// The address nearest to us that is not a proxy of ours; whatever
		// stands before it the client may have made up.
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for _, hop := range slices.Backward(hops) {
			ip, err := netip.ParseAddr(strings.TrimSpace(hop))
			if err != nil {
				break
			}
			c.address = ip.Unmap().String()
			if !s.trusted(c.address) {
				break
			}
		}
		proto := r.Header.Values("X-Forwarded-Proto")
		c.secure = len(proto) == 1 && strings.EqualFold(strings.TrimSpace(proto[0]), "https")
	}
	if s.publicHTTPS() {
		c.secure = true
	}
	return r.WithContext(context.WithValue(r.Context(), clientKey{}, c))
}

func (s *Server) trusted(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(s.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}

func (s *Server) publicHTTPS() bool { return strings.HasPrefix(s.PublicURL, "https://") }

// base returns the address of this server as people know it, without a slash
// at its end.
func (s *Server) base(r *http.Request) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	scheme := "http://"
	if clientOf(r).secure {
		scheme = "https://"
	}
	return scheme + r.Host
}
