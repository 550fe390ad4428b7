package webhook

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"assay/review"
)

// Key seals the secrets of webhooks, so that a copy of the store alone does not
// let anybody forge what Assay sends. The zero Key leaves them as they are.
type Key struct{ aead cipher.AEAD }

// keySize is 256 bits.
const keySize = 32

// ParseKey reads a key of 64 hexadecimal digits.
func ParseKey(text string) (Key, error) {
	raw, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) != keySize {
		return Key{}, fmt.Errorf("a key is %d hexadecimal digits; make one with: openssl rand -hex %d", 2*keySize, keySize)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return Key{}, err
	}
	aead, err := cipher.NewGCM(block)
	return Key{aead}, err
}

const sealed = "aes256gcm:"

// Seal is review.Config.Seal: AES-256-GCM with a nonce of its own, bound to the
// webhook, so that a sealed secret is of no use in another row.
func (k Key) Seal(webhook, secret string) (string, error) {
	if k.aead == nil {
		return review.KeepPlain(secret), nil
	}
	nonce := make([]byte, k.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return sealed + base64.StdEncoding.EncodeToString(k.aead.Seal(nonce, nonce, []byte(secret), []byte(webhook))), nil
}

// Open returns the secret that Seal has sealed, with this key or without one.
func (k Key) Open(webhook, kept string) (string, error) {
	if secret, ok := review.OpenPlain(kept); ok {
		return secret, nil
	}
	text, ok := strings.CutPrefix(kept, sealed)
	if !ok {
		return "", errors.New("the secret is kept in a form that this program does not know; use a newer one")
	}
	if k.aead == nil {
		return "", errors.New("the secret is sealed, and this server has no key; start it with --secret-key-file")
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) < k.aead.NonceSize() {
		return "", errors.New("the sealed secret is damaged; remove the webhook and add it again")
	}
	secret, err := k.aead.Open(nil, raw[:k.aead.NonceSize()], raw[k.aead.NonceSize():], []byte(webhook))
	if err != nil {
		return "", errors.New("the secret was sealed with another key; start the server with that one, or remove the webhook and add it again")
	}
	return string(secret), nil
}
