package api

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// wrap puts around next what every request passes, outermost first: id, log,
// headers, recovery, host, origin. Recovery lies inside the log so
// that a panic is logged with its status.
func (s *Server) wrap(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.checkHost(r); err != nil {
			s.fail(w, r, err)
			return
		}
		if err := crossOrigin.Check(r); err != nil {
			s.fail(w, r, &failure{kind: kindCrossSite, message: "a page of another site sent this request", remedy: "open Assay itself and send it from there", cause: err})
			return
		}
		next.ServeHTTP(w, r)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !saneID.MatchString(id) {
			id = rand.Text()
		}
		answered := s.Meter.Began()
		r, seen := withTrace(s.withClient(s.served(r.WithContext(context.WithValue(r.Context(), idKey{}, id)))))
		out := &answer{ResponseWriter: w}
		secure(out.Header(), audienceOf(r.URL.Path))
		out.Header().Set("X-Request-Id", id)
		start := s.Now()
		defer func() { // also of a request that is cut off
			took := s.Now().Sub(start)
			answered(seen.route, r.Method, out.status, took)
			s.logRequest(r, seen, out, took)
		}()
		s.recovering(out, r, inner)
	})
}

func (s *Server) recovering(w *answer, r *http.Request, next http.Handler) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			s.Log.Error("panic", "id", requestID(r), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			s.fail(w, r, &failure{kind: kindInternal, message: "internal error", remedy: "try again; the log of the server has the cause under this request id"})
		}
	}()
	next.ServeHTTP(w, r)
}

// saneID is what we take over from a client into our log.
var saneID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

type idKey struct{}

func requestID(r *http.Request) string {
	id, _ := r.Context().Value(idKey{}).(string)
	return id
}

func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// answer remembers what was sent.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// started reports whether the header of the answer is out already.
func started(w http.ResponseWriter) bool {
	for {
		if a, ok := w.(*answer); ok {
			return a.status != 0
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		w = u.Unwrap()
	}
}

// secure sets what every answer says to a browser. The page brings its own
// style and script as files, so nothing inline and nothing foreign is allowed.
func secure(h http.Header, to audience) {
	csp := "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	if to == people {
		csp = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	}
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // no-referrer would also hide our own Origin from the check above
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store") // product texts are confidential; handlers loosen it for what is not
}

// checkHost refuses names that are not ours. A page elsewhere can let its own
// name resolve to 127.0.0.1 and would then be of the same origin as a server
// there (DNS rebinding); the Host header gives it away.
func (s *Server) checkHost(r *http.Request) error {
	if slices.Contains(s.Hosts, "*") || len(s.Hosts) == 0 && !overLoopback(r) {
		return nil
	}
	name := strings.TrimSuffix(strings.ToLower(hostname(r.Host)), ".")
	if name == "localhost" || name == "127.0.0.1" || name == "::1" {
		return nil
	}
	if net.ParseIP(name) != nil && !overLoopback(r) {
		return nil // an address is not resolved, so nobody can rebind it; probes ask this way
	}
	if slices.ContainsFunc(s.Hosts, func(h string) bool { return strings.EqualFold(h, name) }) {
		return nil
	}
	return &failure{kind: kindHost, message: fmt.Sprintf("this server does not answer under the name %.80q", name),
		remedy: "use http://localhost, or start the server with that host name allowed"}
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

func overLoopback(r *http.Request) bool {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	ip := net.ParseIP(hostname(addr.String()))
	return ip != nil && ip.IsLoopback()
}

func tooLarge(limit int64) *failure {
	return &failure{kind: kindTooLarge, message: fmt.Sprintf("the request holds more than %d bytes", limit),
		remedy: "keep the part that says what the product is and does"}
}

// expires lets caches keep an answer that is the same for everybody.
func expires(h http.Header, d time.Duration) {
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(d.Seconds())))
}
