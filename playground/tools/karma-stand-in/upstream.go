package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// pullTries is how often one collection asks an Alertmanager that fails.
const pullTries = 2

// upstreamAlert is an alert as GET /api/v2/alerts/groups of an Alertmanager gives it.
type upstreamAlert struct {
	Labels map[string]string
	Status struct {
		State string
	}
}

// upstreamGroup is a group as GET /api/v2/alerts/groups of an Alertmanager gives it.
type upstreamGroup struct {
	Labels   map[string]string
	Receiver struct {
		Name string
	}
	Alerts []upstreamAlert
}

// state is what the last pull of one Alertmanager found.
type state struct {
	version      string
	lastError    string
	groups       []upstreamGroup
	cycles       float64
	failed       map[string]float64
	healthchecks map[string][]*filter
}

// upstream is one Alertmanager: its settings, which never change, and the state, which its lock guards.
type upstream struct {
	serverSettings
	base      *url.URL
	client    *http.Client
	transport http.RoundTripper

	lock sync.RWMutex
	last state
}

// newUpstreams sets up every server, refusing what Karma refuses at this point. They come sorted by name.
func newUpstreams(servers []serverSettings) ([]*upstream, error) {
	names := map[string]bool{}
	upstreams := make([]*upstream, 0, len(servers))
	for _, server := range servers {
		am, err := newUpstream(server)
		if err != nil {
			return nil, err
		}
		if names[server.Name] {
			return nil, fmt.Errorf("failed to register Alertmanager '%s' with URI '%s': alertmanager upstream '%s' already exist",
				server.Name, server.URI, server.Name)
		}
		names[server.Name] = true
		upstreams = append(upstreams, am)
		slog.Info("Configured Alertmanager source", slog.String("name", am.Name), slog.String("cluster", am.Cluster),
			slog.String("uri", am.URI), slog.Bool("proxy", am.Proxy), slog.Bool("readonly", am.ReadOnly))
	}
	slices.SortFunc(upstreams, func(a, b *upstream) int { return strings.Compare(a.Name, b.Name) })
	return upstreams, nil
}

func newUpstream(server serverSettings) (*upstream, error) {
	refuse := func(what string, err error) error {
		return fmt.Errorf("failed to create %s '%s' with URI '%s': %w", what, server.Name, server.URI, err)
	}
	if server.Proxy && server.ReadOnly {
		return nil, refuse("Alertmanager", fmt.Errorf("cannot use proxy and readonly mode at the same time"))
	}
	transport, err := newTransport(server.TLS)
	if err != nil {
		return nil, refuse("HTTP transport for Alertmanager", err)
	}
	if server.ProxyURL != "" {
		proxy, err := url.Parse(server.ProxyURL)
		if err != nil {
			return nil, fmt.Errorf("failed to parse provided proxy url %q: %w", server.ProxyURL, err)
		}
		transport.Proxy = http.ProxyURL(proxy)
	}
	if _, err := url.Parse(server.ExternalURI); err != nil {
		return nil, refuse("Alertmanager", err)
	}
	healthchecks := map[string][]*filter{}
	for name, expressions := range server.Healthcheck.Filters {
		for _, expression := range expressions {
			parsed, err := parseFilter(expression)
			if err != nil {
				return nil, refuse("Alertmanager", err)
			}
			healthchecks[name] = append(healthchecks[name], parsed)
		}
	}
	base, err := url.Parse(server.URI)
	if err == nil && base.Scheme != "http" && base.Scheme != "https" {
		err = fmt.Errorf("unsupported URI scheme '%s' in '%s'", base.Scheme, server.URI)
	}
	if err != nil {
		return nil, refuse("Alertmanager", err)
	}
	return &upstream{
		serverSettings: server,
		base:           base,
		transport:      transport,
		client:         &http.Client{Timeout: server.Timeout, Transport: transport},
		last:           state{failed: map[string]float64{"alerts": 0, "silences": 0}, healthchecks: healthchecks},
	}, nil
}

func newTransport(files clientTLS) (*http.Transport, error) {
	config := &tls.Config{InsecureSkipVerify: files.InsecureSkipVerify}
	if files.CA != "" {
		text, err := os.ReadFile(files.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		// As in Karma: the file replaces the system's trust, and rubbish in it leaves none at all.
		config.RootCAs.AppendCertsFromPEM(text)
	}
	if files.Cert != "" {
		pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = config
	return transport, nil
}

// pullAll asks every Alertmanager at once, so that a dead one holds up none of the others' requests.
func pullAll(upstreams []*upstream) {
	slog.Info("Pulling latest alerts and silences from Alertmanager")
	var group sync.WaitGroup
	for _, am := range upstreams {
		group.Add(1)
		go func() {
			defer group.Done()
			for try := 1; try <= pullTries; try++ {
				err := am.pull()
				if err == nil {
					return
				}
				slog.Error("Collection failed", slog.Any("error", err), slog.String("alertmanager", am.Name),
					slog.String("try", fmt.Sprintf("%d/%d", try, pullTries)))
			}
		}()
	}
	group.Wait()
	slog.Info("Collection completed")
}

var buildInfo = regexp.MustCompile(`(?m)^alertmanager_build_info\{[^}]*\bversion="([^"]*)"`)

// pull asks for the version, the silences and the alerts, each with the server's timeout. A failure drops what was known.
func (am *upstream) pull() error {
	next := state{}
	if metrics, err := am.get("metrics"); err != nil {
		slog.Error("Request failed", slog.Any("error", err), slog.String("alertmanager", am.Name))
	} else if match := buildInfo.FindSubmatch(metrics); match != nil {
		next.version = string(match[1])
	}
	endpoint := "silences"
	// Nothing is shown of the silences: an alert names those that silence it by itself.
	err := am.getJSON("api/v2/silences", &[]json.RawMessage{})
	if err == nil {
		endpoint = "alerts"
		err = am.getJSON("api/v2/alerts/groups", &next.groups)
	}

	am.lock.Lock()
	defer am.lock.Unlock()
	next.cycles, next.failed, next.healthchecks = am.last.cycles+1, maps.Clone(am.last.failed), am.last.healthchecks
	if err != nil {
		next.failed[endpoint]++
		next.groups = nil
		next.lastError = err.Error()
	}
	for name, filters := range next.healthchecks {
		if err == nil && !anyMatches(next.groups, filters) {
			next.lastError = fmt.Sprintf("Healthcheck filter %q didn't match any alerts", name)
		}
	}
	am.last = next
	return err
}

// snapshot gives the last state; a pull replaces what it holds and changes none of it.
func (am *upstream) snapshot() state {
	am.lock.RLock()
	defer am.lock.RUnlock()
	return am.last
}

func (am *upstream) getJSON(path string, target any) error {
	text, err := am.get(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, target)
}

func (am *upstream) get(path string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, am.base.JoinPath(path).String(), nil)
	if err != nil {
		return nil, err
	}
	for name, value := range am.Headers {
		request.Header.Set(name, value)
	}
	response, err := am.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("request to %s failed with %s", request.URL.String(), response.Status)
	}
	return text, err
}
