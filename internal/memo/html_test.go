package memo

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/review"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

func mustHTML(t *testing.T, m review.Memo) []byte {
	t.Helper()
	data, err := HTML(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var sections = []string{"Scope and question", "Product and parameters", "Documents and correspondence", "Steps of the review", "Entries, criteria and basis",
	"Alternatives considered", "The exporter’s own classification", "Decision and signatures", "What the machine contributed", "Integrity"}

func TestHTMLStandsAlone(t *testing.T) {
	b := newBureau(t)
	data := mustHTML(t, b.memo(bob, adjudicated(b), 0))
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var heads []string
	doc.Find("h2").Each(func(_ int, s *goquery.Selection) {
		heads = append(heads, strings.Join(strings.Fields(s.Text())[1:], " "))
	})
	if strings.Join(heads, "|") != strings.Join(sections, "|") {
		t.Errorf("sections: %q", heads)
	}
	if n := doc.Find("script, link, img, iframe, object, form, input, base").Length(); n != 0 {
		t.Errorf("%d elements that need something beside the file, or do something", n)
	}
	ids := map[string]bool{}
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "src":
				t.Errorf("<%s %s=%q>", s.Nodes[0].Data, a.Key, a.Val)
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("two elements are called %s", a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "href" && !strings.HasPrefix(a.Val, "https://"):
				t.Errorf("a link to %s", a.Val)
			}
		}
	})
	sum := sha256.Sum256([]byte(doc.Find("style").Text()))
	want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	policy, _ := doc.Find(`meta[http-equiv="Content-Security-Policy"]`).Attr("content")
	if policy != Policy || !strings.Contains(policy, want) {
		t.Errorf("policy %q does not name the style of the file, %s", policy, want)
	}
	doc.Find("table").Each(func(i int, s *goquery.Selection) {
		columns := s.Find("thead th").Length()
		s.Find("tbody tr").Each(func(j int, r *goquery.Selection) {
			cells := r.Find("td")
			if span, spans := cells.Attr("colspan"); cells.Length() != columns && (!spans || span == "") {
				t.Errorf("table %d, row %d: %d cells in %d columns", i, j, cells.Length(), columns)
			}
		})
	})
	if lang, _ := doc.Find("blockquote[lang]").Attr("lang"); lang != "en" {
		t.Errorf("the exporter's words are said to be in %q", lang)
	}
	if text := doc.Text(); strings.Contains(text, "/srv/") {
		t.Error("the memo names a directory of the machine")
	}
}

// TestHTMLIsWellFormed counts elements: the parser mends what is not closed,
// and a mended page has other elements than those written.
func TestHTMLIsWellFormed(t *testing.T) {
	b := newBureau(t)
	data := mustHTML(t, b.memo(bob, adjudicated(b), 0))
	var open []string
	z := html.NewTokenizer(bytes.NewReader(data))
	void := map[string]bool{"meta": true, "col": true}
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) != 0 {
				t.Errorf("not closed: %v", open)
			}
			return
		case html.StartTagToken:
			if name, _ := z.TagName(); !void[string(name)] {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> closes %v", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func TestHTMLOfHostileWords(t *testing.T) {
	b := newBureau(t)
	const attack = `</style></script><script>alert(1)</script>"'><img src=x onerror=alert(1)>`
	p := classifier.Product{Name: attack, Description: attack + "\u202E\x07", Attributes: classifier.Attributes{attack: attack}}
	id := b.open(p, suggests(60, attack), corpus.USCCL)
	b.must(b.Take(t.Context(), b.by(bob), id))
	b.must(b.Decide(t.Context(), b.by(bob), id, review.Ruling{List: corpus.USCCL, Codes: []string{"3A001.a"}, Reason: review.OtherReason, ReasonText: attack, Comment: attack}))
	data := mustHTML(t, b.memo(bob, id, 0))
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if n := doc.Find("script, img").Length(); n != 0 {
		t.Errorf("%d elements came in with words", n)
	}
	if n := strings.Count(doc.Find("main").Text(), attack); n < 6 {
		t.Errorf("the words stand there %d times", n)
	}
	if bytes.ContainsAny(data, "\x07\u202E") {
		t.Error("characters that cannot be seen are still in the file")
	}
}
