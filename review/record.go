package review

import (
	"encoding/json"
	"fmt"
)

// newRecord returns v, whose embedded Stamp is left out of the body, as a record.
func newRecord(caseID string, sort Sort, stamp Stamp, v any) (Record, error) {
	data, err := encode(v)
	if err != nil {
		return Record{}, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return Record{}, err
	}
	for _, k := range []string{"seq", "at", "by"} {
		delete(fields, k)
	}
	body, err := Canonical(fields)
	return Record{Case: caseID, Sort: sort, Stamp: stamp, Body: body}, err
}

// assembled returns the case of head with its records.
func assembled(head Head, records []Record) (Case, error) {
	c := Case{Head: head, Products: []ProductRecord{}, Documents: []Document{}, Proposals: []Proposal{},
		Assessments: []AssessmentRecord{}, Decisions: []Decision{}, Messages: []Message{},
		Reexaminations: []Reexamination{}, Upheld: []Upheld{}}
	for _, r := range records {
		if err := c.take(r); err != nil {
			return c, Unreadable(fmt.Sprintf("%s %d of case %s", r.Sort, r.Seq, r.Case), err)
		}
	}
	return c, nil
}

func (c *Case) take(r Record) error {
	switch r.Sort {
	case SortProduct:
		return taken(&c.Products, r, func(v *ProductRecord) { v.Stamp = r.Stamp })
	case SortDocument:
		return taken(&c.Documents, r, func(v *Document) { v.Stamp = r.Stamp })
	case SortProposal:
		return taken(&c.Proposals, r, func(v *Proposal) { v.Stamp = r.Stamp })
	case SortAssessment:
		return taken(&c.Assessments, r, func(v *AssessmentRecord) { v.Stamp = r.Stamp })
	case SortDecision:
		return taken(&c.Decisions, r, func(v *Decision) { v.Stamp = r.Stamp })
	case SortMessage:
		return taken(&c.Messages, r, func(v *Message) { v.Stamp = r.Stamp })
	case SortReexamination:
		return taken(&c.Reexaminations, r, func(v *Reexamination) { v.Stamp = r.Stamp })
	case SortUpheld:
		return taken(&c.Upheld, r, func(v *Upheld) { v.Stamp = r.Stamp })
	}
	return fmt.Errorf("no record is a %q", r.Sort)
}

func taken[T any](all *[]T, r Record, stamp func(*T)) error {
	var v T
	if err := json.Unmarshal(r.Body, &v); err != nil {
		return err
	}
	stamp(&v)
	*all = append(*all, v)
	return nil
}
