package api

import (
	"slices"

	"assay/corpus"
	"assay/review"
)

// reexaminedView is what a newer edition means for a decision.
type reexaminedView struct {
	At      moment
	From    string
	To      string
	Why     []string
	Before  saidView
	Now     saidView
	Moved   bool // the machine says something else now
	Changes []changeView
	Omitted int
	Upheld  *upheldView // the decision was let stand
}

type saidView struct {
	verdictView
	Corpus string
}

type changeView struct {
	What    string
	Code    string
	URL     string
	From    string
	Kind    string
	Label   string
	Bearing string
	Words   []corpus.Words
	Numbers []corpus.NumberChange
}

type upheldView struct {
	By     string
	At     moment
	Reason string
}

// reexamined arranges the newest re-examination on list of the decision that stands.
func (s *Server) reexamined(c review.Case, list corpus.ListID, who identity) *reexaminedView {
	at := slices.IndexFunc(c.Reexaminations, func(x review.Reexamination) bool { return x.List == list && x.Round == c.Round })
	if at < 0 {
		return nil
	}
	for i := at; i < len(c.Reexaminations); i++ {
		if x := c.Reexaminations[i]; x.List == list && x.Round == c.Round {
			at = i
		}
	}
	x := c.Reexaminations[at]
	v := &reexaminedView{At: s.moment(x.At), From: editionWords(x.From), To: editionWords(x.To), Why: x.Why, Omitted: x.Omitted,
		Before: saidView{verdict(list, "", x.Before.Code, x.Before.Probability), x.Before.Corpus},
		Now:    saidView{verdict(list, "", x.Now.Code, x.Now.Probability), x.Now.Corpus}, Moved: x.Before.Code != x.Now.Code}
	for _, ch := range x.Changes {
		v.Changes = append(v.Changes, changeView{What: string(ch.What), Code: ch.Code, URL: reliedURL(review.PassageRef{Edition: x.To, ID: ch.Code}),
			From: ch.From, Kind: kindWords(string(ch.Kind)), Label: plain(ch.Label), Bearing: bearingWords[ch.Bearing], Words: ch.Words, Numbers: ch.Numbers})
	}
	for _, u := range c.Upheld {
		if u.List == list && u.Reexamination == x.Seq {
			v.Upheld = &upheldView{official(u.By, who), s.moment(u.At), plain(u.Reason)}
		}
	}
	return v
}

var bearingWords = map[review.Bearing]string{
	review.OnDecided: "the paragraph decided, or one below it", review.OnAbove: "what stands above the paragraph decided",
	review.OnNote: "a note that applies to it", review.OnDefinition: "a term used in it", review.OnRelied: "a passage that the decision relies on",
	review.OnCandidate: "a paragraph that was put forward", review.OnBeside: "new beside a paragraph that was put forward", review.OnNear: "near the product’s words",
}

// official is person for somebody of the office, whose name may be kept back.
func official(id string, who identity) string {
	if id == "" {
		return "the office"
	}
	return person(id, who)
}
