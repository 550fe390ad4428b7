package review

import (
	"context"
	"slices"
)

// VectorSet is how many precedents have a vector by one model.
type VectorSet struct {
	VectorModel
	Count int `json:"count"`
	// InUse marks the model that this program compares with.
	InUse bool `json:"in_use"`
}

// Vectors says how many precedents there are and how many have a vector, by
// model. It is for people of the office.
func (s *Service) Vectors(ctx context.Context, actor Actor) (precedents int, sets []VectorSet, err error) {
	if organisation, err := precedentsSeen(actor); err != nil || organisation != "" {
		return 0, nil, forbidden("%s may not see how precedents are stored", roleName(actor))
	}
	var use VectorModel
	if s.embedder != nil {
		if use, err = s.model(ctx); err != nil {
			return 0, nil, err
		}
	}
	err = s.store.Read(ctx, func(r Reader) error {
		precedents, sets, err = r.VectorSets(ctx)
		return err
	})
	for i := range sets {
		sets[i].InUse = sets[i].VectorModel == use
	}
	if use.Dim != 0 && !slices.ContainsFunc(sets, func(v VectorSet) bool { return v.InUse }) {
		sets = append(sets, VectorSet{VectorModel: use, InUse: true})
	}
	return precedents, sets, err
}

// reindexStep is how many texts are embedded before their vectors are stored.
const reindexStep = 64

// Reindex makes the vectors that precedents lack by the model in use, at most
// most of them (0: all), and returns how many it made and how many are left.
// told, which may be nil, hears of both as it goes on. What was made is kept
// when it is interrupted, and two programs may do it at once. It changes nothing that
// anybody decided, so it asks for no actor and leaves no audit record.
func (s *Service) Reindex(ctx context.Context, most int, told func(made, left int)) (made, left int, err error) {
	if s.embedder == nil {
		return 0, 0, invalid("choose a model with --model", "no model is in use that makes vectors")
	}
	model, err := s.model(ctx)
	if err != nil {
		return 0, 0, err
	}
	if left, err = s.unembedded(ctx, model); err != nil {
		return 0, 0, err
	}
	defer func() { s.waiting.Store(int64(left)) }()
	var last Precedent // of those seen: the search goes on behind it
	for {
		if told != nil {
			told(made, left)
		}
		step := reindexStep
		if most > 0 {
			step = min(step, most-made)
		}
		var some []Precedent
		if step > 0 && left > 0 {
			err = s.store.Read(ctx, func(r Reader) (err error) {
				some, err = r.WithoutVector(ctx, model, last, step)
				return err
			})
		}
		if err != nil || len(some) == 0 {
			return made, left, err
		}
		last = some[len(some)-1]
		texts := make([]string, len(some))
		for i, p := range some {
			texts[i] = p.Text
		}
		vectors, err := s.embed(ctx, texts)
		if err != nil {
			return made, left, err
		}
		err = s.store.Write(ctx, func(w Writer) error {
			for i, p := range some {
				if err := w.AddVector(ctx, PrecedentVector{Case: p.Case, Round: p.Round, Model: model, Vector: vectors[i]}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return made, left, err
		}
		made, left = made+len(some), max(0, left-len(some))
	}
}

// unembedded counts the precedents that have no vector by model.
func (s *Service) unembedded(ctx context.Context, model VectorModel) (n int, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		precedents, sets, err := r.VectorSets(ctx)
		n = precedents
		for _, v := range sets {
			if v.VectorModel == model {
				n -= v.Count
			}
		}
		return err
	})
	return max(0, n), err
}

// DropVectors deletes the vectors that a model made, which is for an admin to
// clear away what a model that is out of use has left. They can be made again.
func (s *Service) DropVectors(ctx context.Context, actor Actor, model string) (dropped int, err error) {
	if actor.ID == "" || actor.Role != Admin {
		return 0, forbidden("%s may not do this; it is for admin", roleName(actor))
	}
	if s.embedder != nil && model == s.embedder.Name() {
		return 0, conflict("choose another model for this program first, with --model", "the vectors of %s are in use", model)
	}
	err = s.store.Write(ctx, func(w Writer) error {
		dropped, err = w.DropVectors(ctx, model)
		return err
	})
	if err == nil && dropped == 0 {
		return 0, &Error{Kind: NotFound, Text: "there are no vectors by " + model, Remedy: "assay case precedents names the models"}
	}
	return dropped, err
}
