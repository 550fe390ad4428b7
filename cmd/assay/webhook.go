package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"assay/internal/webhook"
	"assay/review"
)

type webhookCmd struct {
	Add        webhookAddCmd        `cmd:"" help:"Have events of cases sent to an address. Prints the secret that signs them, once."`
	List       webhookListCmd       `cmd:"" help:"List webhooks and how sending to them goes."`
	Switch     webhookSwitchCmd     `cmd:"" help:"Switch a webhook on or off."`
	Remove     webhookRemoveCmd     `cmd:"" help:"Remove a webhook and its deliveries."`
	Test       webhookTestCmd       `cmd:"" help:"Queue an event that concerns no case. A running server sends it."`
	Deliveries webhookDeliveriesCmd `cmd:"" help:"List what was sent to a webhook, or is to be, newest first."`
	Redeliver  webhookRedeliverCmd  `cmd:"" help:"Have a delivery sent once more."`
}

// secretKey reads the key that seals webhooks' secrets; without a file there is none.
func (g *globals) secretKey() (webhook.Key, error) {
	if g.SecretKeyFile == "" {
		return webhook.Key{}, nil
	}
	text, err := os.ReadFile(g.SecretKeyFile)
	if err != nil {
		return webhook.Key{}, fmt.Errorf("the key for webhooks' secrets: %w", err)
	}
	key, err := webhook.ParseKey(string(text))
	if err != nil {
		return key, fmt.Errorf("%s: %w", g.SecretKeyFile, err)
	}
	return key, nil
}

// send starts sending what webhooks are owed; sent is told of every attempt.
// The function that it returns ends that, and waits until what was begun is
// written down.
func (d *desk) send(ctx context.Context, g *globals, log *slog.Logger, sent func(review.EventType, review.DeliveryState)) (end func(), err error) {
	key, err := g.secretKey()
	if err != nil {
		return nil, err
	}
	sender, err := webhook.New(webhook.Config{Outbox: d.outbox(), Key: key, Log: log, Sent: sent, AllowPrivate: g.WebhookAllowPrivate, UserAgent: "Assay/" + version()})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		sender.Run(ctx)
	}()
	return func() { cancel(); <-ended }, nil
}

type webhookAddCmd struct {
	URL          string             `arg:"" name:"url" help:"Where to send: an https address."`
	Event        []review.EventType `help:"Events to send: case.submitted, case.decided, case.returned, case.reopened, case.attention. Default: all." placeholder:"EVENT"`
	Organisation string             `help:"Send events of this organisation's cases only." placeholder:"NAME"`
}

func (c *webhookAddCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		w, secret, err := d.AddWebhook(ctx, d.request(), review.NewWebhook{URL: c.URL, Events: c.Event, Organisation: c.Organisation})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s sends %s to %s\nsecret %s\n", w.ID, events(w), w.URL, secret)
		fmt.Fprintln(s.err, "assay: keep the secret where the receiver finds it; it is not shown again")
		return err
	})
}

func events(w review.Webhook) string {
	names := make([]string, len(w.Events))
	for i, e := range w.Events {
		names[i] = string(e)
	}
	return strings.Join(names, ", ")
}

type webhookListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *webhookListCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		all, err := d.Webhooks(ctx, d.actor)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, all)
		}
		p := &printer{w: s.out}
		for _, w := range all {
			p.printf("%s  %s\n", w.ID, w.URL)
			whose := "everybody's cases"
			if w.Organisation != "" {
				whose = "cases of " + w.Organisation
			}
			p.printf("  %s; %s\n", whose, events(w))
			switch {
			case !w.Active && w.Note != "":
				p.printf("  switched off: %s\n", w.Note)
			case !w.Active:
				p.printf("  switched off\n")
			case w.Failures > 0:
				p.printf("  failing since %s, %d times; next try at %s\n", local(w.FailingSince), w.Failures, local(w.NextAt))
			}
		}
		if len(all) == 0 {
			fmt.Fprintln(s.err, "assay: there are no webhooks; assay webhook add makes one")
		}
		return p.err
	})
}

func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

type webhookSwitchCmd struct {
	ID    string `arg:"" help:"The webhook."`
	State string `arg:"" help:"on or off." enum:"on,off"`
}

func (c *webhookSwitchCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		_, err := d.SwitchWebhook(ctx, d.request(), c.ID, c.State == "on")
		return said(s.out, err, "%s is switched %s\n", c.ID, c.State)
	})
}

type webhookRemoveCmd struct {
	ID string `arg:"" help:"The webhook."`
}

func (c *webhookRemoveCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		return said(s.out, d.RemoveWebhook(ctx, d.request(), c.ID), "%s is removed\n", c.ID)
	})
}

type webhookTestCmd struct {
	ID string `arg:"" help:"The webhook."`
}

func (c *webhookTestCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		return said(s.out, d.TestWebhook(ctx, d.request(), c.ID), "a test is queued for %s\n", c.ID)
	})
}

type webhookDeliveriesCmd struct {
	ID    string               `arg:"" help:"The webhook."`
	State review.DeliveryState `help:"Only those in this state: waiting, delivered, dead." placeholder:"STATE"`
	Limit int                  `help:"At most so many." default:"50" placeholder:"N"`
	JSON  bool                 `name:"json" help:"Print JSON."`
}

func (c *webhookDeliveriesCmd) Run(ctx context.Context, s streams, g *globals) error {
	if c.Limit < 1 || c.Limit > review.MaxPage {
		return usagef("--limit is from 1 to %d", review.MaxPage)
	}
	return atDesk(ctx, g, func(d *desk) error {
		all, err := d.Deliveries(ctx, d.actor, review.DeliveryFilter{Webhook: c.ID, State: c.State, Limit: c.Limit})
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, all)
		}
		p := &printer{w: s.out}
		for _, x := range all {
			p.printf("%s  %s  %s  %s of %s, attempts %d", x.ID, local(x.QueuedAt), x.State, x.Type, x.Case, x.Attempts)
			if x.LastError != "" {
				p.printf(": %s", x.LastError)
			}
			if x.State == review.Waiting && x.Attempts > 0 {
				p.printf("; next at %s", local(x.NextAt))
			}
			p.printf("\n")
		}
		return p.err
	})
}

type webhookRedeliverCmd struct {
	ID       string `arg:"" help:"The webhook."`
	Delivery string `arg:"" help:"The delivery."`
}

func (c *webhookRedeliverCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		return said(s.out, d.Redeliver(ctx, d.request(), c.ID, c.Delivery), "%s is queued again\n", c.Delivery)
	})
}

// said prints what was done unless it failed.
func said(w io.Writer, err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, format, args...)
	return err
}
