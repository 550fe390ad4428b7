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
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
)

//go:embed sets/*.jsonl
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
	Labels map[corpus.ListID][]string `json:"labels"`
	Accept map[corpus.ListID][]string `json:"accept,omitempty"`
	Reason string                     `json:"reason,omitempty"`
	Family string                     `json:"family,omitempty"` // rows of one family are not independent
	Kind   string                     `json:"kind,omitempty"`   // listed, residual, near_miss, not_listed
	Origin string                     `json:"origin,omitempty"`
	Trust  string                     `json:"trust,omitempty"` // who gave the label
	Lang   string                     `json:"lang,omitempty"`
}

// LoadSet returns the shipped set called name, or the set in the JSONL file at
// that path. A row is either one of ours, with labels by list, or has one list
// and one label. Every faulty row is reported, with its line.
func LoadSet(name string) (Set, error) {
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
	entries, _ := shipped.ReadDir("sets")
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".jsonl"))
	}
	return names
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
	if row.ID == "" {
		return row, errors.New("the row has no id")
	}
	if err := row.Product.Validate(); err != nil {
		return row, fmt.Errorf("%s: %w", row.ID, err)
	}
	if len(row.Labels) == 0 {
		return row, fmt.Errorf("%s: the row has no labels", row.ID)
	}
	if row.Family == "" {
		row.Family = row.ID
	}
	for list, codes := range row.Labels {
		if len(codes) == 0 {
			return row, fmt.Errorf("%s: no label for %s", row.ID, list)
		}
		for i, code := range codes {
			got, err := labelCode(list, code)
			if err != nil {
				return row, fmt.Errorf("%s: label of %s: %w", row.ID, list, err)
			}
			codes[i] = got
		}
	}
	for list, codes := range row.Accept {
		for i, code := range codes {
			got, err := labelCode(list, code)
			if err != nil {
				return row, fmt.Errorf("%s: accepted code of %s: %w", row.ID, list, err)
			}
			codes[i] = got
		}
	}
	return row, nil
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
