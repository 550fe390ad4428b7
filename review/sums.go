package review

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

// hashed returns SHA-256, in lower-case hex, over a word that says what is
// hashed and how, and every field in order, each behind its length in bytes
// and a colon. The lengths keep text from moving between fields unseen.
func hashed(word string, fields ...string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", word)
	for _, field := range fields {
		fmt.Fprintf(h, "%d:%s\n", len(field), field)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Sum returns a hash of everything in r. The sums of what an act leaves behind
// stand in its audit record, so that the chain vouches for that too.
func (r Record) Sum() string {
	return hashed("assay-record-1", r.Case, string(r.Sort), strconv.Itoa(r.Seq), r.At.UTC().Format(AuditTime), r.By, string(r.Body))
}

// Sum returns a hash of everything in r.
func (r Receipt) Sum() string {
	return hashed("assay-receipt-1", r.Actor, r.Key, r.Fingerprint, r.Case, r.At.UTC().Format(AuditTime))
}

// Sum returns a hash of what is stored of p. That it is superseded is not: the
// case's round tells.
func (p Precedent) Sum() string {
	codes, err := Canonical(p.Codes)
	if err != nil {
		codes = []byte(err.Error()) // maps of strings have no such error
	}
	return hashed("assay-precedent-1", p.Case, strconv.Itoa(p.Round), p.Text, p.Fingerprint, string(codes), p.DecidedAt.UTC().Format(AuditTime))
}

// Sum returns a hash of everything in h. A field that is zero is left out:
// when Head gets a new one, what was said of older cases stays true as long as
// the migration leaves it zero in them.
func (h Head) Sum() (string, error) {
	body, err := encode(h)
	if err != nil {
		return "", err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil {
		return "", err
	}
	drop(fields)
	if body, err = encode(fields); err != nil {
		return "", err
	}
	return hashed("assay-head-1", string(body)), nil
}

// drop removes from fields, and from the objects in its lists, what is zero.
func drop(fields map[string]any) {
	for k, v := range fields {
		if list, ok := v.([]any); ok {
			for _, one := range list {
				if inner, ok := one.(map[string]any); ok {
					drop(inner)
				}
			}
			if len(list) > 0 {
				continue
			}
			v = nil
		}
		switch v {
		case nil, "", false, json.Number("0"):
			delete(fields, k)
		}
	}
}
