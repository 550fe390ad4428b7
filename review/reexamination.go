package review

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"assay/corpus"
)

// Reexamination says what a newer edition of a list means for a decision that
// stands: which changes bear on the case, what the machine says now, and
// whether the outcome could be another. It decides nothing.
type Reexamination struct {
	Stamp
	Round    int           `json:"round"`
	List     corpus.ListID `json:"list"`
	Decision int           `json:"decision"` // Seq of the decision that stands
	Answer   string        `json:"answer"`   // of that decision, as Decision.Answer writes it
	// From is the edition that a person last held the case against: that of the
	// decision, or the one under which it was upheld; "digest" when none was imported.
	From       string `json:"from"`
	FromSHA256 string `json:"from_sha256,omitempty"`
	To         string `json:"to"`
	ToSHA256   string `json:"to_sha256"` // of the source, as in corpus.Meta
	// Changes are those that bear on the case, the weightiest first; Omitted
	// counts those left out.
	Changes []ListChange `json:"changes"`
	Omitted int          `json:"omitted,omitempty"`
	Before  Said         `json:"before"` // in the assessment that the decision was made with
	Now     Said         `json:"now"`
	// CouldChange says that a person should look; Why has a sentence for each reason.
	CouldChange bool     `json:"could_change"`
	Why         []string `json:"why"`
}

// ListChange is what happened to one passage that bears on a case.
type ListChange struct {
	What    corpus.Op   `json:"what"`
	Kind    corpus.Kind `json:"kind"`
	Code    string      `json:"code"`           // in the new edition; of a removed passage in the old one
	From    string      `json:"from,omitempty"` // old code of a moved passage
	Label   string      `json:"label,omitempty"`
	Bearing Bearing     `json:"bearing"`
	// Words is the text cut into what stayed, went and came, with a little of
	// what stands around; long texts are shortened.
	Words   []corpus.Words        `json:"words,omitempty"`
	Numbers []corpus.NumberChange `json:"numbers,omitempty"`
}

// Bearing is how a changed passage bears on a case.
type Bearing string

// The bearings, the weightiest first.
const (
	OnDecided    Bearing = "decided"    // the paragraph decided, or one below it
	OnAbove      Bearing = "above"      // the entry or a paragraph above the decided one
	OnNote       Bearing = "note"       // a note, technical note or N.B. that applies to it
	OnDefinition Bearing = "definition" // a term used in it
	OnRelied     Bearing = "relied_on"  // a passage that the decision names
	OnCandidate  Bearing = "candidate"  // a paragraph that the machine put forward, or what applies to it
	OnBeside     Bearing = "beside"     // new beside the decided paragraph or a candidate
	OnNear       Bearing = "near"       // near the product's words
)

// Bearings returns every bearing, the weightiest first.
func Bearings() []Bearing {
	return []Bearing{OnDecided, OnAbove, OnNote, OnDefinition, OnRelied, OnCandidate, OnBeside, OnNear}
}

// Said is what the machine said of a product on one list at one time.
type Said struct {
	Code        string  `json:"code"`
	Probability float64 `json:"probability"`
	Model       string  `json:"model"`
	Corpus      string  `json:"corpus"`
}

// Upheld says that a decision holds under a newer edition too, after a person
// has looked at what changed.
type Upheld struct {
	Stamp
	Round         int           `json:"round"`
	List          corpus.ListID `json:"list"`
	Decision      int           `json:"decision"`      // Seq of the decision
	Reexamination int           `json:"reexamination"` // Seq of the newest one, which this answers
	Edition       string        `json:"edition"`       // under which the decision holds
	Reason        string        `json:"reason"`
}

// maxAttention bounds the line that a queue shows, in characters.
const maxAttention = 300

// Reexamined records what a newer edition means for the decision on one list.
// A case that could change is marked for attention. It is a Conflict when the
// decision no longer stands, or when the case was re-examined for the same
// edition, or a later one, already.
func (s *Service) Reexamined(ctx context.Context, r Request, id string, x Reexamination) (Case, error) {
	return s.act(ctx, r, ActReexamine, id, x, func(c *change) error {
		d, done, _ := c.verdict(x.List)
		switch {
		case !done || d.Seq != x.Decision:
			return conflict("re-examine it again", "the decision on %s that was re-examined no longer stands in case %s", x.List, c.ID)
		case editionDate(x.List, x.To) == "":
			return invalid("write it like "+string(x.List)+"@2026-06-24", "%.80q is not an edition of %s", x.To, x.List)
		case c.reexamined(x):
			return conflict("", "case %s was re-examined for %s, or a later edition, already", c.ID, x.To)
		case x.CouldChange && len(x.Why) == 0:
			return invalid("say why", "a re-examination finds that case %s could change, and gives no reason", c.ID)
		}
		x.Round = c.Round
		if x.CouldChange {
			c.mark(x.List, shortened(x.To+": "+strings.Join(x.Why, "; "), maxAttention))
			c.attention = true
		}
		c.object["list"], c.object["from"], c.object["to"], c.object["could_change"] = x.List, x.From, x.To, x.CouldChange
		return c.add(SortReexamination, len(c.Reexaminations), func(at Stamp) any { x.Stamp = at; return x })
	})
}

// Stand lets the decision on list stand under the newer edition that has put
// it in question, and takes the mark for attention away.
func (s *Service) Stand(ctx context.Context, r Request, id string, list corpus.ListID, reason string) (Case, error) {
	content := map[string]any{"list": list, "reason": reason}
	return s.act(ctx, r, ActStand, id, content, func(c *change) error {
		at := slices.IndexFunc(c.Lists, func(l Line) bool { return l.List == list })
		switch {
		case at < 0:
			return invalid("name one of "+lineNames(c.Lists), "case %s does not ask about the list %.40q", c.ID, list)
		case c.Lists[at].Attention == "":
			return conflict("", "nothing has put the decision on %s in case %s in question", list, c.ID)
		}
		if reason = strings.TrimSpace(reason); reason == "" || !tidy(reason, MaxText) {
			return invalid("say why the decision holds", "a decision stands for a reason: UTF-8 text of at most %d bytes", MaxText)
		}
		d, _, _ := c.verdict(list)
		newest := c.newestReexamination(list)
		u := Upheld{Round: c.Round, List: list, Decision: d.Seq, Reexamination: newest.Seq, Edition: newest.To, Reason: reason}
		c.mark(list, "")
		c.object["list"], c.object["edition"] = list, newest.To
		return c.add(SortUpheld, len(c.Upheld), func(at Stamp) any { u.Stamp = at; return u })
	})
}

// mark sets what asks for attention on list; "" takes it away. The lines are
// a copy, so that a case read before does not change.
func (c *change) mark(list corpus.ListID, why string) {
	c.Lists = slices.Clone(c.Lists)
	for i := range c.Lists {
		if c.Lists[i].List == list {
			c.Lists[i].Attention = why
		}
	}
}

// reexamined reports whether x, or what a later edition means, is on record.
func (c Case) reexamined(x Reexamination) bool {
	return slices.ContainsFunc(c.Reexaminations, func(e Reexamination) bool {
		if e.List != x.List || e.Decision != x.Decision {
			return false
		}
		return e.To == x.To && e.ToSHA256 == x.ToSHA256 || editionDate(e.List, e.To) > editionDate(x.List, x.To)
	})
}

// newestReexamination returns the last re-examination on list, zero when
// there is none.
func (c Case) newestReexamination(list corpus.ListID) Reexamination {
	for _, x := range slices.Backward(c.Reexaminations) {
		if x.List == list {
			return x
		}
	}
	return Reexamination{}
}

// editionDate returns the day of an edition of list, "" for the digest and
// for what is no edition of it.
func editionDate(list corpus.ListID, edition string) string {
	of, date, _ := strings.Cut(edition, "@")
	if of != string(list) {
		return ""
	}
	return date
}

// shortened returns at most n characters of s, cut at a word.
func shortened(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	cut := string([]rune(s)[:n-2])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return cut + " …"
}
