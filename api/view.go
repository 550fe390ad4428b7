package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/classifier"
	"assay/corpus"
)

// resultView is an assessment arranged for people.
type resultView struct {
	Title     string
	Rows      []verdictView // a row a list
	Fields    []fieldView   // the product's own text, marked
	Terms     []termView    // that were found in it
	Panels    []panelView
	JSON      string
	Time      time.Time
	ElapsedMS string
	Model     string
	Corpus    string
	Language  string
}

// verdictView is a status with its code and how likely it is.
type verdictView struct {
	List        corpus.List
	Status      string // class name
	Word        string // the status for people
	Code        string
	URL         string // our page of the code, "" for codes of no entry
	Probability string
	Bar         string // width, 0 to 100
}

type fieldView struct {
	Name   string
	Pieces []piece
}

// termView is a product term of the digest and where the product says it.
type termView struct {
	Term    string
	Found   []string // words of the product that make up part of it
	Partial string   // share of the term that is present, "" for all
	Codes   []string // that the term speaks for
}

// panelView is the answer for one list.
type panelView struct {
	verdictView
	Edition     string // in words
	Reason      string
	Best        []suggestionView
	More        []suggestionView
	Questions   []classifier.Question
	Confusables []linkView // what the first entry is mistaken for, with the question
}

type suggestionView struct {
	verdictView
	Rank      int
	Gist      string
	Terms     []termView
	Also      []linkView
	WhyNot    string
	Reasons   []reasonView
	Evidence  []figureView
	Citations []citationView
	Official  bool // an official passage is cited
}

type linkView struct {
	Code, URL, Text string
}

type reasonView struct {
	Code, Words string
}

type figureView struct {
	Name, Value string
}

type citationView struct {
	Official bool
	List     corpus.List
	Source   string // edition or digest, in words
	Kind     string
	Code     string
	Chain    []stepView
	Pieces   []piece
	Below    []stepView // paragraphs that a cited "any of the following" means
	URL      string
	Link     string // words of the link
}

// stepView is one heading or paragraph on the way to what is cited.
type stepView struct {
	Code, Text string
}

const (
	shownBest = 5     // suggestions of a list shown with their texts
	unlikely  = 0.005 // below this a suggestion is only named
)

// result arranges a, the assessment of p.
func (sv *serving) result(p classifier.Product, a classifier.Assessment, now time.Time) (*resultView, error) {
	var raw bytes.Buffer
	enc := json.NewEncoder(&raw)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(a); err != nil {
		return nil, err
	}
	v := &resultView{Title: plain(strings.TrimSpace(p.Name)), JSON: raw.String(), Time: now.UTC(), ElapsedMS: fmt.Sprintf("%.3g", a.ElapsedMS),
		Model: a.Model, Corpus: a.Corpus, Language: language(a.Language)}
	if v.Title == "" {
		v.Title = "Unnamed product"
	}
	stems := wordsOf(productText(p))
	var leading []classifier.Suggestion
	for _, o := range a.Outcomes {
		panel := sv.panel(o, a, stems)
		v.Panels = append(v.Panels, panel)
		v.Rows = append(v.Rows, panel.verdictView)
		for _, g := range a.Suggestions {
			if g.List == o.List {
				leading = append(leading, g)
				break
			}
		}
	}
	v.Fields, v.Terms = markProduct(p, leading)
	return v, nil
}

func (sv *serving) panel(o classifier.Outcome, a classifier.Assessment, stems map[string]bool) panelView {
	p := panelView{verdictView: verdict(o.List, o.Status, o.Code, o.Probability), Reason: o.Reason, Edition: "no edition imported, digest only"}
	if _, date, dated := strings.Cut(o.Edition, "@"); dated {
		p.Edition = "edition of " + plain(date)
	}
	for _, g := range a.Suggestions {
		if g.List != o.List {
			continue
		}
		view := sv.suggestion(g, stems, len(p.Best)+len(p.More)+1)
		if len(p.Best) < shownBest && len(p.More) == 0 && (len(p.Best) == 0 || g.Probability >= unlikely) {
			p.Best = append(p.Best, view)
		} else {
			p.More = append(p.More, view)
		}
	}
	asked := map[string]bool{}
	for _, q := range a.Questions {
		if q.List == o.List {
			p.Questions = append(p.Questions, q)
			asked[q.Ask] = true
		}
	}
	if at, ok := sv.catalog.place(o.List, corpus.EntryOf(o.Code)); ok {
		for _, c := range at.card.Confusables {
			if !asked[c.Ask] {
				p.Confusables = append(p.Confusables, linkView{c.Code, entryURL(c.Code, ""), c.Ask})
			}
		}
	}
	return p
}

func (sv *serving) suggestion(g classifier.Suggestion, stems map[string]bool, rank int) suggestionView {
	v := suggestionView{verdictView: verdict(g.List, g.Status, g.Code, g.Probability), Rank: rank, Gist: g.Gist, WhyNot: g.WhyNot}
	for _, m := range g.Matches {
		// A term can stand both in the paragraph's card and in the entry's.
		if !slices.ContainsFunc(v.Terms, func(t termView) bool { return t.Term == m.Term }) {
			v.Terms = append(v.Terms, term(m))
		}
	}
	for _, c := range g.Also {
		v.Also = append(v.Also, linkView{Code: c, URL: entryURL(c, g.List)})
	}
	at, carded := sv.catalog.place(g.List, g.Code)
	if !carded {
		at, carded = sv.catalog.place(g.List, corpus.EntryOf(g.Code))
	}
	if carded {
		v.Reasons = reasonsOf(at.card.Lists[g.List].Reasons)
	}
	for _, f := range []struct {
		name  string
		value float64
	}{{"score", g.Evidence.Score}, {"terms", g.Evidence.Terms}, {"words", g.Evidence.Words}, {"meaning", g.Evidence.Cosine}, {"passage", g.Evidence.Passage}} {
		if f.value != 0 {
			v.Evidence = append(v.Evidence, figureView{f.name, fmt.Sprintf("%.2f", f.value)})
		}
	}
	for _, c := range g.Citations {
		cited := sv.citation(c, stems)
		v.Citations = append(v.Citations, cited)
		v.Official = v.Official || cited.Official
	}
	return v
}

func (sv *serving) citation(c classifier.Citation, stems map[string]bool) citationView {
	l, _ := corpus.LookupList(c.List)
	v := citationView{List: l, Source: "Assay’s digest, in our own words", Kind: kindWords(c.Kind), Code: c.Code, URL: officialURL(c.URL), Link: "Official list"}
	outline := sv.catalog.outline(c.List)
	if _, date, dated := strings.Cut(c.Edition, "@"); dated { // its text is in the citation, also when the edition is no longer served
		v.Official, v.Source, v.Link = true, l.Title+", edition of "+plain(date), "Official page"
	}
	if v.Official && outline != nil && outline.Meta().ID() == c.Edition {
		chain := outline.HeadingChain(c.Code)
		for _, p := range chain[:max(0, len(chain)-1)] {
			v.Chain = append(v.Chain, stepView{p.Code, short(p.Text)})
		}
		if strings.HasSuffix(strings.TrimSpace(c.Text), ":") {
			for _, code := range outline.Children(c.Code) {
				if p, ok := outline.ByCode(code); ok {
					v.Below = append(v.Below, stepView{p.Code, short(p.Text)})
				}
			}
		}
	} else if at, ok := sv.catalog.place(c.List, c.Code); ok && !v.Official && c.Kind == "gist" && at.designator != "" {
		v.Chain = append(v.Chain, stepView{at.card.Entry, at.card.Gist})
		for _, des := range at.chain() {
			if code, ok := at.card.CodeOn(c.List, des); ok {
				v.Chain = append(v.Chain, stepView{code, at.card.Paragraphs[des].Gist})
			}
		}
	}
	quote := stretch{c.Start, c.End}
	if c.Start == 0 && c.End == len(c.Text) && !v.Official {
		quote = stretch{} // all of our own sentence: marking it would mark nothing
	}
	v.Pieces = cut(c.Text, quote, shared(c.Text, stems))
	return v
}

// markProduct shows the product's own text with what speaks for the leading
// suggestions.
func markProduct(p classifier.Product, leading []classifier.Suggestion) ([]fieldView, []termView) {
	spans := map[string][]stretch{}
	var terms []termView
	codes := map[string]bool{}
	for _, g := range leading {
		code := g.Code
		if corpus.IsUnlisted(code) && len(g.Citations) > 0 {
			code = g.Citations[0].Code // the family of goods, or the entry of another list
		}
		for _, m := range g.Matches {
			codes[code] = true
			for _, sp := range m.Spans {
				spans[sp.Field] = append(spans[sp.Field], stretch{sp.Start, sp.End})
			}
			i := slices.IndexFunc(terms, func(t termView) bool { return t.Term == m.Term })
			if i < 0 {
				i, terms = len(terms), append(terms, term(m))
			}
			if !slices.Contains(terms[i].Codes, code) {
				terms[i].Codes = append(terms[i].Codes, code)
			}
		}
	}
	var fields []fieldView
	add := func(name, field, text string) {
		if strings.TrimSpace(text) != "" {
			fields = append(fields, fieldView{plain(name), cut(text, stretch{}, whole(text, spans[field]))})
		}
	}
	add("Name", "name", p.Name)
	add("Description", "description", p.Description)
	for _, k := range slices.Sorted(maps.Keys(p.Attributes)) {
		add(k, "attributes."+k, p.Attributes[k])
	}
	if len(codes) < 2 { // all terms speak for the one code; saying so at each is noise
		for i := range terms {
			terms[i].Codes = nil
		}
	}
	return fields, terms
}

func productText(p classifier.Product) string {
	parts := []string{p.Name, p.Description}
	for k, v := range p.Attributes {
		parts = append(parts, k, v)
	}
	return strings.Join(parts, "\n")
}

// maxFound is how many words of the product are named for a term.
const maxFound = 4

// term shows a match: the term and, when only part of it is there, which part.
func term(m classifier.Match) termView {
	v := termView{Term: m.Term}
	if m.Coverage >= 0.995 {
		return v
	}
	v.Partial = percent(m.Coverage)
	for _, sp := range m.Spans {
		text := plain(sp.Text)
		said := slices.ContainsFunc(v.Found, func(f string) bool { return strings.Contains(strings.ToLower(f), strings.ToLower(text)) })
		if len(v.Found) < maxFound && !said && len(text) > 1 {
			v.Found = append(v.Found, text)
		}
	}
	return v
}

func verdict(list corpus.ListID, status classifier.Status, code string, probability float64) verdictView {
	l, _ := corpus.LookupList(list)
	v := verdictView{List: l, Status: statusClass(status), Word: statusWords[status], Code: code, Probability: percent(probability),
		Bar: fmt.Sprintf("%.1f", 100*min(1, max(0, probability)))}
	if !corpus.IsUnlisted(code) && code != "" {
		v.URL = entryURL(code, list)
	}
	return v
}

var statusWords = map[classifier.Status]string{
	classifier.Listed: "Listed", classifier.Residual: "Residual entry", classifier.NotListed: "Not listed", classifier.Undetermined: "Undetermined",
}

func statusClass(s classifier.Status) string { return strings.ReplaceAll(string(s), "_", "-") }

// percent writes a share as people read it, without false certainty at the ends.
func percent(x float64) string {
	switch n := math.Round(100 * x); {
	case math.IsNaN(x):
		return "–"
	case n < 1:
		return "< 1 %"
	case n > 99:
		return "> 99 %"
	default:
		return fmt.Sprintf("%.0f %%", n)
	}
}

// short cuts a long heading for the way to a citation, between words.
func short(text string) string {
	const limit = 180
	if len(text) <= limit {
		return text
	}
	text = clip(text, limit)
	if i := strings.LastIndexByte(text, ' '); i > 0 {
		text = text[:i]
	}
	return strings.TrimRight(text, " ,;:") + " …"
}

func entryURL(code string, list corpus.ListID) string {
	u := "/entries/" + url.PathEscape(code)
	if list != "" {
		u += "?list=" + url.QueryEscape(string(list))
	}
	return u
}

// officialURL keeps what can be followed: html/template would turn anything
// else into a dead link, and an imported list may name any source.
func officialURL(s string) string {
	if u, err := url.Parse(s); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		return s
	}
	return ""
}

// kindWords says for people what sort of text is cited.
func kindWords(k string) string {
	switch k {
	case "gist", string(corpus.KindEntry), string(corpus.KindParagraph):
		return "" // its code says so
	case "goods":
		return "goods on no list"
	case string(corpus.KindNB):
		return "N.B."
	}
	return strings.ReplaceAll(k, "_", " ")
}

// reasonWords are the reasons for control of the EAR and the regimes behind
// other lists, in words.
var reasonWords = map[string]string{
	"AT": "anti-terrorism", "CB": "chemical and biological weapons", "CC": "crime control", "CW": "chemical weapons",
	"EI": "encryption", "FC": "firearms", "MT": "missile technology", "NP": "nuclear non-proliferation", "NS": "national security",
	"RS": "regional stability", "SI": "significant items", "SL": "surreptitious listening", "SS": "short supply", "UN": "UN embargo",
	"WA": "Wassenaar Arrangement", "MTCR": "Missile Technology Control Regime", "NSG": "Nuclear Suppliers Group", "AG": "Australia Group",
	"CWC": "Chemical Weapons Convention",
}

func reasonsOf(codes []string) []reasonView {
	var out []reasonView
	for _, c := range codes {
		out = append(out, reasonView{c, reasonWords[c]})
	}
	return out
}

var languages = map[string]string{"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
	"nl": "Dutch", "pl": "Polish", "ru": "Russian", "uk": "Ukrainian", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "tr": "Turkish",
	"cs": "Czech", "sv": "Swedish", "fi": "Finnish", "da": "Danish", "ar": "Arabic", "he": "Hebrew", "fa": "Persian"}

func language(code string) string {
	if name, ok := languages[code]; ok {
		return name
	}
	return code
}
