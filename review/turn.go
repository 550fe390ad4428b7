package review

import (
	"context"
	"slices"

	"assay/corpus"
)

// Turn is what one person may decide on a case now.
type Turn struct {
	Part  Part
	Lists []corpus.ListID // not decided yet as Part; empty: nothing
}

// deciding tells by whose turn it is as what actor would decide on h.
func deciding(h Head, actor Actor) (Act, Part) {
	switch actor.ID {
	case h.Assignee:
		return ActDecide, First
	case h.Second:
		return ActSecond, Second
	}
	return ActAdjudicate, Adjudication
}

// Turn tells what actor, who reads c, may decide on it.
func (c Case) Turn(actor Actor) Turn {
	act, part := deciding(c.Head, actor)
	if _, err := Apply(c.Head, act, actor, Ruled); err != nil {
		return Turn{}
	}
	t := Turn{Part: part}
	for _, l := range c.Lists {
		if c.turn(l.List, part, actor) == nil {
			t.Lists = append(t.Lists, l.List)
		}
	}
	return t
}

// turn returns why actor may not decide on list as part now, or nil.
func (c Case) turn(list corpus.ListID, part Part, actor Actor) error {
	by := c.heard(list)
	if _, done := by[part]; done {
		return conflict("reopen the case once it is decided", "%s has been decided in this round", list)
	}
	if _, _, disputed := c.verdict(list); part == Adjudication && !disputed {
		return conflict("", "nobody differs about %s in case %s", list, c.ID)
	}
	for other, d := range by {
		if d.By == actor.ID {
			return forbidden("you have decided on %s in this round as %s", list, other)
		}
	}
	return nil
}

// Verdict returns the decision that stands for list in the present round, if
// there is one yet, and whether two officers differ about it and nobody has
// settled it.
func (c Case) Verdict(list corpus.ListID) (d Decision, done, disputed bool) { return c.verdict(list) }

// Weigh returns the decision that ruling would make, and the precedents in the
// same words that it would contradict; those for like products, with what sets
// them apart, are told by Contradictions. It changes nothing; its errors are those of Decide.
func (s *Service) Weigh(ctx context.Context, actor Actor, id string, ruling Ruling) (d Decision, against []Precedent, err error) {
	look := s.before(ctx, actor, id, ruling.List)
	err = s.store.Read(ctx, func(r Reader) error {
		c, err := load(ctx, r, id, actor)
		if err != nil {
			return err
		}
		act, _ := deciding(c.Head, actor)
		if _, err := Apply(c.Head, act, actor, Ruled); err != nil {
			return err
		}
		d, against, err = c.weigh(ctx, r, actor, ruling)
		return err
	})
	if err == nil {
		look.note(&d)
	}
	return d, against, err
}

// weigh checks that actor may decide as ruling says and returns the decision,
// without its stamp, and the precedents that it contradicts.
func (c Case) weigh(ctx context.Context, r Reader, actor Actor, ruling Ruling) (Decision, []Precedent, error) {
	_, part := deciding(c.Head, actor)
	if err := c.turn(ruling.List, part, actor); err != nil {
		// Whether it is one of the case's lists comes first.
		if slices.ContainsFunc(c.Lists, func(l Line) bool { return l.List == ruling.List }) {
			return Decision{}, nil, err
		}
	}
	d, err := ruling.decision(c, part)
	if err != nil {
		return d, nil, err
	}
	alike, err := r.Precedents(ctx, PrecedentFilter{Fingerprint: Fingerprint(c.Products[len(c.Products)-1].Product), List: d.List, Current: true})
	if err != nil {
		return d, nil, err
	}
	against := Contradicts(d, c.ID, alike)
	for _, p := range against {
		d.Contradicts = append(d.Contradicts, p.ID)
	}
	return d, against, nil
}
