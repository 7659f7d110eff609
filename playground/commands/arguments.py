"""PURE but for files that are named: what a person types, as Juju's commands take it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from playground import PlaygroundError
from playground.juju.user_secrets import why_invalid

_TRUE = {"1", "t", "T", "TRUE", "true", "True"}  # as Go's strconv.ParseBool, and so Juju, takes them
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """Read `key=value`, and `key=@file` for the text of a file.

    Raises:
        PlaygroundError: for anything else, and for a file that cannot be read.
    """
    return {key: _read(value[1:]) if value.startswith("@") else value for key, value in _split(texts)}


def _split(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise PlaygroundError(f'expected "key=value", got "{text}"')
        yield key, value


def secret_content(texts: Iterable[str]) -> dict[str, str]:
    """Read `key=value`, and `key#file=path` for the text of a file.

    Raises:
        PlaygroundError: for anything else, for a key that a real controller refuses, and for an unreadable file.
    """
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        key, _, kind = key.partition("#")
        if not equals or kind not in {"", "file"}:
            raise PlaygroundError('expected "key=value" or "key#file=path"')
        if why := why_invalid(key):
            raise PlaygroundError(f"{why}: three lower-case letters or digits at least, with single hyphens in between")
        found[key] = _read(value) if kind else value
    return found


def option_value(name: str, kind: str, text: str) -> str | int | float | bool:
    """Turn the text of an option into a value of its type.

    Args:
        name: of the option.
        kind: as config.yaml says: string, secret, int, float or boolean.
        text: as typed.

    Raises:
        PlaygroundError: in Juju's words, if the text is of another type.
    """
    with contextlib.suppress(ValueError):
        match kind:
            case "int" if re.fullmatch(r"[+-]?[0-9]+", text):
                return int(text)
            case "float":
                return float(text)
            case "boolean" if text in _TRUE | _FALSE:
                return text in _TRUE
            case "string" | "secret":
                return text
            case _:
                pass
    raise PlaygroundError(f'option "{name}" expected {kind}, got "{text}"')


def action_params(name: str, spec: Mapping[str, Any], texts: Iterable[str], *, as_text: bool) -> dict[str, Any]:
    """Read the parameters of an action as `juju run` does, and check them as Juju does.

    Args:
        name: of the action.
        spec: what actions.yaml says of it.
        texts: `key=value` as typed; the value is YAML.
        as_text: whether the values are texts instead, as with `--string-args`.

    Raises:
        PlaygroundError: if one is unknown, missing, of another type, or a mapping, which Juju cannot send.
    """
    given = {key: text if as_text else _yaml(key, text) for key, text in _split(texts)}
    known: Mapping[str, Any] = spec.get("params", {})
    for param in given:
        if param not in known:
            raise PlaygroundError(
                f'{name} has no parameter "{param}"' + (f": it has {', '.join(known)}" if known else "")
            )
    for param in spec.get("required", ()):
        if param not in given:
            raise PlaygroundError(f'{name} requires the parameter "{param}", as in {param}=...')
    types = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list}
    for param, value in given.items():
        if _holds_mapping(value):
            raise PlaygroundError(
                f'parameter "{param}": json: unsupported type: map[interface {{}}]interface {{}}; '
                "Juju reads it as YAML, unless --string-args says that it is a text"
            )
        kind = known[param].get("type", "string")
        if not isinstance(value, types[kind]) or (kind != "boolean" and isinstance(value, bool)):
            raise PlaygroundError(f'parameter "{param}" must be of type {kind}, got {value!r}')
    return given


def _holds_mapping(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_mapping, cast("list[Any]", value))))


def _yaml(name: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PlaygroundError(f'parameter "{name}" is not YAML: {" ".join(str(error).split())}') from error


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlaygroundError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is no text'}") from error
