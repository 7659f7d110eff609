package main

import "github.com/prometheus/client_golang/prometheus"

var (
	buildDesc  = describe("build_info", "Version of the program", "version")
	upDesc     = describe("karma_alertmanager_up", "1 if the last pull of the Alertmanager succeeded", "alertmanager")
	errorsDesc = describe("karma_alertmanager_errors_total", "Failed requests to the Alertmanager", "alertmanager", "endpoint")
	cyclesDesc = describe("karma_collect_cycles_total", "Pulls of the Alertmanager", "alertmanager")
	alertsDesc = describe("karma_collected_alerts_count", "Alerts of the last pull", "alertmanager", "state", "receiver")
	groupsDesc = describe("karma_collected_groups_count", "Alert groups of the last pull", "alertmanager", "receiver")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// metrics gives Karma's own metrics, by the names that Karma gives them.
type metrics struct {
	upstreams []*upstream
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{buildDesc, upDesc, errorsDesc, cyclesDesc, alertsDesc, groupsDesc} {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(found chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		found <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	counter := func(desc *prometheus.Desc, value float64, labels ...string) {
		found <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, value, labels...)
	}
	gauge(buildDesc, 1, version)
	for _, am := range m.upstreams {
		last := am.snapshot()
		up := 0.0
		if last.lastError == "" {
			up = 1
		}
		gauge(upDesc, up, am.Name)
		counter(cyclesDesc, last.cycles, am.Name)
		for endpoint, count := range last.failed {
			counter(errorsDesc, count, am.Name, endpoint)
		}
		groups, alerts := map[string]float64{}, map[[2]string]float64{}
		for _, group := range last.groups {
			receiver := group.Receiver.Name
			groups[receiver]++
			for _, state := range []string{"active", "suppressed", "unprocessed"} {
				alerts[[2]string{state, receiver}] += 0
			}
			for _, alert := range group.Alerts {
				alerts[[2]string{alert.Status.State, receiver}]++
			}
		}
		for receiver, count := range groups {
			gauge(groupsDesc, count, am.Name, receiver)
		}
		for key, count := range alerts {
			gauge(alertsDesc, count, am.Name, key[0], key[1])
		}
	}
}
