package review_test

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// said is everything that a memo holds, as text.
func said(t *testing.T, m review.Memo) string {
	t.Helper()
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestMemoKeepsSecrets looks for what each reader must not know in all that a
// memo holds, whatever becomes of it in print.
func TestMemoKeepsSecrets(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	// An older case of another organisation, which the decision will contradict.
	other := o.must(o.Create(ctx, by(otto), review.NewCase{Product: classifier.Product{Name: "fast chip"}, Lists: []corpus.ListID{corpus.USCCL}}))
	o.must(o.Assess(ctx, by(otto), other.ID, machine("3A001.a")))
	o.must(o.Submit(ctx, by(otto), other.ID))
	o.must(o.Take(ctx, by(cyd), other.ID))
	o.must(o.Decide(ctx, by(cyd), other.ID, ruling("3A001.a")))

	id := o.submitted("fast chip", "3A991.c")
	o.must(o.Take(ctx, by(bob), id))
	o.must(o.AskSecond(ctx, by(bob), id, "cyd"))
	o.must(o.Comment(ctx, by(bob), id, "between us", true))
	o.tick()
	first := ruling("3A991.c")
	first.ReasonText, first.Comment = "firstly so", "first remark"
	o.must(o.Decide(ctx, by(bob), id, first))

	secrets := []string{"firstly so", "first remark", "between us", "bob", "cyd", other.ID}
	hidden := func(actor review.Actor, words []string, change ...func(*review.MemoQuery)) {
		t.Helper()
		text := said(t, o.memo(actor, id, change...))
		for _, w := range words {
			if strings.Contains(text, w) {
				t.Errorf("%s, a %s, reads %q in the memo", actor.ID, actor.Role, w)
			}
		}
	}
	hidden(ann, secrets)
	hidden(root, secrets, ofCopy(review.ExporterCopy))
	hidden(cyd, []string{"firstly so", "first remark", "between us"})
	hidden(dora, []string{"firstly so", "first remark"})
	hidden(eva, []string{"firstly so", "first remark"})
	if text := said(t, o.memo(bob, id)); !strings.Contains(text, "firstly so") || !strings.Contains(text, "between us") {
		t.Error("who decided does not see the own decision")
	}

	_, err := o.Memo(ctx, otto, id, query)
	o.refused(review.NotFound, "no case", err)
	_, err = o.Memo(ctx, review.Actor{Role: review.Officer}, id, query)
	o.refused(review.NotFound, "no case", err)
	_, err = o.Memo(ctx, ann, id, review.MemoQuery{Copy: review.OfficeCopy})
	o.refused(review.Forbidden, "not for exporters", err)

	o.tick()
	second := ruling("3A001.a")
	second.ReasonText = "secondly so"
	o.must(o.Decide(ctx, by(cyd), id, second))
	if m := o.memo(eva, id); m.Status != review.MemoDraft || !m.Lists[0].Disputed || len(m.Lists[0].Decisions) != 2 || m.Lists[0].Stands != nil {
		t.Errorf("disputed: %+v", m.Lists[0])
	}
	hidden(ann, append(secrets, "secondly so"))

	o.tick()
	o.must(o.Decide(ctx, by(dora), id, ruling("3A991.c")))
	hidden(ann, []string{"between us", other.ID})
	m := o.memo(ann, id)
	if m.Status != review.MemoDecided || m.Copy != review.ExporterCopy || len(m.Lists[0].Decisions) != 3 || len(m.Signers) != 3 || m.Precedents != nil {
		t.Errorf("the exporter's copy of a decided case: %s, %d decisions, %d signers", m.Status, len(m.Lists[0].Decisions), len(m.Signers))
	}
	if d := m.Lists[0].Decisions; !d[0].Stands || d[1].Stands || !d[2].Stands || m.Lists[0].Stands.Part != review.Adjudication {
		t.Errorf("what stands: %+v", d)
	}
	full := o.memo(bob, id)
	if len(full.Precedents) != 1 || full.Precedents[0].Case != other.ID || len(full.Precedents[0].Against) != 1 || !strings.Contains(said(t, full), "between us") {
		t.Errorf("the office's copy: %+v", full.Precedents)
	}
	if got := full.Lists[0].Decisions[0].Contradicts; len(got) != 1 || got[0] != other.ID+"/1" {
		t.Errorf("contradicts %v", got)
	}
}

func TestMemoNamesPeople(t *testing.T) {
	o := open(t)
	id := o.submitted("x", "3A001.a")
	m := o.memo(eva, id, func(q *review.MemoQuery) {
		q.Name = func(id string) string { return map[string]string{"ann": "Ann Whitcombe", "zoe": "Zoe"}[id] }
	})
	if len(m.Names) != 1 || m.Names["ann"] != "Ann Whitcombe" {
		t.Errorf("names: %v", m.Names)
	}
}
