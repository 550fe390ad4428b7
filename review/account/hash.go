package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"assay/review"

	"golang.org/x/crypto/argon2"
)

// Params are the costs of one argon2id hash.
type Params struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultParams take about a tenth of a second and 48 MiB: more than twice
// the memory of the least that OWASP recommends.
var DefaultParams = Params{MemoryKiB: 48 << 10, Passes: 2, Threads: 1}

// leastParams is OWASP's recommendation for argon2id with the least memory per
// pass that we accept.
var leastParams = Params{MemoryKiB: 19 << 10, Passes: 2, Threads: 1}

// A hash from a store that somebody tampered with must not take all memory.
const (
	mostMemoryKiB = 1 << 20
	mostPasses    = 100
	saltBytes     = 16
	keyBytes      = 32
)

// errBusy tells that too many passwords wait to be checked.
var errBusy = errors.New("too many passwords are being checked")

// IsBusy reports whether err says that the machine has its hands full with
// checking passwords, and not that anything is wrong.
func IsBusy(err error) bool { return errors.Is(err, errBusy) }

// hasher makes and checks hashes, a few at once: each takes Params.MemoryKiB.
type hasher struct {
	params  Params
	running chan struct{}
	waiting chan struct{}
	decoy   string       // what the password of somebody unknown is held against
	count   func(string) // told of each hash that is computed; for tests
}

// waitFor is how many may wait for each hash that runs.
const waitFor = 16

func newHasher(p Params, atOnce int) (*hasher, error) {
	if p.MemoryKiB < leastParams.MemoryKiB || p.Passes < leastParams.Passes || p.Threads < leastParams.Threads {
		return nil, fmt.Errorf("account: argon2id with %d KiB, %d passes and %d threads is weaker than %d KiB, %d and %d",
			p.MemoryKiB, p.Passes, p.Threads, leastParams.MemoryKiB, leastParams.Passes, leastParams.Threads)
	}
	h := &hasher{params: p, running: make(chan struct{}, atOnce), waiting: make(chan struct{}, waitFor*atOnce), count: func(string) {}}
	// Salt and key of the decoy are noise: no password leads to it.
	noise := make([]byte, saltBytes+keyBytes)
	rand.Read(noise) // never fails
	h.decoy = encodeHash(p, noise[:saltBytes], noise[saltBytes:])
	return h, nil
}

// enter waits for a turn. After a nil error the caller must call leave.
func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return &review.Error{Kind: review.Unavailable, Text: "many people sign in just now", Remedy: "try again in a few seconds", Err: errBusy}
	}
	select {
	case h.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) leave() { <-h.running }

// hash returns the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails
	p := h.params
	h.count("")
	return encodeHash(p, salt, argon2.IDKey([]byte(password), salt, p.Passes, p.MemoryKiB, p.Threads, keyBytes)), nil
}

// verify reports whether password leads to hash. Without a hash it does the
// same work and says no.
func (h *hasher) verify(ctx context.Context, hash, password string) (bool, error) {
	if hash == "" {
		hash = h.decoy
	}
	p, salt, want, err := decodeHash(hash)
	if err != nil {
		return false, &review.Error{Kind: review.Internal, Text: "a stored password cannot be read", Err: err}
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	h.count(hash)
	got := argon2.IDKey([]byte(password), salt, p.Passes, p.MemoryKiB, p.Threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// outgrown reports whether hash was made at lower costs than are asked for now.
func (h *hasher) outgrown(hash string) bool {
	p, _, _, err := decodeHash(hash)
	return err == nil && (p.MemoryKiB < h.params.MemoryKiB || p.Passes < h.params.Passes || p.Threads < h.params.Threads)
}

func encodeHash(p Params, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.MemoryKiB, p.Passes, p.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

func decodeHash(s string) (p Params, salt, key []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, errors.New("not an argon2id hash of this version")
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.MemoryKiB, &p.Passes, &p.Threads); n != 3 || err != nil {
		return p, nil, nil, fmt.Errorf("costs of a hash: %q", parts[3])
	}
	if p.MemoryKiB == 0 || p.MemoryKiB > mostMemoryKiB || p.Passes == 0 || p.Passes > mostPasses || p.Threads == 0 {
		return p, nil, nil, fmt.Errorf("costs of a hash out of bounds: %q", parts[3])
	}
	if salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err == nil {
		key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	}
	if err == nil && (len(salt) < 8 || len(key) < 16 || len(key) > 128) {
		err = errors.New("salt or key of a hash has an odd length")
	}
	return p, salt, key, err
}
