package memo

import (
	"fmt"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// entries is the table "entry, criteria met, basis", list by list.
func (c *composer) entries() {
	c.section("Entries, criteria and basis")
	intro := "Whether criteria are met is answered by the decision."
	if c.m.Machine != nil && !c.compared() {
		intro += " The machine compared no threshold with the product’s figures: it matched words."
	}
	c.say("%s", intro)
	every := func(*review.MemoList) bool { return true }
	c.each(every, func(l *review.MemoList) {
		if len(l.Words) > 0 {
			c.add(quotation{Source: and(bold("Decided paragraph"), plain(" in the words of the "+editionName(l.Stands.Edition)+":")),
				Lines: passages(l.Words), URL: l.Words[len(l.Words)-1].URL})
		} else if l.Stands != nil && len(l.Codes) > 0 {
			c.say("The words of %s are not at hand: %s.", strings.Join(l.Codes, " and "), absent(l.Stands.Edition))
		}
		if len(l.Rows) == 0 {
			c.say("Nothing is assessed or decided on this list.")
			return
		}
		t := table{Columns: []column{{"Entry", .29}, {"Criteria met?", .15}, {"Basis", .56}}}
		for _, r := range l.Rows {
			t.Rows = append(t.Rows, row{Cells: [][]text{c.entryCell(l, r), c.metCell(l, r), c.basisCell(l, r)}, Strong: r.Decided})
		}
		if len(l.Further) > 0 {
			t.Foot = small(fmt.Sprintf("The assessment also named, each with a probability below 1\u00A0%%: %s.", strings.Join(l.Further, ", ")))
		}
		c.add(t)
	})
}

func absent(edition string) string {
	if edition == "digest" {
		return "the decision was made on Assay’s digest, without an imported edition"
	}
	return "the " + editionName(edition) + " is not imported, or does not have it"
}

// passages sets each passage behind its designator.
func passages(words []review.Quoted) []text {
	var all []text
	for _, q := range words {
		label := q.Label
		if label == "" || q.Kind == corpus.KindEntry {
			label = q.Code
		}
		all = append(all, and(bold(label), plain("  "+q.Text)))
	}
	return all
}

func (c *composer) entryCell(l *review.MemoList, r review.MemoRow) []text {
	code := r.Code
	if code == "none" {
		code = "on no entry"
	}
	cell := []text{bold(code)}
	if r.Suggestion == nil {
		return cell
	}
	// Of goods on no entry the classifier says so, and then what they are.
	if gist := strings.TrimPrefix(r.Suggestion.Gist, "On no entry of this list."); strings.TrimSpace(gist) != "" {
		cell = append(cell, small(strings.TrimSpace(gist)))
	}
	return cell
}

// compared reports whether the machine held any criterion against the product.
func (c *composer) compared() bool {
	return slices.ContainsFunc(c.m.Machine.Assessment.Suggestions, func(s classifier.Suggestion) bool { return len(s.Criteria) > 0 })
}

func (c *composer) metCell(l *review.MemoList, r review.MemoRow) []text {
	var cell []text
	switch {
	case r.Decided && len(l.Codes) == 0:
		cell = append(cell, bold("None met, by decision"))
	case r.Decided:
		cell = append(cell, bold("Yes, by decision"))
	case l.Stands != nil:
		cell = append(cell, plain("No, by decision"))
	default:
		cell = append(cell, plain("Not decided"))
	}
	if r.Suggestion == nil {
		return cell
	}
	for _, x := range r.Suggestion.Criteria {
		verdict := verdicts[x.Verdict]
		if verdict == "" {
			verdict = x.Verdict
		}
		found := x.Found
		if found == "" {
			found = "nothing stated"
		}
		cell = append(cell, small(fmt.Sprintf("%s — %s: %s", x.Needs, found, verdict)))
	}
	return cell
}

func (c *composer) basisCell(l *review.MemoList, r review.MemoRow) []text {
	var cell []text
	if r.Decided {
		cell = append(cell, plain(fmt.Sprintf("%s: %s", c.who(l.Stands.By), reason(l.Stands.Reason))))
	}
	s := r.Suggestion
	if s == nil {
		return append(cell, small("The assessment put nothing forward here."))
	}
	said := fmt.Sprintf("The assessment put it forward with probability %s", review.Percent(s.Probability))
	if s.Code != r.Code && !corpus.IsUnlisted(s.Code) {
		said = fmt.Sprintf("The assessment put %s forward with probability %s", s.Code, review.Percent(s.Probability))
	}
	if len(s.Also) > 0 {
		said += "; close to it: " + strings.Join(s.Also, ", ")
	}
	cell = append(cell, plain(said+"."))
	if len(s.Matches) > 0 {
		cell = append(cell, and(small("Matched: "), small(matched(s.Matches))))
	}
	for _, x := range s.Citations {
		if x.Edition == "digest" {
			continue // the gist, which stands beside it
		}
		cell = append(cell, and(linked(small(fmt.Sprintf("%s, %s", x.Code, editionName(x.Edition))), x.URL), small(": “"+x.Quote+"”")))
	}
	return cell
}

// matched names the terms of the digest that stand in the product's words; of
// those that stand there in part only, which words do.
func matched(all []classifier.Match) string {
	var terms []string
	for i, m := range all {
		if i == 5 {
			terms = append(terms, fmt.Sprintf("and %d more", len(all)-i))
			break
		}
		var words []string
		for _, s := range m.Spans {
			if m.Coverage < 0.99 && len(words) < 3 && !slices.Contains(words, s.Text) {
				words = append(words, s.Text)
			}
		}
		if len(words) > 0 {
			terms = append(terms, fmt.Sprintf("“%s” in part (%s)", m.Term, strings.Join(words, ", ")))
		} else {
			terms = append(terms, "“"+m.Term+"”")
		}
	}
	return strings.Join(terms, "; ")
}

// alternatives says what else was on the table, and why it is not the answer.
func (c *composer) alternatives() {
	c.section("Alternatives considered")
	intro := "What the assessment says of an alternative is a comparison of words and not a finding of law; the decision stands on its own reasons."
	if slices.ContainsFunc(c.m.Lists, func(l review.MemoList) bool { return l.Stands == nil }) {
		intro += " Where a list is not decided, nothing is rejected yet: it is what speaks against an alternative so far."
	}
	c.say("%s", intro)
	t := table{Columns: []column{{"Alternative", .24}, {"Put forward by", .21}, {"Why not", .55}}}
	for i := range c.m.Lists {
		l := &c.m.Lists[i]
		for _, r := range l.Rejected {
			alternative := []text{bold(unlistedWord(r.Code)), small(l.Title)}
			t.Rows = append(t.Rows, row{Cells: [][]text{alternative, {plain(c.proposer(r))}, c.whyNot(l, r)}})
		}
	}
	if len(t.Rows) > 0 {
		c.add(t)
	} else {
		c.say("No alternative is on record.")
	}
	c.precedents()
}

func unlistedWord(code string) string {
	if code == "none" {
		return "on no entry"
	}
	return code
}

func (c *composer) proposer(r review.Rejection) string {
	switch r.By {
	case review.ByExporter:
		return "the exporter (" + c.who(r.Who) + ")"
	case review.ByOfficer:
		return c.who(r.Who) + ", whose decision does not stand"
	}
	return "the assessment"
}

func (c *composer) whyNot(l *review.MemoList, r review.Rejection) []text {
	switch {
	case l.Stands == nil && r.By == review.ByOfficer:
		return append([]text{plain("One of two decisions that differ. Its reason:")}, orElse(lines(r.Why), "none in words")...)
	case r.By == review.ByOfficer:
		cell := []text{plain(fmt.Sprintf("%s decided %s instead: %s", c.who(l.Stands.By), l.Stands.Said, reason(l.Stands.Reason))), small("The overruled decision gave as its reason:")}
		return append(cell, orElse(lines(r.Why), "none in words")...)
	case r.By == review.ByExporter, l.Outcome != nil && l.Stands != nil && r.Code == l.Outcome.Code:
		return append([]text{plain(fmt.Sprintf("Decided otherwise (%s): %s", l.Stands.Said, reason(l.Stands.Reason)))}, lines(l.Stands.ReasonText)...)
	}
	return orElse(lines(r.Why), "No reason is on record.")
}

func orElse(t []text, otherwise string) []text {
	if len(t) == 0 {
		return []text{italic(otherwise)}
	}
	return t
}

func (c *composer) precedents() {
	if c.m.Copy == review.ExporterCopy {
		return
	}
	c.part("Precedents")
	if len(c.m.Precedents) == 0 {
		c.say("No other case decided on a product in the same words. Cases on similar products, in other words, are not listed here.")
		return
	}
	c.say("Other cases that decided on a product in the same words, as they stood when this memo was prepared:")
	t := table{Columns: []column{{"Case and round", .28}, {"Decided", .32}, {"Standing", .40}}}
	for _, p := range c.m.Precedents {
		var codes []text
		for _, l := range c.m.Lists {
			if ruled, ok := p.Codes[l.ID]; ok {
				said := strings.Join(ruled, " + ")
				if said == "" {
					said = unlistedWord(l.Unlisted)
				}
				codes = append(codes, and(plain(l.Title+": "), bold(said)))
			}
		}
		standing := "stands, and agrees"
		switch {
		case p.Superseded:
			standing = "superseded"
		case len(p.Against) > 0:
			standing = "stands, and decides otherwise on " + listNames(p.Against)
		}
		t.Rows = append(t.Rows, row{Cells: [][]text{{plain(p.ID), small(day(p.DecidedAt))}, codes, {plain(standing)}}})
	}
	c.add(t)
}
