package review

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// VerifyAudit verifies the audit log, and the cases against it: every record
// must be the one that the log says was made, a case must stand where its last
// act left it, and the file of a document must be the one that was attached.
func (s *Service) VerifyAudit(ctx context.Context, actor Actor, known AuditHead) (report Report, err error) {
	if err := mayAudit(actor); err != nil {
		return Report{}, err
	}
	err = s.store.Read(ctx, func(r Reader) error {
		if report, err = Verify(r.Audit(ctx), known); err != nil {
			return err
		}
		return verifyRecords(ctx, r, &report)
	})
	return report, err
}

// ExportAudit writes the audit log as JSON lines and returns how many.
func (s *Service) ExportAudit(ctx context.Context, actor Actor, w io.Writer) (n int64, err error) {
	if err := mayAudit(actor); err != nil {
		return 0, err
	}
	err = s.store.Read(ctx, func(r Reader) error {
		n, err = WriteAudit(w, r.Audit(ctx))
		return err
	})
	return n, err
}

func mayAudit(actor Actor) error {
	if actor.ID == "" || actor.Role != Admin && actor.Role != Evaluator {
		return forbidden("%s may not read the audit log; it is for evaluator or admin", roleName(actor))
	}
	return nil
}

// recordID names a record within its case.
type recordID struct {
	sort Sort
	seq  int
}

func (id recordID) String() string { return fmt.Sprintf("%s %d", id.sort, id.seq) }

// headline is what an audit record says of the head of a case.
type headline struct {
	Case    string
	Version int64
	State   State
	by      int64 // the audit record
}

// verifyRecords adds to report what is wrong with the records themselves.
func verifyRecords(ctx context.Context, r Reader, report *Report) error {
	type vouched struct {
		sum string
		by  int64 // the audit record that says so
	}
	cases := map[string]map[recordID]vouched{}
	files := attachedFiles{}
	last := map[string]headline{}
	for a, err := range r.Audit(ctx) {
		if err != nil {
			return err
		}
		var object struct {
			headline
			Records []struct {
				Sort   Sort
				Seq    int
				SHA256 string
			}
		}
		if err := json.Unmarshal(a.Object, &object); err != nil || object.Case == "" {
			continue // Verify has found it altered
		}
		if cases[object.Case] == nil {
			cases[object.Case] = map[recordID]vouched{}
		}
		object.by = a.Seq
		last[object.Case] = object.headline
		for _, x := range object.Records {
			cases[object.Case][recordID{x.Sort, x.Seq}] = vouched{x.SHA256, a.Seq}
		}
	}
	find := func(seq int64, fault Fault, format string, args ...any) {
		report.Findings = append(report.Findings, Finding{seq, fault, fmt.Sprintf(format, args...)})
	}
	for _, id := range slices.Sorted(maps.Keys(cases)) {
		want := cases[id]
		h, err := r.Head(ctx, id)
		if said := last[id]; err == nil && (h.Version != said.Version || h.State != said.State) {
			find(said.by, Altered, "case %s is %s, version %d; audit record %d left it %s, version %d",
				id, spoken(h.State), h.Version, said.by, spoken(said.State), said.Version)
		}
		var records []Record
		if err == nil {
			records, err = r.Records(ctx, id)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			find(last[id].by, Altered, "case %s cannot be read: %v", id, err)
			continue
		}
		for _, record := range records {
			name := recordID{record.Sort, record.Seq}
			switch v, known := want[name]; {
			case !known:
				find(0, Altered, "%s of case %s is in no audit record", name, id)
			case v.sum != record.Sum():
				find(v.by, Altered, "%s of case %s is not what audit record %d vouches for", name, id, v.by)
			case record.Sort == SortDocument:
				files.add(record, v.by)
			}
			delete(want, name)
		}
		gone := slices.SortedFunc(maps.Keys(want), func(a, b recordID) int { return int(want[a].by - want[b].by) })
		for _, name := range gone {
			find(want[name].by, Missing, "%s of case %s, which audit record %d vouches for, is gone", name, id, want[name].by)
		}
	}
	return files.verify(ctx, r, find)
}

// attachedFiles are the files that documents stand for, by their hash. One
// file may be the document of many cases.
type attachedFiles map[string][]attachedFile

type attachedFile struct {
	Document
	of string // the case
	by int64  // the audit record that vouches for the document
}

// add notes the file of a document that is as the log vouches for.
func (a attachedFiles) add(r Record, by int64) {
	d := attachedFile{of: r.Case, by: by}
	// Documents without a hash of their text are older than the keeping of files.
	if json.Unmarshal(r.Body, &d.Document) == nil && d.TextSHA256 != "" {
		d.Seq = r.Seq
		a[d.SHA256] = append(a[d.SHA256], d)
	}
}

func (a attachedFiles) verify(ctx context.Context, r Reader, find func(int64, Fault, string, ...any)) error {
	for _, sum := range slices.Sorted(maps.Keys(a)) {
		f, err := r.File(ctx, sum)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, d := range a[sum] {
			switch {
			case err != nil && KindOf(err) == NotFound:
				find(d.by, Missing, "the file of document %d of case %s (%s) is gone", d.Seq, d.of, d.Name)
			case err != nil:
				find(d.by, Altered, "the file of document %d of case %s (%s) cannot be read: %v", d.Seq, d.of, d.Name, err)
			default:
				if err := f.whole(d.Document); err != nil {
					find(d.by, Altered, "document %d of case %s (%s): %v", d.Seq, d.of, d.Name, err)
				}
			}
		}
	}
	return nil
}
