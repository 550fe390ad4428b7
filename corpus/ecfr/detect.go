package ecfr

import (
	"bytes"
	"regexp"
)

// Formats as Detect and Meta.Format name them.
const (
	FormatCCL  = "ecfr-ccl"
	FormatUSML = "ecfr-usml"
)

var (
	looksCCL  = regexp.MustCompile(`<DIV9\b[^>]*Supplement No\. 1 to Part 774|<DIV5\b[^>]*\bN="774"|The Commerce Control List`)
	looksUSML = regexp.MustCompile(`<DIV5\b[^>]*\bN="121"|<DIV8\b[^>]*\bN="121\.[01]"`)
)

// Detect tells by the first kilobytes of data which list it holds:
// FormatCCL, FormatUSML, or "" for anything else.
func Detect(data []byte) string {
	head := data[:min(len(data), 8<<10)]
	if !bytes.Contains(head, []byte("<DIV")) {
		return ""
	}
	switch {
	case looksUSML.Match(head):
		return FormatUSML
	case looksCCL.Match(head):
		return FormatCCL
	}
	return ""
}
