package review

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"assay/corpus"
)

// Event is an act on a case, as its history tells it.
type Event struct {
	Seq   int64         `json:"seq"` // of the audit record
	At    time.Time     `json:"at"`
	By    string        `json:"by"` // "" where the reader must not know
	Act   Act           `json:"act"`
	State State         `json:"state"`           // of the case afterwards
	Round int           `json:"round,omitempty"` // of a decision
	List  corpus.ListID `json:"list,omitempty"`  // decided on
	To    string        `json:"to,omitempty"`    // the officer named
	Made  []Made        `json:"made,omitempty"`  // records
}

// Made names a record that an act made.
type Made struct {
	Sort Sort `json:"sort"`
	Seq  int  `json:"seq"`
}

// History returns what was done to the case id, oldest first, as actor may
// know it: an exporter learns neither who of the office did something nor how
// its work is shared out. What was decided is in no event.
func (s *Service) History(ctx context.Context, actor Actor, id string) (events []Event, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		c, err := load(ctx, r, id, actor)
		if err != nil {
			return err
		}
		all, err := eventsOf(ctx, r, id)
		if actor.Role == Exporter {
			all = c.told(all)
		}
		events = all
		return err
	})
	return events, err
}

func eventsOf(ctx context.Context, r Reader, id string) ([]Event, error) {
	all := []Event{}
	for f := (AuditFilter{Case: id, Limit: MaxPage}); ; {
		page, err := r.AuditPage(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, a := range page.Records {
			e, err := a.event()
			if err != nil {
				return nil, Unreadable(fmt.Sprintf("audit record %d", a.Seq), err)
			}
			all = append(all, e)
		}
		if f.From = page.Next; f.From == 0 {
			return all, nil
		}
	}
}

// event returns what the record of an act on a case says.
func (r AuditRecord) event() (Event, error) {
	var object struct {
		State    State
		Round    int
		List     corpus.ListID
		Assignee string
		Second   string
		Records  []Made
	}
	at, err := time.Parse(AuditTime, r.Time)
	if err == nil {
		err = json.Unmarshal(r.Object, &object)
	}
	e := Event{Seq: r.Seq, At: at, By: r.Actor, Act: r.Act, State: object.State, Round: object.Round, List: object.List, To: object.Assignee + object.Second, Made: object.Records}
	return e, err
}

// told returns what an exporter is told of the events of c.
func (c Case) told(all []Event) []Event {
	own, visible := c.ownSide(), []Event{}
	for _, e := range all {
		switch e.Act {
		case ActTake, ActAssign, ActAskSecond:
			continue
		case ActDecide, ActSecond, ActAdjudicate:
			if !e.State.Final() {
				continue
			}
		case ActComment:
			if slices.ContainsFunc(e.Made, func(m Made) bool { return m.Sort == SortMessage && c.internal(m.Seq) }) {
				continue
			}
		case ActReopen:
			e.Made = nil // the reason is the office's
		}
		if !own[e.By] {
			e.By = ""
		}
		e.To = ""
		visible = append(visible, e)
	}
	return visible
}

func (c Case) internal(message int) bool {
	return message > len(c.Messages) || c.Messages[message-1].Internal
}

// ownSide returns who is known to have acted for the exporter.
func (c Case) ownSide() map[string]bool {
	own := map[string]bool{c.CreatedBy: true}
	for _, p := range c.Products {
		own[p.By] = true
	}
	for _, p := range c.Proposals {
		own[p.By] = true
	}
	for _, d := range c.Documents {
		own[d.By] = true
	}
	for _, m := range c.Messages {
		if m.Kind == Reply {
			own[m.By] = true
		}
	}
	return own
}

// Requests returns the requests of the present round that wait for an answer.
// Nothing is waited for before a review and after it.
func (c Case) Requests() []Message {
	var waiting []Message
	if !c.underReview() {
		return nil
	}
	for _, m := range c.Messages {
		answered := slices.ContainsFunc(c.Messages, func(r Message) bool { return r.Kind == Reply && r.To == m.Seq })
		if m.Kind == Question && m.Round == c.Round && !answered {
			waiting = append(waiting, m)
		}
	}
	return waiting
}

// AuditLog returns the part of the audit log that f asks for.
func (s *Service) AuditLog(ctx context.Context, actor Actor, f AuditFilter) (page AuditPage, err error) {
	if err := mayAudit(actor); err != nil {
		return AuditPage{}, err
	}
	if f.From < 0 {
		return AuditPage{}, invalidIn("from", "take it from the page before", "a page starts behind number %d", f.From)
	}
	err = s.store.Read(ctx, func(r Reader) error {
		page, err = r.AuditPage(ctx, f)
		return err
	})
	for i, a := range page.Records {
		page.Records[i] = a.printable()
	}
	return page, err
}
