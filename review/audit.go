package review

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// AuditRecord is one act as it stands in the audit log. Its fields are kept as
// the very text that was hashed, so that no other spelling of the same value
// passes unseen.
type AuditRecord struct {
	Seq       int64           `json:"seq"` // 1, 2, … without gaps
	Time      string          `json:"time"`
	Actor     string          `json:"actor"`
	RequestID string          `json:"request_id"`
	Act       Act             `json:"act"`
	Object    json.RawMessage `json:"object"` // canonical JSON
	Prev      string          `json:"prev"`   // Hash of the record before, Genesis for the first
	Hash      string          `json:"hash"`   // lower-case hex of SHA-256
}

// AuditEntry is an act to be written down; the store adds number and hashes.
type AuditEntry struct {
	Time      time.Time
	Actor     string
	RequestID string
	Act       Act
	Object    map[string]any
}

// Genesis is the Prev of the first record.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// AuditTime is how the audit log writes a time: UTC, always nine digits of a
// second, so that text order is time order.
const AuditTime = "2006-01-02T15:04:05.000000000Z"

// Chain returns e as the record that follows a log of length seq whose last
// hash is prev (0 and Genesis for an empty log).
func Chain(seq int64, prev string, e AuditEntry) (AuditRecord, error) {
	object, err := Canonical(e.Object)
	if err != nil {
		return AuditRecord{}, fmt.Errorf("audit record of %s: %w", e.Act, err)
	}
	r := AuditRecord{Seq: seq + 1, Time: e.Time.UTC().Format(AuditTime), Actor: e.Actor, RequestID: e.RequestID,
		Act: e.Act, Object: object, Prev: prev}
	r.Hash = r.Sum()
	return r, nil
}

// Sum returns the hash that r must have.
func (r AuditRecord) Sum() string {
	return hashed("assay-audit-1", strconv.FormatInt(r.Seq, 10), r.Time, r.Actor, r.RequestID, string(r.Act), string(r.Object), r.Prev)
}

// Canonical returns v as JSON in one spelling: keys sorted, no white space, no
// escaping for HTML. An absent object is {}.
func Canonical(v any) ([]byte, error) {
	if m, ok := v.(map[string]any); ok && m == nil {
		return []byte("{}"), nil
	}
	first, err := encode(v)
	if err != nil {
		return nil, err
	}
	// Once more through maps, which sorts the keys of structs too.
	dec := json.NewDecoder(bytes.NewReader(first))
	dec.UseNumber()
	var plain any
	if err := dec.Decode(&plain); err != nil {
		return nil, err
	}
	return encode(plain)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
