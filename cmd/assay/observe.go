package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"assay/internal/metrics"
	"assay/review"
)

// logFlags say what is logged, and how.
type logFlags struct {
	LogFormat string `help:"How the log on standard error is written: ${enum}." enum:"text,json" default:"text" env:"ASSAY_LOG_FORMAT"`
	LogLevel  string `help:"The least that is logged: ${enum}." enum:"debug,info,warn,error" default:"info" env:"ASSAY_LOG_LEVEL"`
}

// logger returns the log that the flags ask for, on w.
func (f logFlags) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		level = slog.LevelInfo // kong has checked it
	}
	options := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// figures counts what a server does. desk is asked for when somebody looks, when
// there is one.
func (g *globals) figures(desk func() *desk) *metrics.Metrics {
	cfg := metrics.Config{Version: version(),
		Cases:    func(ctx context.Context) (map[review.State]int64, error) { return desk().Census(ctx) },
		Webhooks: func(ctx context.Context) (review.Backlog, error) { return desk().outbox().Backlog(ctx) }}
	if g.Database != "" {
		cfg.Pool = func() metrics.Pool {
			p := g.database.Pool()
			return metrics.Pool{Max: p.Max, Idle: p.Idle, Busy: p.Busy, Acquired: p.Acquired, Waited: p.Waited, GivenUp: p.GivenUp, WaitTime: p.WaitTime}
		}
	}
	return metrics.New(cfg)
}

// serveMetrics shows m at /metrics on an address of its own, without signing in,
// until end is called. An empty address shows nothing.
func serveMetrics(ctx context.Context, address string, m *metrics.Metrics, log *slog.Logger) (end func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot show metrics on %s: %w; choose another address with --metrics", address, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are no longer shown", "error", err)
		}
	}()
	log.Info("metrics", "address", "http://"+ln.Addr().String()+"/metrics")
	return func() {
		if err := server.Close(); err != nil {
			log.Warn("closing the address of the metrics", "error", err)
		}
		<-ended
	}, nil
}
