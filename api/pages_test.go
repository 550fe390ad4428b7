package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/review"

	"github.com/PuerkitoBio/goquery"
)

// hostile is what somebody types who wants to run a script on another's page,
// or to have a text read otherwise than it is stored.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{.}}` + "\u202eevil\u202c</textarea></title></details>"

// harmless fails when a page holds anything that hostile would make of it.
func harmless(t *testing.T, what string, doc *goquery.Document) {
	t.Helper()
	doc.Find("script").Each(func(_ int, s *goquery.Selection) {
		if src := s.AttrOr("src", ""); !strings.HasPrefix(src, "/static/") || s.Text() != "" {
			t.Errorf("%s: a script: %q %q", what, src, s.Text())
		}
	})
	if n := doc.Find("img").Length(); n > 0 {
		t.Errorf("%s: %d pictures", what, n)
	}
	html, err := doc.Html()
	if err != nil {
		t.Fatal(err)
	}
	shown := goquery.NewDocumentFromNode(doc.Nodes[0])
	shown.Find("textarea, input").Remove() // a form keeps what was typed
	if strings.ContainsRune(shown.Text(), '\u202e') {
		t.Errorf("%s: the direction of writing is changed", what)
	}
	if !strings.Contains(html, "alert(1)") {
		t.Errorf("%s: what was typed is not shown; the test tests nothing", what)
	}
}

// TestHostileTextEverywhere types it into every field of every form and reads
// every page.
func TestHostileTextEverywhere(t *testing.T) {
	o := newBureau(t)
	at := o.did(o.send(ann, o.see(ann, "/cases/new"), "form.describe", url.Values{"name": {hostile}, "description": {hostile + " sampling converter"},
		"attributes": {hostile + ": " + hostile}, "list": {"us-ccl"}, "code.us-ccl": {"3A991"}, "reasoning.us-ccl": {hostile}, "do": {"submit"}}))
	path, _, _ := strings.Cut(at, "?")
	o.did(o.sendFiles(ann, o.see(ann, path), "#attach", nil, map[string]string{hostile[:60] + ".txt": "alert(1)" + hostile}))
	o.did(o.send(bob, o.see(bob, path), "#take", nil))
	o.did(o.send(bob, o.see(bob, path), "#comment", url.Values{"text": {hostile}}))
	o.did(o.send(bob, o.see(bob, path), "#ask", url.Values{"text": {hostile}}))
	o.did(o.send(ann, o.see(ann, path), "#message-2-answer", url.Values{"text": {hostile}}))
	harmless(t, "in review", o.see(bob, path))
	// What is refused is shown again.
	rec := o.send(bob, o.see(bob, path), "#decide-us-ccl", url.Values{"answer": {"(other)"}, "other": {hostile}, "reason": {"other"}, "reason_text": {hostile}, "relied_other": {hostile}, "comment": {hostile}})
	harmless(t, "refused", parse(t, rec))
	rec = o.send(bob, o.see(bob, path), "#assign", url.Values{"officer": {hostile}})
	harmless(t, "no such officer", parse(t, rec))
	rec = o.send(bob, o.see(bob, path), "#comment", url.Values{"text": {hostile}, "version": {"1"}})
	harmless(t, "stale", parse(t, rec))
	o.did(o.send(bob, o.see(bob, path), "#decide-us-ccl", url.Values{"answer": {"3A991"}, "reason": {"other"}, "reason_text": {hostile},
		"relied_other": {"us-ccl@" + hostile + "/" + hostile}, "comment": {hostile}}))
	for _, page := range []struct {
		who  review.Actor
		path string
	}{{ann, path}, {bob, path}, {eva, path}, {ann, "/cases"}, {bob, "/queue?state=all"}, {bob, "/precedents"}, {bob, "/precedents?words=" + url.QueryEscape(hostile)},
		{bob, "/queue?state=all&name=" + url.QueryEscape(hostile)}, {bob, "/queue?category=" + url.QueryEscape(hostile)}, {bob, "/precedents?code=" + url.QueryEscape(hostile)},
		{root, "/audit?actor=" + url.QueryEscape(hostile)}, {root, "/audit?act=" + url.QueryEscape(hostile)}, {root, "/audit?case=" + url.QueryEscape(hostile)}} {
		harmless(t, page.path, o.see(page.who, page.path))
	}
	rec = o.post(root, "/audit/verify", url.Values{"head": {hostile}}.Encode())
	harmless(t, "head", parse(t, rec))
	rec = o.post(ann, "/cases/new", url.Values{"name": {hostile}, "description": {hostile}, "attributes": {hostile}}.Encode())
	harmless(t, "carried over", parse(t, rec))
}

func TestQueueFilters(t *testing.T) {
	o := newBureau(t)
	for _, state := range []review.State{review.Submitted, review.InReview, review.Changed, review.Returned, review.Reopened, review.Draft} {
		o.at(state, "Unit "+string(state))
	}
	o.later(50 * time.Hour)
	o.at(review.Submitted, "Unit late", corpus.USCCL)
	for _, tt := range []struct{ query, want string }{
		{"", "submitted in_review reopened late"},
		{"state=waiting", "submitted reopened late"},
		{"state=in_review", "in_review"},
		{"state=decided", "changed"},
		{"state=attention", ""},
		{"state=draft", "draft"},
		{"state=returned_for_information", "returned_for_information"},
		{"state=all", "submitted in_review changed returned_for_information reopened draft late"},
		{"state=all&order=newest", "late draft reopened returned_for_information changed in_review submitted"},
		{"list=eu-dual-use", "submitted in_review reopened"},
		{"category=3", "submitted in_review reopened late"},
		{"category=3A001.a", "submitted in_review reopened late"},
		{"category=5", ""},
		{"officer=nobody", "submitted reopened late"},
		{"officer=me", "in_review"},
		{"name=bob", "in_review"},
		{"name=cyd&officer=me", ""},
		{"age=1d", "submitted in_review reopened"},
		{"age=30d", ""},
		{"disagreement=yes", ""},
		{"language=en", "submitted in_review reopened late"},
		{"language=de", ""},
	} {
		doc := o.see(bob, "/queue?"+tt.query)
		var got []string
		doc.Find(".rows th[scope=row] a").Each(func(_ int, a *goquery.Selection) { got = append(got, strings.TrimPrefix(a.Text(), "Unit ")) })
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", tt.query, got, tt.want)
		}
		// The form shows what was asked, so that sending it asks the same.
		asked, _ := url.ParseQuery(tt.query)
		sent := filled(doc.Find("form.filters"), nil)
		for name, values := range asked {
			if tt.query != "name=cyd&officer=me" && sent.Get(name) != values[0] {
				t.Errorf("%s: the form has %s=%q", tt.query, name, sent.Get(name))
			}
		}
		if len(got) == 0 && doc.Find(".empty").Length() != 1 {
			t.Errorf("%s: nothing is said of nothing found", tt.query)
		}
	}
	for _, wrong := range []string{"state=lost", "confidence=0.5", "age=x", "list=US%20CCL"} {
		rec := o.get(bob, "/queue?"+wrong)
		if doc := parse(t, rec); rec.Code != http.StatusUnprocessableEntity || doc.Find(".fault").Length() != 1 || doc.Find("form.filters").Length() != 1 {
			t.Errorf("%s: %d", wrong, rec.Code)
		}
	}
	if rec := o.get(bob, "/queue?from=x"); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("from=x: %d", rec.Code)
	}
	for _, who := range []review.Actor{bob, eva} {
		if n := o.see(who, "/queue").Find(".rows form").Length(); n > 0 != (who == bob) {
			t.Errorf("%s sees %d buttons", who.ID, n)
		}
	}
}

// TestPageAfterPage walks page after page while cases come.
func TestPageAfterPage(t *testing.T) {
	o := newBureau(t)
	for i := range 2*pageOfCases + 3 {
		o.draft(fmt.Sprintf("Unit %02d", i), corpus.USCCL)
	}
	walk := func(path string) (titles []string) {
		for pages := 1; path != ""; pages++ {
			doc := o.see(root, path)
			doc.Find(".rows th[scope=row] a").Each(func(_ int, a *goquery.Selection) { titles = append(titles, a.Text()) })
			if first := doc.Find(".paging a").First(); pages > 1 && first.Text() != "First page" {
				t.Errorf("page %d leads back to %q", pages, first.Text())
			}
			if pages == 1 {
				o.draft("Unit late", corpus.USCCL)
			}
			path = doc.Find(".paging a[rel=next]").AttrOr("href", "")
			if pages > 5 {
				t.Fatal("pages without end")
			}
		}
		return titles
	}
	if got := walk("/cases"); len(got) != 2*pageOfCases+3 || got[0] != fmt.Sprintf("Unit %02d", 2*pageOfCases+2) || got[len(got)-1] != "Unit 00" {
		t.Errorf("newest first: %d cases, %v", len(got), got)
	}
	got := walk("/queue?state=draft&category=3")
	late := slices.Index(got, "Unit late")
	if len(got) != 2*pageOfCases+5 || late != 2*pageOfCases+3 || got[0] != "Unit 00" {
		t.Errorf("by number: %d cases, the late one at %d", len(got), late)
	}
	if n := o.see(root, "/cases?from=1").Find(".empty a").Length(); n != 1 {
		t.Error("behind the last case there is no way back")
	}
}

func TestAuditPage(t *testing.T) {
	o := newBureau(t)
	for i := range 12 {
		o.at(review.Changed, fmt.Sprint("Unit ", i), corpus.USCCL)
	}
	id := o.at(review.InReview, "Unit X", corpus.USCCL)
	page := o.see(root, "/audit")
	rows := page.Find(".log tbody tr")
	if rows.Length() != pageOfAudit || rows.First().Find("th").Text() <= rows.Last().Find("th").Text() || page.Find("a[rel=next]").Length() != 1 {
		t.Errorf("%d rows from %s to %s", rows.Length(), rows.First().Find("th").Text(), rows.Last().Find("th").Text())
	}
	page = o.see(root, page.Find("a[rel=next]").AttrOr("href", ""))
	if got := page.Find(".log tbody tr").Last().Find("th").Text(); got != "1" {
		t.Errorf("the last page ends with %s", got)
	}
	page = o.see(eva, "/audit?actor=bob&act=case.take&case="+id)
	if rows := page.Find(".log tbody tr"); rows.Length() != 1 || !strings.Contains(rows.Text(), "taken") || rows.Find("td a").AttrOr("href", "") != "/cases/"+id || !strings.Contains(rows.Find("pre").Text(), `"in_review"`) {
		t.Errorf("filtered: %s", rows.Text())
	}
	if page.Find("#a-actor").AttrOr("value", "") != "bob" || page.Find("#a-act option[selected]").AttrOr("value", "") != "case.take" {
		t.Error("the filter is lost")
	}
	if page.Find("a[href='/api/v1/audit/export']").Length() != 1 {
		t.Error("no way to the export")
	}

	page = parse(t, o.send(eva, page, ".verifying form", nil))
	keep := page.Find(".keep").Text()
	if !strings.Contains(page.Find(".done").Text(), "Nothing was altered") || !strings.HasPrefix(keep, "77:") {
		t.Errorf("verified: %s %s", page.Find(".verifying").Text(), keep)
	}
	page = parse(t, o.send(eva, page, ".verifying form", url.Values{"head": {keep}}))
	if !strings.Contains(page.Find(".done").Text(), "Nothing was altered") || page.Find("#head").AttrOr("value", "") != keep {
		t.Errorf("against its own head: %s", page.Find(".verifying").Text())
	}
	page = parse(t, o.send(eva, page, ".verifying form", url.Values{"head": {"999:" + strings.Repeat("0", 63) + "1"}}))
	if got := page.Find(".verifying .fault").Text(); !strings.Contains(got, "truncated") || !strings.Contains(got, "999") {
		t.Errorf("a log that is known to be longer: %s", got)
	}
	rec := o.send(eva, page, ".verifying form", url.Values{"head": {"kept"}})
	if rec.Code != http.StatusUnprocessableEntity || parse(t, rec).Find("#head-fault").Length() != 1 {
		t.Errorf("no head: %d", rec.Code)
	}
	for _, who := range []review.Actor{ann, bob} {
		if rec := o.get(who, "/audit"); rec.Code != http.StatusForbidden {
			t.Errorf("%s reads the log: %d", who.ID, rec.Code)
		}
	}
}

func TestPrecedentsPage(t *testing.T) {
	o := newBureau(t)
	o.at(review.Changed, "Unit X", corpus.USCCL)     // 3A001.a.5
	o.at(review.NotListed, "Unit Y", corpus.USCCL)   // EAR99
	o.at(review.Reopened, "Unit Z", corpus.USCCL)    // superseded
	o.at(review.InReview, "Unit open", corpus.USCCL) // none
	for _, tt := range []struct{ query, want string }{
		{"", "Unit Z, Unit Y, Unit X"},
		{"standing=yes", "Unit Y, Unit X"},
		{"code=3a001", "Unit Z, Unit X"},
		{"code=EAR99", "Unit Y"},
		{"code=5A001", ""},
		{"list=eu-dual-use", ""},
		{"words=" + url.QueryEscape(review.Text(product("Unit X"))), "Unit X"},
		{"words=garden+spade", ""},
	} {
		doc := o.see(bob, "/precedents?"+tt.query)
		var got []string
		doc.Find(".likes li > p:first-child a").Each(func(_ int, a *goquery.Selection) { got = append(got, a.Text()) })
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %v, want %s", tt.query, got, tt.want)
		}
	}
	if got := o.see(ann, "/precedents").Find(".likes li").Length(); got != 3 {
		t.Errorf("an exporter finds %d of the own", got)
	}
	if got := o.see(otto, "/precedents").Find(".likes li").Length(); got != 0 {
		t.Errorf("another organisation finds %d", got)
	}
	if got := o.see(bob, "/precedents").Find(".past").Text(); !strings.Contains(got, "superseded") || !strings.Contains(got, "Unit Z") {
		t.Errorf("superseded: %s", got)
	}
	if rec := o.get(bob, "/precedents?list=no+list"); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("no list: %d", rec.Code)
	}
}

// TestEmptyPages reads what people find on their first day.
func TestEmptyPages(t *testing.T) {
	o := newBureau(t)
	for _, tt := range []struct {
		who        review.Actor
		path, says string
	}{
		{ann, "/cases", "Open the first one"}, {bob, "/cases", "Cases appear here"}, {bob, "/queue", "Nothing waits"}, {bob, "/precedents", "No case is decided yet"},
		{root, "/audit?case=none", "No record matches"},
	} {
		if got := o.see(tt.who, tt.path).Find(".empty").Text(); !strings.Contains(got, tt.says) {
			t.Errorf("%s: %q", tt.path, got)
		}
	}
}

// TestOlderEditionIsSaid reads a case whose assessment cites an edition that
// is no longer served.
func TestOlderEditionIsSaid(t *testing.T) {
	o := newBureau(t)
	id := o.draft("Unit X", corpus.EUDualUse)
	a := classifier.Assessment{Outcomes: []classifier.Outcome{{List: corpus.EUDualUse, Edition: "eu-dual-use@2020-01-01", Status: classifier.Listed, Code: "3A001.a", Probability: 0.9}},
		Suggestions: []classifier.Suggestion{{List: corpus.EUDualUse, Code: "3A001.a", Status: classifier.Listed, Probability: 0.9, Gist: "Chips.",
			Citations: []classifier.Citation{{List: corpus.EUDualUse, Edition: "eu-dual-use@2020-01-01", Code: "3A001.a", Kind: "paragraph", Text: "Chips as they were.", Quote: "Chips as they were.", End: 19}}}}}
	o.must(o.Assess(t.Context(), by(ann), id, a))
	page := o.see(ann, "/cases/"+id)
	if got := page.Find(".citation.official").Text(); !strings.Contains(got, "edition of 2020-01-01") || !strings.Contains(got, "Chips as they were.") {
		t.Errorf("citation: %s", page.Find(".citation").Text())
	}
	if got := page.Find(".panel header").Text(); !strings.Contains(got, "edition of 2020-01-01") {
		t.Errorf("panel: %s", got)
	}
}

// TestDescribedAnewSinceAssessed revises behind the pages' back.
func TestDescribedAnewSinceAssessed(t *testing.T) {
	o := newBureau(t)
	id := o.draft("Unit X", corpus.USCCL)
	o.must(o.Revise(t.Context(), by(ann), id, classifier.Product{Name: "Garden spade"}))
	page := o.see(ann, "/cases/"+id)
	if !strings.Contains(page.Find(".note").Text(), "described anew since") || page.Find(".product mark").Length() != 0 {
		t.Error("the page does not say that the assessment is of an earlier description")
	}
	if got := page.Find("details .product").Text(); !strings.Contains(got, "Unit X") {
		t.Errorf("the earlier description: %s", got)
	}
	o.did(o.send(ann, page, "#submit", nil))
	if c := o.must(o.Get(t.Context(), ann, id)); c.State != review.Submitted || len(c.Assessments) != 2 {
		t.Errorf("%s with %d assessments", c.State, len(c.Assessments))
	}
}

func TestLetADecisionStand(t *testing.T) {
	o := newBureau(t)
	id := o.at(review.Changed, "Unit X", corpus.USCCL)
	o.must(o.Reexamined(t.Context(), by(root), id, review.Reexamination{List: corpus.USCCL, Decision: 1, Answer: "3A001.a.5", From: "digest", To: "us-ccl@2026-09-01", ToSHA256: "00",
		Changes: []review.ListChange{{What: corpus.OpChanged, Kind: corpus.KindParagraph, Code: "3A001.a.5", Bearing: review.OnDecided,
			Words:   []corpus.Words{{Text: "above"}, {Op: corpus.OpRemoved, Text: "1.3"}, {Op: corpus.OpAdded, Text: "2.6"}, {Text: "GHz"}},
			Numbers: []corpus.NumberChange{{Old: "1.3 GHz", New: "2.6 GHz"}}}},
		Before: review.Said{Code: "3A001.a.5", Probability: 0.8}, Now: review.Said{Code: "3A991", Probability: 0.6}, CouldChange: true, Why: []string{"a limit of the paragraph decided moved"}}))
	row := o.see(bob, "/queue?state=attention").Find(".rows tbody tr")
	if row.Length() != 1 || !strings.Contains(row.Text(), "newer edition") {
		t.Errorf("queue: %s", row.Text())
	}
	page := o.see(bob, "/cases/"+id)
	panel := page.Find("#list-us-ccl")
	for _, says := range []string{"puts this decision in question", "a limit of the paragraph decided moved", "1.3 GHz → 2.6 GHz", "says now"} {
		if !strings.Contains(panel.Text(), says) {
			t.Errorf("the page does not say %q", says)
		}
	}
	if panel.Find("del").Text() != "1.3" || panel.Find("ins").Text() != "2.6" {
		t.Errorf("words: %q, %q", panel.Find("del").Text(), panel.Find("ins").Text())
	}
	rec := o.send(bob, page, "#stand-us-ccl", url.Values{"text": {" "}})
	if rec.Code != http.StatusUnprocessableEntity || parse(t, rec).Find("#stand-us-ccl[open]").Length() != 1 {
		t.Errorf("without a reason: %d", rec.Code)
	}
	o.did(o.send(bob, page, "#stand-us-ccl", url.Values{"text": {"3 GSPS stays above"}}))
	page = o.see(bob, "/cases/"+id)
	if page.Find("#stand-us-ccl").Length() != 0 || !strings.Contains(page.Find("#list-us-ccl").Text(), "3 GSPS stays above") || !strings.Contains(page.Find(".history").Text(), "stand under the newer edition") {
		t.Error("that it stands is not shown")
	}
}

func TestAgo(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Hour: "just now", 59 * time.Second: "just now", time.Minute: "1 minute ago", 59 * time.Minute: "59 minutes ago", time.Hour: "1 hour ago",
		day - 1: "23 hours ago", day: "1 day ago", 13 * day: "13 days ago", 14 * day: "2 weeks ago", 61 * day: "2 months ago", 729 * day: "24 months ago", 730 * day: "2 years ago",
	} {
		if got := ago(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
