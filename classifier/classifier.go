package classifier

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/classifier/reading"
	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/digest"
)

// Searcher proposes candidates. retrieval.Index is one; a database may be another.
type Searcher interface {
	Search(ctx context.Context, q retrieval.Query, lists []corpus.ListID, limit int) (retrieval.Result, error)
}

// Config is what a Classifier is made of. Only Digest and Searcher are needed.
type Config struct {
	Digest   *digest.Digest
	Searcher Searcher
	Model    string            // name of the embedder, "" for none
	Editions []*corpus.Outline // imported editions to cite, at most one per list
	// Unlisted is the fused score, 0 to about 1.6, that an entry must reach to be
	// more likely than "on no entry". 0 means the default; negative turns "on no
	// entry" off, which only makes sense for measuring plain retrieval.
	Unlisted float64
	Now      func() time.Time // clock for ElapsedMS; default time.Now
	// Precedents, when it is not nil, lets decided cases weigh in: a declared
	// feature, which every assessment says was on. The default is off.
	Precedents Precedents
}

// Classifier makes assessments. It is safe for concurrent use.
type Classifier struct {
	searcher Searcher
	model    string
	corpus   string
	editions map[corpus.ListID]*corpus.Outline
	lists    []corpus.ListID // that the digest or an edition covers
	unlisted float64
	now      func() time.Time

	precedents Precedents
}

// New returns a Classifier of cfg.
func New(cfg Config) (*Classifier, error) {
	if cfg.Digest == nil || cfg.Searcher == nil {
		return nil, fmt.Errorf("classifier: a digest and a searcher are needed")
	}
	c := &Classifier{searcher: cfg.Searcher, model: cfg.Model, now: cfg.Now, precedents: cfg.Precedents, editions: map[corpus.ListID]*corpus.Outline{}}
	if c.model == "" {
		c.model = "lexical"
	}
	if c.unlisted = cfg.Unlisted; c.unlisted == 0 {
		c.unlisted = unlistedThreshold
	}
	if c.now == nil {
		c.now = time.Now
	}
	covered := map[corpus.ListID]bool{}
	for i := range cfg.Digest.Cards {
		for l := range cfg.Digest.Cards[i].Lists {
			covered[l] = true
		}
	}
	versions := []string{"digest " + cfg.Digest.Hash[:min(12, len(cfg.Digest.Hash))]}
	for _, o := range cfg.Editions {
		meta := o.Meta()
		if c.editions[meta.List] != nil {
			return nil, fmt.Errorf("classifier: two editions of %s; give one", meta.List)
		}
		c.editions[meta.List] = o
		covered[meta.List] = true
		versions = append(versions, meta.ID())
	}
	slices.Sort(versions[1:])
	c.corpus = strings.Join(versions, "; ")
	for _, l := range corpus.Lists() {
		if covered[l.ID] {
			c.lists = append(c.lists, l.ID)
			delete(covered, l.ID)
		}
	}
	c.lists = append(c.lists, slices.Sorted(maps.Keys(covered))...)
	return c, nil
}

// Lists returns the lists that can be asked for, in a fixed order.
func (c *Classifier) Lists() []corpus.ListID { return slices.Clone(c.lists) }

// DefaultLists are assessed when none is asked for: those of the list keepers
// whose law binds an exporter. Wassenaar is a source of these, not a law.
func (c *Classifier) DefaultLists() []corpus.ListID {
	return slices.DeleteFunc(c.Lists(), func(l corpus.ListID) bool { return l == corpus.Wassenaar })
}

// Model names the embedder in use, or "lexical".
func (c *Classifier) Model() string { return c.model }

// Corpus names digest and editions in use, with their versions.
func (c *Classifier) Corpus() string { return c.corpus }

// candidates is how many cards and how many passages of each edition are
// weighed: enough that a paragraph is not lost among its siblings.
const candidates = 120

// Classify assesses p on the given lists, or on DefaultLists when lists is
// empty. It returns an *InputError for a product or list that cannot be assessed.
func (c *Classifier) Classify(ctx context.Context, p Product, lists []corpus.ListID) (Assessment, error) {
	a, _, err := c.classify(ctx, p, lists, c.precedents)
	return a, err
}

// Near is an official passage that lies near a product's words.
type Near struct {
	List  corpus.ListID
	ID    string // of the passage
	Code  string
	Score float64 // fused, as in retrieval
}

// nearest is how many passages of each list ClassifyNear names.
const nearest = 10

// ClassifyNear is Classify, and also names the passages of each list's edition
// that retrieval found nearest to p, best first: they are evidence of what the
// list says near such goods, also where no suggestion comes of it. Precedents take no part in it: it is
// for examining decided cases anew, and these must not be swayed by their own decision.
func (c *Classifier) ClassifyNear(ctx context.Context, p Product, lists []corpus.ListID) (Assessment, []Near, error) {
	return c.classify(ctx, p, lists, nil)
}

func (c *Classifier) classify(ctx context.Context, p Product, lists []corpus.ListID, precedents Precedents) (Assessment, []Near, error) {
	start := c.now()
	if err := p.Validate(); err != nil {
		return Assessment{}, nil, err
	}
	if len(lists) == 0 {
		lists = c.DefaultLists()
	}
	for _, l := range lists {
		if !slices.Contains(c.lists, l) {
			return Assessment{}, nil, &InputError{"list", fmt.Sprintf("%q is not known here; known are %s, and any list you import", l, join(c.lists))}
		}
	}
	body, segments := p.body()
	result, err := c.searcher.Search(ctx, retrieval.Query{Name: p.Name, Text: body}, lists, candidates)
	if err != nil {
		return Assessment{}, nil, err
	}
	a := Assessment{ID: p.ID, Name: p.Name, Outcomes: []Outcome{}, Suggestions: []Suggestion{}, Questions: []Question{},
		Screening: notScreened(), Language: reading.Language(result.Text), Model: c.model, Corpus: c.corpus}
	foreign := a.Language
	if foreign == "en" {
		foreign = ""
	}
	var decided []Precedent
	if precedents != nil {
		if decided, err = precedents.Like(ctx, p, lists); err != nil {
			return Assessment{}, nil, fmt.Errorf("looking for decided cases like the product: %w", err)
		}
		a.Features = append(a.Features, FeaturePrecedents)
	}
	explain := explainer{classifier: c, product: p, text: result.Text, segments: segments}
	for _, l := range lists {
		w := weigh(l, result, c.unlisted, foreign, decided)
		a.Outcomes = append(a.Outcomes, explain.outcome(l, w))
		a.Suggestions = append(a.Suggestions, explain.suggestions(l, w)...)
		a.Questions = append(a.Questions, explain.questions(l, w)...)
	}
	a.ElapsedMS = float64(c.now().Sub(start).Microseconds()) / 1000
	return a, near(result, lists), nil
}

func near(result retrieval.Result, lists []corpus.ListID) []Near {
	var found []Near
	for _, l := range lists {
		n := 0
		for _, h := range result.Passages {
			if h.Edition.List == l && n < nearest {
				found = append(found, Near{List: l, ID: h.Passage.ID, Code: h.Code, Score: h.Score})
				n++
			}
		}
	}
	return found
}

func join(lists []corpus.ListID) string {
	s := make([]string, len(lists))
	for i, l := range lists {
		s[i] = string(l)
	}
	return strings.Join(s, ", ")
}
