package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/sqlite"
	"assay/review"
)

var (
	ann  = review.Actor{ID: "ann", Role: review.Exporter, Organisation: "Acme"}
	root = review.Actor{ID: "root", Role: review.Admin}
	noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
)

// bench is a service, a receiver and a sender over one store, with one clock.
type bench struct {
	*review.Service
	t      *testing.T
	store  *sqlite.Store
	sender *Sender
	log    bytes.Buffer
	server *httptest.Server

	mu     sync.Mutex
	now    time.Time
	answer func(http.ResponseWriter, *http.Request)
	got    []received
}

type received struct {
	header http.Header
	body   []byte
	event  review.Notice
}

func setUp(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, now: noon}
	var err error
	if b.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.store.Close() })
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		one := received{header: r.Header, body: body}
		json.Unmarshal(body, &one.event)
		b.mu.Lock()
		b.got = append(b.got, one)
		answer := b.answer
		b.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(b.server.Close)
	clock := func() time.Time { b.mu.Lock(); defer b.mu.Unlock(); return b.now }
	cfg := Config{Outbox: b.store, Now: clock, AllowPrivate: true, Chance: func() float64 { return 0.5 },
		Log: slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, f := range change {
		f(&cfg)
	}
	if b.Service, err = review.New(review.Config{Store: b.store, Now: clock, Seal: cfg.Key.Seal, PlainWebhooks: true}); err != nil {
		t.Fatal(err)
	}
	if b.sender, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) subscribe(path string) (review.Webhook, string) {
	b.t.Helper()
	w, secret, err := b.AddWebhook(b.t.Context(), review.Request{Actor: root}, review.NewWebhook{URL: b.server.URL + path})
	if err != nil {
		b.t.Fatal(err)
	}
	return w, secret
}

func (b *bench) submit(name string) string { b.t.Helper(); return submit(b.t, b.Service, name) }

func submit(t testing.TB, s *review.Service, name string) string {
	t.Helper()
	ctx := context.Background()
	c, err := s.Create(ctx, review.Request{Actor: ann}, review.NewCase{Product: classifier.Product{Name: name}, Lists: []corpus.ListID{corpus.USCCL}})
	if err == nil {
		_, err = s.Assess(ctx, review.Request{Actor: ann}, c.ID, classifier.Assessment{Outcomes: []classifier.Outcome{{List: corpus.USCCL, Code: "3A001.a", Edition: "digest"}}})
	}
	if err == nil {
		_, err = s.Submit(ctx, review.Request{Actor: ann}, c.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func (b *bench) pass(d time.Duration) { b.mu.Lock(); defer b.mu.Unlock(); b.now = b.now.Add(d) }

func (b *bench) answers(f func(http.ResponseWriter, *http.Request)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = f
}

func (b *bench) once() int {
	b.t.Helper()
	n, err := b.sender.Once(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) deliveries(w review.Webhook) []review.Delivery {
	b.t.Helper()
	all, err := b.Deliveries(b.t.Context(), root, review.DeliveryFilter{Webhook: w.ID})
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

func TestDeliveryIsSignedAndNamed(t *testing.T) {
	key, err := ParseKey(strings.Repeat("0f", 32))
	if err != nil {
		t.Fatal(err)
	}
	b := setUp(t, func(c *Config) { c.Key = key })
	w, secret := b.subscribe("/hook")
	if strings.Contains(w.Secret, secret) {
		t.Error("the store has the secret as it is, in spite of a key")
	}
	id := b.submit("Secret product")
	if b.once() != 1 || len(b.got) != 1 {
		t.Fatalf("%d deliveries arrived", len(b.got))
	}
	got, d := b.got[0], b.deliveries(w)[0]
	if err := Verify(got.header.Get(HeaderSignature), secret, got.body, noon); err != nil {
		t.Error(err)
	}
	if got.event.Type != review.EventSubmitted || got.event.Case != id || got.event.State != review.Submitted || got.event.Organisation != "Acme" || !got.event.Time.Equal(noon) {
		t.Errorf("%s", got.body)
	}
	for header, want := range map[string]string{HeaderEvent: got.event.ID, HeaderType: "case.submitted", HeaderDelivery: d.ID, "Content-Type": "application/json"} {
		if got.header.Get(header) != want || want == "" {
			t.Errorf("%s: %q, want %q", header, got.header.Get(header), want)
		}
	}
	if d.State != review.Delivered || d.LastStatus != 200 {
		t.Errorf("%+v", d)
	}
	if b.once() != 0 {
		t.Error("sent twice")
	}
	all := b.log.String() + string(got.body)
	if strings.Contains(all, "Secret product") || strings.Contains(all, secret) || strings.Contains(string(got.body), "ann") {
		t.Errorf("product, secret or person got out:\n%s", all)
	}
}

func TestVerify(t *testing.T) {
	body := []byte(`{"id":"x"}`)
	good := Sign("s", noon, body)
	for name, tc := range map[string]struct {
		header, secret, body string
		at                   time.Time
		want                 string
	}{
		"good":            {good, "s", string(body), noon, ""},
		"just in time":    {good, "s", string(body), noon.Add(Tolerance), ""},
		"replayed":        {good, "s", string(body), noon.Add(Tolerance + time.Second), "signed"},
		"from the future": {good, "s", string(body), noon.Add(-Tolerance - time.Second), "signed"},
		"altered":         {good, "s", `{"id":"y"}`, noon, "altered"},
		"another secret":  {good, "t", string(body), noon, "another"},
		"another time":    {strings.Replace(good, "t=", "t=1", 1), "s", string(body), noon, "signed"},
		"no time":         {good[strings.Index(good, "v1"):], "s", string(body), noon, "is not t="},
		"no signature":    {"t=1", "s", string(body), noon, "is not t="},
		"empty":           {"", "s", string(body), noon, "is not t="},
		"one of two":      {good + ",v1=00", "s", string(body), noon, ""},
	} {
		err := Verify(tc.header, tc.secret, []byte(tc.body), tc.at)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	// Written out once, so that a receiver in another language can be checked:
	// printf '%s' '1772625600.{"id":"x"}' | openssl dgst -sha256 -hmac s
	if want := "t=1772625600,v1=13d9123bdce8fea20ee13244ae9e8c8a9776baa231973e5f21997e94a75f0fe0"; good != want {
		t.Errorf("signature %s, want %s", good, want)
	}
}

// TestFailingEndpoint follows one delivery from its first attempt to its death.
func TestFailingEndpoint(t *testing.T) {
	b := setUp(t)
	w, _ := b.subscribe("/hook")
	b.answers(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "internal detail", http.StatusInternalServerError)
	})
	b.submit("x")
	start, attempts := b.now, 0
	for b.deliveries(w)[0].State == review.Waiting {
		if b.once() == 1 {
			attempts++
		}
		b.pass(time.Second)
		if d := b.deliveries(w)[0]; d.State == review.Waiting {
			if d.NextAt.Before(b.now) {
				t.Fatalf("next at %v, it is %v", d.NextAt, b.now)
			}
			b.pass(d.NextAt.Sub(b.now))
		}
	}
	d := b.deliveries(w)[0]
	if attempts != maxAttempts || d.Attempts != maxAttempts || d.LastStatus != 500 || d.LastError != "it answered 500" {
		t.Errorf("%d attempts, %+v", attempts, d)
	}
	if took := b.now.Sub(start); took < 23*time.Hour || took > 27*time.Hour {
		t.Errorf("given up after %v, want about a day", took)
	}
	// Once more by hand, and it arrives.
	b.answers(nil)
	if err := b.Redeliver(t.Context(), review.Request{Actor: root}, w.ID, d.ID); err != nil {
		t.Fatal(err)
	}
	b.pass(7 * time.Hour)
	if b.once() != 1 || b.deliveries(w)[0].State != review.Delivered {
		t.Errorf("%+v", b.deliveries(w)[0])
	}
	first, last := b.got[0].header, b.got[len(b.got)-1].header
	if first.Get(HeaderEvent) != last.Get(HeaderEvent) || first.Get(HeaderDelivery) != last.Get(HeaderDelivery) || first.Get(HeaderSignature) == last.Get(HeaderSignature) {
		t.Error("ids must stay and signatures must not")
	}
}

func TestEndpointThatIsGone(t *testing.T) {
	b := setUp(t)
	w, _ := b.subscribe("/hook")
	b.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	b.submit("x")
	b.once()
	w, err := b.Webhook(t.Context(), root, w.ID)
	if err != nil || w.Active || !strings.Contains(w.Note, "410") {
		t.Errorf("%+v, %v", w, err)
	}
	b.submit("y")
	if n := len(b.deliveries(w)); n != 1 {
		t.Errorf("%d deliveries; nothing is queued for a webhook that is off", n)
	}
}

// TestDeadEndpointDoesNotGatherForever: what waits behind a failure of a day is
// given up too, and a server that was off for days does not give up untried.
func TestDeadEndpointDoesNotGatherForever(t *testing.T) {
	b := setUp(t)
	w, _ := b.subscribe("/hook")
	b.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	for i := range 40 {
		b.submit(fmt.Sprint("x", i))
	}
	b.pass(72 * time.Hour) // nobody was sending
	b.once()
	count := func(s review.DeliveryState) (n int) {
		for _, d := range b.deliveries(w) {
			if d.State == s {
				n++
			}
		}
		return n
	}
	if count(review.Waiting) != 40 {
		t.Fatalf("%d are waiting after one failure", count(review.Waiting))
	}
	for range 10 * 24 {
		b.once()
		b.pass(20 * time.Minute)
	}
	if count(review.Dead) != 40 || len(b.got) > 40 {
		t.Errorf("%d were given up, with %d attempts in all", count(review.Dead), len(b.got))
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	b := setUp(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer elsewhere.Close()
	w, _ := b.subscribe("/hook")
	b.answers(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusPermanentRedirect)
	})
	b.submit("x")
	b.once()
	if d := b.deliveries(w)[0]; d.State != review.Waiting || d.LastStatus != 308 || !strings.Contains(d.LastError, "redirects are not followed") {
		t.Errorf("%+v", d)
	}
}

func TestReceiverAsksForTime(t *testing.T) {
	b := setUp(t)
	w, _ := b.subscribe("/hook")
	b.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	b.submit("x")
	b.once()
	w, err := b.Webhook(t.Context(), root, w.ID)
	if err != nil || !w.NextAt.Equal(noon.Add(10*time.Minute)) {
		t.Errorf("next at %v, %v", w.NextAt, err)
	}
}

// TestSlowEndpointHoldsNobodyUp lets one endpoint hang while others are served.
func TestSlowEndpointHoldsNobodyUp(t *testing.T) {
	release := make(chan struct{})
	b := setUp(t, func(c *Config) { c.Poll, c.Timeout = time.Millisecond, time.Minute })
	fast := make(chan string, 100)
	b.answers(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-release
			return
		}
		fast <- r.URL.Path
	})
	b.subscribe("/slow")
	b.subscribe("/fast1")
	b.subscribe("/fast2")
	for i := range 5 {
		b.submit(fmt.Sprint("x", i))
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.sender.Run(ctx); close(ended) }()
	for range 10 { // all of the fast ones arrive while the slow one hangs
		<-fast
	}
	close(release)
	stop()
	<-ended
}

// TestRunEndsWhatItBegan: a sender that is told to stop writes down what
// arrived.
func TestRunEndsWhatItBegan(t *testing.T) {
	b := setUp(t, func(c *Config) { c.Poll = time.Millisecond })
	ctx, stop := context.WithCancel(t.Context())
	b.answers(func(http.ResponseWriter, *http.Request) { stop() })
	w, _ := b.subscribe("/hook")
	b.submit("x")
	b.sender.Run(ctx)
	if d := b.deliveries(w)[0]; d.State != review.Delivered {
		t.Errorf("%+v", d)
	}
}

// TestNotPublic: without leave, nothing but the internet is spoken to.
func TestNotPublic(t *testing.T) {
	b := setUp(t, func(c *Config) { c.AllowPrivate = false })
	tls := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("connected") }))
	defer tls.Close()
	for url, want := range map[string]string{
		tls.URL: errNotPublic.Error(),
		"https://localhost:" + tls.URL[strings.LastIndexByte(tls.URL, ':')+1:]: errNotPublic.Error(),
		b.server.URL: "only https",
	} {
		w, _, err := b.AddWebhook(t.Context(), review.Request{Actor: root}, review.NewWebhook{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.TestWebhook(t.Context(), review.Request{Actor: root}, w.ID); err != nil {
			t.Fatal(err)
		}
		b.once()
		if d := b.deliveries(w)[0]; !strings.Contains(d.LastError, want) || strings.Contains(d.LastError, "127.0") {
			t.Errorf("%s: %q", url, d.LastError)
		}
	}
	if len(b.got) != 0 {
		t.Error("something arrived")
	}
}

func TestExplainShowsNoAnswer(t *testing.T) {
	b := setUp(t)
	b.server.Close()
	w, _ := b.subscribe("/hook?token=abc")
	b.submit("x")
	b.once()
	if d := b.deliveries(w)[0]; d.LastError != "the connection was refused" {
		t.Errorf("%q", d.LastError)
	}
	if strings.Contains(b.log.String(), "token=abc") {
		t.Errorf("the log has the address whole: %s", b.log.String())
	}
	if got := explain(0, errors.New("dial tcp 10.1.2.3:443: strange"), time.Second); strings.Contains(got, "10.1") {
		t.Error(got)
	}
}
