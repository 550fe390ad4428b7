package review

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"assay/classifier"
	"assay/corpus"
)

// Assessor says what the machine thinks of a product on lists, or on those it
// holds for usual when lists is empty. The service calls it outside of any
// transaction, and again when the product was described anew meanwhile.
type Assessor func(ctx context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, error)

// Opening is a case that is begun, and brought on its way, in one request.
type Opening struct {
	NewCase
	// Documents are kept with the case. When nothing is said of the product,
	// the first tells what it is.
	Documents []Upload   `json:"documents,omitempty"`
	Proposals []Proposal `json:"proposals,omitempty"`
	Submit    bool       `json:"submit,omitempty"` // hand it to the office
}

// Open makes a draft, keeps its documents, has it assessed, records proposals
// and submits it, as far as o asks for it: all in one transaction, under one
// idempotency key, with an audit record for each act. Without lists the case
// asks about those that assess answers for.
func (s *Service) Open(ctx context.Context, r Request, o Opening, assess Assessor) (Case, error) {
	for i := range o.Documents {
		o.Documents[i].Sum = sum(o.Documents[i].Data)
	}
	asked := o // what the key stands for, before it is filled in
	done, found, err := s.ahead(ctx, r, ActCreate, "", asked, nil)
	if err != nil || found {
		return done, err
	}
	if len(o.Documents) > MaxDocuments {
		return Case{}, invalidIn("documents", "put several into one file", "%d documents are too many; at most %d", len(o.Documents), MaxDocuments)
	}
	var attach []step
	for i := range o.Documents {
		u := &o.Documents[i]
		reading, err := s.read(ctx, u)
		if err != nil {
			return Case{}, err
		}
		if i == 0 && silent(o.Product) {
			said := s.productOf(reading.Text, reading.Name)
			o.Product.Name, o.Product.Description = said.Name, said.Description
		}
		attach = append(attach, attaching(*u, reading))
	}
	if err := validProduct(o.Product); err != nil {
		return Case{}, err
	}
	a, err := assess(ctx, o.Product, o.Lists)
	if err != nil {
		return Case{}, err
	}
	if len(o.Lists) == 0 {
		for _, outcome := range a.Outcomes {
			o.Lists = append(o.Lists, outcome.List)
		}
	}
	steps := append([]step{{ActCreate, o.create}}, attach...)
	steps = append(steps, step{ActAssess, func(c *change) error { return c.assess(a) }})
	for i, p := range o.Proposals {
		steps = append(steps, step{ActPropose, func(c *change) error {
			err := p.propose(c)
			var e *Error
			if errors.As(err, &e) && e.Field != "" {
				named := *e
				named.Field = fmt.Sprintf("proposals.%d.%s", i, e.Field)
				return &named
			}
			return err
		}})
	}
	if o.Submit {
		steps = append(steps, step{ActSubmit, (*change).submit})
	}
	return s.perform(ctx, r, ActCreate, "", asked, steps...)
}

// silent reports whether nothing is said of p.
func silent(p classifier.Product) bool {
	return strings.TrimSpace(p.Name+p.Description) == "" && len(p.Attributes) == 0
}

// AssessWith has assess look at the newest product, and records what it says.
func (s *Service) AssessWith(ctx context.Context, r Request, id string, assess Assessor) (Case, error) {
	return s.examined(ctx, r, ActAssess, id, assess, true)
}

// SubmitWith submits the case; when its newest product has no assessment, that
// comes first, in the same transaction.
func (s *Service) SubmitWith(ctx context.Context, r Request, id string, assess Assessor) (Case, error) {
	return s.examined(ctx, r, ActSubmit, id, assess, false, step{ActSubmit, (*change).submit})
}

// errRevised says that the product which was assessed is no longer the newest.
var errRevised = &Error{Kind: Conflict, Text: "the product was described anew again and again while it was assessed", Remedy: "try again when its description stands"}

// examined has the newest product of the case id assessed, always or when it
// has no assessment yet, and does the steps behind that.
func (s *Service) examined(ctx context.Context, r Request, act Act, id string, assess Assessor, always bool, then ...step) (Case, error) {
	for range 5 {
		var now Case
		done, found, err := s.ahead(ctx, r, act, id, nil, func(c Case) error { now = c; return nil })
		if err != nil || found {
			return done, err
		}
		steps := then
		if always || !now.assessed() {
			lists := make([]corpus.ListID, len(now.Lists))
			for i, l := range now.Lists {
				lists[i] = l.List
			}
			product := now.Products[len(now.Products)-1]
			a, err := assess(ctx, product.Product, lists)
			if err != nil {
				return Case{}, err
			}
			steps = append([]step{{ActAssess, func(c *change) error {
				if len(c.Products) != product.Seq {
					return errRevised
				}
				return c.assess(a)
			}}}, then...)
		}
		done, err = s.perform(ctx, r, act, id, nil, steps...)
		if !errors.Is(err, errRevised) {
			return done, err
		}
	}
	return Case{}, errRevised
}

// ahead holds a request against the rules before the work that it asks for
// outside of the store: it returns the case of one that was done already, and
// whether it was. look sees the case, whole, that act is about to be done to;
// for a new case it is not called.
func (s *Service) ahead(ctx context.Context, r Request, act Act, id string, content any, look func(Case) error) (done Case, found bool, err error) {
	if err := r.valid(); err != nil {
		return Case{}, false, err
	}
	fingerprint, err := fingerprint(act, id, content)
	if err != nil {
		return Case{}, false, err
	}
	err = s.store.Read(ctx, func(store Reader) error {
		if done, found, err = replayed(ctx, store, r, fingerprint); err != nil || found {
			return err
		}
		if id == "" {
			_, err := allowed(Head{State: Draft, Organisation: r.Actor.Organisation}, act, r.Actor, 0)
			return err
		}
		c, err := load(ctx, store, id, r.Actor)
		if err != nil {
			return err
		}
		if _, err := allowed(c.Head, act, r.Actor, r.Version); err != nil {
			return err
		}
		return look(c)
	})
	if err != nil || !found {
		return Case{}, false, err
	}
	return done.seenBy(r.Actor), true, nil
}
