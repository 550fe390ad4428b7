package api

import (
	"slices"
	"strings"
	"testing"

	"assay/review"

	"github.com/PuerkitoBio/goquery"
)

var everybody = []review.Actor{ann, bob, cyd, dora, root, eva}

// formPaths returns the last parts of the addresses that the forms of a page post to.
func formPaths(doc *goquery.Document) []string {
	var paths []string
	doc.Find("main form[method=post]").Each(func(_ int, f *goquery.Selection) {
		action := f.AttrOr("action", "")
		paths = append(paths, action[strings.LastIndexByte(action, '/')+1:])
	})
	slices.Sort(paths)
	return slices.Compact(paths)
}

// TestFormsAreThoseTheRulesAllow looks at a case in every state as everybody:
// a form is there when the rules let this person do its act now, and only then.
func TestFormsAreThoseTheRulesAllow(t *testing.T) {
	o := newBureau(t)
	seen := map[string]int{}
	for _, state := range review.States() {
		id := o.at(state, "Unit "+string(state))
		for _, who := range everybody {
			doc := o.see(who, "/cases/"+id)
			c := o.must(o.Get(t.Context(), who, id))
			if got := doc.Find(".stand .state").Text(); got != stateOf(state).Word {
				t.Errorf("%s reads that the case is %q, not %s", who.ID, got, state)
			}
			var want []string
			for _, a := range caseActs {
				allowed := slices.ContainsFunc(append(a.also, a.act), func(act review.Act) bool { return may(c.Head, act, who) })
				switch a.path {
				case "answer":
					allowed = allowed && len(c.Requests()) > 0
				case "assess", "stand":
					allowed = false // nothing has made them needed
				case "decide":
					allowed = len(c.Turn(who).Lists) > 0
				}
				if allowed {
					want = append(want, a.path)
					seen[a.path]++
				}
			}
			slices.Sort(want)
			if got := formPaths(doc); !slices.Equal(got, want) {
				t.Errorf("%s, %s: forms %v, want %v", state, who.ID, got, want)
			}
		}
	}
	for _, a := range caseActs {
		if seen[a.path] == 0 && a.path != "assess" && a.path != "stand" {
			t.Errorf("nobody ever saw the form %q; the test tests nothing of it", a.path)
		}
	}
}

// TestCasePagesAreOneOrganisations lets another organisation's exporter ask.
func TestCasePagesAreOneOrganisations(t *testing.T) {
	o := newBureau(t)
	id := o.at(review.Submitted, "Secret unit")
	for _, path := range []string{"/cases/" + id, "/cases/" + id + "?done=take"} {
		if rec := o.get(otto, path); rec.Code != 404 || strings.Contains(rec.Body.String(), "Secret") {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	if page := o.see(otto, "/cases").Text(); strings.Contains(page, "Secret") {
		t.Error("another organisation's case is listed")
	}
	for _, a := range caseActs {
		rec := o.post(otto, "/cases/"+id+"/"+a.path, "version=3&key=k&text=x&officer=x&list=us-ccl&answer=3A991&reason=criteria_met&code=3A991&reasoning=x&request=1&name=x")
		if rec.Code != 404 && rec.Code != 403 || strings.Contains(rec.Body.String(), "Secret") {
			t.Errorf("%s: %d %s", a.path, rec.Code, text(rec))
		}
	}
	if rec := o.get(ann, "/queue"); rec.Code != 403 {
		t.Errorf("an exporter reads the queue: %d", rec.Code)
	}
}
