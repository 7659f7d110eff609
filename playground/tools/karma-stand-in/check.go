package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// check refuses what the types of the configuration cannot, in Karma's words and in Karma's order.
func (cfg *settings) check() error {
	for _, step := range []func() error{
		cfg.checkAuthentication, cfg.checkCORS, cfg.checkGroups, cfg.checkRegexes, cfg.checkChoices, cfg.checkListen, cfg.checkHistory,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (cfg *settings) checkAuthentication() error {
	header, users := cfg.Authentication.Header, cfg.Authentication.BasicAuth.Users
	if header.Name != "" && len(users) > 0 {
		return errors.New("both authentication.basicAuth.users and authentication.header.name is set, only one can be enabled")
	}
	for _, pair := range []struct{ nameKey, name, regexKey, regex string }{
		{"authentication.header.name", header.Name, "authentication.header.value_re", header.ValueRegex},
		{"authentication.header.group_name", header.GroupName, "authentication.header.group_value_re", header.GroupValueRegex},
	} {
		if _, err := anchored(pair.regex); err != nil {
			return fmt.Errorf("invalid regex for %s: %w", pair.regexKey, err)
		}
		if pair.regex != "" && pair.name == "" {
			return fmt.Errorf("%s is required when %s is set", pair.nameKey, pair.regexKey)
		}
		if pair.regex == "" && pair.name != "" {
			return fmt.Errorf("%s is required when %s is set", pair.regexKey, pair.nameKey)
		}
	}
	for _, user := range users {
		if user.Username == "" || user.Password == "" {
			return errors.New("authentication.basicAuth.users require both username and password to be set")
		}
	}
	return nil
}

func (cfg *settings) checkCORS() error {
	for _, server := range cfg.Alertmanager.Servers {
		if !slices.Contains([]string{"", "omit", "include", "same-origin"}, server.CORS.Credentials) {
			return fmt.Errorf("invalid cors.credentials value '%s' for alertmanager '%s', allowed options: omit, include, same-origin",
				server.CORS.Credentials, server.Name)
		}
	}
	return nil
}

func (cfg *settings) checkGroups() error {
	for _, group := range cfg.Authorization.Groups {
		if group.Name == "" {
			return errors.New("'name' is required for every authorization group")
		}
		if len(group.Members) == 0 {
			return errors.New("'members' is required for every authorization group")
		}
	}
	return nil
}

func (cfg *settings) checkRegexes() error {
	for _, list := range []struct {
		word  string
		rules []string
	}{
		{"keep", cfg.Labels.KeepRegex}, {"strip", cfg.Labels.StripRegex}, {"valueOnly", cfg.Labels.ValueOnlyRegex},
		{"keep", cfg.Receivers.KeepRegex}, {"strip", cfg.Receivers.StripRegex},
	} {
		for _, rule := range list.rules {
			if _, err := anchored(rule); err != nil {
				return fmt.Errorf("%s regex rule '%s' is invalid: %w", list.word, rule, err)
			}
		}
	}
	for label, colors := range cfg.Labels.Color.Custom {
		for _, color := range colors {
			if color.Value == "" && color.ValueRegex == "" {
				return fmt.Errorf("custom label color for '%s' is missing 'value' or 'value_re'", label)
			}
			if _, err := anchored(color.ValueRegex); err != nil {
				return fmt.Errorf("failed to parse custom color regex rule '%s' for '%s' label: %w", color.ValueRegex, label, err)
			}
		}
	}
	return nil
}

func (cfg *settings) checkChoices() error {
	for _, choice := range []struct{ key, value, allowed string }{
		{"grid.sorting.order", cfg.Grid.Sorting.Order, "disabled, startsAt, label"},
		{"ui.collapseGroups", cfg.UI.CollapseGroups, "expanded, collapsed, collapsedOnMobile"},
		{"ui.theme", cfg.UI.Theme, "light, dark, auto"},
	} {
		if !slices.Contains(strings.Split(choice.allowed, ", "), choice.value) {
			return fmt.Errorf("invalid %s value '%s', allowed options: %s", choice.key, choice.value, choice.allowed)
		}
	}
	return nil
}

func (cfg *settings) checkListen() error {
	listen := cfg.Listen
	if listen.Prefix != "" && !strings.HasPrefix(listen.Prefix, "/") {
		return fmt.Errorf("listen.prefix must start with '/', got %q", listen.Prefix)
	}
	if listen.TLS.Cert != "" && listen.TLS.Key == "" {
		return errors.New("listen.tls.key must be set when listen.tls.cert is set")
	}
	if listen.TLS.Key != "" && listen.TLS.Cert == "" {
		return errors.New("listen.tls.cert must be set when listen.tls.key is set")
	}
	return nil
}

func (cfg *settings) checkHistory() error {
	if cfg.History.Workers < 1 {
		return errors.New("history.workers must be >= 1")
	}
	for _, rewrite := range cfg.History.Rewrite {
		if _, err := anchored(rewrite.Source); err != nil {
			return fmt.Errorf("history.rewrite source regex %q is invalid: %w", rewrite.Source, err)
		}
	}
	return nil
}

// checkStart refuses what Karma looks at only once its log is set up.
func (cfg *settings) checkStart() error {
	if cfg.Alertmanager.Interval <= 0 {
		return fmt.Errorf("invalid alertmanager.interval value '%v'", cfg.Alertmanager.Interval)
	}
	for _, rule := range cfg.Silences.Comments.LinkDetect.Rules {
		if rule.Regex == "" || rule.URITemplate == "" {
			return fmt.Errorf("invalid link detect rule, regex '%s' uriTemplate '%s'", rule.Regex, rule.URITemplate)
		}
		if _, err := regexp.Compile(rule.Regex); err != nil {
			return fmt.Errorf("invalid link detect rule '%s': %w", rule.Regex, err)
		}
	}
	return nil
}

// aclMatcher is how an ACL rule names silences: by name or regex of a label, and by its value or a regex of it.
type aclMatcher struct {
	Name       string
	NameRegex  string `yaml:"name_re"`
	Value      string
	ValueRegex string `yaml:"value_re"`
	IsRegex    *bool  `yaml:"isRegex"`
	IsEqual    *bool  `yaml:"isEqual"`
}

// aclFile is the file that authorization.acl.silences names.
type aclFile struct {
	Rules []struct {
		Action string
		Reason string
		Scope  struct {
			Groups        []string
			Alertmanagers []string
			Filters       []aclMatcher
		}
		Matchers struct {
			Required []aclMatcher
		}
	}
}

// checkACL reads the ACL file, if there is one, and refuses a rule without a known action or a reason.
func checkACL(cfg *settings) error {
	path := cfg.Authorization.ACL.Silences
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("failed to load silence ACL configuration file %q: %w", path, err)
	}
	var rules aclFile
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&rules); err != nil {
		return fmt.Errorf("failed to parse silence ACL configuration file %q: %w", path, err)
	}
	for position, rule := range rules.Rules {
		actions := []string{"allow", "block", "requireMatcher"}
		if !slices.Contains(actions, rule.Action) {
			err = fmt.Errorf("silence ACL rule requires 'action' to be one of %v, got %q", actions, rule.Action)
		} else if rule.Reason == "" {
			err = errors.New("silence ACL rule requires 'reason' to be set")
		}
		if err != nil {
			return fmt.Errorf("invalid silence ACL rule at position %d: %w", position, err)
		}
	}
	return nil
}

// anchored compiles a regular expression that has to match the whole of a text.
func anchored(rule string) (*regexp.Regexp, error) {
	return regexp.Compile("^" + rule + "$")
}
