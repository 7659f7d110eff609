"""The reference tells what the code does: options as in the table of the charm, statuses as the charm sets them."""

from __future__ import annotations

import base64
import itertools
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import ops
import pytest
import yaml
from ops import testing

from playground.around.authority import Authority, requests_in
from problems import STATUS_BYTES
from relations.pod_labels import ForbiddenError, NotLabelledError
from settings.bounds import seconds
from settings.options import OVERLAY, SETTINGS, Options, settings
from tests.support.fake_pebble import NO_THEME, Fault, change_error
from tests.support.unit import ROOT, Unit, published, units

REFERENCE = ROOT / "docs" / "reference"
CONFIG: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "config.yaml").read_text())["options"]

BAD = published(1, uri="gopher://am-1")
AUTHORITY = Authority()
PAIR = AUTHORITY.issue()
LOCATOR = "secret:d7kl2jrmp25c7bqvs0g0"  # of the length that ids have on a real Juju
SECRET_OPTIONS = [option for option, setting in SETTINGS.items() if setting.keys_of_secret]


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, without the heads."""
    found: list[list[str]] = []
    for head, line in itertools.pairwise(text.splitlines()):
        if line.startswith("|") and not line.startswith("|---") and head.startswith("|"):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def code(cell: str) -> str:
    """The text of a cell that is code, in single or double backticks."""
    fence = "``" if cell.startswith("``") and cell != "``" else "`"
    return cell.removeprefix(fence).removesuffix(fence).strip()


OPTIONS = rows((REFERENCE / "options.md").read_text())
OPTION_ROWS = {cells[0]: cells for cells in OPTIONS}


def test_the_reference_lists_each_option_once_in_order():
    assert [cells[0] for cells in OPTIONS] == sorted(CONFIG)


@pytest.mark.parametrize("option", sorted(SETTINGS))
def test_the_reference_gives_an_option_its_karma_key_and_type(option: str):
    _, key, kind, _ = OPTION_ROWS[option]
    assert kind == CONFIG[option]["type"]
    karma_key = re.sub(r"(servers|rewrite)\.", r"\1[].", SETTINGS[option].key).removesuffix(".")
    assert key == (f"`{karma_key}`" if karma_key != OVERLAY else "all of it")


def test_the_bounds_that_are_told_are_those_that_hold():
    def why(option: str, value: Any) -> str:
        return settings(Options(**{option.replace("-", "_"): value})).invalid.get(option, "")

    table = re.findall(r"^  \| (`.+`) \| (\S+) \| (\S+) \|$", (REFERENCE / "options.md").read_text(), re.MULTILINE)
    told = {option: bounds for options, *bounds in table for option in re.findall("`(.+?)`", options)}
    numbers = {option for option, one in CONFIG.items() if one["type"] == "int"}
    durations = {option for option in READ - numbers if "must be at most" in why(option, "9000h")}
    assert {*told} == numbers | durations
    for option, (least, most) in told.items():
        if option in numbers:
            values: list[Any] = [int(least), int(most), int(least) - 1, int(most) + 1]
        else:
            beyond = ((seconds(least) or 0) - 0.001, (seconds(most) or 0) + 0.001)
            values = [least, most, *(f"{one:.3f}s" for one in beyond)]
        assert [bool(why(option, value)) for value in values] == [False, False, True, True], option
    for option, one in CONFIG.items():
        if least := re.search(r"at least (\d+)\b", one["description"]):
            assert least[1] == told[option][0]


@pytest.mark.parametrize("option", sorted(SETTINGS))
def test_the_example_of_an_option_is_of_its_type_and_taken_by_the_charm(option: str):
    kind, example = CONFIG[option]["type"], code(OPTION_ROWS[option][3])
    if kind == "secret":
        assert example.startswith("secret:")
        return
    value: Any = example if kind == "string" else yaml.safe_load(example)
    assert type(value) is {"string": str, "int": int, "boolean": bool}[kind]
    given: dict[str, Any] = {option.replace("-", "_"): value}
    found = settings(Options(**given))
    assert not found.invalid
    assert set(found.values) == {option}


Make = Callable[[Unit], ops.StatusBase]
"""Brings a unit that shows one Alertmanager into a status."""


def well(unit: Unit) -> ops.StatusBase:
    return unit.emit()


def publishing(*units: dict[str, str], make: Make = well) -> Make:
    """The status where the units of `am` publish this."""

    def status(unit: Unit) -> ops.StatusBase:
        unit.relate(1, *units)
        return make(unit)

    return status


def alone(unit: Unit) -> ops.StatusBase:
    unit.relations.clear()
    return unit.emit()


def where(make: Make = well, **circumstances: Any) -> Make:
    """The status of a unit, or of the Karma in it, of which this holds."""

    def status(unit: Unit) -> ops.StatusBase:
        unit.let(**circumstances)
        return make(unit)

    return status


def refusing(text: str, error: str, make: Make) -> Make:
    """The status where Karma says this of any configuration that holds the text."""
    return where(make, refuses={text: f'level=ERROR msg="Execution failed" error="{error}"'})


def refused_for_no_option(unit: Unit) -> ops.StatusBase:
    option("karma-name", "any")(unit)
    said = "'Alertmanager.name' expected type 'string'"
    return refusing("any", said, publishing(published(0), published(1)))(unit)


def in_the_way(unit: Unit) -> ops.StatusBase:
    said = "'Alertmanager.cluster' expected type 'string', got unconvertible type 'map[string]interface {}'"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ALERTMANAGER_CLUSTER_SERVICE_HOST", "192.0.2.1")
        return refusing("any", said, option("karma-name", "any"))(unit)


def logs_headers(unit: Unit) -> ops.StatusBase:
    secret("history-headers", "x: {A: b}")(unit)
    unit.options["log-config"] = True
    return unit.emit()


def option(name: str, value: str | int | bool, make: Make = well) -> Make:
    """The status with this option."""
    return where(make, options={name: value})


def secret(name: str, *texts: str) -> Make:
    """The status with these texts in the secret that an option names."""

    def status(unit: Unit) -> ops.StatusBase:
        unit.set(**{name: texts})
        return unit.emit()

    return status


headers = partial(secret, "alertmanager-headers")
users = partial(secret, "basic-auth-users")
client = partial(secret, "alertmanager-client-certificate")


def of_an_unknown_kind(certificate: str) -> str:
    """A certificate in PEM that says of its key that it is of a kind that nobody knows."""
    _, *lines, _ = certificate.strip().splitlines()
    known, unknown = bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d027f")
    text = base64.encodebytes(base64.b64decode("".join(lines)).replace(known, unknown)).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


def related(endpoints: Mapping[str, dict[str, str]], make: Make = well) -> Make:
    """The status with an application at each of these endpoints that has published this."""

    def status(unit: Unit) -> ops.StatusBase:
        for relation_id, (endpoint, data) in enumerate(endpoints.items(), start=2):
            unit.integrate(relation_id, endpoint, **data)
        return make(unit)

    return status


def forwarding(endpoint: str) -> Make:
    """The status where a Loki has published this, and Pebble is too old."""

    def status(unit: Unit) -> ops.StatusBase:
        unit.emit()
        unit.relations[2] = testing.Relation("logging", id=2, remote_units_data={0: {"endpoint": endpoint}})
        unit.pebble.fault = Fault(ops.pebble.APIError({}, 400, "", "no such field"), 0, 9, of="add_layer")
        unit.emit()
        assert unit.is_running
        return unit.status

    return status


def kubernetes(fault: NotLabelledError) -> Make:
    """The status where Kubernetes does not do what it is asked."""

    def status(unit: Unit) -> ops.StatusBase:
        with mock.patch("relations.pod_labels.put_on", side_effect=fault):
            return related({"service-mesh": {"labels": '{"a": "x"}'}})(unit)

    return status


def expired(unit: Unit) -> ops.StatusBase:
    unit.join("certificates", 2)
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    unit.answer(2, AUTHORITY.answer(*requests_in(unit.said(2)), not_after=yesterday))
    return unit.status


def no_secret(name: str) -> Make:
    """The status where there is no secret of the id that an option names."""
    return option(name, LOCATOR)


def no_grant(name: str) -> Make:
    """The status where the charm may not read the secret that an option names."""

    def status(unit: Unit) -> ops.StatusBase:
        secret_id = unit.add_secret(any="x")
        unit.denied = {secret_id}
        return option(name, secret_id)(unit)

    return status


def other_keys(name: str) -> Make:
    """The status where the secret that an option names lacks every key."""
    return lambda unit: option(name, unit.add_secret(other="x"))(unit)


def died(unit: Unit) -> ops.StatusBase:
    unit.emit()
    unit.kill_karma()
    return unit.emit()


def hangs(unit: Unit) -> ops.StatusBase:
    unit.emit()
    return unit.emit("pebble_check_failed", info=unit.fail_check())


def deaf(unit: Unit) -> ops.StatusBase:
    """The status where Juju does not answer."""
    with pytest.MonkeyPatch.context() as patched:
        silent = mock.Mock(side_effect=ops.ModelError("connection reset"))
        patched.setattr("scenario.mocking._MockModelBackend.config_get", silent)
        return unit.emit()


def unreadable_secret(unit: Unit) -> ops.StatusBase:
    unit.set(**{"history-headers": ("A: b",)})
    with mock.patch.object(ops.Secret, "get_content", side_effect=ops.ModelError("vault is sealed")):
        return unit.emit()


def refused_certificate(unit: Unit) -> ops.StatusBase:
    unit.emit()
    unit.join("certificates", 6)
    [csr] = requests_in(unit.said(6))
    error = {"code": 102, "name": "DOMAIN_NOT_ALLOWED", "message": "domain not allowed"}
    unit.answer(6, {"certificates": "[]", "request_errors": json.dumps([{"csr": csr, "error": error}])})
    return unit.status


def direct(make: Make) -> Make:
    """The status where browsers ask the Alertmanager themselves."""
    return publishing(published(0, proxy="false"), make=make)


EXTERNAL = "alertmanager-external-uri"
NEEDS_TLS = (
    "basic-auth-users: needs TLS: run `juju integrate karma-k8s:certificates <provider>`, or use an https ingress"
)
NO_KARMA = "karma-image: it holds no /karma; run `juju attach-resource` with an image of Karma, v0.90 or newer"
SHOWN: dict[str, Make] = {
    "": well,
    "alerting: <n> of <m> units left out: <unit> (<reason>)": publishing(published(0), BAD),
    "alertmanager-settings: no Alertmanager is named <name>": option("alertmanager-settings", "{x: {}}"),
    "alertmanager-headers: no Alertmanager is named as <number> of its selectors": headers("x: {A: b}"),
    "history-headers: no source in history.rewrite of karma-config is <number> of its selectors": secret(
        "history-headers", "x: {A: b}"
    ),
    "silence-acl: waits for <name>, which is not there": option(
        "silence-acl", "rules: [{action: block, reason: r, scope: {alertmanagers: [x]}}]"
    ),
    "silence-form-default-alertmanagers: waits for <name>, which is not there": option(
        "silence-form-default-alertmanagers", "x"
    ),
    "external-alertmanagers: <name> is shown as <other name>: an application has that name": option(
        "external-alertmanagers", "[{name: am, uri: 'http://x'}]"
    ),
    "alertmanager-settings: certificates are not verified of <name>": publishing(
        published(0, uri="https://am-0"),
        make=option("alertmanager-settings", "am: {tls: {insecureSkipVerify: true}}"),
    ),
    "alertmanager-insecure-skip-verify: certificates of Alertmanagers are not verified": option(
        "alertmanager-insecure-skip-verify", value=True
    ),
    "karma-config: certificates of Prometheus servers are not verified (history.rewrite)": option(
        "karma-config", "history: {rewrite: [{source: a, uri: 'https://b', tls: {insecureSkipVerify: true}}]}"
    ),
    "ingress: the URL from <application> <reason>": related({"ingress": {"ingress": "nonsense"}}),
    "logging: left out: <unit> (its URL <reason>)": forwarding("nonsense"),
    "logging: Pebble does not forward: <reason>": forwarding('{"url": "http://loki"}'),
    "tracing: what <application> has sent <reason>": related({"tracing": {"receivers": "nonsense"}}),
    "receive-ca-cert: <n> of <m> certificates from <application> left out: not PEM": related(
        {"receive-ca-cert": {"certificates": json.dumps(["rubbish", PAIR.certificate]), "version": "1"}}
    ),
    "receive-ca-cert: what <application> has sent cannot be read": related(
        {"receive-ca-cert": {"certificates": "rubbish"}}
    ),
    "service-mesh: the labels from <application> cannot be read": related({"service-mesh": {"labels": "[]"}}),
    "provide-cmr-mesh: what <application> has sent cannot be read": related(
        {"service-mesh": {"labels": "{}"}, "provide-cmr-mesh": {"cmr_data": "rubbish"}}
    ),
    "waiting for the karma container": where(reachable=False),
    "waiting for the unit's IP address": where(address=""),
    "waiting for Juju to tell <what>": deaf,
    "karma does not answer: it tries Alertmanagers before it serves, or hangs": hangs,
    "alerting: waiting for data from <unit or application>": publishing({}),
    "alerting: waiting for usable data from <unit> (<reason>)": publishing(BAD),
    "certificates: waiting for a certificate from <application>": related({"certificates": {}}),
    "certificates: waiting for a certificate from <application>, which has sent one that has expired": expired,
    "certificates: waiting for a certificate from <application>, which <reason>": related(
        {"certificates": {"certificates": "rubbish"}}
    ),
    "auth-proxy: waiting for a URL from <application>": related({"auth-proxy": {}, "ingress": {}}),
    "auth-proxy: waiting for a URL from <application>, whose URL <reason>": related(
        {"auth-proxy": {}, "ingress": {"ingress": "nonsense"}}
    ),
    "service-mesh: waiting for labels from <application>": related({"service-mesh": {}}),
    "service-mesh: the pods' labels are not changed yet: <Kubernetes' words>": kubernetes(NotLabelledError("x")),
    "alerting: run `juju integrate karma-k8s:alerting <alertmanager>`": alone,
    "alerting: run `juju integrate karma-k8s:alerting <alertmanager>`; external-alertmanagers waits for it": option(
        "external-alertmanagers", "[{name: a, uri: 'http://a'}]", make=alone
    ),
    NO_KARMA: where(missing=True),
    "karma-image: <Pebble's words>": where(cannot_run=change_error("Run (exec format error)")),
    "auth-proxy: run `juju integrate karma-k8s:ingress <ingress>`; it has nothing to protect yet": related(
        {"auth-proxy": {}}
    ),
    "auth-proxy: give the ingress a name like a.example.com; the proxy cannot protect <url>": related(
        {"auth-proxy": {}, "ingress": {"ingress": '{"url": "https://intranet/karma"}'}}
    ),
    "certificates: <application> refuses: <its words>": refused_certificate,
    "certificate-extra-sans: <name> is neither a DNS name nor an IP address": option("certificate-extra-sans", "a b"),
    "service-mesh: run `juju trust karma-k8s --scope=cluster`": kubernetes(ForbiddenError()),
    "<option>: <Karma's words>": where(option("ui-theme", "bad"), refuses={"bad": NO_THEME}),
    "karma: <Karma's words>": refused_for_no_option,
    "<option>: must be at least <least>, is <value>": option("ui-alerts-per-group", 0),
    "<option>: must be at most <most>, is <value>": option("alertmanager-interval", "20m"),
    "<option>: needs parentheses around what it is to find, as in (.+)": option("auth-header-re", ".+"),
    "auth-proxy-user: must be one of user, email, preferred-username": option("auth-proxy-user", "uid"),
    "log-config: would log the headers of history-headers": logs_headers,
    "<application>: Kubernetes' variables of this application set Karma's <key>; give it another name": in_the_way,
    "alertmanager-access: must be one of published, proxy, readonly, direct": option("alertmanager-access", "magic"),
    "alertmanager-external-uri: must be an http or https URL": option(EXTERNAL, "ftp://h"),
    "alertmanager-external-uri: must not hold a user or password": option(EXTERNAL, "http://u:p@h"),
    "alertmanager-external-uri: may hold {name}, {cluster}, {application}, {model}, {host}, {port} only": option(
        EXTERNAL, "http://{x}"
    ),
    "alertmanager-external-uri: has a brace without its partner": option(EXTERNAL, "http://{host"),
    "karma-config: must not set <key>: <what to do instead>": option("karma-config", "listen: {port: 1}"),
    "karma-config: <key> <what is wrong>": option("karma-config", "ui: {alertsPerGroup: -1}"),
    "alertmanager-settings: <selector>: <what is wrong>": option("alertmanager-settings", "am: {uri: x}"),
    "external-alertmanagers: <name>: <what is wrong>": option("external-alertmanagers", "[{name: a}]"),
    "external-alertmanagers: must be a YAML list (`- {name: office, uri: 'https://am.example'}`)": option(
        "external-alertmanagers", "a: b"
    ),
    "<option>: Karma takes one kind of login: choose between this and <others>": related(
        {"auth-proxy": {}}, option("auth-group-header", "X-Groups")
    ),
    "<option>: needs auth-header too: without it Karma asks nobody to log in": option("auth-group-header", "X-Groups"),
    "<option>: must be a name that HTTP allows for a header": option("auth-header", "X User"),
    "authorization-groups: must be a YAML list (`- {name: admins, members: [alice]}`)": option(
        "authorization-groups", "admins: [alice]"
    ),
    "authorization-groups: group <number> must have name and members, and nothing else": option(
        "authorization-groups", "[{name: admins}]"
    ),
    "authorization-groups: the name of group <number> must be a text": option(
        "authorization-groups", "[{name: [], members: [a]}]"
    ),
    "authorization-groups: the members of group <number> must be a list of texts": option(
        "authorization-groups", "[{name: admins, members: alice}]"
    ),
    "silence-acl: holds no rule": option("silence-acl", "rules:"),
    "silence-acl: <name> left out: not proxied; set alertmanager-access=proxy": direct(
        option("silence-acl", "rules: []")
    ),
    "<option>: is not YAML (line <line>, column <column>)": option("default-filters", "- a\n- 'b"),
    "<option>: holds a second document (line <line>, column <column>)": option("karma-config", "a: 1\n---\nb: 1"),
    "<option>: has a key with white space around it (line <line>, column <column>)": option(
        "karma-config", "ui:\n\u00a0 theme: dark"
    ),
    "<option>: holds a number that is too long (line <line>, column <column>)": option(
        "karma-config", f"a: {'9' * 5000}"
    ),
    "<option>: must be a plain list of texts": option("default-filters", "- a: b"),
    "<option>: has a bracket or quote without its partner; write one per line, starting with `- `": option(
        "labels-keep-re", "a(, b"
    ),
    "<option>: may be a list or an expression; write one per line, starting with `- `, in quotes": option(
        "labels-keep-re", "[a, b]"
    ),
    "<option>: has an empty item": option("labels-keep", "- ''"),
    "<option>: has an item of more than one line, or with control characters": option("labels-keep", "a\tb"),
    "<option>: has a name with <character> in it; put a comma between names": option("labels-keep", "a;b"),
    "<option>: has two filters in one item; put a comma between filters": option(
        "default-filters", "a=b @state=active"
    ),
    "<option>: item <number> is no origin such as https://example.com, without path and default port": (
        option("listen-cors-allowed-origins", "a.example")
    ),
    "<option>: must be the code alone, without a tag of HTML around it": option("custom-css", "<style>a {}</style>"),
    "<option>: must be one label, is <number>": option("grid-sorting-label", "a, b"),
    "<option>: must be one line, without control characters": option("karma-name", "a\nb"),
    "<option>: must be a YAML mapping (`key: value`)": option("karma-config", "- a"),
    "<option>: must be a YAML mapping whose keys are texts": option("karma-config", "1: a"),
    "<option>: has a key that is no text (line <line>, column <column>)": option("karma-config", "[a]: b"),
    "<option>: has a key twice (line <line>, column <column>)": option("karma-config", "{a: 1, a: 2}"),
    "<option>: uses an alias (line <line>, column <column>); write it out": option("karma-config", "{a: &x 1, b: *x}"),
    "<option>: uses a tag (line <line>, column <column>); leave it out": option("karma-config", "a: !x b"),
    "<option>: is nested deeper than 32 levels (line <line>, column <column>)": option("karma-config", "[" * 33),
    "<option>: is longer than 65536 characters": option("karma-config", "a" * 65537),
    "<option>: holds a character that YAML does not allow": option("karma-config", "a: \x07"),
    "<option>: run `juju grant-secret <id> karma-k8s`": no_grant("alertmanager-headers"),
    "<option>: there is no <id>; add a secret and `juju config` its id": no_secret("alertmanager-headers"),
    "<option>: run `juju update-secret <id> <key>#file=…`": other_keys("alertmanager-headers"),
    "<option>: Juju does not tell the secret: <Juju's words>": unreadable_secret,
    "alertmanager-headers: <name> left out: not proxied; set alertmanager-access=proxy": direct(headers("A: b")),
    "alertmanager-headers: holds no header": headers("{}"),
    "alertmanager-headers: header <number> has a name that HTTP does not allow": headers("'a b': c"),
    "alertmanager-headers: header <number> is one that Karma cannot send": headers("Host: a"),
    "alertmanager-headers: header <number> must have a text, in quotes where it looks like a number": headers("A: 1"),
    "alertmanager-headers: header <number> holds control characters": headers('A: "b\\nc"'),
    "alertmanager-headers: header <number> has white space around its text": headers("A: ' b'"),
    "alertmanager-headers: header <number> is there twice": headers("{A: b, a: c}"),
    "alertmanager-client-certificate: holds no certificate in PEM": client("rubbish", PAIR.key),
    "alertmanager-client-certificate: holds no private key in PEM without a passphrase": client(
        PAIR.certificate, "rubbish"
    ),
    "alertmanager-client-certificate: holds a private key that does not belong to the certificate": client(
        PAIR.certificate, AUTHORITY.issue().key
    ),
    "alertmanager-client-certificate: holds a certificate of an unknown kind of key": client(
        of_an_unknown_kind(PAIR.certificate), PAIR.key
    ),
    NEEDS_TLS: users("alice: a"),
    "basic-auth-users: holds no user": users("{}"),
    "basic-auth-users: user <number> has a name that a browser cannot send": users("'a:b': c"),
    "basic-auth-users: user <number> must have a text as password, in quotes where it looks like a number": users(
        "alice: 5"
    ),
    "basic-auth-users: user <number> has no password": users("alice: ''"),
    "basic-auth-users: user <number> has a hash for a password, which Karma takes as it is written": users(
        "alice: $2y$05$abc"
    ),
    "basic-auth-users: user <number> has a password that a browser cannot send": users('a: "b\\nc"'),
    "karma does not start: <Karma's words>": where(dies_of={"servers": "listen tcp: address already in use"}),
    "karma died: <Karma's words>": where(died, last_words="panic: boom"),
    "karma died: see `<command>`": died,
    "karma container: <Pebble's words>": where(cannot_run=ops.pebble.PathError("generic-file-error", "no space left")),
}


def statuses() -> dict[str, str]:
    """The messages of the reference, and the status that the heading over their table names."""
    sections = re.split(r"^## (\w+).*$", (REFERENCE / "statuses.md").read_text(), flags=re.MULTILINE)[1:]
    named = zip(sections[::2], sections[1::2], strict=True)
    return {code(cells[0]): name.lower() for name, section in named for cells in rows(section)}


def test_the_reference_lists_the_statuses_that_are_shown_here_and_no_other():
    assert list(statuses()) == list(SHOWN)


@pytest.fixture(scope="module", params=["karma-k8s", "karma-for-operations"])
def unit_of(request: pytest.FixtureRequest) -> Iterator[Callable[[], Unit]]:
    """Makes units of an application of that name which know one Alertmanager and have seen no event."""
    with units(request.param) as new_unit:

        def make() -> Unit:
            unit = new_unit()
            unit.relate(1, published(0))
            return unit

        yield make


@pytest.mark.parametrize("unit_of", ["karma-k8s"], indirect=True)
@pytest.mark.parametrize("message", SHOWN)
def test_a_status_of_the_reference_is_what_the_charm_says(message: str, unit_of: Callable[[], Unit]):
    words = (re.escape(part) for part in re.split(r"<(?!alertmanager>|ingress>|provider>)[^<>]+>", message))
    status = SHOWN[message](unit_of())
    assert status.name == statuses()[message]
    assert re.fullmatch(".+".join(words), status.message)


COMMANDS = [
    *(pytest.param(make, id=message) for message, make in SHOWN.items() if "`" in message),
    *(
        pytest.param(make(name), id=f"{name}: {make.__name__}")
        for name in SECRET_OPTIONS
        for make in (no_grant, no_secret, other_keys)
    ),
]


@pytest.mark.parametrize("make", COMMANDS)
def test_a_command_stands_whole_in_the_status(make: Make, unit_of: Callable[[], Unit]):
    message = make(unit_of()).message
    assert re.search("`[^`]+`", message)
    assert not message.endswith("…")
    assert len(message.encode()) <= STATUS_BYTES


METADATA = yaml.safe_load((ROOT / "metadata.yaml").read_text())
ENDPOINTS = {*METADATA["provides"], *METADATA["requires"], "dashboard"}  # the last one is the published charm's
ACTIONS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "actions.yaml").read_text())
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")]
BLOCK = re.compile(r"^ *```shell\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
READ = {*SETTINGS} - {*SECRET_OPTIONS}
COMMAND = re.compile(r"""^ *(juju (?:[^\n"']|"[^"]*"|'[^']*')+)""", re.MULTILINE)


def wrong(words: list[str]) -> set[str]:
    """Whatever of a command for Juju is not there in this charm, or not taken by it."""
    given = dict(word.split("=", 1) for word in words if re.match("[a-z-]+=", word))
    named = [word.removeprefix("karma-k8s:").split(",") for word in words if word.startswith("karma-k8s:")]
    found = {*itertools.chain.from_iterable(named)} - ENDPOINTS
    if words[1:3] == ["config", "karma-k8s"]:
        reset = words[words.index("--reset") + 1].split(",") if "--reset" in words else []
        found |= {*given, *reset} - {*CONFIG}
        texts = {one: text for one, text in given.items() if one in READ and text[:1] != "@"}
        typed = {one: yaml.safe_load(text) if CONFIG[one]["type"] != "string" else text for one, text in texts.items()}
        found |= {*settings(Options(**{one.replace("-", "_"): value for one, value in typed.items()})).invalid}
    elif "karma-k8s/0" in words:
        name = words[words.index("karma-k8s/0") + 1]
        found |= ({name} - {*ACTIONS}) | ({*given} - {*ACTIONS[name].get("params", {})})
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_has_people_type_is_there_in_the_charm(page: Path):
    commands = [command for block in BLOCK.findall(page.read_text()) for command in COMMAND.findall(block)]
    assert {command: found for command in commands if (found := wrong(shlex.split(command, comments=True)))} == {}
