"""Whatever Karma refuses, the operator is told of the option that it comes from, in a message that fits a status."""

from __future__ import annotations

from typing import Any

import pytest

from karma.refusals import brief, explain
from playground.machine.binaries import Karma
from tests.functional.karma_process import minor
from tests.functional.test_options import decided, refusal, without_origins

DURATION = "invalid duration"
# Option -> a value that Karma refuses, and what tells the operator why. Other options take any text, and what is said
# of log-format is in tests/unit/karma/test_refusals.py: here its value would be overruled by a flag.
REFUSED: dict[str, tuple[Any, str]] = {
    "alert-acknowledgement-duration": ("1y", "unknown unit"),
    "alertmanager-external-uri": ("https://{name}:port/", "invalid port"),
    "alertmanager-settings": ("{'*': {healthcheck: {filters: {x: ['@bogus=1']}}}}", '"@bogus=1" is not a valid filter'),
    "external-alertmanagers": ("[{name: o, uri: 'http://o', proxy_url: 'http://a b'}]", "invalid character"),
    "alertmanager-interval": ("abc", DURATION),
    "alertmanager-timeout": ("abc", DURATION),
    "auth-group-re": ("(", "missing closing )"),
    "auth-header-re": ("(", "missing closing )"),
    "grid-sorting-order": ("newest", "allowed options"),
    "history-timeout": ("abc", DURATION),
    "karma-config": ("ui: {nope: 1}", "field nope not found"),
    "labels-keep-re": ("(", "missing closing )"),
    "labels-strip-re": ("(", "missing closing )"),
    "labels-value-only-re": ("(", "missing closing )"),
    "listen-timeout-read": ("abc", DURATION),
    "listen-timeout-write": ("abc", DURATION),
    "log-level": ("loud", "unknown log level"),
    "receivers-keep-re": ("(", "missing closing )"),
    "receivers-strip-re": ("(", "missing closing )"),
    "silence-acl": ("rules: [{action: nope}]", "nope"),
    "silences-expired": ("abc", DURATION),
    "ui-collapse-groups": ("never", "allowed options"),
    "ui-refresh": ("abc", DURATION),
    "ui-theme": ("neon", "allowed options"),
}
BESIDE = {
    "auth-header-re": {"auth-header": "X-User"},
    "auth-group-re": {"auth-header": "X-User", "auth-group-header": "X-Groups"},
}


# What is right, and about every server too.
OTHERS = {
    "labels-keep": "severity",
    "alertmanager-settings": "{'*': {healthcheck: {visible: true}}, am: {cluster: c}}",
    "external-alertmanagers": "[{name: o, uri: 'http://o'}]",
}


@pytest.mark.parametrize("others", [{}, OTHERS], ids=["alone", "beside others"])
@pytest.mark.parametrize("option", REFUSED)
def test_the_option_comes_first_and_what_is_wrong_is_told(karma: Karma, option: str, others: dict[str, Any]):
    if minor(karma) < 114 and (option.startswith("auth-group") or option in ("silence-acl", "labels-keep-re")):
        pytest.skip("this Karma has no such key")
    value, telling = REFUSED[option]
    values: dict[str, Any] = {**others, **BESIDE.get(option, {}), option: value}
    config = decided(values, refusals=without_origins(karma))
    said = brief(explain(refusal(karma, config), config, ""))
    assert said.startswith(f"{option}: ")
    assert telling in said or (minor(karma) < 133 and "not found" in said)  # of a key that came later
    assert len(said.encode()) <= 120
