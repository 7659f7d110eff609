"""What Karma says when it refuses a configuration, and which option the operator is told of.

The lines were printed by `/karma --check-config` of the versions named.
"""

from __future__ import annotations

import ops
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karma.config import KarmaConfig
from karma.refusals import brief, explain, options_at_fault, words
from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit

NEW = 'level=ERROR msg="Execution failed" error="'
OLD = 'level=fatal msg="Execution failed" error="'
NEW_DECODING = NEW + r"failed to unmarshal configuration: decoding failed due to the following error(s):\n\n"
OLD_DECODING = OLD + r"failed to unmarshal configuration: 1 error(s) decoding:\n\n* "

DURATIONS = {
    "ui-refresh": "UI.Refresh",
    "alertmanager-interval": "Alertmanager.Interval",
    "alertmanager-timeout": "Alertmanager.Servers[0].Timeout",
}
THEME = "invalid ui.theme value 'bad', allowed options: light, dark, auto"
GROUPS = "invalid ui.collapseGroups value 'bad', allowed options: expanded, collapsed, collapsedOnMobile"
# (version, option, value, what the last line of the output begins with, Karma's words in it)
REFUSALS = [
    *(("v0.133", option, "abc", NEW_DECODING, f"'{key}' time: invalid duration") for option, key in DURATIONS.items()),
    *(
        ("v0.114, v0.90", option, "abc", OLD_DECODING, f"error decoding '{key}': time: invalid duration \"abc\"")
        for option, key in DURATIONS.items()
    ),
    ("v0.133", "ui-theme", "bad", NEW, THEME),
    ("v0.114, v0.90", "ui-theme", "bad", OLD, THEME),
    ("all", "ui-collapse-groups", "bad", NEW, GROUPS),
    ("all", "log-level", "bad", NEW, "unknown log level 'bad'"),
    ("v0.133", "log-level", "fatal", NEW, "unknown log level 'fatal'"),
    ("v0.114, v0.90", "log-format", "bad", OLD, "unknown log format 'bad'"),
]


def printed(start: str, said: str) -> str:
    """The line that Karma prints."""
    escaped = said.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{start}{escaped}"'


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: f"{refusal[0]}: {refusal[1]}={refusal[2]}")
def test_the_option_at_fault_comes_first_then_karmas_words(new_unit: NewUnit, refusal: tuple[str, str, str, str, str]):
    version, option, value, start, said = refusal
    fresh, running = new_unit(), new_unit({"ui-animations": True})
    for unit in (fresh, running):
        unit.relate(1, published(0))
        unit.karma.refuses = {value: f'level=INFO msg="Version: {version}"\n{printed(start, said)}\n'}
    assert running.emit() == ops.ActiveStatus()
    for unit in (fresh, running):
        unit.options[option] = value
        assert unit.emit("config_changed") == ops.BlockedStatus(f"{option}: {said}")


JSON = """{"level":"fatal","error":"unknown log level 'bad'","message":"Execution failed"}"""


@pytest.mark.parametrize(
    ("before", "after", "printed", "told"),
    [
        ({}, {"log-format": "json", "log-level": "bad"}, JSON, "log-level: unknown log level 'bad'"),
        ({}, {"log-level": "bad"}, "", "log-level: exit code 1"),
        ({"ui-refresh": "5s"}, {"log-level": "bad"}, printed(NEW, "'bad' is wrong"), "log-level: 'bad' is wrong"),
        (
            {"ui-theme": "dark", "karma-name": "k", "default-filters": "a"},
            {"ui-theme": "dark", "log-level": "bad", "default-filters": "b"},
            printed(NEW, "something is wrong"),
            "default-filters, karma-name, log-level: something is wrong",
        ),
    ],
    ids=["a JSON log", "no word", "what was reset is not to blame where a value tells", "no key: all that changed"],
)
def test_whom_a_refusal_tells_of(related: Unit, before: dict[str, str], after: dict[str, str], printed: str, told: str):
    related.options = before
    assert related.emit() == ops.ActiveStatus()
    related.let(refuses={"bad": f"{printed}\n"})
    related.options = after
    assert related.emit().message == told


def test_all_options_that_karma_names_are_told(related: Unit):
    said = (
        r"failed to unmarshal configuration: 2 error(s) decoding:\n\n"
        r"* error decoding 'Alertmanager.Interval': time: unknown unit \"y\" in duration \"5y\"\n"
        r"* error decoding 'UI.Refresh': time: invalid duration \"\\x01s\""
    )
    related.karma.refuses = {"5y": f'{OLD}{said}"'}
    related.options |= {"alertmanager-interval": "5y", "ui-refresh": "5w", "ui-theme": "dark"}
    status = related.emit()
    assert status.message.startswith("alertmanager-interval, ui-refresh: er")
    assert status.message.endswith("'UI.Refresh': time: invalid duration \"\\x01s\"")
    assert "'UI.Refresh': time: invalid duration" in related.log


FILE = """\
alertmanager:
  servers:
  - name: a
    timeout: '30'
filters:
  default:
  - a
  - b
ui:
  theme: dark
"""


SOURCES = {
    "alertmanager.servers.timeout": "alertmanager-timeout",
    "filters.default": "default-filters",
    "ui.theme": "ui-theme",
}
CONFIG = KarmaConfig({"karma.yaml": FILE}, SOURCES)


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ("yaml: unmarshal errors: line 4: cannot unmarshal !!str `30` into time.Duration", ("alertmanager-timeout",)),
        ("yaml: unmarshal errors: line 8: cannot unmarshal !!str `b` into int", ("default-filters",)),
        ("yaml: unmarshal errors: line 10: field theme not found in type config.UIConfig", ("ui-theme",)),
        (
            "yaml: unmarshal errors: line 10: field x not found line 7: field y not found",
            ("default-filters", "ui-theme"),
        ),
        ("yaml: unmarshal errors: line 3: field name not found", ("default-filters", "ui-theme")),
        ("keep regex rule '(' is invalid", ("default-filters", "ui-theme")),
        ("keep regex rule 'a' is invalid", ("default-filters",)),
        ('"dark" is no colour', ("ui-theme",)),
        ("cannot use proxy and readonly mode at the same time", ("alertmanager-access",)),
        ("failed to create Alertmanager 'a' with URI 'http://b': it cannot be", ("alerting",)),
        ("failed to create Alertmanager 'a' with URI 'http://a': \"30\" is none", ("alertmanager-timeout",)),
        ("'Alertmanager.Servers[12].Timeout' time: invalid duration", ("alertmanager-timeout",)),
        ("'UI.themes' is unknown", ("default-filters", "ui-theme")),
    ],
)
def test_a_key_or_a_line_leads_to_the_option(said: str, options: tuple[str, ...]):
    assert options_at_fault(said, CONFIG, "") == options


def test_nothing_at_fault_is_found_where_both_files_are_the_same():
    assert options_at_fault("unsupported", CONFIG, FILE) == ()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            'failed to parse configuration file "/tmp/karma/0/karma.yaml": yaml: unmarshal errors:\n'
            "  line 10: field theme not found in type config.UIConfig",
            "ui-theme: ui.theme: field theme not found in type config.UIConfig",
        ),
        (
            'failed to load configuration file "/nowhere/k.yaml": open /nowhere/k.yaml: no such file or directory',
            "default-filters, ui-theme: open /nowhere/k.yaml: no such file or directory",
        ),
        ("unknown log level 'x'", "log-level: unknown log level 'x'"),
    ],
)
def test_what_every_refusal_begins_with_is_left_out(said: str, shown: str):
    assert brief(explain(words(printed(NEW, said)), CONFIG, "")) == shown


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("", ""),
        ("\n \n", ""),
        ("level=info msg=a\nlevel=info msg=b\n", "level=info msg=b"),
        (f'{NEW}first"\n{NEW}second"\nlevel=info msg=later\n', "second"),
        (
            'level=ERROR msg="HTTPS server startup error" error="open /nowhere/c: no such file"',
            "open /nowhere/c: no such file",
        ),
        (
            "2026-11-21T22:29:00.000Z [karma] " + NEW + 'listen tcp :8080: bind: address already in use"',
            "listen tcp :8080: bind: address already in use",
        ),
        ("panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n", "panic: boom"),
        ("fatal error: out of memory\nmore", "fatal error: out of memory"),
        ('{"error": "Execution failed"', '{"error": "Execution failed"'),
        ('{"message": "Execution failed"}', '{"message": "Execution failed"}'),
        (NEW + r'a \"b\" \\ c\td"', 'a "b" \\ c d'),
        (NEW + r'a \x01 b"', r"a \x01 b"),
    ],
)
def test_the_words_that_tell_why_karma_ended(output: str, expected: str):
    assert words(output) == expected


SERVICES = {
    "ALERTMANAGER_CLUSTER_SERVICE_HOST": "192.0.2.1",
    "ALERTMANAGER_CLUSTER_PORT": "tcp://192.0.2.1:80",
    "UI_THEME_X_SERVICE_HOST": "192.0.2.2",
    "KARMA_SERVICE_HOST": "192.0.2.3",
    "LABELS_KEEP_SERVICE_HOST": "192.0.2.4",
}


@pytest.mark.parametrize(
    ("key", "application", "path"),
    [
        ("Alertmanager.cluster", "alertmanager-cluster", "alertmanager.cluster"),
        ("UI.theme", "ui-theme-x", "ui.theme"),
        ("Labels.Keep[0]", "labels-keep", "labels.keep"),
    ],
)
def test_the_application_whose_name_is_in_the_way_is_named(key: str, application: str, path: str):
    said = words(NEW_DECODING + f"'{key}' expected type 'string', got unconvertible type 'map[string]interface {{}}'\"")
    told = f"{application}: Kubernetes' variables of this application set Karma's {path}; give it another name"
    assert explain(said, CONFIG, "", SERVICES) == told == brief(told)
    assert not explain(said, CONFIG, "", {}).startswith(application)
    assert not explain(f"invalid '{key}'", CONFIG, "", SERVICES).startswith(application)


def test_a_value_that_was_there_before_is_not_to_blame_where_a_new_one_may_be():
    assert options_at_fault("rule 'dark' is invalid", CONFIG, FILE.replace("dark", "light")) == ("ui-theme",)
    both = KarmaConfig({"karma.yaml": FILE.replace("- b", "- dark")}, SOURCES)
    assert options_at_fault("rule 'dark' is invalid", both, "") == ("default-filters", "ui-theme")
    assert options_at_fault("rule 'dark' is invalid", both, FILE) == ("default-filters",)


def test_what_nobody_has_set_is_named_only_where_nothing_else_is():
    origins = {"listen.cors": "listen.cors"}
    config = KarmaConfig({"karma.yaml": "listen:\n  cors: {}\nui:\n  theme: x\n"}, {**SOURCES, **origins})
    said = "line 2: field cors not found in type struct { A string } line 4: field theme not found"
    told = "listen.cors: field cors not found ui.theme: field theme not found"
    assert options_at_fault(said, config, "") == ("listen.cors", "ui-theme")
    assert brief(explain(said, config, "")) == f"ui-theme: {told}"
    assert brief(explain(said.partition(" line 4")[0], config, "")).startswith("listen.cors: ")


def test_what_is_too_long_for_a_status_loses_its_middle():
    server = f"failed to create Alertmanager '{'a' * 60}' with URI 'http://{'b' * 90}': "
    told = brief(f'alertmanager-healthchecks: {server}"{"x" * 99}" is bad')
    assert told.startswith("alertmanager-healthchecks: aaa")
    assert told.endswith('xxx" is bad')
    assert len(told.encode()) <= 120
    assert brief(f"{'o' * 130}: {'ä' * 99}").startswith("o" * 100)


@given(
    st.text()
    | st.lists(st.sampled_from([NEW, OLD, '"', "\\", "{", "}", "line 3", "panic: ", "\n", "[0]", "\x00"])).map("".join)
)
def test_any_output_becomes_one_line(output: str):
    said = words(output)
    assert len(said.splitlines()) <= 1
    assert explain(said, CONFIG, "").partition(": ")[0]
