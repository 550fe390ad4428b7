package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/user"

	"assay/review"
)

// desk is where one person at one machine works on cases: the service, and
// who that person is.
type desk struct {
	*review.Service
	store caseStore
	actor review.Actor
}

// outbox is the store's side towards the sender of webhooks.
func (d *desk) outbox() review.Outbox { return d.store }

// openDesk opens the cases for the person who runs the program. There are no
// accounts on the command line: whoever may write the file, or has the
// database's address, may do everything, in the name that the system knows.
func openDesk(ctx context.Context, g *globals) (*desk, error) {
	me, err := user.Current()
	if err != nil {
		return nil, fmt.Errorf("the system does not say who you are, and acts need a name: %w", err)
	}
	key, err := g.secretKey()
	if err != nil {
		return nil, err
	}
	store, err := g.openCases(ctx)
	if err != nil {
		return nil, err
	}
	cfg := review.Config{Store: store, Documents: datasheets{}, Seal: key.Seal, PlainWebhooks: g.WebhookAllowPrivate, Rarity: g.rarity(), Log: g.log, Did: g.did}
	if e, err := g.embedder(); err != nil {
		return nil, errors.Join(err, store.Close())
	} else if e != nil {
		cfg.Embedder = e
	}
	service, err := review.New(cfg)
	if err != nil {
		return nil, err
	}
	return &desk{service, store, review.Actor{ID: cmp.Or(me.Username, me.Uid), Role: review.Admin, Organisation: "own"}}, nil
}

// close closes the store of a server that has ended.
func (d *desk) close(log *slog.Logger) {
	if err := d.store.Close(); err != nil {
		log.Error("closing the store of cases", "error", err)
	}
}

func (d *desk) request() review.Request { return review.Request{Actor: d.actor} }

// atDesk opens the desk for do and closes it afterwards.
func atDesk(ctx context.Context, g *globals, do func(*desk) error) (err error) {
	d, err := openDesk(ctx, g)
	if err != nil {
		return err
	}
	defer func() {
		if closed := d.store.Close(); err == nil {
			err = closed
		}
	}()
	return do(d)
}
