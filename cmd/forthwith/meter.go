package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
)

// meter counts what this process does. Relays are told by id: no host name, no
// domain and nothing about a person is a label.
type meter struct {
	registry *prometheus.Registry
	answers  *prometheus.CounterVec
	open     prometheus.Gauge
}

func newMeter(backlog func(context.Context) (postgres.Backlog, error)) *meter {
	m := &meter{
		registry: prometheus.NewRegistry(),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "forthwith_answers_total",
			Help: "Messages that a relay answered, by what the answer means (took: it has the message; unknown: it may have it)."}, []string{"relay", "verdict"}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{Name: "forthwith_messages_open",
			Help: "Messages of this process that a relay has been told of and has not finished answering."}),
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.answers, m.open, waiting{backlog})
	return m
}

// handler serves the metrics. What cannot be read is left out of them.
func (m *meter) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// waiting reads from the record, at each scrape, what waits for somebody.
type waiting struct {
	read func(context.Context) (postgres.Backlog, error)
}

// scrapeTime bounds the look into the record.
const scrapeTime = 3 * time.Second

var (
	outboxTasks    = prometheus.NewDesc("forthwith_outbox_tasks", "Tasks that are not handed to the queue yet.", nil, nil)
	ledgerPending  = prometheus.NewDesc("forthwith_ledger_pending_entries", "Ledger entries without a place in the log yet.", nil, nil)
	ledgerLag      = prometheus.NewDesc("forthwith_ledger_lag_seconds", "Age of the oldest ledger entry without a place; 0 when there is none.", nil, nil)
	workersAlive   = prometheus.NewDesc("forthwith_workers", "Worker processes whose lease has not ended.", nil, nil)
	batchesClaimed = prometheus.NewDesc("forthwith_batches_claimed", "Batches that workers hold.", nil, nil)
	alertsOpen     = prometheus.NewDesc("forthwith_alerts_open", "Alerts that nobody has acknowledged.", nil, nil)
)

func (w waiting) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(w, to) }

func (w waiting) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	b, err := w.read(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(outboxTasks, err)
		return
	}
	for desc, value := range map[*prometheus.Desc]float64{outboxTasks: float64(b.Outbox), ledgerPending: float64(b.Pending), ledgerLag: b.Lag.Seconds(),
		workersAlive: float64(b.Workers), batchesClaimed: float64(b.Claimed), alertsOpen: float64(b.Alerts)} {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
}

// counted is a wire whose answers are counted.
type counted struct {
	delivery.Wire
	meter *meter
}

// Dial opens a connection that counts.
func (c counted) Dial(ctx context.Context, r delivery.Relay) (delivery.Session, error) {
	s, err := c.Wire.Dial(ctx, r)
	if err != nil {
		return nil, err
	}
	return &countedSession{Session: s, meter: c.meter, relay: id.Relay(r.No).String()}, nil
}

type countedSession struct {
	delivery.Session
	meter *meter
	relay string
	begun bool // an envelope was sent whose answer is not the last one
}

func (s *countedSession) begin() {
	s.meter.open.Inc()
	s.begun = true
}

func (s *countedSession) end() {
	if s.begun {
		s.meter.open.Dec()
		s.begun = false
	}
}

func (s *countedSession) answered(r outcome.Reply) outcome.Reply {
	s.end()
	s.meter.answers.WithLabelValues(s.relay, string(r.Verdict())).Inc()
	return r
}

// Envelope counts a refusal: no message follows it.
func (s *countedSession) Envelope(ctx context.Context, from, to string) outcome.Reply {
	s.begin()
	r := s.Session.Envelope(ctx, from, to)
	if !r.Lost && r.Code/100 == 2 && r.Phase == outcome.PhaseRcpt {
		return r
	}
	return s.answered(r)
}

// Deliver counts the last answer.
func (s *countedSession) Deliver(ctx context.Context, raw []byte) outcome.Reply {
	return s.answered(s.Session.Deliver(ctx, raw))
}

func (s *countedSession) Reset(ctx context.Context) error {
	s.end()
	return s.Session.Reset(ctx)
}

func (s *countedSession) Close() {
	s.end()
	s.Session.Close()
}
