package account_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/sqlite"
	"assay/review"
	"assay/review/account"
)

const (
	good  = "correct battery staple, please"
	other = "another staple & a horse"
	wrong = "this is not the right one"
)

var (
	start = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	here  = account.Request{Address: "192.0.2.1", ID: "req-1", Agent: "Test/1"}
)

// house is a service over a real store, with a clock that tests set, an admin
// called boss and an exporter called ann.
type house struct {
	*account.Service
	t      *testing.T
	mu     sync.Mutex
	now    time.Time
	path   string
	cases  *review.Service
	boss   account.SignedIn
	secret []string // everything that must stand nowhere
}

func empty(t *testing.T, change ...func(*account.Config)) *house {
	t.Helper()
	h := &house{t: t, now: start, path: filepath.Join(t.TempDir(), "assay.db")}
	store, err := sqlite.Open(t.Context(), h.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	cfg := account.Config{Store: store, Now: h.clock, Params: account.Params{MemoryKiB: 19 << 10, Passes: 2, Threads: 1}, HashesAtOnce: 2}
	for _, c := range change {
		c(&cfg)
	}
	if h.Service, err = account.New(cfg); err != nil {
		t.Fatal(err)
	}
	if h.cases, err = review.New(review.Config{Store: store, Now: h.clock}); err != nil {
		t.Fatal(err)
	}
	h.secret = []string{good, other, wrong}
	return h
}

func open(t *testing.T, change ...func(*account.Config)) *house {
	t.Helper()
	h := empty(t, change...)
	link, err := h.SetUpLink(t.Context(), here)
	h.must(err)
	h.boss, err = h.SetUp(t.Context(), here, link.Token, account.NewAccount{ID: "boss", Name: "The Boss"}, good)
	h.must(err)
	h.join("ann", review.Exporter, "Acme")
	h.secret = append(h.secret, link.Token, h.boss.Token)
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// join invites id and lets it choose the password good.
func (h *house) join(id string, role review.Role, organisation string) account.SignedIn {
	h.t.Helper()
	_, link, err := h.Invite(h.t.Context(), h.asBoss(), account.NewAccount{ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Role: role, Organisation: organisation})
	h.must(err)
	in, err := h.Accept(h.t.Context(), here, link.Token, account.ForInvite, good)
	h.must(err)
	h.secret = append(h.secret, link.Token, in.Token)
	return in
}

func (h *house) asBoss() account.Request { return as(h.boss.Account) }

func as(a account.Account) account.Request {
	r := here
	r.Actor = a.Actor()
	return r
}

// in signs in and wants it to work.
func (h *house) in(id, password string) account.SignedIn {
	h.t.Helper()
	in, err := h.SignIn(h.t.Context(), here, id, password)
	h.must(err)
	h.secret = append(h.secret, in.Token)
	return in
}

func (h *house) refused(kind review.Kind, says string, err error) {
	h.t.Helper()
	if err == nil || review.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
		h.t.Errorf("%v (%s), want %s %q", err, review.KindOf(err), kind, says)
	}
}

func (h *house) alive(token string, want bool) {
	h.t.Helper()
	a, _, err := h.Session(h.t.Context(), token)
	if (err == nil) != want {
		h.t.Errorf("session alive: %v, want %v (%v)", err == nil, want, err)
	}
	if err != nil && (a.ID != "" || review.KindOf(err) != review.Forbidden && review.KindOf(err) != review.NotFound) {
		h.t.Errorf("%+v, %v", a, err)
	}
}

// log returns the audit log as it is exported.
func (h *house) log() string {
	h.t.Helper()
	var b bytes.Buffer
	_, err := h.cases.ExportAudit(h.t.Context(), review.Actor{ID: "boss", Role: review.Admin}, &b)
	h.must(err)
	return b.String()
}

// last returns the newest audit record.
func (h *house) last() string {
	lines := strings.Split(strings.TrimSpace(h.log()), "\n")
	return lines[len(lines)-1]
}

func (h *house) logged(act review.Act, parts ...string) {
	h.t.Helper()
	last := h.last()
	for _, p := range append(parts, fmt.Sprintf(`"act":%q`, act)) {
		if !strings.Contains(last, p) {
			h.t.Errorf("the newest record lacks %s: %s", p, last)
		}
	}
}

func TestSetUp(t *testing.T) {
	h := empty(t)
	ctx := t.Context()
	one, err := h.SetUpLink(ctx, here)
	h.must(err)
	h.logged(account.ActSetUpLink, `"actor":"-"`)
	two, err := h.SetUpLink(ctx, here) // of another server, or after a restart
	h.must(err)
	boss := account.NewAccount{ID: "Boss", Name: "The Boss"}
	_, err = h.SetUp(ctx, here, "x"+one.Token[1:], boss, good)
	h.refused(review.NotFound, "does not work", err)
	_, err = h.SetUp(ctx, here, one.Token, boss, "short")
	h.refused(review.Invalid, "shorter", err) // and the link is not used up
	_, err = h.SetUp(ctx, here, one.Token, account.NewAccount{ID: "the boss"}, good)
	h.refused(review.Invalid, "no name for an account", err)
	boss.Role = review.Exporter // whoever sets up is an admin, whatever is asked for
	in, err := h.SetUp(ctx, here, one.Token, boss, good)
	h.must(err)
	if in.Account.ID != "boss" || in.Account.Role != review.Admin {
		t.Errorf("%+v", in.Account)
	}
	h.logged(account.ActSetUp, `"actor":"boss"`, `"request_id":"req-1"`, `"role":"admin"`, `"address":"192.0.2.1"`)
	h.alive(in.Token, true)
	for _, token := range []string{one.Token, two.Token} {
		_, err = h.SetUp(ctx, here, token, account.NewAccount{ID: "evil"}, good)
		h.refused(review.NotFound, "does not work", err)
	}
	_, err = h.SetUpLink(ctx, here)
	h.refused(review.Conflict, "set up already", err)
}

func TestSetUpLinkExpires(t *testing.T) {
	h := empty(t)
	link, err := h.SetUpLink(t.Context(), here)
	h.must(err)
	h.wait(24*time.Hour - time.Second)
	if _, err := h.LinkFor(t.Context(), link.Token, account.ForSetUp); err != nil {
		t.Error(err)
	}
	h.wait(time.Second)
	_, err = h.SetUp(t.Context(), here, link.Token, account.NewAccount{ID: "boss"}, good)
	h.refused(review.NotFound, "does not work", err)
	if any, err := h.Any(t.Context()); any || err != nil {
		t.Errorf("an account was made: %v, %v", any, err)
	}
}

// TestSetUpByMany has many use one link at once: one account is made.
func TestSetUpByMany(t *testing.T) {
	h := empty(t)
	link, err := h.SetUpLink(t.Context(), here)
	h.must(err)
	var all sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for i := range 6 {
		all.Go(func() {
			_, err := h.SetUp(t.Context(), here, link.Token, account.NewAccount{ID: fmt.Sprint("boss", i)}, good)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made++
			}
		})
	}
	all.Wait()
	if made != 1 {
		t.Errorf("%d admins were made with one link", made)
	}
}

func TestInvitation(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	_, _, err := h.Invite(ctx, as(account.Account{ID: "ann", Role: review.Exporter}), account.NewAccount{ID: "friend", Role: review.Officer})
	h.refused(review.Forbidden, "admins", err)
	for _, tt := range []struct {
		n    account.NewAccount
		kind review.Kind
		says string
	}{
		{account.NewAccount{ID: "ann", Role: review.Officer}, review.Conflict, `"ann" already`},
		{account.NewAccount{ID: "ANN", Role: review.Officer}, review.Conflict, `"ann" already`},
		{account.NewAccount{ID: "а́нна", Role: review.Officer}, review.Invalid, "no name for an account"},
		{account.NewAccount{ID: "-", Role: review.Officer}, review.Invalid, "no name for an account"},
		{account.NewAccount{ID: "a\r\nSet-Cookie: x=y", Role: review.Officer}, review.Invalid, "no name for an account"},
		{account.NewAccount{ID: strings.Repeat("a", 101), Role: review.Officer}, review.Invalid, "no name for an account"},
		{account.NewAccount{ID: "bob", Role: "king"}, review.Invalid, `no role "king"`},
		{account.NewAccount{ID: "bob", Role: review.Exporter}, review.Invalid, "without an organisation"},
		{account.NewAccount{ID: "bob", Role: review.Officer, Name: "Bob\u202eesab"}, review.Invalid, "name cannot be used"},
		{account.NewAccount{ID: "bob", Role: review.Officer, Name: "Bob\r\nX: y"}, review.Invalid, "name cannot be used"},
		{account.NewAccount{ID: "bob", Role: review.Officer, Name: "\xff"}, review.Invalid, "name cannot be used"},
		{account.NewAccount{ID: "bob", Role: review.Officer, Organisation: strings.Repeat("x", 201)}, review.Invalid, "organisation cannot be used"},
	} {
		_, _, err := h.Invite(ctx, h.asBoss(), tt.n)
		h.refused(tt.kind, tt.says, err)
	}
	bob, link, err := h.Invite(ctx, h.asBoss(), account.NewAccount{ID: "bob@example.org", Name: " Björn A\u030angstro\u0308m 日本 ", Role: review.Officer})
	h.must(err)
	h.logged(account.ActInvite, `"actor":"boss"`, `"account":"bob@example.org"`, `"role":"officer"`)
	if bob.Name != "Björn Ångström 日本" || !bob.Invited() {
		t.Errorf("%+v", bob)
	}
	_, err = h.SignIn(ctx, here, bob.ID, "")
	h.refused(review.Forbidden, "wrong", err)
	_, err = h.Accept(ctx, here, link.Token, account.ForReset, good)
	h.refused(review.NotFound, "does not work", err)
	_, err = h.Accept(ctx, here, link.Token, account.ForInvite, "bob@example")
	h.refused(review.Invalid, "shorter", err)
	in, err := h.Accept(ctx, here, link.Token, account.ForInvite, other)
	h.must(err)
	h.logged(account.ActAccept, `"actor":"bob@example.org"`)
	h.alive(in.Token, true)
	_, err = h.Accept(ctx, here, link.Token, account.ForInvite, good)
	h.refused(review.NotFound, "does not work", err)
	h.in(bob.ID, other)

	_, late, err := h.Invite(ctx, h.asBoss(), account.NewAccount{ID: "late", Role: review.Officer})
	h.must(err)
	h.wait(7 * 24 * time.Hour)
	_, err = h.Accept(ctx, here, late.Token, account.ForInvite, good)
	h.refused(review.NotFound, "does not work", err)
	// A new link for one who never came is an invitation again.
	_, again, err := h.ResetPassword(ctx, h.asBoss(), "late")
	h.must(err)
	if again.Purpose != account.ForInvite {
		t.Errorf("%+v", again)
	}
	_, newer, err := h.ResetPassword(ctx, h.asBoss(), "late")
	h.must(err)
	_, err = h.Accept(ctx, here, again.Token, account.ForInvite, good)
	h.refused(review.NotFound, "does not work", err) // the newer link replaces it
	_, err = h.Accept(ctx, here, newer.Token, account.ForInvite, good)
	h.must(err)
}

// TestNothingSecretIsKept does every act and looks for what was secret in it,
// in the audit log and in every byte of the file.
func TestNothingSecretIsKept(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	ann := h.in("ann", good)
	_, err := h.SignIn(ctx, here, "ann", wrong)
	h.refused(review.Forbidden, "wrong", err)
	const typed = "hunter2 typed into the wrong field"
	_, err = h.SignIn(ctx, here, typed, "x")
	h.refused(review.Forbidden, "wrong", err)
	_, text, err := h.MakeToken(ctx, as(ann.Account), "ann", account.NewToken{Name: "upload", Scopes: []account.Scope{account.ScopeRead}})
	h.must(err)
	changed, err := h.ChangePassword(ctx, as(ann.Account), good, other)
	h.must(err)
	_, reset, err := h.ResetPassword(ctx, h.asBoss(), "ann")
	h.must(err)
	back, err := h.Accept(ctx, here, reset.Token, account.ForReset, good)
	h.must(err)
	state, browser, err := h.KeepFlow(ctx, account.Flow{Nonce: "n", Verifier: "v", Next: "/"})
	h.must(err)
	_, _, err = h.Invite(ctx, h.asBoss(), account.NewAccount{ID: "guest", Role: review.Officer})
	h.must(err)
	h.secret = append(h.secret, typed, text, strings.TrimPrefix(text, account.TokenPrefix), changed.Token, reset.Token, back.Token, state, browser, account.FormToken(back.Token))
	stored := h.log()
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(h.path + suffix)
		h.must(err)
		stored += string(data)
	}
	for _, s := range h.secret {
		if strings.Contains(stored, s) {
			t.Errorf("%q is kept", s)
		}
	}
	if !strings.Contains(stored, "$argon2id$") || !strings.Contains(stored, "account.reset_link") {
		t.Error("the test does not see what is stored")
	}
	if strings.Contains(h.log(), "$argon2id$") {
		t.Error("the audit log has the hash of a password")
	}
}
