package api

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"html/template"
	"net/http"
)

// frame is what every page shows around its own part.
type frame struct {
	Title   string
	Model   string
	Corpus  string
	Version string
	Lookup  string // code in the look-up field
	Who     identity
	SignIn  bool // there are accounts, and nobody is signed in
	Nav     []navLink
	Page    any
}

// navLink is one of the ways from every page. Those lead only where the one who
// asks may go.
type navLink struct {
	Title, Path string
	Current     bool
	cases       bool // there only where cases are kept
}

// destinations are what the navigation offers, in its order, as far as the
// table of routes has them.
var destinations = []navLink{
	{Title: "Classify", Path: "/"},
	{Title: "Cases", Path: "/cases", cases: true},
	{Title: "Queue", Path: "/queue", cases: true},
	{Title: "Precedents", Path: "/precedents", cases: true},
	{Title: "Audit", Path: "/audit", cases: true},
	{Title: "Accounts", Path: "/accounts"},
}

// navigation returns where who may go from the page at path.
func (s *Server) navigation(who identity, path string) []navLink {
	var links []navLink
	for _, to := range destinations {
		if to.cases && s.Cases == nil {
			continue
		}
		for _, row := range s.rows {
			if to.Path == "/accounts" && s.Accounts == nil {
				continue
			}
			if row.method == http.MethodGet && row.path == to.Path && row.admits(who, s.Open) == nil {
				to.Current = path == to.Path || to.Path != "/" && hasPrefix(path, to.Path)
				links = append(links, to)
			}
		}
	}
	return links
}

// render writes a page whole, or an error when its template fails.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, name string, f frame) error {
	sv := s.servingOf(r.Context())
	f.Model, f.Corpus, f.Version = sv.Model(), sv.Corpus(), s.Version
	f.Who = s.viewer(r)
	f.SignIn = s.Accounts != nil && f.Who.ID == ""
	f.Nav = s.navigation(f.Who, r.URL.Path)
	var b bytes.Buffer
	if err := s.pages.templates[name].Execute(&b, f); err != nil {
		return fmt.Errorf("rendering page %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(s.pages.csrf.fill(b.Bytes(), f.Who.csrf)); err != nil {
		s.Log.Debug("page not taken", "id", requestID(r), "error", err)
	}
	return nil
}

// viewer returns who looks at a page. Routes that anyone may use, and
// addresses where there is nothing, have not asked yet.
func (s *Server) viewer(r *http.Request) identity {
	if who, ok := r.Context().Value(identityKey{}).(identity); ok {
		return who
	}
	who, err := s.identify(r)
	if err != nil {
		s.Log.Debug("a page is shown as to nobody", "id", requestID(r), "error", err)
		return identity{}
	}
	return who
}

// csrfField is the hidden field of forms that ties them to the session they
// were shown in. Templates write {{csrf}} inside each form that is posted, as
// its first field, wherever their dot stands; a stand-in that no other text of
// a page can hold is written there, and render puts the token in its place.
type csrfField struct{ standIn []byte }

func newCSRFField() csrfField { return csrfField{[]byte("csrf-" + rand.Text())} }

func (f csrfField) field() template.HTML {
	return template.HTML(`<input type="hidden" name="csrf" value="` + string(f.standIn) + `">`) //nolint:gosec // our own text
}

func (f csrfField) fill(page []byte, token string) []byte {
	return bytes.ReplaceAll(page, f.standIn, []byte(template.HTMLEscapeString(token)))
}
