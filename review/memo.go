package review

import (
	"time"

	"assay/classifier"
	"assay/corpus"
)

// Memo is the classification memo of one round of a case: what was asked, what
// was looked at, what was decided and on what, for the file. It is drawn from
// the records of the case and nothing else; where they are silent it says so.
type Memo struct {
	Number       string // PrecedentID of case and round
	Case         string
	Round        int
	Status       MemoStatus
	State        State // of the case when the memo was prepared
	Copy         MemoCopy
	Title        string
	Organisation string
	Opened       time.Time // when the case was
	Decided      time.Time // when the last decision of the round was made; zero for a draft
	Prepared     time.Time // when the memo was
	Present      int       // the round that the case is in; more than Round for a superseded memo

	Lists      []MemoList        // in the order of the case
	Editions   []MemoEdition     // that assessment and decisions used, by list
	NotAsked   []corpus.List     // known lists that the case does not ask about
	Product    MemoProduct       // as described when it was decided
	Documents  []Document        // in the order in which they were added
	Letters    []Message         // requests, answers and comments that the reader may see, of this round and earlier ones
	Tracks     []Track           // the order of review, law by law
	Earlier    []EarlierRound    // decisions of earlier rounds
	Signers    []Signer          // those who decided in this round
	Machine    *MachinePart      // nil: nothing was assessed
	Precedents []MemoPrecedent   // of other cases, in the same words; the office's copy only
	Names      map[string]string // what the owners of accounts in the memo are called, where that is known
	Integrity  Integrity
}

// MemoStatus says what a memo is worth.
type MemoStatus string

const (
	MemoDraft      MemoStatus = "draft"      // the round is not decided
	MemoDecided    MemoStatus = "decided"    // it is, and stands
	MemoSuperseded MemoStatus = "superseded" // it was, and the case was reopened since
)

// MemoCopy says for whom a memo is.
type MemoCopy string

const (
	OfficeCopy   MemoCopy = "office"
	ExporterCopy MemoCopy = "exporter" // holds only what an exporter of the organisation may see
)

// MemoList is everything about one list of the case.
type MemoList struct {
	corpus.List
	Answer    string              // what was decided; "" while it is open
	Codes     []string            // the codes of it; none for "on no entry"
	Stands    *MemoDecision       // the decision that stands, one of Decisions; nil while it is open
	Disputed  bool                // two officers differ and nobody has settled it
	Decisions []MemoDecision      // of this round: first, second, adjudication
	Outcome   *classifier.Outcome // of the assessment; nil when there is none
	Proposals []Proposal          // the exporter's, newest first
	Words     []Quoted            // the decided paragraphs with the heads above them
	Rows      []MemoRow           // decided codes, then the assessment's candidates that weigh something
	Further   []string            // codes of the candidates that do not
	Rejected  []Rejection
	Later     []LaterEdition // what newer editions mean for the decision that stands
	Attention string         // why one of them asks for a person's look; "" when none does
}

// LaterEdition is what an edition that came after a decision means for it.
type LaterEdition struct {
	Reexamination
	Upheld *Upheld // who let the decision stand under it; nil when nobody did, or had to
}

// MemoEdition is an edition that was used, with its record when it is at hand.
type MemoEdition struct {
	List   corpus.ListID
	ID     string // "us-ccl@2026-06-24", or "digest" for our own words
	AtHand bool
	// What it was used for.
	Decided, Assessed bool
	corpus.Meta
}

// MemoProduct is the description that the round is about.
type MemoProduct struct {
	ProductRecord
	Versions int // how many descriptions the case has in all
}

// MemoRow is one line of the table of entries.
type MemoRow struct {
	Code       string
	Decided    bool                   // by the decision that stands
	Suggestion *classifier.Suggestion // nil: the assessment did not put it forward, nor anything at its place
}

// Rejection is an answer that was on the table and is not the decision.
type Rejection struct {
	Code string
	By   RejectedBy
	Who  string // account of a person, "" for the assessment
	Why  string // in the words of the record; "" when none were given
}

// RejectedBy says who had put forward what was rejected.
type RejectedBy string

const (
	ByAssessment RejectedBy = "assessment"
	ByExporter   RejectedBy = "exporter"
	ByOfficer    RejectedBy = "officer"
)

// Quoted is a passage in the words of its edition.
type Quoted struct {
	Edition string
	ID      string
	Code    string
	Label   string
	Kind    corpus.Kind
	Text    string // "" when the edition is not at hand, or lacks the passage
	URL     string
	Credit  string // that the rights holder asks for
}

// MemoDecision is a decision as a memo shows it.
type MemoDecision struct {
	Decision
	Stands   bool     // false: it was overruled, or is one of two that differ
	Said     string   // the answer, as the list writes it
	Was      string   // what the assessment of that time suggested, or ""
	Proposed string   // what the exporter had proposed by then, or ""
	Passages []Quoted // those relied on
}

// EarlierRound is what one list was decided to be in an earlier round.
type EarlierRound struct {
	Decision
	Said string
}

// Signer is somebody who answers for the memo.
type Signer struct {
	ID     string
	Part   Part
	Lists  []corpus.ListID // on which the decision stands
	Differ []corpus.ListID // on which the person decided otherwise than what stands
	At     time.Time       // of the last decision
}

// MachinePart is what the machine contributed.
type MachinePart struct {
	Stamp
	Assessment  classifier.Assessment
	Product     int  // the description that was assessed
	Stale       bool // the product was described anew since
	Assessments int  // how many there are in all
}

// MemoPrecedent is a precedent for a product in the same words.
type MemoPrecedent struct {
	Precedent
	Against []corpus.ListID // on which it answers otherwise than what stands here
}

// Integrity is how anyone can check the memo against the records later.
type Integrity struct {
	Version int64     // of the case
	Head    AuditHead // of the audit log when the memo was prepared
	Records []RecordSum
}

// RecordSum names a record that the memo is drawn from, with its hash.
type RecordSum struct {
	Sort Sort
	Stamp
	SHA256 string
}
