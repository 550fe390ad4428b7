package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/documents"
)

type classifyCmd struct {
	Text []string        `arg:"" optional:"" help:"The description; - reads it from standard input."`
	File string          `help:"Read a datasheet (PDF, DOCX, XLSX, HTML, CSV, text), or a product from a .json file." placeholder:"FILE"`
	Name string          `help:"Name of the product, when the text does not start with it." placeholder:"NAME"`
	List []corpus.ListID `help:"Lists to assess: us-ccl, us-usml, eu-dual-use, eu-military, wassenaar, or any imported one. Default: all but wassenaar." placeholder:"LIST"`
	JSON bool            `name:"json" help:"Print the assessment as JSON."`
}

func (c *classifyCmd) Run(ctx context.Context, s streams, g *globals) error {
	product, err := c.product(ctx, s)
	if err != nil {
		return err
	}
	if err := product.Validate(); err != nil {
		return err // before the model is loaded
	}
	a, err := assemble(ctx, g, c.List, s)
	if err != nil {
		return err
	}
	assessment, err := a.classifier.Classify(ctx, product, c.List)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(assessment)
	}
	return printAssessment(s.out, assessment)
}

// maxInput is more than a product may hold, and less than would hurt.
const maxInput = 4 << 20

func (c *classifyCmd) product(ctx context.Context, s streams) (classifier.Product, error) {
	text := strings.Join(c.Text, " ")
	switch {
	case c.File != "" && text != "":
		return classifier.Product{}, usagef("give the text or --file, not both")
	case c.File == "-", c.File == "" && text == "-":
		data, err := io.ReadAll(io.LimitReader(s.in, maxInput))
		if err != nil {
			return classifier.Product{}, fmt.Errorf("reading standard input: %w", err)
		}
		text = string(data)
	case c.File != "":
		return c.fromFile(ctx, s)
	case text == "":
		return classifier.Product{}, usagef(`give a description: assay classify "14-bit 3 GSPS ADC", or --file FILE, or - to read it from standard input`)
	}
	return classifier.Product{Name: c.Name, Description: strings.TrimPrefix(text, "\ufeff")}, nil
}

// fromFile reads a product from JSON, or the text of any kind of document.
func (c *classifyCmd) fromFile(ctx context.Context, s streams) (classifier.Product, error) {
	f, err := os.Open(c.File)
	if err != nil {
		return classifier.Product{}, err
	}
	defer f.Close()
	if strings.EqualFold(filepath.Ext(c.File), ".json") {
		var p classifier.Product
		data, err := io.ReadAll(io.LimitReader(f, maxInput))
		if err != nil {
			return p, err
		}
		if err := json.Unmarshal(data, &p); err != nil {
			return p, fmt.Errorf("%s is not a product in JSON (name, description, attributes): %w", c.File, err)
		}
		return p, nil
	}
	doc, err := documents.Extract(ctx, c.File, f, documents.Limits{})
	if err != nil {
		return classifier.Product{}, err
	}
	for _, w := range doc.Warnings {
		fmt.Fprintf(s.err, "assay: %s: %s\n", doc.Name, w)
	}
	p := classifier.Product{Name: c.Name, Description: doc.Text}
	// A short text is a description as a person would type it; a datasheet has
	// a title, which counts for more than a line in the middle of it.
	if p.Name == "" && (doc.Kind != documents.Text || len(doc.Text) > documents.MaxDescription) {
		p.Name, _ = documents.FindProduct(doc.Text)
	}
	if len(p.Description) > classifier.MaxDescription {
		p.Description = documents.Cut(p.Description, classifier.MaxDescription)
		fmt.Fprintf(s.err, "assay: %s: its text is %d KiB long; the first %d KiB are classified\n", doc.Name, len(doc.Text)>>10, classifier.MaxDescription>>10)
	}
	return p, nil
}

// printAssessment writes an assessment for a person at a terminal.
func printAssessment(w io.Writer, a classifier.Assessment) error {
	p := &printer{w: w}
	for _, o := range a.Outcomes {
		l, _ := corpus.LookupList(o.List)
		p.printf("%s (%s): %s %s, probability %.2f\n", l.Title, o.List, strings.ReplaceAll(string(o.Status), "_", " "), o.Code, o.Probability)
		p.wrapped("  ", o.Reason)
		shown := 0
		for _, s := range a.Suggestions {
			if s.List != o.List || shown == 5 || (shown > 0 && s.Probability < 0.005) {
				continue
			}
			shown++
			p.printf("  %d. %-16s %.2f  ", shown, s.Code, s.Probability)
			p.wrapped("                              ", s.Gist)
			for _, m := range s.Matches[:min(len(s.Matches), 3)] {
				p.printf("        term “%s” %.0f %%\n", m.Term, m.Coverage*100)
			}
			for _, c := range s.Citations {
				if c.Edition != "digest" {
					p.wrapped("        ", fmt.Sprintf("cites %s %s: “%s”", c.Edition, c.Code, strings.TrimSpace(c.Quote)))
				}
			}
			if shown == 1 && len(s.Citations) > 0 {
				p.printf("        official page: %s\n", s.Citations[len(s.Citations)-1].URL)
			}
		}
		for _, q := range a.Questions {
			if q.List == o.List {
				p.wrapped("  ? ", fmt.Sprintf("%s or %s: %s", q.Between[0], q.Between[1], q.Ask))
			}
		}
		p.printf("\n")
	}
	p.printf("Assay suggests; a person decides. Model %s; %s; %.1f ms.\n", a.Model, a.Corpus, a.ElapsedMS)
	return p.err
}

// printer writes until the first error, and keeps it.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// wrapped prints text in lines of about 110 columns, the later ones indented.
func (p *printer) wrapped(indent, text string) {
	const width = 110
	column := utf8.RuneCountInString(indent)
	if strings.TrimLeft(indent, " ") != "" || !strings.HasPrefix(indent, "          ") {
		p.printf("%s", indent)
	}
	indent = strings.Repeat(" ", column)
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > width:
			p.printf("\n%s", indent)
			column = len(indent)
		default:
			p.printf(" ")
			column++
		}
		p.printf("%s", word)
		column += n
	}
	p.printf("\n")
}
