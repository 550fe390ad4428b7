package editions

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"assay/classifier/embedding"
	"assay/corpus/shelf"
)

func random(n, dim int) [][]float32 {
	r := rand.New(rand.NewPCG(1, 2))
	vs := make([][]float32, n)
	for i := range vs {
		vs[i] = make([]float32, dim)
		sum := 0.0
		for j := range vs[i] {
			x := r.NormFloat64()
			vs[i][j] = float32(x)
			sum += x * x
		}
		for j := range vs[i] {
			vs[i][j] /= float32(math.Sqrt(sum))
		}
	}
	return vs
}

func TestVectorsInTheWrongPlace(t *testing.T) {
	s := open(t, t.TempDir())
	key := shelf.VectorKey{Edition: "us-ccl@2026-06-24", Content: "hash", Model: "m", Dim: 4}
	q, _ := embedding.Quantise(random(3, 4))
	if err := s.SaveVectors(t.Context(), key, q); err != nil {
		t.Fatal(err)
	}
	// a file copied to the place of another model or edition
	b, err := os.ReadFile(s.vectorPath(key))
	if err != nil {
		t.Fatal(err)
	}
	model, ed := key, key
	model.Model, ed.Edition = "n", "us-ccl@2026-06-25"
	for want, asked := range map[string]shelf.VectorKey{"made by m, and n is in use": model, "of us-ccl@2026-06-24": ed} {
		if err := os.WriteFile(s.vectorPath(asked), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.LoadVectors(t.Context(), asked); !errors.Is(err, shelf.ErrStaleVectors) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v", err)
		}
	}
}

func TestDamagedVectors(t *testing.T) {
	s := open(t, t.TempDir())
	key := shelf.VectorKey{Edition: "us-ccl@2026-06-24", Content: "hash", Model: "m", Dim: 4}
	q, _ := embedding.Quantise(random(3, 4))
	if err := s.SaveVectors(t.Context(), key, q); err != nil {
		t.Fatal(err)
	}
	path := s.vectorPath(key)
	good, _ := os.ReadFile(path)
	for i := range good { // every single byte counts
		b := slices.Clone(good)
		b[i] ^= 1
		os.WriteFile(path, b, 0o600)
		if _, err := s.LoadVectors(t.Context(), key); !errors.Is(err, shelf.ErrDamaged) {
			t.Fatalf("byte %d altered: %v", i, err)
		}
	}
	for n := range good { // and every length
		os.WriteFile(path, good[:n], 0o600)
		if _, err := s.LoadVectors(t.Context(), key); !errors.Is(err, shelf.ErrDamaged) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if err := s.SaveVectors(t.Context(), key, q); err != nil {
		t.Fatal(err)
	}
	if _, err := s.LoadVectors(t.Context(), key); err != nil {
		t.Errorf("after saving again: %v", err)
	}
}

func TestVectorsOfAnotherFormat(t *testing.T) {
	s := open(t, t.TempDir())
	key := shelf.VectorKey{Edition: "us-ccl@2026-06-24", Content: "hash", Model: "m", Dim: 4}
	q, _ := embedding.Quantise(random(3, 4))
	if err := s.SaveVectors(t.Context(), key, q); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(s.vectorPath(key))
	binary.LittleEndian.PutUint32(b[len(vectorMagic):], 99)
	os.WriteFile(s.vectorPath(key), reseal(b), 0o600)
	if _, err := s.LoadVectors(t.Context(), key); !errors.Is(err, shelf.ErrStaleVectors) {
		t.Errorf("%v", err)
	}
	// a sealed file whose count does not fit its length
	b, _ = os.ReadFile(s.vectorPath(key))
	binary.LittleEndian.PutUint32(b[len(vectorMagic):], vectorVersion)
	b = []byte(strings.Replace(string(b), `"count":3`, `"count":4`, 1))
	os.WriteFile(s.vectorPath(key), reseal(b), 0o600)
	if _, err := s.LoadVectors(t.Context(), key); !errors.Is(err, shelf.ErrDamaged) {
		t.Errorf("%v", err)
	}
}

// reseal gives altered bytes a checksum that fits.
func reseal(b []byte) []byte {
	body := b[:len(b)-sha256.Size]
	sum := sha256.Sum256(body)
	return append(slices.Clone(body), sum[:]...)
}

func TestSaveVectorsRefuses(t *testing.T) {
	s := open(t, t.TempDir())
	q, _ := embedding.Quantise(random(3, 4))
	for name, key := range map[string]shelf.VectorKey{
		"dimension": {Edition: "us-ccl@2026-06-24", Content: "c", Model: "m", Dim: 5},
		"no model":  {Edition: "us-ccl@2026-06-24", Content: "c", Dim: 4},
		"no hash":   {Edition: "us-ccl@2026-06-24", Model: "m", Dim: 4},
		"a path":    {Edition: "../../x@2026-06-24", Content: "c", Model: "m", Dim: 4},
	} {
		if err := s.SaveVectors(t.Context(), key, q); err == nil {
			t.Errorf("%s: saved", name)
		}
	}
	files, _ := os.ReadDir(s.dir)
	if len(files) != 0 {
		t.Errorf("something was written: %v", files)
	}
}
