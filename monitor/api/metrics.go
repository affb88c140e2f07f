package api

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/schedule"
)

// metrics is the handler of a registry of its own, so that no library adds to
// what it shows.
func (s *Server) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newCollector(s.source, s.opts.Version),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: readTimeout,
		ErrorLog: slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelError)})
}

// collector asks the source anew for every scrape, so nothing is counted twice.
// The one label with values that others choose is the project's name.
type collector struct {
	source  Source
	version string

	subjects, incidents, running, lag, build     *prometheus.Desc
	calls, tokens, cost, answerSeconds, refusals *prometheus.Desc
}

func newCollector(source Source, version string) *collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("clockwork_"+name, help, labels, nil)
	}
	return &collector{source: source, version: version,
		subjects:  desc("subjects", "How many things with asserts there are, by project and health.", "project", "health"),
		incidents: desc("incidents", "How many incidents are on record, by project and by where they stand now.", "project", "state"),
		running:   desc("checks_running", "How many checks are running."),
		lag: desc("check_lag_seconds", "How long after they were due checks began, by how long their runs before took: "+
			"prompt, slow, or hung.", "lane"),
		calls: desc("completion_calls_total", "How many requests were sent to models, by whether an answer came that could be used.",
			"project", "result"),
		tokens:        desc("completion_tokens_total", "How many tokens requests to models had, and their answers.", "project", "kind"),
		cost:          desc("completion_cost_total", "What requests to models cost, where prices are set.", "project"),
		answerSeconds: desc("completion_seconds", "How long models took to answer.", "project"),
		refusals:      desc("completion_denials_total", "How many proposals of models were refused, by the gate that did.", "project", "gate"),
		build:         desc("build_info", "Always 1. The labels say which Clockwork this is.", "version", "goversion"),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.subjects, c.incidents, c.running, c.lag, c.build,
		c.calls, c.tokens, c.cost, c.answerSeconds, c.refusals} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
	}
	type series struct{ project, value string }
	// Two projects may have one name; they are added up.
	subjects := map[series]int{}
	for _, p := range c.source.Status() {
		name := label(p.Name, p.Dir)
		for health, n := range map[monitor.Health]int{monitor.Healthy: countsOf(p).Healthy,
			monitor.Unhealthy: countsOf(p).Unhealthy, monitor.Unknown: countsOf(p).Unknown} {
			subjects[series{name, health.String()}] += n
		}
	}
	for s, n := range subjects {
		gauge(c.subjects, n, s.project, s.value)
	}
	incidents := map[series]int{}
	for _, i := range c.source.Incidents(incident.Filter{}) {
		incidents[series{label(i.Project.Name, i.Project.Folder), label(string(i.State), "")}]++
	}
	for s, n := range incidents {
		gauge(c.incidents, n, s.project, s.value)
	}
	stats := c.source.Stats()
	gauge(c.running, stats.Prompt.Running+stats.Slow.Running+stats.Hung.Running+stats.Aside)
	for name, lane := range map[string]schedule.Lane{"prompt": stats.Prompt, "slow": stats.Slow, "hung": stats.Hung} {
		out <- histogram(c.lag, lane.Lag, name)
	}
	c.collectCompletion(out)
	gauge(c.build, 1, c.version, runtime.Version())
}

// collectCompletion says what models were asked for. Projects of one name are one
// tally already.
func (c *collector) collectCompletion(out chan<- prometheus.Metric) {
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	for _, t := range c.source.Tallies() {
		name := label(t.Project, "")
		counter(c.calls, float64(t.Answered), name, "answered")
		counter(c.calls, float64(t.Failed), name, "failed")
		counter(c.tokens, float64(t.PromptTokens), name, "prompt")
		counter(c.tokens, float64(t.CompletionTokens), name, "completion")
		counter(c.cost, t.Cost, name)
		out <- histogram(c.answerSeconds, t.Seconds, name)
		for gate, n := range t.Denials {
			counter(c.refusals, float64(n), name, label(gate, ""))
		}
	}
}

// label is a project's name, or the last part of its folder while it has none.
func label(name, folder string) string {
	if name == "" && folder != "" {
		name = filepath.Base(folder)
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}

// histogram is one of Prometheus, whose buckets count all that is below, too.
func histogram(d *prometheus.Desc, h schedule.Histogram, labels ...string) prometheus.Metric {
	buckets, n := map[float64]uint64{}, uint64(0)
	for _, b := range h.Buckets {
		n += b.Count
		buckets[b.UpTo.Seconds()] = n
	}
	return prometheus.MustNewConstHistogram(d, h.Count(), h.Sum.Seconds(), buckets, labels...)
}
