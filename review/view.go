package review

import "slices"

// seenBy returns h without what actor must not know: to an exporter, who works
// on the case and whether they agree.
func (h Head) seenBy(actor Actor) Head {
	if actor.Role == Exporter {
		h.Assignee, h.Second, h.Disagreement = "", "", false
	}
	return h
}

// seenBy returns c without what actor must not know: an exporter sees no
// internal messages, nor who of the office wrote or assessed, decisions only
// once the round has ended, and never which precedents, of others, they
// contradict; while a second officer is asked, nobody sees a decision on a list
// but its author, and the two do not see each other's internal messages, until
// both have decided.
func (c Case) seenBy(actor Actor) Case {
	head := c.Head
	c.Head = head.seenBy(actor)
	c.Decisions = slices.DeleteFunc(slices.Clone(c.Decisions), func(d Decision) bool {
		if d.Round < head.Round || !head.underReview() {
			return false
		}
		return actor.Role == Exporter || d.By != actor.ID && c.blind(head, d)
	})
	if actor.Role == Exporter { // they may be other organisations' cases
		for i := range c.Decisions {
			c.Decisions[i].Contradicts, c.Decisions[i].ContradictsLike = nil, nil
		}
	}
	blind := head.underReview() && head.Second != "" && (actor.ID == head.Assignee || actor.ID == head.Second) && c.anyBlind(head)
	c.Messages = slices.DeleteFunc(slices.Clone(c.Messages), func(m Message) bool {
		if actor.Role == Exporter {
			return m.Internal
		}
		return blind && m.Internal && m.Round == head.Round && m.By != actor.ID && (m.By == head.Assignee || m.By == head.Second)
	})
	if actor.Role == Exporter {
		c = c.unnamed()
	}
	return c
}

// unnamed returns c without the names of those of the office who wrote
// messages, had the product assessed or looked at a newer edition. Decisions keep theirs, and so does who
// upholds one: they are signed.
func (c Case) unnamed() Case {
	own := c.ownSide()
	c.Assessments = slices.Clone(c.Assessments)
	for i := range c.Assessments {
		if !own[c.Assessments[i].By] {
			c.Assessments[i].By = ""
		}
	}
	c.Reexaminations = slices.Clone(c.Reexaminations)
	for i := range c.Reexaminations {
		c.Reexaminations[i].By = ""
	}
	for i := range c.Messages { // a copy already
		if !own[c.Messages[i].By] {
			c.Messages[i].By = ""
		}
	}
	return c
}

func (h Head) underReview() bool { return h.State == InReview || h.State == Returned }

// blind reports whether d must be hidden from all but its author.
func (c Case) blind(head Head, d Decision) bool {
	return head.Second != "" && len(c.heard(d.List)) < 2
}

// anyBlind reports whether a list still waits for one of the two officers.
func (c Case) anyBlind(head Head) bool {
	return slices.ContainsFunc(head.Lists, func(l Line) bool { return len(c.heard(l.List)) < 2 })
}
