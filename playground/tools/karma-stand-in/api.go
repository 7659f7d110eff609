package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// label is one label of an alert or a group.
type label struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// alertSource is one Alertmanager's view of an alert.
type alertSource struct {
	Fingerprint string    `json:"fingerprint"`
	Name        string    `json:"name"`
	Cluster     string    `json:"cluster"`
	State       string    `json:"state"`
	StartsAt    time.Time `json:"startsAt"`
	Source      string    `json:"source"`
	SilencedBy  []string  `json:"silencedBy"`
	InhibitedBy []string  `json:"inhibitedBy"`
}

// alert is an alert of the answer; its labels are those that its group does not have.
type alert struct {
	Annotations  []label       `json:"annotations"`
	Labels       []label       `json:"labels"`
	StartsAt     time.Time     `json:"startsAt"`
	State        string        `json:"state"`
	Receiver     string        `json:"receiver"`
	ID           string        `json:"id"`
	Alertmanager []alertSource `json:"alertmanager"`
}

// alertGroup is a group of the answer. Karma moves labels that all its alerts share to "shared"; here it stays empty.
type alertGroup struct {
	Receiver    string         `json:"receiver"`
	ID          string         `json:"id"`
	Labels      []label        `json:"labels"`
	Alerts      []*alert       `json:"alerts"`
	StateCount  map[string]int `json:"stateCount"`
	TotalAlerts int            `json:"totalAlerts"`
	Shared      sharedParts    `json:"shared"`
}

// sharedParts has the members of Karma's, always empty.
type sharedParts struct {
	Annotations []label             `json:"annotations"`
	Labels      []label             `json:"labels"`
	Silences    map[string][]string `json:"silences"`
	Sources     []string            `json:"sources"`
	Clusters    []string            `json:"clusters"`
}

// instance is one Alertmanager of the answer.
type instance struct {
	Name            string            `json:"name"`
	URI             string            `json:"uri"`
	PublicURI       string            `json:"publicURI"`
	ReadOnly        bool              `json:"readonly"`
	Headers         map[string]string `json:"headers"`
	CORSCredentials string            `json:"corsCredentials"`
	Error           string            `json:"error"`
	Version         string            `json:"version"`
	Cluster         string            `json:"cluster"`
	ClusterMembers  []string          `json:"clusterMembers"`
}

type object = map[string]any

// alerts answers POST /alerts.json, which Karma's page asks for all it shows.
func (h *handler) alerts(w http.ResponseWriter, r *http.Request) {
	var query struct {
		Filters []string `json:"filters"`
	}
	if err := json.NewDecoder(r.Body).Decode(&query); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	filters := []*filter{}
	for _, expression := range query.Filters {
		// An expression that is no filter hides no alert.
		if parsed, err := parseFilter(expression); err == nil {
			filters = append(filters, parsed)
		}
	}
	groups, counts := collect(h.upstreams, filters)
	total := counts["active"] + counts["suppressed"] + counts["unprocessed"]
	grids := []object{}
	if len(groups) > 0 {
		grids = append(grids, object{
			"labelName": "", "labelValue": "", "alertGroups": groups, "totalGroups": len(groups), "stateCount": counts,
		})
	}
	w.Header().Set("Cache-Control", "no-cache, no-store, must-revalidate")
	writeJSON(w, object{
		"status":         "success",
		"timestamp":      time.Now().UTC(),
		"version":        version,
		"upstreams":      summary(h.upstreams),
		"grids":          grids,
		"totalAlerts":    total,
		"settings":       h.cfg.published(),
		"authentication": object{"enabled": h.login != nil, "username": h.user(r), "groups": h.groups(r)},
	})
}

// collect merges the alerts of all Alertmanagers: those of one receiver and of the same labels become one.
func collect(upstreams []*upstream, filters []*filter) ([]*alertGroup, map[string]int) {
	groups, order := map[string]*alertGroup{}, []*alertGroup{}
	alerts := map[string]*alert{}
	counts := map[string]int{"active": 0, "suppressed": 0, "unprocessed": 0}
	for _, am := range upstreams {
		for _, from := range am.snapshot().groups {
			id := identity(from.Receiver.Name, from.Labels)
			for _, one := range from.Alerts {
				if !allMatch(filters, one.Labels) {
					continue
				}
				group, known := groups[id]
				if !known {
					group = newGroup(id, from)
					groups[id], order = group, append(order, group)
				}
				key := id + identity("", one.Labels)
				if _, known := alerts[key]; !known {
					alerts[key] = newAlert(one, from)
					group.Alerts = append(group.Alerts, alerts[key])
					group.TotalAlerts++
					group.StateCount[one.Status.State]++
					counts[one.Status.State]++
				}
				alerts[key].Alertmanager = append(alerts[key].Alertmanager, alertSource{
					Fingerprint: one.Fingerprint, Name: am.Name, Cluster: am.Cluster, State: one.Status.State, StartsAt: one.StartsAt,
					Source: one.GeneratorURL, SilencedBy: one.Status.SilencedBy, InhibitedBy: one.Status.InhibitedBy,
				})
			}
		}
	}
	return order, counts
}

func newGroup(id string, from upstreamGroup) *alertGroup {
	return &alertGroup{
		Receiver: from.Receiver.Name, ID: id, Labels: sorted(from.Labels, nil), Alerts: []*alert{},
		StateCount: map[string]int{"active": 0, "suppressed": 0, "unprocessed": 0},
		Shared: sharedParts{
			Annotations: []label{}, Labels: []label{}, Silences: map[string][]string{}, Sources: []string{}, Clusters: []string{},
		},
	}
}

func newAlert(one upstreamAlert, from upstreamGroup) *alert {
	return &alert{
		Annotations: sorted(one.Annotations, nil), Labels: sorted(one.Labels, from.Labels), StartsAt: one.StartsAt,
		State: one.Status.State, Receiver: from.Receiver.Name, ID: one.Fingerprint,
	}
}

// identity is the same for the same receiver and labels, whichever Alertmanager they come from.
func identity(receiver string, labels map[string]string) string {
	text, _ := json.Marshal(labels) // a map of strings always marshals, its keys sorted
	return receiver + string(text)
}

// sorted lists labels by name, less those that stand in without.
func sorted(labels, without map[string]string) []label {
	list := []label{}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if _, left := without[name]; !left {
			list = append(list, label{name, labels[name]})
		}
	}
	return list
}

// summary tells the state of every Alertmanager. Headers of those that are not proxied are in it, as in Karma.
func summary(upstreams []*upstream) object {
	clusters := map[string][]string{}
	for _, am := range upstreams {
		clusters[am.Cluster] = append(clusters[am.Cluster], am.Name)
	}
	instances, healthy := []instance{}, 0
	for _, am := range upstreams {
		last := am.snapshot()
		public := am.URI
		if am.ExternalURI != "" {
			public = am.ExternalURI
		}
		one := instance{
			Name: am.Name, URI: public, PublicURI: public, ReadOnly: am.ReadOnly, Headers: map[string]string{},
			CORSCredentials: am.CORS.Credentials, Error: last.lastError, Version: last.version,
			Cluster: am.Cluster, ClusterMembers: clusters[am.Cluster],
		}
		if am.Proxy {
			one.URI = "./proxy/alertmanager/" + url.PathEscape(am.Name)
		} else if am.Headers != nil {
			one.Headers = am.Headers
		}
		if last.lastError == "" {
			healthy++
		}
		instances = append(instances, one)
	}
	counters := object{"total": len(upstreams), "healthy": healthy, "failed": len(upstreams) - healthy}
	return object{"counters": counters, "clusters": clusters, "instances": instances}
}

// published is the part of the configuration that the page is told.
func (cfg *settings) published() object {
	ack, sorting := cfg.AlertAcknowledgement, cfg.Grid.Sorting
	return object{
		"alertAcknowledgement": object{
			"enabled": ack.Enabled, "durationSeconds": int(ack.Duration.Seconds()), "author": ack.Author, "comment": ack.Comment,
		},
		"annotationsDefaultHidden": cfg.Annotations.Default.Hidden,
		"annotationsEnableHTML":    cfg.Annotations.EnableInsecureHTML,
		"annotationsHidden":        orEmpty(cfg.Annotations.Hidden),
		"annotationsVisible":       orEmpty(cfg.Annotations.Visible),
		"gridGroupLimit":           cfg.Grid.GroupLimit,
		"historyEnabled":           cfg.History.Enabled,
		"silenceForm": object{
			"strip":                object{"labels": orEmpty(cfg.SilenceForm.Strip.Labels)},
			"defaultAlertmanagers": orEmpty(cfg.SilenceForm.DefaultAlertmanagers),
		},
		"sorting": object{
			"grid":         object{"order": sorting.Order, "reverse": sorting.Reverse, "label": sorting.Label},
			"valueMapping": orEmptyMap(sorting.CustomValues.Labels),
		},
	}
}

func orEmpty(list []string) []string {
	return append([]string{}, list...)
}

func orEmptyMap(labels map[string]map[string]string) map[string]map[string]string {
	if labels == nil {
		return map[string]map[string]string{}
	}
	return labels
}

func writeJSON(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	text := &strings.Builder{}
	if err := json.NewEncoder(text).Encode(answer); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write([]byte(text.String()))
}
