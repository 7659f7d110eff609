"""One sensible value for every option, and what Karma is to read of it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from playground.around.authority import Authority

HEADERS = "Authorization: Bearer abc\nX-Scope-OrgID: '17'\n"
ACL = """\
rules:
- {action: block, reason: too wide, scope: {filters: [{name: alertname, name_re: "", value_re: .+}]}}
"""
OVERLAY = """\
labels:
  color:
    custom:
      severity:
      - {value: critical, color: '#d9534f'}
      - {value_re: .+, color: '#777'}
"""
# The rule for which there are headers below.
REWRITE = "history: {rewrite: [{source: 'http://prom', uri: 'https://prom.example'}]}"

# Option -> (a value that an operator sets, Karma's path, what Karma is to read there); of a secret it is the texts.
EXPECTED: dict[str, tuple[Any, str, Any]] = {
    "alert-acknowledgement-author": ("on call", "alertAcknowledgement.author", "on call"),
    "alert-acknowledgement-comment": ("ACK! at %NOW%", "alertAcknowledgement.comment", "ACK! at %NOW%"),
    "alert-acknowledgement-duration": ("15m0s", "alertAcknowledgement.duration", "15m0s"),
    "alert-acknowledgement-enabled": (True, "alertAcknowledgement.enabled", True),
    "alertmanager-access": ("proxy", "alertmanager.servers.proxy", True),
    "alertmanager-external-uri": (
        "https://{name}.example.com:{port}/{cluster}?of={host}",
        "alertmanager.servers.external_uri",
        "https://am-0.example.com:9093/am?of=am-0.am-endpoints.prod.svc.cluster.local",
    ),
    "alertmanager-headers": (
        (HEADERS,),
        "alertmanager.servers.headers",
        {"Authorization": "Bearer abc", "X-Scope-OrgID": "17"},
    ),
    "alertmanager-interval": ("30s", "alertmanager.interval", "30s"),
    "alertmanager-settings": (
        "{'*': {healthcheck: {visible: false, filters: {prometheus: [alertname=Watchdog]}}}}",
        "alertmanager.servers.healthcheck",
        {"visible": False, "filters": {"prometheus": ["alertname=Watchdog"]}},
    ),
    "alertmanager-timeout": ("5s", "alertmanager.servers.timeout", "5s"),
    "annotations-actions": ("runbook", "annotations.actions", ["runbook"]),
    "annotations-default-hidden": (True, "annotations.default.hidden", True),
    "annotations-enable-insecure-html": (False, "annotations.enableInsecureHTML", False),
    "annotations-hidden": ("help", "annotations.hidden", ["help"]),
    "annotations-keep": ("summary, runbook", "annotations.keep", ["summary", "runbook"]),
    "annotations-order": ("summary,help", "annotations.order", ["summary", "help"]),
    "annotations-strip": ("- details", "annotations.strip", ["details"]),
    "annotations-visible": ("summary", "annotations.visible", ["summary"]),
    "authorization-groups": (
        "- {name: admins, members: [alice]}",
        "authorization.groups",
        [{"name": "admins", "members": ["alice"]}],
    ),
    "custom-css": ("body { font-family: 'serif' }\n", "custom.css", "custom.css"),
    "custom-js": ("console.log('häagen')", "custom.js", "custom.js"),
    "debug": (False, "debug", False),
    "default-filters": ("@state=active, severity=critical", "filters.default", ["@state=active", "severity=critical"]),
    "grid-auto-ignore": ("instance, job", "grid.auto.ignore", ["instance", "job"]),
    "grid-auto-order": ("cluster, severity", "grid.auto.order", ["cluster", "severity"]),
    "grid-group-limit": (40, "grid.groupLimit", 40),
    "grid-sorting-label": ("severity", "grid.sorting.label", "severity"),
    "grid-sorting-order": ("label", "grid.sorting.order", "label"),
    "grid-sorting-reverse": (False, "grid.sorting.reverse", False),
    "history-enabled": (False, "history.enabled", False),
    "history-timeout": ("20s", "history.timeout", "20s"),
    "history-workers": (1, "history.workers", 1),
    "karma-config": (
        OVERLAY,
        "labels.color.custom",
        {"severity": [{"value": "critical", "color": "#d9534f"}, {"value_re": ".+", "color": "#777"}]},
    ),
    "karma-name": ("karma: «prod»", "karma.name", "karma: «prod»"),
    "labels-color-static": ("job", "labels.color.static", ["job"]),
    "labels-color-unique": ("@receiver, cluster", "labels.color.unique", ["@receiver", "cluster"]),
    "labels-keep": ("alertname, instance", "labels.keep", ["alertname", "instance"]),
    "labels-keep-re": ("- a{1,2}\n- team_.+", "labels.keep_re", ["a{1,2}", "team_.+"]),
    "labels-order": ("severity, cluster", "labels.order", ["severity", "cluster"]),
    "labels-strip": ("prometheus", "labels.strip", ["prometheus"]),
    "labels-strip-re": ("__.+", "labels.strip_re", ["__.+"]),
    "labels-value-only": ("instance", "labels.valueOnly", ["instance"]),
    "labels-value-only-re": ("juju_.+", "labels.valueOnly_re", ["juju_.+"]),
    "listen-cors-allowed-origins": ("https://example.com", "listen.cors.allowedOrigins", ["https://example.com"]),
    "listen-timeout-read": ("10s", "listen.timeout.read", "10s"),
    "listen-timeout-write": ("0h0m20s", "listen.timeout.write", "0h0m20s"),
    "log-config": (False, "log.config", False),
    "log-format": ("json", "log.format", "json"),
    "log-level": ("warning", "log.level", "warning"),
    "log-requests": (True, "log.requests", True),
    "log-timestamp": (True, "log.timestamp", True),
    "receivers-keep": ("pager, mail", "receivers.keep", ["pager", "mail"]),
    "receivers-keep-re": ("team-.+", "receivers.keep_re", ["team-.+"]),
    "receivers-strip": ("null", "receivers.strip", ["null"]),
    "receivers-strip-re": ("test-.+", "receivers.strip_re", ["test-.+"]),
    "silence-acl": (ACL, "authorization.acl.silences", "acl.yaml"),
    "silence-form-default-alertmanagers": ("am-0", "silenceForm.defaultAlertmanagers", ["am-0"]),
    "silence-form-strip-labels": ("job", "silenceForm.strip.labels", ["job"]),
    "silences-expired": ("-1m", "silences.expired", "-1m"),
    "ui-alerts-per-group": (7, "ui.alertsPerGroup", 7),
    "ui-animations": (False, "ui.animations", False),
    "ui-collapse-groups": ("collapsedOnMobile", "ui.collapseGroups", "collapsedOnMobile"),
    "ui-color-titlebar": (True, "ui.colorTitlebar", True),
    "ui-hide-filters-when-idle": (False, "ui.hideFiltersWhenIdle", False),
    "ui-minimal-group-width": (420, "ui.minimalGroupWidth", 420),
    "ui-multi-grid-label": ("@auto", "ui.multiGridLabel", "@auto"),
    "ui-multi-grid-sort-reverse": (True, "ui.multiGridSortReverse", True),
    "ui-refresh": ("10s", "ui.refresh", "10s"),
    "ui-theme": ("dark", "ui.theme", "dark"),
}

PAIR = Authority().issue()

# The same of the options that mean something only beside others, or only to an Alertmanager over https.
IN_COMPANY: dict[str, tuple[Any, str, Any]] = {
    "alertmanager-client-certificate": (
        (PAIR.certificate, PAIR.key),
        "alertmanager.servers.tls",
        {"cert": "client.crt", "key": "client.key"},
    ),
    "alertmanager-insecure-skip-verify": (True, "alertmanager.servers.tls.insecureSkipVerify", True),
    "auth-group-header": ("X-Groups", "authentication.header.group_name", "X-Groups"),
    "auth-group-re": ("(team-.+)", "authentication.header.group_value_re", "(team-.+)"),
    "auth-group-separator": (";", "authentication.header.group_value_separator", ";"),
    "auth-header": ("X-User", "authentication.header.name", "X-User"),
    "auth-header-re": ("user=(.+)", "authentication.header.value_re", "user=(.+)"),
    "external-alertmanagers": (
        "[{name: office, uri: 'https://am.example', timeout: 3s, proxy: false}]",
        "alertmanager.servers",
        {
            "name": "office",
            "cluster": "office",
            "uri": "https://am.example",
            "timeout": "3s",
            "proxy": False,
            "cors": {"credentials": "omit"},
        },
    ),
    "history-headers": (
        ("http://prom: {Authorization: Bearer abc}\n",),
        "history.rewrite",
        [{"source": "http://prom", "uri": "https://prom.example", "headers": {"Authorization": "Bearer abc"}}],
    ),
    "auth-proxy-user": ("email", "authentication.header.name", "X-Auth-Request-Email"),
    "basic-auth-users": (
        ("bob: 'pass: word'\nalice: s3cr3t\n",),
        "authentication.basicAuth.users",
        [{"username": "alice", "password": "s3cr3t"}, {"username": "bob", "password": "pass: word"}],
    ),
}

VALUES: dict[str, Any] = {option: value for option, (value, _, _) in EXPECTED.items()}

subsets: st.SearchStrategy[frozenset[str]] = st.frozensets(st.sampled_from(sorted(VALUES)), max_size=len(VALUES))
"""Any options, by name."""
