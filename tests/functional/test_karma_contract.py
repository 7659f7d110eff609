"""What the charm relies on when Karma checks a configuration: asserted on every Karma at hand and on the stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.machine import binaries
from playground.machine.binaries import Karma
from tests.functional.karma_process import check, minor

pytestmark = pytest.mark.parametrize("karma", [pytest.param(one, id=one.version) for one in binaries.karmas()])

ONE_SERVER = "alertmanager:\n  servers:\n    - {name: a, uri: 'http://127.0.0.1:9'}\n"


def server(settings: str, uri: str = "http://127.0.0.1:9") -> str:
    return f"alertmanager:\n  servers:\n    - {{name: a, uri: '{uri}', {settings}}}\n"


def alertmanager(settings: str) -> str:
    return ONE_SERVER + f"  {settings}\n"


def test_version_is_one_word_and_the_stand_in_says_what_it_is(karma: Karma):
    assert karma.version.startswith("v0.")
    assert karma.is_stand_in == karma.version.endswith("stand-in")


def test_a_good_configuration_passes(karma: Karma, tmp_path: Path):
    checked = check(karma, tmp_path, ONE_SERVER)
    assert checked.code == 0
    assert checked.lines[-1].lower() == 'level=info msg="configuration is valid"'


REFUSED = {
    "empty file": ("", "EOF"),
    "only a comment": ("# nothing\n", "EOF"),
    "a list": ("- 1\n", "cannot unmarshal !!seq into map"),
    "a tab": ("alertmanager:\n\tservers: []\n", "line 2: found character that cannot start any token"),
    "not YAML": ("alertmanager: [\n", "line 1: did not find expected node content"),
    "a key twice": (
        ONE_SERVER + "ui: {theme: dark, theme: light}\n",
        'mapping key \\"theme\\" already defined at line 4',
    ),
    "unknown key": (ONE_SERVER + "foo: 1\n", "line 4: field foo not found"),
    "unknown key below another": (ONE_SERVER + "ui: {foo: 1}\n", "line 4: field foo not found"),
    "unknown key of a server": (server("foo: 1"), "line 3: field foo not found"),
    "the uri of the flags in the file": (ONE_SERVER + "  uri: http://127.0.0.1:9\n", "line 4: field uri not found"),
    "string for a list": (
        ONE_SERVER + "filters: {default: a=b}\n",
        "line 4: cannot unmarshal !!str `a=b` into []string",
    ),
    "string for a truth": (
        ONE_SERVER + "ui: {animations: 'true'}\n",
        "line 4: cannot unmarshal !!str `true` into bool",
    ),
    "no truth": (ONE_SERVER + "ui: {animations: maybe}\n", "'UI.animations'"),
    "no number": (ONE_SERVER + "ui: {minimalGroupWidth: wide}\n", "'UI.minimalGroupWidth'"),
    "no port": (ONE_SERVER + "listen: {port: x}\n", "'Listen.Port'"),
    "duration without a unit": (
        ONE_SERVER + "ui: {refresh: 30}\n",
        "line 4: cannot unmarshal !!int `30` into time.Duration",
    ),
    "no duration": (ONE_SERVER + "ui: {refresh: abc}\n", "'UI.Refresh'"),
    "no timeout of a server": (server("timeout: abc"), "'Alertmanager.Servers[0].Timeout'"),
    "no interval": (alertmanager("interval: abc"), "'Alertmanager.Interval'"),
    "no interval at all": (alertmanager("interval: 0s"), "invalid alertmanager.interval value '0s'"),
    "negative interval": (alertmanager("interval: -5s"), "invalid alertmanager.interval value '-5s'"),
    "theme": (ONE_SERVER + "ui: {theme: bad}\n", "invalid ui.theme value 'bad', allowed options: light, dark, auto"),
    "collapse": (
        ONE_SERVER + "ui: {collapseGroups: bad}\n",
        "invalid ui.collapseGroups value 'bad', allowed options: expanded, collapsed, collapsedOnMobile",
    ),
    "sorting": (
        ONE_SERVER + "grid: {sorting: {order: bad}}\n",
        "invalid grid.sorting.order value 'bad', allowed options: disabled, startsAt, label",
    ),
    "cors": (server("cors: {credentials: bad}"), "invalid cors.credentials value 'bad' for alertmanager 'a'"),
    "log level": (ONE_SERVER + "log: {level: bad}\n", "unknown log level 'bad'"),
    "color": (ONE_SERVER + "labels: {color: {custom: {x: [{color: red}]}}}\n", "custom label color for 'x'"),
    "link": (ONE_SERVER + "silences: {comments: {linkDetect: {rules: [{regex: '(', uriTemplate: x}]}}}\n", "rule '('"),
    "history": (ONE_SERVER + "history: {rewrite: [{source: '(', uri: x}]}\n", "history.rewrite source regex"),
    "prefix": (ONE_SERVER + "listen: {prefix: foo}\n", "listen.prefix must start with '/', got \\\"foo\\\""),
    "certificate without key": (ONE_SERVER + "listen: {tls: {cert: x}}\n", "listen.tls.key must be set"),
    "one name twice": (
        ONE_SERVER + "    - {name: a, uri: 'http://127.0.0.1:8'}\n",
        "alertmanager upstream 'a' already exist",
    ),
    "proxy and readonly": (
        server("proxy: true, readonly: true"),
        "cannot use proxy and readonly mode at the same time",
    ),
    "uri without scheme": (server("", "foo:9093"), "unsupported URI scheme 'foo'"),
    "uri without anything": (server("", ""), "unsupported URI scheme ''"),
    "uri of another scheme": (server("", "ftp://h/"), "unsupported URI scheme 'ftp'"),
    "uri with a space": (server("", "http://a b"), 'invalid character \\" \\" in host name'),
    "CA missing": (server("tls: {ca: nowhere.pem}"), "open nowhere.pem: no such file or directory"),
    "client certificate missing": (server("tls: {cert: nowhere.pem, key: k.pem}"), "open nowhere.pem: no such file"),
    "health check": (server("healthcheck: {filters: {x: ['???']}}"), "is not a valid filter"),
    "ACL missing": (
        ONE_SERVER + "authorization: {acl: {silences: nowhere}}\n",
        "open nowhere: no such file or directory",
    ),
    "group without members": (ONE_SERVER + "authorization: {groups: [{name: a}]}\n", "'members' is required"),
    "header without regex": (
        ONE_SERVER + "authentication: {header: {name: X}}\n",
        "authentication.header.value_re is required",
    ),
    "header and users": (
        ONE_SERVER
        + "authentication: {header: {name: X, value_re: (.+)}, basicAuth: {users: [{username: u, password: p}]}}\n",
        "only one can be enabled",
    ),
    "user without password": (
        ONE_SERVER + "authentication: {basicAuth: {users: [{username: u}]}}\n",
        "both username and password",
    ),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_configuration_is_refused_in_one_line_that_comes_last(
    karma: Karma, tmp_path: Path, text: str, words: str
):
    checked = check(karma, tmp_path, text)
    level = "ERROR" if minor(karma) >= 129 else "fatal"
    assert checked.code == 1
    assert len(checked.errors) == 1
    assert checked.lines[-1].startswith(f'level={level} msg="Execution failed" error="')
    assert words in checked.lines[-1]


@pytest.mark.parametrize(
    ("key", "since"),
    [
        ("labels: {keep_re: ['(']}", 114),
        ("labels: {strip_re: ['(']}", 114),
        ("labels: {valueOnly_re: ['(']}", 114),
        ("receivers: {keep_re: ['(']}", 133),
        ("receivers: {strip_re: ['(']}", 133),
    ],
)
def test_a_bad_regex_of_a_list_is_refused_without_its_key_being_named(
    karma: Karma, tmp_path: Path, key: str, since: int
):
    checked = check(karma, tmp_path, f"{ONE_SERVER}{key}\n")
    assert checked.code == 1
    assert ("regex rule '(' is invalid" if minor(karma) >= since else "not found in type") in checked.lines[-1]


PASSES = {
    "one uri twice": ONE_SERVER + "    - {name: b, uri: 'http://127.0.0.1:9'}\n",
    "a long interval": alertmanager("interval: 20m"),
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
def test_the_check_lets_pass_what_the_charm_has_to_refuse_by_itself(karma: Karma, tmp_path: Path, text: str):
    assert check(karma, tmp_path, text).code == 0


def test_no_server_at_all_passes_but_for_old_versions(karma: Karma, tmp_path: Path):
    checked = check(karma, tmp_path, "ui: {theme: dark}\n")
    if minor(karma) >= 95:
        assert checked.code == 0
    else:
        assert checked.code == 1
        assert "no valid Alertmanager URIs defined" in checked.lines[-1]


def test_a_missing_file_is_named(karma: Karma, tmp_path: Path):
    checked = check(karma, tmp_path, None)
    assert checked.code == 1
    assert f"open {tmp_path / 'karma.conf'}: no such file or directory" in checked.lines[-1]


def test_the_acl_file_is_found_from_the_working_directory_and_read_strictly(karma: Karma, tmp_path: Path):
    text = ONE_SERVER + "authorization: {acl: {silences: acl.yaml}}\n"
    rule = "rules: [{action: ACTION, reason: r, scope: {groups: []}, matchers: {required: []}}]\n"
    for acl, words in {
        rule.replace("ACTION", "block"): None,
        rule.replace("ACTION", "maybe"): 'got \\"maybe\\"',
        "rules: []\nfoo: 1\n": "line 2: field foo not found",
        "": "EOF",
    }.items():
        (tmp_path / "acl.yaml").write_text(acl)
        checked = check(karma, tmp_path, text)
        assert checked.code == (1 if words else 0), acl
        assert words is None or words in checked.lines[-1]


def test_errors_stay_text_whatever_log_the_file_asks_for(karma: Karma, tmp_path: Path):
    twice = ONE_SERVER + "    - {name: a, uri: 'http://127.0.0.1:8'}\n"
    checked = check(karma, tmp_path, twice + "log: {format: json, level: error}\n")
    assert checked.code == 1
    assert len(checked.lines) == 1
    assert "already exist" in checked.errors[0]


def test_a_thousand_servers_pass(karma: Karma, tmp_path: Path):
    servers = "".join(f"    - {{name: am-{i}, uri: 'http://127.0.0.1:9', proxy: true}}\n" for i in range(1000))
    assert check(karma, tmp_path, f"alertmanager:\n  servers:\n{servers}").code == 0
