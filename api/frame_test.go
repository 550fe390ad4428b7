package api

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"assay/review"
)

var postedForm = regexp.MustCompile(`(?is)<form[^>]*method="?post[^>]*>\s*(\S+)`)

// TestFormsCarryTheirToken reads every template: a form that is posted has
// {{csrf}} as its first field, since a large upload is checked by its start.
func TestFormsCarryTheirToken(t *testing.T) {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	forms := 0
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(strings.ToLower(string(data)), `method="post"`); n != len(postedForm.FindAllString(string(data), -1)) {
			t.Errorf("%s: %d forms are posted, and not all are written as <form method=\"post\" …>", name, n)
		}
		for _, form := range postedForm.FindAllStringSubmatch(string(data), -1) {
			if forms++; !strings.HasPrefix(form[1], "{{csrf}}") {
				t.Errorf("%s: a form does not start with {{csrf}}: %s", name, form[0])
			}
		}
	}
	if forms == 0 {
		t.Error("no form was found")
	}
}

// TestTemplatesAreDefinedOnce: of two parts of one name the later would win,
// on every page.
func TestTemplatesAreDefinedOnce(t *testing.T) {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]string{} // of what stands in parts
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		page := strings.Contains(string(data), `{{define "content"}}`)
		for _, def := range regexp.MustCompile(`\{\{define "([^"]+)"`).FindAllStringSubmatch(string(data), -1) {
			if def[1] != "content" && !page {
				in[def[1]] = append(in[def[1]], name)
			}
		}
	}
	for _, name := range names {
		data, _ := files.ReadFile(name)
		for _, def := range regexp.MustCompile(`\{\{define "([^"]+)"`).FindAllStringSubmatch(string(data), -1) {
			if others := slices.DeleteFunc(slices.Clone(in[def[1]]), func(n string) bool { return n == name }); len(others) > 0 || len(in[def[1]]) > 1 {
				t.Errorf("%s defines %q, and so does %v", name, def[1], others)
			}
		}
	}
	if len(in) < 10 {
		t.Errorf("only %d parts were found", len(in))
	}
}

func TestCSRFFieldIsFilled(t *testing.T) {
	s := newServer(t)
	if page := get(t, s, "/").Body.String(); !strings.Contains(page, `name="csrf" value=""`) || strings.Contains(page, string(s.pages.csrf.standIn)) {
		t.Error("a page without a session has a token, or the stand-in")
	}
	f := newCSRFField()
	if got := string(f.fill([]byte(f.field()), `a"b`)); got != `<input type="hidden" name="csrf" value="a&#34;b">` {
		t.Error(got)
	}
}

func TestNavigation(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Cases = new(review.Service) })
	nothing := func(roles access, path string) route { return route{"GET", path, roles, scopeRead, nil} }
	s.rows = []route{nothing(readers, "/"), nothing(writers, "/cases"), nothing(office, "/queue"), nothing(admins, "/accounts"), {"POST", "/audit", auditors, scopeAudit, nil}}
	for _, tt := range []struct {
		role review.Role
		open bool
		path string
		want []string
	}{
		{"", false, "/", nil},
		{"", true, "/", []string{"Classify*"}},
		{review.Exporter, false, "/cases/abc", []string{"Classify", "Cases*"}},
		{review.Evaluator, false, "/casesque", []string{"Classify", "Queue"}},
		{review.Admin, false, "/accounts", []string{"Classify", "Cases", "Queue"}}, // this server keeps no accounts
	} {
		s.Open = tt.open
		var got []string
		who := identity{}
		if tt.role != "" {
			who.Actor = review.Actor{ID: "x", Role: tt.role}
		}
		for _, l := range s.navigation(who, tt.path) {
			if l.Current {
				l.Title += "*"
			}
			got = append(got, l.Title)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s at %s: %v, want %v", tt.role, tt.path, got, tt.want)
		}
	}
}

// TestRefusalShowsWho asks for a page that the role may not use.
func TestRefusalShowsWho(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Self = review.Actor{ID: "eve", Role: review.Evaluator} })
	var seen identity
	row := route{"GET", "/accounts", admins, scopeAdmin, nil}
	e := s.routes([]route{row})
	e.HTTPErrorHandler = nil
	rec := httptest.NewRecorder()
	ctx := e.NewContext(httptest.NewRequest(http.MethodGet, "/accounts", nil), rec)
	if err := s.guard(row)(ctx); err == nil {
		t.Error("an evaluator may use an admin's page")
	}
	if seen = whoAsks(ctx.Request()); seen.ID != "eve" {
		t.Errorf("the refusal does not know who asks: %+v", seen)
	}
}
