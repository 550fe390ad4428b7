package memo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// reasons puts the picklist into words for a lawyer.
var reasons = map[review.Reason]string{
	review.AsSuggested:       "The suggestion of the assessment is right.",
	review.AsProposed:        "The exporter’s own classification is right.",
	review.CriteriaMet:       "Every criterion of the paragraph is met.",
	review.CriteriaNotMet:    "A criterion of the nearest paragraph is not met.",
	review.ExcludedByNote:    "A note takes the product out of the entry.",
	review.OtherEntry:        "Another entry describes the product better.",
	review.SpeciallyDesigned: "The product is specially designed for a listed item.",
	review.NotDescribed:      "No entry describes such goods.",
	review.FollowsPrecedent:  "A like case was decided in the same way.",
	review.OtherReason:       "As stated below.",
}

func reason(r review.Reason) string {
	if s := reasons[r]; s != "" {
		return s
	}
	return string(r)
}

var parts = map[review.Part]string{
	review.First:        "First officer",
	review.Second:       "Second officer, blind to the first",
	review.Adjudication: "Adjudicating officer",
}

var states = map[review.State]string{
	review.Draft:     "being prepared by the exporter",
	review.Submitted: "submitted and waiting for an officer",
	review.InReview:  "in review",
	review.Confirmed: "decided as put forward",
	review.Changed:   "decided otherwise than put forward",
	review.NotListed: "decided: on no entry",
	review.Returned:  "returned to the exporter for information",
	review.Reopened:  "reopened and waiting for an officer",
}

var statuses = map[classifier.Status]string{
	classifier.Listed:       "listed",
	classifier.Residual:     "residual entry",
	classifier.NotListed:    "on no entry",
	classifier.Undetermined: "undetermined",
}

var answers = map[review.StepAnswer]string{
	review.StepYes:        "Yes",
	review.StepNo:         "No",
	review.StepOpen:       "Open",
	review.StepNotReached: "Not reached",
	review.StepSilent:     "Not recorded",
	review.StepNotAsked:   "Not examined",
}

var sorts = map[review.Sort]string{
	review.SortProduct:       "Description",
	review.SortDocument:      "Document",
	review.SortProposal:      "Exporter’s classification",
	review.SortAssessment:    "Assessment",
	review.SortDecision:      "Decision",
	review.SortMessage:       "Message",
	review.SortReexamination: "Re-examination",
	review.SortUpheld:        "Decision upheld",
}

var messages = map[review.MessageKind]string{
	review.Comment:  "Comment",
	review.Question: "Request for information",
	review.Reply:    "Answer",
}

var verdicts = map[string]string{"met": "met", "not_met": "not met", "unknown": "unknown"}

// office stands where the record has no name for the reader.
const office = "the office"

// who names the owner of an account.
func (c *composer) who(id string) string {
	if id == "" {
		return office
	}
	if name := c.m.Names[id]; name != "" {
		return name
	}
	return id
}

// whoExactly is who, with the account that the records name.
func (c *composer) whoExactly(id string) string {
	if name := c.who(id); name != id && id != "" {
		return name + " (" + id + ")"
	}
	return c.who(id)
}

func day(t time.Time) string  { return t.UTC().Format("2 January 2006") }
func hour(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// list names for tables, where the full title would not fit.
func listName(id corpus.ListID) string {
	l, _ := corpus.LookupList(id)
	return l.Title
}

func listNames(ids []corpus.ListID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = listName(id)
	}
	return enumerate(names)
}

// enumerate joins words as people do: a, b and c.
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// editionName says an edition for people: "edition of 2026-06-24".
func editionName(id string) string {
	if id == "digest" {
		return "no edition: Assay’s own digest"
	}
	if _, date, dated := strings.Cut(id, "@"); dated {
		return "edition of " + isoDay(date)
	}
	return id
}

func isoDay(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return day(t)
}

// grouped writes a number with thin groups of three digits.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func duration(seconds int64) string {
	switch {
	case seconds < 60:
		return counted(seconds, "second")
	case seconds < 2*3600:
		return counted(seconds/60, "minute")
	case seconds < 2*86400:
		return counted(seconds/3600, "hour")
	}
	return counted(seconds/86400, "day")
}

func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

var languages = map[string]string{"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
	"nl": "Dutch", "sv": "Swedish", "pl": "Polish", "tr": "Turkish", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "ru": "Russian"}

func language(code string) string {
	switch {
	case code == "":
		return "not told"
	case languages[code] != "":
		return languages[code]
	}
	return code
}
