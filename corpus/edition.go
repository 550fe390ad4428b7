package corpus

import (
	"fmt"
	"time"
)

// Edition is one dated state of a list, as imported from one source.
type Edition struct {
	Meta
	// Passages stand in the order of the document. Every passage below an
	// entry follows that entry's own passage.
	Passages []Passage `json:"-"`
}

// Meta says what an edition is and where it came from.
type Meta struct {
	List        ListID    `json:"list"`
	Date        string    `json:"date"` // the day whose law the text states, 2006-01-02
	Title       string    `json:"title"`
	Language    string    `json:"language"`              // BCP 47, "en"
	Format      string    `json:"format"`                // the reader that read it, "ecfr-ccl"
	Source      string    `json:"source"`                // file name or address it came from
	Retrieved   time.Time `json:"retrieved"`             // when it was fetched or imported
	SHA256      string    `json:"sha256"`                // of the source's bytes, lower-case hex
	Attribution string    `json:"attribution,omitempty"` // credit that the rights holder asks for
}

// ID names an edition: list and date, "us-ccl@2026-06-24".
func (m Meta) ID() string { return string(m.List) + "@" + m.Date }

// Kind says what sort of text a passage is.
type Kind string

// The kinds of passage. An entry's own head is KindEntry; everything else is
// attached to the code of an entry, a paragraph, a group ("3A"), a category
// ("3") or, with an empty code, to the whole list.
const (
	KindHeading        Kind = "heading"        // category, part or product-group heading
	KindEntry          Kind = "entry"          // head of an entry
	KindParagraph      Kind = "paragraph"      // item paragraph
	KindNote           Kind = "note"           // Note, Note 1, …
	KindTechnicalNote  Kind = "technical_note" // Technical Note(s)
	KindNB             Kind = "nb"             // N.B.
	KindDefinition     Kind = "definition"     // a defined term; Label is the term
	KindReasons        Kind = "reasons"        // "NS, RS, AT"
	KindRequirement    Kind = "requirement"    // a row of a licence-requirement table
	KindException      Kind = "exception"      // a licence exception: LVS, GBS, TSR, STA …
	KindRelated        Kind = "related"        // related controls
	KindRelatedDefs    Kind = "related_defs"   // related definitions
	KindAdministrative Kind = "administrative" // reporting requirements, editorial notes, headings of sub-areas
)

// Passage is the unit that can be cited.
type Passage struct {
	// ID is stable between imports of the same list: the code itself for an
	// entry or paragraph, else code + "#" + kind + "-" + running number.
	ID    string `json:"id"`
	Code  string `json:"code"` // what it belongs to; see Kind
	Kind  Kind   `json:"kind"`
	Label string `json:"label,omitempty"` // as printed: "a.5", "Note 1", the defined term, "LVS"
	Text  string `json:"text"`            // without label or designator, white space folded
	// AppliesTo names the codes that a note, requirement or exception speaks
	// of when they are fewer than all below Code. Empty means Code and below.
	AppliesTo []string `json:"applies_to,omitempty"`
	// Marks holds short facts printed with the passage: "SME", "MT" on the
	// USML; "reason=NS", "column=NS Column 2" of a licence requirement.
	Marks []string `json:"marks,omitempty"`
}

// Entry returns the entry that the passage lies in, or "" for a passage of a
// group, a category or the whole list.
func (p Passage) Entry() string {
	if len(p.Code) == 1 || len(p.Code) == 2 {
		if p.Code[0] >= '0' && p.Code[0] <= '9' { // "3", "3A"
			return ""
		}
	}
	return EntryOf(p.Code)
}

// ReadError is what every reader of a published format returns for input it
// refuses: where in the input, what is wrong, what to do about it.
type ReadError struct {
	Source string // file name or address
	Line   int    // 1-based; 0 when unknown
	Place  string // the entry or paragraph being read, when known
	Err    error
	Remedy string
}

func (e *ReadError) Error() string {
	s := e.Source
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
	}
	if e.Place != "" {
		s += " (" + e.Place + ")"
	}
	s += ": " + e.Err.Error()
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

func (e *ReadError) Unwrap() error { return e.Err }

// Limits bound what a reader accepts, so that a hostile or broken file ends
// in an error and not in a full memory. The zero value means the defaults.
type Limits struct {
	Bytes    int64 // size of the source; default 64 MiB
	Depth    int   // nesting of elements; default 64
	Passages int   // passages of one edition; default 200,000
	Text     int   // bytes of one passage; default 256 KiB
}

// WithDefaults returns l with every zero field set to its default.
func (l Limits) WithDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 64 << 20
	}
	if l.Depth == 0 {
		l.Depth = 64
	}
	if l.Passages == 0 {
		l.Passages = 200_000
	}
	if l.Text == 0 {
		l.Text = 256 << 10
	}
	return l
}

// Validate checks what every edition must satisfy, whichever reader made it:
// a list name, a date, at least one entry, codes in one spelling, unique
// passage ids, every paragraph below an entry that comes before it. It returns
// the first violation.
func (e *Edition) Validate() error {
	if _, err := ParseListID(string(e.List)); err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, e.Date); err != nil {
		return fmt.Errorf("edition of %s has date %q; it must be a day like 2026-06-24", e.List, e.Date)
	}
	ids := make(map[string]bool, len(e.Passages))
	entries := 0
	for i, p := range e.Passages {
		where := fmt.Sprintf("passage %d (%s)", i+1, p.ID)
		switch {
		case p.ID == "":
			return fmt.Errorf("passage %d has no id", i+1)
		case ids[p.ID]:
			return fmt.Errorf("%s: the id appears twice", where)
		case p.Kind == "":
			return fmt.Errorf("%s has no kind", where)
		case p.Text == "" && p.Kind != KindHeading:
			return fmt.Errorf("%s has no text", where)
		}
		switch p.Kind {
		case KindEntry:
			entries++
		case KindParagraph:
			if !ids[EntryOf(p.Code)] {
				return fmt.Errorf("%s stands before its entry %s", where, EntryOf(p.Code))
			}
		}
		if (p.Kind == KindEntry || p.Kind == KindParagraph) && p.ID != p.Code {
			return fmt.Errorf("%s must have its code %q as id", where, p.Code)
		}
		ids[p.ID] = true
	}
	if entries == 0 {
		return fmt.Errorf("%s has no entries", e.ID())
	}
	return nil
}
