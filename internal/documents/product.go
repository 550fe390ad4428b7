package documents

import (
	"regexp"
	"strings"
	"unicode"
)

// MaxDescription is how much of a document FindProduct keeps, in bytes: more
// than a first page says, less than a register map.
const MaxDescription = 20_000

// Shares of MaxDescription, so that a long list of features does not push the
// specifications out.
const (
	maxTitleBlock = 4_000
	maxFeatures   = 6_000
	maxAbout      = 6_000
	titleLines    = 60 // the name stands among the first lines or nowhere
)

// section is a part of a datasheet.
type section int

const (
	opening section = iota // what stands before the first heading that is known
	features
	about
	specifications
	other
	sections
)

// headings tells sections by their headings, without numbers and marks.
var headings = map[string]section{
	"features": features, "key features": features, "main features": features, "product features": features, "highlights": features,
	"product highlights": features, "features and benefits": features, "features & benefits": features, "benefits": features, "merkmale": features,
	"description": about, "general description": about, "product description": about, "overview": about, "product overview": about,
	"introduction": about, "functional description": about, "about this product": about, "beschreibung": about, "summary": about,
	"applications": about, "typical applications": about, "application": about, "anwendungen": about,
	"specifications": specifications, "specification": specifications, "technical specifications": specifications, "technical data": specifications,
	"key specifications": specifications, "electrical characteristics": specifications, "electrical specifications": specifications,
	"performance": specifications, "performance characteristics": specifications, "parameters": specifications, "technical parameters": specifications,
	"characteristics": specifications, "technische daten": specifications, "technical characteristics": specifications,
	"ordering information": other, "ordering guide": other, "revision history": other, "table of contents": other, "contents": other,
	"package information": other, "disclaimer": other, "legal notice": other, "contact": other, "warranty": other, "references": other,
}

// furniture matches lines that stand on a first page and name no product.
var furniture = regexp.MustCompile(`(?i)^(` +
	`(product |technical |preliminary |advance )*(data\s?sheet|data\s?sheets|datenblatt|brochure|specification sheet|product brief|product information|user manual|preliminary|contents|table of contents)` +
	`|page \d+.*|\d+ of \d+|rev(ision|\.)?\s?[a-z0-9.]{1,6}.*|version [\d.]+.*|(strictly |company )?confidential.*|(©|\(c\)|copyright).*|all rights reserved.*` +
	`|(https?://|www\.|file://)\S*.*|\S+@\S+|(tel|phone|fax)[.: ].*|(document|doc|part) (no|number|id)\b.*` +
	`|\d{1,4}[-/. ](\d{1,2}|[a-z]{3,9})[-/. ]\d{1,4}.*|(january|february|march|april|may|june|july|august|september|october|november|december)\b[ ,]*\d.*` +
	`)$`)

// partNumber matches a line that is a type designation and no more.
var partNumber = regexp.MustCompile(`^[A-Z0-9][A-Za-z0-9./+-]*(?:[ -][A-Z0-9][A-Za-z0-9./+-]*)?(?:\s*[™®])?$`)

var leaders = regexp.MustCompile(`(\.\s?){4,}|(:\s){3,}`) // of a table of contents

// FindProduct returns what a datasheet's text says the product is: its name,
// from the first line that can be a title (with the next one when the first is
// a bare part number), and a description of at most MaxDescription bytes in
// the order title, features, description, specifications, and then the rest in
// its own order. Both are empty for a text without letters.
func FindProduct(text string) (name, description string) {
	lines := strings.Split(text, "\n")
	name = findName(lines)
	var parts [sections]strings.Builder
	at := opening
	for _, line := range lines {
		if s, ok := heading(line); ok {
			at = s
		}
		limit := MaxDescription
		switch at {
		case opening:
			limit = maxTitleBlock
		case features:
			limit = maxFeatures
		case about:
			limit = maxAbout
		}
		to := at
		if parts[at].Len()+len(line)+1 > limit {
			to = other
		}
		if parts[to].Len() < MaxDescription {
			parts[to].WriteString(line)
			parts[to].WriteByte('\n')
		}
	}
	var b strings.Builder
	for i := range parts {
		if s := strings.TrimSpace(parts[i].String()); s != "" {
			b.WriteString(s)
			b.WriteString("\n\n")
		}
	}
	description = strings.TrimSpace(Cut(strings.TrimSpace(b.String()), MaxDescription))
	return name, description
}

// heading returns the section that a line opens.
func heading(line string) (section, bool) {
	if len(line) > 60 || leaders.MatchString(line) {
		return 0, false
	}
	s := strings.TrimLeftFunc(line, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune(" \t.#*=-–—§)(", r) })
	s = strings.TrimRight(s, " \t:*#=-–—.")
	at, ok := headings[strings.ToLower(strings.Join(strings.Fields(s), " "))]
	return at, ok
}

func findName(lines []string) string {
	var first string
	seen := 0
	for _, line := range lines {
		line = titleOf(line)
		if line == "" {
			continue
		}
		if seen++; seen > titleLines {
			break
		}
		_, isHeading := heading(line)
		if first != "" {
			// A bare part number: the line below says what it is.
			if isHeading || !isTitle(line) || strings.EqualFold(line, first) {
				if strings.EqualFold(line, first) {
					continue
				}
				return first
			}
			if strings.HasPrefix(line, first) {
				return line
			}
			return first + ": " + line
		}
		if isHeading || !isTitle(line) {
			continue
		}
		if !partNumber.MatchString(line) || !strings.ContainsAny(line, "0123456789") {
			return line
		}
		first = line
	}
	return first
}

// titleOf strips what stands around a title.
func titleOf(line string) string {
	line = strings.Join(strings.Fields(strings.TrimLeft(line, "#*=-–—•> \t")), " ")
	lower := strings.ToLower(line)
	for _, p := range []string{"product name:", "product:", "title:", "name:", "model:", "data sheet:", "datasheet:"} {
		if strings.HasPrefix(lower, p) {
			return strings.TrimSpace(line[len(p):])
		}
	}
	return strings.TrimRight(line, "#*= ")
}

func isTitle(line string) bool {
	if len(line) < 3 || len(line) > 160 || furniture.MatchString(line) || leaders.MatchString(line) {
		return false
	}
	letters := 0
	for _, r := range line {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters >= 2 && letters*3 >= len([]rune(line))
}
