"""Every option on every Karma at hand: what the charm renders, its own program judges."""

from __future__ import annotations

import functools
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from decision import Refusal, decide, of_karma
from inputs import Inputs
from karma.config import CONFIG_FILE, KarmaConfig, dump, render
from karma.refusals import explain, words
from karma.servers import Alertmanager
from karma.sign_on import ORIGINS
from playground.machine.binaries import Karma
from settings.options import SETTINGS, Options
from settings.yaml_text import mapping
from tests.functional.karma_process import check, minor
from tests.option_values import HEADERS, IN_COMPANY, VALUES, subsets

# Option -> the first minor version of Karma that knows its key.
NEWER = {
    **dict.fromkeys(("labels-order", "labels-keep-re", "labels-strip-re", "labels-value-only-re"), 114),
    **dict.fromkeys(("auth-group-header", "auth-group-re", "auth-group-separator"), 114),
    **dict.fromkeys(("silences-expired", "silence-form-default-alertmanagers"), 114),
    **dict.fromkeys(("receivers-keep-re", "receivers-strip-re", "listen-cors-allowed-origins"), 133),
    "history-headers": 133,
}
REFERENCE = Path(__file__).parents[2] / "docs/reference/options.md"
AMS = tuple(Alertmanager(1, f"am/{n}", f"http://127.0.0.1:{n + 9}", proxy=True) for n in (0, 1))
FEW = settings(
    max_examples=8, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@functools.cache
def rendered(options: frozenset[str]) -> KarmaConfig:
    """Render what these options ask for."""
    return decided({option: VALUES[option] for option in options})


def decided(
    options: Mapping[str, Any], alertmanagers: tuple[Alertmanager, ...] = AMS, refusals: Sequence[Refusal] = ()
) -> KarmaConfig:
    """Render what is decided when these options are set and this was refused; of a secret it is the text."""
    chosen: dict[str, Any] = {option.replace("-", "_"): value for option, value in options.items()}
    inputs = Inputs("karma", Options(**chosen), "127.0.0.1", related=True, alertmanagers=alertmanagers)
    decision = decide(inputs, None, refusals)
    assert decision.problems == tuple(map(of_karma, refusals))
    assert decision.config
    return decision.config


def without_origins(karma: Karma) -> list[Refusal]:
    """What a Karma before v0.133 refuses first where there is a login: to answer the page's own origin alone."""
    return [Refusal("", (ORIGINS,))] if minor(karma) < 133 else []


def refusal(karma: Karma, config: KarmaConfig) -> str:
    """Have Karma check the files; returns its words, empty if it takes them."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in config.files.items():
            (Path(directory) / name).write_text(text)
        checked = check(karma, Path(directory), config.text)
    return words("\n".join(checked.lines)) if checked.code else ""


def unknown(karma: Karma, options: Iterable[str]) -> set[str]:
    return {option for option in options if NEWER.get(option, 0) > minor(karma)}


def blamed(karma: Karma, config: KarmaConfig) -> set[str]:
    """The options that the operator is told of; none if Karma takes the files."""
    said = refusal(karma, config)
    return set(explain(said, config, "").partition(": ")[0].split(", ")) if said else set()


@pytest.mark.parametrize("option", VALUES)
def test_an_option_alone_is_taken_or_refused_by_its_name(karma: Karma, option: str):
    config = rendered(frozenset({option}))
    assert blamed(karma, config) == unknown(karma, {option})
    if unknown(karma, {option}):
        key = SETTINGS[option].key
        field = "cors" if option == "listen-cors-allowed-origins" else key.rpartition(".")[2]
        assert f"field {field} not found" in explain(refusal(karma, config), config, "")


def test_all_options_that_karma_knows_are_taken_at_once(karma: Karma):
    assert refusal(karma, rendered(frozenset(VALUES) - unknown(karma, VALUES))) == ""


def test_of_all_options_at_once_those_are_blamed_that_karma_does_not_know(karma: Karma):
    config = rendered(frozenset(VALUES))
    assert blamed(karma, config) == unknown(karma, VALUES)


@FEW
@given(options=subsets)
def test_any_options_are_taken_or_refused_by_name(karma: Karma, options: frozenset[str]):
    assert blamed(karma, rendered(options)) == unknown(karma, options)


def examples() -> dict[str, Any]:
    """Read the examples of the reference; none where it is not there."""
    rows = re.findall(r"^\| ([a-z-]+) \| .* \| (\w+) \| `+ ?(.+?) ?`+ \|$", REFERENCE.read_text(), re.MULTILINE)
    return {option: yaml.safe_load(text) if type_ in ("int", "boolean") else text for option, type_, text in rows}


@pytest.mark.skipif(not REFERENCE.exists(), reason="docs/reference/options.md is not there")
def test_every_example_of_the_reference_is_taken(karma: Karma):
    found = {option: text for option, text in examples().items() if option in SETTINGS}
    found["alertmanager-headers"] = (HEADERS,)
    assert set(found) == {*VALUES, *IN_COMPANY}
    # The example of an option that names a secret is an id, and there is no secret behind it.
    secrets = {option for option, setting in SETTINGS.items() if setting.keys_of_secret} - {"alertmanager-headers"}
    known = {option: found[option] for option in set(found) - secrets - unknown(karma, found)}
    named = tuple(one._replace(unit=f"alertmanager/{number}") for number, one in enumerate(AMS))
    for option in sorted(set(known) - set(IN_COMPANY)):
        assert refusal(karma, decided({option: known[option]}, named)) == "", option
    assert refusal(karma, decided(known, named, without_origins(karma))) == ""


# What Karma makes of a scalar is seen in its words on a theme that it does not know.
SCALARS = """
yes no on y n = << 12:30 190:20:30 a#b 0o8 0b2 0x 1e _1 '1e3' '' 0o17 017 08 010 0x1F 0b11 -0x1F 1_000 1e3 1E3 1e+3 .5
5. -0 +5 1.10 .inf -.Inf .nan ~ null true True TRUE 123456789012345678901
"""
YAML_1_1 = {"yes", "no", "on", "y", "n"}


@pytest.mark.parametrize("scalar", SCALARS.split())
def test_karma_reads_of_the_overlay_what_it_would_read_of_the_same_file(karma: Karma, scalar: str):
    if scalar in YAML_1_1 and minor(karma) < 133:
        pytest.skip("this Karma reads its file with two parsers that do not agree on yes and no")
    text = f"ui:\n  theme: {scalar}\n"
    servers = [{"name": "a", "uri": "http://127.0.0.1:9"}]
    written = KarmaConfig({CONFIG_FILE: dump({"alertmanager": {"servers": servers}}) + text}, {})
    said = refusal(karma, written)
    assert "ui.theme" in said
    assert refusal(karma, render({"karma-config": mapping(text)}, servers)) == said


@pytest.mark.parametrize("scalar", ["2026-01-01", "2001-12-14t21:59:43.10-05:00"])
def test_a_date_is_a_text(karma: Karma, scalar: str):
    config = render({"karma-config": mapping(f"ui: {{theme: {scalar}}}")}, [{"name": "a", "uri": "http://127.0.0.1:9"}])
    assert refusal(karma, config).startswith(f"invalid ui.theme value '{scalar}'")


# Texts that are something else in one YAML or another, unless they are quoted.
ODD = """
2026-1-2T3:4:5Z 2026-01-02 1e3 0o17 0b1 0x1F 017 1_000 12:30:45 ~ null Null yes No on OFF y N true = << .inf -.Inf .nan
-0 +5. !x &a *a # % @a ` '' --- ... \ufeff 🦀
"""


def test_no_text_is_anything_else_to_karma(karma: Karma):
    texts = [*ODD.split(), "2026-1-2 3:4:5", "- a", "a: b", "a #b", "\u0085", "\u2028"]
    servers = [{"name": f"am-{n}", "uri": "http://127.0.0.1:9", "cluster": text} for n, text in enumerate(texts)]
    values = {
        "karma-name": "1e3",
        "default-filters": texts,
        "karma-config": {"labels": {"color": {"custom": {text: [{"value": text, "color": "#fff"}] for text in texts}}}},
    }
    assert refusal(karma, render(values, servers)) == ""


@pytest.mark.parametrize(
    ("text", "words_"),
    [
        ("ui: {theme: neon}", "invalid ui.theme value 'neon'"),
        ("labels: {keep_re: ['(']}", "regex"),
        ("receivers: {keep: [{a: b}]}", ""),
        ("ui: {nope: 1}", "field nope not found"),
        ("nope: 1", "field nope not found"),
        ("karma: {name: [a]}", ""),
        ("labels: {color: {custom: {severity: [{value_re: '('}]}}}", "custom color regex"),
        ("silences: {comments: {linkDetect: {rules: [{regex: '('}]}}}", "link detect rule"),
        ("history: {rewrite: [{source: '('}]}", "history.rewrite"),
    ],
)
def test_a_fault_in_the_overlay_is_blamed_on_it(karma: Karma, text: str, words_: str):
    if "keep_re" in text and minor(karma) < 114:
        words_ = "field keep_re not found"
    config = decided({"karma-config": text, "labels-keep": "a", "ui-refresh": "5s"})
    # Where Karma names neither a key nor a line, all that differs is blamed.
    assert blamed(karma, config) - {"labels-keep", "ui-refresh"} == {"karma-config"}
    assert words_ in refusal(karma, config)
    assert blamed(karma, decided({"karma-config": text})) == {"karma-config"}
