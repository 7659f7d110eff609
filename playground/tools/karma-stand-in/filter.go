package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// filter is one of Karma's filters on a label: name=value, name!=value, name=~regex or name!~regex. Karma has more of
// them (fuzzy ones, @state, <, >); the charm uses none of those.
type filter struct {
	name     string
	operator string
	value    string
	regex    *regexp.Regexp
}

var filterForm = regexp.MustCompile(`^([a-zA-Z_][a-zA-Z0-9_]*)(=~|!~|!=|=)(.+)$`)

// parseFilter reads a filter such as "severity=critical".
func parseFilter(expression string) (*filter, error) {
	invalid := fmt.Errorf("%q is not a valid filter", expression)
	parts := filterForm.FindStringSubmatch(strings.TrimSpace(expression))
	if parts == nil {
		return nil, invalid
	}
	parsed := &filter{name: parts[1], operator: parts[2], value: parts[3]}
	if strings.HasSuffix(parsed.operator, "~") {
		compiled, err := regexp.Compile("(?i)" + parsed.value)
		if err != nil {
			return nil, invalid
		}
		parsed.regex = compiled
	}
	return parsed, nil
}

func (f *filter) matches(labels map[string]string) bool {
	value, found := labels[f.name]
	switch f.operator {
	case "=":
		return value == f.value
	case "!=":
		return value != f.value
	case "=~":
		return found && f.regex.MatchString(value)
	default:
		return !found || !f.regex.MatchString(value)
	}
}

func anyMatches(groups []upstreamGroup, filters []*filter) bool {
	return slices.ContainsFunc(groups, func(group upstreamGroup) bool {
		return slices.ContainsFunc(group.Alerts, func(alert upstreamAlert) bool {
			return !slices.ContainsFunc(filters, func(f *filter) bool { return !f.matches(alert.Labels) })
		})
	})
}
