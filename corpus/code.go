package corpus

import (
	"fmt"
	"regexp"
	"strings"
)

// A code names an entry or a paragraph below it, always in one spelling:
//
//	3A001, 3A001.a.5.a.3   CCL, Annex I: entry, then dotted designators
//	ML11, ML11.a.1         Common Military List
//	XI, XI(a)(5)(i)        US Munitions List: category, then bracketed designators
//	EAR99, none            goods on no entry
//
// Wassenaar codes (3.A.1.a.5) and codes of unknown lists are kept as they are
// written, without a final dot.

var (
	dualUseCode = regexp.MustCompile(`^([0-9])\s*([A-Ea-e])\s*([0-9]{3})((?:[\s.]*[.\s(]?[0-9A-Za-z]+\)?)*)\.?$`)
	mlCode      = regexp.MustCompile(`^(?i:ML)\s*([0-9]{1,2})((?:[\s.]*[.\s(]?[0-9A-Za-z]+\)?)*)\.?$`)
	usmlCode    = regexp.MustCompile(`^(?:(?i:USML)\s+)?(?:(?i:category|cat\.?)\s+)?([IVXivx]+)((?:\s*\([0-9A-Za-z]+\))*)$`)
	designator  = regexp.MustCompile(`[0-9A-Za-z]+`)
	glued       = regexp.MustCompile(`[0-9]+|[A-Za-z]`)
)

// ParseCode brings a code as people type it ("3a001a5", "5A001 j.", "USML
// Category XI(a)(5)", "ml 11 a") into Assay's one spelling. It returns an
// error that shows the accepted forms when s is no code.
func ParseCode(s string) (string, error) {
	t := strings.TrimSpace(s)
	switch {
	case strings.EqualFold(t, "EAR99"):
		return "EAR99", nil
	case strings.EqualFold(t, "none"):
		return "none", nil
	}
	if m := dualUseCode.FindStringSubmatch(t); m != nil {
		return join(m[1]+strings.ToUpper(m[2])+m[3], m[4]), nil
	}
	if m := mlCode.FindStringSubmatch(t); m != nil {
		return join("ML"+m[1], m[2]), nil
	}
	if m := usmlCode.FindStringSubmatch(t); m != nil {
		code := strings.ToUpper(m[1])
		for _, d := range designator.FindAllString(m[2], -1) {
			code += "(" + d + ")"
		}
		return code, nil
	}
	return "", fmt.Errorf("%q is not a code; write it like 3A001.a.5, ML11.a, XI(a)(5) or EAR99", s)
}

// join appends the designators in tail to entry. A tail without separators
// ("a5a3") is cut where letters meet digits.
func join(entry, tail string) string {
	parts := designator.FindAllString(tail, -1)
	if len(parts) == 1 && !strings.ContainsAny(tail, ". (") {
		parts = glued.FindAllString(tail, -1)
	}
	for _, p := range parts {
		entry += "." + strings.ToLower(p)
	}
	return entry
}

// bracketed tells a code of the US Munitions List, whose designators keep
// their case: (i) and (I) are different levels.
func bracketed(code string) bool { return strings.Contains(code, "(") }

// EntryOf returns the entry that code belongs to: the first five characters
// of a dual-use code, the category of a munitions code.
func EntryOf(code string) string {
	if i := strings.IndexAny(code, ".("); i > 0 && !(code[i] == '.' && i < 3) {
		return code[:i]
	}
	return code
}

// ParentOf returns the code one level up, or "" for an entry.
func ParentOf(code string) string {
	if bracketed(code) {
		return code[:strings.LastIndexByte(code, '(')]
	}
	if entry := EntryOf(code); entry == code {
		return ""
	}
	return code[:strings.LastIndexByte(code, '.')]
}

// AncestorsOf returns the codes above code, the entry first, without code itself.
func AncestorsOf(code string) []string {
	var up []string
	for p := ParentOf(code); p != ""; p = ParentOf(p) {
		up = append([]string{p}, up...)
	}
	return up
}

// Covers reports whether code is outer itself or lies below it. The empty
// outer covers every code; a category ("3") or group ("3A") covers its entries.
func Covers(outer, code string) bool {
	if !strings.HasPrefix(code, outer) {
		return false
	}
	if len(code) == len(outer) || outer == "" {
		return true
	}
	next := code[len(outer)]
	return next == '.' || next == '(' || len(outer) <= 2 && isDualUse(code)
}

// CategoryOf returns the broadest division a code lies in: "3" for 3A001,
// "XI" for XI(a), "ML11" for ML11.a, and EAR99 or none for themselves.
func CategoryOf(code string) string {
	if isDualUse(code) {
		return code[:1]
	}
	return EntryOf(code)
}

// GroupOf returns category and product group, "3A" for 3A001; for codes of
// munitions lists it is the category.
func GroupOf(code string) string {
	if isDualUse(code) {
		return code[:2]
	}
	return EntryOf(code)
}

// IsResidual reports whether code is of the CCL's lowest tier, the 99x entries
// (3A991, 5A992, 0A998 …) that catch what falls just short of a multilateral
// entry. The 98x entries (crime control, short supply) name goods of their own
// and are not residual.
func IsResidual(code string) bool {
	return isDualUse(code) && code[2] == '9' && code[3] == '9'
}

// IsUnlisted reports whether code says that a product is on no entry.
func IsUnlisted(code string) bool { return code == "EAR99" || code == "none" }

func isDualUse(code string) bool {
	return len(code) >= 5 && code[0] >= '0' && code[0] <= '9' && code[1] >= 'A' && code[1] <= 'E' && code[2] >= '0' && code[2] <= '9'
}
