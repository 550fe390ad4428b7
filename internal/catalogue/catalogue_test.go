package catalogue

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/classifier"
	"assay/corpus"

	"github.com/xuri/excelize/v2"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readAll(t *testing.T, path string) []Row {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var rows []Row
	for {
		row, err := r.Next()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

// summary writes a row in a form that tests compare.
func summary(r Row) string {
	if r.Err != nil {
		return fmt.Sprintf("%s ERROR %v", r.Product.ID, r.Err)
	}
	return fmt.Sprintf("%s|%s|%s|%v", r.Product.ID, r.Product.Name, r.Product.Description, r.Product.Attributes)
}

func TestReadersKeepEveryRow(t *testing.T) {
	book := excelize.NewFile()
	for i, row := range [][]any{{"id", "name", "description", "Frequency"}, {"a-1", "Pump", "steel", nil}, {2, "Radar", "", "24 GHz"}, {nil, "", "", nil}} {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	xlsx := filepath.Join(t.TempDir(), "in.xlsx")
	if err := book.SaveAs(xlsx); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path string
		want       []string
	}{
		{"JSONL", write(t, "in.jsonl", "\ufeff"+`{"id":"a","name":"Pump","description":"steel","attributes":{"flow":12.5,"atex":true,"sizes":["S","M"]}}
{"id":7,"name":"Radar","price":3}

{"id":"c","name":5}
not json
{"name":"no id"}
{"id":"e","attributes":[1]}
`), []string{
			"a|Pump|steel|map[atex:yes flow:12.5 sizes:S, M]", "7|Radar||map[]",
			"c ERROR row 3: name must not be a number", "4 ERROR row 4: is not JSON at byte 2", "5|no id||map[]",
			"e ERROR row 6: attributes must be an object of names and values"}},
		{"CSV", write(t, "in.csv", "\ufeffid,Name,description,Frequency\na-1,Pump,\"steel, big\",\n,Radar,,24 GHz\nx,\"broken\" quote,d,\nz,one,two,three,four\nlast,ok,,\n"),
			[]string{"a-1|Pump|steel, big|map[]", "2|Radar||map[Frequency:24 GHz]", `x ERROR row 3, line 4: extraneous or missing " in quoted-field`,
				"z ERROR row 4 has 5 cells under 4 headings; is a comma or quote missing?", "last|ok||map[]"}},
		{"CSV with semicolons", write(t, "in.csv", "id;name\n1;Pumpe\n"), []string{"1|Pumpe||map[]"}},
		{"XLSX", xlsx, []string{"a-1|Pump|steel|map[]", "2|Radar||map[Frequency:24 GHz]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows := readAll(t, tt.path)
			if len(rows) != len(tt.want) {
				t.Fatalf("%d rows, want %d: %v", len(rows), len(tt.want), rows)
			}
			for i, r := range rows {
				if got := summary(r); got != tt.want[i] {
					t.Errorf("row %d:\n got %s\nwant %s", i+1, got, tt.want[i])
				}
			}
		})
	}
}

func TestOverlongLineIsOneBadRow(t *testing.T) {
	path := write(t, "in.jsonl", `{"id":"a","name":"`+strings.Repeat("x", maxLine)+"\"}\n"+`{"id":"b","name":"fine"}`+"\n")
	rows := readAll(t, path)
	if len(rows) != 2 || rows[0].Err == nil || rows[1].Product.ID != "b" {
		t.Fatalf("rows = %v", rows)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, path := range map[string]string{
		"unknown ending": write(t, "in.pdf", "x"),
		"no columns":     write(t, "in.csv", "a,b\n1,2\n"),
		"empty":          write(t, "in.csv", ""),
		"no workbook":    write(t, "in.xlsx", "PK nothing"),
		"missing":        filepath.Join(t.TempDir(), "in.csv"),
	} {
		if r, err := Open(path); err == nil {
			r.Close()
			t.Errorf("%s: opened", name)
		} else if !strings.Contains(err.Error(), filepath.Base(path)) {
			t.Errorf("%s: %v does not name the file", name, err)
		}
	}
}

func results() []Result {
	return []Result{
		{ID: "=1+1", Assessment: classifier.Assessment{ID: "=1+1", Name: "=HYPERLINK(1)",
			Outcomes:    []classifier.Outcome{{List: corpus.USCCL, Code: "3A001.a", Status: classifier.Listed, Probability: 0.5}},
			Suggestions: []classifier.Suggestion{{List: corpus.USCCL, Code: "3A001.a", Gist: "chips"}, {List: corpus.USCCL, Code: "3A991"}}}},
		{ID: "b", Err: errors.New("row 2 is broken")},
	}
}

func TestWritersRoundTrip(t *testing.T) {
	for _, name := range []string{"out.jsonl", "out.csv", "out.xlsx"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			w, err := Create(path, []corpus.ListID{corpus.USCCL})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results() {
				if err := w.Write(r); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := os.Stat(path); err == nil {
				t.Error("the file stands under its name before Close")
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			rows := readAll(t, path)
			if len(rows) != 2 || rows[0].Product.ID != "=1+1" || rows[1].Product.ID != "b" {
				t.Fatalf("rows = %+v", rows)
			}
			if name == "out.jsonl" {
				return
			}
			first, second := rows[0].Product, rows[1].Product
			if first.Attributes["us-ccl code"] != "3A001.a" || first.Attributes["us-ccl next"] != "3A991" || first.Attributes["us-ccl gist"] != "chips" {
				t.Errorf("first = %v", first.Attributes)
			}
			if name == "out.csv" && first.Name != "'=HYPERLINK(1)" {
				t.Errorf("a formula went out: %q", first.Name)
			}
			if second.Attributes["error"] != "row 2 is broken" {
				t.Errorf("second = %v", second.Attributes)
			}
		})
	}
}

func TestDiscardLeavesNothing(t *testing.T) {
	for _, name := range []string{"out.jsonl", "out.csv", "out.xlsx"} {
		dir := t.TempDir()
		w, err := Create(filepath.Join(dir, name), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(results()[1]); err != nil {
			t.Fatal(err)
		}
		w.Discard()
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: %v left", name, left)
		}
	}
}
