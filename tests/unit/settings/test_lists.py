"""Lists as people write them into an option."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.lists import ONE_PER_LINE, items, one_name, patterns
from tests.support.refusal import each_of, why_refused

NO_PARTNER = f"has a bracket or quote without its partner; {ONE_PER_LINE}"


A_AND_B = [
    *("a,b", " a , b,", "'a', 'b'", "\u201ca\u201d, \u2018b\u2019", "a\nb", "a,\r\nb,\r\n"),
    *("# labels\na  # the first\n\nb\n", "* a\n\u2022 b", "```\na\nb\n```\n", "- a\n- b"),
    *("# labels\n- a\n- b  # the last", "---\n- a\n- b\n...\n", "\n  - a\n  - b\n", "[a, b]", '[\n  "a",\n  "b"\n]'),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, ["a", "b"]) for text in A_AND_B),
        ("a", ["a"]),
        ("a b=~c.*, @state!=x", ["a b=~c.*", "@state!=x"]),
        ("-a, -b", ["-a", "-b"]),
        ("foo=~(a,b), bar=x", ["foo=~(a,b)", "bar=x"]),
        ("a{1,2}, [,;]x, \\\\,, b", ["a{1,2}", "[,;]x", "\\\\", "b"]),
        ('a="b, c", d', ['a="b, c"', "d"]),
        ("summary=can't, won't", ["summary=can't", "won't"]),
        ("'a,b', c", ["a,b", "c"]),
        ("\ufeffa\n", ["a"]),
        (r"\Qa,b\E, c", [r"\Qa,b\E", "c"]),
        ("- foo=~(a,b)", ["foo=~(a,b)"]),
        ("- yes\n- 1e3\n- null\n- 2001-01-01", ["yes", "1e3", "null", "2001-01-01"]),
        ("- '#a'\n- \"b: c\"", ["#a", "b: c"]),
        ("- @state=active  # x\n- ' a '", ["@state=active", "a"]),
        ("[@receiver, cluster]", ["@receiver", "cluster"]),
        ('["a", "b\\u0041"]\n', ["a", "bA"]),
        ("(", ["("]),
        *((nothing, None) for nothing in ("", " \n", ",", "[]", "# a\n#b", "---\n", "\u00a0")),
    ],
)
def test_a_list_is_read_as_what_it_is(text: str, expected: list[str] | None):
    assert items(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    each_of(
        {
            "is not YAML": ["- a\n- [b", "- a\nb: c"],
            "must be a plain list of texts": [
                *("- a: b", "- - a", "a\n- b", "labels:\n  keep:\n  - a", "{keep: [a]}", '{"keep": ["a"]}', "[a, [b]]"),
            ],
            NO_PARTNER: ["[a, b", "a(, b", '"a, b'],
            "has an empty item": ["- ''"],
            "has an item of more than one line, or with control characters": ["a\x00b", '["a\\nb"]'],
        }
    ),
)
def test_what_cannot_be_meant_is_refused(text: str, why: str):
    assert why_refused(items, text).startswith(why)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a-z]+", ["[a-z]+"]),
        ("[a-z][0-9]", ["[a-z][0-9]"]),
        ("[(]a, b", ["[(]a", "b"]),
        (r"\(x, b", [r"\(x", "b"]),
        ("a{1,2}\nteam_.+", ["a{1,2}", "team_.+"]),
        ('["a.*", "b"]', ["a.*", "b"]),
        ("[]", None),
    ],
)
def test_an_expression_may_start_with_a_bracket(text: str, expected: list[str] | None):
    assert patterns(text) == expected


@pytest.mark.parametrize("text", ["[a-z]", "[a, b]"])
def test_what_may_be_a_list_or_an_expression_is_refused(text: str):
    assert why_refused(patterns, text) == f"may be a list or an expression; {ONE_PER_LINE}, in quotes"


def test_one_name_is_read_as_a_list_of_one():
    assert why_refused(one_name, "a, b") == "must be one label, is 2"
    assert [one_name(text) for text in (" @cluster", "'severity'", "# x", "@auto\n")] == [
        "@cluster",
        "severity",
        None,
        "@auto",
    ]


@given(st.lists(st.text(alphabet="abc=~!@ .*", min_size=1).filter(lambda text: text.strip() == text), min_size=1))
def test_a_list_written_with_commas_is_that_list(wanted: list[str]):
    starred = [text for text in wanted if text.startswith("* ")]
    assert items(", ".join(wanted)) == [text[2:].strip() if text in starred else text for text in wanted]
