package sqlite

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/storetest"
	"assay/review"
)

// filled returns a store with a decided case, a service over it, and the
// case's id.
func filled(t *testing.T) (*Store, *review.Service, string) {
	t.Helper()
	store := fresh(t, filepath.Join(t.TempDir(), "assay.db"))
	s, err := review.New(review.Config{Store: store, Documents: storetest.Plain{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	officer := review.Actor{ID: "bob", Role: review.Officer}
	c, err := s.Create(ctx, review.Request{Actor: ann}, review.NewCase{Product: classifier.Product{Name: "Pump"}, Lists: []corpus.ListID{corpus.USCCL}})
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range []func() (review.Case, error){
		func() (review.Case, error) {
			return s.Attach(ctx, review.Request{Actor: ann}, c.ID, review.Upload{Name: "sheet.txt", Data: []byte("a pump")})
		},
		func() (review.Case, error) {
			return s.Propose(ctx, review.Request{Actor: ann}, c.ID, review.Proposal{List: corpus.USCCL, Code: "2B350.i", Reasoning: "seals"})
		},
		func() (review.Case, error) {
			return s.Assess(ctx, review.Request{Actor: ann}, c.ID, classifier.Assessment{Outcomes: []classifier.Outcome{{List: corpus.USCCL, Edition: "digest", Code: "EAR99"}}})
		},
		func() (review.Case, error) { return s.Submit(ctx, review.Request{Actor: ann}, c.ID) },
		func() (review.Case, error) { return s.Take(ctx, review.Request{Actor: officer}, c.ID) },
		func() (review.Case, error) { return s.Comment(ctx, review.Request{Actor: officer}, c.ID, "why", true) },
		func() (review.Case, error) {
			return s.Decide(ctx, review.Request{Actor: officer, Key: "k"}, c.ID, review.Ruling{List: corpus.USCCL, NotListed: true, Reason: review.AsSuggested})
		},
		func() (review.Case, error) {
			return s.Reexamined(ctx, review.Request{Actor: root}, c.ID, review.Reexamination{List: corpus.USCCL, Decision: 1, From: "digest",
				To: "us-ccl@2027-01-01", CouldChange: true, Why: []string{"a note came"}})
		},
		func() (review.Case, error) {
			return s.Stand(ctx, review.Request{Actor: officer}, c.ID, corpus.USCCL, "the note is of other goods")
		},
	} {
		if _, err := act(); err != nil {
			t.Fatal(err)
		}
	}
	return store, s, c.ID
}

var writtenOnce = []string{"products", "documents", "proposals", "assessments", "decisions", "messages", "reexaminations", "upheld", "precedents", "receipts", "files", "audit"}

func columns(t *testing.T, s *Store, table string) (names []string) {
	t.Helper()
	rows, err := s.writing.Query(`SELECT name FROM pragma_table_info(?)`, table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// TestWrittenOnce tries to change, delete and replace rows as another tool
// would.
func TestWrittenOnce(t *testing.T) {
	store, _, _ := filled(t)
	for _, table := range writtenOnce {
		names := strings.Join(columns(t, store, table), ", ")
		if table == "decisions" || table == "reexaminations" {
			names = "case_id, seq, at, by, body"
		}
		statements := []string{"DELETE FROM " + table, "INSERT OR REPLACE INTO " + table + " (" + names + ") SELECT " + names + " FROM " + table}
		for _, column := range columns(t, store, table) {
			statements = append(statements, fmt.Sprintf("UPDATE %s SET %s = %s", table, column, column), fmt.Sprintf("UPDATE OR REPLACE %s SET %s = %s", table, column, column))
		}
		for _, statement := range statements {
			if _, err := store.writing.Exec(statement); err == nil || !strings.Contains(err.Error(), "written once") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	}
}

// TestTamperingIsFound drops the triggers and changes each field of each row
// of the audit log, one at a time: verification names the row.
func TestTamperingIsFound(t *testing.T) {
	store, s, id := filled(t)
	for _, table := range writtenOnce {
		for _, trigger := range []string{"_no_update", "_no_delete", "_no_replace"} {
			if _, err := store.writing.Exec(`DROP TRIGGER ` + table + trigger); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole, err := s.VerifyAudit(t.Context(), root, review.AuditHead{})
	if err != nil || !whole.Whole() || whole.Records != 10 {
		t.Fatalf("%v %+v", err, whole)
	}
	exec := func(t *testing.T, statement string, args ...any) {
		t.Helper()
		if _, err := store.writing.Exec(statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if _, err := store.writing.Exec(`PRAGMA foreign_keys = 0`); err != nil {
		t.Fatal(err)
	}
	exec(t, `CREATE TEMP TABLE kept AS SELECT * FROM audit`)
	restore := func() { exec(t, `DELETE FROM audit`); exec(t, `INSERT INTO audit SELECT * FROM kept`) }
	found := func(t *testing.T, known review.AuditHead, seq int64, fault review.Fault) {
		t.Helper()
		report, err := s.VerifyAudit(t.Context(), root, known)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(report.Findings, func(f review.Finding) bool { return f.Seq == seq && f.Fault == fault && f.Text != "" }) {
			t.Errorf("no %s at record %d: %+v", fault, seq, report.Findings)
		}
	}
	// Each way of changing a value, from blunt to hardly visible.
	edits := map[string][]string{
		"seq":  {"seq + 1000", "-seq"},
		"time": {"''", "replace(time, 'Z', '+00:00')", "replace(time, '20', '19')"},
	}
	for _, column := range []string{"actor", "request_id", "act", "object", "prev", "hash"} {
		edits[column] = []string{"''", column + " || ' '", "upper(" + column + ") || char(8203)", "substr(" + column + ", 2)"}
	}
	edits["object"] = append(edits["object"], "json_set(object, '$.state', 'draft2')", "'{}'", "'null'", "'not json'")
	if got := columns(t, store, "audit"); len(got) != len(edits) {
		t.Fatalf("the audit log has columns %v; the test edits %d", got, len(edits))
	}
	tried := 0
	for seq := int64(1); seq <= whole.Records; seq++ {
		for column, ways := range edits {
			for _, edit := range ways {
				exec(t, fmt.Sprintf(`UPDATE audit SET %s = %s WHERE seq = ?`, column, edit), seq)
				at := seq
				if column == "seq" {
					at = seq + 1000
					if edit == "-seq" {
						at = -seq
					}
				}
				t.Run(fmt.Sprintf("%d %s = %s", seq, column, edit), func(t *testing.T) { found(t, review.AuditHead{}, at, review.Altered) })
				restore()
				tried++
			}
		}
	}
	t.Logf("%d edits", tried)
	for seq := int64(1); seq < whole.Records; seq++ {
		t.Run(fmt.Sprintf("%d deleted", seq), func(t *testing.T) {
			exec(t, `DELETE FROM audit WHERE seq = ?`, seq)
			found(t, review.AuditHead{}, seq, review.Missing)
			restore()
		})
		t.Run(fmt.Sprintf("%d and %d swapped", seq, seq+1), func(t *testing.T) {
			exec(t, `UPDATE audit SET seq = -1 WHERE seq = ?`, seq)
			exec(t, `UPDATE audit SET seq = ? WHERE seq = ?`, seq, seq+1)
			exec(t, `UPDATE audit SET seq = ? WHERE seq = -1`, seq+1)
			found(t, review.AuditHead{}, seq, review.Altered)
			restore()
		})
		t.Run(fmt.Sprintf("cut behind %d", seq), func(t *testing.T) {
			exec(t, `DELETE FROM audit WHERE seq > ?`, seq)
			found(t, review.AuditHead{Seq: whole.Last, Hash: whole.Head}, seq, review.Truncated)
			found(t, review.AuditHead{Hash: whole.Head}, seq, review.Truncated)
			restore()
		})
	}
	t.Run("written anew", func(t *testing.T) {
		exec(t, `UPDATE audit SET actor = 'nobody'`)
		prev := review.Genesis
		for seq := int64(1); seq <= whole.Records; seq++ {
			var r review.AuditRecord
			var object string
			if err := store.writing.QueryRow(`SELECT seq, time, actor, request_id, act, object FROM audit WHERE seq = ?`, seq).
				Scan(&r.Seq, &r.Time, &r.Actor, &r.RequestID, &r.Act, &object); err != nil {
				t.Fatal(err)
			}
			r.Object, r.Prev = []byte(object), prev
			prev = r.Sum()
			exec(t, `UPDATE audit SET prev = ?, hash = ? WHERE seq = ?`, r.Prev, prev, seq)
		}
		report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{})
		if err != nil || !report.Whole() {
			t.Fatalf("the forgery is clumsy: %v %+v", err, report)
		}
		found(t, review.AuditHead{Seq: whole.Last, Hash: whole.Head}, whole.Last, review.Replaced)
		restore()
	})
	// So are the state and the version of a case, which may change by acts only.
	for _, edit := range []string{"version = version + 1", "state = 'draft'"} {
		exec(t, `CREATE TEMP TABLE head AS SELECT version, state FROM cases`)
		exec(t, `UPDATE cases SET `+edit)
		t.Run("cases "+edit, func(t *testing.T) { found(t, review.AuditHead{}, whole.Last, review.Altered) })
		exec(t, `UPDATE cases SET (version, state) = (SELECT version, state FROM head)`)
		exec(t, `DROP TABLE head`)
	}
	// The records themselves: the audit log vouches for them.
	for sort, table := range tables {
		for _, edit := range []string{"at = '2001-01-01T00:00:00.000000000Z'", "by = 'nobody'", "body = '{}'", "body = replace(body, '{', '{ ')"} {
			t.Run(table+" "+edit, func(t *testing.T) {
				exec(t, `CREATE TEMP TABLE record AS SELECT case_id, seq, at, by, body FROM `+table)
				exec(t, `UPDATE `+table+` SET `+edit)
				report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{})
				if err != nil || len(report.Findings) != 1 || !strings.Contains(report.Findings[0].Text, string(sort)+" 1 of case "+id) {
					t.Errorf("%v %+v", err, report.Findings)
				}
				exec(t, `DELETE FROM `+table)
				if report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{}); err != nil || len(report.Findings) != 1 || report.Findings[0].Fault != review.Missing {
					t.Errorf("deleted: %v %+v", err, report.Findings)
				}
				exec(t, `INSERT INTO `+table+` (case_id, seq, at, by, body) SELECT case_id, seq, at, by, body FROM record`)
				exec(t, `DROP TABLE record`)
			})
		}
	}
	// And the file of the document: its bytes and its text.
	for _, edit := range []string{"data = x'00'", "data = CAST(data || x'20' AS BLOB)", "text = ''", "text = text || ' '"} {
		t.Run("files "+edit, func(t *testing.T) {
			exec(t, `CREATE TEMP TABLE file AS SELECT * FROM files`)
			exec(t, `UPDATE files SET `+edit)
			report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{})
			if err != nil || len(report.Findings) != 1 || report.Findings[0].Fault != review.Altered || report.Findings[0].Seq != 2 || !strings.Contains(report.Findings[0].Text, "document 1 of case "+id+" (sheet.txt)") {
				t.Errorf("%v %+v", err, report.Findings)
			}
			if _, _, err := s.Document(t.Context(), root, id, 1); review.KindOf(err) != review.Internal || !strings.Contains(err.Error(), "backup") {
				t.Errorf("an altered file is handed out: %v", err)
			}
			exec(t, `DELETE FROM files`)
			if report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{}); err != nil || len(report.Findings) != 1 || report.Findings[0].Fault != review.Missing {
				t.Errorf("deleted: %v %+v", err, report.Findings)
			}
			if _, _, err := s.Document(t.Context(), root, id, 1); review.KindOf(err) != review.Internal || !strings.Contains(err.Error(), "is gone") {
				t.Errorf("a file that is gone: %v", err)
			}
			exec(t, `INSERT INTO files SELECT * FROM file`)
			exec(t, `DROP TABLE file`)
		})
	}
}
