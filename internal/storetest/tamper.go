package storetest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// Database is what lies behind a store, as somebody with another tool reaches it.
type Database interface {
	// Exec runs one statement.
	Exec(sql string) error
	// Query returns all rows, every value as text, nil for NULL.
	Query(t *testing.T, sql string) [][]*string
	// Columns returns the columns of table that can be written.
	Columns(t *testing.T, table string) []string
	// Unlock removes triggers, keys and checks, so that everything can be
	// changed that the types of the columns allow.
	Unlock(t *testing.T)
}

// WrittenOnce are the tables whose rows never change.
var WrittenOnce = []string{"products", "documents", "proposals", "assessments", "decisions", "messages", "reexaminations", "upheld",
	"precedents", "receipts", "files", "audit"}

// Filled fills a store with a case that has a record of every sort, a
// precedent and a receipt, and with a draft. It returns the ids of both.
func Filled(t *testing.T, s *review.Service) (decided, draft string) {
	t.Helper()
	ctx := t.Context()
	outcomes := []classifier.Outcome{{List: corpus.USCCL, Edition: "digest", Code: "EAR99", Probability: 0.3}, {List: corpus.EUDualUse, Edition: "digest", Code: "none", Probability: 1 / 3.0}}
	var id string
	for _, act := range []func() (review.Case, error){
		func() (review.Case, error) {
			return s.Create(ctx, review.Request{Actor: ann}, review.NewCase{Product: classifier.Product{Name: "Pump"}, Lists: []corpus.ListID{corpus.USCCL, corpus.EUDualUse}})
		},
		func() (review.Case, error) {
			return s.Attach(ctx, review.Request{Actor: ann}, id, review.Upload{Name: "sheet.txt", Data: []byte("a pump")})
		},
		func() (review.Case, error) {
			return s.Propose(ctx, review.Request{Actor: ann}, id, review.Proposal{List: corpus.USCCL, Code: "2B350.i", Reasoning: "seals"})
		},
		func() (review.Case, error) {
			return s.Assess(ctx, review.Request{Actor: ann}, id, classifier.Assessment{Outcomes: outcomes, Language: "en"})
		},
		func() (review.Case, error) { return s.Submit(ctx, review.Request{Actor: ann}, id) },
		func() (review.Case, error) { return s.Take(ctx, review.Request{Actor: bob}, id) },
		func() (review.Case, error) { return s.Comment(ctx, review.Request{Actor: bob}, id, "why", true) },
		func() (review.Case, error) {
			return s.Decide(ctx, review.Request{Actor: bob}, id, review.Ruling{List: corpus.EUDualUse, NotListed: true, Reason: review.AsSuggested})
		},
		func() (review.Case, error) {
			return s.Decide(ctx, review.Request{Actor: bob, Key: "k"}, id, review.Ruling{List: corpus.USCCL, NotListed: true, Reason: review.AsSuggested})
		},
		func() (review.Case, error) {
			return s.Reexamined(ctx, review.Request{Actor: root}, id, review.Reexamination{List: corpus.USCCL, Decision: 2, From: "digest",
				To: "us-ccl@2027-01-01", CouldChange: true, Why: []string{"a note came"}})
		},
		func() (review.Case, error) {
			return s.Stand(ctx, review.Request{Actor: bob}, id, corpus.USCCL, "the note is of other goods")
		},
		func() (review.Case, error) {
			return s.Create(ctx, review.Request{Actor: ann, Key: "draft"}, review.NewCase{Product: classifier.Product{Name: "Valve"}, Lists: []corpus.ListID{corpus.USCCL}})
		},
	} {
		c, err := act()
		if err != nil {
			t.Fatal(err)
		}
		if id == "" {
			id = c.ID
		}
		draft = c.ID
	}
	return id, draft
}

// Tampering changes every field of every row behind the store's back, one at a
// time, deletes rows and adds some: verification finds and names each.
func Tampering(t *testing.T, store review.Store, db Database) {
	s, err := review.New(review.Config{Store: store, Documents: Plain{}})
	if err != nil {
		t.Fatal(err)
	}
	v := &vandal{Database: db, t: t, s: s, columns: map[string][]string{}}
	v.decided, v.draft = Filled(t, s)
	db.Unlock(t)
	for _, table := range append(slices.Clone(WrittenOnce), "cases", "case_lists") {
		v.columns[table] = db.Columns(t, table)
		v.exec(`CREATE TABLE kept_` + table + ` AS SELECT * FROM ` + table)
	}
	if v.whole = v.verify(review.AuditHead{}); !v.whole.Whole() || v.whole.Records != 12 {
		t.Fatalf("before anything was changed: %+v", v.whole)
	}
	for table := range v.columns {
		if len(db.Query(t, `SELECT * FROM `+table)) == 0 {
			t.Errorf("there is nothing in %s to tamper with", table)
		}
	}
	v.fields()
	v.rows()
	v.log()
	t.Logf("%d changes of fields found, %d refused by the database", v.found, v.refused)
}

type vandal struct {
	Database
	t              *testing.T
	s              *review.Service
	decided, draft string
	columns        map[string][]string // by table
	whole          review.Report       // before anything was changed
	found, refused int
}

func (v *vandal) exec(sql string) {
	v.t.Helper()
	if err := v.Exec(sql); err != nil {
		v.t.Fatalf("%s: %v", sql, err)
	}
}

func (v *vandal) verify(known review.AuditHead) review.Report {
	v.t.Helper()
	report, err := v.s.VerifyAudit(v.t.Context(), root, known)
	if err != nil {
		v.t.Errorf("verification gave up: %v", err)
	}
	return report
}

// wants verifies and looks for one finding that fits, then puts table back.
func (v *vandal) wants(what, table string, known review.AuditHead, fits func(review.Finding) bool) {
	v.t.Helper()
	if report := v.verify(known); !slices.ContainsFunc(report.Findings, func(f review.Finding) bool { return f.Text != "" && fits(f) }) {
		v.t.Errorf("%s: not found: %+v", what, report.Findings)
	}
	columns := strings.Join(v.columns[table], ", ")
	v.exec(`DELETE FROM ` + table)
	v.exec(`INSERT INTO ` + table + ` (` + columns + `) SELECT ` + columns + ` FROM kept_` + table)
}

func literal(s *string) string {
	if s == nil {
		return "NULL"
	}
	return "'" + strings.ReplaceAll(*s, "'", "''") + "'"
}

var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// edits returns other values for a field, from blunt to hardly visible.
func edits(s *string) []string {
	if s == nil {
		return []string{"2001-01-01T00:00:00.000000000Z"}
	}
	all := []string{"", *s + " ", "\u200b" + *s, strings.ToUpper(*s), strings.Replace(*s, "a", "\u0430", 1), // Cyrillic
		strings.Replace(*s, "Z", "+00:00", 1), strings.Replace(*s, "202", "201", 1)}
	switch {
	case number.MatchString(*s):
		n, _ := strconv.ParseFloat(*s, 64)
		all = []string{fmt.Sprint(n + 1), fmt.Sprint(n + 1000), fmt.Sprint(-1 - n), fmt.Sprint(n + 0.015625)}
	case *s == "true" || *s == "false":
		all = []string{strconv.FormatBool(*s == "false")}
	case strings.HasPrefix(*s, "{"):
		all = append(all, "{}", "null", "[]", "not json", "{ "+(*s)[1:], strings.Replace(*s, `":`, `": `, 1), strings.Replace(*s, "e", `\u0065`, 1),
			`{"case":"someone else's",`+(*s)[1:])
	case strings.HasPrefix(*s, `\x`): // bytes of PostgreSQL, which overlooks a space behind them
		all = []string{"", *s + "00", (*s)[:len(*s)-1] + "f", `\x`}
	case len(*s) > 1:
		all = append(all, (*s)[1:])
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(x string) bool { return x == *s })
}

// fields changes each field of each row.
func (v *vandal) fields() {
	for _, table := range append(slices.Clone(WrittenOnce), "cases", "case_lists") {
		columns := v.columns[table]
		for _, row := range v.Query(v.t, `SELECT `+strings.Join(columns, ", ")+` FROM `+table) {
			var is []string
			for i, c := range columns {
				if row[i] != nil && !strings.HasPrefix(*row[i], "{") && c != "confidence" && c != "data" {
					is = append(is, c+` = `+literal(row[i]))
				}
			}
			where := ` WHERE ` + strings.Join(is, ` AND `)
			for i, c := range columns {
				if table == "case_lists" && c == "place" {
					continue // says the order only: see rows
				}
				tried := 0
				for _, edit := range edits(row[i]) {
					if c == "codes" && strings.Contains(edit, "us-ccl") && strings.Join(strings.Fields(strings.ReplaceAll(edit, `\u0065`, "e")), "") == *row[i] {
						continue // the same codes in another spelling; everything else is hashed as it is written
					}
					what := fmt.Sprintf("UPDATE %s SET %s = %s%s", table, c, literal(&edit), where)
					err := v.Exec(what)
					if err != nil { // SQLite writes bytes so
						err = v.Exec(fmt.Sprintf("UPDATE %s SET %s = x'%x'%s", table, c, edit, where))
					}
					if err != nil {
						v.refused++ // the type does not allow it
						continue
					}
					tried++
					v.wants(what, table, review.AuditHead{}, v.names(table, columns, row, c, edit))
				}
				if v.found += tried; tried == 0 {
					v.t.Errorf("no edit of %s.%s = %s was tried", table, c, literal(row[i]))
				}
			}
		}
	}
}

// names returns what tells that a finding is about the row in which column c
// was changed.
func (v *vandal) names(table string, columns []string, row []*string, c, edit string) func(review.Finding) bool {
	value := func(name string) string { return *row[slices.Index(columns, name)] }
	switch table {
	case "audit":
		at := value("seq")
		if c == "seq" {
			at = edit
		}
		return func(f review.Finding) bool { return f.Fault == review.Altered && strconv.FormatInt(f.Seq, 10) == at }
	case "files":
		return func(f review.Finding) bool {
			return strings.Contains(f.Text, "document 1 of case "+v.decided+" (sheet.txt)")
		}
	case "receipts":
		return func(f review.Finding) bool { return strings.Contains(f.Text, "receipt "+strconv.Quote(value("key"))) }
	case "cases":
		return func(f review.Finding) bool { return strings.Contains(f.Text, "case "+value("id")) }
	}
	return func(f review.Finding) bool { return strings.Contains(f.Text, "case "+value("case_id")) }
}

// rows deletes each row, and adds some.
func (v *vandal) rows() {
	for _, table := range WrittenOnce[:len(WrittenOnce)-1] {
		v.exec(`DELETE FROM ` + table)
		v.wants("all of "+table+" deleted", table, review.AuditHead{}, func(f review.Finding) bool { return f.Fault == review.Missing && strings.Contains(f.Text, "is gone") })
		if table == "files" {
			continue // one that belongs to no document is nobody's
		}
		columns := v.columns[table]
		forged := slices.Clone(columns)
		for i, c := range forged {
			switch c {
			case "seq", "round":
				forged[i] = c + " + 100"
			case "key":
				forged[i] = "'forged'"
			}
		}
		v.exec(fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM kept_%s`, table, strings.Join(columns, ", "), strings.Join(forged, ", "), table))
		v.wants("a row added to "+table, table, review.AuditHead{}, func(f review.Finding) bool {
			return f.Fault == review.Altered && strings.Contains(f.Text, "in no audit record")
		})
	}
	v.exec(`DELETE FROM cases WHERE id = ` + literal(&v.draft))
	v.wants("a case deleted", "cases", review.AuditHead{}, func(f review.Finding) bool {
		return f.Fault == review.Missing && strings.Contains(f.Text, v.draft)
	})
	v.exec(`DELETE FROM case_lists WHERE list = 'eu-dual-use'`)
	v.wants("a list of a case deleted", "case_lists", review.AuditHead{}, func(f review.Finding) bool { return strings.Contains(f.Text, v.decided) })
	v.exec(`UPDATE case_lists SET place = 3 WHERE place = 1 AND case_id = ` + literal(&v.decided))
	v.wants("the lists of a case in another order", "case_lists", review.AuditHead{}, func(f review.Finding) bool { return strings.Contains(f.Text, v.decided) })
	forged := slices.Clone(v.columns["cases"])
	forged[slices.Index(forged, "id")], forged[slices.Index(forged, "number")] = "'forged'", "99"
	v.exec(fmt.Sprintf(`INSERT INTO cases (%s) SELECT %s FROM kept_cases WHERE id = %s`, strings.Join(v.columns["cases"], ", "), strings.Join(forged, ", "), literal(&v.draft)))
	v.wants("a case added", "cases", review.AuditHead{}, func(f review.Finding) bool {
		return f.Fault == review.Altered && f.Text == "case forged is in no audit record"
	})
}

// log deletes, swaps and cuts off records of the audit log, and writes it anew.
func (v *vandal) log() {
	is := func(seq int64, fault review.Fault) func(review.Finding) bool {
		return func(f review.Finding) bool { return f.Seq == seq && f.Fault == fault }
	}
	known := review.AuditHead{Seq: v.whole.Last, Hash: v.whole.Head}
	for seq := int64(1); seq < v.whole.Records; seq++ {
		v.exec(fmt.Sprintf(`DELETE FROM audit WHERE seq = %d`, seq))
		v.wants(fmt.Sprintf("record %d deleted", seq), "audit", review.AuditHead{}, is(seq, review.Missing))
		v.exec(fmt.Sprintf(`UPDATE audit SET seq = -1 WHERE seq = %d`, seq))
		v.exec(fmt.Sprintf(`UPDATE audit SET seq = %d WHERE seq = %d`, seq, seq+1))
		v.exec(fmt.Sprintf(`UPDATE audit SET seq = %d WHERE seq = -1`, seq+1))
		v.wants(fmt.Sprintf("records %d and %d swapped", seq, seq+1), "audit", review.AuditHead{}, is(seq, review.Altered))
		for _, head := range []review.AuditHead{known, {Hash: known.Hash}} {
			v.exec(fmt.Sprintf(`DELETE FROM audit WHERE seq > %d`, seq))
			v.wants(fmt.Sprintf("cut off behind record %d", seq), "audit", head, is(seq, review.Truncated))
		}
	}
	v.exec(`UPDATE audit SET request_id = 'another'`)
	prev := review.Genesis
	for _, row := range v.Query(v.t, `SELECT seq, time, actor, request_id, act, object FROM audit ORDER BY seq`) {
		seq, _ := strconv.ParseInt(*row[0], 10, 64)
		r := review.AuditRecord{Seq: seq, Time: *row[1], Actor: *row[2], RequestID: *row[3], Act: review.Act(*row[4]), Object: []byte(*row[5]), Prev: prev}
		prev = r.Sum()
		v.exec(fmt.Sprintf(`UPDATE audit SET prev = '%s', hash = '%s' WHERE seq = %d`, r.Prev, prev, seq))
	}
	if report := v.verify(review.AuditHead{}); !report.Whole() {
		v.t.Fatalf("the forgery is clumsy: %+v", report)
	}
	v.wants("written anew", "audit", known, is(known.Seq, review.Replaced))
}
