package review

import (
	"slices"
	"time"

	"assay/corpus"
)

// memoSource is what a memo is drawn from.
type memoSource struct {
	Case       // as its reader may see it
	round      int
	copy       MemoCopy
	sums       map[thing]string
	head       AuditHead
	precedents []Precedent // none for the exporter
	edition    func(id string) *corpus.Outline
	name       func(id string) string
	prepared   time.Time
}

// memo draws the memo. It reads nothing but s.
func (s *memoSource) memo() (Memo, error) {
	c, err := s.asOf(s.round)
	if err != nil {
		return Memo{}, err
	}
	m := Memo{Number: PrecedentID(c.ID, c.Round), Case: c.ID, Round: c.Round, Present: s.Round, State: s.State, Copy: s.copy,
		Title: c.Title, Organisation: c.Organisation, Opened: c.CreatedAt, Prepared: s.prepared.UTC(), Documents: c.Documents, Letters: c.Messages}
	switch {
	case c.Round < s.Round:
		m.Status = MemoSuperseded
	case s.State.Final():
		m.Status = MemoDecided
	default:
		m.Status = MemoDraft
	}
	if m.Status != MemoDraft {
		m.Decided = c.lastDecision()
	}
	m.Product = MemoProduct{c.Products[len(c.Products)-1], len(c.Products)} // a case has one from its start
	if m.Status == MemoSuperseded {
		m.Title = title(m.Product.Product)
	}
	if n := len(c.Assessments); n > 0 {
		a := c.Assessments[n-1]
		m.Machine = &MachinePart{Stamp: a.Stamp, Assessment: a.Assessment, Product: a.Product, Stale: a.Product != len(c.Products), Assessments: n}
	}
	for _, l := range c.Lists {
		m.Lists = append(m.Lists, s.list(c, l.List))
	}
	m.correctUnlisted()
	for _, l := range corpus.Lists() {
		if !slices.ContainsFunc(c.Lists, func(x Line) bool { return x.List == l.ID }) {
			m.NotAsked = append(m.NotAsked, l)
		}
	}
	m.Editions = s.editions(m)
	m.Tracks = tracks(m)
	for _, d := range c.Decisions {
		if d.Round < c.Round {
			m.Earlier = append(m.Earlier, EarlierRound{Decision: d, Said: d.Answer()})
		}
	}
	m.Signers = signers(m)
	m.Precedents = s.alike(m)
	m.Integrity = Integrity{Version: c.Version, Head: s.head, Records: s.recordSums(c)}
	m.Names = s.names(m.Integrity.Records)
	return m, nil
}

// names looks up what people are called. Whoever is named in a memo made one
// of its records.
func (s *memoSource) names(records []RecordSum) map[string]string {
	names, asked := map[string]string{}, map[string]bool{"": true}
	for _, r := range records {
		if s.name == nil || asked[r.By] {
			continue
		}
		asked[r.By] = true
		if name := s.name(r.By); name != "" {
			names[r.By] = name
		}
	}
	return names
}

// asOf returns the case as it stood in round: as it is now for the present
// round, as it was when it was decided for an earlier one. An earlier round
// that ended without a decision has nothing to put on file.
func (c Case) asOf(round int) (Case, error) {
	if round == 0 || round == c.Round {
		return c, nil
	}
	if round < 0 || round > c.Round {
		return c, &Error{Kind: NotFound, Text: "the case has no such round", Remedy: "leave the round out for the present one"}
	}
	c.Round, c.Second = round, ""
	var end time.Time
	for _, d := range c.Decisions {
		if d.Round != round {
			continue
		}
		if d.At.After(end) {
			end = d.At
		}
		if d.Part == Second {
			c.Second = d.By // the head forgets who it was
		}
	}
	asked := slices.ContainsFunc(c.Messages, func(m Message) bool { return m.Round == round && m.Kind == Question && m.At.After(end) })
	open := slices.ContainsFunc(c.Lists, func(l Line) bool { _, done, _ := c.verdict(l.List); return !done })
	if asked || open {
		return c, &Error{Kind: NotFound, Text: "that round of the case ended without a decision", Remedy: "ask for the present round, or for one that was decided"}
	}
	c.Products = upTo(c.Products, end, func(x ProductRecord) time.Time { return x.At })
	c.Documents = upTo(c.Documents, end, func(x Document) time.Time { return x.At })
	c.Proposals = upTo(c.Proposals, end, func(x Proposal) time.Time { return x.At })
	c.Assessments = upTo(c.Assessments, end, func(x AssessmentRecord) time.Time { return x.At })
	c.Decisions = upTo(c.Decisions, end, func(x Decision) time.Time { return x.At })
	c.Messages = upTo(c.Messages, end, func(x Message) time.Time { return x.At })
	c.Reexaminations = upTo(c.Reexaminations, end, func(x Reexamination) time.Time { return x.At })
	c.Upheld = upTo(c.Upheld, end, func(x Upheld) time.Time { return x.At })
	return c, nil
}

func upTo[T any](all []T, end time.Time, at func(T) time.Time) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return at(x).After(end) })
}

func (c Case) lastDecision() (last time.Time) {
	for _, d := range c.Decisions {
		if d.Round == c.Round && d.At.After(last) {
			last = d.At
		}
	}
	return last
}

// correctUnlisted says "none" of the CCL for goods that the Munitions List
// describes: EAR99 is for goods that are subject to the EAR.
func (m *Memo) correctUnlisted() {
	munition := slices.ContainsFunc(m.Lists, func(l MemoList) bool { return l.ID == corpus.USUSML && len(l.Codes) > 0 })
	for i := range m.Lists {
		l := &m.Lists[i]
		if l.ID != corpus.USCCL || !munition {
			continue
		}
		if l.Stands != nil && l.Stands.NotListed {
			l.Answer, l.Stands.Said = "none", "none"
		}
	}
}

// editions returns the editions that the assessment and the decisions used.
func (s *memoSource) editions(m Memo) []MemoEdition {
	var found []MemoEdition
	use := func(list corpus.ListID, id string) *MemoEdition {
		if i := slices.IndexFunc(found, func(e MemoEdition) bool { return e.List == list && e.ID == id }); i >= 0 {
			return &found[i]
		}
		e := MemoEdition{List: list, ID: id}
		if o := s.outline(id); o != nil {
			e.AtHand, e.Meta = true, o.Meta()
		}
		found = append(found, e)
		return &found[len(found)-1]
	}
	for _, l := range m.Lists {
		for _, d := range l.Decisions {
			use(l.ID, d.Edition).Decided = true
		}
		if l.Outcome != nil && l.Outcome.Edition != "" {
			use(l.ID, l.Outcome.Edition).Assessed = true
		}
	}
	return found
}

func (s *memoSource) outline(id string) *corpus.Outline {
	if s.edition == nil || id == "digest" {
		return nil
	}
	return s.edition(id)
}

// alike returns the precedents of other cases, each with the lists on which it
// says otherwise than what stands here.
func (s *memoSource) alike(m Memo) []MemoPrecedent {
	var found []MemoPrecedent
	for _, p := range s.precedents {
		if p.Case == m.Case {
			continue
		}
		x := MemoPrecedent{Precedent: p}
		asked := false
		for _, l := range m.Lists {
			codes, ruled := p.Codes[l.ID]
			asked = asked || ruled
			if ruled && l.Stands != nil && !sameCodes(codes, l.Codes) {
				x.Against = append(x.Against, l.ID)
			}
		}
		if asked {
			found = append(found, x)
		}
	}
	return found
}

// recordSums returns the hashes of the records that the memo shows, in the
// order of Sorts.
func (s *memoSource) recordSums(c Case) []RecordSum {
	var sums []RecordSum
	add := func(sort Sort, at Stamp) {
		sums = append(sums, RecordSum{sort, at, s.sums[thing{sort, at.Seq}]})
	}
	for _, x := range c.Products {
		add(SortProduct, x.Stamp)
	}
	for _, x := range c.Documents {
		add(SortDocument, x.Stamp)
	}
	for _, x := range c.Proposals {
		add(SortProposal, x.Stamp)
	}
	for _, x := range c.Assessments {
		add(SortAssessment, x.Stamp)
	}
	for _, x := range c.Decisions {
		add(SortDecision, x.Stamp)
	}
	for _, x := range c.Messages {
		add(SortMessage, x.Stamp)
	}
	for _, x := range c.Reexaminations {
		add(SortReexamination, x.Stamp)
	}
	for _, x := range c.Upheld {
		add(SortUpheld, x.Stamp)
	}
	return sums
}
