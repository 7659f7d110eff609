"""YAML that people write into options and secrets."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from settings import alertmanagers, parsers, yaml_text
from settings.lists import items, patterns
from settings.yaml_text import MAX_LENGTH, load, mapping
from tests.support.refusal import each_of, why_refused


@pytest.fixture(scope="module", autouse=True, params=["libyaml", "PyYAML alone"])
def _parser(request: pytest.FixtureRequest) -> Generator[None]:  # pyright: ignore[reportUnusedFunction] -- pytest's
    if not yaml.__with_libyaml__ and request.param == "libyaml":
        pytest.skip("this PyYAML was built without libyaml")
    with pytest.MonkeyPatch.context() as patched:
        if request.param == "PyYAML alone":
            patched.setattr(yaml_text, "_Parser", yaml.SafeLoader)
        yield


# Where the text ends too soon, and of escapes that mean nothing, the two parsers tell different places.
VAGUE = ("is not YAML", "holds half of a character", "holds a character that YAML does not allow")


@pytest.mark.parametrize(
    ("text", "why"),
    each_of(
        {
            VAGUE: [
                *("a: [", 'a: "\\U99999999"', 'a: "\\U00110000"', 'a: ["b", "\\ud83d"]'),
                "%YAML 1." + "1" * 5000 + "\n--- a",
            ],
            "is not YAML (line 1, column 5)": ["a: b: c"],
            "is not YAML (line 2, column 1)": ["a: 1\n\tb: 2"],
            "is not YAML (line 1, column 6)": ["a: 'b"],
            "holds a second document (line 2, column 1)": ["a: 1\n--- \nb: 2"],
            "is not YAML (line 1, column 1)": ["%YAML 3.0\n--- a"],
            "holds a character that YAML does not allow": ["a: {b: \x07}", "a: \x00"],
            "uses an alias (line 1, column 4); write it out": ["a: *b"],
            "uses an alias (line 2, column 5); write it out": ["a: &b [1]\nc: [*b, *b]"],
            "uses a tag (line 1, column 4); leave it out": ["a: !!str 1", "a: !!python/object/apply:os.system [ls]"],
            "uses a tag (line 1, column 1); leave it out": ["!!map {a: 1}"],
            "has a key twice (line 3, column 1)": ["a: 1\nb: 2\na: 3"],
            "has a key twice (line 2, column 13)": ["a:\n- b: {c: 1, 'c': 2}"],
            "has a key that is no text (line 1, column 3)": ["? [a]\n: b"],
            "has a key that is no text (line 1, column 5)": ["a: {{b: c}: d}"],
            "is nested deeper than 32 levels (line 1, column 35)": ["a: " + "[" * 32 + "]" * 32],
            "is nested deeper than 32 levels (line 1, column 33)": ["[" * 10_000],
            "is nested deeper than 32 levels (line 1, column 65)": ["- " * 10_000 + "a"],
            "holds a number that is too long (line 1, column 4)": ["a: " + "9" * 5000, "a: 0x" + "f" * 4000],
            "has a key with white space around it (line 2, column 1)": ["ui:\n\u00a0 theme: dark"],
            "is longer than 65536 characters": ["a: " + "x" * MAX_LENGTH],
            "must be a YAML mapping (`key: value`)": ["a", "[a]"],
            "must be a YAML mapping whose keys are texts": ["1: a", "~: a", "true: a"],
        }
    ),
    ids=lambda text: text[:40],
)
def test_what_is_wrong_is_told_with_its_place(text: str, why: str | tuple[str, ...]):
    told = why_refused(mapping, text)
    assert told.partition(" (line")[0] in why if why is VAGUE else told == why


@pytest.mark.parametrize("text", ["", " ", "# nothing\n#but: comments", "---\n", "---\n# x\n...\n", "\ufeff", "~"])
def test_a_text_without_content_is_an_empty_mapping(text: str):
    assert mapping(text) == {}


@pytest.mark.parametrize(
    "text", ["```yaml\na: 1\n```", "```\r\na: 1\r\n```\n", "\n~~~\na: 1\n~~~\n", "---\na: 1\n...\n"]
)
def test_a_text_pasted_out_of_a_chat_or_a_file_is_what_stands_in_it(text: str):
    assert mapping(text) == {"a": 1}


def test_what_is_just_deep_and_just_long_enough_is_read():
    deep = "[" * 31 + "]" * 31
    assert list(mapping(f"a: {deep}")) == ["a"]
    assert len(mapping("a: " + "x" * (MAX_LENGTH - 3))["a"]) == MAX_LENGTH - 3


@pytest.mark.parametrize(
    ("scalar", "meant"),
    [
        *(
            (text, text)
            for text in ("yes", "no", "on", "Off", "y", "n", "=", "<<", "12:30", "190:20:30", "0o8", "1e", "08:15")
        ),
        *((text, text) for text in ("2026-01-01", "2001-12-14t21:59:43.10-05:00", "0x", "_1", "1.2.3", "+", ".")),
        ("'1'", "1"),
        ('"null"', "null"),
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("FALSE", False),
        ("0", 0),
        ("-17", -17),
        ("+5", 5),
        ("1_000", 1000),
        ("0o17", 15),
        ("017", 15),
        ("08", 8.0),
        ("0x1F", 31),
        ("-0b11", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1E-2", 0.01),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
    ],
)
def test_a_scalar_means_what_it_means_to_karma(scalar: str, meant: Any):
    found = mapping(f"a: {scalar}")["a"]
    assert (found, type(found)) == (meant, type(meant))


def test_keys_below_the_first_level_may_be_anything_plain():
    assert mapping("a: {1: b, null: c}") == {"a": {1: "b", None: "c"}}


MARKER = "Zx9marker7q"
YAML_SIGNS = "-[]{}&*:,'\"#|>?!%@`~<=+.0123456789eExo_ \n\t\r\x07\x85\ufeff🦀"


def headers(text: str) -> Any:
    return alertmanagers.selected_headers((text,))


def users(text: str) -> Any:
    return parsers.users((text,))


broken = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from([*YAML_SIGNS, MARKER, "\n  ", "- ", ": ", "? ", "!!", "---\n", "'", '"']), max_size=30
    ).map("".join),
)


@pytest.mark.parametrize(
    "read", [load, mapping, items, patterns, headers, users, parsers.section, parsers.uri_template]
)
@given(text=broken)
@example(text=f'"{MARKER}\\uDFFF": 1')
@example(text=f"- &{MARKER} [*{MARKER}]")
@example(text=f"%TAG ! tag:{MARKER}:\n---\n!x a")
@example(text=f"{MARKER}: 1\n{MARKER}: 2")
@example(text=f"? [{MARKER}]\n: a")
@example(text=f"a: &{MARKER} b\nc: *x")
@example(text=f"{MARKER}: 17")
@example(text="[" * 40 + MARKER)
@example(text=f"Authorization: '{MARKER}")
@example(text=f"Authorization {MARKER}: a")
@example(text=f'Authorization: "{MARKER}\\n"')
@example(text=f'a: "\\U{"9" * 8}{MARKER}"')
def test_any_text_is_read_or_refused_without_a_word_of_it(read: Callable[[str], Any], text: str):
    refusal = why_refused(read, text)
    assert MARKER not in refusal
    assert "\n" not in refusal
    assert not refusal.startswith("badly")
