package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/review"

	"github.com/labstack/echo/v4"
)

// maxKey bounds an Idempotency-Key, in bytes.
const maxKey = 255

// acting returns what an act of review needs to know of r, or what is wrong
// with the headers that say it.
func acting(r *http.Request) (review.Request, error) {
	version, err := ifMatch(r)
	if err != nil {
		return review.Request{}, err
	}
	keys := r.Header.Values("Idempotency-Key")
	unprintable := func(c rune) bool { return c < ' ' || c > '~' }
	if len(keys) > 1 || len(keys) == 1 && (keys[0] == "" || len(keys[0]) > maxKey || strings.ContainsFunc(keys[0], unprintable)) {
		return review.Request{}, &failure{kind: kindInvalidInput, message: "the idempotency key is empty, given twice, too long or not plain text", field: "Idempotency-Key",
			remedy: fmt.Sprintf("choose up to %d letters, digits and marks at random, the same for each try of one request", maxKey)}
	}
	return asking(r, version), nil
}

// ifMatch returns the version of a case that the client saw, or 0 when it does
// not say.
func ifMatch(r *http.Request) (int64, error) {
	tag := strings.Join(r.Header.Values("If-Match"), ", ")
	if tag == "" || tag == "*" {
		return 0, nil
	}
	if len(tag) > 2 && tag[0] == '"' && tag[len(tag)-1] == '"' {
		if v, err := strconv.ParseInt(tag[1:len(tag)-1], 10, 64); err == nil && v > 0 {
			return v, nil
		}
	}
	return 0, &failure{kind: kindInvalidInput, message: fmt.Sprintf("%.60q is not the ETag of a case", tag), field: "If-Match",
		remedy: `send the ETag that came with the case, such as "7" with its quotes, or leave the header out`}
}

// writeCase answers with a case and its version.
func (s *Server) writeCase(c echo.Context, status int, done review.Case) error {
	c.Response().Header().Set("ETag", strconv.Quote(strconv.FormatInt(done.Version, 10)))
	s.writeJSON(c.Response(), c.Request(), status, done)
	return nil
}

// jsonBody reads a JSON body into v.
func (s *Server) jsonBody(c echo.Context, v any) error {
	data, err := s.readBody(c.Response(), c.Request(), echo.MIMEApplicationJSON)
	if err != nil {
		return err
	}
	return decode(data, v)
}

// noBody refuses a body that says something: what an act does not take must
// not seem to have been heard.
func (s *Server) noBody(c echo.Context) error {
	r := c.Request()
	if r.ContentLength == 0 || r.Body == http.NoBody {
		return nil
	}
	return s.jsonBody(c, &struct{}{})
}

// productBody is a product within another body.
type productBody struct {
	classifier.Product
	// Attributes shadow the product's, so that their faults can be told from
	// those of the rest.
	Attributes json.RawMessage `json:"attributes"`
}

func (p productBody) product() (classifier.Product, error) {
	if len(p.Attributes) > 0 {
		if err := json.Unmarshal(p.Attributes, &p.Product.Attributes); err != nil {
			return p.Product, &failure{kind: kindInvalidInput, message: err.Error(), field: "product.attributes", remedy: "send an object of names and values"}
		}
	}
	return p.Product, nil
}

// query reads the parameters of an address. The first fault stays; end tells it.
type query struct {
	values url.Values
	known  []string
	fault  error
}

func newQuery(r *http.Request) *query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.fault = &failure{kind: kindInvalidInput, message: "the parameters of the address cannot be read", remedy: "encode them as a form does", cause: err}
	}
	return q
}

func (q *query) wrong(name, remedy, format string, args ...any) {
	if q.fault == nil {
		q.fault = &failure{kind: kindInvalidInput, message: fmt.Sprintf(format, args...), field: name, remedy: remedy}
	}
}

// text returns the parameter name, which may be given once.
func (q *query) text(name string) string {
	q.known = append(q.known, name)
	all := q.values[name]
	switch {
	case len(all) == 0:
		return ""
	case len(all) > 1:
		q.wrong(name, "give it once", "%s is given %d times", name, len(all))
	case !plainText(all[0]):
		q.wrong(name, "encode it as UTF-8", "%s is not plain UTF-8 text", name)
	}
	return all[0]
}

func plainText(s string) bool { return strings.ToValidUTF8(s, "") == s && !strings.ContainsRune(s, 0) }

// words returns the values of a parameter that may be repeated, or hold commas.
func (q *query) words(name string) (words []string) {
	q.known = append(q.known, name)
	for _, v := range q.values[name] {
		words = append(words, strings.Split(v, ",")...)
	}
	return words
}

func (q *query) whole(name string, least, most int64) int64 {
	s := q.text(name)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < least || n > most {
		q.wrong(name, fmt.Sprintf("give a whole number from %d to %d", least, most), "%s is %.40q", name, s)
	}
	return n
}

func (q *query) share(name string) float64 {
	s := q.text(name)
	if s == "" {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= 1) { // as NaN is not
		q.wrong(name, "give a number from 0 to 1", "%s is %.40q", name, s)
	}
	return f
}

// yes returns nil for a parameter that is not given.
func (q *query) yes(name string) *bool {
	s := q.text(name)
	if s == "" {
		return nil
	}
	if s != "true" && s != "false" {
		q.wrong(name, "give true or false", "%s is %.40q", name, s)
	}
	answer := s == "true"
	return &answer
}

func (q *query) time(name string) time.Time {
	s := q.text(name)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		q.wrong(name, "write it like 2026-03-04T12:00:00Z", "%s is %.40q", name, s)
	}
	return t
}

func (q *query) list(name string) corpus.ListID {
	s := q.text(name)
	if s == "" {
		return ""
	}
	l, err := corpus.ParseListID(s)
	if err != nil {
		q.wrong(name, "/api/v1/lists names those known here", "%.60q is not a list name", s)
	}
	return l
}

// order sets newest as the parameter order says.
func (q *query) order(newest *bool) {
	switch order := q.text("order"); order {
	case "", "oldest":
	case "newest":
		*newest = true
	default:
		q.wrong("order", "give oldest or newest", "order is %.40q", order)
	}
}

// end returns the first fault, or one for a parameter that nobody asked after:
// a misspelt filter would silently show too much.
func (q *query) end() error {
	if q.fault != nil {
		return q.fault
	}
	for name := range q.values {
		if !slices.Contains(q.known, name) {
			slices.Sort(q.known)
			return &failure{kind: kindUnknownField, message: fmt.Sprintf("there is no parameter %.80q", name), field: clip(name, 80),
				remedy: "leave it out or correct its name; there are: " + strings.Join(q.known, ", ")}
		}
	}
	return nil
}
