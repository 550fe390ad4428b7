package review

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestEveryActInEveryStateByEveryRole writes out who may do what, apart from
// the table, and tries all of it.
func TestEveryActInEveryStateByEveryRole(t *testing.T) {
	const (
		e = "exporter"
		o = "officer"
		a = "admin"
	)
	// act: states in which it may be done; roles that may; state afterwards.
	want := map[Act]struct{ from, who, to string }{
		ActCreate:     {"", e + a, "draft"},
		ActRevise:     {"draft returned_for_information", e + a, "="},
		ActAttach:     {"draft submitted in_review returned_for_information", e + a, "="},
		ActPropose:    {"draft returned_for_information", e + a, "="},
		ActAssess:     {"draft submitted in_review returned_for_information reopened", e + o + a, "="},
		ActSubmit:     {"draft returned_for_information", e + a, "submitted"},
		ActTake:       {"submitted reopened", o + a, "in_review"},
		ActAssign:     {"submitted in_review reopened", o + a, "in_review"},
		ActAskSecond:  {"in_review", o + a, "="},
		ActDecide:     {"in_review", o + a, "changed"},
		ActSecond:     {"in_review", o + a, "changed"},
		ActAdjudicate: {"in_review", o + a, "changed"},
		ActReturn:     {"in_review", o + a, "returned_for_information"},
		ActReopen:     {"confirmed changed not_listed", o + a, "reopened"},
		ActComment:    {"draft submitted in_review confirmed changed not_listed returned_for_information reopened", e + o + a, "="},
		ActAsk:        {"in_review", o + a, "="},
		ActAnswer:     {"in_review returned_for_information", e + a, "="},
		ActReexamine:  {"confirmed changed not_listed", o + a, "="},
		ActStand:      {"confirmed changed not_listed", o + a, "="},
	}
	if len(want) != len(Rules()) {
		t.Fatalf("%d acts are expected here, the table has %d", len(want), len(Rules()))
	}
	for act, w := range want {
		for _, state := range States() {
			for _, role := range Roles() {
				h := Head{ID: "c", Organisation: "Acme", State: state, Assignee: "me"}
				switch act {
				case ActSecond:
					h.Assignee, h.Second = "other", "me"
				case ActAdjudicate:
					h.Assignee, h.Second, h.Disagreement = "other", "another", true
				}
				next, err := Apply(h, act, Actor{ID: "me", Role: role, Organisation: "Acme"}, Changed)
				to := w.to
				if to == "=" {
					to = string(state)
				}
				switch {
				case !strings.Contains(w.who, string(role)):
					if KindOf(err) != Forbidden {
						t.Errorf("%s by %s: %v", act, role, err)
					}
				case w.from != "" && !slices.Contains(strings.Fields(w.from), string(state)):
					if KindOf(err) != Conflict {
						t.Errorf("%s by %s in %s: %v", act, role, state, err)
					}
				case err != nil || string(next) != to:
					t.Errorf("%s by %s in %s leads to %s, %v; want %s", act, role, state, next, err, to)
				}
			}
		}
	}
}

func TestRulesOfPerson(t *testing.T) {
	officer := func(id string) Actor { return Actor{ID: id, Role: Officer} }
	h := Head{ID: "c", Organisation: "Acme", State: InReview, Assignee: "bob", Second: "cyd"}
	disputed := h
	disputed.Disagreement = true
	free := Head{ID: "c", Organisation: "Acme", State: Submitted}
	for _, tt := range []struct {
		name string
		h    Head
		act  Act
		who  Actor
		want Kind // "" for allowed
	}{
		{"the officer decides", h, ActDecide, officer("bob"), ""},
		{"another officer decides", h, ActDecide, officer("eve"), Forbidden},
		{"an admin who is not assigned decides", h, ActDecide, Actor{ID: "root", Role: Admin}, Forbidden},
		{"an admin assigns", h, ActAssign, Actor{ID: "root", Role: Admin}, ""},
		{"another officer assigns", h, ActAssign, officer("eve"), Forbidden},
		{"an officer assigns what nobody has", free, ActAssign, officer("eve"), ""},
		{"the first decides as second", h, ActSecond, officer("bob"), Forbidden},
		{"the second returns", h, ActReturn, officer("cyd"), Forbidden},
		{"a third without a dispute", h, ActAdjudicate, officer("eve"), Forbidden},
		{"a third", disputed, ActAdjudicate, officer("eve"), ""},
		{"the first settles", disputed, ActAdjudicate, officer("bob"), Forbidden},
		{"the second settles", disputed, ActAdjudicate, officer("cyd"), Forbidden},
		{"another organisation comments", h, ActComment, Actor{ID: "x", Role: Exporter, Organisation: "Other"}, NotFound},
		{"an exporter of no organisation", Head{State: InReview}, ActComment, Actor{ID: "x", Role: Exporter}, NotFound},
		{"a role that does not exist", h, ActComment, Actor{ID: "x", Role: "king"}, NotFound},
		{"nobody", h, ActComment, Actor{Role: Admin}, NotFound},
		{"an unknown act", h, "case.burn", officer("bob"), Internal},
	} {
		_, err := Apply(tt.h, tt.act, tt.who, Changed)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || KindOf(err) != tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestVerifyNamesTheFault(t *testing.T) {
	var log []AuditRecord
	prev := Genesis
	for i := range int64(6) {
		r, err := Chain(i, prev, AuditEntry{Actor: "ann", Act: ActComment, Object: map[string]any{"n": i}})
		if err != nil {
			t.Fatal(err)
		}
		log, prev = append(log, r), r.Hash
	}
	head := AuditHead{Seq: 6, Hash: prev}
	with := func(change func([]AuditRecord) []AuditRecord) []AuditRecord { return change(slices.Clone(log)) }
	for _, tt := range []struct {
		name string
		log  []AuditRecord
		head AuditHead
		want string // "seq fault" of each finding
	}{
		{"whole", log, AuditHead{}, ""},
		{"whole with its head", log, head, ""},
		{"whole with an older head", log, AuditHead{Hash: log[2].Hash}, ""},
		{"empty", nil, AuditHead{}, ""},
		{"emptied", nil, head, "0 truncated"},
		{"first missing", log[1:], AuditHead{}, "1 missing"},
		{"some missing", append(slices.Clone(log[:1]), log[4:]...), AuditHead{}, "2 missing"},
		{"tail cut", log[:4], head, "4 truncated"},
		{"tail cut, number unknown", log[:4], AuditHead{Hash: prev}, "4 truncated"},
		{"tail cut, nothing known", log[:4], AuditHead{}, ""},
		{"swapped", with(func(l []AuditRecord) []AuditRecord { l[1], l[2] = l[2], l[1]; return l }), AuditHead{}, "2 reordered"},
		{"last first", with(func(l []AuditRecord) []AuditRecord { return append(l[5:], l[:5]...) }), AuditHead{}, "1 reordered, 2 reordered, 3 reordered, 4 reordered, 5 reordered"},
		{"doubled", with(func(l []AuditRecord) []AuditRecord { return slices.Insert(l, 3, l[1]) }), AuditHead{}, "2 duplicated"},
		{"actor altered", with(func(l []AuditRecord) []AuditRecord { l[3].Actor = "bob"; return l }), AuditHead{}, "4 altered"},
		{"text moved between fields", with(func(l []AuditRecord) []AuditRecord { l[3].Actor, l[3].RequestID = "an", "n"; return l }), AuditHead{}, "4 altered"},
		{"one forged with a fresh hash", with(func(l []AuditRecord) []AuditRecord { l[3].Actor = "bob"; l[3].Hash = l[3].Sum(); return l }), AuditHead{}, "5 unlinked"},
		{"last forged with a fresh hash", with(func(l []AuditRecord) []AuditRecord { l[5].Actor = "bob"; l[5].Hash = l[5].Sum(); return l }), head, "6 replaced"},
		{"a huge number", with(func(l []AuditRecord) []AuditRecord { l[5].Seq = 1 << 62; return l }), AuditHead{}, "6 missing, 4611686018427387904 altered"},
	} {
		report, err := Verify(func(yield func(AuditRecord, error) bool) {
			for _, r := range tt.log {
				if !yield(r, nil) {
					return
				}
			}
		}, tt.head)
		var got []string
		for _, f := range report.Findings {
			got = append(got, fmt.Sprintf("%d %s", f.Seq, f.Fault))
		}
		if s := strings.Join(got, ", "); err != nil || s != tt.want {
			t.Errorf("%s: %v %q, want %q", tt.name, err, s, tt.want)
		}
		// The same by way of a file.
		var b strings.Builder
		if n, err := WriteAudit(&b, func(yield func(AuditRecord, error) bool) {
			for _, r := range tt.log {
				yield(r, nil)
			}
		}); err != nil || n != int64(len(tt.log)) {
			t.Errorf("%s: %d written, %v", tt.name, n, err)
		}
		if again, err := Verify(ReadAudit(strings.NewReader(b.String())), tt.head); err != nil || fmt.Sprint(again) != fmt.Sprint(report) {
			t.Errorf("%s: by file %v %+v", tt.name, err, again)
		}
	}
}

func TestReadAuditRefuses(t *testing.T) {
	for _, tt := range []struct{ in, says string }{
		{"{}\nrubbish\n", "line 2"},
		{`{"seq":1,"colour":"red"}`, "colour"},
		{`{"seq":1}{"seq":2}`, "more than one"},
		{`{"act":"` + strings.Repeat("x", maxAuditLine) + `"}`, "too long"},
	} {
		_, err := Verify(ReadAudit(strings.NewReader(tt.in)), AuditHead{})
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%.40q: %v; want %q", tt.in, err, tt.says)
		}
	}
	for _, s := range []string{"", "xyz", "0:" + Genesis, "x:" + Genesis, Genesis + "0"} {
		if _, err := ParseAuditHead(s); err == nil {
			t.Errorf("%q was taken for a head", s)
		}
	}
	if h, err := ParseAuditHead("7:" + strings.ToUpper(sumOfNothing())); err != nil || h.Seq != 7 || h.Hash != sumOfNothing() {
		t.Errorf("%+v, %v", h, err)
	}
}

func sumOfNothing() string { return AuditRecord{}.Sum() }

func TestCanonicalIsOneSpelling(t *testing.T) {
	type inner struct{ B, A int }
	got, err := Canonical(map[string]any{"z": inner{2, 1}, "a": "<&>", "n": 1e21, "m": map[string]int{"y": 1, "x": 2}})
	if want := `{"a":"<&>","m":{"x":2,"y":1},"n":1e+21,"z":{"A":1,"B":2}}`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	if got, _ := Canonical(map[string]any(nil)); string(got) != "{}" {
		t.Errorf("nothing is %s", got)
	}
}
