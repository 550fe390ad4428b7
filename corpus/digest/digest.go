// Package digest ships the cards: Assay's own-words knowledge of the control
// lists, one YAML file an entry or family under cards/, and families of goods
// on no list under goods/. It reads and checks them and names file and line of
// every fault. The binary carries them compiled, because reading the YAML would take
// most of the time that a start may take. It imports corpus only.
package digest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed" // the compiled digest
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"assay/corpus"

	"go.yaml.in/yaml/v3"
)

//go:generate go run assay/scripts/digestcompile

//go:embed compiled.json.gz
var compiled []byte

// Digest is everything the cards say, in the order of the lists.
type Digest struct {
	Cards []corpus.Card  `json:"cards"`
	Goods []corpus.Goods `json:"goods"`
	// Hash identifies the content: SHA-256 over all files, lower-case hex.
	Hash string `json:"hash"`
}

// Shipped returns the digest inside the binary. The same value is returned to
// every caller and must not be changed.
var Shipped = sync.OnceValues(func() (*Digest, error) {
	z, err := gzip.NewReader(bytes.NewReader(compiled))
	if err != nil {
		return nil, fmt.Errorf("the compiled digest is damaged: %w; run make generate", err)
	}
	var d Digest
	if err := json.NewDecoder(z).Decode(&d); err != nil {
		return nil, fmt.Errorf("the compiled digest is damaged: %w; run make generate", err)
	}
	return &d, nil
})

// Compile writes d in the form that Shipped reads.
func Compile(w io.Writer, d *Digest) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(z)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return err
	}
	return z.Close()
}

// FaultsError lists every fault found in a digest, each with file and line.
type FaultsError []Fault

// Fault is one thing wrong with a card file.
type Fault struct {
	File string
	Line int
	Text string
}

func (f Fault) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text) }

func (e FaultsError) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Load reads all *.yaml files below cards/ and goods/ of fsys. A file may hold
// several documents. With any fault it returns a FaultsError and no digest.
func Load(fsys fs.FS) (*Digest, error) {
	l := loader{entries: map[string]string{}, goods: map[string]string{}}
	hash := sha256.New()
	for _, dir := range []string{"cards", "goods"} {
		err := fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || path.Ext(name) != ".yaml" {
				return err
			}
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			fmt.Fprintf(hash, "%s %d\n", name, len(data))
			hash.Write(data)
			l.file(name, data, dir == "goods")
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading the digest: %w", err)
		}
	}
	if len(l.faults) > 0 {
		return nil, l.faults
	}
	slices.SortFunc(l.digest.Cards, func(a, b corpus.Card) int { return strings.Compare(a.Entry, b.Entry) })
	slices.SortFunc(l.digest.Goods, func(a, b corpus.Goods) int { return strings.Compare(a.ID, b.ID) })
	l.digest.Hash = hex.EncodeToString(hash.Sum(nil))
	return &l.digest, nil
}

type loader struct {
	digest  Digest
	faults  FaultsError
	entries map[string]string // entry -> file that has it
	goods   map[string]string
}

func (l *loader) file(name string, data []byte, goods bool) {
	nodes := yaml.NewDecoder(bytes.NewReader(data))
	strict := yaml.NewDecoder(bytes.NewReader(data))
	strict.KnownFields(true)
	for {
		var node yaml.Node
		if err := nodes.Decode(&node); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			l.decodeFault(name, err)
			return
		}
		var err error
		if goods {
			var g corpus.Goods
			if err = strict.Decode(&g); err == nil {
				l.addGoods(name, &node, g)
			}
		} else {
			var c corpus.Card
			if err = strict.Decode(&c); err == nil {
				l.addCard(name, &node, c)
			}
		}
		if err != nil {
			l.decodeFault(name, err)
			return
		}
	}
}

func (l *loader) addCard(name string, node *yaml.Node, c corpus.Card) {
	l.problems(name, node, c.Validate())
	if other, ok := l.entries[c.Entry]; ok {
		l.fault(name, lineOf(node, []string{"entry"}), fmt.Sprintf("%s has a card in %s already", c.Entry, other))
	}
	l.entries[c.Entry] = name
	l.digest.Cards = append(l.digest.Cards, c)
}

func (l *loader) addGoods(name string, node *yaml.Node, g corpus.Goods) {
	l.problems(name, node, g.Validate())
	if other, ok := l.goods[g.ID]; ok {
		l.fault(name, lineOf(node, []string{"goods"}), fmt.Sprintf("goods %s stand in %s already", g.ID, other))
	}
	l.goods[g.ID] = name
	l.digest.Goods = append(l.digest.Goods, g)
}

func (l *loader) problems(name string, node *yaml.Node, ps []corpus.Problem) {
	for _, p := range ps {
		l.fault(name, lineOf(node, p.Path), p.String())
	}
}

func (l *loader) fault(name string, line int, text string) {
	l.faults = append(l.faults, Fault{name, line, text})
}

// decodeFault turns an error of the YAML package, which carries its line in
// words, into faults.
func (l *loader) decodeFault(name string, err error) {
	texts := []string{err.Error()}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		texts = typed.Errors
	}
	for _, text := range texts {
		line := 1
		text = strings.TrimPrefix(text, "yaml: ")
		if _, scan := fmt.Sscanf(text, "line %d:", &line); scan == nil {
			_, text, _ = strings.Cut(text, ": ")
		}
		l.fault(name, line, text)
	}
}

// lineOf returns the line of the deepest key of path that the document has.
func lineOf(node *yaml.Node, path []string) int {
	if node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	line := node.Line
	for _, key := range path {
		if node.Kind != yaml.MappingNode {
			return line
		}
		found := false
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				line, node, found = node.Content[i].Line, node.Content[i+1], true
				break
			}
		}
		if !found {
			return line
		}
	}
	return line
}
