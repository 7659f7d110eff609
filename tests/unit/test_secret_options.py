"""Options that name a secret of the operator's, which may be in any state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ops
import pytest
from ops import testing

from options import SETTINGS
from playground.authority import Authority
from tests.option_values import EXPECTED, IN_COMPANY, PAIR
from tests.unit.unit import Unit, published

EVENTS = ["update_status", "config_changed", "pebble_ready", "leader_elected", "start", "upgrade_charm"]
OPTIONS = [option for option, setting in SETTINGS.items() if setting.keys_of_secret]
KNOWN = {**EXPECTED, **IN_COMPANY}
ANOTHER = Authority().issue()


@dataclass(frozen=True)
class Named:
    """A secret that an option of a unit names."""

    unit: Unit
    option: str

    @property
    def id(self) -> str:
        return self.unit.options[self.option]

    @property
    def good(self) -> dict[str, str]:
        return dict(zip(SETTINGS[self.option].keys_of_secret, KNOWN[self.option][0], strict=True))

    def update(self, **content: str) -> None:
        self.unit.update_secret(self.id, **content)

    @property
    def update_command(self) -> str:
        keys = " ".join(f"{key}#file=…" for key in self.good)
        return f"run `juju update-secret {self.id.removeprefix('secret:')} {keys}`"

    @property
    def is_in_use(self) -> bool:
        """Whether Karma runs with what the secret holds."""
        _, path, expected = KNOWN[self.option]
        place = {**self.unit.config, "alertmanager": {"servers": self.unit.servers[0]}}
        for key in path.split("."):
            place = place.get(key, {})
        return place == expected


def name_secret(unit: Unit, option: str) -> Named:
    """Have a unit for which each of the options makes a difference, and set one; no event is sent."""
    unit.relate(1, published(0, uri="https://am-0.example.com:9093"))
    unit.integrate(2, "ingress", ingress='{"url": "https://apps.example.com/prod-karma"}')
    unit.set(**{option: KNOWN[option][0]})
    return Named(unit, option)


@pytest.fixture(params=OPTIONS)
def named(request: pytest.FixtureRequest, unit: Unit) -> Named:
    """A secret that can be read, and that Karma runs with."""
    named = name_secret(unit, request.param)
    assert unit.emit("config_changed") == ops.ActiveStatus()
    assert named.is_in_use
    assert unit.pebble.starts == 1
    return named


Fault = Callable[[Named], str]
Cure = Callable[[Named], None]


def deny(named: Named) -> str:
    named.unit.denied.add(named.id)
    return f"run `juju grant-secret {named.id} karma`"


def grant(named: Named) -> None:
    named.unit.denied.clear()


def remove(named: Named) -> str:
    del named.unit.secrets[named.id]
    return f"there is no {named.id}; add a secret and `juju config` its id"


def bring_back(named: Named) -> None:
    named.unit.secrets[named.id] = testing.Secret(named.good, id=named.id)


def mend(named: Named) -> None:
    named.update(**named.good)


def with_other_keys(named: Named) -> str:
    named.update(**{f"not-the-{key}": text for key, text in named.good.items()})
    return named.update_command


def without(key: str) -> Fault:
    def change(named: Named) -> str:
        named.update(**{one: text for one, text in named.good.items() if one != key}, other="x")
        return named.update_command

    return change


def blank(key: str, text: str) -> Fault:
    def change(named: Named) -> str:
        named.update(**{**named.good, key: text})
        return named.update_command

    return change


def rewrite(why: str, *texts: str) -> Fault:
    def change(named: Named) -> str:
        named.update(**dict(zip(named.good, texts, strict=True)))
        return why

    return change


ANY: dict[str, tuple[Fault, Cure]] = {
    "not granted": (deny, grant),
    "removed": (remove, bring_back),
    "other keys": (with_other_keys, mend),
}
MALFORMED = {
    "alertmanager-headers": {
        "no header": rewrite("holds no header", "{}"),
        "a text": rewrite("must be a YAML mapping (`key: value`)", "Bearer abc"),
        "broken": rewrite("is not YAML (line 2, column 5)", "a: b\nc: d: e"),
        "a number": rewrite("header 1 must have a text, in quotes where it looks like a number", "a: 17"),
        "smuggled": rewrite("header 1 holds control characters", 'a: "b\\r\\nc: d"'),
    },
    "basic-auth-users": {
        "nobody": rewrite("holds no user", "{}"),
        "a list": rewrite("must be a YAML mapping (`key: value`)", "- alice"),
        "broken": rewrite("is not YAML (line 2, column 5)", "a: b\nc: d: e"),
        "a number": rewrite("user 1 must have a text as password, in quotes where it looks like a number", "a: 17"),
        "no password": rewrite("user 2 has no password", "a: b\nc: ''"),
        "a colon": rewrite("user 1 has a name that a browser cannot send", "'a:b': c"),
    },
    "alertmanager-client-certificate": {
        "no certificate": rewrite("holds no certificate in PEM", "rubbish", PAIR.key),
        "no key": rewrite("holds no private key in PEM without a passphrase", PAIR.certificate, "rubbish"),
        "swapped": rewrite("holds no certificate in PEM", PAIR.key, PAIR.certificate),
        "another key": rewrite(
            "holds a private key that does not belong to the certificate", PAIR.certificate, ANOTHER.key
        ),
    },
}
FAULTS = [
    pytest.param(option, fault, cure, id=f"{option}: {name}")
    for option in OPTIONS
    for name, (fault, cure) in {
        **ANY,
        **{f"no {key}": (without(key), mend) for key in SETTINGS[option].keys_of_secret},
        **{f"empty {key}": (blank(key, ""), mend) for key in SETTINGS[option].keys_of_secret},
        **{f"blank {key}": (blank(key, " \n"), mend) for key in SETTINGS[option].keys_of_secret},
        **{name: (fault, mend) for name, fault in MALFORMED[option].items()},
    }.items()
]


def shown(named: Named, why: str) -> ops.StatusBase:
    """The status that tells this reason, whole."""
    return ops.BlockedStatus(f"{named.option}: {why}")


@pytest.mark.parametrize(("option", "fault", "cure"), FAULTS)
def test_what_is_wrong_with_the_secret_is_told_until_it_is_mended_and_the_good_karma_serves(
    unit: Unit, option: str, fault: Fault, cure: Cure
):
    named = name_secret(unit, option)
    assert unit.emit("config_changed") == ops.ActiveStatus()
    before = unit.outcome
    expected = shown(named, fault(named))
    for event in EVENTS:
        assert unit.emit(event) == expected
        assert unit.pebble.writes == []
    assert {**unit.outcome, "status": None} == {**before, "status": None}
    cure(named)
    assert unit.emit("update_status") == ops.ActiveStatus()
    assert unit.outcome == before
    assert unit.pebble.writes == []


@pytest.mark.parametrize(("option", "fault", "cure"), FAULTS)
@pytest.mark.parametrize("event", ["update_status", "config_changed", "leader_elected"])
def test_a_secret_that_is_wrong_from_the_start_is_tried_again_at_every_event(
    unit: Unit, option: str, fault: Fault, cure: Cure, event: str
):
    named = name_secret(unit, option)
    expected = shown(named, fault(named))
    assert unit.emit("config_changed") == expected
    assert not unit.is_running
    assert unit.files == {}
    cure(named)
    assert unit.emit(event) == ops.ActiveStatus()
    assert named.is_in_use


def test_of_two_secrets_that_cannot_be_read_one_is_told_after_the_other(unit: Unit):
    first = name_secret(unit, "alertmanager-client-certificate")
    second = name_secret(unit, "basic-auth-users")
    told = {named.option: shown(named, deny(named)) for named in (first, second)}
    assert unit.emit("config_changed") == told[first.option]
    unit.denied.discard(first.id)
    assert unit.emit("update_status") == told[second.option]
    unit.denied.clear()
    assert unit.emit("update_status") == ops.ActiveStatus()


def test_changes_of_relations_wait_while_the_secret_is_wrong_but_losing_the_last_stops_karma(named: Named):
    unit = named.unit
    deny(named)
    unit.relate(3, published(0, "b"), application="b")
    unit.emit("relation_changed", relation_id=3, remote_unit=0)
    assert [server["name"] for server in unit.servers] == ["am-0"]
    unit.relations.clear()
    assert unit.emit().name == "blocked"
    assert not unit.is_running


# What an operator may replace the first revision by.
NEW = {
    "alertmanager-headers": ("Authorization: Bearer new",),
    "basic-auth-users": ("alice: another",),
    "alertmanager-client-certificate": (ANOTHER.certificate, ANOTHER.key),
}


def tell(named: Named) -> ops.StatusBase:
    """Let Juju tell of a new revision."""
    return named.unit.emit("secret_changed", secret=named.unit.secrets[named.id])


def test_a_new_revision_is_taken_up_by_one_restart(named: Named):
    unit = named.unit
    old = unit.outcome["running"]
    named.update(**dict(zip(named.good, NEW[named.option], strict=True)))
    assert tell(named) == ops.ActiveStatus()
    assert unit.pebble.starts == 2
    assert unit.outcome["running"] != old
    for event in EVENTS:
        unit.emit(event)
    tell(named)
    assert unit.pebble.starts == 2


def test_a_new_revision_that_says_the_same_restarts_nothing(named: Named):
    named.update(**named.good, other="x")
    assert tell(named) == ops.ActiveStatus()
    assert named.unit.pebble.starts == 1
    assert named.unit.pebble.writes == []


def test_unset_nothing_of_it_is_left_after_one_restart(named: Named):
    unit = named.unit
    del unit.options[named.option]
    assert unit.emit("config_changed") == ops.ActiveStatus()
    assert unit.pebble.starts == 2
    assert not named.is_in_use
    secrets = ("Bearer abc", "s3cr3t", *PAIR.key.splitlines()[1:-1])
    assert not any(secret in text for secret in secrets for text in unit.files.values())
