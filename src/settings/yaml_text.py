"""PURE: YAML that people write into options and secrets, read with care and in one pass.

Scalars mean what they mean to Karma (YAML 1.2's core schema): `yes`, `12:30` and `2026-01-01` stay texts. No error
message repeats what the text holds, since it may be a secret.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any, cast

import yaml

_Parser: Any = yaml.SafeLoader
with contextlib.suppress(ImportError):  # libyaml is not there on every machine
    from yaml import cyaml

    _Parser = vars(cyaml)["CParser"]  # the stubs leave it out

MAX_LENGTH = 65_536  # characters
MAX_DEPTH = 32
MAX_BITS = 1024  # of a whole number: many more than Karma can hold, and few enough for Python to write it

# Patterns are compiled where they are used: few hooks use any.
_SURROGATE = "[\ud800-\udfff]"  # no file can hold one, and only an escape can write one
_FENCE = r"(?s)\s*(?:```|~~~)[A-Za-z]*[ \t]*\r?\n(.*?\n)[ \t]*(?:```|~~~)\s*"

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INT = (
    r"(?P<sign>[-+]?)(?:0b(?P<b>[01][01_]*)|0o?(?P<o>[0-7][0-7_]*)|0x(?P<x>[0-9a-fA-F][0-9a-fA-F_]*)"
    r"|(?P<d>0|[1-9][0-9_]*))"
)
_FLOAT = r"[-+]?(?:(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
_BASES = {"b": 2, "o": 8, "x": 16, "d": 10}


def load(text: str, *, typed: bool = True) -> Any:
    """Read a YAML text into plain mappings, lists and scalars.

    Args:
        text: any text; a fence of Markdown around it is left out.
        typed: whether scalars are more than texts.

    Raises:
        ValueError: with what is wrong and where, as the rest of a sentence ("is not YAML (line 2, column 4)").
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"is longer than {MAX_LENGTH} characters")
    try:
        return _Reader(_bare(text), typed=typed).document()
    except yaml.MarkedYAMLError as error:
        raise ValueError(f"is not YAML{_at(error.problem_mark)}") from None
    # Escapes beyond the last character of Unicode, halves of characters, versions of thousands of digits.
    except (yaml.YAMLError, UnicodeError, OverflowError, _ParserError):
        raise ValueError("holds a character that YAML does not allow") from None


def mapping(text: str) -> dict[str, Any]:
    """Read a YAML mapping whose keys are texts; a text without content is an empty one.

    Raises:
        ValueError: see `load`.
    """
    document = load(text)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ValueError("must be a YAML mapping (`key: value`)")
    keys = cast("dict[Any, Any]", document)
    if not all(isinstance(key, str) for key in keys):
        raise ValueError("must be a YAML mapping whose keys are texts")
    return keys


def unfenced(text: str) -> str:
    """Take a text out of the fence that Markdown and chat windows put around it; line numbers count inside."""
    fenced = re.fullmatch(_FENCE, text)
    return fenced[1] if fenced else text


def _bare(text: str) -> str:
    text = unfenced(text).lstrip("\ufeff").rstrip()
    return text.lstrip() if "\n" not in text.lstrip() else text


class _ParserError(Exception):
    """The parser of PyYAML has tripped."""


class _Reader:
    """Builds values straight from the parser's events, so that what is refused is never built."""

    def __init__(self, text: str, *, typed: bool):
        self._parser: Any = _Parser(text)
        self._typed = typed
        self._depth = 0

    def document(self) -> Any:
        """Read the only document; None where there is none."""
        self._next()  # the start of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        value = self._value(self._next())
        self._next()  # the end of the document
        if not isinstance(another := self._next(), yaml.StreamEndEvent):
            raise ValueError(f"holds a second document{_at(another.start_mark)}")
        return value

    def _next(self) -> Any:
        try:
            return self._parser.get_event()
        except ValueError:
            raise _ParserError from None

    def _value(self, event: Any) -> Any:
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"uses an alias{_at(event.start_mark)}; write it out")
        if event.tag:
            raise ValueError(f"uses a tag{_at(event.start_mark)}; leave it out")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError(f"is nested deeper than {MAX_DEPTH} levels{_at(event.start_mark)}")
        found = self._list() if isinstance(event, yaml.SequenceStartEvent) else self._mapping()
        self._depth -= 1
        return found

    def _list(self) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            found.append(self._value(event))
        return found

    def _mapping(self) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        seen: set[str] = set()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if isinstance(event, yaml.CollectionStartEvent):
                raise ValueError(f"has a key that is no text{_at(event.start_mark)}")
            key = self._value(event)
            if event.value in seen:
                raise ValueError(f"has a key twice{_at(event.start_mark)}")
            if event.value != event.value.strip():  # such as the wide spaces of web pages and chat windows
                raise ValueError(f"has a key with white space around it{_at(event.start_mark)}")
            seen.add(event.value)
            found[key] = self._value(self._next())
        return found

    def _scalar(self, event: Any) -> Any:
        text = cast("str", event.value)
        if re.search(_SURROGATE, text):
            raise ValueError(f"holds half of a character{_at(event.start_mark)}")
        is_plain = event.implicit[0] and event.style in (None, "")
        return _meant(text, event) if is_plain and self._typed else text


def _meant(plain: str, event: Any) -> Any:
    if plain in _NULL:
        return None
    if plain in _BOOL:
        return _BOOL[plain]
    if number := re.fullmatch(_INT, plain):
        digits = (number[number.lastgroup or "d"]).replace("_", "")
        # No number of so many digits fits, and Python itself refuses to read very long ones.
        if len(digits) > MAX_BITS + 1 or (value := int(digits, _BASES[number.lastgroup or "d"])) >> MAX_BITS:
            raise ValueError(f"holds a number that is too long{_at(event.start_mark)}")
        return -value if number["sign"] == "-" else value
    if not re.fullmatch(_FLOAT, plain):
        return plain
    return float(re.sub(r"\.(?=[A-Za-z])", "", plain))  # Python writes infinity without the dot


def _at(mark: yaml.Mark | None) -> str:
    return f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
