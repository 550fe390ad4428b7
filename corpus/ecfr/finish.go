package ecfr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"assay/corpus"
)

// finish ties notes, requirements and exceptions to the codes they name, now
// that all codes are known, and gives every passage its id.
func finish(src corpus.Source, drafts []draft) ([]corpus.Passage, error) {
	limits := src.Limits.WithDefaults()
	passages := make([]corpus.Passage, 0, len(drafts))
	for i := range drafts {
		drafts[i].join()
		passages = append(passages, drafts[i].Passage)
	}
	res := newResolver(passages)
	tied := make([]bool, len(passages))
	for i := range passages {
		if isNote(passages[i].Kind) {
			tied[i] = res.tieNote(&passages[i], drafts[i])
		}
	}
	tieRuns(passages, drafts, tied)
	lift(passages, drafts, tied)
	counts := map[string]int{}
	for i := range passages {
		p, d := &passages[i], drafts[i]
		fail := func(format string, args ...any) error {
			return &corpus.ReadError{Source: src.Name, Line: d.line, Place: p.Code, Err: fmt.Errorf(format, args...), Remedy: remedySmall}
		}
		switch p.Kind {
		case corpus.KindRequirement:
			res.tieRequirement(p, d)
		case corpus.KindException:
			res.tieException(p, d)
		case corpus.KindReasons:
			for _, m := range reasonCode.FindAllString(p.Text, -1) {
				p.Marks = append(p.Marks, "reason="+m)
			}
		}
		if p.Text == "" {
			p.Text = p.Label // a label without text is all that was printed
		}
		if d.over || len(p.Text) > limits.Text {
			return nil, fail("one passage has more than %d bytes", limits.Text)
		}
		if p.Kind == corpus.KindEntry || p.Kind == corpus.KindParagraph {
			p.ID = p.Code
			continue
		}
		kind := string(p.Kind)
		if p.Label == "EAR99" {
			kind = "ear99"
		}
		key := p.Code + "#" + kind
		counts[key]++
		p.ID = fmt.Sprintf("%s-%d", key, counts[key])
	}
	if len(passages) > limits.Passages {
		return nil, &corpus.ReadError{Source: src.Name, Err: fmt.Errorf("%d passages are more than the limit of %d", len(passages), limits.Passages), Remedy: remedySmall}
	}
	return passages, nil
}

// edition puts meta and passages together and checks the result.
func edition(src corpus.Source, meta corpus.Meta, passages []corpus.Passage) (*corpus.Edition, error) {
	ed := &corpus.Edition{Meta: meta, Passages: passages}
	if err := ed.Validate(); err != nil {
		return nil, &corpus.ReadError{Source: src.Name, Err: err, Remedy: remedyWhole}
	}
	return ed, nil
}

var (
	reasonCode   = regexp.MustCompile(`\b[A-Z]{2}\b`)
	purposes     = regexp.MustCompile(`^(?:\d\.\s+)?(?i:for (?:the )?purposes? of )(?:paragraphs?\s+|ECCNs?\s+|this\s+)?`)
	productGroup = regexp.MustCompile(`(?i:product group) ([A-E])\b`)
	ofNote       = regexp.MustCompile(`(?i)\bnotes?\b|\btable\b`)
)

// tieNote moves a note to the paragraph that its label or its first words
// name, or to the one whose parts it speaks of. It reports whether it found one.
func (r *resolver) tieNote(p *corpus.Passage, d draft) bool {
	if len(p.AppliesTo) > 0 || strings.Contains(p.Code, "(") {
		return true
	}
	if m := productGroup.FindStringSubmatch(d.target); m != nil && p.Code != "" && isNumber(p.Code) {
		p.Code = p.Code[:1] + m[1]
		return true
	}
	if d.target != "" && !ofNote.MatchString(d.target) {
		codes, _ := r.list(d.target, d.entry)
		return r.tie(p, d, codes)
	}
	lead := p.Text[len(purposes.FindString(p.Text)):]
	if fullMention.MatchString(strings.TrimPrefix(lead, "ECCN ")) {
		if codes, _ := r.list(lead, d.entry); r.tie(p, d, codes) {
			return true
		}
	}
	if d.entry == "" {
		return false
	}
	if ofEntry.MatchString(p.Text) || strings.HasPrefix(p.Code, d.entry) && speaksOf(p.Text, d.entry) {
		p.Code = d.entry
		return true
	}
	// A note after b.4.f that speaks of b.4.a to b.4.e is one of b.4.
	codes := r.all(p.Text, d.entry)
	up := common(codes)
	if up != "" && up != d.entry && up != p.Code && corpus.Covers(up, p.Code) && (len(codes) > 1 || codes[0] == up) {
		p.Code = up
		return true
	}
	return false
}

// tie attaches p to codes when all of them exist. Codes of other entries only
// narrow it.
func (r *resolver) tie(p *corpus.Passage, d draft, codes []string) bool {
	if len(codes) == 0 || slices.ContainsFunc(codes, func(c string) bool { return !r.exists(c) }) {
		return false
	}
	own := d.entry != "" && !slices.ContainsFunc(codes, func(c string) bool { return corpus.EntryOf(c) != d.entry })
	switch {
	case own:
		p.Code = common(codes)
		if len(codes) > 1 {
			p.AppliesTo = codes
		}
	case d.target != "" || d.entry == "":
		p.AppliesTo = codes
	default:
		return false
	}
	return true
}

var labelNumber = regexp.MustCompile(`^(.*?) ?(\d+)$`)

// tieRuns lets the members of a run of numbered notes share a paragraph: where
// Note 2 names its paragraph, a Note 1 that names none belongs to the same.
func tieRuns(passages []corpus.Passage, drafts []draft, tied []bool) {
	for i := 0; i < len(passages); {
		j := i + 1
		for j < len(passages) && nextInRun(&drafts[j-1], &drafts[j]) {
			j++
		}
		code := ""
		for k := i; k < j; k++ {
			if tied[k] && corpus.Covers(passages[k].Code, drafts[i].Code) {
				code = passages[k].Code
				break
			}
		}
		for k := i; k < j && code != ""; k++ {
			if !tied[k] {
				passages[k].Code = code
			}
		}
		i = j
	}
}

// nextInRun reports whether b is the numbered note after a.
func nextInRun(a, b *draft) bool {
	if !isNote(a.Kind) || a.Kind != b.Kind || a.Code != b.Code || a.entry == "" || b.target != a.target {
		return false
	}
	x, y := labelNumber.FindStringSubmatch(a.Label), labelNumber.FindStringSubmatch(b.Label)
	return x != nil && y != nil && x[1] == y[1] && successor(x[2], y[2])
}

var (
	column    = regexp.MustCompile(`\b(?:([A-Z]{2}) )?Column (\d)\b`)
	applies   = regexp.MustCompile(`^.*?\bappl(?:y|ies)\b,?(?:\s+only)?(?:\s+to)?(?:\s+only)?(?:\s+to)?\s*`)
	excepting = regexp.MustCompile(`(?i)\b(?:except|excluding|other than|does not apply|unless)\b`)
	entire    = regexp.MustCompile(`^(?:the )?entire entry\b[.,;]?\s*(?:\(refer [^)]*\))?\s*(?:[A-Z]{2} Column \d)?[.,;]?$`)
	control   = regexp.MustCompile(`^(?:(?:those|all)\s+)?(?:items?|commodities|software|“software”|technology|“technology”)\s+(?:(?:controlled|specified)\s+(?:by|in|under)|in)\s+`)
	endScope  = regexp.MustCompile(`^(?:\s+(?:only|of this entry))?[\s.,;:]*$`)
)

// requirementMarks names the reasons and Country Chart columns of a licence
// requirement.
func requirementMarks(scope, text string) []string {
	var marks []string
	head := reasonLead.FindString(scope)
	reasons := reasonCode.FindAllString(head, -1)
	for _, c := range reasons {
		marks = append(marks, "reason="+c)
	}
	for _, m := range column.FindAllStringSubmatch(text, -1) {
		if m[1] == "" && len(reasons) > 0 {
			m[1] = reasons[0]
		}
		if mark := "column=" + strings.TrimSpace(m[1]+" Column "+m[2]); !slices.Contains(marks, mark) {
			marks = append(marks, mark)
		}
	}
	return marks
}

// tieRequirement finds what a licence requirement applies to.
func (r *resolver) tieRequirement(p *corpus.Passage, d draft) {
	scope := strings.TrimSpace(d.scope[len(applies.FindString(d.scope)):])
	if at := excepting.FindStringIndex(scope); at != nil {
		p.Marks = append(p.Marks, "except")
		p.AppliesTo = r.withException(scope[:at[0]], scope[at[1]:], d.entry)
		return
	}
	if entire.MatchString(scope) {
		return
	}
	codes, rest := r.list(scope[len(control.FindString(scope)):], d.entry)
	own := len(codes) > 0 && !slices.ContainsFunc(codes, func(c string) bool { return corpus.EntryOf(c) != d.entry })
	if own && endScope.MatchString(rest) {
		p.AppliesTo = narrow(codes, d.entry)
		return
	}
	p.AppliesTo = narrow(r.all(scope, d.entry), d.entry)
	p.Marks = append(p.Marks, "conditional")
}

// withException returns what a scope speaks of that names paragraphs and then
// takes something of them out. It returns nil, the entry as a whole, when the
// exception stands in brackets or names anything else, since the list may go
// on behind it.
func (r *resolver) withException(before, after, entry string) []string {
	codes := r.all(before, entry)
	if strings.HasSuffix(before, "(") {
		return nil
	}
	for _, c := range r.all(after, entry) {
		if !slices.ContainsFunc(codes, func(outer string) bool { return corpus.Covers(outer, c) }) {
			return nil
		}
	}
	return narrow(codes, entry)
}

var (
	exceptTo  = regexp.MustCompile(`,? except to\b[^.;]*`)
	statement = regexp.MustCompile(`;|\bN/A\b|\b[Yy]es\b|\$`) // what begins a statement of a licence exception
	anyItem   = regexp.MustCompile(`(?i)\b(?:this (?:entry|ECCN)|entire entry|all others?)\b`)
	wordly    = regexp.MustCompile(`[0-9A-Za-z]`)
)

// tieException finds the paragraphs that a licence exception speaks of: none
// but those it names, provided that each of its statements names some.
func (r *resolver) tieException(p *corpus.Passage, d draft) {
	text := exceptTo.ReplaceAllString(p.Text, "")
	if excepting.MatchString(text) {
		p.Marks = append(p.Marks, "except")
		return
	}
	named := r.all(text, d.entry)
	if len(named) == 0 {
		return
	}
	if strings.ContainsAny(text, ";") || strings.Contains(text, "N/A") {
		p.Marks = append(p.Marks, "conditional")
	}
	if anyItem.MatchString(text) {
		return
	}
	for _, s := range statement.Split(text, -1) {
		if wordly.MatchString(s) && len(r.all(s, d.entry)) == 0 {
			return
		}
	}
	p.AppliesTo = narrow(named, d.entry)
}

// narrow returns codes, or nil when they name the entry as a whole.
func narrow(codes []string, entry string) []string {
	if slices.Contains(codes, entry) {
		return nil
	}
	return codes
}
