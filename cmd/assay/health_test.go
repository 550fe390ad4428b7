package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	onBothStores(t, func(t *testing.T, o *office) {
		address := serveAt(t, o)
		out := o.run("health", address)
		if !strings.HasPrefix(out, "ready") && !strings.HasPrefix(out, "degraded") { // a disk may be nearly full
			t.Error(out)
		}
		for _, want := range []string{"cases: well: ", "writing: well: ", "schema: well: schema ", "webhooks: well: 0 deliveries wait", "digest: well: "} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		}
		if disk := strings.Contains(out, "disk: "); disk == (len(o.where) > 2) {
			t.Errorf("the disk is spoken of: %v", disk)
		}
	})
}

func TestHealthOfOthers(t *testing.T) {
	sick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte(`{"status":"not_ready","version":"v1","checks":[{"name":"disk","ok":false,"detail":"is full","remedy":"free some space"}]}`))
	}))
	defer sick.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	if got := assay(t, "", "health", sick.URL+"/"); got.status != exitFailed || !strings.Contains(got.out, "disk: NOT WELL: is full; free some space") {
		t.Errorf("%+v", got)
	}
	for address, says := range map[string]string{other.URL: "not as Assay does", "http://127.0.0.1:1": "does not answer"} {
		if got := assay(t, "", "health", address); got.status != exitFailed || !strings.Contains(got.err, says) {
			t.Errorf("%s: %+v", address, got)
		}
	}
}

func TestWhomHealthAsks(t *testing.T) {
	for listen, want := range map[string]string{"": "http://127.0.0.1:8080", "0.0.0.0:9000": "http://127.0.0.1:9000", "[::]:9000": "http://127.0.0.1:9000", ":9000": "http://127.0.0.1:9000", "10.1.2.3:80": "http://10.1.2.3:80"} {
		if got := (&healthCmd{Listen: listen}).base(); got != want {
			t.Errorf("%q: %s", listen, got)
		}
	}
}
