package api

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestOpenAPIVersion fails when openapi.yaml changes and its version does not:
// clients tell by the version whether they know the API.
func TestOpenAPIVersion(t *testing.T) {
	const golden = "testdata/openapi.golden"
	doc, err := openapi3.NewLoader().LoadFromData(openAPIFile)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(openAPIFile)
	now := doc.Info.Version + " " + hex.EncodeToString(sum[:]) + "\n"
	data, err := os.ReadFile(golden)
	if err != nil && !(*update && os.IsNotExist(err)) {
		t.Fatal(err)
	}
	if string(data) == now {
		return
	}
	if version, _, _ := strings.Cut(string(data), " "); version == doc.Info.Version {
		t.Fatalf("openapi.yaml changed but info.version is still %s; raise it, then run: go test ./api -run TestOpenAPIVersion -update", version)
	}
	if !*update {
		t.Fatalf("openapi.yaml is now of version %s; run: go test ./api -run TestOpenAPIVersion -update", doc.Info.Version)
	}
	if err := os.WriteFile(golden, []byte(now), 0o644); err != nil {
		t.Fatal(err)
	}
}

var parameter = regexp.MustCompile(`:(\w+)`)

// TestOpenAPIHasEveryRoute compares the router's table with the file, both ways.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(openAPIFile)
	if err != nil {
		t.Fatal(err)
	}
	var routed, documented []string
	for _, r := range newServer(t).echo.Routes() {
		if r.Method != http.MethodHead {
			routed = append(routed, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	slices.Sort(routed)
	slices.Sort(documented)
	if !slices.Equal(routed, documented) {
		t.Errorf("routes:\n%s\nopenapi.yaml:\n%s", strings.Join(routed, "\n"), strings.Join(documented, "\n"))
	}
}

// TestOpenAPIHasEveryKind keeps the list of error codes of the file complete.
func TestOpenAPIHasEveryKind(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(openAPIFile)
	if err != nil {
		t.Fatal(err)
	}
	codes := doc.Components.Schemas["Error"].Value.Properties["error"].Value.Properties["code"].Value.Enum
	for k := range statuses {
		if known := slices.Contains(codes, any(string(k))); known == (k == kindGone) {
			t.Errorf("code %s: in openapi.yaml %v", k, known)
		}
	}
	if len(codes) != len(statuses)-1 {
		t.Errorf("openapi.yaml has %d codes, the table of statuses %d", len(codes), len(statuses)-1)
	}
}

func TestOpenAPIIsServed(t *testing.T) {
	s := newServer(t)
	rec := get(t, s, "/api/v1/openapi.yaml")
	if rec.Body.String() != string(openAPIFile) {
		t.Error("another file is served")
	}
	req, _ := http.NewRequest(http.MethodGet, "/api/v1/openapi.yaml", nil)
	req.Header.Set("If-None-Match", rec.Header().Get("ETag"))
	if again := answerOf(t, s, req); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("known file is sent again: %d", again.Code)
	}
}
