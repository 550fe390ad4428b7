package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/webhook"
	"assay/review"
)

// TestWebhookFromActToReceiver adds a webhook, has a server running, submits a
// case beside it, and receives what it tells.
func TestWebhookFromActToReceiver(t *testing.T) {
	onBothStores(t, func(t *testing.T, o *office) {
		key := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(key, []byte(strings.Repeat("7e", 32)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		o.where = append(o.where, "--secret-key-file", key, "--webhook-allow-private")
		type request struct {
			header http.Header
			body   []byte
		}
		got := make(chan request, 10)
		receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got <- request{r.Header, body}
		}))
		defer receiver.Close()
		added := o.try("webhook", "add", receiver.URL+"/hook", "--event", "case.submitted,case.decided")
		found := regexp.MustCompile(`(?s)^(\w{12}) sends case.decided, case.submitted to .*\nsecret (whsec_\w+)\n$`).FindStringSubmatch(added.out)
		if added.status != exitDone || found == nil || !strings.Contains(added.err, "not shown again") {
			t.Fatalf("%+v", added)
		}
		id, secret := found[1], found[2]
		serveAt(t, o)
		next := func() (e review.Notice) {
			t.Helper()
			select {
			case r := <-got:
				if err := webhook.Verify(r.header.Get(webhook.HeaderSignature), secret, r.body, time.Now()); err != nil {
					t.Error(err)
				}
				if err := json.Unmarshal(r.body, &e); err != nil {
					t.Error(err)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("nothing arrived")
			}
			return e
		}
		o.run("webhook", "test", id)
		if e := next(); e.Type != review.EventTest {
			t.Errorf("%+v", e)
		}
		var c review.Case
		if err := json.Unmarshal([]byte(o.run("case", "submit", "--file", o.file, "--list", "us-ccl", "--json")), &c); err != nil {
			t.Fatal(err)
		}
		if e := next(); e.Type != review.EventSubmitted || e.Case != c.ID || e.Organisation != "own" {
			t.Errorf("%+v", e)
		}
		o.run("case", "take", c.ID)
		o.run("case", "decide", c.ID, "--list", "us-ccl", "--not-listed", "--reason", "not_described")
		if e := next(); e.Type != review.EventDecided || e.State != review.NotListed || len(e.Answers) != 1 || e.Answers[0].Answer != "EAR99" {
			t.Errorf("%+v", e)
		}
		var sent []review.Delivery
		if err := json.Unmarshal([]byte(o.run("webhook", "deliveries", id, "--json")), &sent); err != nil || len(sent) != 3 {
			t.Fatalf("%d deliveries, %v", len(sent), err)
		}
		o.run("webhook", "redeliver", id, sent[2].ID)
		if e := next(); e.ID != sent[2].Event {
			t.Errorf("%+v", e)
		}
		if out := o.run("webhook", "list"); !strings.Contains(out, receiver.URL) || strings.Contains(out, secret) {
			t.Error(out)
		}
		if out := o.run("webhook", "deliveries", id, "--state", "delivered"); !strings.Contains(out, "case.decided of "+c.ID) {
			t.Error(out)
		}
		o.run("webhook", "switch", id, "off")
		if out := o.run("webhook", "list"); !strings.Contains(out, "switched off") {
			t.Error(out)
		}
		o.run("webhook", "remove", id)
		for _, wrong := range [][]string{{"webhook", "remove", id}, {"webhook", "test", id}, {"webhook", "deliveries", id}, {"webhook", "switch", id, "on"}} {
			if got := o.try(wrong...); got.status != exitFailed || !strings.Contains(got.err, "no webhook") {
				t.Errorf("%v: %+v", wrong, got)
			}
		}
		if out := o.run("audit", "verify"); !strings.Contains(out, "whole") {
			t.Error(out)
		}
	})
}

// serveAt starts a server on the cases of o.
func serveAt(t *testing.T, o *office) string {
	t.Helper()
	return serveWith(t, slices.Concat(o.where, []string{"--model", "lexical"})...)
}

func TestWebhookUsage(t *testing.T) {
	o := newOffice(t)
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"webhook", "add", "http://example.org/"}, "--webhook-allow-private"},
		{[]string{"webhook", "add", "https://example.org/", "--event", "case.lost"}, "case.decided"},
		{[]string{"webhook", "deliveries", "x", "--limit", "0"}, "--limit"},
		{[]string{"webhook", "switch", "x", "perhaps"}, `"on","off"`},
	} {
		if got := o.try(tc.args...); got.status != exitUsage || !strings.Contains(got.err, tc.want) {
			t.Errorf("%v: %+v", tc.args, got)
		}
	}
	o.where = append(o.where, "--secret-key-file", o.file)
	if got := o.try("webhook", "list"); got.status != exitFailed || !strings.Contains(got.err, "openssl rand -hex 32") {
		t.Errorf("%+v", got)
	}
}
