package api

import (
	"net/http"
	"strings"
	"testing"

	"assay/review"
	"assay/review/account"
)

func TestWebhooks(t *testing.T) {
	o := newBureau(t)
	send := func(who review.Actor, path, body string, want int) string {
		t.Helper()
		rec := o.ask(who, http.MethodPost, path, mediaJSON, body)
		if rec.Code != want {
			t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
		return rec.Body.String()
	}
	rec := o.ask(ann, http.MethodPost, "/api/v1/webhooks", mediaJSON, `{"url":"https://acme.example/hook","events":["case.decided"]}`)
	added := decodeBody[addedWebhook](t, rec)
	path := "/api/v1/webhooks/" + added.ID
	if rec.Code != http.StatusCreated || rec.Header().Get("Location") != path || !strings.HasPrefix(added.Secret, "whsec_") || added.Organisation != "Acme" {
		t.Fatalf("%d %v %+v", rec.Code, rec.Header(), added)
	}
	send(ann, "/api/v1/webhooks", `{"url":"https://acme.example/hook"}`, 409)
	send(ann, "/api/v1/webhooks", `{"url":"http://acme.example/hook"}`, 422)
	send(ann, "/api/v1/webhooks", `{"url":"https://x.example/","organisation":"Other"}`, 403)
	send(ann, "/api/v1/webhooks", `{"url":"https://x.example/","secret":"mine"}`, 400)
	send(root, "/api/v1/webhooks", `{"url":"https://office.example/hook"}`, 201)
	for _, tt := range []struct {
		who  review.Actor
		sees int
	}{{ann, 1}, {otto, 0}, {root, 2}} {
		rec := o.get(tt.who, "/api/v1/webhooks")
		if all := decodeBody[map[string][]review.Webhook](t, rec)["webhooks"]; len(all) != tt.sees || strings.Contains(rec.Body.String(), added.Secret) {
			t.Errorf("%s sees %d", tt.who.ID, len(all))
		}
	}
	for _, who := range []review.Actor{bob, eva} {
		if rec := o.get(who, "/api/v1/webhooks"); rec.Code != 403 {
			t.Errorf("%s: %d", who.ID, rec.Code)
		}
	}
	send(ann, path+"/test", "", 202)
	found := decodeBody[deliveriesBody](t, o.get(ann, path+"/deliveries?state=waiting&limit=1"))
	if len(found.Deliveries) != 1 || found.Deliveries[0].Type != review.EventTest || found.Next != found.Deliveries[0].Number {
		t.Fatalf("%+v", found)
	}
	again := path + "/deliveries/" + found.Deliveries[0].ID + "/redeliver"
	send(ann, again, "", 202)
	send(ann, path+"/deliveries/nothing/redeliver", "", 404)
	if rec := o.get(ann, path+"/deliveries?state=lost"); rec.Code != 422 {
		t.Errorf("%d", rec.Code)
	}
	if rec := o.get(ann, path+"/deliveries?sate=dead"); rec.Code != 400 {
		t.Errorf("%d", rec.Code)
	}
	for _, way := range []string{"/switch", "/remove", "/test", strings.TrimPrefix(again, path)} {
		body := ""
		if way == "/switch" {
			body = `{"active":false}`
		}
		send(otto, path+way, body, 404)
		send(bob, path+way, body, 403)
	}
	for _, way := range []string{"", "/deliveries"} {
		if rec := o.get(otto, path+way); rec.Code != 404 {
			t.Errorf("another organisation: %d %s", rec.Code, rec.Body)
		}
	}
	send(ann, path+"/switch", `{}`, 422)
	send(ann, path+"/switch", `{"active":false}`, 200)
	if w := decodeBody[review.Webhook](t, o.get(root, path)); w.Active {
		t.Error("still on")
	}
	send(ann, path+"/test", "", 409)
	send(ann, path+"/remove", `{"really":true}`, 400)
	send(ann, path+"/remove", "", 204)
	if rec := o.get(ann, path); rec.Code != 404 {
		t.Errorf("after removal: %d", rec.Code)
	}
}

// TestWebhookScopes: an exporter's token needs write, an admin's admin as well.
func TestWebhookScopes(t *testing.T) {
	h := newHouse(t)
	for _, tt := range []struct {
		who    string
		scopes []account.Scope
		want   int
	}{
		{"ann", []account.Scope{account.ScopeRead}, 403},
		{"ann", []account.Scope{account.ScopeWrite}, 200},
		{"root", []account.Scope{account.ScopeWrite}, 403},
		{"root", []account.Scope{account.ScopeAdmin}, 403},
		{"root", []account.Scope{account.ScopeWrite, account.ScopeAdmin}, 200},
	} {
		if rec := h.program(tt.who, tt.scopes...).get("/api/v1/webhooks"); rec.Code != tt.want {
			t.Errorf("%s with %v: %d %s", tt.who, tt.scopes, rec.Code, rec.Body)
		}
	}
}
