package review

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/classifier"
	"assay/corpus"
)

// Precedent is what one round of a case came to, with the product as it was
// described then.
type Precedent struct {
	ID          string                     `json:"id"` // "CASE/ROUND"
	Case        string                     `json:"case"`
	Round       int                        `json:"round"`
	Text        string                     `json:"text"`        // the product's own words
	Fingerprint string                     `json:"fingerprint"` // Fingerprint of the product
	Codes       map[corpus.ListID][]string `json:"codes"`       // empty for "on no entry"
	DecidedAt   time.Time                  `json:"decided_at"`
	// Superseded says that the case was reopened since; SupersededBy is the
	// precedent that took its place, once there is one.
	Superseded   bool   `json:"superseded"`
	SupersededBy string `json:"superseded_by,omitempty"`
	// State is how the case was decided, of a precedent that stands.
	State State `json:"state,omitempty"`
}

// Title returns what the product is called: the first line of its text.
func (p Precedent) Title() string {
	first, _, _ := strings.Cut(strings.TrimSpace(p.Text), "\n")
	return title(classifier.Product{Name: first})
}

// PrecedentID names the precedent of a round of a case.
func PrecedentID(caseID string, round int) string { return fmt.Sprintf("%s/%d", caseID, round) }

// PrecedentFilter says which precedents are asked for.
type PrecedentFilter struct {
	Case        string
	Fingerprint string
	List        corpus.ListID
	// Code finds what was decided to be under it or below it, on List when that
	// is given; EAR99 and none find what was decided to be on no entry.
	Code         string
	Current      bool   // without superseded ones
	Organisation string // of this organisation's cases; Service sets it for an exporter
	From         string // id of the precedent behind which the page starts: the last of the page before
	Limit        int    // 0 means 50, at most MaxPage
}

// Behind returns the case and the round of the precedent that f.From names,
// and "" when it names none.
func (f PrecedentFilter) Behind() (caseID string, round int) {
	caseID, number, _ := strings.Cut(f.From, "/")
	round, err := strconv.Atoi(number)
	if err != nil || caseID == "" {
		return "", 0
	}
	return caseID, round
}

// Text returns what a product says of itself, in one text: name, description,
// attributes by name.
func Text(p classifier.Product) string {
	parts := []string{p.Name, p.Description}
	for _, k := range slices.Sorted(maps.Keys(p.Attributes)) {
		parts = append(parts, k+": "+p.Attributes[k])
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), "\n")
}

// Fingerprint returns a hash that two products share when their words are the
// same but for case and white space.
func Fingerprint(p classifier.Product) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(strings.ToLower(Text(p))), " ")))
	return hex.EncodeToString(sum[:])
}

// Contradicts returns those of precedents, which are taken to be alike, that
// stand and answer otherwise than d for the same list. The own case's earlier
// rounds do not count: they are superseded, not contradicted.
func Contradicts(d Decision, caseID string, precedents []Precedent) []Precedent {
	var against []Precedent
	for _, p := range precedents {
		codes, ruled := p.Codes[d.List]
		if p.Superseded || !ruled || p.Case == caseID || sameCodes(codes, d.Codes) {
			continue
		}
		against = append(against, p)
	}
	return against
}

func sameCodes(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
