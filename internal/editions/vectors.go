package editions

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"assay/classifier/embedding"
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

// ErrStaleVectors is wrapped by the *Error for vectors that are there and were
// made of another text, by another model or with another dimension.
var ErrStaleVectors = errors.New("the stored vectors are of something else")

const (
	vectorDir     = "vectors"
	vectorMagic   = "ASSAYVEC"
	vectorVersion = 1
	maxVectorHead = 4 << 10
	maxVectorFile = 2 << 30
)

type vectorHead struct {
	VectorKey
	Count int `json:"count"`
}

// A file of vectors: magic, version (uint32), length of the head (uint32), head
// as JSON, Count scales (float32), Count*Dim components (int8), and the SHA-256
// of all before it. Numbers are little-endian.

// SaveVectors stores v, all or nothing, in place of earlier vectors of the
// same edition and model.
func (s *Store) SaveVectors(ctx context.Context, key VectorKey, v embedding.Quantised) error {
	if err := key.check(); err != nil {
		return err
	}
	if v.Dim != key.Dim && v.Len() > 0 || len(v.Data) != v.Len()*v.Dim {
		return fmt.Errorf("vectors of %s: %d numbers for %d vectors of %d components, where %s has %d",
			key.Edition, len(v.Data), v.Len(), v.Dim, key.Model, key.Dim)
	}
	head, err := json.Marshal(vectorHead{key, v.Len()})
	if err != nil {
		return err
	}
	if len(head) > maxVectorHead {
		return fmt.Errorf("vectors of %s: the name of the model has %d bytes", key.Edition, len(key.Model))
	}
	b := make([]byte, 0, len(vectorMagic)+8+len(head)+4*v.Len()+len(v.Data)+sha256.Size)
	b = append(b, vectorMagic...)
	b = binary.LittleEndian.AppendUint32(b, vectorVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(head)))
	b = append(b, head...)
	for _, x := range v.Scale {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	for _, x := range v.Data {
		b = append(b, byte(x))
	}
	sum := sha256.Sum256(b)
	path := s.vectorPath(key)
	if err := s.write(ctx, path, append(b, sum[:]...)); err != nil {
		return &Error{ID: key.Edition, Path: path, Err: err, Remedy: "check free space and rights of the directory"}
	}
	return nil
}

// LoadVectors returns the vectors stored under key. The error is ErrNotFound
// when there are none, ErrStaleVectors when there are others, ErrDamaged when
// the file is not as it was written; in each case they have to be computed,
// and saving them replaces the file.
func (s *Store) LoadVectors(key VectorKey) (embedding.Quantised, error) {
	if err := key.check(); err != nil {
		return embedding.Quantised{}, err
	}
	path := s.vectorPath(key)
	fail := func(err error, remedy string) (embedding.Quantised, error) {
		return embedding.Quantised{}, &Error{ID: key.Edition, Path: path, Err: err, Remedy: remedy}
	}
	damaged := func(what string) (embedding.Quantised, error) {
		return fail(fmt.Errorf("%w: %s", ErrDamaged, what), "the vectors have to be computed again; deleting the file does no harm")
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(fmt.Errorf("no vectors by %s: %w", key.Model, ErrNotFound), "they have to be computed once")
	}
	if err == nil && info.Size() > maxVectorFile {
		return damaged(fmt.Sprintf("%d bytes are too many", info.Size()))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fail(err, "")
	}
	body := len(b) - sha256.Size
	if body < len(vectorMagic)+8 || !bytes.HasPrefix(b, []byte(vectorMagic)) {
		return damaged("it does not open like a file of vectors")
	}
	if sum := sha256.Sum256(b[:body]); !bytes.Equal(sum[:], b[body:]) {
		return damaged("its checksum is wrong")
	}
	rest := b[len(vectorMagic):body]
	if v := binary.LittleEndian.Uint32(rest); v != vectorVersion {
		return fail(fmt.Errorf("%w: the file has format %d, this program writes %d", ErrStaleVectors, v, vectorVersion), "the vectors have to be computed again")
	}
	n := binary.LittleEndian.Uint32(rest[4:])
	rest = rest[8:]
	if n > maxVectorHead || int(n) > len(rest) {
		return damaged("its head is too long")
	}
	var head vectorHead
	if err := json.Unmarshal(rest[:n], &head); err != nil {
		return damaged("its head is not JSON")
	}
	rest = rest[n:]
	if what := head.differs(key); what != "" {
		return fail(fmt.Errorf("%w: %s", ErrStaleVectors, what), "the vectors have to be computed again")
	}
	if head.Count < 0 || head.Count > len(rest) || len(rest) != head.Count*(4+head.Dim) {
		return damaged(fmt.Sprintf("%d bytes do not hold %d vectors of %d components", len(rest), head.Count, head.Dim))
	}
	v := embedding.Quantised{Dim: head.Dim, Scale: make([]float32, head.Count), Data: make([]int8, head.Count*head.Dim)}
	for i := range v.Scale {
		v.Scale[i] = math.Float32frombits(binary.LittleEndian.Uint32(rest[4*i:]))
	}
	for i, x := range rest[4*head.Count:] {
		v.Data[i] = int8(x)
	}
	return v, nil
}

func (k VectorKey) check() error {
	if err := checkID(k.Edition); err != nil {
		return err
	}
	if k.Model == "" || k.Content == "" || k.Dim < 1 || k.Dim > 1<<16 {
		return fmt.Errorf("vectors of %s need the hash of their texts, a model and a dimension; they have %q, %q and %d", k.Edition, k.Content, k.Model, k.Dim)
	}
	return nil
}

// differs tells in what stored vectors are not what is asked for.
func (k VectorKey) differs(asked VectorKey) string {
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

// vectorPath gives each edition and model one file. The model's name may hold
// anything, so a hash of it keeps apart what its readable form does not.
func (s *Store) vectorPath(k VectorKey) string {
	readable := strings.Trim(strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
			return r
		}
		return '-'
	}, k.Model), "-")
	sum := sha256.Sum256([]byte(k.Model))
	return filepath.Join(s.dir, vectorDir, fmt.Sprintf("%s.%.40s-%x.vec", k.Edition, readable, sum[:4]))
}

// removeVectors deletes the vectors of an edition, by every model.
func (s *Store) removeVectors(id string) {
	dir := filepath.Join(s.dir, vectorDir)
	files, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), id+".") {
			os.Remove(filepath.Join(dir, f.Name()))
		}
	}
}
