package classifier

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/classifier/reading"
	"assay/classifier/retrieval"
	"assay/corpus"
)

// explainer puts what was weighed into the words and citations of an Assessment.
type explainer struct {
	classifier *Classifier
	product    Product
	text       string    // searched text: name, line break, body
	segments   []segment // fields of the body
}

// perList is how many suggestions a list gets at most, "on no entry" included.
const perList = 10

func (x *explainer) outcome(list corpus.ListID, w weighed) Outcome {
	o := Outcome{List: list, Edition: x.edition(list)}
	if w.listed() {
		best := w.entries[0]
		o.Code, o.Status, o.Probability = best.paragraphs[0].code, statusOf(best.code), round(best.probability)
		o.Reason = x.listedReason(best)
		return o
	}
	o.Code, o.Status, o.Probability = x.unlistedCode(list, w), NotListed, round(w.unlistedProbability)
	o.Reason = x.unlistedReason(w)
	if w.undetermined() {
		o.Status = Undetermined
	}
	return o
}

// unlistedCode is how list says that a product is on none of its entries. What
// the Munitions List describes is not EAR99: it is not subject to the EAR at all.
func (x *explainer) unlistedCode(list corpus.ListID, w weighed) string {
	if list == corpus.USCCL && w.elsewhere != nil {
		if _, munition := w.elsewhere.Card.Lists[corpus.USUSML]; munition {
			return "none"
		}
	}
	l, _ := corpus.LookupList(list)
	return l.Unlisted
}

func (x *explainer) listedReason(e entry) string {
	c := e.paragraphs[0]
	if c.hit == nil {
		return fmt.Sprintf("The text of %s in the imported edition is nearest to the description; the digest has no card for it yet.", c.code)
	}
	if terms := termNames(c.hit); terms != "" {
		return fmt.Sprintf("The description speaks of %s, which stands for %s.", terms, c.code)
	}
	return fmt.Sprintf("The description resembles %s in meaning; none of its product terms stands in it word for word.", c.code)
}

func (x *explainer) unlistedReason(w weighed) string {
	nearest := ""
	if len(w.entries) > 0 {
		nearest = fmt.Sprintf(" The nearest entry is %s.", w.entries[0].paragraphs[0].code)
		if w.goods != nil {
			for _, t := range w.goods.Goods.Tempting {
				if corpus.Covers(corpus.EntryOf(t.Code), w.entries[0].code) || corpus.Covers(w.entries[0].code, t.Code) {
					nearest += fmt.Sprintf(" It does not apply: %s.", strings.TrimRight(t.Because, "."))
				}
			}
		}
	}
	switch {
	case w.undetermined():
		return fmt.Sprintf("The text seems to be in %s, of which little is understood yet: that nothing was found in it says nothing. Describe the product in English.%s", languageName(w.foreign), nearest)
	case w.goods != nil:
		return fmt.Sprintf("It belongs to a family of goods that no entry names: %s.%s", strings.TrimRight(w.goods.Gist, "."), nearest)
	case w.elsewhere != nil:
		return fmt.Sprintf("It is best described by %s, which does not stand on this list but on %s.%s", w.elsewhere.Code, listNames(w.elsewhere.Card), nearest)
	}
	return "No entry of the list reaches the likeness that is asked for." + nearest
}

func (x *explainer) suggestions(list corpus.ListID, w weighed) []Suggestion {
	var out []Suggestion
	unlisted := x.unlistedSuggestion(list, w)
	placed := false
	for _, e := range w.entries {
		if !placed && w.unlisted >= e.score {
			out, placed = append(out, unlisted), true
		}
		if len(out) >= perList {
			break
		}
		out = append(out, x.suggestion(list, e))
	}
	if !placed && len(out) < perList {
		out = append(out, unlisted)
	}
	for i := 1; i < len(out); i++ {
		out[i].WhyNot = x.whyNot(w, out[0], out[i])
	}
	return out
}

func (x *explainer) suggestion(list corpus.ListID, e entry) Suggestion {
	c := e.paragraphs[0]
	s := Suggestion{List: list, Code: c.code, Status: statusOf(c.code), Probability: round(e.probability),
		Matches: []Match{}, Criteria: []Criterion{}, Citations: []Citation{}, Evidence: Evidence{Score: round(c.score), Precedents: c.decided.rounded()}}
	if c.passage != nil {
		s.Evidence.Passage = round(c.passage.Score)
	}
	if c.hit != nil {
		s.Gist = c.hit.Gist
		s.Evidence.Terms, s.Evidence.Words, s.Evidence.Cosine = round(c.hit.Terms), round(c.hit.Words), round(c.hit.Cosine)
		s.Matches = x.matches(c.hit)
		s.Citations = append(s.Citations, x.gistCitation(list, c))
	}
	if own := e.entryCandidate(); own != nil && own.hit != nil && c.code != e.code {
		// Terms of the entry as a whole speak for its paragraphs too.
		for _, m := range x.matches(own.hit) {
			if !slices.ContainsFunc(s.Matches, func(known Match) bool { return known.Term == m.Term }) {
				s.Matches = append(s.Matches, m)
			}
		}
		if s.Gist == "" {
			s.Gist = own.hit.Gist
		}
	}
	if cited, ok := x.officialCitation(list, c.code); ok {
		s.Citations = append(s.Citations, cited)
		if s.Gist == "" {
			s.Gist = fmt.Sprintf("No card yet; see the official text of %s.", c.code)
		}
	}
	for _, other := range e.paragraphs[1:] {
		if len(s.Also) < 4 && other.code != e.code {
			s.Also = append(s.Also, other.code)
		}
	}
	return s
}

func (e entry) entryCandidate() *candidate {
	for i := range e.paragraphs {
		if e.paragraphs[i].code == e.code {
			return &e.paragraphs[i]
		}
	}
	return nil
}

func (x *explainer) unlistedSuggestion(list corpus.ListID, w weighed) Suggestion {
	l, _ := corpus.LookupList(list)
	status := NotListed
	if w.undetermined() {
		status = Undetermined
	}
	s := Suggestion{List: list, Code: x.unlistedCode(list, w), Status: status, Probability: round(w.unlistedProbability),
		Gist: "On no entry of this list.", Matches: []Match{}, Criteria: []Criterion{}, Citations: []Citation{}, Evidence: Evidence{Score: round(w.unlisted), Precedents: w.decided.rounded()}}
	var h *retrieval.Hit
	kind := "goods"
	if h = w.goods; h == nil {
		h, kind = w.elsewhere, "gist"
	}
	if h != nil {
		s.Gist += " " + h.Gist
		s.Matches = x.matches(h)
		s.Evidence.Terms, s.Evidence.Words, s.Evidence.Cosine = round(h.Terms), round(h.Words), round(h.Cosine)
		url := l.URL
		if kind == "gist" {
			if other, ok := firstList(h.Card); ok {
				url = other.URL
			}
		}
		s.Citations = append(s.Citations, Citation{List: list, Edition: "digest", Code: h.Code, Kind: kind, Text: h.Gist, Quote: h.Gist, End: len(h.Gist), URL: url})
	}
	return s
}

// gistCitation cites our own words, and links to the official page.
func (x *explainer) gistCitation(list corpus.ListID, c candidate) Citation {
	start, end := x.bestSentence(c.hit.Gist)
	return Citation{List: list, Edition: "digest", Code: c.code, Kind: "gist", Text: c.hit.Gist,
		Quote: c.hit.Gist[start:end], Start: start, End: end, URL: x.url(list, c.code)}
}

// officialCitation cites the passage of the imported edition, when there is one.
func (x *explainer) officialCitation(list corpus.ListID, code string) (Citation, bool) {
	outline := x.classifier.editions[list]
	if outline == nil {
		return Citation{}, false
	}
	p, ok := outline.ByCode(code)
	if !ok {
		return Citation{}, false
	}
	start, end := x.bestSentence(p.Text)
	return Citation{List: list, Edition: outline.Meta().ID(), Code: code, Kind: string(p.Kind), Text: p.Text,
		Quote: p.Text[start:end], Start: start, End: end, URL: x.url(list, code)}, true
}

func (x *explainer) edition(list corpus.ListID) string {
	if o := x.classifier.editions[list]; o != nil {
		return o.Meta().ID()
	}
	return "digest"
}

func (x *explainer) url(list corpus.ListID, code string) string {
	if o := x.classifier.editions[list]; o != nil {
		return corpus.OfficialURL(o.Meta(), code)
	}
	l, _ := corpus.LookupList(list)
	return l.URL
}

// bestSentence returns the stretch of text to quote: all of a short text, else
// the clause that shares most words with the product.
func (x *explainer) bestSentence(text string) (start, end int) {
	const short = 280
	if len(text) <= short {
		return 0, len(text)
	}
	wanted := map[string]bool{}
	for _, tok := range reading.Tokens(x.text) {
		wanted[tok.Stem] = !reading.Ignored(tok.Stem)
	}
	best, from := -1, 0
	for from < len(text) {
		to := len(text)
		if i := strings.IndexAny(text[min(from+60, len(text)):], ".;:"); i >= 0 {
			to = min(from+60, len(text)) + i + 1
		}
		shared := map[string]bool{}
		for _, tok := range reading.Tokens(text[from:to]) {
			if wanted[tok.Stem] {
				shared[tok.Stem] = true
			}
		}
		if len(shared) > best {
			best, start, end = len(shared), from, to
		}
		from = to
	}
	for start < end && text[start] == ' ' {
		start++
	}
	return start, end
}

func (x *explainer) matches(h *retrieval.Hit) []Match {
	out := []Match{}
	for _, m := range h.Matches {
		match := Match{Term: m.Term, Coverage: round(m.Coverage), Spans: []Span{}}
		for _, s := range m.Spans {
			if span, ok := x.span(s[0], s[1]); ok {
				match.Spans = append(match.Spans, span)
			}
		}
		out = append(out, match)
	}
	return out
}

// span translates a range of the searched text to the product's own fields. A
// range in the key of an attribute has no field.
func (x *explainer) span(start, end int) (Span, bool) {
	name := x.product.Name
	if end <= len(name) {
		return Span{"name", start, end, name[start:end]}, true
	}
	start, end = start-len(name)-1, end-len(name)-1
	for _, s := range x.segments {
		if start >= s.start && end <= s.end {
			text := x.product.Description
			if key, ok := strings.CutPrefix(s.field, "attributes."); ok {
				text = x.product.Attributes[key]
			}
			return Span{s.field, start - s.start, end - s.start, text[start-s.start : end-s.start]}, true
		}
	}
	return Span{}, false
}

// whyNot says why other ranks below first.
func (x *explainer) whyNot(w weighed, first, other Suggestion) string {
	if corpus.IsUnlisted(other.Code) {
		return fmt.Sprintf("%s describes it better than any family of goods on no list.", first.Code)
	}
	if !corpus.IsUnlisted(first.Code) {
		if ask := separating(w, first.Code, other.Code); ask != "" {
			return fmt.Sprintf("Ranks below %s. What separates them: %s", first.Code, ask)
		}
	}
	switch {
	case len(other.Matches) == 0:
		return fmt.Sprintf("Ranks below %s: none of its product terms stands in the description.", first.Code)
	case len(other.Matches) < len(first.Matches):
		return fmt.Sprintf("Ranks below %s: fewer of its product terms stand in the description.", first.Code)
	}
	return fmt.Sprintf("Ranks below %s: its terms say less about this product.", first.Code)
}

// questions returns what separates the leading candidates of a list.
func (x *explainer) questions(list corpus.ListID, w weighed) []Question {
	var out []Question
	for i := 1; i < min(len(w.entries), 5) && len(out) < 3; i++ {
		if w.entries[0].score-w.entries[i].score > 0.25 {
			break
		}
		a, b := w.entries[0].paragraphs[0].code, w.entries[i].paragraphs[0].code
		if ask := separating(w, a, b); ask != "" {
			out = append(out, Question{List: list, Between: []string{a, b}, Ask: ask})
		}
	}
	return out
}

// separating returns the question that a card gives for telling a from b.
func separating(w weighed, a, b string) string {
	for _, pair := range [][2]string{{a, b}, {b, a}} {
		card := w.card(corpus.EntryOf(pair[0]))
		if card == nil {
			continue
		}
		ask := ""
		for _, c := range card.Confusables {
			if c.Code == pair[1] {
				return c.Ask
			}
			if corpus.EntryOf(c.Code) == corpus.EntryOf(pair[1]) && ask == "" {
				ask = c.Ask
			}
		}
		if ask != "" {
			return ask
		}
	}
	return ""
}

func (w weighed) card(entry string) *corpus.Card {
	for _, e := range w.entries {
		if e.code == entry {
			for _, c := range e.paragraphs {
				if c.hit != nil {
					return c.hit.Card
				}
			}
		}
	}
	return nil
}

func statusOf(code string) Status {
	if corpus.IsResidual(code) {
		return Residual
	}
	return Listed
}

func termNames(h *retrieval.Hit) string {
	var names []string
	for _, m := range h.Matches {
		if m.Coverage >= 0.99 && len(names) < 3 {
			names = append(names, "“"+m.Term+"”")
		}
	}
	return strings.Join(names, ", ")
}

func listNames(c *corpus.Card) string {
	var names []string
	for _, l := range corpus.Lists() {
		if _, ok := c.Lists[l.ID]; ok && l.ID != corpus.Wassenaar {
			names = append(names, string(l.ID))
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func firstList(c *corpus.Card) (corpus.List, bool) {
	for _, l := range corpus.Lists() {
		if _, ok := c.Lists[l.ID]; ok {
			return l, true
		}
	}
	return corpus.List{}, false
}

func languageName(code string) string {
	names := map[string]string{"de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese", "nl": "Dutch", "sv": "Swedish",
		"pl": "Polish", "tr": "Turkish", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "ru": "Russian"}
	if name := names[code]; name != "" {
		return name
	}
	return "another language (" + code + ")"
}

func (d *Decided) rounded() *Decided {
	if d == nil {
		return nil
	}
	return &Decided{d.Count, d.Of, round(d.Likeness), round(d.Bonus)}
}

func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }
