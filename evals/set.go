package evals

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
)

//go:generate go run assay/scripts/evalsplit

//go:embed sets/*.jsonl sets/split.tsv
var shipped embed.FS

// Set is a named collection of labelled products.
type Set struct {
	Name string
	Hash string // SHA-256 of the file's bytes
	Rows []Row
}

// Row is a product with the codes that are right for it.
type Row struct {
	classifier.Product
	// Labels are the best codes by list, to the depth that the facts decide;
	// Accept are further codes that can be defended.
	Labels     map[corpus.ListID][]string `json:"labels"`
	Accept     map[corpus.ListID][]string `json:"accept,omitempty"`
	Reason     string                     `json:"reason,omitempty"`
	Family     string                     `json:"family,omitempty"` // rows of one family are not independent
	Kind       string                     `json:"kind,omitempty"`   // listed, residual, near_miss, not_listed
	Origin     string                     `json:"origin,omitempty"`
	Trust      string                     `json:"trust,omitempty"` // who gave the label
	Lang       string                     `json:"lang,omitempty"`
	Difficulty string                     `json:"difficulty,omitempty"`
	Source     string                     `json:"source,omitempty"`  // of a public label: who published it, when
	Checked    string                     `json:"checked,omitempty"` // "2" after a second pass against the official text
}

// Parts of the shipped rows. Rows of one family stand in one part.
const (
	Train = "train" // to learn from
	Dev   = "dev"   // to choose by, and for the golden figures
	Test  = "test"  // for releases only
)

// LoadSet returns the shipped set called name, or the set in the JSONL file at
// that path. Shipped are the files of sets/ by their names, all of them together
// ("all"), and the three parts. A row is either one of ours, with labels
// by list, or has one list and one label. Every faulty row is reported, with its line.
func LoadSet(name string) (Set, error) {
	switch name {
	case Train, Dev, Test, "all":
		return loadPart(name)
	}
	data, err := shipped.ReadFile("sets/" + name + ".jsonl")
	if err == nil {
		return ReadSet(name, bytes.NewReader(data))
	}
	f, err := os.Open(name)
	if err != nil {
		return Set{}, fmt.Errorf("%q is neither a shipped set (%s) nor a readable file: %w", name, strings.Join(Shipped(), ", "), err)
	}
	defer f.Close()
	return ReadSet(strings.TrimSuffix(filepath.Base(name), ".jsonl"), f)
}

// Shipped returns the names of the sets inside the binary.
func Shipped() []string {
	return append([]string{Train, Dev, Test, "all"}, shippedFiles()...)
}

func shippedFiles() []string {
	entries, _ := shipped.ReadDir("sets")
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".jsonl"); ok {
			names = append(names, name)
		}
	}
	return names
}

// loadPart returns the shipped rows of a part, or all of them.
func loadPart(part string) (Set, error) {
	split, err := Split()
	if err != nil {
		return Set{}, err
	}
	set := Set{Name: part}
	hash := sha256.New()
	ids := map[string]string{}
	for _, name := range shippedFiles() {
		file, err := LoadSet(name)
		if err != nil {
			return Set{}, err
		}
		for _, r := range file.Rows {
			if at := ids[r.ID]; at != "" {
				return Set{}, fmt.Errorf("id %q stands in %s and in %s", r.ID, at, name)
			}
			ids[r.ID] = name
			in, ok := split[r.Family]
			if !ok {
				return Set{}, fmt.Errorf("%s: family %q of %s is in no part; run go generate ./evals", name, r.Family, r.ID)
			}
			if part == "all" || in == part {
				set.Rows = append(set.Rows, r)
				if err := json.NewEncoder(hash).Encode(r); err != nil {
					return Set{}, err
				}
			}
		}
	}
	set.Hash = hex.EncodeToString(hash.Sum(nil))
	return set, nil
}

// Split returns the part of every family of shipped rows, as scripts/evalsplit
// wrote it.
func Split() (map[string]string, error) {
	data, err := shipped.ReadFile("sets/split.tsv")
	if err != nil {
		return nil, err
	}
	split := map[string]string{}
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		family, part, ok := strings.Cut(line, "\t")
		switch {
		case !ok || !slices.Contains([]string{Train, Dev, Test}, part):
			return nil, fmt.Errorf("sets/split.tsv:%d: %q is not a family, a tab and a part", i+1, line)
		case split[family] != "":
			return nil, fmt.Errorf("sets/split.tsv:%d: family %q stands twice", i+1, family)
		}
		split[family] = part
	}
	return split, nil
}

// ReadSet reads a set from JSONL.
func ReadSet(name string, r io.Reader) (Set, error) {
	hash := sha256.New()
	set := Set{Name: name}
	scanner := bufio.NewScanner(io.TeeReader(r, hash))
	scanner.Buffer(nil, 1<<20)
	var faults []error
	ids := map[string]int{}
	for line := 1; scanner.Scan(); line++ {
		text := bytes.TrimSpace(scanner.Bytes())
		if len(text) == 0 {
			continue
		}
		row, err := readRow(text)
		if err == nil && ids[row.ID] > 0 {
			err = fmt.Errorf("id %q stands in line %d already", row.ID, ids[row.ID])
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: %w", name, line, err))
			continue
		}
		ids[row.ID] = line
		set.Rows = append(set.Rows, row)
	}
	if err := scanner.Err(); err != nil {
		faults = append(faults, fmt.Errorf("%s: %w", name, err))
	}
	if len(faults) == 0 && len(set.Rows) == 0 {
		faults = append(faults, fmt.Errorf("%s holds no rows", name))
	}
	if len(faults) > 0 {
		return Set{}, errors.Join(faults...)
	}
	set.Hash = hex.EncodeToString(hash.Sum(nil))
	return set, nil
}

func readRow(text []byte) (Row, error) {
	var raw struct {
		Row
		List  corpus.ListID `json:"list"`
		Label string        `json:"label"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return Row{}, err
	}
	row := raw.Row
	if raw.List != "" {
		row.Labels = map[corpus.ListID][]string{raw.List: {raw.Label}}
	}
	return row, row.tidy()
}

// tidy checks a row and brings its labels into one spelling.
func (row *Row) tidy() error {
	if row.ID == "" {
		return errors.New("the row has no id")
	}
	if err := row.Product.Validate(); err != nil {
		return fmt.Errorf("%s: %w", row.ID, err)
	}
	if len(row.Labels) == 0 {
		return fmt.Errorf("%s: the row has no labels", row.ID)
	}
	if row.Family == "" {
		row.Family = row.ID
	}
	for list, codes := range row.Labels {
		if len(codes) == 0 {
			return fmt.Errorf("%s: no label for %s", row.ID, list)
		}
		for i, code := range codes {
			got, err := labelCode(list, code)
			if err != nil {
				return fmt.Errorf("%s: label of %s: %w", row.ID, list, err)
			}
			codes[i] = got
		}
	}
	for list, codes := range row.Accept {
		for i, code := range codes {
			got, err := labelCode(list, code)
			if err != nil {
				return fmt.Errorf("%s: accepted code of %s: %w", row.ID, list, err)
			}
			codes[i] = got
		}
	}
	return nil
}

// RowOf makes a row of a product read from a table: columns named like a list
// hold its labels, several of them with semicolons between; accept:LIST those that can
// be defended; family, kind, lang, difficulty and reason are what they say.
// All other attributes stay the product's.
func RowOf(p classifier.Product) (Row, error) {
	row := Row{Product: p, Labels: map[corpus.ListID][]string{}, Accept: map[corpus.ListID][]string{}}
	row.Attributes = classifier.Attributes{}
	codes := func(s string) (out []string) {
		for _, code := range strings.Split(s, ";") {
			if code = strings.TrimSpace(code); code != "" {
				out = append(out, code)
			}
		}
		return out
	}
	for key, value := range p.Attributes {
		name := strings.ToLower(strings.TrimSpace(key))
		accepted, accepts := strings.CutPrefix(name, "accept:")
		switch _, known := corpus.LookupList(corpus.ListID(accepted)); {
		case known && accepts:
			row.Accept[corpus.ListID(accepted)] = codes(value)
		case known:
			row.Labels[corpus.ListID(name)] = codes(value)
		case name == "family":
			row.Family = value
		case name == "kind":
			row.Kind = value
		case name == "lang":
			row.Lang = value
		case name == "difficulty":
			row.Difficulty = value
		case name == "reason":
			row.Reason = value
		default:
			row.Attributes[key] = value
		}
	}
	maps.DeleteFunc(row.Labels, func(_ corpus.ListID, codes []string) bool { return len(codes) == 0 })
	if len(row.Attributes) == 0 {
		row.Attributes = nil
	}
	return row, row.tidy()
}

// NewSet returns a set of rows, refusing ids that stand twice.
func NewSet(name string, rows []Row) (Set, error) {
	hash := sha256.New()
	ids := map[string]bool{}
	for _, r := range rows {
		if ids[r.ID] {
			return Set{}, fmt.Errorf("%s: id %q stands twice", name, r.ID)
		}
		ids[r.ID] = true
		if err := json.NewEncoder(hash).Encode(r); err != nil {
			return Set{}, err
		}
	}
	if len(rows) == 0 {
		return Set{}, fmt.Errorf("%s holds no rows", name)
	}
	return Set{Name: name, Hash: hex.EncodeToString(hash.Sum(nil)), Rows: rows}, nil
}

// labelCode brings a label to Assay's spelling. Makers write "no ECCN" for
// what the CCL calls EAR99.
func labelCode(list corpus.ListID, label string) (string, error) {
	if strings.HasPrefix(strings.ToLower(label), "no eccn") {
		l, _ := corpus.LookupList(list)
		return l.Unlisted, nil
	}
	return corpus.ParseCode(label)
}

// Lists returns the lists that rows of the set are labelled for, in the fixed
// order of corpus.Lists.
func (s Set) Lists() []corpus.ListID {
	var out []corpus.ListID
	for _, l := range corpus.Lists() {
		if slices.ContainsFunc(s.Rows, func(r Row) bool { return len(r.Labels[l.ID]) > 0 }) {
			out = append(out, l.ID)
		}
	}
	return out
}
