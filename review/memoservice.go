package review

import (
	"context"

	"assay/corpus"
)

// MemoQuery says which memo of a case is asked for.
type MemoQuery struct {
	Round int      // 0 means the present one
	Copy  MemoCopy // "" means the one that is for the actor
	// Edition returns the outline of an edition ("us-ccl@2026-06-24"), or nil
	// when it is not at hand; the memo then names passages without their words.
	Edition func(id string) *corpus.Outline
	// Name returns what the owner of an account is called; nil, or "", means
	// that the account's own name must do.
	Name func(id string) string
}

// Memo returns the classification memo of a case, with what actor may see of
// it and nothing else. Someone of the office may ask for the exporter's copy.
// It is NotFound for a round that ended without a decision.
func (s *Service) Memo(ctx context.Context, actor Actor, id string, q MemoQuery) (Memo, error) {
	reader := actor
	switch {
	case q.Copy == "" && actor.Role == Exporter:
		q.Copy = ExporterCopy
	case q.Copy == "":
		q.Copy = OfficeCopy
	case q.Copy != OfficeCopy && q.Copy != ExporterCopy:
		return Memo{}, invalid("ask for office or exporter", "there is no %.40q copy of a memo", q.Copy)
	case q.Copy == OfficeCopy && actor.Role == Exporter:
		return Memo{}, forbidden("the office's copy is not for exporters")
	}
	source := &memoSource{round: q.Round, copy: q.Copy, edition: q.Edition, name: q.Name, prepared: s.now()}
	err := s.store.Read(ctx, func(r Reader) error {
		c, records, err := loadRecords(ctx, r, id, actor)
		if err != nil {
			return err
		}
		then, err := c.asOf(q.Round)
		if err != nil {
			return err
		}
		if len(then.Products) == 0 {
			return &Error{Kind: Internal, Text: "case " + id + " has lost its product", Remedy: "run assay audit verify"}
		}
		if q.Copy == ExporterCopy {
			reader = Actor{ID: actor.ID, Role: Exporter, Organisation: c.Organisation}
		} else {
			product := then.Products[len(then.Products)-1].Product
			if source.precedents, err = r.Precedents(ctx, PrecedentFilter{Fingerprint: Fingerprint(product)}); err != nil {
				return err
			}
		}
		source.sums = make(map[thing]string, len(records))
		for _, x := range records {
			source.sums[thing{x.Sort, x.Seq}] = x.Sum()
		}
		source.Case = c.seenBy(reader)
		last, err := r.AuditPage(ctx, AuditFilter{Newest: true, Limit: 1})
		if err == nil && len(last.Records) > 0 {
			source.head = AuditHead{last.Records[0].Seq, last.Records[0].Hash}
		}
		return err
	})
	if err != nil {
		return Memo{}, err
	}
	return source.memo()
}
