package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"assay/classifier"
	"assay/corpus"

	"github.com/labstack/echo/v4"
)

//go:embed templates static
var files embed.FS

//go:embed openapi.yaml
var openAPIFile []byte

// pages are the templates and the static files that they refer to.
type pages struct {
	templates map[string]*template.Template
	static    map[string]staticFile
	csrf      csrfField
}

type staticFile struct {
	data    []byte
	media   string
	version string // part of the content's hash, in addresses
}

// mediaTypes does not ask the machine, which may answer anything.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

var definition = regexp.MustCompile(`{{-? *define "([^"]+)"`)

func loadPages() (*pages, error) {
	p := &pages{templates: map[string]*template.Template{}, static: map[string]staticFile{}, csrf: newCSRFField()}
	entries, err := fs.ReadDir(files, "static")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		data, err := files.ReadFile("static/" + e.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		media, ok := mediaTypes[path.Ext(e.Name())]
		if !ok {
			return nil, fmt.Errorf("%s is of no known type", e.Name())
		}
		p.static[e.Name()] = staticFile{data, media, hex.EncodeToString(sum[:6])}
	}
	funcs := template.FuncMap{"csrf": p.csrf.field, "field": fieldOf, "labelled": labelled, "chosen": choosing, "asset": func(name string) (string, error) {
		f, ok := p.static[name]
		if !ok {
			return "", fmt.Errorf("no static file %s", name)
		}
		return "/static/" + name + "?v=" + f.version, nil
	}}
	all, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	parts := []string{"templates/layout.html"} // first: it is what is executed
	var whole []string                         // pages: those that have a content
	parted := map[string]string{}              // by the name of a part, the file that has it
	for _, name := range all {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, part := range definition.FindAllSubmatch(data, -1) {
			// The later one would take the place of the earlier, on every page.
			if other, twice := parted[string(part[1])]; twice && string(part[1]) != "content" {
				return nil, fmt.Errorf("%s and %s both define %q", other, name, part[1])
			}
			parted[string(part[1])] = name
		}
		if bytes.Contains(data, []byte(`{{define "content"}}`)) {
			whole = append(whole, name)
		} else if name != parts[0] {
			parts = append(parts, name)
		}
	}
	for _, name := range whole {
		t, err := template.New("layout.html").Funcs(funcs).Option("missingkey=error").ParseFS(files, append(slices.Clone(parts), name)...)
		if err != nil {
			return nil, err
		}
		p.templates[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return p, nil
}

// errorPage is how fail answers people.
func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, status int, f *failure) {
	page := errorView{Status: status, Message: sentence(f.message), Remedy: sentence(f.remedy), RequestID: requestID(r)}
	page.Heading = http.StatusText(status)
	if page.Heading == "" {
		page.Heading = "The request was given up"
	}
	if err := s.render(w, r, status, "error", frame{Title: page.Heading, Page: page}); err != nil {
		s.Log.Error("request failed", "id", requestID(r), "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
	}
}

type errorView struct {
	Status    int
	Heading   string
	Message   string
	Remedy    string
	RequestID string
}

// formView is the form with what was typed into it.
type formView struct {
	Name        string
	Description string
	Attributes  string
	Lists       []listChoice
	Field       string // that has a fault
	Fault       string
	Remedy      string
}

type listChoice struct {
	corpus.List
	Checked bool
}

type homeView struct {
	Form     formView
	Examples []example
	Example  string // slug of the one in the form
	Result   *resultView
	MayOpen  bool // the reader may open a case for the product
}

func (s *Server) getPage(c echo.Context) error {
	sv := s.servingOf(c.Request().Context())
	view := homeView{Examples: examples, Form: sv.form(classifier.Product{}, sv.DefaultLists())}
	if slug := c.QueryParam("example"); slug != "" {
		e, ok := exampleOf(slug)
		if !ok {
			return &failure{kind: kindNotFound, message: "there is no such example", remedy: "choose one of those on the page"}
		}
		view.Example, view.Form = slug, sv.form(e.Product, sv.DefaultLists())
	}
	return s.render(c.Response(), c.Request(), http.StatusOK, "home", frame{Title: "Describe a product", Page: view})
}

func (s *Server) postPage(c echo.Context) error {
	typed, err := s.postedForm(c)
	if err != nil {
		return err
	}
	p := classifier.Product{Name: typed.text("name"), Description: typed.text("description")}
	lists, err := parseLists(typed.Values["list"])
	if err != nil {
		return err
	}
	sv := s.servingOf(c.Request().Context())
	if len(lists) == 0 {
		lists = sv.DefaultLists()
	}
	view := homeView{Examples: examples, Form: sv.form(p, lists)}
	view.Form.Attributes = typed.text("attributes")
	p.Attributes, err = parseAttributes(view.Form.Attributes)
	var a classifier.Assessment
	if err == nil {
		a, err = s.classify(c.Request().Context(), p, lists)
	}
	var input *classifier.InputError
	if errors.As(err, &input) {
		f := inputFailure(input)
		view.Form.Field, view.Form.Fault, view.Form.Remedy = f.field, sentence(f.message), sentence(f.remedy)
		return s.render(c.Response(), c.Request(), statuses[f.kind], "home", frame{Title: "Describe a product", Page: view})
	}
	if err != nil {
		return err
	}
	if view.Result, err = sv.result(p, a, s.Now()); err != nil {
		return err
	}
	view.MayOpen = s.Cases != nil && mayOpen(whoAsks(c.Request()))
	title := "Assessment"
	if name := strings.TrimSpace(p.Name); name != "" {
		title = clip(plain(name), 80)
	}
	return s.render(c.Response(), c.Request(), http.StatusOK, "home", frame{Title: title, Page: view})
}

func (sv *serving) form(p classifier.Product, checked []corpus.ListID) formView {
	f := formView{Name: p.Name, Description: p.Description, Attributes: attributeLines(p.Attributes)}
	for _, id := range sv.Lists() {
		l, _ := corpus.LookupList(id)
		f.Lists = append(f.Lists, listChoice{l, slices.Contains(checked, id)})
	}
	return f
}

// parseAttributes reads lines of "property: value", or of property and value
// with a tab between, as tables are pasted. A property on several lines has
// several values.
func parseAttributes(text string) (classifier.Attributes, error) {
	a := classifier.Attributes{}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		at := strings.IndexAny(line, ":\t")
		if at <= 0 {
			return nil, &classifier.InputError{Field: "attributes", Text: fmt.Sprintf("have no name in line %d; write each line like “sample rate: 3 GSPS”", i+1)}
		}
		key, value := strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+1:])
		if value == "" {
			continue
		}
		if a[key] != "" {
			value = a[key] + ", " + value
		}
		a[key] = value
	}
	if len(a) == 0 {
		return nil, nil
	}
	return a, nil
}

// findEntry leads the look-up field to the page of a code.
func (s *Server) findEntry(c echo.Context) error {
	written := strings.TrimSpace(c.QueryParam("code"))
	if written == "" {
		return &failure{kind: kindNotFound, message: "no code was given", remedy: "write one like 3A001.a.5, ML11.a or XI(a)(5)"}
	}
	if code, err := corpus.ParseCode(written); err == nil {
		written = code
	}
	return c.Redirect(http.StatusSeeOther, "/entries/"+url.PathEscape(clip(written, 100)))
}

func (s *Server) entryPage(c echo.Context) error {
	sv := s.servingOf(c.Request().Context())
	e, err := sv.entry(c.Param("code"), c.QueryParam("list"))
	if err != nil {
		return err
	}
	return s.render(c.Response(), c.Request(), http.StatusOK, "entry", frame{Title: e.Code, Lookup: e.Code, Page: sv.entryView(e, corpus.ListID(c.QueryParam("list")))})
}

func (s *Server) staticFile(c echo.Context) error {
	f, ok := s.pages.static[c.Param("file")]
	if !ok {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	expires(h, 5*time.Minute)
	if c.QueryParam("v") == f.version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	return serveFile(c, f.data, f.media)
}

func (s *Server) openAPI(c echo.Context) error {
	expires(c.Response().Header(), 5*time.Minute)
	return serveFile(c, openAPIFile, "application/yaml")
}

// serveFile answers with data and its hash, or says that the client has it.
func serveFile(c echo.Context, data []byte, media string) error {
	sum := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	c.Response().Header().Set("ETag", tag)
	if c.Request().Header.Get("If-None-Match") == tag {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, media, data)
}

// sentence makes a sentence for people of a message.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	word, _, _ := strings.Cut(s, " ")
	if first := s[:1]; strings.ToUpper(first) != first && !strings.ContainsAny(word, "./") { // addresses and files keep their names
		s = strings.ToUpper(first) + s[1:]
	}
	if last := s[len(s)-1]; last != '.' && last != '?' {
		s += "."
	}
	return s
}
