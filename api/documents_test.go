package api

import (
	"bytes"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"assay/review"
)

// part is a part of a form.
type part struct{ name, file, body string }

func formOf(t testing.TB, parts ...part) (media, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		values := map[string]string{"name": p.name}
		if p.file != "" {
			values["filename"] = p.file
		}
		h.Set("Content-Disposition", mime.FormatMediaType("form-data", values))
		out, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		out.Write([]byte(p.body))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

// attach sends a file as a form does.
func (b *counter) attach(who review.Actor, id, name, data string, headers ...string) review.Case {
	b.t.Helper()
	media, body := formOf(b.t, part{"document", name, data})
	return b.does(who, at(id, "documents"), body, append(headers, "Content-Type", media)...)
}

func TestDocumentsByAPI(t *testing.T) {
	b := newCounter(t)
	id := b.does(ann, "/api/v1/cases", converter).ID
	const data = "Sheet\n14 bits \x00 3 GSPS"
	c := b.attach(ann, id, "Größe “1”.txt", data, "Idempotency-Key", "k", "If-Match", `"2"`)
	if d := c.Documents[0]; d.Words != 5 || d.Bytes != int64(len(data)) || d.Pages != 1 || d.By != "ann" || d.SHA256 != review.FileSum([]byte(data)) {
		t.Errorf("%+v", d)
	}
	if again := b.attach(ann, id, "Größe “1”.txt", data, "Idempotency-Key", "k"); again.Version != c.Version {
		t.Error("a repeated upload was done twice")
	}
	media, other := formOf(t, part{"document", "x.txt", "other"})
	b.refused("another file under the key", b.ask(ann, http.MethodPost, at(id, "documents"), other, "Content-Type", media, "Idempotency-Key", "k"), 409, kindConflict, "Idempotency-Key", "new key")
	// A file as a body of its own.
	rec := b.ask(ann, http.MethodPost, at(id, "documents")+"?filename=../../b%20c.csv", "a,b", "Content-Type", "text/csv; charset=utf-8")
	if rec.Code != http.StatusCreated || rec.Header().Get("Location") != at(id, "documents/2") {
		t.Errorf("%d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	list := decodeBody[struct{ Documents []review.Document }](t, b.ask(eva, http.MethodGet, at(id, "documents"), ""))
	if len(list.Documents) != 2 {
		t.Errorf("%+v", list)
	}
	for _, who := range []review.Actor{ann, bob, eva, root} {
		rec := b.ask(who, http.MethodGet, at(id, "documents/1"), "")
		kind, values, err := mime.ParseMediaType(rec.Header().Get("Content-Disposition"))
		if rec.Code != 200 || rec.Body.String() != data || kind != "attachment" || values["filename"] != "Größe “1”.txt" || err != nil {
			t.Errorf("%s: %d %v %q", who.ID, rec.Code, rec.Header(), rec.Body)
		}
		h := rec.Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "text/plain" {
			t.Errorf("%v", h)
		}
		rec = b.ask(who, http.MethodGet, at(id, "documents/1/text"), "")
		if rec.Code != 200 || rec.Body.String() != "Sheet\n14 bits  3 GSPS" || rec.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %d %q", who.ID, rec.Code, rec.Body)
		}
	}
	for _, seq := range []string{"0", "3", "x", "-1"} {
		for _, tail := range []string{"", "/text"} {
			b.refused(seq+tail, b.ask(ann, http.MethodGet, at(id, "documents/"+seq+tail), ""), 404, kindNotFound, "", "no document")
		}
	}
}

// TestNamesOfDocuments sends names that would break out of a header.
func TestNamesOfDocuments(t *testing.T) {
	b := newCounter(t)
	id := b.does(ann, "/api/v1/cases", converter).ID
	for i, name := range []string{"a\r\nSet-Cookie: x=y.txt", `a"; filename="b.html`, "日本.txt", strings.Repeat("é", 400)} {
		rec := b.ask(ann, http.MethodPost, at(id, "documents")+"?filename="+url.QueryEscape(name), "x"+name, "Content-Type", "text/plain")
		if strings.ContainsRune(name, 0) {
			b.refused("a NUL", rec, 422, kindInvalidInput, "filename", "UTF-8")
			continue
		}
		if rec.Code != http.StatusCreated {
			t.Errorf("%q: %d %s", name, rec.Code, rec.Body)
			continue
		}
		got := b.ask(ann, http.MethodGet, rec.Header().Get("Location"), "")
		kind, _, err := mime.ParseMediaType(got.Header().Get("Content-Disposition"))
		if got.Code != 200 || kind != "attachment" || err != nil || got.Header().Get("Set-Cookie") != "" || strings.ContainsAny(got.Header().Get("Content-Disposition"), "\r\n") {
			t.Errorf("%d: %v", i, got.Header())
		}
	}
}

func TestDocumentsRefused(t *testing.T) {
	b := newCounter(t)
	id := b.does(ann, "/api/v1/cases", converter).ID
	b.attach(ann, id, "a.txt", "known")
	path := at(id, "documents")
	send := func(parts ...part) *httptest.ResponseRecorder {
		media, body := formOf(t, parts...)
		return b.ask(ann, http.MethodPost, path, body, "Content-Type", media)
	}
	large := strings.Repeat("x", review.MaxDocument+1)
	b.refused("a bad file", send(part{"document", "b.txt", "bad one"}), 422, kindInvalidInput, "document", "send a good one")
	b.refused("a known file", send(part{"document", "b.txt", "known"}), 409, kindConflict, "", "document 1 (a.txt)")
	b.refused("no file", send(), 422, kindInvalidInput, "document", "0 documents")
	b.refused("two files", send(part{"document", "b.txt", "1"}, part{"document", "c.txt", "2"}), 422, kindInvalidInput, "document", "2 documents")
	b.refused("no name", send(part{"document", "", "1"}), 422, kindInvalidInput, "document", "no file name")
	b.refused("another part", send(part{"file", "b.txt", "1"}), 400, kindUnknownField, "file", "no part")
	b.refused("a part of JSON", send(part{"case", "", "{}"}), 400, kindUnknownField, "case", "no part")
	b.refused("large in a form", send(part{"document", "b.txt", large}), 413, kindTooLarge, "", "26214400")
	b.refused("larger than any request", send(part{"document", "b.txt", large + large[:1<<20]}), 413, kindTooLarge, "", "27262976")
	raw := func(query, media, body string) *httptest.ResponseRecorder {
		return b.ask(ann, http.MethodPost, path+query, body, "Content-Type", media)
	}
	b.refused("large as a body", raw("?filename=b.txt", "text/plain", large), 413, kindTooLarge, "", "26214400")
	b.refused("JSON", raw("?filename=b.json", mediaJSON, "{}"), 415, kindMediaType, "", "multipart/form-data")
	b.refused("a form of text", raw("?filename=b.txt", mediaForm, "a=b"), 415, kindMediaType, "", "multipart/form-data")
	b.refused("no type", raw("?filename=b.txt", "", "x"), 415, kindMediaType, "", "multipart/form-data")
	b.refused("no name of a body", raw("", "text/plain", "x"), 422, kindInvalidInput, "filename", "?filename=")
	b.refused("a misspelt name", raw("?file=b.txt", "text/plain", "x"), 400, kindUnknownField, "file", "filename")
	b.refused("no boundary", raw("", "multipart/form-data", "x"), 422, kindInvalidInput, "", "boundary")
	b.refused("no form", raw("", "multipart/form-data; boundary=x", "nothing of the kind"), 422, kindInvalidInput, "document", "0 documents")
	media, body := formOf(t, part{"document", "b.txt", strings.Repeat("y", 1000)})
	b.refused("a form that is cut off", b.ask(ann, http.MethodPost, path, body[:500], "Content-Type", media), 422, kindInvalidInput, "", "too early")
	media, body = formOf(t, part{"document", "c.txt", "new"})
	b.refused("an older version", b.ask(ann, http.MethodPost, path, body, "Content-Type", media, "If-Match", `"1"`), 412, kindStale, "", "changed since")
	b.refused("by an officer", b.ask(bob, http.MethodPost, path, body, "Content-Type", media), 403, kindForbidden, "", "role")
	b.refused("by another organisation", b.ask(otto, http.MethodPost, path, body, "Content-Type", media), 404, kindNotFound, "", "no case")
	b.refused("on no case", b.ask(ann, http.MethodPost, at("none", "documents"), body, "Content-Type", media), 404, kindNotFound, "", "no case")
	b.does(ann, at(id, "submit"), "")
	b.does(bob, at(id, "take"), "")
	b.does(bob, at(id, "decide"), `{"list":"us-ccl","codes":["3A001.a.5"],"reason":"as_suggested"}`)
	b.does(bob, at(id, "decide"), `{"list":"eu-dual-use","codes":["3A001.a.5"],"reason":"as_suggested"}`)
	b.refused("on a decided case", b.ask(ann, http.MethodPost, path, body, "Content-Type", media), 409, kindConflict, "", "is confirmed")
	if c := b.sees(ann, id); len(c.Documents) != 1 {
		t.Errorf("refusals left %d documents", len(c.Documents))
	}
}

// TestCaseFromADatasheet begins a case with a document and nothing else, and
// with one beside what is said of the product.
func TestCaseFromADatasheet(t *testing.T) {
	b := newCounter(t)
	media, body := formOf(t, part{"document", "x1.txt", "Giga-sample digitizer X1\nfast"})
	c := b.does(ann, "/api/v1/cases", body, "Content-Type", media, "Idempotency-Key", "k")
	if c.Title != "Giga-sample digitizer X1" || len(c.Documents) != 1 || len(c.Assessments) != 1 || c.State != review.Draft || c.Lists[0].Code == "" {
		t.Errorf("%+v", c)
	}
	if again := b.does(ann, "/api/v1/cases", body, "Content-Type", media, "Idempotency-Key", "k"); again.ID != c.ID {
		t.Error("a repeated request made another case")
	}
	b.attach(ann, c.ID, "later.txt", "Hobby microcontroller\nslow")
	if c = b.does(ann, at(c.ID, "revise"), `{"document":2}`); c.Title != "Hobby microcontroller" || len(c.Products) != 2 {
		t.Errorf("revised from a document: %+v", c.Head)
	}
	b.refused("revise from no document", b.ask(ann, http.MethodPost, at(c.ID, "revise"), `{"document":3}`), 404, kindNotFound, "", "no document")
	media, body = formOf(t, part{"case", "", `{"product":{"name":"Y"},"lists":["us-ccl"],"submit":true,"proposals":[{"list":"us-ccl","code":"EAR99","reasoning":"x"}]}`},
		part{"document", "a.txt", "one"}, part{"document", "b.txt", "two"})
	if c = b.does(ann, "/api/v1/cases", body, "Content-Type", media); c.Title != "Y" || len(c.Documents) != 2 || c.State != review.Submitted || len(c.Proposals) != 1 {
		t.Errorf("%+v", c)
	}
	draft := c.ID
	b.refused("revise in two ways", b.ask(ann, http.MethodPost, at(draft, "revise"), `{"document":2,"product":{"name":"x"}}`), 422, kindInvalidInput, "product", "two ways")
	for name, tt := range map[string]struct {
		parts       []part
		status      int
		code        kind
		field, says string
	}{
		"nothing":              {nil, 422, kindInvalidInput, "product.description", "empty"},
		"a bad file":           {[]part{{"document", "a.txt", "bad"}}, 422, kindInvalidInput, "document", "is bad"},
		"a misspelt field":     {[]part{{"case", "", `{"list":"us-ccl"}`}, {"document", "a.txt", "x"}}, 400, kindUnknownField, "list", ""},
		"no JSON":              {[]part{{"case", "", `x`}}, 400, kindInvalidJSON, "", ""},
		"two cases":            {[]part{{"case", "", `{}`}, {"case", "", `{}`}}, 422, kindInvalidInput, "case", "twice"},
		"a large part of JSON": {[]part{{"case", "", strings.Repeat(" ", 1<<20+1)}}, 413, kindTooLarge, "", "1048576"},
		"a misspelt part":      {[]part{{"documents", "a.txt", "x"}}, 400, kindUnknownField, "documents", ""},
	} {
		media, body := formOf(t, tt.parts...)
		b.refused(name, b.ask(ann, http.MethodPost, "/api/v1/cases", body, "Content-Type", media), tt.status, tt.code, tt.field, tt.says)
	}
	b.refused("large JSON", b.ask(ann, http.MethodPost, "/api/v1/cases", `{"product":{"description":"`+strings.Repeat("x", 1<<20)+`"}}`), 413, kindTooLarge, "", "1048576")
	if page := decodeBody[review.Page](t, b.ask(root, http.MethodGet, "/api/v1/cases", "")); len(page.Cases) != 2 {
		t.Errorf("%d cases", len(page.Cases))
	}
}

// TestUploadsAreBounded fills the one place for documents and looks who is sent away.
func TestUploadsAreBounded(t *testing.T) {
	b := newCounter(t, func(c *Config) { c.Uploads, c.QueueWait = 1, 1 })
	id := b.does(ann, "/api/v1/cases", converter).ID
	s := b.server(ann)
	if err := s.uploads.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	media, body := formOf(t, part{"document", "a.txt", "x"})
	for _, path := range []string{at(id, "documents"), "/api/v1/cases"} {
		rec := b.ask(ann, http.MethodPost, path, body, "Content-Type", media)
		if rec.Header().Get("Retry-After") == "" {
			t.Errorf("%s: no word of when to try again", path)
		}
		b.refused(path, rec, 503, kindBusy, "", "try again")
	}
	s.uploads.leave()
	b.attach(ann, id, "a.txt", "x")
}
