package memo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/review"
)

// composer puts a memo into words, section by section.
type composer struct {
	m      review.Memo
	blocks []block
	number int // of the section under way
}

// compose returns m as a document.
func compose(m review.Memo) document {
	c := &composer{m: m}
	d := document{Number: m.Number, Title: visible(m.Title), Status: strings.ToUpper(string(m.Status)), Warning: c.warning(),
		Decided: m.Status == review.MemoDecided, Copy: c.copyName(), Summary: c.summary()}
	c.opening()
	c.scope()
	c.product()
	c.documents()
	c.steps()
	c.entries()
	c.alternatives()
	c.exporter()
	c.decisions()
	c.machine()
	c.integrity()
	d.Blocks = c.blocks
	return d
}

func (c *composer) add(blocks ...block) { c.blocks = append(c.blocks, blocks...) }

func (c *composer) section(title string) {
	c.number++
	c.add(heading{Level: 1, Number: fmt.Sprint(c.number), Text: title})
}

func (c *composer) part(title string) { c.add(heading{Level: 2, Text: visible(title)}) }

func (c *composer) say(format string, args ...any) {
	c.add(paragraph{Text: plain(fmt.Sprintf(format, args...))})
}

// each gives every list that has something a part of its own, when the case
// asks about several.
func (c *composer) each(has func(l *review.MemoList) bool, do func(l *review.MemoList)) {
	for i := range c.m.Lists {
		if !has(&c.m.Lists[i]) {
			continue
		}
		if len(c.m.Lists) > 1 {
			c.part(c.m.Lists[i].Title)
		}
		do(&c.m.Lists[i])
	}
}

func (c *composer) warning() string {
	switch c.m.Status {
	case review.MemoDraft:
		return fmt.Sprintf("Draft. Round %d of the case is %s: nothing here has been decided for good, and this paper is not to be signed or relied on.",
			c.m.Round, states[c.m.State])
	case review.MemoSuperseded:
		return fmt.Sprintf("Superseded. The case was reopened after this decision and is now in round %d (%s). This paper shows what was decided in round %d and is no longer to be relied on.",
			c.m.Present, states[c.m.State], c.m.Round)
	}
	return ""
}

func (c *composer) copyName() string {
	if c.m.Copy == review.ExporterCopy {
		return "exporter’s copy"
	}
	return "office copy"
}

// summary is the result in one line.
func (c *composer) summary() string {
	var results []string
	for _, l := range c.m.Lists {
		answer := l.Answer
		if answer == "" {
			answer = "open"
		}
		results = append(results, string(l.ID)+": "+answer)
	}
	return strings.Join(results, "; ")
}

func (c *composer) opening() {
	m := c.m
	rows := []fact{
		{"Memo", []text{plain(m.Number)}},
		{"Case", []text{plain(fmt.Sprintf("%s, round %d, opened on %s", m.Case, m.Round, day(m.Opened)))}},
		{"Organisation", []text{plain(m.Organisation)}},
	}
	if m.Decided.IsZero() {
		rows = append(rows, fact{"Decided", []text{plain("not yet")}})
	} else {
		rows = append(rows, fact{"Decided", []text{plain(day(m.Decided))}})
	}
	copied := "for the office; it may hold internal remarks and is not for the exporter"
	if m.Copy == review.ExporterCopy {
		copied = "for the exporter"
	}
	rows = append(rows, fact{"Prepared", []text{plain(hour(m.Prepared))}}, fact{"Copy", []text{plain(copied)}})
	c.add(facts{rows})
	t := table{Columns: []column{{"List", .40}, {"Classification", .22}, {"Standing", .38}}}
	for _, l := range m.Lists {
		name := []text{plain(l.Title)}
		if l.Authority != "" {
			name = append(name, small(l.Authority))
		}
		t.Rows = append(t.Rows, row{Cells: [][]text{name, {c.answer(&l)}, c.standing(&l)}})
	}
	c.add(t)
}

func (c *composer) answer(l *review.MemoList) text {
	switch {
	case l.Answer == "":
		return plain("—")
	case len(l.Codes) == 0 && l.Answer == "none":
		return bold("on no entry")
	}
	return bold(l.Answer)
}

func (c *composer) standing(l *review.MemoList) []text {
	var t []text
	switch {
	case l.Stands != nil:
		t = append(t, plain("Decided by "+c.who(l.Stands.By)), small(day(l.Stands.At)+", "+editionName(l.Stands.Edition)))
	case l.Disputed:
		t = append(t, plain("Two officers differ; not settled"))
	case l.Outcome != nil:
		t = append(t, plain("Not decided"), small(fmt.Sprintf("suggested: %s, probability %s", l.Outcome.Code, review.Percent(l.Outcome.Probability))))
	default:
		t = append(t, plain("Not decided, not assessed"))
	}
	if l.Attention != "" {
		t = append(t, bold("A newer edition puts this in question; see section 8."))
	}
	return t
}

func (c *composer) scope() {
	c.section("Scope and question")
	c.say("On which entries of the lists below does the product described in section 2 stand, each list taken in the edition named? This memo answers that question and no other.")
	t := table{Columns: []column{{"List", .245}, {"Edition", .175}, {"Source and SHA-256", .58}}}
	for _, e := range c.m.Editions {
		t.Rows = append(t.Rows, row{Cells: [][]text{{plain(listName(e.List))}, {plain(editionDay(e)), small(use(e))}, source(e)}})
	}
	if len(t.Rows) > 0 {
		c.add(t)
	} else {
		c.say("No edition was used yet: nothing has been assessed or decided.")
	}
	c.say("Not covered, and to be examined apart before anything leaves the country:")
	points := []text{
		plain("destination, end user and end use, the catch-all controls that attach to them included;"),
		plain("embargoes, sanctions and lists of parties;"),
		plain("whether a licence is needed, and licence exceptions or general authorisations;"),
		plain("changes of the lists after the editions named, and national lists beside them;"),
	}
	if len(c.m.NotAsked) > 0 {
		var names []string
		for _, l := range c.m.NotAsked {
			names = append(names, l.Title)
		}
		points = append(points, plain("lists that the case does not ask about: "+enumerate(names)+"."))
	}
	c.add(list{points})
}

func editionDay(e review.MemoEdition) string {
	if e.ID == "digest" {
		return "none imported"
	}
	if _, date, dated := strings.Cut(e.ID, "@"); dated {
		return isoDay(date)
	}
	return e.ID
}

func use(e review.MemoEdition) string {
	switch {
	case e.Decided && e.Assessed:
		return "assessed and decided"
	case e.Decided:
		return "decided"
	}
	return "assessed"
}

// source says where an edition came from. Of a file only the name is told: the
// rest of its path is about a machine.
func source(e review.MemoEdition) []text {
	switch {
	case e.ID == "digest":
		return []text{plain("Assay’s digest of the list, in its own words; the official text was not at hand")}
	case !e.AtHand:
		return []text{plain("no longer at hand when this memo was prepared; its passages are named without their words")}
	}
	from := e.Source
	if !isWeb(from) {
		from = from[strings.LastIndexAny(from, `/\`)+1:]
	}
	t := []text{and(linked(plain(from), from), plain(fmt.Sprintf(", brought in on %s", day(e.Retrieved)))), hash(e.SHA256)}
	if e.Attribution != "" {
		t = append(t, small(e.Attribution))
	}
	return t
}

func (c *composer) product() {
	c.section("Product and parameters")
	p := c.m.Product
	version := "the only description on record"
	if p.Versions > 1 {
		version = fmt.Sprintf("description %d of %d, the one that counts", p.Seq, p.Versions)
	}
	faithful := "Nothing was added or left out"
	if said := review.Text(p.Product); strings.Count(visible(said), "[U+") > strings.Count(said, "[U+") {
		faithful += "; characters that cannot be seen, or that turn the direction of writing, are written out as [U+202E]"
	}
	c.say("In the exporter’s words, as recorded by %s on %s; %s. %s.", c.who(p.By), hour(p.At), version, faithful)
	if p.Product.Name != "" {
		c.add(facts{[]fact{{"Name", lines(p.Product.Name)}}})
	}
	if said := lines(p.Product.Description); len(said) > 0 {
		c.add(quotation{Lines: said, Lang: c.language()})
	}
	if len(p.Product.Attributes) == 0 {
		c.say("No parameters were given beside the description.")
		return
	}
	t := table{Columns: []column{{"Parameter", .38}, {"Value, as stated", .62}}}
	for _, k := range slices.Sorted(maps.Keys(p.Product.Attributes)) {
		t.Rows = append(t.Rows, row{Cells: [][]text{lines(k), lines(p.Product.Attributes[k])}})
	}
	c.add(t)
}

// language is what the exporter's words were read as.
func (c *composer) language() string {
	if c.m.Machine == nil {
		return ""
	}
	return c.m.Machine.Assessment.Language
}

func (c *composer) documents() {
	c.section("Documents and correspondence")
	if len(c.m.Documents) == 0 {
		c.say("No document is attached to the case. The memo rests on the description in section 2.")
	} else {
		c.say("Attached to the case, named by the hash of their bytes. Who read which of them is not on record.")
		t := table{Columns: []column{{"Document and SHA-256", .58}, {"Pages", .08}, {"Size", .17}, {"Added", .17}}}
		for _, d := range c.m.Documents {
			name := append(lines(d.Name), hash(d.SHA256))
			for _, w := range d.Warnings {
				name = append(name, small("Its reader: "+w))
			}
			pages := "—"
			if d.Pages > 0 {
				pages = fmt.Sprint(d.Pages)
			}
			size := []text{plain(grouped(d.Bytes) + " bytes"), small(grouped(int64(d.Words)) + " words of text")}
			t.Rows = append(t.Rows, row{Cells: [][]text{name, {plain(pages)}, size, {plain(day(d.At)), small("by " + c.who(d.By))}}})
		}
		c.add(t)
	}
	if len(c.m.Letters) == 0 {
		c.say("No information was asked for or given beside it.")
		return
	}
	for _, l := range c.m.Letters {
		name := messages[l.Kind]
		if l.To > 0 {
			name += fmt.Sprintf(" to message %d", l.To)
		}
		head := and(bold(fmt.Sprintf("Message %d. %s", l.Seq, name)), plain(fmt.Sprintf(", by %s on %s, round %d", c.who(l.By), hour(l.At), l.Round)))
		if l.Internal {
			head = and(head, italic(" — internal"))
		}
		c.add(quotation{Source: head, Lines: lines(l.Text)})
	}
}

func (c *composer) steps() {
	c.section("Steps of the review")
	c.say("The questions are put in the order in which the law has them answered. “Not recorded” means that the decision goes past a step and that nobody put down an answer to it; whoever signs vouches for it.")
	for _, track := range c.m.Tracks {
		if len(c.m.Tracks) > 1 {
			c.part(track.Law)
		}
		t := table{Columns: []column{{"Step", .07}, {"Question", .34}, {"Answer", .15}, {"What the record says", .44}}}
		for i, s := range track.Steps {
			answer := plain(answers[s.Answer])
			if s.Answer == review.StepYes {
				answer = bold(answers[s.Answer])
			}
			t.Rows = append(t.Rows, row{Cells: [][]text{{plain(fmt.Sprint(i + 1))}, {plain(s.Ask)}, {answer}, {plain(s.Why)}}})
		}
		c.add(t)
	}
}
