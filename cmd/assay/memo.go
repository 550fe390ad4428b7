package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"

	"assay/corpus"
	"assay/corpus/shelf"
	"assay/internal/memo"
	"assay/review"
	"assay/review/account"
)

type caseMemoCmd struct {
	ID    string          `arg:"" help:"The case."`
	Out   string          `help:"File to write; its ending, .pdf or .html, says the form." required:"" placeholder:"FILE"`
	Round int             `help:"Round of the case. Default: the present one; an earlier one must have been decided." placeholder:"N"`
	Copy  review.MemoCopy `help:"Whose copy: ${enum}. The exporter's has no internal remarks." enum:"office,exporter" default:"office"`
	Paper memo.Paper      `help:"Paper of a PDF: ${enum}." enum:"a4,letter" default:"a4"`
}

func (c *caseMemoCmd) Run(ctx context.Context, s streams, g *globals) error {
	form := strings.ToLower(filepath.Ext(c.Out))
	if form != ".pdf" && form != ".html" {
		return usagef("--out %s: a memo is written as .pdf or .html", c.Out)
	}
	if c.Round < 0 {
		return usagef("--round %d: rounds are counted from 1", c.Round)
	}
	store, err := g.openStore(ctx)
	if err != nil {
		return err
	}
	known := &editionShelf{store: store, log: s.log}
	return atDesk(ctx, g, func(d *desk) error {
		accounts, err := account.New(account.Config{Store: d.store})
		if err != nil {
			return err
		}
		m, err := d.Memo(ctx, d.actor, c.ID, review.MemoQuery{Round: c.Round, Copy: c.Copy,
			Edition: func(id string) *corpus.Outline { return known.outline(ctx, id) },
			Name: func(id string) string {
				a, err := accounts.Get(ctx, id)
				if err != nil {
					return "" // nobody has an account where one person works alone
				}
				return a.Name
			}})
		if err != nil {
			return err
		}
		var printer memo.Printer
		var data []byte
		if form == ".pdf" {
			data, err = printer.PDF(m, string(c.Paper))
		} else {
			data, _, err = printer.HTML(m)
		}
		if err != nil {
			return err
		}
		if err := writeWhole(c.Out, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s: memo %s, %s\n", c.Out, m.Number, m.Status)
		return err
	})
}

// editionShelf has the outlines of editions at hand for memos. The few last
// asked for are kept: older decisions name older editions, and taking one out of the
// store takes a good part of a second.
type editionShelf struct {
	store editionStore
	log   *slog.Logger

	mu   sync.Mutex
	kept []*corpus.Outline // the one last asked for comes last
}

// keptEditions bounds the memory: an outline of the CCL takes some 20 MB.
const keptEditions = 4

// outline returns the edition called id, nil when it is not at hand. An
// edition that cannot be read is as good as none for a memo, and is logged.
func (s *editionShelf) outline(ctx context.Context, id string) *corpus.Outline {
	s.mu.Lock()
	defer s.mu.Unlock()
	meta, err := s.store.Resolve(ctx, id)
	if err == nil && meta.ID() == id {
		for i, o := range s.kept {
			if o.Meta().ID() == id && o.Meta().SHA256 == meta.SHA256 {
				s.kept = append(append(s.kept[:i:i], s.kept[i+1:]...), o)
				return o
			}
		}
		var e *corpus.Edition
		if e, err = s.store.Load(ctx, id); err == nil {
			o := corpus.NewOutline(e)
			s.kept = append(s.kept, o)
			s.kept = s.kept[max(0, len(s.kept)-keptEditions):]
			return o
		}
	}
	if err != nil && !errors.Is(err, shelf.ErrNotFound) && s.log != nil {
		s.log.Warn("an edition cannot be read for a memo", "edition", id, "error", err)
	}
	return nil
}
