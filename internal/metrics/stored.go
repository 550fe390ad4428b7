package metrics

import (
	"context"
	"sync"
	"time"

	"assay/review"

	"github.com/prometheus/client_golang/prometheus"
)

// stored shows what the store knows. Counting cases reads an index, so it is
// done at most every trust, however many look.
type stored struct {
	cfg Config

	mu    sync.Mutex
	at    time.Time
	up    bool
	cases map[review.State]int64
	owed  *review.Backlog
}

const (
	trust    = 30 * time.Second
	patience = 3 * time.Second
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	upDesc      = desc("assay_store_up", "1 when the store of cases answers, else 0.")
	casesDesc   = desc("assay_cases", "Cases, by state.", "state")
	owedDesc    = desc("assay_webhook_deliveries", "Deliveries to webhooks that wait, or were given up in the last 30 days.", "state")
	oldestDesc  = desc("assay_webhook_oldest_seconds", "How long the oldest delivery waits.")
	failingDesc = desc("assay_webhooks_failing", "Active webhooks whose last attempt failed.")
	poolDesc    = desc("assay_database_connections", "Connections to the database.", "state")
	takenDesc   = desc("assay_database_acquired_total", "How often a connection was taken.")
	waitedDesc  = desc("assay_database_waited_total", "How often none was free at once.")
	gaveUpDesc  = desc("assay_database_wait_given_up_total", "How often a request ended while it waited for one.")
	waitDesc    = desc("assay_database_wait_seconds_total", "Time spent in waiting for one.")
)

// Describe implements prometheus.Collector.
func (s *stored) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{upDesc, casesDesc, owedDesc, oldestDesc, failingDesc, poolDesc, takenDesc, waitedDesc, gaveUpDesc, waitDesc} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (s *stored) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	if s.cfg.Pool != nil {
		p := s.cfg.Pool()
		gauge(poolDesc, float64(p.Busy), "busy")
		gauge(poolDesc, float64(p.Idle), "idle")
		gauge(poolDesc, float64(p.Max), "max")
		counter(takenDesc, float64(p.Acquired))
		counter(waitedDesc, float64(p.Waited))
		counter(gaveUpDesc, float64(p.GivenUp))
		counter(waitDesc, p.WaitTime.Seconds())
	}
	if s.cfg.Cases == nil && s.cfg.Webhooks == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	if !s.up {
		gauge(upDesc, 0) // and no figures: old ones would look like new ones
		return
	}
	gauge(upDesc, 1)
	if s.cfg.Cases != nil {
		for _, state := range review.States() {
			gauge(casesDesc, float64(s.cases[state]), string(state))
		}
	}
	if s.owed != nil {
		gauge(owedDesc, float64(s.owed.Waiting), string(review.Waiting))
		gauge(owedDesc, float64(s.owed.Dead), string(review.Dead))
		gauge(failingDesc, float64(s.owed.Failing))
		age := 0.0
		if !s.owed.Oldest.IsZero() {
			age = max(0, s.cfg.Now().Sub(s.owed.Oldest).Seconds())
		}
		gauge(oldestDesc, age)
	}
}

// look asks the store unless it has just answered.
func (s *stored) look() {
	now := s.cfg.Now()
	if s.up && now.Sub(s.at) < trust {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.at, s.up = now, false
	var err error
	if s.cfg.Cases != nil {
		if s.cases, err = s.cfg.Cases(ctx); err != nil {
			return
		}
	}
	if s.cfg.Webhooks != nil {
		b, err := s.cfg.Webhooks(ctx)
		if err != nil {
			return
		}
		s.owed = &b
	}
	s.up = true
}
