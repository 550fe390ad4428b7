package review

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
)

// AlikeOptions narrow what is looked for. The zero value asks for the ten
// nearest on any list.
type AlikeOptions struct {
	Lists []corpus.ListID // only what was decided for one of these; none: for any
	// Limit is how many precedents are wanted; 0 means 10, at most MaxAlike.
	Limit int
	// Standing leaves out superseded ones, which are else shown and marked.
	Standing bool
	// Plain leaves out the differing facts.
	Plain bool

	without string // a case whose own precedents are left out
}

// MaxAlike is the most precedents that are told at once.
const MaxAlike = 50

func (o AlikeOptions) limit() int {
	if o.Limit <= 0 {
		return 10
	}
	return min(o.Limit, MaxAlike)
}

// Likes are the decided cases that are like a product.
type Likes struct {
	// Model is what compared meanings; "" when only equal words were looked for.
	Model string  `json:"model"`
	Floor float64 `json:"floor"` // similarity from which on a precedent is like it
	// Notes say in whole sentences what this answer does not know.
	Notes []string `json:"notes"`
	// Lists sum up, in the order asked or that of corpus.Lists, what the
	// standing ones among Precedents came to.
	Lists []ListLikes `json:"lists"`
	// Precedents are the like ones, nearest first.
	Precedents []Like `json:"precedents"`
}

// ListLikes is what the like precedents came to on one list.
type ListLikes struct {
	List       corpus.ListID `json:"list"`
	Summary    string        `json:"summary"` // "3 × 3A991.a.2, 1 × 3A001"
	Answers    []Tally       `json:"answers"` // the commonest first
	Superseded int           `json:"superseded"`
}

// Tally counts the standing precedents that gave one answer.
type Tally struct {
	Answer     string   `json:"answer"` // "3A001.a.1 + 5A002", EAR99, none
	Codes      []string `json:"codes"`  // empty for "on no entry"
	Count      int      `json:"count"`
	Similarity float64  `json:"similarity"` // of the nearest of them
}

// Like is a precedent with what ties it to the product and sets it apart.
type Like struct {
	Precedent
	Similarity  float64      `json:"similarity"` // cosine, 1 for equal words
	SameWords   bool         `json:"same_words"`
	Differences []Difference `json:"differences"`
	More        int          `json:"more_differences,omitempty"` // beyond those told
}

// Alike returns the decided cases that are like a product. People of the office
// see all of them; an exporter sees those of the own organisation, which are
// cases that it may see anyway.
func (s *Service) Alike(ctx context.Context, actor Actor, p classifier.Product, o AlikeOptions) (Likes, error) {
	if err := validProduct(p); err != nil {
		return Likes{}, err
	}
	organisation, err := precedentsSeen(actor)
	if err != nil {
		return Likes{}, err
	}
	likes := Likes{Notes: []string{}, Lists: []ListLikes{}, Precedents: []Like{}, Floor: s.floors.Like}
	text := Text(p)
	q := NearQuery{Lists: o.Lists, Standing: o.Standing, Organisation: organisation, Without: o.without, Least: s.floors.Like, Limit: o.limit()}
	if q.Vector, q.Model, err = s.vector(ctx, text); err != nil {
		return Likes{}, err
	}
	likes.Model = q.Model.Name
	var found []Near
	err = s.store.Read(ctx, func(r Reader) error {
		found, err = s.near(ctx, r, p, q)
		return err
	})
	if err != nil {
		return Likes{}, err
	}
	for _, n := range found {
		like := Like{Precedent: n.Precedent, Similarity: round(n.Similarity), SameWords: n.Fingerprint == Fingerprint(p), Differences: []Difference{}}
		if !o.Plain {
			if different, more := Differences(text, n.Text, s.rarity); len(different) > 0 {
				like.Differences, like.More = different, more
			}
		}
		likes.Precedents = append(likes.Precedents, like)
	}
	likes.sumUp(o.Lists)
	likes.explain(s, q, actor)
	return likes, nil
}

// AlikeCase returns the decided cases that are like the product of the case id
// as it is now described. The case's own earlier rounds are its history and
// are left out.
func (s *Service) AlikeCase(ctx context.Context, actor Actor, id string, o AlikeOptions) (Likes, error) {
	c, err := s.Get(ctx, actor, id)
	if err != nil {
		return Likes{}, err
	}
	o.without = id
	return s.Alike(ctx, actor, newest(c), o)
}

// precedentsSeen returns the organisation whose precedents alone actor may
// see, "" for all.
func precedentsSeen(actor Actor) (organisation string, err error) {
	switch {
	case actor.ID != "" && slices.Contains([]Role{Officer, Evaluator, Admin}, actor.Role):
		return "", nil
	case actor.ID != "" && actor.Role == Exporter && actor.Organisation != "":
		return actor.Organisation, nil
	}
	return "", forbidden("%s may not see precedents", roleName(actor))
}

// near returns the precedents that q asks for, those in the very words of p
// first: they are found without a vector too, and two that say the same
// need not have been embedded by one model.
func (s *Service) near(ctx context.Context, r Reader, p classifier.Product, q NearQuery) ([]Near, error) {
	same, err := r.Precedents(ctx, PrecedentFilter{Fingerprint: Fingerprint(p), Current: q.Standing, Organisation: q.Organisation, Limit: q.Limit})
	if err != nil {
		return nil, err
	}
	var found []Near
	for _, one := range same {
		if one.Case != q.Without && one.rules(q.Lists) {
			found = append(found, Near{one, 1})
		}
	}
	if q.Vector != nil {
		nearest, err := r.Nearest(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, n := range nearest {
			if !slices.ContainsFunc(found, func(have Near) bool { return have.ID == n.ID }) {
				found = append(found, n)
			}
		}
	}
	return found[:min(len(found), q.Limit)], nil
}

// rules reports whether p answers for one of lists, or for any when there is none.
func (p Precedent) rules(lists []corpus.ListID) bool {
	return len(lists) == 0 || slices.ContainsFunc(lists, func(l corpus.ListID) bool { _, ok := p.Codes[l]; return ok })
}

// sumUp counts what the precedents came to.
func (l *Likes) sumUp(lists []corpus.ListID) {
	if len(lists) == 0 {
		for _, known := range corpus.Lists() {
			lists = append(lists, known.ID)
		}
		for _, p := range l.Precedents {
			for list := range p.Codes {
				if !slices.Contains(lists, list) {
					lists = append(lists, list)
				}
			}
		}
		slices.Sort(lists[len(corpus.Lists()):])
	}
	for _, list := range lists {
		one := ListLikes{List: list, Answers: []Tally{}}
		ruled := false
		for _, p := range l.Precedents {
			codes, ok := p.Codes[list]
			if !ok {
				continue
			}
			ruled = true
			if p.Superseded {
				one.Superseded++
				continue
			}
			at := slices.IndexFunc(one.Answers, func(t Tally) bool { return sameCodes(t.Codes, codes) })
			if at < 0 {
				at = len(one.Answers)
				one.Answers = append(one.Answers, Tally{Answer: answer(list, codes), Codes: append([]string{}, codes...)})
			}
			one.Answers[at].Count++
			one.Answers[at].Similarity = max(one.Answers[at].Similarity, p.Similarity)
		}
		if !ruled {
			continue
		}
		slices.SortStableFunc(one.Answers, func(a, b Tally) int { return cmp.Compare(b.Count, a.Count) })
		parts := make([]string, len(one.Answers))
		for i, t := range one.Answers {
			parts[i] = fmt.Sprintf("%d × %s", t.Count, t.Answer)
		}
		one.Summary = strings.Join(parts, ", ")
		l.Lists = append(l.Lists, one)
	}
}

// explain notes what the answer does not know.
func (l *Likes) explain(s *Service, q NearQuery, actor Actor) {
	note := func(format string, args ...any) { l.Notes = append(l.Notes, fmt.Sprintf(format, args...)) }
	if q.Vector == nil {
		l.Floor = 1
		note("No model compares meanings here: only precedents in the very words of the product are found.")
	} else if _, measured := FloorsOf(q.Model.Name); !measured && !s.ownFloors {
		note("From which similarity on products are alike was not measured for the model %s; %.2f is a guess.", q.Model.Name, l.Floor)
	}
	if waiting := s.waiting.Load(); waiting > 0 && q.Vector != nil && actor.Role != Exporter {
		note("Precedents without a vector by %[2]s yet: %[1]d. They are found by equal words only; assay case precedents --reindex makes the vectors.", waiting, q.Model.Name)
	}
	if len(l.Precedents) == q.Limit {
		note("The %d nearest are told; there may be more.", q.Limit)
	}
}

// answer returns codes as people write them.
func answer(list corpus.ListID, codes []string) string {
	return Decision{List: list, Codes: codes, NotListed: len(codes) == 0}.Answer()
}

// round keeps what is shown of a similarity: stores differ in later digits.
func round(similarity float64) float64 {
	const digits = 1000
	return float64(int(similarity*digits+0.5)) / digits
}
