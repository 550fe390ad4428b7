package review

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// step is one act of a request, and what it does once the rules have allowed it.
type step struct {
	act Act
	do  func(*change) error
}

// change is a case under way through the steps of one request.
type change struct {
	Case
	store   Writer
	ctx     context.Context
	actor   Actor
	now     time.Time
	act     Act              // the present step, as the rules name it
	records []map[string]any // made by it
	object  map[string]any   // further facts for its audit record
	look    look             // what Decide has found out about precedents

	attention bool // the present step found that a newer edition puts the decision in question
}

// add stores as the next record of its sort, behind the have that are there,
// what set makes of its stamp, and puts it into the case.
func (c *change) add(sort Sort, have int, set func(Stamp) any) error {
	stamp := Stamp{Seq: have + 1, At: c.now, By: c.actor.ID}
	r, err := newRecord(c.ID, sort, stamp, set(stamp))
	if err != nil {
		return err
	}
	c.records = append(c.records, map[string]any{"sort": sort, "seq": stamp.Seq, "sha256": r.Sum()})
	if err := c.store.Add(c.ctx, r); err != nil {
		return err
	}
	return c.take(r)
}

// act does one act on the case id, or makes a new one when id is "".
func (s *Service) act(ctx context.Context, r Request, act Act, id string, content any, do func(*change) error) (Case, error) {
	return s.perform(ctx, r, act, id, content, step{act, do})
}

// perform does steps, one after the other, in one transaction: all of them or
// none. Each leaves its own audit record. act and content, what the actor
// handed in, are what the idempotency key stands for.
func (s *Service) perform(ctx context.Context, r Request, act Act, id string, content any, steps ...step) (Case, error) {
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
	var did []Act
	err = s.store.Write(ctx, func(w Writer) error {
		did = nil // this may run more than once
		var found bool
		if done, found, err = replayed(ctx, w, r, fingerprint); err != nil || found {
			return err
		}
		c := &change{store: w, ctx: ctx, actor: r.Actor, now: s.now().UTC()}
		if err := s.start(c, r, act, id); err != nil {
			return err
		}
		for i, step := range steps {
			version := r.Version
			if i > 0 {
				version = 0 // the steps before have raised it
			}
			before := c.State
			if err := c.do(r, version, step); err != nil {
				return err
			}
			if i == len(steps)-1 && r.Key != "" {
				if err := c.keep(Receipt{r.Actor.ID, r.Key, fingerprint, c.ID, c.now}); err != nil {
					return err
				}
			}
			if err := c.record(r); err != nil {
				return err
			}
			if err := s.announce(c, step.act, before); err != nil {
				return err
			}
			did = append(did, c.act)
		}
		done, err = load(ctx, w, c.ID, r.Actor)
		return err
	})
	if err != nil {
		return Case{}, err
	}
	for _, act := range did {
		s.did(act)
	}
	return done.seenBy(r.Actor), nil
}

// replayed returns the case, whole, of a request that was done already under
// its idempotency key, and whether there was one.
func replayed(ctx context.Context, store Reader, r Request, fingerprint string) (Case, bool, error) {
	if r.Key == "" {
		return Case{}, false, nil
	}
	receipt, found, err := store.Receipt(ctx, r.Actor.ID, r.Key)
	if err != nil || !found {
		return Case{}, false, err
	}
	if receipt.Fingerprint != fingerprint {
		return Case{}, false, &Error{Kind: Conflict, Field: "Idempotency-Key", Text: fmt.Sprintf("the idempotency key %.40q was used for something else", r.Key),
			Remedy: "use a new key for a new request"}
	}
	c, err := load(ctx, store, receipt.Case, r.Actor)
	return c, err == nil, err
}

// start loads the case id, or begins a new one.
func (s *Service) start(c *change, r Request, act Act, id string) (err error) {
	if id != "" || act != ActCreate {
		c.Case, err = load(c.ctx, c.store, id, r.Actor)
		return err
	}
	c.Head = Head{ID: s.newID(), State: Draft, Round: 1, CreatedBy: r.Actor.ID, CreatedAt: c.now, Organisation: r.Actor.Organisation}
	return nil
}

// do holds one step against the rules and does it.
// A new case stores its own head, since records refer to it.
func (c *change) do(r Request, version int64, step step) error {
	act := step.act
	if act == ActDecide {
		act, _ = deciding(c.Head, r.Actor)
	}
	c.act = act
	before := c.State
	next, err := allowed(c.Head, act, r.Actor, version)
	if err != nil {
		return err
	}
	c.records, c.object, c.attention = nil, map[string]any{}, false
	if err := step.do(c); err != nil {
		return err
	}
	if c.State = next; next == Ruled {
		c.State, c.Disagreement = c.ruled()
	}
	c.Asked = len(c.Requests())
	if act != ActCreate {
		c.UpdatedAt = c.now
		if err := c.store.Update(c.ctx, &c.Head); err != nil {
			return err
		}
	}
	if c.State.Final() && !before.Final() {
		p := c.precedent()
		c.object["precedent"] = map[string]any{"round": p.Round, "sha256": p.Sum()}
		return c.addPrecedent(p)
	}
	return nil
}

// keep stores the receipt of the request. The audit record of its last step
// vouches for it.
func (c *change) keep(r Receipt) error {
	c.object["receipt"] = map[string]any{"key": r.Key, "sha256": r.Sum()}
	return c.store.Keep(c.ctx, r)
}

// record writes the present step down, with a hash of all that it left behind.
func (c *change) record(r Request) error {
	c.object["case"], c.object["version"], c.object["state"] = c.ID, c.Version, c.State
	head, err := c.Head.Sum()
	if err != nil {
		return err
	}
	c.object["head"] = head
	if c.records != nil {
		c.object["records"] = c.records
	}
	_, err = c.store.Append(c.ctx, AuditEntry{Time: c.now, Actor: r.Actor.ID, RequestID: r.ID, Act: c.act, Object: c.object})
	return err
}

// allowed holds an act against the rules and against the version that the
// actor saw, 0 for any. That somebody was faster is said before the state that
// they left behind: it explains it.
func allowed(h Head, act Act, actor Actor, version int64) (State, error) {
	next, err := Apply(h, act, actor, Ruled)
	if version != 0 && version != h.Version && (err == nil || KindOf(err) == Conflict) {
		return next, &Error{Kind: Stale, Text: fmt.Sprintf("case %s was changed since you saw it (version %d, now %d)", h.ID, version, h.Version),
			Remedy: "look at it again, then decide whether you still want this"}
	}
	return next, err
}

// addPrecedent stores p, and the vector that was made of its text.
func (c *change) addPrecedent(p Precedent) error {
	if err := c.store.AddPrecedent(c.ctx, p); err != nil || c.look.vector == nil || c.look.text != p.Text {
		return err
	}
	return c.store.AddVector(c.ctx, PrecedentVector{Case: p.Case, Round: p.Round, Model: c.look.model, Vector: c.look.vector})
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

func fingerprint(act Act, id string, content any) (string, error) {
	body, err := Canonical(content)
	if err != nil {
		return "", invalid("", "the content cannot be written as JSON: %v", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", act, id, body))
	return hex.EncodeToString(sum[:]), nil
}
