package review

import (
	"context"
	"io"
)

// VerifyAudit verifies the audit log, and the cases against it: every record,
// precedent and receipt must be the one that the log says was made, every case
// must be as its last act left it, and the file of a document must be the one
// that was attached.
func (s *Service) VerifyAudit(ctx context.Context, actor Actor, known AuditHead) (report Report, err error) {
	if err := mayAudit(actor); err != nil {
		return Report{}, err
	}
	err = s.store.Read(ctx, func(r Reader) error {
		if report, err = Verify(r.Audit(ctx), known); err != nil {
			return err
		}
		l, err := readLedger(ctx, r)
		if err != nil {
			return err
		}
		return l.verify(ctx, r, &report)
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
