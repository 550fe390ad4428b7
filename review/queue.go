package review

import (
	"slices"
	"time"

	"assay/corpus"
)

// Filter says which cases are asked for. A zero field asks for nothing in
// particular. List, Category, the confidences and Attention must hold for one
// and the same list of a case.
type Filter struct {
	States        []State
	List          corpus.ListID
	Category      string    // "3", "ML11", "EAR99"; see corpus.CategoryOf
	MinConfidence float64   // least and greatest probability of the newest assessment
	MaxConfidence float64   // 0 means no bound
	Before        time.Time // created before
	After         time.Time // created at or after
	Language      string
	Disagreement  *bool
	Attention     bool   // a newer edition puts the decision in question
	Assignee      string // "-" for nobody
	Organisation  string // Service sets it for an exporter

	Newest bool  // highest number first
	From   int64 // number behind which the page starts: Page.Next of the page before
	Limit  int   // cases on a page; 0 means 50, at most MaxPage
}

// MaxPage is the largest page of a queue.
const MaxPage = 500

// PageSize returns the number of cases that f asks for at once.
func (f Filter) PageSize() int { return pageSize(f.Limit) }

func pageSize(limit int) int {
	if limit <= 0 {
		return 50
	}
	return min(limit, MaxPage)
}

// Page is a part of a queue. Cases are ordered by number, so that a case that
// comes or changes between two pages neither repeats nor hides another.
type Page struct {
	Cases []Head `json:"cases"`
	Next  int64  `json:"next,omitempty"` // From of the next page, 0 when this is the last
}

// AuditFilter says which audit records are asked for. A zero field asks for
// nothing in particular.
type AuditFilter struct {
	Case  string
	Actor string
	Act   Act

	Newest bool  // highest number first
	From   int64 // number behind which the page starts: AuditPage.Next of the page before
	Limit  int   // records on a page; 0 means 50, at most MaxPage
}

// PageSize returns the number of records that f asks for at once.
func (f AuditFilter) PageSize() int { return pageSize(f.Limit) }

// AuditPage is a part of the audit log.
type AuditPage struct {
	Records []AuditRecord `json:"records"`
	Next    int64         `json:"next,omitempty"` // From of the next page, 0 when this is the last
}

// valid refuses what no case can match by mistake of the asker.
func (f Filter) valid() error {
	for _, s := range f.States {
		if !slices.Contains(States(), s) {
			return invalidIn("state", "states are "+commas(States()), "there is no state %.40q", s)
		}
	}
	for field, v := range map[string]float64{"min_confidence": f.MinConfidence, "max_confidence": f.MaxConfidence} {
		if !(v >= 0 && v <= 1) { // as NaN is not
			return invalidIn(field, "give a number such as 0.5", "a confidence lies between 0 and 1")
		}
	}
	if f.From < 0 {
		return invalidIn("from", "take it from the page before", "a page starts behind number %d", f.From)
	}
	return nil
}
