package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"assay/internal/sqlite"
	"assay/review"
)

// databaseName is the file of the cases in the data directory.
const databaseName = "assay.db"

type backupCmd struct {
	Out string `help:"File to write. One that is there is not overwritten." required:"" type:"path" placeholder:"FILE"`
}

// Help implements kong's HelpProvider.
func (backupCmd) Help() string {
	return `The copy is whole, of one moment, and verified; others may go on writing meanwhile. What else belongs into a backup: docs/backup.md.`
}

func (c *backupCmd) Run(ctx context.Context, s streams, g *globals) error {
	if g.Database != "" {
		return usagef("the cases are in PostgreSQL, which has its own backup: pg_dump, as docs/backup.md shows")
	}
	path := filepath.Join(g.Data, databaseName)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there are no cases in %s: %w; name the directory with --data", g.Data, err)
	}
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // it was only read
	var report review.Report
	// A copy of a log with faults is worth more than none; the status tells.
	if err := store.Backup(ctx, c.Out, func(copied *sqlite.Store) error {
		report, err = verified(ctx, copied, review.AuditHead{})
		return err
	}); err != nil {
		return err
	}
	if err := whole(s.err, report, "the database is not as it was left, and "+c.Out+" is a true copy of it; compare it with earlier backups"); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s: %d audit records, whole. Keep this head elsewhere: %d:%s\n", c.Out, report.Records, report.Last, report.Head)
	return err
}

type restoreCmd struct {
	From    string `help:"Backup to restore." required:"" type:"path" placeholder:"FILE"`
	Replace bool   `help:"Take the place of a database that holds acts. It is kept beside the new one, under another name."`
	Head    string `help:"HASH or NUMBER:HASH of a record that the log is known to have held, kept elsewhere." placeholder:"HASH"`
}

// Help implements kong's HelpProvider.
func (restoreCmd) Help() string {
	return `The backup is verified before anything is changed, and refused when its audit log is not whole. End assay serve first. To look at a backup, restore it into another directory: --data DIR.`
}

func (c *restoreCmd) Run(ctx context.Context, s streams, g *globals) error {
	if g.Database != "" {
		return usagef("the cases are in PostgreSQL: restore with pg_restore, as docs/backup.md shows")
	}
	known, err := knownHead(c.Head)
	if err != nil {
		return err
	}
	to := filepath.Join(g.Data, databaseName)
	aside := ""
	if c.Replace {
		aside = fmt.Sprintf("%s.replaced-%s", to, time.Now().UTC().Format("20060102T150405.000000Z"))
	}
	var report review.Report
	if err := sqlite.Restore(ctx, c.From, to, aside, func(copied *sqlite.Store) error {
		if report, err = verified(ctx, copied, known); err != nil {
			return err
		}
		return whole(s.err, report, "nothing was restored; use another backup")
	}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %d audit records, whole. Its head: %d:%s\n", to, report.Records, report.Last, report.Head)
	if _, err := os.Stat(aside); aside != "" && err == nil {
		fmt.Fprintf(s.out, "What was there is kept as %s\n", aside)
	}
	return nil
}

// verified verifies the audit log of a copy, and its cases against it.
func verified(ctx context.Context, store *sqlite.Store, known review.AuditHead) (review.Report, error) {
	service, err := review.New(review.Config{Store: store})
	if err != nil {
		return review.Report{}, err
	}
	return service.VerifyAudit(ctx, review.Actor{ID: "backup", Role: review.Admin}, known)
}

// whole prints what is wrong with an audit log, and returns an error when
// something is.
func whole(w io.Writer, report review.Report, remedy string) error {
	if report.Whole() {
		return nil
	}
	for _, f := range report.Findings {
		fmt.Fprintf(w, "assay: %s: %s\n", f.Fault, f.Text)
	}
	return fmt.Errorf("the audit log is not whole: %d findings in %d records; %s", len(report.Findings), report.Records, remedy)
}
