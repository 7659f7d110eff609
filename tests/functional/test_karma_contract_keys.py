"""Which keys of the configuration which Karma knows: the charm renders none that its operator did not set."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.machine.binaries import Karma
from tests.functional.karma_process import ONE_SERVER, Check, minor

NEW_KEYS = {
    "labels: {order: [a], keep_re: [a], strip_re: [a], valueOnly_re: [a]}": (114, "order"),
    "silences: {expired: 5m}": (114, "expired"),
    "silenceForm: {defaultAlertmanagers: [a]}": (114, "defaultAlertmanagers"),
    "authentication: {header: {group_value_separator: ';'}}": (114, "group_value_separator"),
    "receivers: {keep_re: [a], strip_re: [a]}": (133, "keep_re"),
    "listen: {cors: {allowedOrigins: ['http://x']}}": (133, "cors"),
    "history: {rewrite: [{source: a, uri: 'http://b', headers: {a: b}}]}": (133, "headers"),
}


@pytest.mark.parametrize(("key", "since", "word"), [(k, *v) for k, v in NEW_KEYS.items()], ids=NEW_KEYS.keys())
def test_a_key_that_came_later_is_refused_by_name_before(karma: Karma, check: Check, key: str, since: int, word: str):
    checked = check(f"{ONE_SERVER}{key}\n")
    assert checked.code == (0 if minor(karma) >= since else 1)
    assert minor(karma) >= since or f"field {word} not found in type" in checked.lines[-1]


EVERY_VERSION = """
alertAcknowledgement: {enabled: true, duration: 5m, author: a, comment: c}
annotations: {default: {hidden: true}, hidden: [a], visible: [a], keep: [a], strip: [a], order: [a], actions: [a],
  enableInsecureHTML: true}
authentication: {basicAuth: {users: [{username: u, password: p}]}}
authorization: {groups: [{name: a, members: [u]}], acl: {silences: acl.yaml}}
custom: {css: a.css, js: a.js}
debug: true
filters: {default: [a=b]}
grid: {sorting: {order: label, reverse: false, label: a, customValues: {labels: {a: {b: "1"}}}},
  auto: {ignore: [a], order: [b]}, groupLimit: 5}
history: {enabled: true, workers: 5, timeout: 5s, rewrite: [{source: a, uri: "http://b"}]}
karma: {name: k}
labels: {keep: [a], strip: [a], valueOnly: [a],
  color: {custom: {a: [{value: b, color: "#fff"}, {value_re: "c.*", color: "#000"}]}, static: [a], unique: [a]}}
listen: {address: 127.0.0.1, port: 8080, prefix: /x/, timeout: {read: 5s, write: 5s}, tls: {cert: c, key: k}}
log: {level: info, format: json, config: false, requests: true, timestamp: true}
receivers: {keep: [a], strip: [a]}
silences: {comments: {linkDetect: {rules: [{regex: a, uriTemplate: b}]}}}
silenceForm: {strip: {labels: [a]}}
ui: {refresh: 30s, hideFiltersWhenIdle: true, colorTitlebar: true, theme: dark, animations: true,
  minimalGroupWidth: 400, alertsPerGroup: 5, collapseGroups: expanded, multiGridLabel: a, multiGridSortReverse: true}
"""


def test_every_other_key_is_known_to_every_version(check: Check, tmp_path: Path):
    (tmp_path / "acl.yaml").write_text("rules: []\n")
    one = (
        "alertmanager:\n  interval: 1m\n  servers:\n    - {name: a, uri: 'http://127.0.0.1:9', external_uri: 'http://x',"
        " cluster: c, timeout: 5s, proxy: true, readonly: false, proxy_url: 'http://p',"
        " headers: {a: b}, tls: {insecureSkipVerify: true}, cors: {credentials: omit},"
        " healthcheck: {visible: true, filters: {x: ['alertname=Watchdog']}}}"
    )
    checked = check(one + EVERY_VERSION)
    assert checked.code == 0, checked.lines[-1]
