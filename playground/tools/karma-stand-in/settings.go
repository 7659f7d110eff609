package main

import "time"

// settings is the configuration file of Karma v0.133, every key of it. A key that is not listed here is refused.
// Keys without a tag are the field's name in lower case.
type settings struct {
	AlertAcknowledgement struct {
		Enabled  bool
		Duration time.Duration
		Author   string
		Comment  string
	} `yaml:"alertAcknowledgement"`
	Alertmanager struct {
		Interval time.Duration
		Servers  []serverSettings
	}
	Annotations struct {
		Default struct {
			Hidden bool
		}
		Hidden             []string
		Visible            []string
		Keep               []string
		Strip              []string
		Order              []string
		Actions            []string
		EnableInsecureHTML bool `yaml:"enableInsecureHTML"`
	}
	Authentication struct {
		Header struct {
			Name                string
			ValueRegex          string `yaml:"value_re"`
			GroupName           string `yaml:"group_name"`
			GroupValueRegex     string `yaml:"group_value_re"`
			GroupValueSeparator string `yaml:"group_value_separator"`
		}
		BasicAuth struct {
			Users []struct {
				Username string
				Password string
			}
		} `yaml:"basicAuth"`
	}
	Authorization struct {
		Groups []struct {
			Name    string
			Members []string
		}
		ACL struct {
			Silences string
		}
	}
	Custom struct {
		CSS string
		JS  string
	}
	Debug   bool
	Filters struct {
		Default []string
	}
	Grid struct {
		Sorting struct {
			Order        string
			Reverse      bool
			Label        string
			CustomValues struct {
				Labels map[string]map[string]string
			} `yaml:"customValues"`
		}
		Auto struct {
			Ignore []string
			Order  []string
		}
		GroupLimit int `yaml:"groupLimit"`
	}
	History struct {
		Enabled bool
		Workers int
		Timeout time.Duration
		Rewrite []struct {
			Source   string
			URI      string
			TLS      clientTLS
			ProxyURL string `yaml:"proxy_url"`
			Headers  map[string]string
		}
	}
	Karma struct {
		Name string
	}
	Labels struct {
		Order          []string
		Keep           []string
		KeepRegex      []string `yaml:"keep_re"`
		Strip          []string
		StripRegex     []string `yaml:"strip_re"`
		ValueOnly      []string `yaml:"valueOnly"`
		ValueOnlyRegex []string `yaml:"valueOnly_re"`
		Color          struct {
			Custom map[string][]struct {
				Value      string
				ValueRegex string `yaml:"value_re"`
				Color      string
			}
			Static []string
			Unique []string
		}
	}
	Listen struct {
		Address string
		Port    int
		Prefix  string
		Timeout struct {
			Read  time.Duration
			Write time.Duration
		}
		TLS struct {
			Cert string
			Key  string
		}
		CORS struct {
			AllowedOrigins []string `yaml:"allowedOrigins"`
		}
	}
	Log struct {
		Level     string
		Format    string
		Config    bool
		Requests  bool
		Timestamp bool
	}
	Receivers struct {
		Keep       []string
		KeepRegex  []string `yaml:"keep_re"`
		Strip      []string
		StripRegex []string `yaml:"strip_re"`
	}
	Silences struct {
		Expired  time.Duration
		Comments struct {
			LinkDetect struct {
				Rules []struct {
					Regex       string
					URITemplate string `yaml:"uriTemplate"`
				}
			} `yaml:"linkDetect"`
		}
	}
	SilenceForm struct {
		Strip struct {
			Labels []string
		}
		DefaultAlertmanagers []string `yaml:"defaultAlertmanagers"`
	} `yaml:"silenceForm"`
	UI uiSettings
}

// serverSettings is one entry of alertmanager.servers.
type serverSettings struct {
	Name        string
	URI         string
	ExternalURI string `yaml:"external_uri"`
	Cluster     string
	Timeout     time.Duration
	Proxy       bool
	ReadOnly    bool
	ProxyURL    string `yaml:"proxy_url"`
	Headers     map[string]string
	TLS         clientTLS
	CORS        struct {
		Credentials string
	}
	Healthcheck struct {
		Visible bool
		Filters map[string][]string
	}
}

// clientTLS is how Karma meets a server that speaks TLS: paths of PEM files.
type clientTLS struct {
	CA                 string
	Cert               string
	Key                string
	InsecureSkipVerify bool `yaml:"insecureSkipVerify"`
}

// uiSettings is what the page starts with.
type uiSettings struct {
	Refresh              time.Duration
	HideFiltersWhenIdle  bool   `yaml:"hideFiltersWhenIdle"`
	ColorTitlebar        bool   `yaml:"colorTitlebar"`
	Theme                string `yaml:"theme"`
	Animations           bool   `yaml:"animations"`
	MinimalGroupWidth    int    `yaml:"minimalGroupWidth"`
	AlertsPerGroup       int    `yaml:"alertsPerGroup"`
	CollapseGroups       string `yaml:"collapseGroups"`
	MultiGridLabel       string `yaml:"multiGridLabel"`
	MultiGridSortReverse bool   `yaml:"multiGridSortReverse"`
}

// flagSettings are the keys that flags and the environment may set, but no file; there are more in Karma.
type flagSettings struct {
	Alertmanager struct {
		Name     string
		URI      string
		Proxy    bool
		ReadOnly bool
	}
}

// defaultServerTimeout is what a server without a timeout of its own gets.
const defaultServerTimeout = 40 * time.Second

// defaults returns what Karma v0.133 assumes of every key that is not set.
func defaults() *settings {
	cfg := &settings{}
	cfg.AlertAcknowledgement.Duration = 15 * time.Minute
	cfg.AlertAcknowledgement.Author = "karma"
	cfg.AlertAcknowledgement.Comment = "ACK! This alert was acknowledged using karma on %NOW%"
	cfg.Alertmanager.Interval = time.Minute
	cfg.Grid.Sorting.Order = "startsAt"
	cfg.Grid.Sorting.Reverse = true
	cfg.Grid.Sorting.Label = "alertname"
	cfg.Grid.GroupLimit = 40
	cfg.History.Enabled = true
	cfg.History.Workers = 30
	cfg.History.Timeout = 20 * time.Second
	cfg.Karma.Name = "karma"
	cfg.Listen.Port = 8080
	cfg.Listen.Prefix = "/"
	cfg.Listen.Timeout.Read = 10 * time.Second
	cfg.Listen.Timeout.Write = 20 * time.Second
	cfg.Log.Level = "info"
	cfg.Log.Format = "text"
	cfg.Silences.Expired = 10 * time.Minute
	cfg.UI.Refresh = 30 * time.Second
	cfg.UI.HideFiltersWhenIdle = true
	cfg.UI.Theme = "auto"
	cfg.UI.Animations = true
	cfg.UI.MinimalGroupWidth = 420
	cfg.UI.AlertsPerGroup = 5
	cfg.UI.CollapseGroups = "collapsedOnMobile"
	return cfg
}
