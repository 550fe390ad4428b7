// Package metrics counts what a server does and shows it in the form that
// Prometheus reads. It is the only importer of the Prometheus client, and has
// a registry of its own: nothing is counted by an import elsewhere.
//
// Metrics takes reports (a request was answered, a product assessed, an act
// done); what the store knows is asked for when somebody looks, and not more
// often than every half minute. No name, product or address is a label: labels
// are patterns of routes, lists, states and kinds, of which there are few.
//
// The package knows the words of review and classifier; it must never import
// the API or a store.
package metrics

import (
	"cmp"
	"context"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"assay/classifier"
	"assay/review"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config is what Metrics asks when somebody looks. Every field may be left out.
type Config struct {
	Version string
	// Cases counts the cases by state.
	Cases func(context.Context) (map[review.State]int64, error)
	// Webhooks counts what webhooks are owed.
	Webhooks func(context.Context) (review.Backlog, error)
	// Pool tells how the connections to the database are used.
	Pool func() Pool
	Now  func() time.Time // default time.Now
}

// Pool is how connections to a database are used.
type Pool struct {
	Max, Idle, Busy int32
	Acquired        int64         // how often one was taken
	Waited          int64         // how often none was free at once
	GivenUp         int64         // how often the one who waited left
	WaitTime        time.Duration // of all
}

// Metrics counts. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	inFlight  prometheus.Gauge
	waits     *prometheus.HistogramVec
	refused   *prometheus.CounterVec
	assessing prometheus.Histogram
	outcomes  *prometheus.CounterVec
	acts      *prometheus.CounterVec
	webhooks  *prometheus.CounterVec
	failures  *prometheus.CounterVec
}

// Steps of the histograms, in seconds. Answers are milliseconds to seconds;
// waits for a place end after some seconds.
var (
	answerSteps = []float64{.002, .005, .01, .02, .05, .1, .2, .3, .5, 1, 2, 5, 10}
	waitSteps   = []float64{.001, .005, .02, .05, .1, .25, .5, 1, 2, 5}
)

// New returns Metrics that have counted nothing yet.
func New(cfg Config) *Metrics {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, steps []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: steps}, labels)
	}
	m := &Metrics{
		registry:  prometheus.NewRegistry(),
		requests:  counter("assay_http_requests_total", "Requests answered, by pattern of the route, method and class of the status.", "route", "method", "class"),
		durations: histogram("assay_http_request_seconds", "Time from the request's head to the end of the answer.", answerSteps, "route", "method"),
		inFlight:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "assay_http_requests_in_flight", Help: "Requests that are being answered."}),
		waits:     histogram("assay_gate_wait_seconds", "Time that requests waited for a place to compute or to take a document in.", waitSteps, "gate"),
		refused:   counter("assay_gate_refused_total", "Requests that got no such place and were told to come again.", "gate"),
		assessing: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "assay_classify_seconds", Help: "Time to assess a product, without the wait for a place.", Buckets: answerSteps}),
		outcomes:  counter("assay_outcomes_total", "Outcomes of assessments, by list and status.", "list", "status"),
		acts:      counter("assay_acts_total", "Acts done on cases and webhooks.", "act"),
		webhooks:  counter("assay_webhook_attempts_total", "Attempts to send to webhooks, by what became of the delivery.", "type", "state"),
		failures:  counter("assay_store_errors_total", "Requests that failed because of the store, by kind of error.", "kind"),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "assay_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": cmp.Or(cfg.Version, "dev"), "go": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.durations, m.inFlight, m.waits, m.refused, m.assessing, m.outcomes, m.acts, m.webhooks, m.failures, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &stored{cfg: cfg})
	return m
}

// Handler shows the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second, MaxRequestsInFlight: 4})
}

// Began notes that a request has come. What it returns is called once, with the
// pattern of the route that it took, "" for none.
func (m *Metrics) Began() (answered func(route, method string, status int, took time.Duration)) {
	m.inFlight.Inc()
	return func(route, method string, status int, took time.Duration) {
		m.inFlight.Dec()
		route = cmp.Or(route, "none")
		switch method {
		case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete, http.MethodPut, http.MethodPatch, http.MethodOptions:
		default:
			method = "other" // anybody can make words up
		}
		m.requests.WithLabelValues(route, method, strconv.Itoa(status/100)+"xx").Inc()
		m.durations.WithLabelValues(route, method).Observe(took.Seconds())
	}
}

// Waited notes how long a request waited at a gate, and whether in vain.
func (m *Metrics) Waited(gate string, took time.Duration, refused bool) {
	if refused {
		m.refused.WithLabelValues(gate).Inc()
	}
	m.waits.WithLabelValues(gate).Observe(took.Seconds())
}

// Assessed notes an assessment.
func (m *Metrics) Assessed(a classifier.Assessment, took time.Duration) {
	m.assessing.Observe(took.Seconds())
	for _, o := range a.Outcomes {
		m.outcomes.WithLabelValues(string(o.List), string(o.Status)).Inc()
	}
}

// StoreFailed notes that a request failed because of the store.
func (m *Metrics) StoreFailed(kind review.Kind) { m.failures.WithLabelValues(string(kind)).Inc() }

// Did notes an act.
func (m *Metrics) Did(act review.Act) { m.acts.WithLabelValues(string(act)).Inc() }

// Sent notes an attempt to send to a webhook.
func (m *Metrics) Sent(kind review.EventType, state review.DeliveryState) {
	m.webhooks.WithLabelValues(string(kind), string(state)).Inc()
}
