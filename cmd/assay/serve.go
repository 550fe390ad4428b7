package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"assay/api"
	"assay/internal/memo"
)

type serveCmd struct {
	Listen  string        `help:"Address to listen on. On a loopback address one person works without accounts; any other wants people to sign in." default:"127.0.0.1:8080" env:"ASSAY_LISTEN"`
	Host    []string      `help:"Further host names under which the server may be asked." env:"ASSAY_HOST" placeholder:"NAME"`
	Timeout time.Duration `help:"Longest time for one answer." default:"10s" env:"ASSAY_TIMEOUT"`
	Metrics string        `help:"Show figures at /metrics on this address too, without signing in: 127.0.0.1:9090." env:"ASSAY_METRICS" placeholder:"ADDRESS"`
	Follow  time.Duration `help:"How often to look for new editions; 0 leaves it to SIGHUP." default:"5s" env:"ASSAY_FOLLOW"`
	entranceFlags
}

func (c *serveCmd) Run(ctx context.Context, s streams, g *globals) error {
	start := time.Now()
	if err := c.check(); err != nil {
		return err
	}
	// Listening comes first: a taken address should not cost a loaded model.
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another address with --listen", c.Listen, err)
	}
	defer ln.Close()
	scheme := "http://"
	if c.TLSCert != "" {
		if ln, err = encrypted(ln, c.TLSCert, c.TLSKey, s.log); err != nil {
			return err
		}
		scheme = "https://"
	}
	shop, err := openWorkshop(ctx, g, arrangements["ours"], s.err)
	if err != nil {
		return err
	}
	f, err := follow(ctx, shop, s.log)
	if err != nil {
		return err
	}
	a := f.now.Load()
	g.cards = shop.cards
	var d *desk
	figures := g.figures(func() *desk { return d })
	g.did = figures.Did
	if d, err = openDesk(ctx, g); err != nil {
		return err
	}
	defer d.close(s.log)
	if a.embedder != nil {
		defer keepVectors(ctx, d, 10*time.Minute, s.log)()
	}
	endSending, err := d.send(ctx, g, s.log, figures.Sent)
	if err != nil {
		return err
	}
	defer endSending()
	endMetrics, err := serveMetrics(ctx, c.Metrics, figures, s.log)
	if err != nil {
		return err
	}
	defer endMetrics()
	older := &editionShelf{store: shop.store, log: s.log}
	cfg := api.Config{Serving: f.serving(a), Digest: a.digest, Embedder: a.embedder,
		Cases: d.Service, Meter: figures, Inspect: d.inspect, Memos: memo.Printer{}, Edition: older.outline, Self: d.actor, Log: s.log, Version: version(), Hosts: c.Host, RequestTimeout: c.Timeout}
	if err := c.entrance(ctx, &cfg, d.store, ln, s.err); err != nil {
		return err
	}
	server, err := api.New(cfg)
	if err != nil {
		return err
	}
	f.server = server
	stop := f.start(ctx, c.Follow)
	defer stop()
	s.log.Info("ready", "address", scheme+ln.Addr().String(), "accounts", cfg.Accounts != nil, "model", a.classifier.Model(), "corpus", a.classifier.Corpus(),
		"after_ms", time.Since(start).Milliseconds())
	return server.Serve(ctx, ln)
}
