package interchange

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"assay/corpus"
)

var kinds = []corpus.Kind{
	corpus.KindHeading, corpus.KindEntry, corpus.KindParagraph, corpus.KindNote, corpus.KindTechnicalNote, corpus.KindNB,
	corpus.KindDefinition, corpus.KindReasons, corpus.KindRequirement, corpus.KindException, corpus.KindRelated,
	corpus.KindRelatedDefs, corpus.KindAdministrative,
}

// check holds one passage against the rules that do not need the others.
func check(p corpus.Passage, code func(string, corpus.Kind) error, limits corpus.Limits) error {
	known := false
	for _, k := range kinds {
		known = known || k == p.Kind
	}
	if !known {
		return fmt.Errorf("field kind: %q is none of %s", p.Kind, kindNames())
	}
	if len(p.Text) > limits.Text {
		return fmt.Errorf("field text: %d bytes are more than the limit of %d", len(p.Text), limits.Text)
	}
	if err := code(p.Code, p.Kind); err != nil {
		return fmt.Errorf("field code: %w", err)
	}
	for _, c := range p.AppliesTo {
		if err := code(c, corpus.KindNote); err != nil {
			return fmt.Errorf("field applies_to: %w", err)
		}
	}
	for _, s := range append([]string{p.ID, p.Label, p.Text}, p.Marks...) {
		if strings.IndexByte(s, 0) >= 0 {
			return fmt.Errorf("a NUL character")
		}
		if !utf8.ValidString(s) {
			return fmt.Errorf("text that is not UTF-8")
		}
	}
	return nil
}

func kindNames() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// codeRule returns the check of codes for list. The codes of lists that Assay
// knows must be in its one spelling; those of any other list only have to be
// short, without blanks and without a final dot.
func codeRule(list corpus.ListID) func(string, corpus.Kind) error {
	_, known := corpus.LookupList(list)
	return func(code string, kind corpus.Kind) error {
		bound := kind == corpus.KindEntry || kind == corpus.KindParagraph
		switch {
		case code == "" && bound:
			return fmt.Errorf("an %s needs a code", kind)
		case code == "":
			return nil
		case len(code) > 64 || strings.ContainsFunc(code, notInCode) || strings.HasSuffix(code, "."):
			return fmt.Errorf("%q: a code has at most 64 printing characters, no blanks and no final dot", code)
		case !known || list == corpus.Wassenaar || !bound || canonical(code):
			return nil
		}
		if better, err := corpus.ParseCode(code); err == nil {
			return fmt.Errorf("%q: write it %s", code, better)
		}
		return fmt.Errorf("%q is not a code of %s; write it like 3A001.a.5, ML11.a or XI(a)(5)", code, list)
	}
}

func notInCode(r rune) bool { return r <= ' ' || r == 0x7f || r == '\ufffd' || r == 0x00a0 }

// canonical reports whether code is in the spelling of corpus.ParseCode. It
// is a loop over bytes because it runs for every passage that is loaded.
func canonical(code string) bool {
	entry := corpus.EntryOf(code)
	rest := code[len(entry):]
	switch {
	case code == "EAR99" || code == "none":
		return true
	case strings.HasPrefix(entry, "ML"):
		return len(entry) <= 4 && digits(entry[2:]) && dotted(rest)
	case len(entry) == 5 && entry[0] >= '0' && entry[0] <= '9':
		return entry[1] >= 'A' && entry[1] <= 'E' && digits(entry[2:]) && dotted(rest)
	}
	return entry != "" && strings.Trim(entry, "IVX") == "" && bracketed(rest)
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// dotted accepts ".a.5.b" and the empty string.
func dotted(s string) bool {
	for i := 0; i < len(s); i++ {
		c, end := s[i], i+1 == len(s)
		switch {
		case c == '.' && (end || s[i+1] == '.'), i == 0 && c != '.':
			return false
		case c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z'):
			return false
		}
	}
	return true
}

// bracketed accepts "(a)(5)(i)" and the empty string.
func bracketed(s string) bool {
	for s != "" {
		end := strings.IndexByte(s, ')')
		if s[0] != '(' || end < 2 {
			return false
		}
		for _, c := range []byte(s[1:end]) {
			if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
		s = s[end+1:]
	}
	return true
}
