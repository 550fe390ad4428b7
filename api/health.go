package api

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"assay/classifier/embedding"

	"github.com/labstack/echo/v4"
)

type healthBody struct {
	Status  string  `json:"status"`
	Version string  `json:"version"`
	Checks  []check `json:"checks,omitempty"`
}

// check is one thing that is well or not. Without a vital one the server is not
// ready; without another it is degraded.
type check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"`

	minor bool
}

// healthz says that the process answers, and nothing more.
func (s *Server) healthz(c echo.Context) error {
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, healthBody{Status: "alive", Version: s.Version})
	return nil
}

// readyz says whether products can be assessed and cases worked on now, and if
// not, what is missing. What is wrong with the store, and what to do, is told to
// those who run the server; others are told that it is.
func (s *Server) readyz(c echo.Context) error {
	r := c.Request()
	sv := s.servingOf(r.Context())
	serving := check{Name: "serving", OK: !s.draining.Load(), Detail: "takes requests"}
	if !serving.OK {
		serving.Detail = "is shutting down"
	}
	checks := []check{s.digestReady(), sv.listsReady(), sv.editions(), s.modelReady(r.Context(), sv), serving}
	checks = append(checks, s.inspected(r.Context(), s.runsServer(r))...)
	body, status := healthBody{Status: "ready", Version: s.Version, Checks: checks}, http.StatusOK
	for _, k := range checks {
		switch {
		case k.OK:
		case !k.minor:
			body.Status, status = "not_ready", http.StatusServiceUnavailable
			c.Response().Header().Set("Retry-After", retryAfter)
		case status == http.StatusOK:
			body.Status = "degraded"
		}
	}
	s.writeJSON(c.Response(), c.Request(), status, body)
	return nil
}

func (s *Server) digestReady() check {
	n := len(s.Digest.Cards)
	return check{Name: "digest", OK: n > 0, Detail: fmt.Sprintf("%d cards, %d families of goods", n, len(s.Digest.Goods))}
}

func (sv *serving) listsReady() check {
	n := len(sv.Lists())
	return check{Name: "lists", OK: n > 0, Detail: fmt.Sprintf("%d lists can be assessed, %d editions are imported", n, len(sv.catalog.outlines))}
}

func (s *Server) modelReady(ctx context.Context, sv *serving) check {
	if s.Embedder == nil {
		return check{Name: "model", OK: true, Detail: sv.Model() + ", without vectors"}
	}
	if err := s.model.usable(ctx); err != nil {
		s.Log.Error("embedder does not answer", "model", s.Embedder.Name(), "error", err)
		return check{Name: "model", Detail: s.Embedder.Name() + " does not answer; the log of the server says why"}
	}
	return check{Name: "model", OK: true, Detail: s.Embedder.Name()}
}

// modelCheck asks the embedder for one vector, and remembers the answer for a
// while: probes come every few seconds and a remote model costs money.
type modelCheck struct {
	embedder embedding.Embedder
	now      func() time.Time

	mu    sync.Mutex
	until time.Time
	err   error
}

const (
	trustGood = time.Minute
	trustBad  = 5 * time.Second
	probeTime = 3 * time.Second
)

func (m *modelCheck) usable(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().Before(m.until) {
		return m.err
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	vectors, err := m.embedder.Embed(ctx, []string{"pump"})
	if err == nil && (len(vectors) != 1 || len(vectors[0]) == 0) {
		err = fmt.Errorf("%d vectors for one text", len(vectors))
	}
	m.err, m.until = err, m.now().Add(trustGood)
	if err != nil {
		m.until = m.now().Add(trustBad)
	}
	return m.err
}
