package review

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ledger is what the audit log says is stored.
type ledger struct {
	cases    map[string]*account
	receipts map[receiptID]claim
}

// account is what the audit log says of one case.
type account struct {
	version int64
	state   State
	head    string // Head.Sum
	by      int64  // the audit record that says these three
	things  map[thing]claim
	early   bool // an act is from before precedents, receipts and heads were vouched for
}

// claim is a hash, and the audit record that vouches for it.
type claim struct {
	sum string
	by  int64
}

// thing names a record or a precedent of a case.
type thing struct {
	sort Sort
	seq  int
}

// sortPrecedent is the word for a precedent among things; its seq is the round.
const sortPrecedent Sort = "precedent"

func (t thing) String() string {
	if t.sort == sortPrecedent {
		return fmt.Sprintf("the precedent of round %d", t.seq)
	}
	return fmt.Sprintf("%s %d", t.sort, t.seq)
}

type receiptID struct{ actor, key string }

func (id receiptID) String() string {
	return fmt.Sprintf("the receipt %.40q of %.40q", id.key, id.actor)
}

// readLedger reads the audit log. Records that are damaged say nothing: Verify
// names them.
func readLedger(ctx context.Context, r Reader) (*ledger, error) {
	l := &ledger{map[string]*account{}, map[receiptID]claim{}}
	for a, err := range r.Audit(ctx) {
		if err != nil {
			return nil, err
		}
		var object struct {
			Case    string
			Version int64
			State   State
			Head    string
			Records []struct {
				Sort   Sort
				Seq    int
				SHA256 string
			}
			Precedent struct {
				Round  int
				SHA256 string
			}
			Receipt struct{ Key, SHA256 string }
		}
		if err := json.Unmarshal(a.Object, &object); err != nil || object.Case == "" {
			continue
		}
		c := l.cases[object.Case]
		if c == nil {
			c = &account{things: map[thing]claim{}}
			l.cases[object.Case] = c
		}
		c.version, c.state, c.head, c.by = object.Version, object.State, object.Head, a.Seq
		c.early = c.early || object.Head == ""
		for _, x := range object.Records {
			c.things[thing{x.Sort, x.Seq}] = claim{x.SHA256, a.Seq}
		}
		if p := object.Precedent; p.SHA256 != "" {
			c.things[thing{sortPrecedent, p.Round}] = claim{p.SHA256, a.Seq}
		}
		if x := object.Receipt; x.SHA256 != "" {
			l.receipts[receiptID{a.Actor, x.Key}] = claim{x.SHA256, a.Seq}
		}
	}
	return l, nil
}

// verify adds to report how what is stored differs from l. The error is that
// of reading.
func (l *ledger) verify(ctx context.Context, r Reader, report *Report) error {
	find := func(seq int64, fault Fault, format string, args ...any) {
		report.Findings = append(report.Findings, Finding{seq, fault, fmt.Sprintf(format, args...)})
	}
	files := attachedFiles{}
	for _, id := range slices.Sorted(maps.Keys(l.cases)) {
		if err := l.cases[id].verify(ctx, r, id, files, find); err != nil {
			return err
		}
	}
	if err := files.verify(ctx, r, find); err != nil {
		return err
	}
	if err := l.verifyReceipts(ctx, r, find); err != nil {
		return err
	}
	return l.findStrangers(ctx, r, find)
}

type finder func(seq int64, fault Fault, format string, args ...any)

// verify finds how the case id differs from the account, and adds its
// documents to files.
func (c *account) verify(ctx context.Context, r Reader, id string, files attachedFiles, find finder) error {
	h, err := r.Head(ctx, id)
	switch {
	case KindOf(err) == NotFound:
		find(c.by, Missing, "case %s, of which audit record %d tells, is gone", id, c.by)
		return nil
	case damaged(err):
		find(c.by, Altered, "case %s: %v", id, err)
	case err != nil:
		return err
	default:
		if err := c.verifyHead(h, find); err != nil {
			return err
		}
	}
	records, err := r.Records(ctx, id)
	switch {
	case damaged(err):
		find(c.by, Altered, "records of case %s: %v", id, err)
		return nil
	case err != nil:
		return err
	}
	precedents, err := r.Precedents(ctx, PrecedentFilter{Case: id, Limit: MaxPage})
	switch {
	case damaged(err):
		find(c.by, Altered, "precedents of case %s: %v", id, err)
		return nil
	case err != nil:
		return err
	}
	there := make(map[thing]string, len(records)+len(precedents))
	for _, record := range records {
		name := thing{record.Sort, record.Seq}
		there[name] = record.Sum()
		if said := c.things[name]; record.Sort == SortDocument && said.sum == there[name] {
			files.add(record, said.by)
		}
	}
	for _, p := range precedents {
		there[thing{sortPrecedent, p.Round}] = p.Sum()
	}
	order := func(a, b thing) int { return cmp.Or(cmp.Compare(a.sort, b.sort), cmp.Compare(a.seq, b.seq)) }
	for _, name := range slices.SortedFunc(maps.Keys(there), order) {
		switch said, known := c.things[name]; {
		case !known && name.sort == sortPrecedent && c.early:
		case !known:
			find(0, Altered, "%s of case %s is in no audit record", name, id)
		case said.sum != there[name]:
			find(said.by, Altered, "%s of case %s is not what audit record %d vouches for", name, id, said.by)
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(c.things), order) {
		if _, ok := there[name]; !ok {
			by := c.things[name].by
			find(by, Missing, "%s of case %s, which audit record %d vouches for, is gone", name, id, by)
		}
	}
	return nil
}

func (c *account) verifyHead(h Head, find finder) error {
	sum, err := h.Sum()
	switch {
	case err != nil:
		return err
	case h.Version != c.version || h.State != c.state:
		find(c.by, Altered, "case %s is %s, version %d; audit record %d left it %s, version %d",
			h.ID, spoken(h.State), h.Version, c.by, spoken(c.state), c.version)
	case c.head != "" && c.head != sum:
		find(c.by, Altered, "case %s is not as audit record %d left it: its title, officers, lists, times or another part of its head differ", h.ID, c.by)
	}
	return nil
}

// verifyReceipts finds receipts that nobody was given, and lost ones.
func (l *ledger) verifyReceipts(ctx context.Context, r Reader, find finder) error {
	there := map[receiptID]bool{}
	for x, err := range r.Receipts(ctx) {
		if damaged(err) {
			find(0, Altered, "%v", err)
			return nil
		}
		if err != nil {
			return err
		}
		id := receiptID{x.Actor, x.Key}
		there[id] = true
		said, known := l.receipts[id]
		switch {
		case !known && l.cases[x.Case] != nil && l.cases[x.Case].early:
		case !known:
			find(0, Altered, "%s is in no audit record", id)
		case said.sum != x.Sum():
			find(said.by, Altered, "%s is not what audit record %d vouches for", id, said.by)
		}
	}
	order := func(a, b receiptID) int { return cmp.Compare(l.receipts[a].by, l.receipts[b].by) }
	for _, id := range slices.SortedFunc(maps.Keys(l.receipts), order) {
		if by := l.receipts[id].by; !there[id] {
			find(by, Missing, "%s, which audit record %d vouches for, is gone", id, by)
		}
	}
	return nil
}

// findStrangers finds cases of which the log says nothing.
func (l *ledger) findStrangers(ctx context.Context, r Reader, find finder) error {
	for f := (Filter{Limit: MaxPage}); ; {
		page, err := r.Queue(ctx, f)
		switch {
		case damaged(err): // the case was named already, or is a stranger
			find(0, Altered, "cases behind number %d: %v", f.From, err)
			return nil
		case err != nil:
			return err
		}
		for _, h := range page.Cases {
			if l.cases[h.ID] == nil {
				find(0, Altered, "case %s is in no audit record", h.ID)
			}
		}
		if f.From = page.Next; f.From == 0 {
			return nil
		}
	}
}

// damaged reports whether err says that something stored is not as it was
// written, and not that the store failed.
func damaged(err error) bool {
	var told *Error
	return errors.As(err, &told) && told.Kind == Internal
}
