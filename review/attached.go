package review

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
)

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

func (a attachedFiles) verify(ctx context.Context, r Reader, find finder) error {
	for _, sum := range slices.Sorted(maps.Keys(a)) {
		f, err := r.File(ctx, sum)
		if err != nil && KindOf(err) != NotFound && !damaged(err) {
			return err
		}
		for _, d := range a[sum] {
			switch {
			case KindOf(err) == NotFound:
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
