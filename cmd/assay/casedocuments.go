package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"assay/review"
)

type caseAttachCmd struct {
	ID   string   `arg:"" help:"The case."`
	File []string `arg:"" help:"PDF, DOCX, XLSX, HTML, CSV or text, of at most 25 MiB each."`
	once
}

func (c *caseAttachCmd) Run(ctx context.Context, s streams, g *globals) error {
	return c.acts(ctx, s, g, len(c.File), func(d *desk, r review.Request, i int) (review.Case, error) {
		u, err := upload(c.File[i])
		if err != nil {
			return review.Case{}, err
		}
		done, err := d.Attach(ctx, r, c.ID, u)
		for _, doc := range done.Documents {
			if doc.SHA256 != review.FileSum(u.Data) {
				continue
			}
			for _, w := range doc.Warnings {
				fmt.Fprintf(s.err, "assay: %s: %s\n", doc.Name, w)
			}
			if !c.JSON {
				printDocument(&printer{w: s.out}, doc)
			}
		}
		return done, err
	})
}

func printDocument(p *printer, d review.Document) {
	p.printf("%3d  %s, %s, %d bytes", d.Seq, d.Name, d.Media, d.Bytes)
	switch {
	case d.Pages == 1:
		p.printf(", 1 page")
	case d.Pages > 1:
		p.printf(", %d pages", d.Pages)
	}
	p.printf(", %d words, sha256 %.12s\n", d.Words, d.SHA256)
}

type caseDocumentsCmd struct {
	ID     string `arg:"" help:"The case."`
	Number int    `arg:"" optional:"" help:"The document to take out; without it all are listed."`
	Text   bool   `help:"Take out the text that was read in it, and not the file."`
	Out    string `help:"File to write, which must not exist; - for standard output. Default: the document's own name; text goes to standard output." placeholder:"FILE"`
	JSON   bool   `name:"json" help:"Print the list as JSON."`
}

func (c *caseDocumentsCmd) Run(ctx context.Context, s streams, g *globals) error {
	if c.Number == 0 && (c.Text || c.Out != "") {
		return usagef("--text and --out take out one document: give its number")
	}
	return atDesk(ctx, g, func(d *desk) error {
		if c.Number != 0 {
			return c.takeOut(ctx, s, d)
		}
		found, err := d.Get(ctx, d.actor, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, found.Documents)
		}
		p := &printer{w: s.out}
		for _, doc := range found.Documents {
			printDocument(p, doc)
		}
		return p.err
	})
}

func (c *caseDocumentsCmd) takeOut(ctx context.Context, s streams, d *desk) error {
	doc, f, err := d.Document(ctx, d.actor, c.ID, c.Number)
	if err != nil {
		return err
	}
	data, out := f.Data, c.Out
	if c.Text {
		data = []byte(f.Text + "\n")
	}
	if out == "" && c.Text {
		out = "-"
	}
	if out == "-" {
		_, err := s.out.Write(data)
		return err
	}
	if out == "" {
		out = filepath.Base(doc.Name)
	}
	if err := writeNew(out, data); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d bytes in %s\n", len(data), out)
	return nil
}

// writeNew writes a file that must not exist: a document's name is a
// stranger's choice, and may be that of something of yours.
func writeNew(path string, data []byte) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("%w; choose another name with --out", err)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			os.Remove(path)
		}
	}()
	_, err = f.Write(data)
	return err
}
