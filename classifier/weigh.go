package classifier

import (
	"cmp"
	"math"
	"slices"

	"assay/classifier/retrieval"
	"assay/corpus"
)

// weighed is the state of one list after weighing: its entries best first, and
// what speaks for "on no entry".
type weighed struct {
	list    corpus.ListID
	entries []entry
	// unlisted is the score of "on no entry"; goods and elsewhere say where it
	// comes from, when not from the bare threshold.
	unlisted            float64
	unlistedProbability float64
	goods               *retrieval.Hit
	elsewhere           *retrieval.Hit
	decided             *Decided // cases decided as "on no entry"; nil for none
	// foreign is the language of a text that is not English, else "". Of such a
	// text the cards and the model understand little: finding nothing in it
	// says nothing.
	foreign string
}

// entry is an entry of the list with its candidates, the best paragraph first.
type entry struct {
	code        string // of the entry
	score       float64
	probability float64
	paragraphs  []candidate
}

// candidate is a paragraph, or the entry itself.
type candidate struct {
	code    string
	score   float64
	hit     *retrieval.Hit // of the card; nil when only a passage speaks for it
	passage *retrieval.Hit // best official passage at this code; may be nil
	decided *Decided       // what decided cases say for it; nil when nothing
}

// Constants of the simple weighing that stands until criteria are examined.
// They were set on evals/sets/own.jsonl and on labels that makers published, with
// `assay eval run`; they know no entry by name.
const (
	// unlistedThreshold is the fused score that an entry must reach to be more
	// likely than "on no entry".
	unlistedThreshold = 0.82
	// sharpness turns differences of score into odds.
	sharpness = 14.0
	// dullness takes its place for a text that is half understood.
	dullness = 5.0
	// passageShare is how much an official passage that stands out adds to the
	// card at its code.
	passageShare = 0.15
	// passageAlone scales the score of a code that no card speaks for.
	passageAlone = 0.7
	// preferParagraph lets a paragraph stand for its entry when it comes this
	// close to the entry's own score: the deeper code says more.
	preferParagraph = 0.75
)

// weigh ranks the entries of list and holds them against "on no entry". A card
// that stands only on other lists is evidence for not being on this one: what
// is best described by a US-only residual entry is on no entry of the EU list.
func weigh(list corpus.ListID, result retrieval.Result, threshold float64, foreign string, decided []Precedent) weighed {
	w := weighed{list: list, unlisted: threshold, foreign: foreign}
	byCode := map[string]*candidate{}
	get := func(code string) *candidate {
		if byCode[code] == nil {
			byCode[code] = &candidate{code: code}
		}
		return byCode[code]
	}
	for i := range result.Cards {
		h := &result.Cards[i]
		switch h.Origin {
		case retrieval.FromGoods:
			if h.Score > w.unlisted {
				w.unlisted, w.goods, w.elsewhere = h.Score, h, nil
			}
		case retrieval.FromCard:
			code, ok := h.Card.CodeOn(list, h.Designator)
			if !ok {
				if h.Score > w.unlisted && speaksAgainst(h.Card, list) {
					w.unlisted, w.elsewhere, w.goods = h.Score, h, nil
				}
				continue
			}
			if c := get(code); c.hit == nil {
				c.hit, c.score = h, h.Score
			}
		}
	}
	// Every text is somewhat like some passage: only what stands out above the
	// tenth says anything.
	passages, common := 0, 0.0
	for i := range result.Passages {
		h := &result.Passages[i]
		if h.Edition.List != list {
			continue
		}
		if passages++; passages <= 10 {
			common = h.Score
		}
		c := get(h.Code)
		if c.passage == nil {
			c.passage = h
		}
	}
	for _, c := range byCode {
		switch {
		case c.passage == nil:
		case c.hit != nil:
			c.score += passageShare * max(0, c.passage.Score-common)
		default:
			c.score = passageAlone * c.passage.Score
		}
	}
	w.inform(decided, byCode)
	groups := map[string]*entry{}
	for _, c := range byCode {
		code := corpus.EntryOf(c.code)
		if groups[code] == nil {
			groups[code] = &entry{code: code}
		}
		groups[code].paragraphs = append(groups[code].paragraphs, *c)
	}
	for _, e := range groups {
		slices.SortFunc(e.paragraphs, func(a, b candidate) int {
			return byScore(a.score, b.score, a.code, b.code)
		})
		e.score = e.paragraphs[0].score
		if ps := e.paragraphs; ps[0].code == e.code && len(ps) > 1 && ps[1].score >= preferParagraph*ps[0].score {
			ps[0], ps[1] = ps[1], ps[0]
		}
		w.entries = append(w.entries, *e)
	}
	slices.SortFunc(w.entries, func(a, b entry) int {
		return byScore(a.score, b.score, a.code, b.code)
	})
	w.spread()
	return w
}

// speaksAgainst reports whether a card that does not stand on list is evidence
// that what it describes best is on no entry of list. A munitions entry is, for
// a dual-use list, and the other way round. So is an entry that the US controls
// alone: a residual one, a 600-series one. Entries that only the EU has are not evidence
// for the CCL: they are mostly twins of a US entry under another code.
func speaksAgainst(c *corpus.Card, list corpus.ListID) bool {
	if _, here := c.Lists[list]; here {
		return false // only the paragraph is missing here; the entry may well apply
	}
	_, usml := c.Lists[corpus.USUSML]
	_, military := c.Lists[corpus.EUMilitary]
	munition := usml || military
	switch list {
	case corpus.USCCL:
		return usml
	case corpus.EUDualUse, corpus.UKDualUse, corpus.Wassenaar:
		if munition {
			return military
		}
		_, us := c.Lists[corpus.USCCL]
		return us
	case corpus.USUSML, corpus.EUMilitary:
		return !munition
	}
	return false
}

// byScore orders by falling score, ties in the order of the list.
func byScore(a, b float64, codeA, codeB string) int {
	if a != b {
		return cmp.Compare(b, a)
	}
	return corpus.CompareCodes(codeA, codeB)
}

// spread turns scores into probabilities: a softmax over entries and "on no
// entry". They rank and add up to one; calibration comes with the examiner.
func (w *weighed) spread() {
	k := sharpness
	if w.foreign != "" {
		k = dullness
	}
	total := math.Exp(k * w.unlisted)
	for _, e := range w.entries {
		total += math.Exp(k * e.score)
	}
	w.unlistedProbability = math.Exp(k*w.unlisted) / total
	for i := range w.entries {
		w.entries[i].probability = math.Exp(k*w.entries[i].score) / total
	}
}

// undetermined reports that nothing was found in a text that is not English:
// neither an entry nor anything that speaks against all of them.
func (w *weighed) undetermined() bool {
	return w.foreign != "" && !w.listed() && w.goods == nil && w.elsewhere == nil
}

// listed reports whether an entry is more likely than "on no entry".
func (w *weighed) listed() bool {
	return len(w.entries) > 0 && w.entries[0].score > w.unlisted
}
