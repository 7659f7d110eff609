"""The file that Karma reads."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any, cast
from unittest import mock

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from karma import config
from karma.config import CONFIG_FILE, KarmaConfig, render
from karma.servers import Alertmanager, servers

AM = Alertmanager(1, "am/0", "http://am-0:9093", proxy=True)
SERVERS = servers([AM], {}).entries

# What a databag or an option may hold once it was found good, and what YAML can trip over.
tricky = st.one_of(
    st.text(min_size=1),
    st.from_regex(r"[-+.0-9][-+.0-9a-fA-FoOxXeE_:]*", fullmatch=True),
    st.sampled_from(["yes", "~", "null", "=", "<<", "- a", "a: b", "#", "1e3", "0o17", "2001-01-01", "!x", "&a", "🦀"]),
    st.sampled_from(["2026-1-2T3:4:5Z", "2026-1-2 3:4:5", "2026-1-2", "y", "N", "012", "1:30", "1_0", "\ufeff"]),
)


def is_a_number_to_karma(text: str) -> bool:
    """Tell what a resolver of YAML 1.2, such as the one of Go's yaml.v3, makes of a plain scalar."""
    plain = text.replace("_", "")
    reads: list[Callable[[str], float]] = [float, lambda some: int(some, 0)]
    for read in reads:
        try:
            read(plain)
        except ValueError:
            continue
        return plain.isascii() and not plain.lstrip("+-").lower().startswith(("inf", "nan"))
    return False


def is_a_time_or_switch_to_go(text: str) -> bool:
    """Tell whether Go's yaml.v2 or yaml.v3 may take a plain scalar for a time or a boolean."""
    return bool(re.match(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t]|$)", text)) or text.lower() in (
        "y",
        "n",
        "yes",
        "no",
        "on",
        "off",
    )


def plain_scalars(text: str) -> list[str]:
    events = cast("Iterable[Any]", yaml.parse(text))  # pyright: ignore[reportUnknownMemberType] -- its stubs are partial
    return [event.value for event in events if isinstance(event, yaml.ScalarEvent) and event.style is None]


def test_the_whole_file_as_an_operator_finds_it():
    values = {
        "ui-theme": "dark",
        "default-filters": ["@state=active"],
        "alertmanager-interval": "30s",
        "ui-refresh": "5s",
    }
    other = Alertmanager(2, "b/0", "https://b/am", proxy=False)
    assert render(values, servers([AM, other], {}).entries).text == (
        "alertmanager:\n"
        "  interval: 30s\n"
        "  servers:\n"
        "  - cluster: am\n"
        "    name: am-0\n"
        "    proxy: true\n"
        "    timeout: 10s\n"
        "    uri: http://am-0:9093\n"
        "  - cluster: b\n"
        "    cors:\n"
        "      credentials: omit\n"
        "    name: b-0\n"
        "    proxy: false\n"
        "    timeout: 10s\n"
        "    uri: https://b/am\n"
        "filters:\n"
        "  default:\n"
        "  - '@state=active'\n"
        "listen:\n"
        "  port: 8080\n"
        "ui:\n"
        "  refresh: 5s\n"
        "  theme: dark\n"
    )


@given(name=tricky, items=st.lists(tricky))
def test_every_text_is_read_as_that_text(name: str, items: list[str]):
    text = render({"karma-name": name, "default-filters": items}, SERVERS).text
    document = yaml.safe_load(text)
    assert document["karma"]["name"] == name
    assert document["filters"]["default"] == items
    assert [scalar for scalar in plain_scalars(text) if is_a_number_to_karma(scalar)] == ["8080"]
    assert [scalar for scalar in plain_scalars(text) if is_a_time_or_switch_to_go(scalar)] == []


@pytest.mark.parametrize("name", ["1e3", "1E5", "0o17", ".5e1", "+1e3", "0x1F", "0b1", "1_0", "12", "1.5", "-0"])
def test_a_name_like_a_number_stays_a_name_for_karma(name: str):
    assert is_a_number_to_karma(name)
    assert name not in plain_scalars(render({"karma-name": name}, SERVERS).text)


@given(st.lists(tricky.map(lambda text: "".join(c for c in text if c != "\x85" and ord(c) < 2**16))))
def test_the_file_is_the_same_with_and_without_libyaml_but_for_rare_characters(items: list[str]):
    class Pure(yaml.SafeDumper):
        pass

    pure: Any = Pure
    pure.add_representer(str, config._Dumper.yaml_representers[str])  # pyright: ignore[reportPrivateUsage]
    with mock.patch.object(config, "_Dumper", Pure):
        expected = render({"default-filters": items}, SERVERS).text
    assert render({"default-filters": items}, SERVERS).text == expected


def test_the_digest_differs_when_any_file_differs():
    files: list[dict[str, str]] = [
        {CONFIG_FILE: "a"},
        {CONFIG_FILE: "b"},
        {CONFIG_FILE: "a", "acl.yaml": ""},
        {CONFIG_FILE: "a", "acl.yaml": "x"},
        {CONFIG_FILE: "a", "acl.css": "x"},
        {CONFIG_FILE: "a\x001\x00acl.yaml", "x": ""},
    ]
    digests = [KarmaConfig(some, {}).digest for some in files]
    assert all(one != other for one, other in itertools.combinations(digests, 2))
    assert KarmaConfig({"a": "1", "b": "2"}, {}).digest == KarmaConfig({"b": "2", "a": "1"}, {"k": "o"}).digest
