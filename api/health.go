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

type check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// healthz says that the process answers, and nothing more.
func (s *Server) healthz(c echo.Context) error {
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, healthBody{Status: "alive", Version: s.Version})
	return nil
}

// readyz says whether products can be assessed now, and if not, what is missing.
func (s *Server) readyz(c echo.Context) error {
	sv := s.servingOf(c.Request().Context())
	checks := []check{s.digestReady(), sv.listsReady(), sv.editions(), s.modelReady(c.Request().Context(), sv), {"serving", !s.draining.Load(), "takes requests"}}
	if s.draining.Load() {
		checks[len(checks)-1].Detail = "is shutting down"
	}
	body, status := healthBody{Status: "ready", Version: s.Version, Checks: checks}, http.StatusOK
	for _, k := range checks {
		if !k.OK {
			body.Status, status = "not_ready", http.StatusServiceUnavailable
			c.Response().Header().Set("Retry-After", retryAfter)
		}
	}
	s.writeJSON(c.Response(), c.Request(), status, body)
	return nil
}

func (s *Server) digestReady() check {
	n := len(s.Digest.Cards)
	return check{"digest", n > 0, fmt.Sprintf("%d cards, %d families of goods", n, len(s.Digest.Goods))}
}

func (sv *serving) listsReady() check {
	n := len(sv.Lists())
	return check{"lists", n > 0, fmt.Sprintf("%d lists can be assessed, %d editions are imported", n, len(sv.catalog.outlines))}
}

func (s *Server) modelReady(ctx context.Context, sv *serving) check {
	if s.Embedder == nil {
		return check{"model", true, sv.Model() + ", without vectors"}
	}
	if err := s.model.usable(ctx); err != nil {
		s.Log.Error("embedder does not answer", "model", s.Embedder.Name(), "error", err)
		return check{"model", false, s.Embedder.Name() + " does not answer; the log of the server says why"}
	}
	return check{"model", true, s.Embedder.Name()}
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
