package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// label is one label of an alert or a group.
type label struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// alert is an alert of the answer.
type alert struct {
	Labels []label `json:"labels"`
}

// alertGroup is a group of the answer. Karma moves labels that all its alerts share to "shared"; here it stays empty.
type alertGroup struct {
	Labels []label `json:"labels"`
	Alerts []alert `json:"alerts"`
	Shared object  `json:"shared"`
}

// authentication is who asks.
type authentication struct {
	Username string   `json:"username"`
	Groups   []string `json:"groups"`
	Enabled  bool     `json:"enabled"`
}

type object = map[string]any

// alerts answers POST /alerts.json, which Karma's page asks for all it shows, with what the charm and its tests read.
func (h *handler) alerts(w http.ResponseWriter, r *http.Request) {
	// Over HTTP/2 an answer to a question that was not read to its end may break off.
	_, _ = io.Copy(io.Discard, r.Body)
	groups, counts, total := collect(h.upstreams)
	grids := []object{}
	if total > 0 {
		grids = append(grids, object{"alertGroups": groups, "stateCount": counts})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(object{
		"status":         "success",
		"timestamp":      time.Now().UTC(),
		"version":        version,
		"upstreams":      summary(h.upstreams),
		"grids":          grids,
		"totalAlerts":    total,
		"authentication": authentication{h.user(r), h.groups(r), h.login != nil},
	})
}

// collect merges the alerts of all Alertmanagers: those of one receiver and of the same labels become one.
func collect(upstreams []*upstream) (groups []*alertGroup, counts map[string]int, total int) {
	known, seen := map[string]*alertGroup{}, map[string]bool{}
	counts = map[string]int{"active": 0, "suppressed": 0, "unprocessed": 0}
	for _, am := range upstreams {
		for _, from := range am.snapshot().groups {
			id := identity(from.Receiver.Name, from.Labels)
			for _, one := range from.Alerts {
				key := id + identity("", one.Labels)
				if seen[key] {
					continue
				}
				seen[key] = true
				if known[id] == nil {
					known[id] = &alertGroup{Labels: sorted(from.Labels), Shared: object{"labels": []label{}}}
					groups = append(groups, known[id])
				}
				known[id].Alerts = append(known[id].Alerts, alert{sorted(one.Labels)})
				counts[one.Status.State]++
			}
		}
	}
	return groups, counts, len(seen)
}

// identity is the same for the same receiver and labels, whichever Alertmanager they come from.
func identity(receiver string, labels map[string]string) string {
	text, _ := json.Marshal(labels) // a map of strings always marshals, its keys sorted
	return receiver + string(text)
}

// sorted lists labels by name.
func sorted(labels map[string]string) []label {
	list := []label{}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, label{name, labels[name]})
	}
	return list
}

// summary tells the state of every Alertmanager. Headers of those that are not proxied are in it, as in Karma.
func summary(upstreams []*upstream) object {
	clusters := map[string][]string{}
	for _, am := range upstreams {
		clusters[am.Cluster] = append(clusters[am.Cluster], am.Name)
	}
	instances, healthy := []object{}, 0
	for _, am := range upstreams {
		last := am.snapshot()
		public := am.URI
		if am.ExternalURI != "" {
			public = am.ExternalURI
		}
		uri, headers := public, am.Headers
		if am.Proxy {
			uri = "./proxy/alertmanager/" + url.PathEscape(am.Name)
		}
		if am.Proxy || headers == nil {
			headers = map[string]string{}
		}
		if last.lastError == "" {
			healthy++
		}
		instances = append(instances, object{
			"name": am.Name, "uri": uri, "publicURI": public, "readonly": am.ReadOnly, "headers": headers,
			"corsCredentials": am.CORS.Credentials, "error": last.lastError, "version": last.version,
			"cluster": am.Cluster, "clusterMembers": clusters[am.Cluster],
		})
	}
	counters := object{"total": len(upstreams), "healthy": healthy, "failed": len(upstreams) - healthy}
	return object{"counters": counters, "clusters": clusters, "instances": instances}
}
