package review

import (
	"slices"
	"strings"
	"unicode/utf8"

	"assay/corpus"
)

// Ruling is what an officer hands in: the decision without what the service
// knows better.
type Ruling struct {
	List       corpus.ListID `json:"list"`
	Edition    string        `json:"edition"` // "" means the one that the newest assessment used
	Codes      []string      `json:"codes"`
	NotListed  bool          `json:"not_listed"`
	Reason     Reason        `json:"reason"`
	ReasonText string        `json:"reason_text"`
	Relied     []PassageRef  `json:"relied"`
	Comment    string        `json:"comment"`
}

// Limits on what people write, in bytes.
const (
	MaxText   = 64 << 10 // reasoning, comments, requests
	MaxShort  = 1000     // names and ids
	maxCodes  = 20
	maxRelied = 200 // passages of one decision
)

// decision checks r against the case and returns it as a decision of part,
// compared with what was said before, without a stamp.
func (r Ruling) decision(c Case, part Part) (Decision, error) {
	d := Decision{Round: c.Round, Part: part, List: r.List, Edition: r.Edition, NotListed: r.NotListed, Reason: r.Reason,
		ReasonText: strings.TrimSpace(r.ReasonText), Relied: r.Relied, Comment: strings.TrimSpace(r.Comment)}
	if !slices.ContainsFunc(c.Lists, func(l Line) bool { return l.List == r.List }) {
		return d, invalidIn("list", "decide one of "+lineNames(c.Lists), "case %s does not ask about the list %.40q", c.ID, r.List)
	}
	var err error
	if d.Codes, d.NotListed, err = codes(r.List, r.Codes, r.NotListed); err != nil {
		return d, err
	}
	suggestion, edition := c.suggestion(r.List)
	if d.Edition == "" {
		d.Edition = edition
	}
	if d.Edition == "" {
		return d, invalidIn("edition", "name the edition decided on, such as us-ccl@2026-06-24", "no assessment says which edition of %s was used", r.List)
	}
	if list, _, dated := strings.Cut(d.Edition, "@"); d.Edition != "digest" && (!dated || list != string(r.List)) {
		return d, invalidIn("edition", "write it like "+string(r.List)+"@2026-06-24", "%.80q is not an edition of %s", d.Edition, r.List)
	}
	d.Suggestion, d.Exporter = d.compare(suggestion), d.compare(c.proposal(r.List))
	if err := d.reasoned(); err != nil {
		return d, err
	}
	for _, p := range d.Relied {
		if p.Edition == "" || p.ID == "" || !tidy(p.Edition+p.ID, MaxShort) {
			return d, invalidIn("relied", "", "a passage relied on needs its edition and its id")
		}
	}
	const tooLong = "%s is UTF-8 text of at most %d bytes"
	switch {
	case len(d.Relied) > maxRelied:
		return d, invalidIn("relied", "name those that decide it", "%d passages are too many; at most %d", len(d.Relied), maxRelied)
	case !tidy(d.ReasonText, MaxText):
		return d, invalidIn("reason_text", "", tooLong, "the reason", MaxText)
	case !tidy(d.Comment, MaxText):
		return d, invalidIn("comment", "", tooLong, "the comment", MaxText)
	}
	return d, nil
}

func (d Decision) reasoned() error {
	switch {
	case !slices.Contains(Reasons(), d.Reason):
		return invalidIn("reason", "choose one of "+commas(Reasons()), "%.40q is not a reason", d.Reason)
	case d.Reason == OtherReason && d.ReasonText == "":
		return invalidIn("reason_text", "say the reason in words", "the reason is %q", OtherReason)
	case d.Reason == AsSuggested && d.Suggestion != Same:
		return invalidIn("reason", "choose the reason that made you differ", "%s is not what was suggested", d.Answer())
	case d.Reason == AsProposed && d.Exporter != Same:
		return invalidIn("reason", "choose the reason that made you differ", "%s is not what the exporter proposed", d.Answer())
	}
	return nil
}

// codes brings the codes of a ruling into one spelling.
func codes(list corpus.ListID, in []string, notListed bool) ([]string, bool, error) {
	var out []string
	for _, c := range in {
		code, err := parseCode(list, c)
		if err != nil {
			return nil, false, invalidIn("codes", "", "%v", err)
		}
		if corpus.IsUnlisted(code) {
			notListed = true
			continue
		}
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	switch {
	case notListed && len(out) > 0:
		return nil, false, invalidIn("codes", "give codes, or say that it is not listed", "a product cannot be under %s and on no entry of %s at once", out[0], list)
	case !notListed && len(out) == 0:
		return nil, false, invalidIn("codes", "give a code of "+string(list)+", or say that it is not listed", "the decision names no code")
	case len(out) > maxCodes:
		return nil, false, invalidIn("codes", "", "%d codes are too many; at most %d", len(out), maxCodes)
	}
	return out, notListed, nil
}

// parseCode accepts codes of unknown lists, and Wassenaar's, as they are written.
func parseCode(list corpus.ListID, s string) (string, error) {
	code, err := corpus.ParseCode(s)
	if err == nil {
		return code, nil
	}
	s = strings.TrimSpace(s)
	if _, byName := corpus.LookupList(list); byName && list != corpus.Wassenaar || s == "" || len(s) > 60 || !tidy(s, 60) {
		return "", &Error{Kind: Invalid, Field: "code", Text: err.Error()}
	}
	return s, nil
}

// compare holds d against one code, "" for none.
func (d Decision) compare(code string) Comparison {
	switch {
	case code == "":
		return Nothing
	case d.NotListed && corpus.IsUnlisted(code), len(d.Codes) == 1 && d.Codes[0] == code:
		return Same
	}
	return Differs
}

// agrees reports whether two decisions on one list say the same.
func (d Decision) agrees(e Decision) bool {
	return d.NotListed == e.NotListed && sameCodes(d.Codes, e.Codes)
}

// suggestion returns the newest assessment's code for list and the edition it
// used, or "".
func (c Case) suggestion(list corpus.ListID) (code, edition string) {
	if len(c.Assessments) == 0 {
		return "", ""
	}
	for _, o := range c.Assessments[len(c.Assessments)-1].Assessment.Outcomes {
		if o.List == list {
			return o.Code, o.Edition
		}
	}
	return "", ""
}

// proposal returns the exporter's newest code for list, or "".
func (c Case) proposal(list corpus.ListID) string {
	for _, p := range slices.Backward(c.Proposals) {
		if p.List == list {
			return p.Code
		}
	}
	return ""
}

// heard returns the present round's decisions on list by part.
func (c Case) heard(list corpus.ListID) map[Part]Decision {
	by := map[Part]Decision{}
	for _, d := range c.Decisions {
		if d.Round == c.Round && d.List == list {
			by[d.Part] = d
		}
	}
	return by
}

// verdict returns the decision that stands for list in the present round, if
// there is one yet, and whether two officers differ with nobody having settled it.
func (c Case) verdict(list corpus.ListID) (d Decision, done, disputed bool) {
	by := c.heard(list)
	if settled, ok := by[Adjudication]; ok {
		return settled, true, false
	}
	first, one := by[First]
	second, two := by[Second]
	switch {
	case c.Second == "":
		return first, one, false
	case !one || !two:
		return Decision{}, false, false
	case first.agrees(second):
		return first, true, false
	}
	return Decision{}, false, true
}

// ruled returns the state that the decisions of the round amount to.
func (c Case) ruled() (_ State, disputed bool) {
	open, listed, changed := false, false, false
	for _, l := range c.Lists {
		d, done, dispute := c.verdict(l.List)
		disputed = disputed || dispute
		if !done {
			open = true
			continue
		}
		listed = listed || !d.NotListed
		forward := d.Exporter // what the exporter put forward, else the suggestion
		if forward == Nothing {
			forward = d.Suggestion
		}
		changed = changed || forward != Same
	}
	switch {
	case open:
		return InReview, disputed
	case !listed:
		return NotListed, false
	case changed:
		return Changed, false
	}
	return Confirmed, false
}

// tidy reports whether s is text that every store can hold, of at most n bytes.
func tidy(s string, n int) bool {
	return len(s) <= n && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

func lineNames(lines []Line) string {
	names := make([]corpus.ListID, len(lines))
	for i, l := range lines {
		names[i] = l.List
	}
	return commas(names)
}

func commas[S ~string](words []S) string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = string(w)
	}
	return strings.Join(s, ", ")
}
