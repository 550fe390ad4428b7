package review

import (
	"time"

	"assay/classifier"
	"assay/corpus"
)

// Role is what a person is to the office.
type Role string

const (
	Exporter  Role = "exporter"  // submits the own organisation's products
	Officer   Role = "officer"   // checks and decides
	Evaluator Role = "evaluator" // reads, to measure
	Admin     Role = "admin"     // everything that rules of person do not forbid
)

// Roles returns every role, in a fixed order.
func Roles() []Role { return []Role{Exporter, Officer, Evaluator, Admin} }

// Actor is who does something.
type Actor struct {
	ID           string // stable name of the account
	Role         Role
	Organisation string // of an exporter; officers and admins may have none
}

// State is where a case stands. Confirmed, Changed, NotListed and Returned are
// the four ways of having been decided.
type State string

const (
	Draft     State = "draft"
	Submitted State = "submitted"
	InReview  State = "in_review"
	Confirmed State = "confirmed"                // decided as was put forward
	Changed   State = "changed"                  // decided otherwise
	NotListed State = "not_listed"               // decided: on no entry of any list asked for
	Returned  State = "returned_for_information" // the exporter has to add something
	Reopened  State = "reopened"
)

// States returns every state, in the order of a case's way.
func States() []State {
	return []State{Draft, Submitted, InReview, Confirmed, Changed, NotListed, Returned, Reopened}
}

// Final reports whether a case in state s has a classification to rely on.
func (s State) Final() bool { return s == Confirmed || s == Changed || s == NotListed }

// Head is the part of a case that changes: where it stands, whose turn it is,
// and what the queue is filtered by. Everything else about a case is a record.
type Head struct {
	ID           string `json:"id"`
	Number       int64  `json:"number"`  // running number, given by the store
	Version      int64  `json:"version"` // grows by one with every act; for optimistic locking
	Organisation string `json:"organisation"`
	Title        string `json:"title"` // the product's name, or the start of its description
	State        State  `json:"state"`
	Round        int    `json:"round"` // 1, and one more each time the case is submitted again or reopened
	Assignee     string `json:"assignee,omitempty"`
	Second       string `json:"second,omitempty"` // the second officer, who decides without seeing the first
	Disagreement bool   `json:"disagreement"`     // two officers differ and no third has decided yet
	Asked        int    `json:"asked"`            // requests of this round that the exporter has not answered
	Language     string `json:"language,omitempty"`
	Lists        []Line `json:"lists"` // the lists to be decided

	CreatedBy   string    `json:"created_by"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	SubmittedAt time.Time `json:"submitted_at,omitzero"`
	TakenAt     time.Time `json:"taken_at,omitzero"` // when the present officer began
}

// Line is one list of a case, with the newest assessment's answer for it.
type Line struct {
	List       corpus.ListID `json:"list"`
	Code       string        `json:"code,omitempty"`
	Category   string        `json:"category,omitempty"` // corpus.CategoryOf the code
	Confidence float64       `json:"confidence"`         // the outcome's probability, 0 to 1
	// Attention says why a newer edition puts the decision on this list in
	// question; "" when none does, or a person has answered it.
	Attention string `json:"attention,omitempty"`
}

// Case is a head with its records, each sort oldest first.
type Case struct {
	Head
	Products    []ProductRecord    `json:"products"`
	Documents   []Document         `json:"documents"`
	Proposals   []Proposal         `json:"proposals"`
	Assessments []AssessmentRecord `json:"assessments"`
	Decisions   []Decision         `json:"decisions"`
	Messages    []Message          `json:"messages"`

	Reexaminations []Reexamination `json:"reexaminations"`
	Upheld         []Upheld        `json:"upheld"`
}

// Stamp says which record of its sort it is, and who made it when.
type Stamp struct {
	Seq int       `json:"seq"` // 1, 2, … within its case and sort
	At  time.Time `json:"at"`
	By  string    `json:"by"`
}

// ProductRecord is the product as described at one time; the last one counts.
type ProductRecord struct {
	Stamp
	Product classifier.Product `json:"product"`
}

// Document is what is known of a file that belongs to a case. Its bytes and
// its text are a File; the hashes tie them to the record.
type Document struct {
	Stamp
	Name       string   `json:"name"`
	Media      string   `json:"media"` // media type, told from the content: "application/pdf"
	Bytes      int64    `json:"bytes"`
	SHA256     string   `json:"sha256"`                // of the bytes, lower-case hex
	Pages      int      `json:"pages,omitempty"`       // of a PDF; the sheets of a workbook
	Words      int      `json:"words"`                 // of its text
	TextSHA256 string   `json:"text_sha256,omitempty"` // of the text
	Warnings   []string `json:"warnings,omitempty"`    // what its reader left out or doubted
}

// Proposal is the exporter's own classification for one list, with reasons.
type Proposal struct {
	Stamp
	List      corpus.ListID `json:"list"`
	Code      string        `json:"code"` // a code, or EAR99 or none
	Reasoning string        `json:"reasoning"`
}

// AssessmentRecord is what the machine said of the product of that time.
type AssessmentRecord struct {
	Stamp
	Product    int                   `json:"product"` // Seq of the ProductRecord assessed
	Assessment classifier.Assessment `json:"assessment"`
}

// Part is the part that an officer plays in deciding.
type Part string

const (
	First        Part = "first"
	Second       Part = "second"       // blind to the first
	Adjudication Part = "adjudication" // a third person, after two differed
)

// Comparison holds a decision against something said before it.
type Comparison string

const (
	Nothing Comparison = "nothing_to_compare"
	Same    Comparison = "same"
	Differs Comparison = "differs"
)

// Decision is one officer's classification for one list in one round.
type Decision struct {
	Stamp
	Round      int           `json:"round"`
	Part       Part          `json:"part"`
	List       corpus.ListID `json:"list"`
	Edition    string        `json:"edition"`         // "us-ccl@2026-06-24", or "digest"
	Codes      []string      `json:"codes,omitempty"` // empty when NotListed
	NotListed  bool          `json:"not_listed"`
	Reason     Reason        `json:"reason"`
	ReasonText string        `json:"reason_text,omitempty"`
	Relied     []PassageRef  `json:"relied,omitempty"`
	Comment    string        `json:"comment,omitempty"`
	Seconds    int64         `json:"seconds"` // from taking the case to deciding

	Suggestion  Comparison `json:"suggestion"`            // held against the machine's newest outcome
	Exporter    Comparison `json:"exporter"`              // held against the exporter's newest proposal
	Contradicts []string   `json:"contradicts,omitempty"` // standing precedents in the same words that answer otherwise
	// ContradictsLike are those for very like products, by the vectors of
	// LikenessModel; "" says that nothing looked for them.
	ContradictsLike []LikeRef `json:"contradicts_like,omitempty"`
	LikenessModel   string    `json:"likeness_model,omitempty"`
}

// PassageRef names a passage of an edition.
type PassageRef struct {
	Edition string `json:"edition"` // "us-ccl@2026-06-24"
	ID      string `json:"id"`      // corpus.Passage.ID
}

// Answer returns the decision's codes as people write them: "3A001.a.1 + 5A002"
// or the list's word for goods on no entry.
func (d Decision) Answer() string {
	if d.NotListed {
		l, _ := corpus.LookupList(d.List)
		return l.Unlisted
	}
	s := ""
	for i, c := range d.Codes {
		if i > 0 {
			s += " + "
		}
		s += c
	}
	return s
}

// MessageKind tells the sorts of message apart.
type MessageKind string

const (
	Comment  MessageKind = "comment"
	Question MessageKind = "request" // an officer asks the exporter
	Reply    MessageKind = "answer"  // the exporter answers
)

// Message is something that people write to each other on a case.
type Message struct {
	Stamp
	Kind     MessageKind `json:"kind"`
	Round    int         `json:"round"`
	Text     string      `json:"text"`
	Internal bool        `json:"internal,omitempty"` // not for the exporter
	To       int         `json:"to,omitempty"`       // Seq of the request that an answer answers
}

// Reason is an entry of the picklist of reasons for a decision.
type Reason string

const (
	AsSuggested       Reason = "as_suggested"       // the suggestion is right
	AsProposed        Reason = "as_proposed"        // the exporter is right
	CriteriaMet       Reason = "criteria_met"       // every criterion of the paragraph is met
	CriteriaNotMet    Reason = "criteria_not_met"   // a criterion of the nearest paragraph is not met
	ExcludedByNote    Reason = "excluded_by_note"   // a note takes it out
	OtherEntry        Reason = "other_entry"        // another entry describes it better
	SpeciallyDesigned Reason = "specially_designed" // it is specially designed for a listed item
	NotDescribed      Reason = "not_described"      // no entry describes such goods
	FollowsPrecedent  Reason = "follows_precedent"  // as a like case was decided
	OtherReason       Reason = "other"              // said in the text
)

// Reasons returns the picklist, in the order in which it is offered.
func Reasons() []Reason {
	return []Reason{AsSuggested, AsProposed, CriteriaMet, CriteriaNotMet, ExcludedByNote, OtherEntry,
		SpeciallyDesigned, NotDescribed, FollowsPrecedent, OtherReason}
}
