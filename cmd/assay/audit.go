package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"assay/review"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Find any altered, missing or reordered record."`
	Export auditExportCmd `cmd:"" help:"Write the log as JSON lines."`
}

type auditVerifyCmd struct {
	Head string `help:"HASH or NUMBER:HASH of a record that the log is known to have held, kept elsewhere: without it, a log cut off at its end looks whole." placeholder:"HASH"`
	File string `help:"Verify an exported log instead of the database." placeholder:"FILE"`
	JSON bool   `name:"json" help:"Print the report as JSON."`
}

func (c *auditVerifyCmd) Run(ctx context.Context, s streams, g *globals) error {
	known, err := knownHead(c.Head)
	if err != nil {
		return err
	}
	report, err := c.report(ctx, g, known)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(s.out, report)
	} else if report.Whole() {
		_, err = fmt.Fprintf(s.out, "%d records, whole. Keep this head elsewhere: %d:%s\n", report.Records, report.Last, report.Head)
	}
	if err != nil {
		return err
	}
	return whole(s.err, report, "keep the file as it is and compare it with a backup")
}

// knownHead reads the flag --head.
func knownHead(flag string) (review.AuditHead, error) {
	if flag == "" {
		return review.AuditHead{}, nil
	}
	known, err := review.ParseAuditHead(flag)
	if err != nil {
		return known, usagef("--head: %w", err)
	}
	return known, nil
}

func (c *auditVerifyCmd) report(ctx context.Context, g *globals, known review.AuditHead) (report review.Report, err error) {
	if c.File != "" {
		f, err := os.Open(c.File)
		if err != nil {
			return report, err
		}
		defer f.Close()
		report, err := review.Verify(review.ReadAudit(f), known)
		if err != nil {
			err = fmt.Errorf("%s: %w", c.File, err)
		}
		return report, err
	}
	err = atDesk(ctx, g, func(d *desk) error {
		report, err = d.VerifyAudit(ctx, d.actor, known)
		return err
	})
	return report, err
}

type auditExportCmd struct {
	Out string `help:"File to write; - for standard output." required:"" placeholder:"FILE"`
}

func (c *auditExportCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		if c.Out == "-" {
			_, err := d.ExportAudit(ctx, d.actor, s.out)
			return err
		}
		// The file takes its name when it is whole.
		f, err := os.CreateTemp(filepath.Dir(c.Out), "."+filepath.Base(c.Out)+".*.part")
		if err != nil {
			return fmt.Errorf("cannot write beside %s: %w", c.Out, err)
		}
		defer os.Remove(f.Name())
		n, err := d.ExportAudit(ctx, d.actor, f)
		if err == nil {
			err = f.Sync()
		}
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err == nil {
			err = os.Rename(f.Name(), c.Out)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", c.Out, err)
		}
		fmt.Fprintf(s.out, "%d records in %s\n", n, c.Out)
		return nil
	})
}
