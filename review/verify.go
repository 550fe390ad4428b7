package review

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Fault is a way in which an audit log can be wrong.
type Fault string

const (
	Altered    Fault = "altered"    // a field is not what was hashed
	Missing    Fault = "missing"    // records between two are gone
	Reordered  Fault = "reordered"  // a record stands behind a later one
	Duplicated Fault = "duplicated" // a number stands twice
	Unlinked   Fault = "unlinked"   // a record does not follow the one before it
	Truncated  Fault = "truncated"  // the log ends before the known head
	Replaced   Fault = "replaced"   // another record stands where the known head stood
)

// Finding is one fault of an audit log, at record Seq.
type Finding struct {
	Seq   int64  `json:"seq"`
	Fault Fault  `json:"fault"`
	Text  string `json:"text"`
}

// AuditHead names a record that a log is known to have held. Seq 0 means that
// only its hash is known; the zero value vouches for nothing.
type AuditHead struct {
	Seq  int64
	Hash string
}

// ParseAuditHead reads "HASH" or "SEQ:HASH".
func ParseAuditHead(s string) (AuditHead, error) {
	var h AuditHead
	number, hash, both := strings.Cut(s, ":")
	if !both {
		hash = number
	} else if n, err := strconv.ParseInt(number, 10, 64); err == nil && n > 0 {
		h.Seq = n
	} else {
		return h, fmt.Errorf("%q does not start with the number of a record; give HASH or NUMBER:HASH", s)
	}
	if h.Hash = strings.ToLower(hash); len(h.Hash) != len(Genesis) || strings.Trim(h.Hash, "0123456789abcdef") != "" {
		return h, fmt.Errorf("%q is not the hash of an audit record: %d hexadecimal digits", hash, len(Genesis))
	}
	return h, nil
}

// Report is what Verify found.
type Report struct {
	Records  int64     `json:"records"`
	Last     int64     `json:"last"` // highest number seen
	Head     string    `json:"head"` // hash of that record, Genesis for an empty log
	Findings []Finding `json:"findings"`
}

// Whole reports whether nothing is wrong.
func (r Report) Whole() bool { return len(r.Findings) == 0 }

// Verify reads an audit log in the order it is kept in and says what is wrong
// with it. A log that was cut off at its end, or written anew with fresh
// hashes, is consistent in itself: only a known head, kept elsewhere, shows
// it. The error is that of reading, never a finding.
func Verify(log iter.Seq2[AuditRecord, error], known AuditHead) (Report, error) {
	v := verifier{report: Report{Head: Genesis, Findings: []Finding{}}, seen: map[int64]bool{}}
	for r, err := range log {
		if err != nil {
			return v.report, err
		}
		v.record(r)
		if r.Hash == known.Hash && r.Sum() == r.Hash {
			v.known = true
		}
	}
	v.gaps()
	if known.Hash != "" && known.Hash != Genesis && !v.known {
		v.unknown(known)
	}
	slices.SortStableFunc(v.report.Findings, func(a, b Finding) int { return int(max(-1, min(1, a.Seq-b.Seq))) })
	return v.report, nil
}

type verifier struct {
	report Report
	seen   map[int64]bool
	known  bool // the known head was among the records
}

func (v *verifier) find(seq int64, fault Fault, format string, args ...any) {
	v.report.Findings = append(v.report.Findings, Finding{seq, fault, fmt.Sprintf(format, args...)})
}

func (v *verifier) record(r AuditRecord) {
	v.report.Records++
	if r.Sum() != r.Hash {
		v.find(r.Seq, Altered, "record %d is not what was written: its fields and its hash differ", r.Seq)
	}
	switch {
	case r.Seq < 1:
		v.find(r.Seq, Altered, "record %d: numbers start at 1", r.Seq)
		return
	case v.seen[r.Seq]:
		v.find(r.Seq, Duplicated, "record %d stands more than once", r.Seq)
		return
	case r.Seq < v.report.Last:
		v.find(r.Seq, Reordered, "record %d stands behind record %d", r.Seq, v.report.Last)
	case r.Seq == v.report.Last+1 && r.Prev != v.report.Head:
		v.find(r.Seq, Unlinked, "record %d does not follow the record before it", r.Seq)
	}
	v.seen[r.Seq] = true
	if r.Seq > v.report.Last {
		v.report.Last, v.report.Head = r.Seq, r.Hash
	}
}

// gaps finds the numbers that never came. It looks between the numbers seen:
// an altered number may be as large as it likes.
func (v *verifier) gaps() {
	before := int64(0)
	for _, seq := range slices.Sorted(maps.Keys(v.seen)) {
		switch seq - before {
		case 1:
		case 2:
			v.find(seq-1, Missing, "record %d is missing", seq-1)
		default:
			v.find(before+1, Missing, "records %d to %d are missing", before+1, seq-1)
		}
		before = seq
	}
}

func (v *verifier) unknown(known AuditHead) {
	switch {
	case known.Seq > v.report.Last:
		v.find(v.report.Last, Truncated, "the log ends with record %d; it is known to have held record %d", v.report.Last, known.Seq)
	case known.Seq > 0:
		v.find(known.Seq, Replaced, "record %d is not the one known to have stood there: the log was written anew", known.Seq)
	default:
		v.find(v.report.Last, Truncated, "the known head %.16s… is not among the records: the log was cut off behind record %d, or written anew", known.Hash, v.report.Last)
	}
}
