package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"assay/review"

	"codeberg.org/go-pdf/fpdf"
)

// datasheet prints lines as a PDF.
func datasheet(t testing.TB, lines ...string) []byte {
	t.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	p.AddPage()
	p.SetFont("Helvetica", "", 11)
	for _, line := range lines {
		p.MultiCell(0, 7, line, "", "L", false)
	}
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func send(t *testing.T, method, address, media string, body []byte, into any) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if raw, ok := into.(*[]byte); ok {
		*raw = data
	} else if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s %s: %d %v: %s", method, address, resp.StatusCode, err, data)
	}
	return resp
}

// TestServeTakesDatasheets sends real files to the real program: a PDF makes a
// case, hostile ones are refused with their reason, and the bytes come back.
func TestServeTakesDatasheets(t *testing.T) {
	address := serve(t)
	pdf := datasheet(t, "Handheld IMSI catcher for LTE networks", "Features", "Locates phones by their radio signals.")
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("document", "catcher.pdf")
	if err != nil {
		t.Fatal(err)
	}
	part.Write(pdf)
	w.WriteField("case", `{"lists":["us-ccl"],"submit":true}`)
	w.Close()
	var c review.Case
	resp := send(t, "POST", address+"/api/v1/cases", w.FormDataContentType(), form.Bytes(), &c)
	if resp.StatusCode != http.StatusCreated || c.State != review.Submitted || c.Title != "Handheld IMSI catcher for LTE networks" || !strings.HasPrefix(c.Lists[0].Code, "5A001.f") {
		t.Fatalf("%d %+v", resp.StatusCode, c.Head)
	}
	if d := c.Documents[0]; d.Media != "application/pdf" || d.Pages != 1 || d.Words != 13 || d.Name != "catcher.pdf" {
		t.Errorf("%+v", d)
	}
	at := address + "/api/v1/cases/" + c.ID + "/documents"
	var got []byte
	if resp := send(t, "GET", at+"/1", "", nil, &got); !bytes.Equal(got, pdf) || resp.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%d bytes of %d came back as %s", len(got), len(pdf), resp.Header.Get("Content-Type"))
	}
	if send(t, "GET", at+"/1/text", "", nil, &got); !strings.Contains(string(got), "Locates phones by their radio signals.") {
		t.Errorf("text %q", got)
	}
	for name, tt := range map[string]struct{ data, says string }{
		"page.pdf":    {"<!doctype html><title>Not found</title><p>404</p>", "HTML page"},
		"photo.png":   {"\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 50), "picture"},
		"program.exe": {"MZ\x90\x00" + strings.Repeat("\x00", 50), "program"},
		"empty.txt":   {" ", "is empty"},
		"old.doc":     {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "old Office file"},
	} {
		var refused struct {
			Error struct{ Code, Message, Field, Remedy string }
		}
		resp := send(t, "POST", at+"?filename="+name, "application/octet-stream", []byte(tt.data), &refused)
		if e := refused.Error; resp.StatusCode != http.StatusUnprocessableEntity || e.Field != "document" || !strings.Contains(e.Message, tt.says) || e.Remedy == "" {
			t.Errorf("%s: %d %+v", name, resp.StatusCode, e)
		}
	}
	var report struct {
		Whole   bool
		Records int64
	}
	if send(t, "GET", address+"/api/v1/audit/verify", "", nil, &report); !report.Whole || report.Records != 4 {
		t.Errorf("%+v; want create, attach, assess, submit", report)
	}
}
