package review

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"assay/classifier"
)

// Limits on documents.
const (
	MaxDocument  = 25 << 20 // bytes of one
	MaxDocuments = 100      // of one case
)

// File is a document as a store keeps it: once, under the hash of its bytes,
// however many cases it belongs to.
type File struct {
	SHA256 string // of Data, lower-case hex
	Pages  int
	Text   string // what was read in it when it first came
	Data   []byte
}

// restore is what to do about a file that is not what it was.
const restore = "put back a copy from the last backup"

// whole returns an error when f is not the file that d speaks of.
func (f File) whole(d Document) error {
	switch {
	case sum(f.Data) != d.SHA256:
		return &Error{Kind: Internal, Text: fmt.Sprintf("the bytes of the file %s are not those that came in", d.SHA256), Remedy: restore}
	case sum([]byte(f.Text)) != d.TextSHA256:
		return &Error{Kind: Internal, Text: fmt.Sprintf("the text of the file %s is not the one that was read in it", d.SHA256), Remedy: restore}
	case f.Pages != d.Pages:
		return &Error{Kind: Internal, Text: fmt.Sprintf("the number of pages of the file %s is not the one that was read in it", d.SHA256), Remedy: restore}
	}
	return nil
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// Upload is a file that somebody hands in.
type Upload struct {
	Name string `json:"name"`
	Data []byte `json:"-"`
	Sum  string `json:"sha256"` // set by the service, for the idempotency key
}

// Reading is what a DocumentReader found in a file.
type Reading struct {
	Name     string // without directories and what a terminal should not see
	Media    string // media type, told from the content
	Pages    int
	Text     string
	Warnings []string // what was left out or doubted
}

// DocumentReader takes the text out of files. It is declared here, by the one
// who needs it.
type DocumentReader interface {
	// Read returns what stands in the file called name. An *Error of kind
	// Invalid says what is wrong with the file and what its sender can do.
	Read(ctx context.Context, name string, data []byte) (Reading, error)
	// Product returns what a document's text says the product is.
	Product(text string) classifier.Product
}

var errNoReader = invalidIn("document", "describe the product in words", "this program reads no documents")

// read reads u, unless it is one that cannot be kept.
func (s *Service) read(ctx context.Context, u *Upload) (Reading, error) {
	switch {
	case s.documents == nil:
		return Reading{}, errNoReader
	case len(u.Data) > MaxDocument:
		return Reading{}, invalidIn("document", "send the pages that say what the product is and does", "%.80q is larger than %d MiB", u.Name, MaxDocument>>20)
	}
	found, err := s.documents.Read(ctx, u.Name, u.Data)
	if err == nil && (!tidy(found.Text, len(found.Text)) || !tidy(found.Name, MaxShort) || found.Name == "") {
		err = &Error{Kind: Internal, Text: fmt.Sprintf("the reader of documents made text of %.80q that cannot be stored", u.Name)}
	}
	return found, err
}

// Attach keeps a file with the case, and the text that is in it. A file that
// cannot be read is refused before anything is stored.
func (s *Service) Attach(ctx context.Context, r Request, id string, u Upload) (Case, error) {
	u.Sum = sum(u.Data)
	// Whoever may not attach must not let the reader work.
	done, found, err := s.ahead(ctx, r, ActAttach, id, u, func(c Case) error { return c.admits(u) })
	if err != nil || found {
		return done, err
	}
	reading, err := s.read(ctx, &u)
	if err != nil {
		return Case{}, err
	}
	return s.perform(ctx, r, ActAttach, id, u, attaching(u, reading))
}

func attaching(u Upload, found Reading) step {
	return step{ActAttach, func(c *change) error {
		if err := c.admits(u); err != nil {
			return err
		}
		f := File{SHA256: u.Sum, Pages: found.Pages, Text: found.Text, Data: u.Data}
		if err := c.store.PutFile(c.ctx, &f); err != nil {
			return err
		}
		return c.add(SortDocument, len(c.Documents), func(at Stamp) any {
			return Document{Stamp: at, Name: found.Name, Media: found.Media, Bytes: int64(len(u.Data)), SHA256: u.Sum, Pages: f.Pages,
				Words: len(strings.Fields(f.Text)), TextSHA256: sum([]byte(f.Text)), Warnings: found.Warnings}
		})
	}}
}

// admits returns why c cannot take u, or nil.
func (c Case) admits(u Upload) error {
	if len(c.Documents) >= MaxDocuments {
		return conflict("put several into one file", "case %s has %d documents, which is as many as a case may have", c.ID, len(c.Documents))
	}
	if i := slices.IndexFunc(c.Documents, func(d Document) bool { return d.SHA256 == u.Sum }); i >= 0 {
		return conflict("there is no need to send it again", "case %s holds this very file already, as document %d (%s)", c.ID, i+1, c.Documents[i].Name)
	}
	return nil
}

// Document returns document seq of the case id with its file, whose bytes and
// text are those that the record vouches for.
func (s *Service) Document(ctx context.Context, actor Actor, id string, seq int) (d Document, f File, err error) {
	err = s.store.Read(ctx, func(r Reader) error {
		c, err := load(ctx, r, id, actor)
		if err != nil {
			return err
		}
		if seq < 1 || seq > len(c.Documents) {
			return &Error{Kind: NotFound, Text: fmt.Sprintf("case %s has no document %d", id, seq), Remedy: "its documents are numbered from 1"}
		}
		d = c.Documents[seq-1]
		if f, err = r.File(ctx, d.SHA256); KindOf(err) == NotFound {
			return &Error{Kind: Internal, Text: fmt.Sprintf("the file of document %d of case %s is gone", seq, id),
				Remedy: restore, Err: err}
		}
		if err != nil {
			return err
		}
		return f.whole(d)
	})
	if err != nil {
		return Document{}, File{}, err
	}
	return d, f, nil
}

// ReviseFrom describes the product anew, as document seq of the case says it is.
func (s *Service) ReviseFrom(ctx context.Context, r Request, id string, seq int) (Case, error) {
	d, f, err := s.Document(ctx, r.Actor, id, seq)
	if err != nil {
		return Case{}, err
	}
	if s.documents == nil {
		return Case{}, errNoReader
	}
	return s.Revise(ctx, r, id, s.productOf(f.Text, d.Name))
}

// productOf returns what a document says the product is; one without a title
// goes by the name of its file.
func (s *Service) productOf(text, file string) classifier.Product {
	p := s.documents.Product(text)
	p.Name = cmp.Or(p.Name, file)
	return p
}

// FileSum returns the hash under which a file of data is kept.
func FileSum(data []byte) string { return sum(data) }
