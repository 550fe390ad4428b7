package classifier

import "assay/corpus"

// Status is what an assessment says of a product on one list, or of one
// suggestion.
type Status string

const (
	Listed       Status = "listed"       // an entry describes it
	Residual     Status = "residual"     // a lowest-tier entry (99x) catches it
	NotListed    Status = "not_listed"   // no entry describes it
	Undetermined Status = "undetermined" // the facts do not decide
)

// Assessment is what the machine says of a product. It is never changed after
// it was made.
type Assessment struct {
	ID          string       `json:"id"`
	Name        string       `json:"name,omitempty"`
	Outcomes    []Outcome    `json:"outcomes"`
	Suggestions []Suggestion `json:"suggestions"` // by list, best first within a list
	Questions   []Question   `json:"questions"`
	Screening   Screening    `json:"screening"`
	Language    string       `json:"language"` // ISO 639-1, "" when it cannot be told
	Model       string       `json:"model"`    // the embedder, or "lexical"
	Corpus      string       `json:"corpus"`   // digest and editions, with their versions
	// Features are the declared features that were on, such as FeaturePrecedents;
	// missing when none was.
	Features  []string `json:"features,omitempty"`
	ElapsedMS float64  `json:"elapsed_ms"`
}

// Outcome is the answer for one list.
type Outcome struct {
	List        corpus.ListID `json:"list"`
	Edition     string        `json:"edition"` // imported edition, or "digest" when none is
	Status      Status        `json:"status"`
	Code        string        `json:"code"` // paragraph, EAR99 or none
	Probability float64       `json:"probability"`
	Reason      string        `json:"reason"` // one sentence for people
}

// Suggestion is one candidate paragraph of a list; the code EAR99 or none
// stands for "on no entry".
type Suggestion struct {
	List        corpus.ListID `json:"list"`
	Code        string        `json:"code"`
	Status      Status        `json:"status"`
	Probability float64       `json:"probability"`
	Gist        string        `json:"gist"`
	// Also names other paragraphs of the same entry that came close.
	Also      []string    `json:"also,omitempty"`
	Matches   []Match     `json:"matches"`
	Criteria  []Criterion `json:"criteria"`
	Citations []Citation  `json:"citations"`
	WhyNot    string      `json:"why_not"` // why it is not the first; "" for the first
	Evidence  Evidence    `json:"evidence"`
}

// Evidence shows how retrieval came to a suggestion; each lies between 0 and 1
// but Cosine, which is the plain cosine.
type Evidence struct {
	Score   float64 `json:"score"`
	Terms   float64 `json:"terms"`
	Words   float64 `json:"words"`
	Cosine  float64 `json:"cosine"`
	Passage float64 `json:"passage"` // score of the best official passage, 0 when none is imported
	// Precedents are the like cases decided so; missing when there are none or
	// the feature is off.
	Precedents *Decided `json:"precedents,omitempty"`
}

// Match is a product term of the digest found in the product's text.
type Match struct {
	Term     string  `json:"term"`
	Coverage float64 `json:"coverage"` // share of the term's weight present, 1 for all of it
	Spans    []Span  `json:"spans"`
}

// Criterion is one condition of a paragraph held against the product.
type Criterion struct {
	Path    string `json:"path"`  // place in the card
	Needs   string `json:"needs"` // the condition in words
	Found   string `json:"found"` // the fact, or ""
	Span    *Span  `json:"span"`  // where the fact stands
	Verdict string `json:"verdict"`
}

// Citation points at the text a suggestion rests on. Quote is Text[Start:End].
type Citation struct {
	List    corpus.ListID `json:"list"`
	Edition string        `json:"edition"` // "us-ccl@2026-06-24", or "digest" for our own words
	Code    string        `json:"code"`
	Kind    string        `json:"kind"` // a passage kind, "gist" or "goods"
	Text    string        `json:"text"`
	Quote   string        `json:"quote"`
	Start   int           `json:"start"` // byte offsets of Quote in Text
	End     int           `json:"end"`
	URL     string        `json:"url"`
}

// Question separates two candidates; answering it would change or confirm the outcome.
type Question struct {
	List    corpus.ListID `json:"list"`
	Between []string      `json:"between"` // two codes
	Ask     string        `json:"ask"`
}

// Screening is what stands beside a classification and never changes it. The
// classifier leaves it as "not_run"; whoever screens fills it in.
type Screening struct {
	Status       string `json:"status"`
	Capabilities []any  `json:"capabilities"`
	Tools        []any  `json:"tools"`
	Parties      []any  `json:"parties"`
	Review       []any  `json:"review"`
}

func notScreened() Screening {
	return Screening{Status: "not_run", Capabilities: []any{}, Tools: []any{}, Parties: []any{}, Review: []any{}}
}
