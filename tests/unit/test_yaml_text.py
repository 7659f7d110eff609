"""YAML that people write into options and secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yaml_text import items


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


@given(st.one_of(st.text(), st.text(alphabet="-[]{}&*:,'\"#|>?! \n\tab").map(lambda text: "- " + text)))
def test_any_text_is_a_list_or_refused_in_words(text: str):
    found, refusal = [], ""
    try:
        found = items(text)
    except ValueError as error:
        refusal = str(error)
    assert all(isinstance(item, str) for item in found)
    assert not refusal or refusal.startswith(("is not a YAML list", "must be a plain list of texts"))


@given(st.lists(st.text(alphabet="abc=~!@ .*", min_size=1).filter(lambda text: text.strip() == text), min_size=1))
def test_a_list_written_with_commas_is_that_list(wanted: list[str]):
    assert items(", ".join(wanted)) == wanted
