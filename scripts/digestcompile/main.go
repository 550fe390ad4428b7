// Command digestcompile reads the cards and families of goods under
// corpus/digest, checks them, and writes the compiled form that the binary
// carries. Run it after changing cards:
//
//	go generate ./corpus/digest
package main

import (
	"bytes"
	"fmt"
	"os"

	"assay/corpus/digest"
)

// main runs in corpus/digest, where go generate starts it.
func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string) error {
	d, err := digest.Load(os.DirFS(dir))
	if err != nil {
		return err
	}
	if len(d.Cards) == 0 {
		return fmt.Errorf("no cards in %s; run it with go generate ./corpus/digest", dir)
	}
	var buf bytes.Buffer
	if err := digest.Compile(&buf, d); err != nil {
		return err
	}
	if err := os.WriteFile("compiled.json.gz", buf.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Printf("%d cards, %d families of goods, %d bytes\n", len(d.Cards), len(d.Goods), buf.Len())
	return nil
}
