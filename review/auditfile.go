package review

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
)

// WriteAudit writes log as JSON lines, one record each, and returns how many.
func WriteAudit(w io.Writer, log iter.Seq2[AuditRecord, error]) (int64, error) {
	b := bufio.NewWriter(w)
	var n int64
	for r, err := range log {
		if err != nil {
			return n, err
		}
		line, err := encode(r.printable())
		if err != nil {
			return n, fmt.Errorf("audit record %d: %w", r.Seq, err)
		}
		if _, err := b.Write(append(line, '\n')); err != nil {
			return n, err
		}
		n++
	}
	return n, b.Flush()
}

// printable returns r so that it can be written as JSON even when its object was
// altered into something that is none: the object is a text then, and not what
// was hashed, as verification will say.
func (r AuditRecord) printable() AuditRecord {
	if !json.Valid(r.Object) {
		r.Object, _ = encode(strings.ToValidUTF8(string(r.Object), "\ufffd")) // a text can always be encoded
	}
	return r
}

// maxAuditLine is more than any record can hold: objects carry hashes and
// short facts, not texts.
const maxAuditLine = 4 << 20

// ReadAudit reads what WriteAudit wrote, for Verify. A line that is no record
// is an error that names it.
func ReadAudit(r io.Reader) iter.Seq2[AuditRecord, error] {
	return func(yield func(AuditRecord, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 64<<10), maxAuditLine)
		for n := 1; lines.Scan(); n++ {
			var record AuditRecord
			dec := json.NewDecoder(bytes.NewReader(lines.Bytes()))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&record); err != nil {
				yield(AuditRecord{}, fmt.Errorf("line %d is no audit record: %w", n, err))
				return
			}
			if dec.More() {
				yield(AuditRecord{}, fmt.Errorf("line %d holds more than one record", n))
				return
			}
			if !yield(record, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(AuditRecord{}, fmt.Errorf("reading the audit log: %w", err))
		}
	}
}
