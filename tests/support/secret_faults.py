"""What may be wrong with a secret that an option names, and how that is mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from ops import testing

from playground.around.authority import Authority
from settings.options import SETTINGS
from tests.option_values import EXPECTED, IN_COMPANY, PAIR, REWRITE
from tests.support.unit import Unit, published

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
    unit.set(**{option: KNOWN[option][0]}, **{"karma-config": REWRITE})
    return Named(unit, option)


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


def written(texts: Mapping[str, str | None], why: str = "") -> Fault:
    """The secret holds these texts in the place of the good ones, and None is for a key that it lacks."""

    def write(named: Named) -> str:
        content = {**named.good, **texts, "other": "x"}
        named.update(**{key: text for key, text in content.items() if text is not None})
        return why or named.update_command

    return write


MALFORMED = {
    "alertmanager-headers": ("header 1 holds control characters", 'a: "b\\r\\nc: d"'),
    "history-headers": ("header 1 must have a text, in quotes where it looks like a number", "a: 17"),
    "basic-auth-users": ("user 2 has no password", "a: b\nc: ''"),
    "alertmanager-client-certificate": (
        "holds a private key that does not belong to the certificate",
        *(PAIR.certificate, ANOTHER.key),
    ),
}
"""Option -> the reason and one of the ways in which its texts may be none; the parsers' tests have them all."""


def faults_of(option: str) -> dict[str, tuple[Fault, Cure]]:
    keys = SETTINGS[option].keys_of_secret
    why, *malformed = MALFORMED[option]
    found: dict[str, tuple[Fault, Cure]] = {
        "not granted": (deny, grant),
        "removed": (remove, bring_back),
        "other keys": (written(dict.fromkeys(keys)), mend),
        "malformed": (written(dict(zip(keys, malformed, strict=True)), why), mend),
    }
    for key in keys:
        for what, text in (("no", None), ("empty", ""), ("blank", " \n")):
            found[f"{what} {key}"] = written({key: text}), mend
    return found


FAULTS = [
    pytest.param(option, *fault, id=f"{option}: {name}")
    for option in OPTIONS
    for name, fault in faults_of(option).items()
]
