package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"assay/classifier"
	"assay/corpus"

	"github.com/PuerkitoBio/goquery"
)

func parse(t *testing.T, rec *httptest.ResponseRecorder) *goquery.Document {
	t.Helper()
	if media := rec.Header().Get("Content-Type"); media != "text/html; charset=utf-8" {
		t.Fatalf("not a page but %s: %s", media, rec.Body)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(rec.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	checkMarkup(t, doc)
	return doc
}

// checkMarkup checks what must hold of every page: one h1, headings without
// gaps, unique ids, labels for controls, nothing inline, nothing foreign.
func checkMarkup(t *testing.T, doc *goquery.Document) {
	t.Helper()
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%d h1", n)
	}
	if doc.Find("html[lang]").Length() != 1 || doc.Find("main").Length() != 1 || doc.Find("header.masthead").Length() != 1 || doc.Find("footer").Length() != 1 {
		t.Error("a landmark is missing")
	}
	if strings.TrimSpace(doc.Find("title").Text()) == "" {
		t.Error("no title")
	}
	level := 0
	main := doc.Find("section.answer h1, section.answer h2, section.answer h3, section.answer h4")
	if main.Length() == 0 {
		main = doc.Find("main h1, main h2, main h3, main h4")
	}
	main.Each(func(_ int, h *goquery.Selection) {
		n := int(goquery.NodeName(h)[1] - '0')
		if n > level+1 {
			t.Errorf("h%d “%s” follows h%d", n, h.Text(), level)
		}
		level = n
	})
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if ids[id] {
			t.Errorf("id %q stands twice", id)
		}
		ids[id] = true
	})
	for _, attr := range []string{"for", "aria-labelledby", "aria-describedby"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(attr, "")) {
				if !ids[id] {
					t.Errorf("%s points at %q, which is not there", attr, id)
				}
			}
		})
	}
	doc.Find("input:not([type=hidden], [hidden]), textarea, select").Each(func(_ int, s *goquery.Selection) {
		if id := s.AttrOr("id", ""); id == "" || doc.Find("label[for='"+id+"']").Length() != 1 {
			t.Errorf("control %q has no label", s.AttrOr("name", ""))
		}
	})
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s has the inline %s", goquery.NodeName(s), a.Key)
			}
			if (a.Key == "src" || a.Key == "href" && goquery.NodeName(s) == "link" || a.Key == "action") && !strings.HasPrefix(a.Val, "/") {
				t.Errorf("%s loads or sends to %s", goquery.NodeName(s), a.Val)
			}
			if a.Key == "href" && (a.Val == "" || strings.Contains(a.Val, "javascript") || strings.Contains(a.Val, "ZgotmplZ")) {
				t.Errorf("link to %q", a.Val)
			}
		}
	})
	if doc.Find("style").Length() > 0 || doc.Find("script:not([src])").Length() > 0 {
		t.Error("inline style or script")
	}
}

func TestHome(t *testing.T) {
	s := newServer(t)
	doc := parse(t, get(t, s, "/"))
	if n := doc.Find("fieldset input[type=checkbox]").Length(); n != 4 {
		t.Errorf("%d lists", n)
	}
	var checked []string
	doc.Find("input[checked]").Each(func(_ int, i *goquery.Selection) { checked = append(checked, i.AttrOr("value", "")) })
	if strings.Join(checked, " ") != "us-ccl us-usml eu-dual-use" {
		t.Errorf("checked are %v", checked)
	}
	if doc.Find("a.skip[href='#main']").Length() != 1 || doc.Find("[aria-live]").Length() == 0 {
		t.Error("no skip link or no live region")
	}
	links := doc.Find("nav.examples a")
	if links.Length() < 6 {
		t.Errorf("%d examples", links.Length())
	}
	links.Each(func(_ int, a *goquery.Selection) {
		filled := parse(t, get(t, s, a.AttrOr("href", "")))
		if len(strings.TrimSpace(filled.Find("#description").Text())) < 100 || filled.Find("#name").AttrOr("value", "") == "" {
			t.Errorf("%s does not fill the form", a.Text())
		}
	})
	// Assets are named with their version and may be kept for good.
	doc.Find("link[rel=stylesheet], link[rel=icon], script[src]").Each(func(_ int, l *goquery.Selection) {
		at := l.AttrOr("href", l.AttrOr("src", ""))
		if rec := get(t, s, at); rec.Code != 200 || !strings.Contains(rec.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %s", at, rec.Code, rec.Header().Get("Cache-Control"))
		}
	})
}

func postForm(t *testing.T, s *Server, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	return post(t, s, "/", mediaForm, form.Encode())
}

func TestResultPage(t *testing.T) {
	s := newServer(t)
	doc := parse(t, postForm(t, s, url.Values{"name": {"Unit X"}, "description": {"A giga-sample digitizer,\r\nor sampling  converter."},
		"attributes": {"kind: sampling converter"}, "list": {"eu-dual-use", "us-ccl"}}))

	rows := doc.Find(".outcomes tbody tr")
	if rows.Length() != 2 || !strings.Contains(rows.First().Text(), "EU dual-use") || rows.First().Find(".code").Text() != "3A001.a.5" || rows.First().Find(".badge").Text() != "Listed" {
		t.Errorf("outcomes: %s", rows.Text())
	}
	var marked []string
	doc.Find(".product mark").Each(func(_ int, m *goquery.Selection) { marked = append(marked, m.Text()) })
	if got := strings.Join(marked, "|"); got != "giga-sample digitizer|sampling|converter|sampling converter" && got != "giga-sample digitizer|sampling  converter|sampling converter" {
		t.Errorf("marked in the text: %s", got)
	}
	if text := doc.Find(".product").Text(); !strings.Contains(text, "A giga-sample digitizer,\nor sampling  converter.") {
		t.Errorf("the text is changed: %q", text)
	}

	panel := doc.Find("article#eu-dual-use")
	if panel.Length() != 1 || !strings.Contains(panel.Find("header").Text(), "edition of 2025-11-15") || !strings.Contains(panel.Find(".verdict").Text(), "sampling converter") {
		t.Errorf("panel: %s", panel.Find("header, .verdict").Text())
	}
	first := panel.Find("details.suggestion").First()
	if _, open := first.Attr("open"); !open {
		t.Error("the first suggestion is folded")
	}
	cited := first.Find(".citation.official")
	if cited.Length() != 1 || cited.Find("mark.quote").Text() != `A sampling converter of the "rapid" kind.` || cited.Find("mark.quote.word").First().Text() != "sampling converter" {
		t.Errorf("citation: %s", cited.Text())
	}
	var chain []string
	cited.Find(".chain li").Each(func(_ int, li *goquery.Selection) { chain = append(chain, strings.TrimSpace(li.Text())) })
	if strings.Join(chain, "/") != "3 Category of chips/3A001 Chips of note, as follows:/3A001.a Chips for everything, any of these:" {
		t.Errorf("chain: %v", chain)
	}
	if href := cited.Find(".source a").AttrOr("href", ""); !strings.HasPrefix(href, "https://eur-lex.europa.eu/") {
		t.Errorf("official page: %q", href)
	}

	us := doc.Find("article#us-ccl")
	if us.Find(".citation.official").Length() != 0 || !strings.Contains(us.Find(".citation").First().Text(), "in our own words") {
		t.Error("without an edition the digest is cited")
	}
	if got := us.Find(".citation .chain").First().Text(); !strings.Contains(got, "Fast converters and other chips") {
		t.Errorf("way through the card: %q", got)
	}
	if got := us.Find(".reasons").First().Text(); !strings.Contains(got, "national security") {
		t.Errorf("reasons for control: %q", got)
	}
	if got := us.Find(".further").Text(); !strings.Contains(got, "Is the sample rate above the limit?") {
		t.Errorf("what it is mistaken for: %s", got)
	}

	if doc.Find("#name").AttrOr("value", "") != "Unit X" || !strings.Contains(doc.Find("#description").Text(), "giga-sample") || doc.Find("#attributes").Text() != "kind: sampling converter" {
		t.Error("the form has lost its text")
	}
	if doc.Find("#list-us-usml[checked]").Length() != 0 || doc.Find("#list-us-ccl[checked]").Length() != 1 {
		t.Error("the form has lost its lists")
	}
	if got := doc.Find(".closing").Text(); !strings.Contains(got, "a human decides") || !strings.Contains(got, "lexical") || !strings.Contains(got, "eu-dual-use@2025-11-15") {
		t.Errorf("closing: %s", got)
	}
	var a classifier.Assessment
	if err := json.Unmarshal([]byte(doc.Find("#json").Text()), &a); err != nil || len(a.Outcomes) != 2 {
		t.Errorf("JSON on the page: %v", err)
	}
}

func TestResultPageTellsNeighboursApart(t *testing.T) {
	doc := parse(t, postForm(t, newServer(t), url.Values{"description": {"rapid converter chip, plain converter chip"}, "list": {"us-ccl"}}))
	if got := doc.Find(".questions").Text(); !strings.Contains(got, "Is the sample rate above the limit?") || !strings.Contains(got, "3A001") || !strings.Contains(got, "3A991") {
		t.Errorf("questions: %s", got)
	}
	second := doc.Find("details.suggestion").Eq(1)
	if _, open := second.Attr("open"); open || !strings.Contains(second.Find(".whynot").Text(), "Ranks below") {
		t.Errorf("second suggestion: %s", second.Text())
	}
}

func TestResultPageNotListed(t *testing.T) {
	doc := parse(t, postForm(t, newServer(t), url.Values{"description": {"leaf rake, garden spade"}, "list": {"us-ccl"}}))
	verdict := doc.Find("#us-ccl .verdict")
	if verdict.Find(".badge").Text() != "Not listed" || verdict.Find(".code").Text() != "EAR99" || verdict.Find("a").Length() != 0 {
		t.Errorf("verdict: %s", verdict.Text())
	}
	if got := doc.Find("#us-ccl .citation").First().Text(); !strings.Contains(got, "goods on no list") {
		t.Errorf("citation: %s", got)
	}
	if doc.Find("#result").Text() != "Unnamed product" {
		t.Errorf("heading: %s", doc.Find("#result").Text())
	}
}

func TestPageRefuses(t *testing.T) {
	s := newServer(t)
	for name, tt := range map[string]struct {
		form  url.Values
		field string
	}{
		"empty":          {url.Values{}, "description"},
		"long name":      {url.Values{"name": {strings.Repeat("x", 2000)}}, "name"},
		"bad attributes": {url.Values{"name": {"pump"}, "attributes": {"no colon"}}, "attributes"},
	} {
		rec := postForm(t, s, tt.form)
		doc := parse(t, rec)
		if rec.Code != http.StatusUnprocessableEntity || doc.Find("[role=alert]").Length() != 1 || doc.Find("#"+tt.field+"[aria-invalid=true]").Length() != 1 {
			t.Errorf("%s: %d %s", name, rec.Code, doc.Find("[role=alert]").Text())
		}
		if got := doc.Find("#name").AttrOr("value", ""); got != tt.form.Get("name") {
			t.Errorf("%s: the form has lost its name", name)
		}
	}
	for name, rec := range map[string]*httptest.ResponseRecorder{
		"unknown list": postForm(t, s, url.Values{"name": {"pump"}, "list": {"US!"}}),
		"JSON":         post(t, s, "/", mediaJSON, `{}`),
		"bad escape":   post(t, s, "/", mediaForm, "name=%zz"),
		"large":        post(t, s, "/", mediaForm, "name="+strings.Repeat("x", 2<<20)),
	} {
		if doc := parse(t, rec); rec.Code < 400 || rec.Code >= 500 || doc.Find(".error").Length() != 1 {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
}

// TestHostileText puts text that attacks pages into every field, and looks
// whether anything of it becomes markup.
func TestHostileText(t *testing.T) {
	s := newServer(t)
	for _, hostile := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</textarea><script>alert(1)</script>`, `'-alert(1)-'`,
		`</title><script>alert(1)</script>`, `</pre><iframe src=//evil.example>`, `<!--`, `{{.Form}}`, "javascript:alert(1)", "a\u202egnp.exe\u2066", strings.Repeat("w", 900),
	} {
		p := url.Values{"name": {hostile}, "description": {hostile + " sampling converter " + hostile}, "attributes": {hostile + "x: " + hostile}, "list": {"us-ccl"}}
		rec := postForm(t, s, p)
		doc := parse(t, rec) // checks that nothing is inline or foreign
		if rec.Code != 200 {
			t.Fatalf("%.30q: %d", hostile, rec.Code)
		}
		if doc.Find("script").Length() != 1 || doc.Find("img, iframe").Length() != 0 || doc.Find("textarea").Length() != 2 {
			t.Errorf("%.30q became markup", hostile)
		}
		if got := doc.Find("#name").AttrOr("value", ""); got != hostile {
			t.Errorf("%.30q came back as %.30q", hostile, got)
		}
		for _, shown := range []string{doc.Find("#result").Text(), doc.Find(".product").Text(), doc.Find("title").Text()} {
			if strings.ContainsAny(shown, "\u202e\u2066") {
				t.Errorf("direction controls are shown: %q", shown)
			}
			if !strings.Contains(shown, clip(plain(hostile), 80)) {
				t.Errorf("%.30q is not shown as it is: %.200q", hostile, shown)
			}
		}
	}
	// Hostile words in a list, or in an address, stay text too.
	if doc := parse(t, get(t, s, "/entries/9A999")); doc.Find("main b").Length() != 0 || !strings.Contains(doc.Find("blockquote").Text(), "<b>tractor</b>") {
		t.Error("the list's text became markup")
	}
	if doc := parse(t, get(t, s, "/entries/%3Cscript%3Ealert(1)%3C%2Fscript%3E")); doc.Find("script").Length() != 1 {
		t.Error("the address became markup")
	}
}

func TestEntryPage(t *testing.T) {
	s := newServer(t)
	doc := parse(t, get(t, s, "/entries/3A001.a.5"))
	if doc.Find("h1").Text() != "3A001.a.5" || !strings.Contains(doc.Find(".lead").Text(), "Converters above the limit") {
		t.Errorf("heading: %s", doc.Find("h1, .lead").Text())
	}
	if got := doc.Find(".edition").Text(); !strings.Contains(got, `A sampling converter of the "rapid" kind.`) || !strings.Contains(got, "Toys with chips") || !strings.Contains(got, "Faster than the hand") || !strings.Contains(got, "Nobody") {
		t.Errorf("official text: %s", got)
	}
	if got := doc.Find(".standing").Text(); !strings.Contains(got, "3.A.1.a.5") || !strings.Contains(got, "national security") {
		t.Errorf("lists: %s", got)
	}
	var near []string
	doc.Find("section[aria-labelledby=card] .paragraphs dt").Each(func(_ int, dt *goquery.Selection) { near = append(near, dt.Text()) })
	if strings.Join(near, " ") != "3A001.a 3A001.a.5 3A001.a.7" {
		t.Errorf("neighbours: %v", near)
	}
	if doc.Find("a[href='/entries/3A991']").Length() == 0 || doc.Find("[aria-current=true]").Text() != "3A001.a.5" {
		t.Error("confusable or current paragraph is not shown")
	}
	absent := doc.Find(".absent").Text()
	if !strings.Contains(absent, "Commerce Control List") || strings.Contains(absent, "EU dual-use") {
		t.Errorf("missing editions: %s", absent)
	}
	// Every link of the page to another entry leads somewhere.
	doc.Find("a[href^='/entries/']").Each(func(_ int, a *goquery.Selection) {
		if rec := get(t, s, a.AttrOr("href", "")); rec.Code != 200 {
			t.Errorf("%s leads to %d", a.AttrOr("href", ""), rec.Code)
		}
	})
	if doc := parse(t, get(t, s, "/entries/3A001?list=us-ccl")); doc.Find(".edition").Length() != 0 || !strings.Contains(doc.Find(".kicker").Text(), "Commerce Control List") {
		t.Error("the page of one list shows another")
	}
	parse(t, get(t, s, "/entries/XI"))
	parse(t, get(t, s, "/entries/8A001"))
}

// TestManySuggestions: what is unlikely is named, not spread out.
func TestManySuggestions(t *testing.T) {
	s := newServer(t)
	a := classifier.Assessment{Outcomes: []classifier.Outcome{{List: corpus.USCCL, Status: classifier.Listed, Code: "3A001", Probability: 0.6, Edition: "digest", Reason: "r"}}}
	for i, p := range []float64{0.6, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001} {
		a.Suggestions = append(a.Suggestions, classifier.Suggestion{List: corpus.USCCL, Code: []string{"3A001", "3A991"}[i%2], Status: classifier.Listed, Probability: p})
	}
	v, err := s.current.Load().result(classifier.Product{Name: "x"}, a, s.Now())
	if err != nil || len(v.Panels[0].Best) != shownBest || len(v.Panels[0].More) != 2 {
		t.Errorf("%d best, %d more, %v", len(v.Panels[0].Best), len(v.Panels[0].More), err)
	}
}
