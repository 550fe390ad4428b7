package digest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
)

// BenchmarkStart compares the two ways to the digest: the compiled form that the
// binary carries, and the YAML it is made from.
func BenchmarkStart(b *testing.B) {
	b.Run("compiled", func(b *testing.B) {
		for b.Loop() {
			z, err := gzip.NewReader(bytes.NewReader(compiled))
			if err != nil {
				b.Fatal(err)
			}
			if err := json.NewDecoder(z).Decode(new(Digest)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("yaml", func(b *testing.B) {
		for b.Loop() {
			if _, err := Load(os.DirFS(".")); err != nil {
				b.Fatal(err)
			}
		}
	})
}
