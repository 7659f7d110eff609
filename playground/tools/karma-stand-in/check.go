package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// refusal is the first thing that is wrong.
type refusal struct {
	err error
}

// when refuses what is bad.
func (r *refusal) when(bad bool, format string, words ...any) {
	if bad && r.err == nil {
		r.err = fmt.Errorf(format, words...)
	}
}

// rule refuses a regular expression that is none; the error follows the words.
func (r *refusal) rule(expression, format string, words ...any) {
	_, err := anchored(expression)
	r.when(err != nil, format+": %w", append(words, err)...)
}

// check refuses what the types of the configuration cannot, in Karma's words and in Karma's order.
func (cfg *settings) check() error {
	r := &refusal{}
	header, users := cfg.Authentication.Header, cfg.Authentication.BasicAuth.Users
	r.when(header.Name != "" && len(users) > 0,
		"both authentication.basicAuth.users and authentication.header.name is set, only one can be enabled")
	for _, pair := range []struct{ nameKey, name, ruleKey, rule string }{
		{"authentication.header.name", header.Name, "authentication.header.value_re", header.ValueRegex},
		{"authentication.header.group_name", header.GroupName, "authentication.header.group_value_re", header.GroupValueRegex},
	} {
		r.rule(pair.rule, "invalid regex for %s", pair.ruleKey)
		r.when(pair.rule != "" && pair.name == "", "%s is required when %s is set", pair.nameKey, pair.ruleKey)
		r.when(pair.rule == "" && pair.name != "", "%s is required when %s is set", pair.ruleKey, pair.nameKey)
	}
	for _, user := range users {
		r.when(user.Username == "" || user.Password == "",
			"authentication.basicAuth.users require both username and password to be set")
	}
	for _, server := range cfg.Alertmanager.Servers {
		r.when(!slices.Contains([]string{"", "omit", "include", "same-origin"}, server.CORS.Credentials),
			"invalid cors.credentials value '%s' for alertmanager '%s', allowed options: omit, include, same-origin",
			server.CORS.Credentials, server.Name)
	}
	for _, group := range cfg.Authorization.Groups {
		r.when(group.Name == "", "'name' is required for every authorization group")
		r.when(len(group.Members) == 0, "'members' is required for every authorization group")
	}
	cfg.checkRules(r)
	for _, choice := range []struct{ key, value, allowed string }{
		{"grid.sorting.order", cfg.Grid.Sorting.Order, "disabled, startsAt, label"},
		{"ui.collapseGroups", cfg.UI.CollapseGroups, "expanded, collapsed, collapsedOnMobile"},
		{"ui.theme", cfg.UI.Theme, "light, dark, auto"},
	} {
		r.when(!slices.Contains(strings.Split(choice.allowed, ", "), choice.value),
			"invalid %s value '%s', allowed options: %s", choice.key, choice.value, choice.allowed)
	}
	listen := cfg.Listen
	r.when(listen.Prefix != "" && !strings.HasPrefix(listen.Prefix, "/"), "listen.prefix must start with '/', got %q", listen.Prefix)
	r.when(listen.TLS.Cert != "" && listen.TLS.Key == "", "listen.tls.key must be set when listen.tls.cert is set")
	r.when(listen.TLS.Key != "" && listen.TLS.Cert == "", "listen.tls.cert must be set when listen.tls.key is set")
	r.when(cfg.History.Workers < 1, "history.workers must be >= 1")
	for _, rewrite := range cfg.History.Rewrite {
		r.rule(rewrite.Source, "history.rewrite source regex %q is invalid", rewrite.Source)
	}
	return r.err
}

func (cfg *settings) checkRules(r *refusal) {
	for _, list := range []struct {
		word  string
		rules []string
	}{
		{"keep", cfg.Labels.KeepRegex}, {"strip", cfg.Labels.StripRegex}, {"valueOnly", cfg.Labels.ValueOnlyRegex},
		{"keep", cfg.Receivers.KeepRegex}, {"strip", cfg.Receivers.StripRegex},
	} {
		for _, rule := range list.rules {
			r.rule(rule, "%s regex rule '%s' is invalid", list.word, rule)
		}
	}
	for label, colors := range cfg.Labels.Color.Custom {
		for _, color := range colors {
			r.when(color.Value == "" && color.ValueRegex == "", "custom label color for '%s' is missing 'value' or 'value_re'", label)
			r.rule(color.ValueRegex, "failed to parse custom color regex rule '%s' for '%s' label", color.ValueRegex, label)
		}
	}
}

// checkStart refuses what Karma looks at only once its log is set up.
func (cfg *settings) checkStart() error {
	r := &refusal{}
	r.when(cfg.Alertmanager.Interval <= 0, "invalid alertmanager.interval value '%v'", cfg.Alertmanager.Interval)
	for _, rule := range cfg.Silences.Comments.LinkDetect.Rules {
		r.when(rule.Regex == "" || rule.URITemplate == "",
			"invalid link detect rule, regex '%s' uriTemplate '%s'", rule.Regex, rule.URITemplate)
		r.rule(rule.Regex, "invalid link detect rule '%s'", rule.Regex)
	}
	return r.err
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
	r, actions := &refusal{}, []string{"allow", "block", "requireMatcher"}
	for position, rule := range rules.Rules {
		invalid := fmt.Sprintf("invalid silence ACL rule at position %d", position)
		r.when(!slices.Contains(actions, rule.Action),
			"%s: silence ACL rule requires 'action' to be one of %v, got %q", invalid, actions, rule.Action)
		r.when(rule.Reason == "", "%s: silence ACL rule requires 'reason' to be set", invalid)
	}
	return r.err
}

// anchored compiles a regular expression that has to match the whole of a text.
func anchored(rule string) (*regexp.Regexp, error) {
	return regexp.Compile("^" + rule + "$")
}
