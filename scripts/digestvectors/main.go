// Command digestvectors computes the vectors of the shipped digest ahead of
// time, for each built-in model, and writes them to
// classifier/embedding/ahead. Vectors of texts that did not change are kept as
// they are, so that correcting a card changes few bytes. Run it from the root
// of the repository after changing cards:
//
//	go generate ./classifier/embedding/ahead
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"assay/classifier/embedding"
	"assay/classifier/embedding/ahead"
	"assay/classifier/embedding/minilm"
	"assay/classifier/embedding/static"
	"assay/classifier/retrieval"
	"assay/corpus/digest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "digestvectors:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	d, err := digest.Shipped()
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	texts := retrieval.DigestTexts(d)
	mini, err := minilm.New()
	if err != nil {
		return err
	}
	table, err := static.New()
	if err != nil {
		return err
	}
	for _, e := range []embedding.Embedder{mini, table} {
		kept, err := ahead.Open(e.Name(), e.Dimension())
		if err != nil {
			return err
		}
		vectors, made, err := kept.Embed(ctx, e, texts)
		if err != nil {
			return err
		}
		var buf bytes.Buffer
		if err := ahead.Write(&buf, texts, vectors); err != nil {
			return err
		}
		path := filepath.Join(root, "classifier", "embedding", "ahead", ahead.FileName(e.Name()))
		if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %d texts, %d made anew, %d bytes\n", e.Name(), len(texts), made, buf.Len())
	}
	return nil
}

// moduleRoot returns the directory of go.mod above the working directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("no go.mod above %s", dir)
		}
	}
}
