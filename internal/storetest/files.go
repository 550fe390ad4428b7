package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
	"sync"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// Plain is a reader of documents for tests: the text of a file is what it
// holds, its first line names the product, and whatever starts with "bad" is
// refused.
type Plain struct{}

// Read implements review.DocumentReader.
func (Plain) Read(_ context.Context, name string, data []byte) (review.Reading, error) {
	if bytes.HasPrefix(data, []byte("bad")) {
		return review.Reading{}, &review.Error{Kind: review.Invalid, Text: name + " is bad", Field: "document", Remedy: "send a good one"}
	}
	return review.Reading{Name: name, Media: "text/plain", Pages: 1, Text: strings.ToValidUTF8(strings.ReplaceAll(string(data), "\x00", ""), "?")}, nil
}

// Product implements review.DocumentReader.
func (Plain) Product(text string) classifier.Product {
	name, _, _ := strings.Cut(text, "\n")
	return classifier.Product{Name: name, Description: text}
}

func file(data []byte, text string) review.File {
	sum := sha256.Sum256(data)
	return review.File{SHA256: hex.EncodeToString(sum[:]), Pages: 3, Text: text, Data: data}
}

// files puts files in and gets them back, whatever bytes they are of.
func files(t *testing.T, s review.Store) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	small, large := file(every, hard), file(bytes.Repeat(every, 5<<20/256), strings.Repeat(hard, (1<<20)/len(hard)))
	for _, f := range []review.File{small, large, file([]byte{0}, "")} {
		write(t, s, func(w review.Writer) error { put := f; return w.PutFile(t.Context(), &put) })
		read(t, s, func(r review.Reader) error {
			got, err := r.File(t.Context(), f.SHA256)
			if !reflect.DeepEqual(got, f) {
				t.Errorf("a file of %d bytes came back with %d bytes, %d pages, %d bytes of text", len(f.Data), len(got.Data), got.Pages, len(got.Text))
			}
			return err
		})
	}
	again := small
	again.Text, again.Pages = "read by a later reader", 9
	write(t, s, func(w review.Writer) error { return w.PutFile(t.Context(), &again) })
	if again.Text != small.Text || again.Pages != small.Pages {
		t.Errorf("a file that is there gave text %q and %d pages", again.Text, again.Pages)
	}
	wantKind(t, s.Read(t.Context(), func(r review.Reader) error { _, err := r.File(t.Context(), strings.Repeat("0", 64)); return err }), review.NotFound)
	// Many who bring the same file at once store it once, and all succeed.
	same := file(bytes.Repeat([]byte("same"), 1000), "same")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			put := same
			if err := s.Write(t.Context(), func(w review.Writer) error { return w.PutFile(t.Context(), &put) }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	read(t, s, func(r review.Reader) error {
		got, err := r.File(t.Context(), same.SHA256)
		if !reflect.DeepEqual(got, same) {
			t.Errorf("%d bytes came back", len(got.Data))
		}
		return err
	})
}

// attached walks documents through the service: two cases share a file.
func attached(t *testing.T, store review.Store) {
	s, ctx := newService(t, store), t.Context()
	by := review.Request{Actor: ann}
	assess := func(context.Context, classifier.Product, []corpus.ListID) (classifier.Assessment, error) {
		return machine("3A001.a"), nil
	}
	sheet := []byte("Converter X1\nsamples fast")
	opening := review.Opening{NewCase: review.NewCase{Lists: []corpus.ListID{corpus.USCCL}}, Documents: []review.Upload{{Name: "x1.txt", Data: sheet}},
		Proposals: []review.Proposal{{List: corpus.USCCL, Code: "3A001.a", Reasoning: "fast"}}, Submit: true}
	once := review.Request{Actor: ann, Key: "once"}
	c, err := s.Open(ctx, once, opening, assess)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Open(ctx, once, opening, assess); err != nil || again.ID != c.ID || len(again.Assessments) != 1 {
		t.Errorf("a repeated request: %v, case %s with %d assessments", err, again.ID, len(again.Assessments))
	}
	if c.State != review.Submitted || c.Version != 5 || c.Title != "Converter X1" || len(c.Documents) != 1 || c.Documents[0].Words != 4 || len(c.Proposals) != 1 {
		t.Errorf("opened: %+v %+v", c.Head, c.Documents)
	}
	other, err := s.Create(ctx, by, review.NewCase{Product: classifier.Product{Name: "y"}, Lists: []corpus.ListID{corpus.USCCL}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []review.Upload{{Name: "copy.txt", Data: sheet}, {Name: "binary", Data: []byte("\x00\xff\x01")}} {
		if other, err = s.Attach(ctx, by, other.ID, f); err != nil {
			t.Fatal(err)
		}
	}
	d, f, err := s.Document(ctx, bob, other.ID, 2)
	if err != nil || d.Name != "binary" || string(f.Data) != "\x00\xff\x01" || f.Text != "?\x01" {
		t.Errorf("%v, %+v, %q %q", err, d, f.Data, f.Text)
	}
	report, err := s.VerifyAudit(ctx, root, review.AuditHead{})
	if err != nil || !report.Whole() || report.Records != 8 {
		t.Errorf("%v %+v; want one record for each of 8 acts", err, report)
	}
}

// retried sends one request from eight sides at once: there is one case with
// one assessment and one document, and everybody is answered with it.
func retried(t *testing.T, store review.Store) {
	s := newService(t, store)
	var mu sync.Mutex
	ids := map[string]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			o := review.Opening{NewCase: review.NewCase{Lists: []corpus.ListID{corpus.USCCL}}, Documents: []review.Upload{{Name: "x1.txt", Data: []byte("Converter X1")}}, Submit: true}
			c, err := s.Open(t.Context(), review.Request{Actor: ann, Key: "k"}, o, func(context.Context, classifier.Product, []corpus.ListID) (classifier.Assessment, error) {
				return machine("3A001.a"), nil
			})
			if err != nil || len(c.Assessments) != 1 || len(c.Documents) != 1 || c.Version != 4 {
				t.Errorf("%v, %d assessments, %d documents, version %d", err, len(c.Assessments), len(c.Documents), c.Version)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[c.ID]++
		})
	}
	all.Wait()
	page, err := s.Queue(t.Context(), root, review.Filter{})
	if err != nil || len(page.Cases) != 1 || len(ids) != 1 {
		t.Errorf("%v: %d cases, answered with %v", err, len(page.Cases), ids)
	}
	if report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{}); err != nil || !report.Whole() || report.Records != 4 {
		t.Errorf("%v %+v", err, report)
	}
}
