package review

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Config is what a Service is made of. Only Store is needed.
type Config struct {
	Store Store
	Now   func() time.Time // clock; default time.Now
	NewID func() string    // ids of cases and requests; default 12 random letters and digits
	// Documents reads files that are attached; nil: none can be.
	Documents DocumentReader

	// Seal makes of a webhook's secret what the store keeps. Default: the secret
	// itself, marked as such (OpenPlain). It is opened by whoever sends.
	Seal func(webhook, secret string) (string, error)
	// PlainWebhooks lets webhooks have http addresses beside https ones.
	PlainWebhooks bool

	// Did is told of every act once it is stored; nil: nobody is.
	Did func(Act)
	// Embedder compares products by meaning; nil: only equal words are found.
	Embedder Embedder
	Floors   Floors // from which similarity on; default FloorsOf the Embedder
	// Rarity says how rare a word is among those that tell goods apart, 0 for
	// any other word; nil: words are not told among differing facts.
	Rarity func(stem string) float64
	Log    *slog.Logger // of what went wrong beside an act; nil: no log
}

// Service is the way to cases. Every method checks the rules; every method
// that changes something writes the change and one audit record together. It
// is safe for concurrent use.
type Service struct {
	store Store
	now   func() time.Time
	newID func() string

	documents  DocumentReader
	seal       func(webhook, secret string) (string, error)
	plainHooks bool
	did        func(Act)

	embedder  Embedder
	recent    recentVectors // that embedder made
	floors    Floors
	ownFloors bool // not those of the model
	rarity    func(stem string) float64
	log       *slog.Logger
	waiting   atomic.Int64 // precedents known to have no vector by the Embedder
}

// New returns a Service of cfg.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil {
		return nil, &Error{Kind: Internal, Text: "review: a store is needed"}
	}
	s := &Service{store: cfg.Store, now: cfg.Now, newID: cfg.NewID, documents: cfg.Documents, seal: cfg.Seal, plainHooks: cfg.PlainWebhooks, did: cfg.Did,
		embedder: cfg.Embedder, floors: cfg.Floors, ownFloors: cfg.Floors != Floors{}, rarity: cfg.Rarity, log: cfg.Log}
	if !s.ownFloors && s.embedder != nil {
		s.floors, _ = FloorsOf(s.embedder.Name())
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.newID == nil {
		s.newID = func() string { return strings.ToLower(rand.Text()[:12]) }
	}
	if s.did == nil {
		s.did = func(Act) {}
	}
	if s.seal == nil {
		s.seal = func(_, secret string) (string, error) { return KeepPlain(secret), nil }
	}
	return s, nil
}

// Request is what every act comes with.
type Request struct {
	Actor Actor
	// ID is the request's id in logs and audit; "" has one made.
	ID string
	// Key makes the act idempotent: the same actor's same key does it once,
	// and answers with the case each time. "" means do it.
	Key string
	// Version is that of the case as the actor saw it; the act is refused when
	// somebody has changed the case since. 0 accepts any.
	Version int64
}

func (r Request) valid() error {
	switch {
	case r.Actor.ID == "" || !tidy(r.Actor.ID, MaxShort) || !tidy(r.Actor.Organisation, MaxShort):
		return forbidden("nobody is named as acting")
	case !tidy(r.ID, MaxShort) || !tidy(r.Key, MaxShort):
		return invalid("", "request id and idempotency key are UTF-8 text of at most %d bytes", MaxShort)
	case r.Version < 0:
		return invalid("take it from the case as you saw it", "%d is not a version", r.Version)
	}
	return nil
}

// load returns the case id, whole, to one who may see that it exists.
func load(ctx context.Context, r Reader, id string, actor Actor) (Case, error) {
	c, _, err := loadRecords(ctx, r, id, actor)
	return c, err
}

// loadRecords is load, with the records that the case was put together from.
func loadRecords(ctx context.Context, r Reader, id string, actor Actor) (Case, []Record, error) {
	head, err := r.Head(ctx, id)
	if err != nil {
		return Case{}, nil, err
	}
	if !MaySee(head, actor) {
		return Case{}, nil, NoCase(id)
	}
	records, err := r.Records(ctx, id)
	if err != nil {
		return Case{}, nil, err
	}
	c, err := assembled(head, records)
	return c, records, err
}

// Get returns the case id as actor may see it.
func (s *Service) Get(ctx context.Context, actor Actor, id string) (c Case, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		c, err = load(ctx, r, id, actor)
		return err
	})
	if err != nil {
		return Case{}, err
	}
	return c.seenBy(actor), nil
}

// Queue returns the cases that f asks for and actor may see.
func (s *Service) Queue(ctx context.Context, actor Actor, f Filter) (p Page, err error) {
	if err := f.valid(); err != nil {
		return Page{}, err
	}
	switch {
	case !slices.Contains(Roles(), actor.Role) || actor.ID == "":
		return Page{}, forbidden("%s may not list cases", roleName(actor))
	case actor.Role == Exporter && actor.Organisation == "":
		return Page{}, forbidden("an exporter without an organisation has no cases")
	case actor.Role == Exporter && (f.Assignee != "" || f.Disagreement != nil):
		return Page{}, forbidden("who works on a case is not shown to exporters")
	case actor.Role == Exporter:
		f.Organisation = actor.Organisation
	}
	err = s.store.Read(ctx, func(r Reader) error {
		p, err = r.Queue(ctx, f)
		return err
	})
	for i := range p.Cases {
		p.Cases[i] = p.Cases[i].seenBy(actor)
	}
	return p, err
}

// Precedents returns those that f asks for. People of the office see all of
// them; an exporter sees those of the own organisation: they hold nothing that
// its cases do not show.
func (s *Service) Precedents(ctx context.Context, actor Actor, f PrecedentFilter) (found []Precedent, err error) {
	if f.Organisation, err = precedentsSeen(actor); err != nil {
		return nil, err
	}
	if caseID, _ := f.Behind(); f.From != "" && caseID == "" {
		return nil, invalidIn("from", "take it from the page before", "a page starts behind the precedent %.40q", f.From)
	}
	err = s.store.Read(ctx, func(r Reader) error {
		found, err = r.Precedents(ctx, f)
		return err
	})
	return found, err
}

// Census returns how many cases are in each state, for those who run the
// server. It names none.
func (s *Service) Census(ctx context.Context) (n map[State]int64, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		n, err = r.Census(ctx)
		return err
	})
	return n, err
}
