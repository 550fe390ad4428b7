package editions

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"assay/classifier/embedding"
	"assay/corpus/shelf"
)

const (
	vectorDir     = "vectors"
	vectorMagic   = "ASSAYVEC"
	vectorVersion = 1
	maxVectorHead = 4 << 10
	maxVectorFile = 2 << 30
)

type vectorHead struct {
	shelf.VectorKey
	Count int `json:"count"`
}

// A file of vectors: magic, version (uint32), length of the head (uint32), head
// as JSON, Count scales (float32), Count*Dim components (int8), and the SHA-256
// of all before it. Numbers are little-endian.

// SaveVectors stores v, all or nothing, in place of earlier vectors of the
// same edition and model.
func (s *Store) SaveVectors(ctx context.Context, key shelf.VectorKey, v embedding.Quantised) error {
	if err := key.Fits(v.Len(), v.Dim, len(v.Data)); err != nil {
		return err
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
		return &shelf.Error{ID: key.Edition, Path: path, Err: err, Remedy: "check free space and rights of the directory"}
	}
	return nil
}

// LoadVectors returns the vectors stored under key. The error is shelf.ErrNotFound
// when there are none, shelf.ErrStaleVectors when there are others, shelf.ErrDamaged when
// the file is not as it was written; in each case they have to be computed,
// and saving them replaces the file.
func (s *Store) LoadVectors(ctx context.Context, key shelf.VectorKey) (embedding.Quantised, error) {
	if err := errors.Join(key.Check(), ctx.Err()); err != nil {
		return embedding.Quantised{}, err
	}
	path := s.vectorPath(key)
	fail := func(err error, remedy string) (embedding.Quantised, error) {
		return embedding.Quantised{}, &shelf.Error{ID: key.Edition, Path: path, Err: err, Remedy: remedy}
	}
	damaged := func(what string) (embedding.Quantised, error) {
		return fail(fmt.Errorf("%w: %s", shelf.ErrDamaged, what), "the vectors have to be computed again; deleting the file does no harm")
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(fmt.Errorf("no vectors by %s: %w", key.Model, shelf.ErrNotFound), "they have to be computed once")
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
		return fail(fmt.Errorf("%w: the file has format %d, this program writes %d", shelf.ErrStaleVectors, v, vectorVersion), "the vectors have to be computed again")
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
	if what := head.Differs(key); what != "" {
		return fail(fmt.Errorf("%w: %s", shelf.ErrStaleVectors, what), "the vectors have to be computed again")
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

// vectorPath gives each edition and model one file. The model's name may hold
// anything, so a hash of it keeps apart what its readable form does not.
func (s *Store) vectorPath(k shelf.VectorKey) string {
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
