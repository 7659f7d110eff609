"""PURE: YAML that people write into options and secrets, read with care.

Scalars mean what they mean to Karma (YAML 1.2's core schema): `yes`, `12:30` and `2026-01-01` stay texts. No error
message repeats what the text holds, since it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml

MAX_LENGTH = 65_536  # characters
MAX_DEPTH = 32

_SURROGATE = re.compile("[\ud800-\udfff]")  # no file can hold one, and only an escape can write one


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 -- the class variable that PyYAML looks for


_loader_class: Any = _Loader  # PyYAML's stubs leave much without types
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0b[01]+|0o?[0-7]+|0x[0-9a-fA-F]+|0|[1-9][0-9_]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", list("-+.")),
):
    _loader_class.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


def load(text: str, loader_class: type[yaml.SafeLoader | yaml.BaseLoader] = _Loader) -> Any:
    """Read a YAML text into plain mappings, lists and scalars.

    Args:
        text: any text.
        loader_class: `yaml.BaseLoader` to get every scalar as the text that it is.

    Raises:
        ValueError: with what is wrong and where, as the rest of a sentence ("is not YAML (line 2, column 4)").
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"is longer than {MAX_LENGTH} characters")
    try:
        _refuse_tricks(text)
        loader: Any = loader_class(text)
        node = loader.get_single_node()
        _refuse_duplicates(node)
        return _document(loader, node) if node else None
    except yaml.MarkedYAMLError as error:
        raise ValueError(f"is not YAML{_at(error.problem_mark)}") from None
    except yaml.YAMLError:
        raise ValueError("holds a character that YAML does not allow") from None


def _document(loader: Any, node: yaml.Node) -> Any:
    try:
        return loader.construct_document(node)
    except ValueError:  # Python's own limit of digits
        raise ValueError("holds a number that is too long") from None


def mapping(text: str) -> dict[str, Any]:
    """Read a YAML mapping whose keys are texts.

    Raises:
        ValueError: see `load`.
    """
    document = load(text)
    if not isinstance(document, dict):
        raise ValueError("must be a YAML mapping (`key: value`)")
    keys = cast("dict[Any, Any]", document)
    if not all(isinstance(key, str) for key in keys):
        raise ValueError("must be a YAML mapping whose keys are texts")
    return keys


def items(text: str) -> list[str]:
    """Read a list: `a, b`, or lines that start with `- ` where an item holds a comma.

    Raises:
        ValueError: see `load`.
    """
    if not text.lstrip().startswith("- "):
        return [item for item in (part.strip() for part in text.split(",")) if item]
    document = load(text, yaml.BaseLoader)
    entries = cast("list[Any]", document if isinstance(document, list) else [None])
    if not all(isinstance(entry, str) for entry in entries):
        raise ValueError("must be a plain list of texts")
    return entries


def _refuse_tricks(text: str) -> None:
    """Look at the text as a flat stream of events, before anything is built of it."""
    depth = 0
    for event in _events(text):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"uses an alias{_at(event.start_mark)}; write it out")
        if getattr(event, "tag", None):
            raise ValueError(f"uses a tag{_at(event.start_mark)}; leave it out")
        if isinstance(event, yaml.ScalarEvent) and _SURROGATE.search(cast("str", event.value)):
            raise ValueError(f"holds half of a character{_at(event.start_mark)}")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise ValueError(f"is nested deeper than {MAX_DEPTH} levels{_at(event.start_mark)}")


def _events(text: str) -> Iterator[Any]:
    parser: Any = yaml.SafeLoader(text)
    try:
        while parser.check_event():
            yield parser.get_event()
    except (ValueError, OverflowError):  # an escape beyond the last character of Unicode
        raise ValueError("holds a character that YAML does not allow") from None


def _refuse_duplicates(root: yaml.Node | None) -> None:
    pending: list[Any] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.MappingNode):
            seen: set[Any] = set()
            for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
                if not isinstance(key, yaml.ScalarNode):
                    raise ValueError(f"has a key that is no text{_at(key.start_mark)}")
                if key.value in seen:
                    raise ValueError(f"has a key twice{_at(key.start_mark)}")
                seen.add(key.value)
                pending.append(value)
        elif isinstance(node, yaml.SequenceNode):
            pending.extend(node.value)


def _at(mark: yaml.Mark | None) -> str:
    return f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
