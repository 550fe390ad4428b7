package review

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Config is what a Service is made of. Only Store is needed.
type Config struct {
	Store Store
	Now   func() time.Time // clock; default time.Now
	NewID func() string    // ids of cases and requests; default 12 random letters and digits
}

// Service is the way to cases. Every method checks the rules; every method
// that changes something writes the change and one audit record together. It
// is safe for concurrent use.
type Service struct {
	store Store
	now   func() time.Time
	newID func() string
}

// New returns a Service of cfg.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil {
		return nil, &Error{Kind: Internal, Text: "review: a store is needed"}
	}
	s := &Service{cfg.Store, cfg.Now, cfg.NewID}
	if s.now == nil {
		s.now = time.Now
	}
	if s.newID == nil {
		s.newID = func() string { return strings.ToLower(rand.Text()[:12]) }
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
	}
	return nil
}

// change is one act under way.
type change struct {
	Case
	store   Writer
	ctx     context.Context
	actor   Actor
	now     time.Time
	records []map[string]any
	object  map[string]any // further facts for the audit record
}

// add stores v as the next record of its sort. set gives v its stamp and puts
// it into the case.
func (c *change) add(sort Sort, have int, set func(Stamp) any) error {
	stamp := Stamp{Seq: have + 1, At: c.now, By: c.actor.ID}
	r, err := newRecord(c.ID, sort, stamp, set(stamp))
	if err != nil {
		return err
	}
	c.records = append(c.records, map[string]any{"sort": sort, "seq": stamp.Seq, "sha256": r.Sum()})
	return c.store.Add(c.ctx, r)
}

// act does one act on the case id, or on a new one when id is "". content is
// what the actor handed in, for the idempotency key; do checks it and changes
// the case. The rules have allowed act when do runs.
func (s *Service) act(ctx context.Context, r Request, act Act, id string, content any, do func(*change) error) (Case, error) {
	if err := r.valid(); err != nil {
		return Case{}, err
	}
	if r.ID == "" {
		r.ID = s.newID()
	}
	fingerprint, err := fingerprint(act, id, content)
	if err != nil {
		return Case{}, err
	}
	var done Case
	err = s.store.Write(ctx, func(w Writer) error {
		if r.Key != "" {
			receipt, found, err := w.Receipt(ctx, r.Actor.ID, r.Key)
			if err != nil {
				return err
			}
			if found && receipt.Fingerprint != fingerprint {
				return conflict("use a new key for a new request", "the idempotency key %.40q was used for something else", r.Key)
			}
			if found {
				done, err = load(ctx, w, receipt.Case, r.Actor)
				return err
			}
		}
		c := &change{store: w, ctx: ctx, actor: r.Actor, now: s.now().UTC(), object: map[string]any{}}
		if err := s.do(c, r, act, id, do); err != nil {
			return err
		}
		if r.Key != "" {
			if err := w.Keep(ctx, Receipt{r.Actor.ID, r.Key, fingerprint, c.ID, c.now}); err != nil {
				return err
			}
		}
		done, err = load(ctx, w, c.ID, r.Actor)
		return err
	})
	if err != nil {
		return Case{}, err
	}
	return done.seenBy(r.Actor), nil
}

func (s *Service) do(c *change, r Request, act Act, id string, do func(*change) error) error {
	fresh := id == ""
	if fresh {
		c.Head = Head{ID: s.newID(), State: Draft, Round: 1, CreatedBy: r.Actor.ID, CreatedAt: c.now, Organisation: r.Actor.Organisation}
	} else {
		var err error
		if c.Case, err = load(c.ctx, c.store, id, r.Actor); err != nil {
			return err
		}
	}
	if act == ActDecide {
		act, _ = deciding(c.Head, r.Actor)
	}
	before := c.State
	next, err := Apply(c.Head, act, r.Actor, Ruled)
	if err != nil {
		return err
	}
	if r.Version != 0 && r.Version != c.Version {
		return conflict("look at it again, then decide whether you still want this",
			"case %s was changed since you saw it (version %d, now %d)", c.ID, r.Version, c.Version)
	}
	if fresh {
		if err := do(c); err != nil {
			return err
		}
		c.UpdatedAt = c.now
		// The head comes first, since records refer to it; so do for a new
		// case only collects what stands in the head.
		if err := c.store.Create(c.ctx, &c.Head); err != nil {
			return err
		}
		if err := c.describe(c.Products[0]); err != nil {
			return err
		}
	} else if err := do(c); err != nil {
		return err
	}
	if c.State = next; next == Ruled {
		c.State, c.Disagreement = c.ruled()
	}
	c.Asked = len(c.Requests())
	if c.UpdatedAt = c.now; !fresh {
		if err := c.store.Update(c.ctx, &c.Head); err != nil {
			return err
		}
	}
	if c.State.Final() && !before.Final() {
		if err := c.store.AddPrecedent(c.ctx, c.precedent()); err != nil {
			return err
		}
	}
	c.object["case"], c.object["version"], c.object["state"] = c.ID, c.Version, c.State
	if c.records != nil {
		c.object["records"] = c.records
	}
	_, err = c.store.Append(c.ctx, AuditEntry{Time: c.now, Actor: r.Actor.ID, RequestID: r.ID, Act: act, Object: c.object})
	return err
}

// precedent returns what the present round came to.
func (c *change) precedent() Precedent {
	product := c.Products[len(c.Products)-1].Product
	p := Precedent{ID: PrecedentID(c.ID, c.Round), Case: c.ID, Round: c.Round, Text: Text(product), Fingerprint: Fingerprint(product),
		Codes: map[listID][]string{}, DecidedAt: c.now}
	for _, l := range c.Lists {
		if d, done, _ := c.verdict(l.List); done {
			p.Codes[l.List] = append([]string{}, d.Codes...)
		}
	}
	return p
}

// load returns the case id, whole, to one who may see that it exists.
func load(ctx context.Context, r Reader, id string, actor Actor) (Case, error) {
	head, err := r.Head(ctx, id)
	if err != nil {
		return Case{}, err
	}
	if !MaySee(head, actor) {
		return Case{}, NoCase(id)
	}
	records, err := r.Records(ctx, id)
	if err != nil {
		return Case{}, err
	}
	return assembled(head, records)
}

func fingerprint(act Act, id string, content any) (string, error) {
	body, err := Canonical(content)
	if err != nil {
		return "", invalid("", "the content cannot be written as JSON: %v", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", act, id, body))
	return hex.EncodeToString(sum[:]), nil
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

// Precedents returns those that f asks for. Exporters see none: they are
// other organisations' products.
func (s *Service) Precedents(ctx context.Context, actor Actor, f PrecedentFilter) (found []Precedent, err error) {
	if !slices.Contains([]Role{Officer, Evaluator, Admin}, actor.Role) {
		return nil, forbidden("%s may not see precedents", roleName(actor))
	}
	err = s.store.Read(ctx, func(r Reader) error {
		found, err = r.Precedents(ctx, f)
		return err
	})
	return found, err
}
