package shelf

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// VectorKey says what vectors are of. All of it must agree for them to be used.
type VectorKey struct {
	Edition string `json:"edition"` // id, "us-ccl@2026-06-24"
	Content string `json:"content"` // hash of what was embedded: HashTexts or ContentHash
	Model   string `json:"model"`   // name of the embedder
	Dim     int    `json:"dim"`
}

// HashTexts returns a hash over texts in their order, in lower-case hex.
func HashTexts(texts []string) string {
	h := sha256.New()
	var n [8]byte
	for _, t := range texts {
		binary.LittleEndian.PutUint64(n[:], uint64(len(t)))
		h.Write(n[:])
		h.Write([]byte(t))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Check refuses a key that names no edition or leaves something out.
func (k VectorKey) Check() error {
	if err := CheckID(k.Edition); err != nil {
		return err
	}
	if k.Model == "" || k.Content == "" || k.Dim < 1 || k.Dim > 1<<16 {
		return fmt.Errorf("vectors of %s need the hash of their texts, a model and a dimension; they have %q, %q and %d", k.Edition, k.Content, k.Model, k.Dim)
	}
	return nil
}

// Fits refuses count vectors of dim components, with numbers components in
// all, that cannot be those of k.
func (k VectorKey) Fits(count, dim, numbers int) error {
	if err := k.Check(); err != nil {
		return err
	}
	if dim != k.Dim && count > 0 || numbers != count*dim {
		return fmt.Errorf("vectors of %s: %d numbers for %d vectors of %d components, where %s has %d", k.Edition, numbers, count, dim, k.Model, k.Dim)
	}
	return nil
}

// Differs tells in what stored vectors are not what is asked for, "" if they are.
func (k VectorKey) Differs(asked VectorKey) string {
	switch {
	case k.Edition != asked.Edition:
		return fmt.Sprintf("they are of %s", k.Edition)
	case k.Model != asked.Model:
		return fmt.Sprintf("they were made by %s, and %s is in use", k.Model, asked.Model)
	case k.Dim != asked.Dim:
		return fmt.Sprintf("they have %d components, and %s now gives %d", k.Dim, asked.Model, asked.Dim)
	case k.Content != asked.Content:
		return "the text has changed since they were made"
	}
	return ""
}
