package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
)

// Server answers requests. Make it with New; it is safe for concurrent use.
type Server struct {
	Config
	rows      []route
	echo      *echo.Echo
	handler   http.Handler
	rates     *limiter // of requests
	tries     *limiter // of signing in, by address
	gate      *gate
	uploads   *gate // documents that are taken in
	downloads *gate // documents that are handed out
	wholeLog  *gate // readers of the whole audit log
	current   atomic.Pointer[serving]
	pages     *pages
	model     modelCheck
	store     storeCheck
	draining  atomic.Bool
}

// New returns a Server of cfg. It returns an error for a Config that cannot be
// served.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{Config: cfg, gate: newGate("compute", cfg.Meter, cfg.Concurrency, cfg.QueueWait),
		uploads: newGate("uploads", cfg.Meter, cfg.Uploads, cfg.QueueWait), downloads: newGate("downloads", cfg.Meter, 4*cfg.Uploads, cfg.QueueWait),
		wholeLog: newGate("whole_log", cfg.Meter, wholeLogReaders, cfg.QueueWait),
		rates:    newLimiter(cfg.Rate, max(1, cfg.Rate/4), cfg.Now), tries: newLimiter(triesPerMinute, triesPerMinute, cfg.Now)}
	if err := s.Use(cfg.Serving); err != nil {
		return nil, err
	}
	s.Serving = Serving{} // only the current one counts, and what is replaced must not be kept
	s.model.embedder, s.model.now = cfg.Embedder, cfg.Now
	s.store.inspect, s.store.now, s.store.log = cfg.Inspect, cfg.Now, cfg.Log
	if s.pages, err = loadPages(); err != nil {
		return nil, fmt.Errorf("api: loading the pages: %w", err)
	}
	s.rows = s.table()
	s.echo = s.routes(s.rows)
	s.handler = s.wrap(s.echo)
	return s, nil
}

// Handler returns what answers requests, with every check and limit but those
// that concern the connection.
func (s *Server) Handler() http.Handler { return s.handler }

const maxHeaderBytes = 16 << 10

// wholeLogReaders is how many verify or export the audit log at once. Each
// holds one of the store's readers for as long as it takes.
const wholeLogReaders = 2

// Serve answers requests on ln until ctx is done. Then it takes no new ones,
// lets running ones finish for DrainTimeout, and closes. It returns nil after
// such an end, also when the time did not suffice and it logged so.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	requests, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	srv := &http.Server{
		Handler:           s.handler,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       s.RequestTimeout + 5*time.Second,
		WriteTimeout:      2*s.RequestTimeout + s.QueueWait + 5*time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	patience, cancel := context.WithTimeout(requests, s.DrainTimeout)
	defer cancel()
	if err := srv.Shutdown(patience); err != nil {
		s.Log.Warn("requests were cut off", "after", s.DrainTimeout.String())
		stop()
		if err := srv.Close(); err != nil {
			s.Log.Warn("closing connections", "error", err)
		}
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
