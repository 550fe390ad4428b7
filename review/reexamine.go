package review

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"assay/classifier"
	"assay/corpus"
	"assay/corpus/shelf"
)

// Reassessor is what re-examining needs of a classifier that cites the newer
// edition; *classifier.Classifier is one. It is called outside of the store.
type Reassessor interface {
	// ClassifyNear assesses p on lists, and names the official passages nearest
	// to it, best first.
	ClassifyNear(ctx context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, []classifier.Near, error)
}

// NewEdition is an edition of a list, with what is needed to hold decided cases
// against it. Replaced and From may be left out.
type NewEdition struct {
	Edition    *corpus.Edition
	Reassessor Reassessor
	// Load returns the text of an edition that was decided on. One that is no
	// longer stored is shelf.ErrNotFound.
	Load func(ctx context.Context, id string) (*corpus.Edition, error)
	// Replaced is the text that stood under the same name until now, if any:
	// then cases decided on that are held against the edition too.
	Replaced *corpus.Edition
	From     string // only cases last held against this edition, or "digest"
	Workers  int    // cases at once; 0 means one for each processor
	// Progress, when it is set, is told how far it is.
	Progress func(done, total int)
}

// Turnout says what re-examining came to.
type Turnout struct {
	List        corpus.ListID `json:"list"`
	To          string        `json:"to"`
	Decided     int           `json:"decided"`      // cases with a decision on the list that stands
	Older       int           `json:"older"`        // of these, on an older edition or on the digest
	Touched     int           `json:"touched"`      // of these, with a change that bears on them
	CouldChange int           `json:"could_change"` // of these, marked for attention
	Before      int           `json:"before"`       // of the touched ones, re-examined in an earlier run
	Failed      int           `json:"failed"`
	// Unstored are editions decided on that could not be loaded. Of cases
	// decided on them, or on the digest, only the machine's answer is compared.
	Unstored []string `json:"unstored,omitempty"`
	// General are changes to notes to groups, categories and the whole list,
	// between the edition before and this one. They bear on everything, and so
	// are no reason to queue any one case: somebody has to read them.
	General []ListChange `json:"general,omitempty"`
}

// Reexamine finds the decided cases that n touches, "not listed" ones
// included, assesses these anew, and records for each what changed and whether
// its outcome could be another. Each case is a transaction of its own, and
// done once: after an interruption, or beside another run, the same call does
// what is left. Cases that fail are counted and in the error; the others are done.
func (s *Service) Reexamine(ctx context.Context, r Request, n NewEdition) (Turnout, error) {
	t := Turnout{List: n.Edition.List, To: n.Edition.ID()}
	if !slices.Contains(officers, r.Actor.Role) {
		return t, forbidden("%s may not re-examine cases; it is for %s", roleName(r.Actor), joined(officers))
	}
	if r.ID == "" {
		r.ID = s.newID() // one for all the acts of this run
	}
	ids, err := s.decidedCases(ctx, n.Edition.List)
	if err != nil {
		return t, err
	}
	run := &reexamining{Service: s, request: r, NewEdition: n, after: corpus.NewOutline(n.Edition), texts: map[string]*text{}, turnout: t}
	if n.Progress == nil {
		run.Progress = func(int, int) {}
	}
	run.turnout.Decided = len(ids)
	err = run.all(ctx, ids)
	slices.Sort(run.turnout.Unstored)
	return run.turnout, err
}

// decidedCases returns the ids of the decided cases that ask about list.
func (s *Service) decidedCases(ctx context.Context, list corpus.ListID) (ids []string, err error) {
	f := Filter{States: decided, List: list, Limit: MaxPage}
	for {
		var page Page
		// A page at a time: a reader must not hold one state of the store for minutes.
		if err := s.store.Read(ctx, func(r Reader) error { page, err = r.Queue(ctx, f); return err }); err != nil {
			return nil, err
		}
		for _, h := range page.Cases {
			ids = append(ids, h.ID)
		}
		if f.From = page.Next; f.From == 0 {
			return ids, nil
		}
	}
}

// reexamining is one run over the decided cases of a list.
type reexamining struct {
	*Service
	NewEdition
	request Request
	after   *corpus.Outline

	mu      sync.Mutex
	turnout Turnout
	done    int
	errs    []error
	texts   map[string]*text // by the edition decided on
}

// text is an edition decided on, compared with the newer one when first asked for.
type text struct {
	once     sync.Once
	sum      string
	compared *corpus.Comparison
	fresh    bool // the newer edition has paragraphs or figures that it has not
	err      error
}

// maxErrors is how many failures of single cases are told in full.
const maxErrors = 10

func (run *reexamining) all(ctx context.Context, ids []string) error {
	workers := run.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	next := make(chan string)
	var all sync.WaitGroup
	for range min(workers, len(ids)) {
		all.Go(func() {
			for id := range next {
				run.count(id, len(ids), run.one(ctx, id))
			}
		})
	}
feed:
	for _, id := range ids {
		select {
		case next <- id:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	all.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	if run.turnout.Failed > 0 {
		return fmt.Errorf("%d of %d cases could not be re-examined; do it again once that is mended: %w", run.turnout.Failed, len(ids), errors.Join(run.errs...))
	}
	return nil
}

func (run *reexamining) count(id string, total int, err error) {
	run.mu.Lock()
	defer run.mu.Unlock()
	if err != nil {
		if run.turnout.Failed++; len(run.errs) < maxErrors {
			run.errs = append(run.errs, fmt.Errorf("case %s: %w", id, err))
		}
	}
	run.done++
	run.Progress(run.done, total)
}

// one re-examines the case id. When somebody acts on the case meanwhile, it
// looks again, at what the case is then.
func (run *reexamining) one(ctx context.Context, id string) error {
	const tries = 5
	for try := 1; ; try++ {
		var c Case
		if err := run.store.Read(ctx, func(r Reader) (err error) { c, err = load(ctx, r, id, run.request.Actor); return err }); err != nil {
			return err
		}
		if !c.State.Final() {
			return nil // reopened: whoever decides has the newer edition before them
		}
		x, older, err := run.examine(ctx, c)
		if err != nil {
			return err
		}
		if x != nil && x.Seq == 0 {
			_, err = run.Reexamined(ctx, run.request, id, *x)
			if KindOf(err) == Conflict && try < tries {
				continue
			}
		}
		if err == nil {
			run.tally(x, older)
		}
		return err
	}
}

func (run *reexamining) tally(x *Reexamination, older bool) {
	run.mu.Lock()
	defer run.mu.Unlock()
	if older {
		run.turnout.Older++
	}
	if x == nil {
		return
	}
	run.turnout.Touched++
	if x.CouldChange {
		run.turnout.CouldChange++
	}
	if x.Seq > 0 {
		run.turnout.Before++
	}
}

// examine returns what the newer edition means for c, and whether c was
// decided on an older one. It is nil when nothing bears on the case; one with
// a number is on record already.
func (run *reexamining) examine(ctx context.Context, c Case) (x *Reexamination, older bool, err error) {
	list, to := run.Edition.List, run.Edition.Meta
	d, done, _ := c.verdict(list)
	if !done {
		return nil, false, nil
	}
	from := c.lastHeldAgainst(d)
	replaced := run.Replaced != nil && from == to.ID()
	if !replaced && editionDate(list, from) >= to.Date || run.From != "" && from != run.From {
		return nil, false, nil
	}
	x = &Reexamination{List: list, Decision: d.Seq, Answer: d.Answer(), From: from, To: to.ID(), ToSHA256: to.SHA256}
	for i, e := range c.Reexaminations {
		if e.List == list && e.Decision == d.Seq && e.To == x.To && e.ToSHA256 == x.ToSHA256 {
			return &c.Reexaminations[i], true, nil
		}
	}
	if c.reexamined(*x) {
		return nil, true, nil // for a later edition
	}
	was, err := run.text(ctx, from, replaced)
	if err != nil {
		return nil, true, err
	}
	x.FromSHA256 = was.sum
	touched, err := run.inquire(ctx, c, d, was, x)
	if err != nil || !touched {
		return nil, true, err
	}
	return x, true, nil
}

// lastHeldAgainst returns the edition that a person last held d against.
func (c Case) lastHeldAgainst(d Decision) string {
	for _, u := range slices.Backward(c.Upheld) {
		if u.List == d.List && u.Decision == d.Seq {
			return u.Edition
		}
	}
	return d.Edition
}

// inquire fills x, and reports whether anything bears on the case. Cases whose
// codes nothing bears on are not assessed: of those on an entry nothing more is
// to be found, and the others only where the edition has something new to catch them.
func (run *reexamining) inquire(ctx context.Context, c Case, d Decision, was *text, x *Reexamination) (touched bool, err error) {
	q := newInquiry(d, x.From, was.compared, run.after)
	var before *classifier.Assessment
	if n := len(c.Assessments); n > 0 {
		before = &c.Assessments[n-1].Assessment
		x.Before = saidOf(*before, d.List)
	}
	q.decided(before)
	q.considered(before)
	if len(q.found) == 0 && was.compared != nil && !(q.open() && was.fresh) {
		return false, nil
	}
	now, near, err := run.Reassessor.ClassifyNear(ctx, c.Products[len(c.Products)-1].Product, []corpus.ListID{d.List})
	if err != nil {
		return false, err
	}
	x.Now = saidOf(now, d.List)
	q.considered(&now)
	q.near(near)
	q.suggested(x.Before, x.Now)
	x.Changes, x.Omitted = q.changes()
	x.Why = q.reasons()
	x.CouldChange = len(x.Why) > 0
	return x.CouldChange || len(x.Changes) > 0, nil
}

// text returns the edition from, compared with the newer one.
func (run *reexamining) text(ctx context.Context, from string, replaced bool) (*text, error) {
	run.mu.Lock()
	t := run.texts[from]
	if t == nil {
		t = &text{}
		run.texts[from] = t
	}
	run.mu.Unlock()
	t.once.Do(func() {
		old := run.Replaced
		if from == "digest" {
			return
		}
		if !replaced {
			if old, t.err = run.Load(ctx, from); errors.Is(t.err, shelf.ErrNotFound) || errors.Is(t.err, shelf.ErrDamaged) {
				t.err = nil
				run.mu.Lock()
				run.turnout.Unstored = append(run.turnout.Unstored, from)
				run.mu.Unlock()
				return
			}
		}
		if t.err == nil {
			run.compare(t, old)
		}
	})
	return t, t.err
}

func (run *reexamining) compare(t *text, old *corpus.Edition) {
	t.sum, t.compared = old.SHA256, corpus.Compare(old, run.Edition)
	t.fresh = slices.ContainsFunc(t.compared.Items, func(x corpus.Change) bool {
		return (x.Kind == corpus.KindEntry || x.Kind == corpus.KindParagraph) && (x.Op == corpus.OpAdded || len(x.Numbers) > 0)
	})
	general := t.compared.General()
	run.mu.Lock()
	defer run.mu.Unlock()
	// Of several editions decided on, what was changed since the oldest is all
	// that anybody has to read.
	if len(general) > len(run.turnout.General) {
		run.turnout.General = nil
		for _, x := range general {
			run.turnout.General = append(run.turnout.General, listChange(x, OnNote))
		}
	}
}

// saidOf returns what a says of the product on list.
func saidOf(a classifier.Assessment, list corpus.ListID) Said {
	for _, o := range a.Outcomes {
		if o.List == list {
			return Said{Code: o.Code, Probability: o.Probability, Model: a.Model, Corpus: a.Corpus}
		}
	}
	return Said{}
}
