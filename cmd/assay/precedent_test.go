package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/classifier"
	"assay/review"
)

// with runs the program with a model.
func (o *office) with(model string, args ...string) result {
	o.t.Helper()
	return assay(o.t, "", append([]string{"--data", o.data, "--model", model}, args...)...)
}

// file writes a product.
func (o *office) product(name, description string) string {
	o.t.Helper()
	data, err := json.Marshal(map[string]string{"name": name, "description": description})
	if err != nil {
		o.t.Fatal(err)
	}
	path := filepath.Join(o.t.TempDir(), "p.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// decided takes a product through review with a model, to code on us-ccl.
func (o *office) decided(model, file, code string) (id, said string) {
	o.t.Helper()
	got := o.with(model, "case", "submit", "--json", "--list", "us-ccl", "--file", file)
	var c review.Case
	if err := json.Unmarshal([]byte(got.out), &c); err != nil {
		o.t.Fatalf("%v: %+v", err, got)
	}
	o.with(model, "case", "take", c.ID)
	got = o.with(model, "case", "decide", c.ID, "--list", "us-ccl", "--code", code, "--reason", "criteria_met")
	if got.status != exitDone {
		o.t.Fatalf("%+v", got)
	}
	return c.ID, got.err
}

func meteringPump(figure string) string {
	return fmt.Sprintf("Diaphragm metering pump of stainless steel for acids and water, PTFE membrane, flow rate %s l/min, 230 V, wall mounted.", figure)
}

func TestCaseAlike(t *testing.T) {
	o := newOffice(t)
	one, _ := o.decided("static", o.product("DP-10", meteringPump("10")), "2B999.j")
	two, _ := o.decided("static", o.product("DP-20", meteringPump("20")), "2B999.j")
	o.decided("static", o.file, "EAR99")
	file := o.product("DP-40", meteringPump("40"))
	got := o.with("static", "case", "alike", "--file", file)
	for _, says := range []string{"us-ccl: 2 × 2B999.j\n", one + "/1", two + "/1", "flow rate: 40 l/min here, 10 l/min there", "changed: us-ccl 2B999.j"} {
		if !strings.Contains(got.out, says) {
			t.Errorf("%q is missing:\n%s", says, got.out)
		}
	}
	if got.status != exitDone || got.err != "" || strings.Contains(got.out, "chair") {
		t.Errorf("%+v", got)
	}
	three, said := o.decided("static", file, "2B350.i")
	if strings.Count(said, "is like it") != 2 || !strings.Contains(said, "precedent "+one+"/1 decided otherwise") {
		t.Errorf("a decision against two like it says %q", said)
	}
	var likes review.Likes
	if err := json.Unmarshal([]byte(o.with("static", "case", "alike", three, "--limit", "1", "--json").out), &likes); err != nil || len(likes.Precedents) != 1 || likes.Precedents[0].Case == three {
		t.Errorf("%v %+v", err, likes)
	}
	if got := o.with("static", "case", "alike", "--file", o.product("Sofa", "upholstered, three seats, with a bed function")); got.out != "No decided case is like it.\n" {
		t.Errorf("%+v", got)
	}
	if got := o.with("lexical", "case", "alike", "--file", file); !strings.Contains(got.out, "in the same words") || !strings.Contains(got.out, "No model compares meanings") {
		t.Errorf("%+v", got)
	}
	for _, tt := range []struct{ args, says string }{
		{"case alike", "give a case"},
		{"case alike x --file y", "give a case"},
		{"case alike x --limit 0", "1 to 50"},
		{"case alike x --limit 51", "1 to 50"},
		{"case alike --file " + o.file + ".none", "p.json.none"},
		{"case alike nothing", `no case "nothing"`},
		{"case precedents --drop nobody", "no vectors by nobody"},
		{"case precedents --drop static-minilm-256", "in use"},
	} {
		if got := o.with("static", strings.Fields(tt.args)...); got.status == exitDone || !strings.Contains(got.err, tt.says) {
			t.Errorf("%s: status %d, %q; want %q", tt.args, got.status, got.err, tt.says)
		}
	}
}

func TestCasePrecedents(t *testing.T) {
	o := newOffice(t)
	o.decided("lexical", o.product("DP-10", meteringPump("10")), "2B999.j")
	o.decided("lexical", o.product("DP-20", meteringPump("20")), "2B999.j")
	if got := o.with("static", "case", "precedents"); !strings.Contains(got.out, "2 precedents\n0 have a vector by static-minilm-256 (256 dimensions), in use; 2 are found by equal words only") {
		t.Errorf("%+v", got)
	}
	if got := o.with("lexical", "case", "precedents", "--reindex"); got.status != exitUsage || !strings.Contains(got.err, "--model") {
		t.Errorf("%+v", got)
	}
	got := o.with("static", "case", "precedents", "--reindex", "--json")
	var counts struct {
		Precedents int
		Vectors    []review.VectorSet
	}
	if err := json.Unmarshal([]byte(got.out), &counts); err != nil || counts.Precedents != 2 || len(counts.Vectors) != 1 || counts.Vectors[0].Count != 2 || !strings.Contains(got.err, "made 2 vectors") {
		t.Errorf("%v: %+v", err, got)
	}
	if got := o.with("lexical", "case", "precedents", "--drop", "static-minilm-256"); got.status != exitDone || !strings.Contains(got.err, "deleted 2 vectors") {
		t.Errorf("%+v", got)
	}
	// A few that are missing are made on the way.
	if got := o.with("static", "case", "alike", "--file", o.product("DP-30", meteringPump("30"))); !strings.Contains(got.out, "us-ccl: 2 × 2B999.j") {
		t.Errorf("%+v", got)
	}
}

func TestEvalLikeness(t *testing.T) {
	if got := assay(t, "", "eval", "likeness"); got.status != exitDone || !strings.Contains(got.out, "0.65 like, 0.80 warns") || !strings.Contains(got.out, "65709 pairs of unrelated") {
		t.Errorf("%+v", got)
	}
	if got := assay(t, "", "--model", "lexical", "eval", "likeness"); got.status != exitUsage || !strings.Contains(got.err, "no vectors") {
		t.Errorf("%+v", got)
	}
}

func TestWeighingPrecedentsIsDeclared(t *testing.T) {
	o := newOffice(t)
	file := o.product("DP-10", meteringPump("10"))
	o.decided("static", file, "2B999.j")
	ask := func(args ...string) classifier.Assessment {
		t.Helper()
		got := o.with("static", append(args, "classify", "--json", "--list", "us-ccl", "--file", o.product("DP-40", meteringPump("40")))...)
		var a classifier.Assessment
		if err := json.Unmarshal([]byte(got.out), &a); err != nil {
			t.Fatalf("%v: %+v", err, got)
		}
		return a
	}
	off, on := ask(), ask("--weigh-precedents")
	if len(off.Features) != 0 || len(on.Features) != 1 || on.Features[0] != classifier.FeaturePrecedents {
		t.Errorf("features %v without the flag, %v with it", off.Features, on.Features)
	}
	said := 0
	for _, s := range on.Suggestions {
		if d := s.Evidence.Precedents; d != nil {
			if said++; d.Count != 1 || d.Of != 1 || d.Bonus <= 0 || d.Bonus > 0.15 || d.Likeness <= 0 || d.Likeness >= 1 || !strings.HasPrefix(s.Code, "2B999") {
				t.Errorf("%s: %+v", s.Code, d)
			}
		}
	}
	if said != 1 {
		t.Errorf("%d suggestions speak of precedents", said)
	}
	for _, s := range off.Suggestions {
		if s.Evidence.Precedents != nil {
			t.Errorf("%s speaks of precedents without the flag", s.Code)
		}
	}
}

func TestEvalMeasuresPrecedents(t *testing.T) {
	got := assay(t, "", "eval", "run", "own", "--config", "digest,precedents")
	if got.status != exitDone || !strings.Contains(got.out, "precedents: static-minilm-256") {
		t.Errorf("%+v", got)
	}
	if got := assay(t, "", "--model", "lexical", "eval", "run", "own", "--config", "precedents"); got.status != exitUsage || !strings.Contains(got.err, "no vectors") {
		t.Errorf("%+v", got)
	}
}

// TestServeMakesMissingVectors starts a server over precedents that another
// program left without vectors: it finds them by meaning all the same, soon.
func TestServeMakesMissingVectors(t *testing.T) {
	o := newOffice(t)
	one, _ := o.decided("lexical", o.product("DP-10", meteringPump("10")), "2B999.j")
	address := started(t, []string{"--data", o.data, "--model", "static", "serve", "--listen", "127.0.0.1:0"})
	body, err := json.Marshal(map[string]string{"name": "DP-40", "description": meteringPump("40")})
	if err != nil {
		t.Fatal(err)
	}
	for range 600 { // a minute, for a busy machine
		var likes review.Likes
		if resp := send(t, "POST", address+"/api/v1/precedents/alike", "application/json", body, &likes); resp.StatusCode != http.StatusOK {
			t.Fatalf("status %d", resp.StatusCode)
		}
		if len(likes.Precedents) == 1 && likes.Precedents[0].Case == one {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("the server has not made the vector")
}
