package review

import (
	"cmp"
	"slices"

	"assay/classifier"
	"assay/corpus"
)

// memoWeight is the probability from which a candidate gets a line of its own
// in a memo. What weighs less is named by its code only: ten lines of nothing
// hide the one that matters.
const memoWeight = 0.005

func (s *memoSource) list(c Case, id corpus.ListID) MemoList {
	l := MemoList{}
	l.List, _ = corpus.LookupList(id)
	for _, p := range slices.Backward(c.Proposals) {
		if p.List == id {
			l.Proposals = append(l.Proposals, p)
		}
	}
	stands, done, disputed := c.verdict(id)
	l.Disputed = disputed
	by := c.heard(id)
	for _, part := range []Part{First, Second, Adjudication} {
		if d, ok := by[part]; ok {
			l.Decisions = append(l.Decisions, s.decision(c, d, done && d.Answer() == stands.Answer()))
		}
	}
	for i := range l.Decisions {
		if done && l.Decisions[i].Seq == stands.Seq {
			l.Stands = &l.Decisions[i]
			l.Answer, l.Codes = stands.Answer(), stands.Codes
			l.Words = s.words(stands.Edition, stands.Codes)
		}
	}
	var candidates []classifier.Suggestion
	if n := len(c.Assessments); n > 0 {
		a := c.Assessments[n-1].Assessment
		if i := slices.IndexFunc(a.Outcomes, func(o classifier.Outcome) bool { return o.List == id }); i >= 0 {
			l.Outcome = &a.Outcomes[i]
		}
		for _, x := range a.Suggestions {
			if x.List == id {
				candidates = append(candidates, x)
			}
		}
	}
	l.Later = s.later(c, l.Stands)
	if at := slices.IndexFunc(c.Lists, func(x Line) bool { return x.List == id }); l.Stands != nil && c.Round == s.Round {
		l.Attention = c.Lists[at].Attention
	}
	l.rows(candidates)
	l.reject()
	return l
}

func (s *memoSource) decision(c Case, d Decision, stands bool) MemoDecision {
	m := MemoDecision{Decision: d, Stands: stands, Said: d.Answer()}
	for _, a := range c.Assessments {
		if a.At.After(d.At) {
			break
		}
		for _, o := range a.Assessment.Outcomes {
			if o.List == d.List {
				m.Was = o.Code
			}
		}
	}
	for _, p := range c.Proposals {
		if p.List == d.List && !p.At.After(d.At) {
			m.Proposed = p.Code
		}
	}
	for _, ref := range d.Relied {
		m.Passages = append(m.Passages, s.quoted(ref))
	}
	return m
}

// later returns the re-examinations of d, oldest first, with what a person made of each.
func (s *memoSource) later(c Case, d *MemoDecision) []LaterEdition {
	var found []LaterEdition
	for _, x := range c.Reexaminations {
		if d == nil || x.List != d.List || x.Decision != d.Seq {
			continue
		}
		e := LaterEdition{Reexamination: x}
		for i, u := range c.Upheld {
			if u.List == x.List && u.Reexamination == x.Seq {
				e.Upheld = &c.Upheld[i]
			}
		}
		found = append(found, e)
	}
	return found
}

// words returns the heads and paragraphs from the entry down to each code,
// each once.
func (s *memoSource) words(edition string, codes []string) []Quoted {
	o := s.outline(edition)
	if o == nil {
		return nil
	}
	var found []Quoted
	for _, code := range codes {
		for _, p := range o.HeadingChain(code) {
			if p.Kind == corpus.KindHeading || slices.ContainsFunc(found, func(q Quoted) bool { return q.ID == p.ID }) {
				continue
			}
			found = append(found, quote(o, p))
		}
	}
	return found
}

func (s *memoSource) quoted(ref PassageRef) Quoted {
	if o := s.outline(ref.Edition); o != nil {
		if p, ok := o.Passage(ref.ID); ok {
			return quote(o, p)
		}
	}
	return Quoted{Edition: ref.Edition, ID: ref.ID}
}

func quote(o *corpus.Outline, p corpus.Passage) Quoted {
	meta := o.Meta()
	return Quoted{Edition: meta.ID(), ID: p.ID, Code: p.Code, Label: p.Label, Kind: p.Kind, Text: p.Text,
		URL: corpus.OfficialURL(meta, p.Code), Credit: meta.Attribution}
}

// rows fills the table of entries: the decided codes, each with what the
// assessment had to say of that place, then every candidate that weighs
// something, and of those that do not the nearest.
func (l *MemoList) rows(candidates []classifier.Suggestion) {
	taken := make([]bool, len(candidates))
	decided := l.Codes
	if l.Stands != nil && l.Stands.NotListed {
		decided = []string{l.Answer}
	}
	for _, code := range decided {
		row := MemoRow{Code: code, Decided: true}
		if i := nearest(code, candidates); i >= 0 {
			row.Suggestion, taken[i] = &candidates[i], true
		}
		l.Rows = append(l.Rows, row)
	}
	entries := 0
	for i, x := range candidates {
		if !corpus.IsUnlisted(x.Code) {
			entries++
		}
		switch {
		case taken[i]:
		case x.Probability >= memoWeight, i == 0, entries == 1 && !corpus.IsUnlisted(x.Code):
			l.Rows = append(l.Rows, MemoRow{Code: x.Code, Suggestion: &candidates[i]})
		default:
			l.Further = append(l.Further, x.Code)
		}
	}
}

// nearest returns the candidate that speaks of code: the very code, or else
// the best one above it, below it, or with it among those that came close.
func nearest(code string, candidates []classifier.Suggestion) int {
	same := slices.IndexFunc(candidates, func(x classifier.Suggestion) bool {
		return x.Code == code || corpus.IsUnlisted(code) && corpus.IsUnlisted(x.Code)
	})
	if same >= 0 {
		return same
	}
	return slices.IndexFunc(candidates, func(x classifier.Suggestion) bool {
		return corpus.Covers(x.Code, code) || corpus.Covers(code, x.Code) || slices.Contains(x.Also, code)
	})
}

// reject collects what was put forward and is not the decision. While a list
// is open nothing is rejected; the assessment's own order is shown all the same.
func (l *MemoList) reject() {
	for _, d := range l.Decisions {
		if l.Stands != nil && !d.Stands {
			l.Rejected = append(l.Rejected, Rejection{Code: d.Said, By: ByOfficer, Who: d.By, Why: d.ReasonText})
		}
	}
	if len(l.Proposals) > 0 && l.Stands != nil && l.Stands.compare(l.Proposals[0].Code) == Differs {
		l.Rejected = append(l.Rejected, Rejection{Code: l.Proposals[0].Code, By: ByExporter, Who: l.Proposals[0].By, Why: l.Stands.ReasonText})
	}
	for i, r := range l.Rows {
		if r.Decided || l.Stands == nil && l.Outcome != nil && i == 0 {
			continue
		}
		why := r.Suggestion.WhyNot
		if l.Stands != nil && l.Outcome != nil && r.Code == l.Outcome.Code {
			why = cmp.Or(l.Stands.ReasonText, why)
		}
		l.Rejected = append(l.Rejected, Rejection{Code: r.Code, By: ByAssessment, Why: why})
	}
}

// signers returns those who decided in the round, first officer first.
func signers(m Memo) []Signer {
	var all []Signer
	for _, part := range []Part{First, Second, Adjudication} {
		for _, l := range m.Lists {
			for _, d := range l.Decisions {
				if d.Part != part {
					continue
				}
				i := slices.IndexFunc(all, func(x Signer) bool { return x.ID == d.By && x.Part == part })
				if i < 0 {
					all, i = append(all, Signer{ID: d.By, Part: part}), len(all)
				}
				if d.Stands || l.Stands == nil {
					all[i].Lists = append(all[i].Lists, l.ID)
				} else {
					all[i].Differ = append(all[i].Differ, l.ID)
				}
				if d.At.After(all[i].At) {
					all[i].At = d.At
				}
			}
		}
	}
	return all
}
