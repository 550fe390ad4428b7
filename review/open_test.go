package review_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/sqlite"
	"assay/internal/storetest"
	"assay/review"
)

// bench counts how often the machine and the reader of documents are put to work.
type bench struct {
	storetest.Plain
	assessed, read int
	onAssess       func()
}

func (b *bench) assess(_ context.Context, _ classifier.Product, lists []corpus.ListID) (classifier.Assessment, error) {
	b.assessed++
	if b.onAssess != nil {
		b.onAssess()
	}
	if len(lists) == 2 || len(lists) == 0 {
		return machine("3A001.a", "none"), nil
	}
	a := machine("3A001.a")
	a.ElapsedMS = float64(b.assessed) // no two answers are alike
	return a, nil
}

func (b *bench) Read(ctx context.Context, name string, data []byte) (review.Reading, error) {
	b.read++
	return b.Plain.Read(ctx, name, data)
}

func openWithReader(t *testing.T) (*office, *bench) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	o, b := &office{t: t, now: start}, &bench{}
	if o.Service, err = review.New(review.Config{Store: store, Documents: b}); err != nil {
		t.Fatal(err)
	}
	return o, b
}

// acts returns the audit log as words, with the number of records of each act.
func (o *office) acts() string {
	o.t.Helper()
	page, err := o.AuditLog(o.t.Context(), root, review.AuditFilter{})
	if err != nil {
		o.t.Fatal(err)
	}
	var s []string
	for _, r := range page.Records {
		s = append(s, fmt.Sprintf("%s%d", strings.TrimPrefix(string(r.Act), "case."), strings.Count(string(r.Object), `"sort"`)))
	}
	return strings.Join(s, " ")
}

func TestOpenIsOneRequest(t *testing.T) {
	o, b := openWithReader(t)
	ctx := t.Context()
	in := review.Opening{NewCase: review.NewCase{Lists: []corpus.ListID{corpus.USCCL}}, Submit: true,
		Documents: []review.Upload{{Name: "a.txt", Data: []byte("Pump\nwith seals")}, {Name: "b.txt", Data: []byte("more of it")}},
		Proposals: []review.Proposal{{List: corpus.USCCL, Code: "2B350.i", Reasoning: "seals"}}}
	once := review.Request{Actor: ann, Key: "k", ID: "r1"}
	c := o.must(o.Open(ctx, once, in, b.assess))
	if c.State != review.Submitted || c.Title != "Pump" || c.Products[0].Product.Description != "Pump\nwith seals" || len(c.Documents) != 2 || c.Version != 6 || c.Lists[0].Code != "3A001.a" {
		t.Errorf("%+v", c)
	}
	const want = "create1 attach1 attach1 assess1 propose1 submit0"
	if got := o.acts(); got != want {
		t.Errorf("audit %s, want %s", got, want)
	}
	if again := o.must(o.Open(ctx, once, in, b.assess)); again.ID != c.ID || b.assessed != 1 || b.read != 2 {
		t.Errorf("repeated: case %s for %s, assessed %d times, read %d", again.ID, c.ID, b.assessed, b.read)
	}
	in.Submit = false
	_, err := o.Open(ctx, once, in, b.assess)
	o.refused(review.Conflict, "used for something else", err)
	in.Documents[0].Data = []byte("another")
	in.Submit = true
	_, err = o.Open(ctx, once, in, b.assess)
	o.refused(review.Conflict, "used for something else", err)
	if got := o.acts(); got != want {
		t.Errorf("refusals left %s", got)
	}
}

func TestOpenIsAllOrNothing(t *testing.T) {
	o, b := openWithReader(t)
	ctx := t.Context()
	product := classifier.Product{Name: "x"}
	for name, tt := range map[string]struct {
		actor       review.Actor
		in          review.Opening
		kind        review.Kind
		says, field string
		assessed    int
	}{
		"a proposal for another list": {ann, review.Opening{NewCase: review.NewCase{Product: product, Lists: []corpus.ListID{corpus.USCCL}},
			Proposals: []review.Proposal{{List: corpus.EUDualUse, Code: "none", Reasoning: "x"}}}, review.Invalid, "does not ask", "proposals.0.list", 1},
		"a bad document": {ann, review.Opening{NewCase: review.NewCase{Product: product}, Documents: []review.Upload{{Name: "a", Data: []byte("fine")}, {Name: "b", Data: []byte("bad")}}},
			review.Invalid, "b is bad", "document", 0},
		"the same document twice": {ann, review.Opening{NewCase: review.NewCase{Product: product, Lists: []corpus.ListID{corpus.USCCL}},
			Documents: []review.Upload{{Name: "a", Data: []byte("fine")}, {Name: "b", Data: []byte("fine")}}}, review.Conflict, "already, as document 1 (a)", "", 1},
		"a large document": {ann, review.Opening{Documents: []review.Upload{{Name: "a", Data: make([]byte, review.MaxDocument+1)}}}, review.Invalid, "larger than 25 MiB", "document", 0},
		"no product":       {ann, review.Opening{}, review.Invalid, "empty", "product.description", 0},
		"an evaluator":     {eva, review.Opening{NewCase: review.NewCase{Product: product}}, review.Forbidden, "", "", 0},
		"an officer":       {bob, review.Opening{NewCase: review.NewCase{Product: product}}, review.Forbidden, "", "", 0},
		"another's organisation": {ann, review.Opening{NewCase: review.NewCase{Product: product, Organisation: "Other", Lists: []corpus.ListID{corpus.USCCL}}},
			review.Forbidden, "own organisation", "", 1},
		"an admin without one": {root, review.Opening{NewCase: review.NewCase{Product: product, Lists: []corpus.ListID{corpus.USCCL}}}, review.Invalid, "no organisation", "organisation", 1},
	} {
		b.assessed = 0
		_, err := o.Open(ctx, by(tt.actor), tt.in, b.assess)
		var e *review.Error
		if !errors.As(err, &e) || e.Kind != tt.kind || !strings.Contains(e.Error(), tt.says) || e.Field != tt.field || b.assessed != tt.assessed {
			t.Errorf("%s: %v, %+v; the machine worked %d times", name, err, e, b.assessed)
		}
	}
	boom := errors.New("boom")
	_, err := o.Open(ctx, by(ann), review.Opening{NewCase: review.NewCase{Product: product}}, func(context.Context, classifier.Product, []corpus.ListID) (classifier.Assessment, error) {
		return classifier.Assessment{}, boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("a machine that fails: %v", err)
	}
	if got := o.acts(); got != "" {
		t.Errorf("left behind: %s", got)
	}
	// Without lists the case asks about those that the machine answers for.
	if c := o.must(o.Open(ctx, by(ann), review.Opening{NewCase: review.NewCase{Product: product}}, b.assess)); len(c.Lists) != 2 || c.State != review.Draft {
		t.Errorf("%+v", c.Head)
	}
}

func TestSubmitAssessesWhatIsNew(t *testing.T) {
	o, b := openWithReader(t)
	ctx := t.Context()
	id := o.must(o.Open(ctx, by(ann), review.Opening{NewCase: review.NewCase{Product: classifier.Product{Name: "x"}, Lists: []corpus.ListID{corpus.USCCL}}}, b.assess)).ID
	o.must(o.SubmitWith(ctx, by(ann), id, b.assess))
	if got := o.acts(); got != "create1 assess1 submit0" {
		t.Errorf("assessed already: %s", got)
	}
	_, err := o.SubmitWith(ctx, by(ann), id, b.assess)
	o.refused(review.Conflict, "is submitted", err)
	o.must(o.Take(ctx, by(bob), id))
	o.must(o.Return(ctx, by(bob), id, "how many?"))
	o.must(o.Revise(ctx, by(ann), id, classifier.Product{Name: "two of x"}))
	_, err = o.SubmitWith(ctx, by(otto), id, b.assess)
	o.refused(review.NotFound, "no case", err)
	_, err = o.SubmitWith(ctx, review.Request{Actor: ann, Version: 1}, id, b.assess)
	o.refused(review.Stale, "changed since", err)
	if b.assessed != 1 {
		t.Errorf("the machine worked %d times for what was refused", b.assessed-1)
	}
	once := review.Request{Actor: ann, Key: "k"}
	c := o.must(o.SubmitWith(ctx, once, id, b.assess))
	if c.Round != 2 || len(c.Assessments) != 2 || c.Assessments[1].Product != 2 {
		t.Errorf("round %d, %+v", c.Round, c.Assessments)
	}
	o.must(o.SubmitWith(ctx, once, id, b.assess))
	if b.assessed != 2 {
		t.Errorf("the machine worked %d times", b.assessed)
	}
}

func TestAProductRevisedWhileItIsAssessed(t *testing.T) {
	o, b := openWithReader(t)
	ctx := t.Context()
	id := o.must(o.Create(ctx, by(ann), review.NewCase{Product: classifier.Product{Name: "x"}, Lists: []corpus.ListID{corpus.USCCL}})).ID
	b.onAssess = func() {
		if b.assessed == 1 {
			o.must(o.Revise(ctx, by(ann), id, classifier.Product{Name: "y"}))
		}
	}
	c := o.must(o.AssessWith(ctx, by(ann), id, b.assess))
	if len(c.Assessments) != 1 || c.Assessments[0].Product != 2 || b.assessed != 2 {
		t.Errorf("%d assessments, of product %d, %d tries", len(c.Assessments), c.Assessments[0].Product, b.assessed)
	}
	b.onAssess = func() { o.must(o.Revise(ctx, by(ann), id, classifier.Product{Name: fmt.Sprint("z", b.assessed)})) }
	_, err := o.AssessWith(ctx, by(ann), id, b.assess)
	o.refused(review.Conflict, "again and again", err)
	// One who names the version is told the first time.
	tries := b.assessed
	_, err = o.AssessWith(ctx, review.Request{Actor: ann, Version: o.must(o.Get(ctx, ann, id)).Version}, id, b.assess)
	if o.refused(review.Stale, "changed since", err); b.assessed != tries+1 {
		t.Errorf("%d tries", b.assessed-tries)
	}
	b.onAssess = nil
	once := review.Request{Actor: ann, Key: "k"}
	n := len(o.must(o.AssessWith(ctx, once, id, b.assess)).Assessments)
	if again := o.must(o.AssessWith(ctx, once, id, b.assess)); len(again.Assessments) != n {
		t.Error("a repeated request assessed again")
	}
}

func TestDocumentsOfACase(t *testing.T) {
	o, b := openWithReader(t)
	ctx := t.Context()
	id := o.must(o.Create(ctx, by(ann), review.NewCase{Product: classifier.Product{Name: "x"}, Lists: []corpus.ListID{corpus.USCCL}})).ID
	sheet := review.Upload{Name: "a.txt", Data: []byte("one two three")}
	once := review.Request{Actor: ann, Key: "k"}
	o.must(o.Attach(ctx, once, id, sheet))
	if c := o.must(o.Attach(ctx, once, id, sheet)); len(c.Documents) != 1 || c.Documents[0].Words != 3 || c.Documents[0].Bytes != 13 || b.read != 1 {
		t.Errorf("%+v, read %d times", c.Documents, b.read)
	}
	_, err := o.Attach(ctx, by(ann), id, review.Upload{Name: "b.txt", Data: sheet.Data})
	o.refused(review.Conflict, "as document 1 (a.txt)", err)
	_, err = o.Attach(ctx, by(otto), id, sheet)
	o.refused(review.NotFound, "no case", err)
	_, err = o.Attach(ctx, by(bob), id, sheet)
	o.refused(review.Forbidden, "", err)
	if b.read != 1 {
		t.Errorf("the reader worked %d times for what was refused", b.read-1)
	}
	_, err = o.Attach(ctx, by(ann), id, review.Upload{Name: "b.txt", Data: []byte("bad")})
	o.refused(review.Invalid, "b.txt is bad", err)
	for i := 2; i <= review.MaxDocuments; i++ {
		o.must(o.Attach(ctx, by(ann), id, review.Upload{Name: "n", Data: fmt.Append(nil, i)}))
	}
	_, err = o.Attach(ctx, by(ann), id, review.Upload{Name: "n", Data: []byte("last")})
	o.refused(review.Conflict, "as many as", err)
	for _, who := range []review.Actor{ann, bob, eva, root} {
		if d, f, err := o.Document(ctx, who, id, 1); err != nil || d.Name != "a.txt" || string(f.Data) != "one two three" || f.Text != "one two three" {
			t.Errorf("%s gets %+v %q, %v", who.ID, d, f.Data, err)
		}
	}
	_, _, err = o.Document(ctx, otto, id, 1)
	o.refused(review.NotFound, "no case", err)
	for _, seq := range []int{0, -1, 101} {
		_, _, err = o.Document(ctx, ann, id, seq)
		o.refused(review.NotFound, "no document", err)
	}
	if _, err := open(t).Attach(ctx, by(ann), id, sheet); review.KindOf(err) != review.NotFound {
		t.Errorf("another store: %v", err)
	}
	if report, err := o.VerifyAudit(ctx, root, review.AuditHead{}); err != nil || !report.Whole() {
		t.Errorf("%v %+v", err, report)
	}
}
