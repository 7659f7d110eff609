"""YAML that people write into options and secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from settings import parsers
from settings.yaml_text import MAX_LENGTH, items, load, mapping
from tests.support.refusal import why_refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        (" a , b,", ["a", "b"]),
        (",", []),
        ("a b=~c.*, @state!=x", ["a b=~c.*", "@state!=x"]),
        ("- a\n- b", ["a", "b"]),
        ("\n  - a\n  - b\n", ["a", "b"]),
        ("- foo=~(a,b)", ["foo=~(a,b)"]),
        ("- yes\n- 1e3\n- null\n- 2001-01-01", ["yes", "1e3", "null", "2001-01-01"]),
        ("- '#a'\n- \"b: c\"", ["#a", "b: c"]),
        ("-a, -b", ["-a", "-b"]),
    ],
)
def test_lists(text: str, expected: list[str]):
    assert items(text) == expected


@given(st.lists(st.text(alphabet="abc=~!@ .*", min_size=1).filter(lambda text: text.strip() == text), min_size=1))
def test_a_list_written_with_commas_is_that_list(wanted: list[str]):
    assert items(", ".join(wanted)) == wanted


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "is not YAML (line 1, column 5)"),
        ("a: b: c", "is not YAML (line 1, column 5)"),
        ("a: 1\n\tb: 2", "is not YAML (line 2, column 1)"),
        ("a: 'b", "is not YAML (line 1, column 6)"),
        ("a: 1\n--- \nb: 2", "is not YAML (line 2, column 1)"),
        ("%YAML 3.0\n--- a", "is not YAML (line 1, column 1)"),
        ("a: {b: \x07}", "holds a character that YAML does not allow"),
        ("a: \x00", "holds a character that YAML does not allow"),
        ('a: "\\U99999999"', "holds a character that YAML does not allow"),
        ('a: "\\U00110000"', "holds a character that YAML does not allow"),
        ('a: ["b", "\\ud83d"]', "holds half of a character (line 1, column 10)"),
        ("%YAML 1." + "1" * 5000 + "\n--- a", "holds a character that YAML does not allow"),
        ("a: *b", "uses an alias (line 1, column 4); write it out"),
        ("a: &b [1]\nc: [*b, *b]", "uses an alias (line 2, column 5); write it out"),
        ("a: !!str 1", "uses a tag (line 1, column 4); leave it out"),
        ("a: !!python/object/apply:os.system [ls]", "uses a tag (line 1, column 4); leave it out"),
        ("!!map {a: 1}", "uses a tag (line 1, column 1); leave it out"),
        ("a: 1\nb: 2\na: 3", "has a key twice (line 3, column 1)"),
        ("a:\n- b: {c: 1, 'c': 2}", "has a key twice (line 2, column 13)"),
        ("? [a]\n: b", "has a key that is no text (line 1, column 3)"),
        ("a: {{b: c}: d}", "has a key that is no text (line 1, column 5)"),
        ("a: " + "[" * 32 + "]" * 32, "is nested deeper than 32 levels (line 1, column 35)"),
        ("[" * 10_000, "is nested deeper than 32 levels (line 1, column 33)"),
        ("- " * 10_000 + "a", "is nested deeper than 32 levels (line 1, column 65)"),
        ("a: " + "9" * 5000, "holds a number that is too long"),
        ("a: " + "x" * MAX_LENGTH, "is longer than 65536 characters"),
        ("", "must be a YAML mapping (`key: value`)"),
        ("# nothing", "must be a YAML mapping (`key: value`)"),
        ("a", "must be a YAML mapping (`key: value`)"),
        ("[a]", "must be a YAML mapping (`key: value`)"),
        ("1: a", "must be a YAML mapping whose keys are texts"),
        ("~: a", "must be a YAML mapping whose keys are texts"),
        ("true: a", "must be a YAML mapping whose keys are texts"),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_wrong_is_told_with_its_place(text: str, why: str):
    assert why_refused(mapping, text) == why


def test_an_alias_bomb_goes_off_nowhere():
    bomb = "a0: &a0 [lol, lol]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 30))
    with pytest.raises(ValueError, match=r"^uses an alias \(line 2, column 10\); write it out$"):
        mapping(bomb)


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
    return parsers.headers((text,))


def users(text: str) -> Any:
    return parsers.users((text,))


broken = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from([*YAML_SIGNS, MARKER, "\n  ", "- ", ": ", "? ", "!!", "---\n", "'", '"']), max_size=30
    ).map("".join),
)


@pytest.mark.parametrize("read", [load, mapping, items, headers, users, parsers.overlay, parsers.uri_template])
@given(text=broken)
@example(text=f'"{MARKER}\\uDFFF": 1')
@example(text=f"- &{MARKER} [*{MARKER}]")
@example(text=f"%TAG ! tag:{MARKER}:\n---\n!x a")
@example(text=f"{MARKER}: 1\n{MARKER}: 2")
@example(text=f"Authorization: '{MARKER}")
@example(text=f"Authorization {MARKER}: a")
@example(text=f'Authorization: "{MARKER}\\n"')
@example(text=f'a: "\\U{"9" * 8}{MARKER}"')
def test_any_text_is_read_or_refused_without_a_word_of_it(read: Callable[[str], Any], text: str):
    refusal = why_refused(read, text)
    assert MARKER not in refusal
    assert "\n" not in refusal
    assert not refusal.startswith("badly")
