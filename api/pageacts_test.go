package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// ruled is what an officer fills into the form of a decision.
func ruled(answer string, reason review.Reason, words string) url.Values {
	return url.Values{"answer": {answer}, "reason": {string(reason)}, "reason_text": {words}}
}

// TestWalkOfForms takes a product from the exporter's form to the settling of a
// disagreement, through the forms as they stand on the pages.
func TestWalkOfForms(t *testing.T) {
	o := newBureau(t)
	page := o.see(ann, "/cases/new")
	at := o.did(o.send(ann, page, "form.describe", url.Values{"name": {"Unit X"}, "description": {"A giga-sample digitizer,\r\nor sampling converter."},
		"attributes": {"rate: 3 GSPS"}, "list": {"us-ccl", "eu-dual-use"}, "code.us-ccl": {"3a991"}, "reasoning.us-ccl": {"below the limit"}, "do": {"draft"}}))
	path := strings.TrimSuffix(at, "?done=opened")
	page = o.see(ann, at)
	if got := page.Find(".done").Text(); !strings.Contains(got, "draft") {
		t.Errorf("after opening: %q", got)
	}
	if got := page.Find(".product").Text(); !strings.Contains(got, "digitizer,\nor sampling") {
		t.Errorf("product: %q", got)
	}
	o.did(o.send(ann, page, "#propose-eu-dual-use", url.Values{"code": {"none"}, "reasoning": {"a toy"}}))
	o.did(o.send(ann, o.see(ann, path), "#revise", url.Values{"name": {"Unit Y"}}))
	o.did(o.send(ann, o.see(ann, path), "#submit", nil))

	row := o.see(bob, "/queue").Find(".rows tbody tr")
	if row.Length() != 1 || row.Find("th a").Text() != "Unit Y" || !strings.Contains(row.Text(), "nobody") {
		t.Fatalf("queue: %s", row.Text())
	}
	at = o.did(o.send(bob, o.see(bob, "/queue"), ".rows .act", nil))
	if !strings.HasPrefix(at, path) {
		t.Errorf("taking leads to %s", at)
	}
	o.did(o.send(bob, o.see(bob, path), "#ask", url.Values{"text": {"how fast?"}}))
	if got := o.see(ann, "/cases").Find(".asked").Text(); got != "Answer 1 request" {
		t.Errorf("asked of the exporter: %q", got)
	}
	o.did(o.send(ann, o.see(ann, path), "#message-1-answer", url.Values{"text": {"3 GSPS"}}))
	o.did(o.send(bob, o.see(bob, path), "#second", url.Values{"officer": {"cyd"}}))
	o.did(o.send(bob, o.see(bob, path), "#comment", url.Values{"text": {"between us"}}))
	o.did(o.send(bob, o.see(bob, path), "#decide-us-ccl", ruled("3A001.a.5", review.AsSuggested, "bob’s own words")))
	o.did(o.send(bob, o.see(bob, path), "#decide-eu-dual-use", ruled("3A001.a.5", review.CriteriaMet, "")))

	// The second officer decides without seeing that, nor the internal comment.
	page = o.see(cyd, path)
	if got := page.Find("main").Text(); strings.Contains(got, "bob’s own words") || strings.Contains(got, "between us") || page.Find(".decision").Length() > 0 {
		t.Error("the second officer sees the first decision")
	}
	if !strings.Contains(page.Text(), "without seeing the first") {
		t.Error("the second officer is not told why nothing is shown")
	}
	o.did(o.send(cyd, page, "#decide-us-ccl", ruled("3A991", review.AsProposed, "")))
	o.did(o.send(cyd, o.see(cyd, path), "#decide-eu-dual-use", url.Values{"answer": {otherAnswer}, "other": {" 3a001 a 5 "}, "reason": {"criteria_met"}}))

	page = o.see(dora, path)
	if n := page.Find("#list-us-ccl .decision").Length(); n != 2 {
		t.Errorf("%d decisions stand side by side", n)
	}
	if got := page.Find("#list-us-ccl .note").Text(); !strings.Contains(got, "the classification and the reason") {
		t.Errorf("they differ: %q", got)
	}
	if page.Find("#decide-eu-dual-use").Length() > 0 {
		t.Error("a list on which the two agree can be settled")
	}
	o.did(o.send(dora, page, "#decide-us-ccl", url.Values{"answer": {"3A001.a.5"}, "reason": {"other"}, "reason_text": {"the note does not apply"},
		"relied": {"digest/3A001.a.5"}, "relied_other": {"us-ccl@2026-06-24/3A001.a\r\nus-ccl@2026-06-24/note 1"}, "comment": {"for the file"}}))

	page = o.see(ann, path)
	if got := page.Find(".stand .state").Text(); got != "Changed" {
		t.Errorf("it ends as %q", got)
	}
	settled := page.Find("#list-us-ccl .decision.standing")
	for _, part := range []string{"Adjudication", "3A001.a.5", "the note does not apply", "us-ccl@", "for the file", "dora", "the exporter’s proposal"} {
		if part == "us-ccl@" {
			part = "edition of 2026-06-24"
		}
		if !strings.Contains(settled.Text(), part) {
			t.Errorf("the decision does not tell %q: %s", part, settled.Text())
		}
	}
	c := o.must(o.Get(t.Context(), dora, strings.TrimPrefix(path, "/cases/")))
	last := c.Decisions[len(c.Decisions)-1]
	if len(last.Relied) != 3 || last.Relied[0] != (review.PassageRef{Edition: "digest", ID: "3A001.a.5"}) || last.Relied[2].ID != "note 1" {
		t.Errorf("relied on %+v", last.Relied)
	}
	history := strings.Join(strings.Fields(o.see(bob, path).Find("#history").Parent().Text()), " ")
	for _, part := range []string{"Dora <b>Doe</b> (dora) settled Commerce Control List; with it the case is decided: changed", "You asked cyd to decide as second officer", "ann answered a request",
		"ann described the product anew (description 2)", "ann proposed none for EU dual-use list (Annex I)", "ann opened the case"} {
		if !strings.Contains(history, part) {
			t.Errorf("the history does not tell %q: %s", part, history)
		}
	}
	report, err := o.VerifyAudit(t.Context(), root, review.AuditHead{})
	if err != nil || !report.Whole() {
		t.Errorf("%v %+v", err, report)
	}
}

// TestStalePageKeepsWhatWasTyped decides on a page that is older than the case.
func TestStalePageKeepsWhatWasTyped(t *testing.T) {
	o := newBureau(t)
	id := o.at(review.InReview, "Unit X")
	old := o.see(bob, "/cases/"+id)
	o.must(o.Comment(t.Context(), by(root), id, "wait for the sample", true))
	typed := ruled("3A991", review.CriteriaNotMet, "typed with care “ü” <b>")
	typed.Set("relied", "digest/3A001.a.5")
	rec := o.send(bob, old, "#decide-us-ccl", typed)
	if rec.Code < 400 || rec.Code >= 500 {
		t.Fatalf("a stale page is answered with %d", rec.Code)
	}
	page := parse(t, rec)
	fault := page.Find(".fault[role=alert]").Text()
	if !strings.Contains(fault, "changed since you saw it") || !strings.Contains(fault, "root") || !strings.Contains(fault, "commented") {
		t.Errorf("fault: %s", fault)
	}
	form := page.Find("#decide-us-ccl")
	if got := form.Find("[name=reason_text]").Text(); strings.TrimSpace(got) != "typed with care “ü” <b>" {
		t.Errorf("kept: %q", got)
	}
	if form.Find("[name=answer][value='3A991'][checked]").Length() != 1 || form.Find("option[value=criteria_not_met][selected]").Length() != 1 || form.Find("[value='digest/3A001.a.5'][checked]").Length() != 1 {
		t.Error("choices are lost")
	}
	// The page that was shown is a new one: sent again, it is done.
	o.did(o.send(bob, page, "#decide-us-ccl", nil))
	if c := o.must(o.Get(t.Context(), bob, id)); len(c.Decisions) != 1 || c.Decisions[0].ReasonText != "typed with care “ü” <b>" {
		t.Errorf("%+v", c.Decisions)
	}

	// Where the form is gone with the state, the text stands beside.
	old = o.see(bob, "/cases/"+id)
	o.must(o.Assign(t.Context(), by(root), id, "dora"))
	rec = o.send(bob, old, "#return", url.Values{"text": {"which one\r\nis it?"}})
	page = parse(t, rec)
	if rec.Code != http.StatusForbidden || !strings.Contains(page.Find(".kept").Text(), "which one\nis it?") {
		t.Errorf("%d: %s", rec.Code, page.Find(".kept, .fault").Text())
	}
}

// TestSentTwice sends each form of a walk twice, at once.
func TestSentTwice(t *testing.T) {
	o := newBureau(t)
	both := func(who review.Actor, path, selector string, fields url.Values) {
		t.Helper()
		page := o.see(who, path)
		form := page.Find(selector)
		if form.Is("details, section, td") {
			form = form.Find("form")
		}
		values := filled(form, fields).Encode()
		var all sync.WaitGroup
		to := make([]string, 2)
		for i := range to {
			all.Go(func() {
				rec := o.post(who, form.AttrOr("action", ""), values)
				if to[i] = rec.Header().Get("Location"); rec.Code != http.StatusSeeOther {
					t.Errorf("%s: %d %s", selector, rec.Code, text(rec))
				}
			})
		}
		all.Wait()
		if to[0] != to[1] {
			t.Errorf("%s leads to %s and %s", selector, to[0], to[1])
		}
	}
	both(ann, "/cases/new", "form.describe", url.Values{"name": {"Unit X"}, "description": {"sampling converter"}, "list": {"us-ccl"}, "do": {"submit"}})
	id := strings.TrimPrefix(o.see(ann, "/cases").Find(".rows th a").AttrOr("href", ""), "/cases/")
	path := "/cases/" + id
	both(bob, path, "#take", nil)
	both(bob, path, "#ask", url.Values{"text": {"how fast?"}})
	both(ann, path, "#message-1-answer", url.Values{"text": {"fast"}})
	both(bob, path, "#comment", url.Values{"text": {"noted"}})
	both(bob, path, "#decide-us-ccl", ruled("EAR99", review.NotDescribed, ""))
	both(bob, path, "#reopen", url.Values{"text": {"new facts"}})
	c := o.must(o.Get(t.Context(), bob, id))
	if n := len(o.see(ann, "/cases").Find(".rows tbody tr").Nodes); n != 1 || len(c.Messages) != 4 || len(c.Decisions) != 1 || c.Round != 2 {
		t.Errorf("%d cases, %d messages, %d decisions, round %d", n, len(c.Messages), len(c.Decisions), c.Round)
	}

	// Sent again with other content, from a page that was gone back to.
	page := o.see(bob, path)
	o.did(o.send(bob, page, "#comment", url.Values{"text": {"one"}}))
	rec := o.send(bob, page, "#comment", url.Values{"text": {"another"}})
	if again := parse(t, rec); rec.Code != http.StatusConflict || !strings.Contains(again.Find(".fault").Text(), "sent before") || !strings.Contains(again.Find("#comment textarea").Text(), "another") {
		t.Errorf("%d %s", rec.Code, text(rec))
	}
}

// TestFaultsStandAtTheirFields leaves out or misspells one thing at a time.
func TestFaultsStandAtTheirFields(t *testing.T) {
	o := newBureau(t)
	id := o.at(review.InReview, "Unit X")
	back := o.at(review.Returned, "Unit Y")
	for _, tt := range []struct {
		name     string
		who      review.Actor
		id, form string
		fields   url.Values
		at, says string
	}{
		{"no choice", bob, id, "#decide-us-ccl", url.Values{"reason": {"criteria_met"}}, "answer", "no classification"},
		{"no reason", bob, id, "#decide-us-ccl", url.Values{"answer": {"3A991"}}, "reason", "no reason"},
		{"other without a code", bob, id, "#decide-us-ccl", url.Values{"answer": {otherAnswer}, "reason": {"criteria_met"}}, "other", "no other code"},
		{"a choice and another", bob, id, "#decide-us-ccl", url.Values{"answer": {"3A991"}, "other": {"3A001"}, "reason": {"criteria_met"}}, "other", "another is written"},
		{"no code at all", bob, id, "#decide-us-ccl", url.Values{"other": {"three"}, "reason": {"criteria_met"}}, "other", "three"},
		{"as suggested, but not", bob, id, "#decide-us-ccl", url.Values{"answer": {"3A991"}, "reason": {"as_suggested"}}, "reason", "not what was suggested"},
		{"other reason, not said", bob, id, "#decide-us-ccl", url.Values{"answer": {"3A991"}, "reason": {"other"}}, "reason_text", "in words"},
		{"no passage", bob, id, "#decide-us-ccl", url.Values{"answer": {"3A991"}, "reason": {"criteria_met"}, "relied_other": {"just words"}}, "relied_other", "names no passage"},
		{"an empty comment", bob, id, "#comment", url.Values{"text": {" \r\n "}}, "text", "a text is needed"},
		{"an empty return", bob, id, "#return", nil, "text", "a text is needed"},
		{"nobody as second", bob, id, "#second", url.Values{"officer": {" "}}, "officer", "name the officer"},
		{"no code proposed", ann, back, "#propose-us-ccl", url.Values{"reasoning": {"x"}}, "code", "no code"},
		{"a code that is none", ann, back, "#propose-us-ccl", url.Values{"code": {"three"}, "reasoning": {"x"}}, "code", "three"},
		{"no reasoning", ann, back, "#propose-us-ccl", url.Values{"code": {"3A991"}}, "reasoning", "facts"},
		{"nothing described", ann, back, "#revise", url.Values{"name": {""}, "description": {""}, "attributes": {""}}, "description", ""},
		{"figures without a name", ann, back, "#revise", url.Values{"attributes": {"just words"}}, "attributes", "line 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := o.must(o.Get(t.Context(), root, tt.id))
			rec := o.send(tt.who, o.see(tt.who, "/cases/"+tt.id), tt.form, tt.fields)
			if rec.Code != http.StatusUnprocessableEntity {
				t.Fatalf("%d %s", rec.Code, text(rec))
			}
			page := parse(t, rec)
			form := page.Find(tt.form)
			wrong := form.Find(".wrong")
			if wrong.Length() != 1 || !strings.HasSuffix(wrong.AttrOr("id", ""), "-"+tt.at+"-fault") || !strings.Contains(strings.ToLower(wrong.Text()), tt.says) {
				t.Errorf("fault at %q: %s", wrong.AttrOr("id", ""), wrong.Text())
			}
			if form.Find("[aria-describedby='"+wrong.AttrOr("id", "")+"']").Length() != 1 {
				t.Error("the field does not name its fault")
			}
			if _, open := form.Filter("details").Attr("open"); form.Is("details") && !open {
				t.Error("the form is folded away")
			}
			if page.Find(".fault[role=alert] a[href='"+tt.form+"']").Length() != 1 {
				t.Error("the top of the page does not lead to the form")
			}
			for name, values := range tt.fields {
				sent := filled(page.Find(tt.form+" form, form"+tt.form), nil)
				if want := strings.TrimSpace(values[0]); want != "" && !slices.Contains(sent[name], want) {
					t.Errorf("%s was %q and is %q", name, values, sent[name])
				}
			}
			if after := o.must(o.Get(t.Context(), root, tt.id)); after.Version != before.Version {
				t.Error("something was done")
			}
		})
	}
}

// TestPrecedentIsShownBeforeItIsContradicted decides like products otherwise.
func TestPrecedentIsShownBeforeItIsContradicted(t *testing.T) {
	o := newBureau(t)
	o.at(review.Changed, "Unit X", corpus.USCCL) // 3A001.a.5
	id := o.at(review.InReview, "Unit X", corpus.USCCL)
	page := o.see(bob, "/cases/"+id)
	if got := page.Find(".precedents").Text(); !strings.Contains(got, "same words") || !strings.Contains(got, "3A001.a.5") {
		t.Errorf("precedents: %s", got)
	}
	rec := o.send(bob, page, "#decide-us-ccl", ruled("3A991", review.AsProposed, "kept"))
	page = parse(t, rec)
	warning := page.Find("#decide-us-ccl .warn")
	if rec.Code != http.StatusConflict || warning.Length() != 1 || !strings.Contains(warning.Text(), "3A001.a.5") || strings.TrimSpace(page.Find("#decide-us-ccl-reason_text").Text()) != "kept" {
		t.Fatalf("%d %s", rec.Code, warning.Text())
	}
	// Sent again without a word on it, it is refused again.
	if rec = o.send(bob, page, "#decide-us-ccl", nil); rec.Code != http.StatusConflict {
		t.Errorf("unconfirmed: %d", rec.Code)
	}
	confirm := warning.Find("[name=contradicts]").AttrOr("value", "")
	o.did(o.send(bob, page, "#decide-us-ccl", url.Values{"contradicts": {confirm}}))
	c := o.must(o.Get(t.Context(), bob, id))
	if len(c.Decisions) != 1 || !slices.Equal(c.Decisions[0].Contradicts, []string{confirm}) {
		t.Errorf("%+v", c.Decisions)
	}
	if got := o.see(dora, "/cases/"+id).Find(".decision").Text(); !strings.Contains(got, confirm) {
		t.Errorf("the decision does not name the precedent: %s", got)
	}
	if got := o.see(ann, "/cases/"+id).Find(".decision").Text(); strings.Contains(got, confirm) {
		t.Error("the exporter reads which precedent it goes against")
	}
}

// TestForms of a case that are not whole are refused.
func TestFormsMustBeWhole(t *testing.T) {
	o := newBureau(t)
	id := o.at(review.Submitted, "Unit X")
	for _, body := range []string{"", "version=3", "key=k", "version=x&key=k", "version=-1&key=k", "version=0&key=k"} {
		if rec := o.post(bob, "/cases/"+id+"/take", body); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", body, rec.Code)
		}
	}
	if rec := o.ask(bob, http.MethodPost, "/cases/"+id+"/take", mediaJSON, "{}"); rec.Code != http.StatusUnsupportedMediaType {
		t.Errorf("JSON: %d", rec.Code)
	}
	if rec := o.post(bob, "/cases/none/take", "version=1&key=k"); rec.Code != http.StatusNotFound {
		t.Errorf("no such case: %d", rec.Code)
	}
	if c := o.must(o.Get(t.Context(), bob, id)); c.State != review.Submitted {
		t.Errorf("it is %s", c.State)
	}
}

// TestExporterIsNotToldWhoWorksOnIt reads every page of an exporter's for the
// names of the office, in every state.
func TestExporterIsNotToldWhoWorksOnIt(t *testing.T) {
	o := newBureau(t)
	for _, state := range review.States() {
		id := o.at(state, "Unit "+string(state))
		o.must(o.Comment(t.Context(), by(cyd), id, "internal matter", true))
		o.must(o.Comment(t.Context(), by(cyd), id, "open matter", false))
		page := o.see(ann, "/cases/"+id)
		page.Find(".decision").Remove() // decisions are signed
		main := page.Find("main").Text()
		for _, name := range []string{"bob", "cyd", "internal matter"} {
			if strings.Contains(main, name) {
				t.Errorf("%s: the page says %q", state, name)
			}
		}
		if !strings.Contains(main, "open matter") {
			t.Errorf("%s: the comment is not there", state)
		}
	}
	if main := o.see(ann, "/cases").Find("main").Text(); strings.Contains(main, "bob") || strings.Contains(main, "cyd") {
		t.Error("the list of cases names officers")
	}
}

// TestCasesWhenTheMachineFails opens cases while nothing can be assessed.
func TestCasesWhenTheMachineFails(t *testing.T) {
	o := newBureau(t)
	page := o.see(ann, "/cases/new")
	rec := o.send(ann, page, "form.describe", url.Values{"name": {strings.Repeat("x", classifier.MaxName+1)}, "do": {"submit"}})
	if again := parse(t, rec); rec.Code != http.StatusUnprocessableEntity || again.Find("#new-name-fault").Length() != 1 {
		t.Errorf("%d %s", rec.Code, text(rec))
	}
	if n := o.see(ann, "/cases").Find(".rows tr").Length(); n != 0 {
		t.Errorf("%d cases", n)
	}
}
