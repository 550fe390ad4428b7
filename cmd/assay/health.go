package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"assay/review"
)

// longQueue is how long a delivery may wait for its webhook before somebody
// should look.
const longQueue = time.Hour

// inspect says how the store is, and what waits in it to be sent.
func (d *desk) inspect(ctx context.Context) []review.Condition {
	all := d.store.Inspect(ctx)
	if len(all) == 0 || !all[0].OK {
		return all
	}
	c := review.Condition{Name: "webhooks", OK: true}
	b, err := d.outbox().Backlog(ctx)
	switch waits := time.Since(b.Oldest); {
	case err != nil:
		c = review.Unwell("webhooks", err)
		c.Vital = false
	case !b.Oldest.IsZero() && waits > longQueue:
		c.OK, c.Remedy = false, "assay webhook list says which endpoint fails, assay webhook deliveries why"
		c.Detail = fmt.Sprintf("%d deliveries wait, the oldest for %s; %d webhooks fail", b.Waiting, waits.Round(time.Minute), b.Failing)
	default:
		c.Detail = fmt.Sprintf("%d deliveries wait, %d were given up in the last 30 days", b.Waiting, b.Dead)
	}
	return append(all, c)
}

type healthCmd struct {
	URL     string        `arg:"" name:"url" optional:"" help:"The server, as people reach it. Default: the one of ASSAY_LISTEN, or http://127.0.0.1:8080."`
	Timeout time.Duration `help:"How long to wait for the answer." default:"5s"`
	Token   string        `help:"API token with the scope metrics, to be told everything from another machine." env:"ASSAY_HEALTH_TOKEN" placeholder:"TOKEN"`
	Listen  string        `hidden:"" env:"ASSAY_LISTEN"`
}

// Help implements kong's HelpProvider.
func (healthCmd) Help() string {
	return `It exits with 0 when the server is ready, degraded included, and with 1 when it is not or does not answer: for health checks of containers, which have no shell and no other client.`
}

// base returns the address to ask.
func (c *healthCmd) base() string {
	if c.URL != "" {
		return strings.TrimSuffix(c.URL, "/")
	}
	host, port, err := net.SplitHostPort(cmp.Or(c.Listen, "127.0.0.1:8080"))
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // it listens everywhere, here too
	}
	return "http://" + net.JoinHostPort(host, port)
}

func (c *healthCmd) Run(ctx context.Context, s streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base()+"/readyz", nil)
	if err != nil {
		return usagef("%s is not the address of a server; write it like https://assay.example.org", c.base())
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", c.base(), errors.Unwrap(err))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("%s: its answer is cut off: %w", c.base(), err)
	}
	var answer struct {
		Status  string
		Version string
		Checks  []struct {
			Name   string
			OK     bool
			Detail string
			Remedy string
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil || answer.Status == "" {
		return fmt.Errorf("%s answers, with %s, but not as Assay does; check the address", c.base(), resp.Status)
	}
	p := &printer{w: s.out}
	p.printf("%s (%s)\n", answer.Status, answer.Version)
	for _, k := range answer.Checks {
		well := "well"
		if !k.OK {
			well = "NOT WELL"
		}
		p.wrapped("  ", strings.TrimSuffix(fmt.Sprintf("%s: %s: %s; %s", k.Name, well, k.Detail, k.Remedy), "; "))
	}
	if p.err != nil {
		return p.err
	}
	if resp.StatusCode != http.StatusOK {
		return errReported
	}
	return nil
}
