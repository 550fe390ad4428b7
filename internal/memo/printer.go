package memo

import "assay/review"

// Printer sets memos. Its zero value is ready; it is safe for concurrent use.
type Printer struct{}

// PDF returns m on paper, "a4" or "letter".
func (Printer) PDF(m review.Memo, paper string) ([]byte, error) { return PDF(m, Paper(paper)) }

// HTML returns m as one self-contained page, and the content security policy
// under which it shows as it should.
func (Printer) HTML(m review.Memo) (page []byte, policy string, err error) {
	page, err = HTML(m)
	return page, Policy, err
}
