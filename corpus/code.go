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
	// tail is what may follow an entry: designators that dots, spaces or
	// brackets separate.
	tail        = `((?:[\s.]*(?:\([0-9A-Za-z]+\)|[0-9A-Za-z]+))*)[\s.]*$`
	dualUseCode = regexp.MustCompile(`^(?:(?i:ECCN)\s+)?([0-9])\s*([A-Ea-e])\s*([0-9]{3})` + tail)
	mlCode      = regexp.MustCompile(`^(?i:ML)\s*0?([1-9][0-9]?)` + tail)
	usmlCode    = regexp.MustCompile(`^(?:(?i:USML)\s+)?(?:(?i:category|cat\.?)\s+)?((?i:X{0,2}(?:IX|IV|V?I{0,3})))((?:\s*\([0-9A-Za-z]+\))*)$`)
	unlisted    = regexp.MustCompile(`^(?i:EAR\s*99)$`)
	designator  = regexp.MustCompile(`[0-9A-Za-z]+`)
	glued       = regexp.MustCompile(`[0-9]+|[A-Za-z]+`)
	// level is a designator as the lists count them: 1 to 999, a to z, aa to zz.
	level = regexp.MustCompile(`^(?:[1-9][0-9]{0,2}|[a-z]{1,2})$`)
)

// ParseCode brings a code as people type it ("3a001a5", "5A001 j.", "USML
// Category XI(a)(5)", "ml 11 a") into Assay's one spelling. It returns an
// error that shows the accepted forms when s is no code.
func ParseCode(s string) (string, error) {
	t := strings.TrimSpace(s)
	switch {
	case unlisted.MatchString(t):
		return "EAR99", nil
	case strings.EqualFold(t, "none"):
		return "none", nil
	}
	if m := dualUseCode.FindStringSubmatch(t); m != nil {
		if code, ok := join(m[1]+strings.ToUpper(m[2])+m[3], m[4]); ok {
			return code, nil
		}
	} else if m := mlCode.FindStringSubmatch(t); m != nil {
		if code, ok := join("ML"+m[1], m[2]); ok {
			return code, nil
		}
	} else if m := usmlCode.FindStringSubmatch(t); m != nil && m[1] != "" {
		code := strings.ToUpper(m[1])
		for i, d := range designator.FindAllString(m[2], -1) {
			if i == 0 {
				d = strings.ToLower(d) // below it (i) and (I) are different levels
			}
			code += "(" + d + ")"
		}
		return code, nil
	}
	return "", fmt.Errorf("%q is not a code; write it like 3A001.a.5, ML11.a, XI(a)(5) or EAR99", s)
}

// join appends the designators in tail to entry, cutting one that is glued
// together ("a5a3") where letters meet digits. It reports false for what is no
// designator: a word, a number too long, or a digit right behind the entry,
// which makes the entry's number doubtful ("3A0011", "ML111").
func join(entry, tail string) (string, bool) {
	if tail != "" && tail[0] >= '0' && tail[0] <= '9' {
		return "", false
	}
	for _, d := range glued.FindAllString(tail, -1) {
		d = strings.ToLower(d)
		if !level.MatchString(d) || len(d) == 2 && d[0] >= 'a' && d[0] != d[1] {
			return "", false
		}
		entry += "." + d
	}
	return entry, true
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
