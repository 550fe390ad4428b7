package api

import (
	"net/http"
	"time"

	"assay/classifier"
	"assay/review"

	"github.com/labstack/echo/v4"
)

// Meter is told what a server does, so that it can be counted. It is declared
// here by the one who reports; internal/metrics implements it.
type Meter interface {
	// Began is told that a request has come. What it returns is called once, when
	// the request is answered, with the pattern of its route, "" for none.
	Began() (answered func(route, method string, status int, took time.Duration))
	// Waited is told how long a request waited at a gate, and whether in vain.
	Waited(gate string, took time.Duration, refused bool)
	// Assessed is told of an assessment.
	Assessed(a classifier.Assessment, took time.Duration)
	// StoreFailed is told of a request that failed because of the store.
	StoreFailed(kind review.Kind)
	// Handler shows what was counted.
	Handler() http.Handler
}

// metricsRoutes show the figures. A scraper has an API token of its own, which is
// good for nothing else. That a request comes from this machine is no reason to
// let it in: behind a proxy every request does.
func (s *Server) metricsRoutes() []route {
	return []route{{"GET", "/metrics", admins, scopeMetrics, s.metrics}}
}

func (s *Server) metrics(c echo.Context) error {
	if s.Meter == (idle{}) {
		return &failure{kind: kindNotFound, message: "this server counts nothing", remedy: "ask one that does"}
	}
	s.Meter.Handler().ServeHTTP(c.Response(), c.Request())
	return nil
}

// idle is the Meter of a server that counts nothing.
type idle struct{}

func (idle) Began() func(string, string, int, time.Duration) {
	return func(string, string, int, time.Duration) {}
}
func (idle) Waited(string, time.Duration, bool)            {}
func (idle) Assessed(classifier.Assessment, time.Duration) {}
func (idle) StoreFailed(review.Kind)                       {}
func (idle) Handler() http.Handler                         { return http.NotFoundHandler() }
