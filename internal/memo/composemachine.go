package memo

import (
	"fmt"
	"strings"

	"assay/classifier"
	"assay/review"
)

// machine says what part the program had in it.
func (c *composer) machine() {
	c.section("What the machine contributed")
	p := c.m.Machine
	if p == nil {
		c.say("Nothing: the product has not been assessed.")
		return
	}
	a := p.Assessment
	c.say("Assay compares the exporter’s words with its digest of the lists and with the editions imported, and suggests. It decided nothing: every classification in section 8 was made by the person named there.")
	which := fmt.Sprintf("of description %d", p.Product)
	if p.Stale {
		which += "; the product was described anew since, and that description is not assessed"
	}
	if p.Assessments > 1 {
		which += fmt.Sprintf("; the newest of %d", p.Assessments)
	}
	rows := []fact{
		{"Assessment", []text{plain(fmt.Sprintf("number %d, %s, asked for by %s; %s", p.Seq, hour(p.At), c.who(p.By), which))}},
		{"Model", []text{plain(a.Model)}},
		{"Corpus", corpora(a.Corpus)},
		{"Language read", []text{plain(language(a.Language))}},
		{"Screening", []text{plain(screening(a.Screening))}},
	}
	c.add(facts{rows})
	t := table{Columns: []column{{"List", .30}, {"Suggested", .22}, {"Reason that the machine gives", .48}}}
	for _, l := range c.m.Lists {
		if o := l.Outcome; o != nil {
			suffix := ""
			if o.Status == classifier.Undetermined || o.Status == classifier.Residual {
				suffix = ", " + statuses[o.Status]
			}
			cell := []text{bold(unlistedWord(o.Code)), small("probability " + review.Percent(o.Probability) + suffix)}
			t.Rows = append(t.Rows, row{Cells: [][]text{{plain(l.Title)}, cell, {plain(o.Reason)}}})
		}
	}
	c.add(t)
	c.uncertain(a)
}

// corpora sets the parts of a corpus below each other.
func corpora(s string) []text {
	var all []text
	for part := range strings.SplitSeq(s, "; ") {
		all = append(all, plain(part))
	}
	return all
}

func screening(s classifier.Screening) string {
	if s.Status == "" || s.Status == "not_run" {
		return "not run; it never changes a classification"
	}
	return s.Status + "; it never changes a classification"
}

// uncertain lists what the machine itself leaves open.
func (c *composer) uncertain(a classifier.Assessment) {
	points := []text{plain("Probabilities rank the candidates of one list. They are not calibrated: 80 % does not mean right in four of five cases.")}
	if !c.compared() {
		points = append(points, plain("No threshold was compared with the product’s figures: the suggestion rests on words alone."))
	}
	for _, l := range c.m.Lists {
		if l.Outcome != nil && l.Outcome.Status == classifier.Undetermined {
			points = append(points, plain(l.Title+": the machine did not understand enough of the text to say anything."))
		}
		if l.Outcome != nil && l.Outcome.Edition == "digest" {
			points = append(points, plain(l.Title+": no edition was imported; the suggestion rests on the digest alone."))
		}
	}
	for _, q := range a.Questions {
		points = append(points, and(plain(fmt.Sprintf("Open between %s (%s): ", enumerate(q.Between), listName(q.List))), italic(q.Ask)))
	}
	c.add(paragraph{Text: plain("What it leaves open:")}, list{points})
}

// integrity says how to hold the memo against the records.
func (c *composer) integrity() {
	c.section("Integrity")
	i := c.m.Integrity
	head := fmt.Sprintf("%d:%s", i.Head.Seq, i.Head.Hash)
	c.say("The memo is drawn from the records below and from nothing else. Each is vouched for by the audit log, whose records are chained by their hashes; it stood at the head given when the memo was prepared. To check, with the program and its database:")
	c.add(quotation{Lines: []text{plain("assay audit verify --head " + head)}})
	c.say("It names every record of the log that is altered, missing or moved, and every record of a case that is not the one vouched for. The records themselves: assay case show %s --json.", c.m.Case)
	c.add(facts{[]fact{{"Case version", []text{plain(fmt.Sprint(i.Version))}}}})
	t := table{Columns: []column{{"Record", .23}, {"Made (UTC)", .20}, {"SHA-256", .57}}, Dense: true}
	for _, r := range i.Records {
		t.Rows = append(t.Rows, row{Cells: [][]text{{small(fmt.Sprintf("%s %d", sorts[r.Sort], r.Seq))}, {small(r.At.UTC().Format("2006-01-02 15:04:05"))}, {hash(r.SHA256)}}})
	}
	c.add(t)
}
