"""PURE: lists as people write them into an option: typed with commas, or pasted from a file, from JSON or a chat."""

from __future__ import annotations

import re
from typing import Any, cast

from settings.yaml_text import MAX_LENGTH, load, unfenced

ONE_PER_LINE = "write one per line, starting with `- `"

# Patterns are compiled where they are used: few hooks use any.
_COMMENT = r"\s*(?:#.*|---|\.\.\.)\s*"
_AT_SIGN = r"(?m)^([ \t]*-[ \t]+)(@[^\n]*)"  # YAML keeps @ for itself, filters start with it
_LATE_COMMENT = r"(?<=\s)#.*"
_BULLET = r"[*\u2022\u2013\u2014][ \t\u00a0]+"
_QUOTED = r"'([^']*)'|\"([^\"]*)\"|\u2018([^\u2019]*)\u2019|[\u201c\u201e]([^\u201c\u201d]*)[\u201c\u201d]"
# What a comma may stand in without ending an item: quotes around it, an escape, quotes in it, a class of characters.
_ATOM = (
    r"(?s)(?:(?<=[,\n])|^)[ \t]*'[^'\n]*'(?=[ \t]*(?:[,\n]|$))|\\Q.*?\\E|\\.|\"[^\"\n]*\"|\[\^?\]?(?:\\.|[^\]\n])*\]|."
)
_PARTNERS = {")": "(", "}": "{"}


def items(text: str) -> list[str] | None:
    """Read a list of texts; None where there is nothing but comments.

    It is one of: texts between commas; a YAML or JSON list; one text per line. White space and quotes around an item
    are left out, and a comma in quotes, parentheses, brackets or braces is part of an item.

    Raises:
        ValueError: with what is wrong, as the rest of a sentence.
    """
    return _read(text, may_be_classes=False)


def patterns(text: str) -> list[str] | None:
    """Read a list of regular expressions, which may start with a bracket themselves; see `items`."""
    return _read(text, may_be_classes=True)


def one_name(text: str) -> str | None:
    """Read the name of one label, written as in a list."""
    found = items(text)
    if found and len(found) > 1:
        raise ValueError(f"must be one label, is {len(found)}")
    return found[0] if found else None


def _read(text: str, *, may_be_classes: bool) -> list[str] | None:
    if len(text) > MAX_LENGTH:
        raise ValueError(f"is longer than {MAX_LENGTH} characters")
    text = unfenced(text.lstrip("\ufeff"))
    lines = [line for line in text.splitlines() if line.strip() and not re.fullmatch(_COMMENT, line)]
    if not lines:
        return None
    plain = "\n".join(lines).strip()
    if re.match(r"-(?:\s|$)", plain):
        found = _texts(load(re.sub(_AT_SIGN, _in_quotes, text), typed=False))
    elif plain.startswith("[") and plain.endswith("]"):
        found = _bracketed(plain, may_be_classes=may_be_classes)
    else:  # a sign of numbers may be meant in a single line
        found = _separated("\n".join(re.sub(_LATE_COMMENT, "", line) for line in lines) if len(lines) > 1 else plain)
    for item in found:
        if not item:
            raise ValueError("has an empty item")
        if not item.isprintable():
            raise ValueError("has an item of more than one line, or with control characters")
    return found or None


def _in_quotes(match: re.Match[str]) -> str:
    text = re.sub(_LATE_COMMENT, "", match[2]).strip().replace("'", "''")
    return f"{match[1]}'{text}'"


def _texts(document: Any) -> list[str]:
    entries = cast("list[Any]", document if isinstance(document, list) else [None])
    if not all(isinstance(entry, str) for entry in entries):
        raise ValueError("must be a plain list of texts")
    return [cast("str", entry).strip() for entry in entries]


def _bracketed(plain: str, *, may_be_classes: bool) -> list[str]:
    """Read `[a, b]`; among regular expressions `[a-z]` may be one of them, so there only quotes make a list."""
    try:
        document = load(plain, typed=False)
    except ValueError:
        document = None
    inside = plain[1:-1].strip().rstrip(",").strip()
    is_quoted = not inside or {inside[0], inside[-1]} <= {"'", '"'}
    if document is not None and (is_quoted or not may_be_classes):
        return _texts(document)
    if document is None:  # YAML refuses `[@receiver]`
        return _separated(plain if may_be_classes else inside)
    raise ValueError(f"may be a list or an expression; {ONE_PER_LINE}, in quotes")


def _separated(plain: str) -> list[str]:
    parts = _parts(plain)
    if not parts:
        if "," in plain or "\n" in plain:
            raise ValueError(f"has a bracket or quote without its partner; {ONE_PER_LINE}")
        parts = [plain]
    found = [re.sub(_BULLET, "", part, count=1) if re.match(_BULLET, part) else part for part in map(str.strip, parts)]
    for part in found:
        if re.match(r"-+\s", part) or part.endswith(":") or (part.startswith("{") and part.endswith("}")):
            raise ValueError("must be a plain list of texts")
    return [_unquoted(part) for part in found if part]


def _parts(plain: str) -> list[str]:
    """Split at commas and line ends; empty where a bracket or a quote has no partner."""
    parts = [""]
    opened: list[str] = []
    for match in re.finditer(_ATOM, plain):  # one at a time: looking for a partner that is not there takes long
        atom = match[0]
        if not opened and atom in ",\n":
            parts.append("")
            continue
        if atom in "({":
            opened.append(atom)
        elif atom in '["' or (atom in ")}" and (not opened or opened.pop() != _PARTNERS[atom])):
            return []
        parts[-1] += atom
    return [] if opened else parts


def _unquoted(part: str) -> str:
    quoted = re.fullmatch(_QUOTED, part)
    return next(text for text in quoted.groups() if text is not None).strip() if quoted else part
