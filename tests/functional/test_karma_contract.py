"""What the charm relies on when Karma checks a configuration: asserted on every Karma at hand and on the stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.machine.binaries import Karma
from tests.functional.karma_process import ONE_SERVER, Check, minor


def server(settings: str, uri: str = "http://127.0.0.1:9") -> str:
    return f"alertmanager:\n  servers:\n    - {{name: a, uri: '{uri}', {settings}}}\n"


def test_version_is_one_word_and_the_stand_in_says_what_it_is(karma: Karma):
    assert karma.version.startswith("v0.")
    assert karma.is_stand_in == karma.version.endswith("stand-in")


def test_a_good_configuration_passes(check: Check):
    checked = check(ONE_SERVER)
    assert checked.code == 0
    assert checked.lines[-1].lower() == 'level=info msg="configuration is valid"'


# A whole file -> what is said of it.
REFUSED_FILES = {
    "": "EOF",
    "# nothing\n": "EOF",
    "- 1\n": "cannot unmarshal !!seq into map",
    "alertmanager:\n\tservers: []\n": "line 2: found character that cannot start any token",
    "alertmanager: [\n": "line 1: did not find expected node content",
    server("foo: 1"): "line 3: field foo not found",
    server("timeout: abc"): "'Alertmanager.Servers[0].Timeout'",
    server("cors: {credentials: bad}"): "invalid cors.credentials value 'bad' for alertmanager 'a'",
    server("proxy: true, readonly: true"): "cannot use proxy and readonly mode at the same time",
    server("", "foo:9093"): "unsupported URI scheme 'foo'",
    server("", ""): "unsupported URI scheme ''",
    server("", "ftp://h/"): "unsupported URI scheme 'ftp'",
    server("", "http://a b"): 'invalid character \\" \\" in host name',
    server("tls: {ca: nowhere.pem}"): "open nowhere.pem: no such file or directory",
    server("tls: {cert: nowhere.pem, key: k.pem}"): "open nowhere.pem: no such file",
    server("healthcheck: {filters: {x: ['???']}}"): "is not a valid filter",
}
# What follows one server that is in order -> what is said of it; what options can bring about is in test_blame.
REFUSED_KEYS = {
    "ui: {theme: dark, theme: light}": 'mapping key \\"theme\\" already defined at line 4',
    "foo: 1": "line 4: field foo not found",
    "ui: {foo: 1}": "line 4: field foo not found",
    "  uri: http://127.0.0.1:9": "line 4: field uri not found",
    "filters: {default: a=b}": "line 4: cannot unmarshal !!str `a=b` into []string",
    "ui: {animations: 'true'}": "line 4: cannot unmarshal !!str `true` into bool",
    "ui: {animations: maybe}": "'UI.animations'",
    "ui: {minimalGroupWidth: wide}": "'UI.minimalGroupWidth'",
    "listen: {port: x}": "'Listen.Port'",
    "ui: {refresh: 30}": "line 4: cannot unmarshal !!int `30` into time.Duration",
    "  interval: 0s": "invalid alertmanager.interval value '0s'",
    "  interval: -5s": "invalid alertmanager.interval value '-5s'",
    "labels: {color: {custom: {x: [{color: red}]}}}": "custom label color for 'x'",
    "silences: {comments: {linkDetect: {rules: [{regex: '(', uriTemplate: x}]}}}": "rule '('",
    "history: {rewrite: [{source: '(', uri: x}]}": "history.rewrite source regex",
    "listen: {prefix: foo}": "listen.prefix must start with '/', got \\\"foo\\\"",
    "listen: {tls: {cert: x}}": "listen.tls.key must be set",
    "    - {name: a, uri: 'http://127.0.0.1:8'}": "alertmanager upstream 'a' already exist",
    "authorization: {acl: {silences: nowhere}}": "open nowhere: no such file or directory",
    "authorization: {groups: [{name: a}]}": "'members' is required",
    "authentication: {header: {name: X}}": "authentication.header.value_re is required",
    "authentication: {header: {name: X, value_re: (.+)}, basicAuth: {users: [{username: u, password: p}]}}": (
        "only one can be enabled"
    ),
    "authentication: {basicAuth: {users: [{username: u}]}}": "both username and password",
}
REFUSED = REFUSED_FILES | {f"{ONE_SERVER}{key}\n": words for key, words in REFUSED_KEYS.items()}


@pytest.mark.parametrize(("text", "words"), REFUSED.items(), ids=[*REFUSED_FILES, *REFUSED_KEYS])
def test_a_bad_configuration_is_refused_in_one_line_that_comes_last(karma: Karma, check: Check, text: str, words: str):
    checked = check(text)
    level = "ERROR" if minor(karma) >= 129 else "fatal"
    assert checked.code == 1
    assert len(checked.errors) == 1
    assert checked.lines[-1].startswith(f'level={level} msg="Execution failed" error="')
    assert words in checked.lines[-1]


PASSES = {
    "one uri twice": ONE_SERVER + "    - {name: b, uri: 'http://127.0.0.1:9'}\n",
    "a long interval": ONE_SERVER + "  interval: 20m\n",
    "a negative timeout": server("timeout: -1s"),
    "a server without a host": server("", "http://"),
    "a width below nothing": ONE_SERVER + "ui: {minimalGroupWidth: -5, alertsPerGroup: -1}\n",
    "a limit below nothing": ONE_SERVER + "grid: {groupLimit: -1}\n",
    "a filter of rubbish": ONE_SERVER + "filters: {default: ['???', 'a=~(']}\n",
    "a certificate that is missing": ONE_SERVER + "listen: {tls: {cert: nowhere.pem, key: nowhere.key}}\n",
    "a style sheet that is missing": ONE_SERVER + "custom: {css: nowhere.css}\n",
    "a port beyond the last": ONE_SERVER + "listen: {port: 70000}\n",
}


@pytest.mark.parametrize("text", PASSES.values(), ids=PASSES.keys())
def test_the_check_lets_pass_what_the_charm_has_to_refuse_by_itself(check: Check, text: str):
    assert check(text).code == 0


def test_no_server_at_all_passes_but_for_old_versions(karma: Karma, check: Check):
    checked = check("ui: {theme: dark}\n")
    assert checked.code == (0 if minor(karma) >= 95 else 1)
    assert checked.code == 0 or "no valid Alertmanager URIs defined" in checked.lines[-1]


def test_a_missing_file_is_named(check: Check, tmp_path: Path):
    checked = check(None)
    assert checked.code == 1
    assert f"open {tmp_path / 'karma.conf'}: no such file or directory" in checked.lines[-1]


def test_the_acl_file_is_found_from_the_working_directory_and_read_strictly(check: Check, tmp_path: Path):
    text = ONE_SERVER + "authorization: {acl: {silences: acl.yaml}}\n"
    rule = "rules: [{action: ACTION, reason: r, scope: {groups: []}, matchers: {required: []}}]\n"
    for acl, words in {
        rule.replace("ACTION", "block"): None,
        rule.replace("ACTION", "maybe"): 'got \\"maybe\\"',
        "rules: []\nfoo: 1\n": "line 2: field foo not found",
        "": "EOF",
    }.items():
        (tmp_path / "acl.yaml").write_text(acl)
        checked = check(text)
        assert checked.code == (1 if words else 0), acl
        assert words is None or words in checked.lines[-1]


# Newer ones are in test_options.NEWER.
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


# How far the environment reaches into the configuration, and how the charm keeps it out.
@pytest.mark.parametrize("service", ["alertmanager-proxy", "alertmanager-uri", "alertmanager-readonly", "debug"])
def test_a_service_named_like_a_setting_does_no_harm_with_the_flags(check: Check, service: str):
    injected = {f"{service.upper().replace('-', '_')}_PORT": "tcp://10.0.0.1:9093"}
    assert check(ONE_SERVER, env=injected).code == 0
    without = check(ONE_SERVER, flags=(), env=injected)
    assert without.code == 1
    assert f"'{service.replace('-', '.')}'" in without.lines[-1].lower()


@pytest.mark.parametrize("service", ["alertmanager-name", "karma-name", "listen-address", "ui-theme"])
def test_other_names_of_services_stay_deadly(check: Check, service: str):
    injected = {f"{service.upper().replace('-', '_')}_PORT": "tcp://10.0.0.1:9093"}
    checked = check(ONE_SERVER, env=injected)
    assert checked.code == 1
    assert f"'{service.replace('-', '.')}' expected type 'string'" in checked.lines[-1].replace("UI", "ui").lower()


def test_the_file_beats_the_environment(check: Check):
    assert check(ONE_SERVER, env={"UI_THEME": "bad"}).code == 1
    assert check(ONE_SERVER + "ui: {theme: dark}\n", env={"UI_THEME": "bad"}).code == 0
    assert check(ONE_SERVER + "listen: {port: 8080}\n", env={"LISTEN_PORT": "tcp://10.0.0.1:80"}).code == 0
