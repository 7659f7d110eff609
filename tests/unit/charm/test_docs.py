"""The reference tells what the code does: options as in the table of the charm, statuses as the charm sets them."""

from __future__ import annotations

import base64
import dataclasses
import itertools
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast
from unittest import mock

import ops
import pytest
import yaml
from ops import pebble, testing

from charm import KarmaCharm
from playground.around.authority import Authority, requests_in
from problems import STATUS_BYTES
from settings.options import OVERLAY, SETTINGS, Options, settings

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "reference"
CONFIG: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "config.yaml").read_text())["options"]

GOOD = {"name": "am/0", "uri": "http://am-0:9093", "cluster": "m_am", "proxy": "true"}
BAD = {**GOOD, "name": "am/1", "uri": "gopher://am-1"}
AUTHORITY = Authority()
PAIR = AUTHORITY.issue()
LOCATOR = "secret:d7kl2jrmp25c7bqvs0g0"  # of the length that ids have on a real Juju
SECRET_OPTIONS = [option for option, setting in SETTINGS.items() if setting.keys_of_secret]


def rows(page: str) -> list[list[str]]:
    """The cells of every row of every table of a page, without the heads."""
    lines = (REFERENCE / page).read_text().splitlines()
    found: list[list[str]] = []
    for head, line in itertools.pairwise(lines):
        if line.startswith("|") and not line.startswith("|---") and head.startswith("|"):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def code(cell: str) -> str:
    """The text of a cell that is code, in single or double backticks."""
    fence = "``" if cell.startswith("``") and cell != "``" else "`"
    return cell.removeprefix(fence).removesuffix(fence).strip()


OPTION_ROWS = {cells[0]: cells for cells in rows("options.md")}


def test_the_reference_lists_each_option_once_in_order():
    assert [cells[0] for cells in rows("options.md")] == sorted(CONFIG)
    assert set(CONFIG) == set(SETTINGS)


@pytest.mark.parametrize("option", sorted(CONFIG))
def test_the_reference_gives_an_option_its_karma_key_and_type(option: str):
    _, key, kind, _ = OPTION_ROWS[option]
    assert kind == CONFIG[option]["type"]
    karma_key = re.sub(r"(servers|rewrite)\.", r"\1[].", SETTINGS[option].key).removesuffix(".")
    assert key == (f"`{karma_key}`" if karma_key != OVERLAY else "all of it")


@pytest.mark.parametrize("option", sorted(CONFIG))
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


def change_error(words: str) -> pebble.ChangeError:
    """What Pebble raises for a change that failed with these words."""
    change: Any = {"id": "1", "kind": "start", "summary": "", "status": "Error", "ready": True}
    change["spawn-time"] = "2026-11-21T20:00:00Z"
    return pebble.ChangeError(words, pebble.Change.from_dict(change))


class Situation:
    """A leader on ops.testing whose Karma says what it is told to say."""

    def __init__(self, files: Path, application: str = "karma-k8s"):
        self.context = testing.Context(KarmaCharm, app_name=application)
        tmp = testing.Mount(location="/tmp", source=files)
        self.container = testing.Container("karma", can_connect=True, mounts={"tmp": tmp})
        self.config: dict[str, Any] = {}
        self.units: dict[int, dict[str, str]] | None = {0: GOOD}
        self.address = "10.1.0.5"
        self.secrets: set[testing.Secret] = set()
        self.related: set[testing.Relation] = set()

    def karma(self, exit_code: int = 0, words: str = "") -> None:
        """Have `/karma --check-config` end so."""
        said = f'level=ERROR msg="Execution failed" error="{words}"\n'
        execs = {
            testing.Exec(["/karma", "--check-config"], return_code=exit_code, stderr=said),
            testing.Exec(["/karma", "--version"], stdout="v0.133\n"),
        }
        self.container = dataclasses.replace(self.container, execs=execs)

    def run(self) -> testing.State:
        """The model after an update-status."""
        relation = testing.Relation("alerting", remote_app_name="am", remote_units_data=self.units or {})
        addresses = [testing.Address(self.address)] if self.address else []
        state = testing.State(
            leader=True,
            model=testing.Model("monitoring", type="kubernetes"),
            config=self.config,
            containers={self.container},
            secrets=self.secrets,
            relations=self.related if self.units is None else {relation, *self.related},
            networks={testing.Network("alerting", bind_addresses=[testing.BindAddress(addresses)])},
        )
        return self.context.run(self.context.on.update_status(), state)

    def status(self) -> ops.StatusBase:
        """What `juju status` shows."""
        seen = self.run().unit_status
        return ops.StatusBase.from_name(seen.name, seen.message)


def well(situation: Situation) -> ops.StatusBase:
    situation.karma()
    return situation.status()


def one_bad_unit(situation: Situation) -> ops.StatusBase:
    situation.karma()
    situation.units = {0: GOOD, 1: BAD}
    return situation.status()


def no_pebble(situation: Situation) -> ops.StatusBase:
    situation.container = testing.Container("karma", can_connect=False)
    return situation.status()


def no_address(situation: Situation) -> ops.StatusBase:
    situation.address = ""
    return situation.status()


def no_data(situation: Situation) -> ops.StatusBase:
    situation.units = {0: {}}
    return situation.status()


def no_usable_data(situation: Situation) -> ops.StatusBase:
    situation.units = {0: BAD}
    return situation.status()


def no_relation(situation: Situation) -> ops.StatusBase:
    situation.units = None
    return situation.status()


def no_karma(situation: Situation) -> ops.StatusBase:
    return situation.status()


def other_processor(situation: Situation) -> ops.StatusBase:
    with mock.patch.object(ops.Container, "exec", side_effect=change_error("- Run (exec format error)")):
        return situation.status()


def refused(situation: Situation) -> ops.StatusBase:
    situation.config = {"ui-theme": "neon"}
    situation.karma(1, "invalid ui.theme value 'neon', allowed options: light, dark, auto")
    return situation.status()


def refused_for_no_option(situation: Situation) -> ops.StatusBase:
    situation.karma()
    situation.container = situation.run().get_container("karma")
    situation.karma(1, "'Alertmanager.name' expected type 'string'")
    situation.units = {0: GOOD, 1: {**BAD, "uri": "http://am-1:9093"}}
    return situation.status()


def option(name: str, value: str | int | bool) -> Callable[[Situation], ops.StatusBase]:
    """The status with this option."""

    def status(situation: Situation) -> ops.StatusBase:
        situation.karma()
        situation.config = {name: value}
        return situation.status()

    return status


def secret(name: str, content: dict[str, str]) -> Callable[[Situation], ops.StatusBase]:
    """The status with this in the secret that an option names."""

    def status(situation: Situation) -> ops.StatusBase:
        one = testing.Secret(content, id=LOCATOR)
        situation.secrets = {one}
        return option(name, one.id)(situation)

    return status


def headers(text: str, key: str = "headers") -> Callable[[Situation], ops.StatusBase]:
    """The status with this text in the secret that alertmanager-headers names."""
    return secret("alertmanager-headers", {key: text})


def users(text: str) -> Callable[[Situation], ops.StatusBase]:
    """The status with this text in the secret that basic-auth-users names."""
    return secret("basic-auth-users", {"users": text})


def client(certificate: str, key: str) -> Callable[[Situation], ops.StatusBase]:
    """The status with this pair in the secret that alertmanager-client-certificate names."""
    return secret("alertmanager-client-certificate", {"certificate": certificate, "private-key": key})


def of_an_unknown_kind(certificate: str) -> str:
    """A certificate in PEM that says of its key that it is of a kind that nobody knows."""
    _, *lines, _ = certificate.strip().splitlines()
    known, unknown = bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d027f")
    text = base64.encodebytes(base64.b64decode("".join(lines)).replace(known, unknown)).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


def related(
    endpoints: Mapping[str, dict[str, str]], make: Callable[[Situation], ops.StatusBase] = well
) -> Callable[[Situation], ops.StatusBase]:
    """The status with an application at each of these endpoints that has published this."""

    def status(situation: Situation) -> ops.StatusBase:
        situation.related = {
            testing.Relation(endpoint, remote_app_name="other", remote_app_data=data)
            for endpoint, data in endpoints.items()
        }
        return make(situation)

    return status


def expired_certificate(situation: Situation) -> ops.StatusBase:
    situation.karma()
    situation.related = {testing.Relation("certificates", remote_app_name="other")}
    asked = situation.run()
    [relation] = asked.get_relations("certificates")
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    answer = AUTHORITY.answer(*requests_in(relation.local_unit_data), not_after=yesterday)
    situation.secrets = set(asked.secrets)
    situation.related = {dataclasses.replace(cast("testing.Relation", relation), remote_app_data=answer)}
    return situation.status()


def no_secret(name: str) -> Callable[[Situation], ops.StatusBase]:
    """The status where there is no secret of the id that an option names."""
    return option(name, LOCATOR)


def no_grant(name: str) -> Callable[[Situation], ops.StatusBase]:
    """The status where the charm may not read the secret that an option names."""

    def status(situation: Situation) -> ops.StatusBase:
        refusal = ops.ModelError("is not allowed to read this secret")
        with mock.patch.object(ops.Secret, "get_content", side_effect=refusal):
            return secret(name, {"any": "x"})(situation)

    return status


def not_proxied(situation: Situation) -> ops.StatusBase:
    situation.units = {0: {**GOOD, "proxy": "false"}}
    return headers("A: b")(situation)


def acl_past_karma(situation: Situation) -> ops.StatusBase:
    situation.units = {0: {**GOOD, "proxy": "false"}}
    return option("silence-acl", "rules: []")(situation)


def only_outside(situation: Situation) -> ops.StatusBase:
    situation.units = None
    return option("external-alertmanagers", "[{name: a, uri: 'http://a'}]")(situation)


def not_verified(situation: Situation) -> ops.StatusBase:
    situation.units = {0: {**GOOD, "uri": "https://am-0"}}
    return option("alertmanager-settings", "am: {tls: {insecureSkipVerify: true}}")(situation)


def does_not_start(situation: Situation) -> ops.StatusBase:
    situation.karma()
    with mock.patch.object(ops.Container, "replan", side_effect=change_error("listen tcp: address already in use")):
        return situation.status()


def died(situation: Situation) -> ops.StatusBase:
    situation.karma()
    running = situation.run().get_container("karma")
    statuses = {"karma": pebble.ServiceStatus.ERROR}
    situation.container = dataclasses.replace(running, service_statuses=statuses)
    return situation.status()


EXTERNAL = "alertmanager-external-uri"
NO_KARMA = "karma-image: it holds no /karma; run `juju attach-resource` with an image of Karma, v0.90 or newer"
SHOWN = {
    "": ("active", well),
    "alerting: <n> of <m> units left out: <unit> (<reason>)": ("active", one_bad_unit),
    "alertmanager-settings: no Alertmanager is named <name>": ("active", option("alertmanager-settings", "{x: {}}")),
    "alertmanager-headers: no Alertmanager is named as <number> of its selectors": ("active", headers("x: {A: b}")),
    "history-headers: no source in history.rewrite of karma-config is <number> of its selectors": (
        "active",
        secret("history-headers", {"headers": "x: {A: b}"}),
    ),
    "silence-acl: waits for <name>, which is not there": (
        "active",
        option("silence-acl", "rules: [{action: block, reason: r, scope: {alertmanagers: [x]}}]"),
    ),
    "silence-form-default-alertmanagers: waits for <name>, which is not there": (
        "active",
        option("silence-form-default-alertmanagers", "x"),
    ),
    "external-alertmanagers: <name> is shown as <other name>: an application has that name": (
        "active",
        option("external-alertmanagers", "[{name: am, uri: 'http://x'}]"),
    ),
    "alertmanager-settings: certificates are not verified of <name>": (
        "active",
        not_verified,
    ),
    "alertmanager-insecure-skip-verify: certificates of Alertmanagers are not verified": (
        "active",
        option("alertmanager-insecure-skip-verify", value=True),
    ),
    "ingress: the URL from <application> <reason>": ("active", related({"ingress": {"ingress": "nonsense"}})),
    "receive-ca-cert: <n> of <m> certificates from <application> left out: not PEM": (
        "active",
        related({"receive-ca-cert": {"certificates": json.dumps(["rubbish", PAIR.certificate]), "version": "1"}}),
    ),
    "receive-ca-cert: what <application> has sent cannot be read": (
        "active",
        related({"receive-ca-cert": {"certificates": "rubbish"}}),
    ),
    "waiting for the karma container": ("waiting", no_pebble),
    "waiting for the unit's IP address": ("waiting", no_address),
    "alerting: waiting for data from <unit or application>": ("waiting", no_data),
    "alerting: waiting for usable data from <unit> (<reason>)": ("waiting", no_usable_data),
    "certificates: waiting for a certificate from <application>": ("waiting", related({"certificates": {}})),
    "certificates: waiting for a certificate from <application>, which has sent one that has expired": (
        "waiting",
        expired_certificate,
    ),
    "certificates: waiting for a certificate from <application>, which <reason>": (
        "waiting",
        related({"certificates": {"certificates": "rubbish"}}),
    ),
    "auth-proxy: waiting for a URL from <application>": ("waiting", related({"auth-proxy": {}, "ingress": {}})),
    "auth-proxy: waiting for a URL from <application>, whose URL <reason>": (
        "waiting",
        related({"auth-proxy": {}, "ingress": {"ingress": "nonsense"}}),
    ),
    "alerting: run `juju integrate karma-k8s:alerting <alertmanager>`": ("blocked", no_relation),
    "alerting: run `juju integrate karma-k8s:alerting <alertmanager>`; external-alertmanagers waits for it": (
        "blocked",
        only_outside,
    ),
    NO_KARMA: ("blocked", no_karma),
    "karma-image: <Pebble's words>": ("blocked", other_processor),
    "auth-proxy: run `juju integrate karma-k8s:ingress <ingress>`; it has nothing to protect yet": (
        "blocked",
        related({"auth-proxy": {}}),
    ),
    "auth-proxy: give the ingress a name like a.example.com; the proxy cannot protect <url>": (
        "blocked",
        related({"auth-proxy": {}, "ingress": {"ingress": '{"url": "https://intranet/karma"}'}}),
    ),
    "<option>: <Karma's words>": ("blocked", refused),
    "karma: <Karma's words>": ("blocked", refused_for_no_option),
    "<option>: must be at least <number>, is <value>": ("blocked", option("ui-alerts-per-group", 0)),
    "<option>: must be longer than 0s, is <value>": ("blocked", option("ui-refresh", "0s")),
    "alertmanager-access: must be one of published, proxy, readonly, direct": (
        "blocked",
        option("alertmanager-access", "magic"),
    ),
    "alertmanager-external-uri: must be an http or https URL": ("blocked", option(EXTERNAL, "ftp://h")),
    "alertmanager-external-uri: must not hold a user or password": ("blocked", option(EXTERNAL, "http://u:p@h")),
    "alertmanager-external-uri: may hold {name}, {cluster}, {application}, {model}, {host}, {port} only": (
        "blocked",
        option(EXTERNAL, "http://{x}"),
    ),
    "alertmanager-external-uri: has a brace without its partner": ("blocked", option(EXTERNAL, "http://{host")),
    "karma-config: must not set <key>: <what to do instead>": ("blocked", option("karma-config", "listen: {port: 1}")),
    "alertmanager-settings: <selector>: <what is wrong>": ("blocked", option("alertmanager-settings", "am: {uri: x}")),
    "external-alertmanagers: <name>: <what is wrong>": ("blocked", option("external-alertmanagers", "[{name: a}]")),
    "<option>: Karma takes one kind of login: choose between this and <others>": (
        "blocked",
        related({"auth-proxy": {}}, option("auth-group-header", "X-Groups")),
    ),
    "<option>: needs auth-header too: without it Karma asks nobody to log in": (
        "blocked",
        option("auth-group-header", "X-Groups"),
    ),
    "<option>: must be a name that HTTP allows for a header": ("blocked", option("auth-header", "X User")),
    "authorization-groups: must be a YAML list (`- {name: admins, members: [alice]}`)": (
        "blocked",
        option("authorization-groups", "admins: [alice]"),
    ),
    "authorization-groups: group <number> must have name and members, and nothing else": (
        "blocked",
        option("authorization-groups", "[{name: admins}]"),
    ),
    "authorization-groups: the members of group <number> must be a list of texts": (
        "blocked",
        option("authorization-groups", "[{name: admins, members: alice}]"),
    ),
    "silence-acl: <name> left out: not proxied; set alertmanager-access=proxy": ("blocked", acl_past_karma),
    "<option>: is not YAML (line <line>, column <column>)": ("blocked", option("default-filters", "- a\n- 'b")),
    "<option>: must be a plain list of texts": ("blocked", option("default-filters", "- a: b")),
    "<option>: must be a YAML mapping (`key: value`)": ("blocked", option("karma-config", "- a")),
    "<option>: must be a YAML mapping whose keys are texts": ("blocked", option("karma-config", "1: a")),
    "<option>: has a key that is no text (line <line>, column <column>)": (
        "blocked",
        option("karma-config", "[a]: b"),
    ),
    "<option>: has a key twice (line <line>, column <column>)": ("blocked", option("karma-config", "{a: 1, a: 2}")),
    "<option>: uses an alias (line <line>, column <column>); write it out": (
        "blocked",
        option("karma-config", "{a: &x 1, b: *x}"),
    ),
    "<option>: uses a tag (line <line>, column <column>); leave it out": ("blocked", option("karma-config", "a: !x b")),
    "<option>: is nested deeper than 32 levels (line <line>, column <column>)": (
        "blocked",
        option("karma-config", "[" * 33),
    ),
    "<option>: is longer than 65536 characters": ("blocked", option("karma-config", "a" * 65537)),
    "<option>: holds a character that YAML does not allow": ("blocked", option("karma-config", "a: \x07")),
    "<option>: run `juju grant-secret <id> karma-k8s`": ("blocked", no_grant("alertmanager-headers")),
    "<option>: there is no <id>; add a secret and `juju config` its id": ("blocked", no_secret("alertmanager-headers")),
    "<option>: run `juju update-secret <id> <key>#file=…`": ("blocked", headers("A: b", key="other")),
    "alertmanager-headers: <name> left out: not proxied; set alertmanager-access=proxy": ("blocked", not_proxied),
    "alertmanager-headers: holds no header": ("blocked", headers("{}")),
    "alertmanager-headers: header <number> has a name that HTTP does not allow": ("blocked", headers("'a b': c")),
    "alertmanager-headers: header <number> must have a text, in quotes where it looks like a number": (
        "blocked",
        headers("A: 1"),
    ),
    "alertmanager-headers: header <number> holds control characters": ("blocked", headers('A: "b\\nc"')),
    "alertmanager-client-certificate: holds no certificate in PEM": ("blocked", client("rubbish", PAIR.key)),
    "alertmanager-client-certificate: holds no private key in PEM without a passphrase": (
        "blocked",
        client(PAIR.certificate, "rubbish"),
    ),
    "alertmanager-client-certificate: holds a private key that does not belong to the certificate": (
        "blocked",
        client(PAIR.certificate, AUTHORITY.issue().key),
    ),
    "alertmanager-client-certificate: holds a certificate of an unknown kind of key": (
        "blocked",
        client(of_an_unknown_kind(PAIR.certificate), PAIR.key),
    ),
    "basic-auth-users: needs TLS: run `juju integrate karma-k8s:certificates <provider>`, or use an https ingress": (
        "blocked",
        users("alice: a"),
    ),
    "basic-auth-users: holds no user": ("blocked", users("{}")),
    "basic-auth-users: user <number> has a name that a browser cannot send": ("blocked", users("'a:b': c")),
    "basic-auth-users: user <number> must have a text as password, in quotes where it looks like a number": (
        "blocked",
        users("alice: 5"),
    ),
    "basic-auth-users: user <number> has no password": ("blocked", users("alice: ''")),
    "karma does not start: <Karma's words>": ("blocked", does_not_start),
    "karma died: <Karma's words>": ("blocked", died),
}


def test_the_reference_lists_the_statuses_that_are_shown_here_and_no_other():
    assert [code(cells[0]) for cells in rows("statuses.md")] == list(SHOWN)


@pytest.mark.parametrize("message", SHOWN)
def test_a_status_of_the_reference_is_what_the_charm_says(message: str, tmp_path: Path):
    name, make = SHOWN[message]
    words = (re.escape(part) for part in re.split(r"<(?!alertmanager>|ingress>|provider>)[^<>]+>", message))
    status = make(Situation(tmp_path))
    assert status.name == name
    assert re.fullmatch(".+".join(words), status.message)


def other_keys(name: str) -> Callable[[Situation], ops.StatusBase]:
    """The status where the secret that an option names lacks every key."""
    return secret(name, {"other": "x"})


COMMANDS = [
    *(pytest.param(make, id=message) for message, (_, make) in SHOWN.items() if "`" in message),
    *(
        pytest.param(make(name), id=f"{name}: {make.__name__}")
        for name in SECRET_OPTIONS
        for make in (no_grant, no_secret, other_keys)
    ),
]


@pytest.mark.parametrize("application", ["karma-k8s", "karma-for-operations"])
@pytest.mark.parametrize("make", COMMANDS)
def test_a_command_stands_whole_in_the_status(
    make: Callable[[Situation], ops.StatusBase], application: str, tmp_path: Path
):
    message = make(Situation(tmp_path, application)).message
    assert re.search("`[^`]+`", message)
    assert not message.endswith("…")
    assert len(message.encode()) <= STATUS_BYTES
