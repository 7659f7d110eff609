package main

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// handler answers HTTP requests.
type handler struct {
	cfg       *settings
	upstreams []*upstream
	// login gives the user of a request, "" for one that is not let in; nil where no login is asked for.
	login func(*http.Request) string
}

// newHandler lays out every path below listen.prefix.
func newHandler(cfg *settings, upstreams []*upstream) http.Handler {
	h := &handler{cfg: cfg, upstreams: upstreams, login: newLogin(cfg)}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&metrics{upstreams: upstreams})

	prefix := "/" + strings.Trim(cfg.Listen.Prefix, "/")
	if prefix != "/" {
		prefix += "/"
	}
	mux := http.NewServeMux()
	route := func(method, path string, serve http.HandlerFunc) {
		mux.HandleFunc(method+" "+prefix+path, serve)
	}
	route("GET", "{$}", h.page)
	route("GET", "health", text("text/plain; charset=utf-8", "Pong\n"))
	route("GET", "metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP)
	route("GET", "version", func(w http.ResponseWriter, _ *http.Request) {
		answer, _ := json.MarshalIndent(map[string]string{"version": version, "golang": runtime.Version()}, "", "  ")
		_, _ = w.Write(answer)
	})
	route("POST", "alerts.json", h.alerts)
	route("GET", "custom.css", customFile(cfg.Custom.CSS, "text/css"))
	route("GET", "custom.js", customFile(cfg.Custom.JS, "application/javascript"))
	for _, am := range upstreams {
		if am.Proxy {
			below := "proxy/alertmanager/" + url.PathEscape(am.Name)
			proxy := http.StripPrefix(prefix+"proxy/alertmanager/"+am.Name, am.reverseProxy()).ServeHTTP
			route("POST", below+"/api/v2/silences", proxy)
			route("DELETE", below+"/api/v2/silence/{id}", proxy)
		}
	}
	if prefix != "/" {
		mux.Handle("GET "+strings.TrimSuffix(prefix, "/"), http.RedirectHandler(prefix, http.StatusMovedPermanently))
	}
	return h.withLogin(mux, []string{prefix + "health", prefix + "metrics", prefix + "version"})
}

// withLogin turns away who has not logged in, but for the paths that are open to everyone.
func (h *handler) withLogin(next http.Handler, open []string) http.Handler {
	if h.login == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(open, r.URL.Path) || h.login(r) != "" {
			next.ServeHTTP(w, r)
			return
		}
		if len(h.cfg.Authentication.BasicAuth.Users) > 0 {
			w.Header().Set("WWW-Authenticate", `Basic realm="karma"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.Error(w, "Access denied", http.StatusUnauthorized)
	})
}

func newLogin(cfg *settings) func(*http.Request) string {
	header, users := cfg.Authentication.Header, cfg.Authentication.BasicAuth.Users
	switch {
	case header.Name != "":
		pattern, _ := anchored(header.ValueRegex) // compiled once before, by check
		return func(r *http.Request) string {
			match := pattern.FindStringSubmatch(r.Header.Get(header.Name))
			if len(match) < 2 {
				return ""
			}
			return match[1]
		}
	case len(users) > 0:
		return func(r *http.Request) string {
			name, password, _ := r.BasicAuth()
			for _, user := range users {
				if user.Username == name && subtle.ConstantTimeCompare([]byte(user.Password), []byte(password)) == 1 {
					return name
				}
			}
			return ""
		}
	}
	return nil
}

func (h *handler) user(r *http.Request) string {
	if h.login == nil {
		return ""
	}
	return h.login(r)
}

// groups gives the groups that a proxy in front says the user is in.
func (h *handler) groups(r *http.Request) []string {
	header := h.cfg.Authentication.Header
	if header.GroupName == "" {
		return []string{}
	}
	pattern, _ := anchored(header.GroupValueRegex) // compiled once before, by check
	match := pattern.FindStringSubmatch(r.Header.Get(header.GroupName))
	if len(match) < 2 {
		return []string{}
	}
	return strings.Split(match[1], header.GroupValueSeparator)
}

// reverseProxy hands requests on to the Alertmanager, with the headers of its settings.
func (am *upstream) reverseProxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport: am.transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(am.base)
			for name, value := range am.Headers {
				r.Out.Header.Set(name, value)
			}
		},
	}
}

func text(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write([]byte(body))
	}
}

// customFile serves the file, read anew at each request; nothing where none is set.
func customFile(path, contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body []byte
		if path != "" {
			var err error
			if body, err = os.ReadFile(path); err != nil {
				http.Error(w, err.Error(), http.StatusNotFound)
				return
			}
		}
		text(contentType, string(body))(w, r)
	}
}

var page = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en" data-theme="{{.Theme}}">
<head>
<meta charset="utf-8"><title>{{.Name}} (stand-in)</title>
<link rel="stylesheet" href="custom.css"><script src="custom.js" defer></script>
</head>
<body>
<h1>This is not Karma</h1>
<p>It is <code>karma-stand-in</code> {{.Version}}, which answers as Karma does where the charm relies on it. A real Karma shows its dashboard here.</p>
<script type="text/plain" id="defaults">{{.Defaults}}</script>
<p>Theme: {{.Theme}}. Alertmanagers: {{.Upstreams}}. Alerts: {{.Alerts}}.</p>
</body>
</html>
`))

// page says that this is the stand-in, with enough in it to see that the configuration and the alerts have arrived.
func (h *handler) page(w http.ResponseWriter, _ *http.Request) {
	_, _, total := collect(h.upstreams)
	// Karma's own page hands its settings to the browser in this form.
	defaults, err := json.Marshal(h.cfg.UI)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache, no-store, must-revalidate")
	_ = page.Execute(w, object{
		"Name": h.cfg.Karma.Name, "Theme": h.cfg.UI.Theme, "Version": version, "Defaults": base64.StdEncoding.EncodeToString(defaults),
		"Upstreams": len(h.upstreams), "Alerts": total,
	})
}
