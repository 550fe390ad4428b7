package memo

import (
	"fmt"
	"strings"

	"assay/review"
)

// exporter is what the exporter had made of it.
func (c *composer) exporter() {
	c.section("The exporter’s own classification")
	t := table{Columns: []column{{"List", .25}, {"Put forward", .27}, {"Reasoning of the exporter", .48}}}
	var without []string
	for _, l := range c.m.Lists {
		if len(l.Proposals) == 0 {
			without = append(without, l.Title)
		}
		for i, p := range l.Proposals {
			put := []text{bold(unlistedWord(p.Code)), small(fmt.Sprintf("by %s, %s", c.who(p.By), day(p.At)))}
			switch {
			case i > 0:
				put = append(put, small("replaced by the exporter since"))
			case l.Stands != nil && l.Stands.Exporter == review.Same:
				put = append(put, small("the decision agrees"))
			case l.Stands != nil && l.Stands.Exporter == review.Differs:
				put = append(put, small("the decision differs"))
			}
			t.Rows = append(t.Rows, row{Cells: [][]text{{plain(l.Title)}, put, lines(p.Reasoning)}})
		}
	}
	if len(t.Rows) > 0 {
		c.add(t)
	}
	if len(without) > 0 {
		c.say("The exporter put no classification forward for: %s.", enumerate(without))
	}
}

func (c *composer) decisions() {
	c.section("Decision and signatures")
	var open []string
	for _, l := range c.m.Lists {
		if len(l.Decisions) == 0 {
			open = append(open, l.Title)
		}
	}
	if len(open) > 0 {
		c.say("No decision that the reader of this copy may see has been made in round %d on: %s.", c.m.Round, enumerate(open))
	}
	c.each(func(l *review.MemoList) bool { return len(l.Decisions) > 0 }, func(l *review.MemoList) {
		for _, d := range l.Decisions {
			c.decision(l, d)
		}
		switch {
		case l.Disputed:
			c.add(paragraph{Text: plain("The two officers differ, and nobody has settled it yet."), Warn: true})
		case l.Attention != "":
			c.add(paragraph{Text: plain("A newer edition puts the decision in question, and nobody has answered that yet: " + l.Attention), Warn: true})
		}
		for _, x := range l.Later {
			c.later(x)
		}
	})
	c.earlier()
	c.signatures()
}

func (c *composer) decision(l *review.MemoList, d review.MemoDecision) {
	result := and(bold(unlistedWord(d.Said)), plain(", "+editionName(d.Edition)))
	if !d.Stands && l.Stands != nil {
		result = and(result, italic(" — does not stand"))
	}
	made := hour(d.At)
	if c.m.Copy == review.OfficeCopy {
		made += ", " + duration(d.Seconds) + " after the case was taken"
	}
	rows := []fact{
		{"Decided", []text{result}},
		{"By", []text{plain(c.whoExactly(d.By) + ", " + parts[d.Part]), plain(made)}},
		{"Reason", append([]text{plain(reason(d.Reason))}, lines(d.ReasonText)...)},
	}
	if d.Comment != "" {
		rows = append(rows, fact{"Comment", lines(d.Comment)})
	}
	rows = append(rows, fact{"Compared", []text{plain("Suggestion: " + compared(d.Suggestion, d.Was, "none was made by then.")),
		plain("Exporter: " + compared(d.Exporter, d.Proposed, "nothing was put forward."))}})
	if against := contradicted(d); len(against) > 0 {
		rows = append(rows, fact{"Precedents", []text{plain("It decides otherwise than " + enumerate(against) + ", which stood at the time.")}})
	}
	if len(d.Passages) == 0 {
		rows = append(rows, fact{"Relied on", []text{plain("no passage is named")}})
	}
	c.add(facts{rows})
	for _, q := range d.Passages {
		c.add(relied(q))
	}
}

// contradicted names the precedents that the decision went against, as was
// found when it was made.
func contradicted(d review.MemoDecision) []string {
	var names []string
	for _, id := range d.Contradicts {
		names = append(names, id+" (in the same words)")
	}
	for _, like := range d.ContradictsLike {
		names = append(names, fmt.Sprintf("%s (likeness %.2f)", like.ID, like.Similarity))
	}
	return names
}

// relied sets one passage that a decision relies on.
func relied(q review.Quoted) quotation {
	name := q.ID
	if q.Text != "" && q.ID != q.Code { // a note, a definition
		name = q.Label
		if name == "" {
			name = strings.ReplaceAll(string(q.Kind), "_", " ")
		}
		if q.Code != "" {
			name += " to " + q.Code
		}
	}
	head := and(bold("Relied on: "), plain(name+", "+editionName(q.Edition)))
	if q.Text == "" {
		return quotation{Source: head, Lines: []text{italic("Its words are not at hand: " + absent(q.Edition) + ".")}}
	}
	return quotation{Source: head, Lines: passages([]review.Quoted{q}), URL: q.URL}
}

func compared(how review.Comparison, with, nothing string) string {
	switch how {
	case review.Same:
		return unlistedWord(with) + ", the same."
	case review.Differs:
		return unlistedWord(with) + ", which differs."
	}
	return nothing
}

// later says what a newer edition means for the decision.
func (c *composer) later(x review.LaterEdition) {
	said := "no change in it bears on the outcome"
	if x.CouldChange {
		said = "the outcome could change"
	}
	q := quotation{Source: and(bold("Newer edition: "), plain(fmt.Sprintf("%s, held against the decision on %s; %s.", editionName(x.To), day(x.At), said)))}
	for _, why := range x.Why {
		q.Lines = append(q.Lines, plain(why))
	}
	if x.Upheld != nil {
		q.Lines = append(q.Lines, and(bold("Upheld"), plain(fmt.Sprintf(" by %s on %s:", c.who(x.Upheld.By), hour(x.Upheld.At)))))
		q.Lines = append(q.Lines, lines(x.Upheld.Reason)...)
	}
	c.add(q)
}

func (c *composer) earlier() {
	if len(c.m.Earlier) == 0 {
		return
	}
	c.part("Earlier rounds")
	c.say("Decisions of earlier rounds of this case. None of them stands.")
	t := table{Columns: []column{{"Round", .09}, {"List", .34}, {"Decided", .20}, {"By", .37}}}
	for _, d := range c.m.Earlier {
		t.Rows = append(t.Rows, row{Cells: [][]text{{plain(fmt.Sprint(d.Round))}, {plain(listName(d.List))}, {plain(unlistedWord(d.Said))},
			{plain(c.who(d.By)), small(parts[d.Part] + ", " + day(d.At))}}})
	}
	c.add(t)
}

func (c *composer) signatures() {
	c.part("Signatures")
	switch c.m.Status {
	case review.MemoDraft:
		c.say("A draft is not signed.")
		return
	case review.MemoSuperseded:
		c.say("The decisions were recorded as follows. A superseded memo is not signed anew.")
	default:
		c.say("Each decision was recorded in the name and at the time given, and is vouched for by the audit log (section 10). The line is for a signature by hand.")
	}
	for _, s := range c.m.Signers {
		if c.m.Status == review.MemoSuperseded {
			c.add(facts{[]fact{{"Decided by", []text{plain(c.whoExactly(s.ID) + ", " + parts[s.Part] + ", " + hour(s.At))}}}})
			continue
		}
		note := []text{plain("Decision recorded on " + hour(s.At))}
		if len(c.m.Lists) > 1 && len(s.Lists) > 0 {
			note = append(note, plain("for: "+listNames(s.Lists)))
		}
		if len(s.Differ) > 0 {
			note = append(note, plain("decided otherwise on: "+listNames(s.Differ)))
		}
		c.add(signature{Role: parts[s.Part], Name: visible(c.who(s.ID)), Note: note})
	}
}
