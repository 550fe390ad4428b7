package main

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float32{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x3555: 0.333251953125, 0x7bff: 65504,
		0x0001: 5.9604644775390625e-8, 0x0400: 6.103515625e-5, 0x83ff: -6.097555160522461e-5,
	} {
		if got := half(bits); got != want {
			t.Errorf("%04x: got %v, want %v", bits, got, want)
		}
	}
	if !math.IsNaN(float64(half(0x7c00))) {
		t.Error("an infinite weight passed")
	}
}

func TestQuantise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	values, quants := make([]float32, group), make([]int8, group)
	loss := func(scale float32) (sum float64) {
		for i, v := range values {
			d := float64(v) - float64(quants[i])*float64(scale)
			sum += d * d
		}
		return sum
	}
	for range 100 {
		top := float32(0)
		for i := range values {
			values[i] = float32(r.NormFloat64())
			top = max(top, float32(math.Abs(float64(values[i]))))
		}
		best := loss(quantise(quants, values))
		for i, v := range values { // the plain way: the largest becomes 127
			quants[i] = nearest(v, top/127)
		}
		if plain := loss(top / 127); best > plain {
			t.Fatalf("squared error %v, and %v without clipping", best, plain)
		}
		if rough := float64(top) / 127 / 2; best > group*rough*rough {
			t.Fatalf("squared error %v is above %v", best, group*rough*rough)
		}
	}
	clear(values)
	if scale := quantise(quants, values); scale != 0 || quants[0] != 0 {
		t.Errorf("zeros became %v × %v", quants[0], scale)
	}
}

// file builds a safetensors file around a header.
func file(header string, data ...byte) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

func TestSafetensors(t *testing.T) {
	good := `{"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}}`
	parsed, err := parseSafetensors(file(good, 0, 0x3c, 0, 0xc0))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parsed.get("a", 1, 2); err != nil || got[0] != 1 || got[1] != -2 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := parsed.get("b", 1); err == nil {
		t.Error("a tensor that is not there was found")
	}
	if _, err := parsed.get("a", 2, 1); err == nil {
		t.Error("another shape was accepted")
	}
	for about, bad := range map[string][]byte{
		"empty":            {},
		"a header too big": binary.LittleEndian.AppendUint64(nil, 1<<60),
		"no JSON":          file("{"),
	} {
		if _, err := parseSafetensors(bad); err == nil {
			t.Errorf("%s: accepted", about)
		}
	}
	for about, header := range map[string]string{
		"beyond the end": `{"a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,8]}}`,
		"negative":       `{"a":{"dtype":"F16","shape":[1,2],"data_offsets":[-4,0]}}`,
		"another type":   `{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,4]}}`,
	} {
		parsed, err := parseSafetensors(file(header, 0, 0, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parsed.get("a", 1, 2); err == nil {
			t.Errorf("%s: accepted", about)
		}
	}
}

func TestVocabulary(t *testing.T) {
	got, err := vocabularyOf([]byte(`{"model":{"vocab":{"b":1,"a":0}}}`))
	if err != nil || string(got) != "a\nb\n" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, bad := range []string{"{", `{"model":{"vocab":{"a":1}}}`, `{"model":{"vocab":{"a":0,"b":0}}}`, `{"model":{"vocab":{"a\nb":0}}}`} {
		if _, err := vocabularyOf([]byte(bad)); err == nil {
			t.Errorf("%s: accepted", bad)
		}
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "model.fp16.safetensors"), []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, dir); err == nil || !strings.Contains(err.Error(), "0.1.0") {
		t.Errorf("got %v", err)
	}
}
