package review

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"assay/corpus"
)

// Store keeps cases. Every error it returns is an *Error. It is declared here,
// by the one who needs it; internal/storetest says in tests what each method
// must do.
type Store interface {
	// Read runs fn over one consistent state of the store. Readers do not wait
	// for writers.
	Read(ctx context.Context, fn func(Reader) error) error
	// Write runs fn in one transaction: when fn returns nil and Write returns
	// nil, everything is stored and survives a crash; otherwise nothing is.
	// Writers take turns. fn may run more than once, so it must not act
	// outside the store.
	Write(ctx context.Context, fn func(Writer) error) error
	// Close waits for what is running.
	Close() error
}

// Reader reads within one Read or Write. What is there and is not as a store
// writes it is an Unreadable error; any other failure of the database may come
// as the database's own error and is explained by Read or Write.
type Reader interface {
	// Head returns the head of the case id, or a NotFound error.
	Head(ctx context.Context, id string) (Head, error)
	// Records returns every record of the case id: by sort, oldest first.
	Records(ctx context.Context, id string) ([]Record, error)
	// Queue returns the cases that f asks for by number, ascending unless f
	// wants the newest first.
	Queue(ctx context.Context, f Filter) (Page, error)
	// Census returns how many cases are in each state.
	Census(ctx context.Context) (map[State]int64, error)
	// Precedents returns those that f asks for, newest decision first.
	Precedents(ctx context.Context, f PrecedentFilter) ([]Precedent, error)
	// Nearest returns the precedents whose vectors are nearest to q.Vector,
	// nearest first, among those with a vector by q.Model; those equally near
	// by ID. A store may find them by an index that now and then misses one.
	Nearest(ctx context.Context, q NearQuery) ([]Near, error)
	// WithoutVector returns precedents that have no vector by m, at most limit,
	// in an order in which the search can go on behind the last one returned; the zero
	// Precedent starts it.
	WithoutVector(ctx context.Context, m VectorModel, after Precedent, limit int) ([]Precedent, error)
	// VectorSets counts the precedents, and their vectors by model.
	VectorSets(ctx context.Context) (precedents int, sets []VectorSet, err error)
	// Audit yields the audit log by ascending number.
	Audit(ctx context.Context) iter.Seq2[AuditRecord, error]
	// AuditPage returns the audit records that f asks for by number, ascending
	// unless f wants the newest first. What cannot be read as JSON belongs to
	// no case.
	AuditPage(ctx context.Context, f AuditFilter) (AuditPage, error)
	// File returns the file whose bytes have this SHA-256, or a NotFound
	// error. Whether they still have it is for the caller to check.
	File(ctx context.Context, sha256 string) (File, error)
	// Receipt returns what the act with this idempotency key did, and whether
	// there was one.
	Receipt(ctx context.Context, actor, key string) (Receipt, bool, error)
	// Receipts yields every receipt by actor and key.
	Receipts(ctx context.Context) iter.Seq2[Receipt, error]
	WebhookReader
}

// Writer reads and writes within one Write.
type Writer interface {
	Reader
	// Create stores a new head with version 1 and sets h.Number and h.Version.
	// An id that is taken is a Conflict.
	Create(ctx context.Context, h *Head) error
	// Update stores h over the version that it was read with and raises
	// h.Version. It is a Conflict when another version is stored by now.
	Update(ctx context.Context, h *Head) error
	// Add stores a record for good. A number that is taken is a Conflict.
	Add(ctx context.Context, r Record) error
	// PutFile stores f for good. When a file of its hash is there, nothing is
	// stored, and f takes the pages and the text of that one.
	PutFile(ctx context.Context, f *File) error
	// AddPrecedent stores what a round of a case came to.
	AddPrecedent(ctx context.Context, p Precedent) error
	// AddVector stores a vector of a precedent that is there. Where there is one
	// by the same model already, that one stays: it was made of the same text.
	AddVector(ctx context.Context, v PrecedentVector) error
	// DropVectors deletes every vector by the model of this name, whatever its
	// dimension, and says how many these were.
	DropVectors(ctx context.Context, model string) (int, error)
	// Append writes e at the end of the audit log.
	Append(ctx context.Context, e AuditEntry) (AuditRecord, error)
	// Keep stores the receipt of an act under its idempotency key.
	Keep(ctx context.Context, r Receipt) error
	WebhookWriter
}

// Sort is a sort of record.
type Sort string

const (
	SortProduct    Sort = "product"
	SortDocument   Sort = "document"
	SortProposal   Sort = "proposal"
	SortAssessment Sort = "assessment"
	SortDecision   Sort = "decision"
	SortMessage    Sort = "message"

	SortReexamination Sort = "reexamination"
	SortUpheld        Sort = "upheld"
)

// Sorts returns every sort of record, in the order of Reader.Records.
func Sorts() []Sort {
	return []Sort{SortProduct, SortDocument, SortProposal, SortAssessment, SortDecision, SortMessage, SortReexamination, SortUpheld}
}

// Record is a record as a store keeps it: its stamp, and the rest as canonical JSON.
type Record struct {
	Case string
	Sort Sort
	Stamp
	Body json.RawMessage
}

// Receipt remembers an act, so that a repeated request is answered and not
// done again.
type Receipt struct {
	Actor       string
	Key         string // chosen by the client
	Fingerprint string // of act, case and content: a key may not be used for two things
	Case        string
	At          time.Time
}

// PrecedentVector is where a precedent's text lies in the space of a model.
// Stores keep it in eight bits a component.
type PrecedentVector struct {
	Case   string
	Round  int
	Model  VectorModel
	Vector []float32
}

// NearQuery says which precedents are searched by meaning.
type NearQuery struct {
	Model        VectorModel
	Vector       []float32       // by Model
	Lists        []corpus.ListID // that answer for one of these; none: for any
	Standing     bool            // without superseded ones
	Organisation string          // of this organisation's cases; "" of all
	Without      string          // not of this case
	Least        float64         // at least this similar
	Limit        int             // at most so many
}

// Near is a precedent and how similar it is, as a cosine.
type Near struct {
	Precedent
	Similarity float64
}
