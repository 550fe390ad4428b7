// Command evalsplit deals the families of the shipped evaluation rows into the
// parts train, dev and test, and writes evals/sets/split.tsv.
//
// A family that has a part keeps it, so that new rows never move old ones. New
// families are dealt by a hash of their name, which nobody chooses. A family with
// rows of own.jsonl, on which constants of the ranking were set before the parts
// existed, never comes into test.
//
//	go generate ./evals
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run("sets"); err != nil {
		fmt.Fprintln(os.Stderr, "evalsplit:", err)
		os.Exit(1)
	}
}

// run splits the rows in dir, which go generate calls from evals.
func run(dir string) error {
	split, err := known(filepath.Join(dir, "split.tsv"))
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no rows in %s; run it as go generate ./evals", dir)
	}
	seen := map[string]bool{} // family -> has rows of own.jsonl
	for _, file := range files {
		families, err := familiesOf(file)
		if err != nil {
			return err
		}
		for _, f := range families {
			seen[f] = seen[f] || filepath.Base(file) == "own.jsonl"
		}
	}
	var b strings.Builder
	for _, f := range slices.Sorted(maps.Keys(seen)) {
		if split[f] == "" || seen[f] && split[f] == "test" {
			split[f] = deal(f, seen[f])
		}
		fmt.Fprintf(&b, "%s\t%s\n", f, split[f])
	}
	return os.WriteFile(filepath.Join(dir, "split.tsv"), []byte(b.String()), 0o644)
}

// deal gives a family its part. Of the families that were never tuned on, 45 %
// go to test; of the others, 60 % to train.
func deal(family string, tuned bool) string {
	sum := sha256.Sum256([]byte("assay-split-1\n" + family))
	switch draw := int(sum[0])<<8 | int(sum[1]); {
	case !tuned && draw < 65536*45/100:
		return "test"
	case !tuned && draw < 65536*65/100, tuned && draw < 65536*40/100:
		return "dev"
	}
	return "train"
}

func known(path string) (map[string]string, error) {
	split := map[string]string{}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return split, nil
	}
	for _, line := range strings.Fields(strings.ReplaceAll(string(data), "\t", "=")) {
		if family, part, ok := strings.Cut(line, "="); ok {
			split[family] = part
		}
	}
	return split, err
}

func familiesOf(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var families []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var row struct{ ID, Family string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if row.Family == "" || strings.ContainsAny(row.Family, " \t=") {
			return nil, fmt.Errorf("%s:%d: %s has the family %q; give it a name without spaces", path, n, row.ID, row.Family)
		}
		families = append(families, row.Family)
	}
	return families, lines.Err()
}
