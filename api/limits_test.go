package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/classifier"
)

// serve starts s on a port of its own and returns its address and how to end it.
func serve(t testing.TB, s *Server) (addr string, end func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, ln) }()
	end = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return ln.Addr().String(), end
}

func classifyAt(addr string) (int, error) {
	resp, err := http.Post("http://"+addr+"/api/v1/classify", mediaJSON, strings.NewReader(`{"name":"pump"}`))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func TestTimeout(t *testing.T) {
	s := newServer(t, func(c *Config) { c.RequestTimeout = 30 * time.Millisecond }, stubbed(func(ctx context.Context) (classifier.Assessment, error) {
		<-ctx.Done()
		return classifier.Assessment{}, fmt.Errorf("searching: %w", ctx.Err())
	}))
	rec := post(t, s, "/api/v1/classify", mediaJSON, `{"name":"pump"}`)
	if e := decodeBody[errorBody](t, rec).Error; rec.Code != 504 || e.Code != kindTimeout {
		t.Errorf("%d %+v", rec.Code, e)
	}
}

// TestConcurrency fills the one place and the queue, and looks who is sent away.
func TestConcurrency(t *testing.T) {
	release := make(chan struct{})
	var inside, most atomic.Int32
	s := newServer(t, func(c *Config) { c.Concurrency, c.QueueWait = 1, time.Minute }, stubbed(func(context.Context) (classifier.Assessment, error) {
		if n := inside.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-release
		inside.Add(-1)
		return classifier.Assessment{Outcomes: []classifier.Outcome{}, Suggestions: []classifier.Suggestion{}, Questions: []classifier.Question{},
			Screening: classifier.Screening{Status: "not_run", Capabilities: []any{}, Tools: []any{}, Parties: []any{}, Review: []any{}}}, nil
	}))
	done := make(chan int, 1+queueFor)
	for range 1 + queueFor {
		go func() { done <- post(t, s, "/api/v1/classify", mediaJSON, `{"name":"pump"}`).Code }()
	}
	eventually(t, "a full queue", func() bool { return len(s.gate.waiting) == queueFor && inside.Load() == 1 })
	rec := post(t, s, "/api/v1/classify", mediaJSON, `{"name":"pump"}`)
	if e := decodeBody[errorBody](t, rec).Error; rec.Code != 503 || e.Code != kindBusy || rec.Header().Get("Retry-After") == "" {
		t.Errorf("beyond the queue: %d %+v", rec.Code, e)
	}
	if page := post(t, s, "/", mediaForm, "name=pump"); page.Code != 503 || page.Header().Get("Retry-After") == "" {
		t.Errorf("page beyond the queue: %d", page.Code)
	}
	if rec := post(t, s, "/api/v1/classify", mediaJSON, `{}`); rec.Code != 422 {
		t.Errorf("a fault of the product must not wait for a place: %d", rec.Code)
	}
	close(release)
	for range 1 + queueFor {
		if status := <-done; status != 200 {
			t.Errorf("one that waited got %d", status)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d at once, 1 allowed", most.Load())
	}
}

func TestQueueWaitIsBounded(t *testing.T) {
	g := newGate("compute", idle{}, 1, 10*time.Millisecond)
	if err := g.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f := failureOf(g.enter(t.Context())); f.kind != kindBusy {
		t.Errorf("after the wait: %v", f)
	}
	g.wait = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f := failureOf(g.enter(ctx)); f.kind != kindGone {
		t.Errorf("after the client left: %v", f)
	}
	g.leave()
	if err := g.enter(t.Context()); err != nil || len(g.waiting) != 0 {
		t.Errorf("freed place: %v, %d waiting", err, len(g.waiting))
	}
}

// TestSlowClient promises a body and does not send it.
func TestSlowClient(t *testing.T) {
	s := newServer(t, func(c *Config) { c.RequestTimeout = 200 * time.Millisecond })
	addr, _ := serve(t, s)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprintf(conn, "POST /api/v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"name\":")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout || !resp.Close {
		t.Errorf("status %d, close %v", resp.StatusCode, resp.Close)
	}
}

// TestLongComputation takes longer than a body may take to arrive: the
// deadline for reading must not end the computing.
func TestLongComputation(t *testing.T) {
	s := newServer(t, func(c *Config) { c.RequestTimeout = 400 * time.Millisecond }, stubbed(func(ctx context.Context) (classifier.Assessment, error) {
		select {
		case <-time.After(300 * time.Millisecond):
			return classifier.Assessment{}, nil
		case <-ctx.Done():
			return classifier.Assessment{}, ctx.Err()
		}
	}))
	addr, _ := serve(t, s)
	if status, err := classifyAt(addr); status != 200 || err != nil {
		t.Errorf("%d %v", status, err)
	}
}

func TestLargeHeaders(t *testing.T) {
	addr, _ := serve(t, newServer(t))
	req, _ := http.NewRequest(http.MethodGet, "http://"+addr+"/healthz", nil)
	req.Header.Set("X-Large", strings.Repeat("x", 64<<10))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestShutdownLetsRunningRequestsFinish(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	s := newServer(t, stubbed(func(ctx context.Context) (classifier.Assessment, error) {
		close(started)
		select {
		case <-release:
			return classifier.Assessment{}, nil
		case <-ctx.Done():
			return classifier.Assessment{}, ctx.Err()
		}
	}))
	addr, end := serve(t, s)
	status := make(chan int, 1)
	go func() {
		code, _ := classifyAt(addr)
		status <- code
	}()
	<-started
	ended := make(chan error, 1)
	go func() { ended <- end() }()
	eventually(t, "the listener to close", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case err := <-ended:
		t.Fatalf("ended with a request running: %v", err)
	default:
	}
	close(release)
	if got := <-status; got != 200 {
		t.Errorf("the running request got %d", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestShutdownCutsOffWhatTakesTooLong(t *testing.T) {
	started := make(chan struct{})
	s := newServer(t, func(c *Config) { c.DrainTimeout = 20 * time.Millisecond }, stubbed(func(ctx context.Context) (classifier.Assessment, error) {
		close(started)
		<-ctx.Done()
		return classifier.Assessment{}, ctx.Err()
	}))
	addr, end := serve(t, s)
	go classifyAt(addr)
	<-started
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestServeSaysWhatFails(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := newServer(t).Serve(t.Context(), ln); err == nil || !strings.Contains(err.Error(), ln.Addr().String()) {
		t.Errorf("err = %v", err)
	}
}
