package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestNewCaseForm(t *testing.T) {
	o := newBureau(t)
	good := func(change url.Values) url.Values {
		v := url.Values{"name": {"Unit"}, "description": {"sampling converter"}, "list": {"us-ccl"}, "do": {"submit"}}
		for name, values := range change {
			v[name] = values
		}
		return v
	}
	for _, tt := range []struct {
		name     string
		fields   url.Values
		at, says string
	}{
		{"nothing said", good(url.Values{"name": {""}, "description": {" "}}), "description", ""},
		{"no list", good(url.Values{"list": nil}), "list", "no list"},
		{"figures without a name", good(url.Values{"attributes": {"x"}}), "attributes", "line 1"},
		{"code without reasoning", good(url.Values{"code.us-ccl": {"3A991"}}), "reasoning.us-ccl", "reasoning"},
		{"reasoning without code", good(url.Values{"reasoning.us-ccl": {"so"}}), "code.us-ccl", "without a code"},
		{"not a code", good(url.Values{"code.us-ccl": {"three"}, "reasoning.us-ccl": {"so"}}), "code.us-ccl", "three"},
		{"a list not chosen", good(url.Values{"code.eu-dual-use": {"3A001"}, "reasoning.eu-dual-use": {"so"}}), "code.eu-dual-use", "not chosen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := o.send(ann, o.see(ann, "/cases/new"), "form.describe", tt.fields)
			page := parse(t, rec)
			wrong := page.Find(".wrong")
			if rec.Code != http.StatusUnprocessableEntity || wrong.Length() != 1 || wrong.AttrOr("id", "") != "new-"+tt.at+"-fault" || !strings.Contains(strings.ToLower(wrong.Text()), tt.says) {
				t.Errorf("%d, fault at %q: %s", rec.Code, wrong.AttrOr("id", ""), wrong.Text())
			}
			sent := filled(page.Find("form.describe"), nil)
			for name, values := range tt.fields {
				if name != "do" && len(values) > 0 && sent.Get(name) != values[0] {
					t.Errorf("%s was %q and is %q", name, values[0], sent.Get(name))
				}
			}
			if _, open := page.Find("details.own").Attr("open"); strings.Contains(tt.at, ".") && !open {
				t.Error("the fault is folded away")
			}
		})
	}
	if n := o.see(ann, "/cases").Find(".rows tbody tr").Length(); n != 0 {
		t.Fatalf("%d cases were opened", n)
	}

	// A datasheet alone tells what the product is.
	at := o.did(o.sendFiles(ann, o.see(ann, "/cases/new"), "form.describe", url.Values{"list": {"us-ccl"}, "do": {"draft"}},
		map[string]string{"unit.txt": "Sampling converter unit\nA sampling converter of the rapid kind, 3 GSPS."}))
	page := o.see(ann, at)
	if got := page.Find("#document-1").Text(); !strings.Contains(got, "unit.txt") || !strings.Contains(got, "text/plain") {
		t.Errorf("document: %s", got)
	}
	if got := page.Find(".product").Text(); !strings.Contains(got, "rapid kind") {
		t.Errorf("product: %s", got)
	}
	if rec := o.get(ann, page.Find("#document-1 a").AttrOr("href", "")); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "rapid kind") {
		t.Errorf("the document is not handed out: %d", rec.Code)
	}
	// The same file again is refused, at the field.
	path, _, _ := strings.Cut(at, "?")
	rec := o.sendFiles(ann, o.see(ann, path), "#attach", nil, map[string]string{"again.txt": "Sampling converter unit\nA sampling converter of the rapid kind, 3 GSPS."})
	if rec.Code != http.StatusConflict || !strings.Contains(text(rec), "holds this very file") {
		t.Errorf("%d %s", rec.Code, text(rec))
	}
	rec = o.sendFiles(ann, o.see(ann, path), "#attach", nil, nil)
	if rec.Code != http.StatusUnprocessableEntity || parse(t, rec).Find("#attach-document-fault").Length() != 1 {
		t.Errorf("no file: %d %s", rec.Code, text(rec))
	}

	// An admin says for whom; officers open none.
	o.did(o.send(root, o.see(root, "/cases/new"), "form.describe", good(url.Values{"organisation": {"Acme"}})))
	if got := o.see(ann, "/cases").Find(".rows tbody tr").Length(); got != 2 {
		t.Errorf("ann sees %d cases", got)
	}
	if rec := o.get(bob, "/cases/new"); rec.Code != http.StatusForbidden {
		t.Errorf("an officer opens a case: %d", rec.Code)
	}
	if o.see(bob, "/cases").Find("a[href='/cases/new']").Length() != 0 || o.see(ann, "/cases").Find("a[href='/cases/new']").Length() != 1 {
		t.Error("the way to a new case is offered to the wrong people")
	}
}

// TestFromAssessmentToCase opens a case for a product that was assessed.
func TestFromAssessmentToCase(t *testing.T) {
	o := newBureau(t)
	home := o.see(ann, "/")
	rec := o.send(ann, home, "#describe", url.Values{"name": {"Unit X"}, "description": {"sampling\r\nconverter"}, "attributes": {"rate: 3"}, "list": {"eu-dual-use"}})
	page := parse(t, rec)
	button := page.Find("button[formaction='/cases/new']")
	if button.Length() != 1 {
		t.Fatal("no way to open a case")
	}
	form := filled(page.Find("#describe"), nil)
	page = parse(t, o.ask(ann, http.MethodPost, "/cases/new", mediaForm, form.Encode()))
	if page.Find("#new-name").AttrOr("value", "") != "Unit X" || strings.TrimSpace(page.Find("#new-description").Text()) != "sampling\nconverter" ||
		strings.TrimSpace(page.Find("#new-attributes").Text()) != "rate: 3" || page.Find(".lists input[checked]").Length() != 1 || page.Find("#list-eu-dual-use[checked]").Length() != 1 {
		t.Error("the product does not come over")
	}
	o.did(o.send(ann, page, "form.describe", url.Values{"do": {"submit"}}))
	if n := o.see(bob, "/queue").Find(".rows tbody tr").Length(); n != 1 {
		t.Errorf("%d cases in the queue", n)
	}
	page = parse(t, o.send(bob, o.see(bob, "/"), "#describe", url.Values{"name": {"Unit X"}}))
	if page.Find("[formaction]").Length() != 0 {
		t.Error("an officer is offered to open a case")
	}
}
