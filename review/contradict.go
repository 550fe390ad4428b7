package review

import (
	"context"
	"time"

	"assay/corpus"
)

// Contradiction is a precedent that stands and answers otherwise than a
// decision would, for a product in the same words or one that is very like it.
type Contradiction struct {
	Like
	List   corpus.ListID `json:"list"`
	Answer string        `json:"answer"` // what was decided then
}

// LikeRef names a precedent and how like it is.
type LikeRef struct {
	ID         string  `json:"id"`
	Similarity float64 `json:"similarity"`
}

// Contradictions returns the precedents that ruling would contradict on the
// case id; of ruling, list and codes are looked at. It changes nothing: it is
// for asking before one decides.
func (s *Service) Contradictions(ctx context.Context, actor Actor, id string, ruling Ruling) ([]Contradiction, error) {
	organisation, err := precedentsSeen(actor)
	if err != nil {
		return nil, err
	}
	c, err := s.Get(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	if ruling.Codes, ruling.NotListed, err = codes(ruling.List, ruling.Codes, ruling.NotListed); err != nil {
		return nil, err
	}
	look, err := s.lookFor(ctx, c, ruling.List, organisation)
	if err != nil {
		return nil, err
	}
	text, against := Text(newest(c)), []Contradiction{}
	for _, n := range look.contradict(ruling.List, ruling.Codes) {
		like := Like{Precedent: n.Precedent, Similarity: round(n.Similarity), SameWords: n.Fingerprint == look.fingerprint}
		like.Differences, like.More = Differences(text, n.Text, s.rarity)
		if like.Differences == nil {
			like.Differences = []Difference{}
		}
		against = append(against, Contradiction{like, ruling.List, answer(ruling.List, n.Codes[ruling.List])})
	}
	return against, nil
}

// look is what is known of precedents before a decision is made. It is
// gathered outside of the transaction that decides: a model computes, and a store that
// is written to must not wait for it.
type look struct {
	fingerprint string
	text        string
	vector      []float32 // nil when there is no model, or it did not answer
	model       VectorModel
	near        []Near // standing precedents that a decision might contradict
}

// mostContradicted is how many precedents a decision is held against.
const mostContradicted = 20

// lookFor finds the standing precedents of other cases that are very like the
// product of c and answer for list.
func (s *Service) lookFor(ctx context.Context, c Case, list corpus.ListID, organisation string) (l look, err error) {
	p := newest(c)
	l = look{fingerprint: Fingerprint(p), text: Text(p)}
	if l.vector, l.model, err = s.vector(ctx, l.text); err != nil {
		return l, err
	}
	err = s.store.Read(ctx, func(r Reader) error {
		l.near, err = s.near(ctx, r, p, NearQuery{Model: l.model, Vector: l.vector, Lists: []corpus.ListID{list}, Standing: true,
			Organisation: organisation, Without: c.ID, Least: s.floors.Contradict, Limit: mostContradicted})
		return err
	})
	return l, err
}

// contradict returns those of the near precedents that answer otherwise than codes for list.
func (l look) contradict(list corpus.ListID, codes []string) (against []Near) {
	for _, n := range l.near {
		if !sameCodes(n.Codes[list], codes) {
			against = append(against, n)
		}
	}
	return against
}

// likenessPatience is how long a decision waits for the model. A person has
// decided; that must not fail because a model is away.
const likenessPatience = 5 * time.Second

// before gathers what Decide wants to know of precedents. Whatever goes wrong
// is logged and leaves the decision to be held against equal words only, which the
// decision then says.
func (s *Service) before(ctx context.Context, actor Actor, id string, list corpus.ListID) look {
	if s.embedder == nil {
		return look{}
	}
	c, err := s.Get(ctx, actor, id)
	if err != nil || len(c.Products) == 0 {
		return look{} // the act itself says what is wrong
	}
	patience, cancel := context.WithTimeout(ctx, likenessPatience)
	defer cancel()
	l, err := s.lookFor(patience, c, list, "")
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("a decision was not held against like precedents", "case", id, "error", err)
		}
		return look{}
	}
	return l
}

// note writes into d what l says against it, other than what is known by equal words.
func (l look) note(d *Decision) {
	if l.vector == nil {
		return
	}
	d.LikenessModel = l.model.Name
	for _, n := range l.contradict(d.List, d.Codes) {
		if n.Fingerprint != l.fingerprint {
			d.ContradictsLike = append(d.ContradictsLike, LikeRef{n.ID, round(n.Similarity)})
		}
	}
}
