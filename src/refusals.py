"""PURE: which option Karma's words are about."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from options import PER_SERVER, SETTINGS

# How Karma's last words look: of v0.115 and later, of those before, of its JSON log, of the Go runtime.
_TELLING = re.compile(r"Execution failed|server startup error|panic: |fatal error: ")
_ERROR = re.compile(r'\berror="((?:[^"\\]|\\.)*)"')
_PEBBLE_PREFIX = re.compile(r"^\S+Z (?:\[\w+\]|[A-Z]+) ")  # of a service's log, of a change's log
_RULE = re.compile(r"-----.*")  # with which ops sets off the log in a ChangeError
_NOISE = re.compile(
    r'failed to (?:parse|load) configuration file "[^"]*": (?:yaml: unmarshal errors: )?'
    r"|failed to unmarshal configuration: (?:decoding failed due to the following|\d+) error\(s\)(?: decoding)?:"
    r"(?: \*)? "
)
_LINE = re.compile(r"\bline (\d+)\b")
_INDEX = re.compile(r"\[\d+\]")


def words(output: str) -> str:
    """Take what Karma says is wrong out of what it printed.

    Args:
        output: lines of Karma's log, bare or with Pebble's prefix.

    Returns:
        One line: the error of the last line that tells why Karma ended, else the last line as it is.
    """
    lines = [_PEBBLE_PREFIX.sub("", line.strip()) for line in output.splitlines()]
    lines = [line for line in lines if line and not _RULE.fullmatch(line)]
    last = next((line for line in reversed(lines) if _TELLING.search(line)), lines[-1] if lines else "")
    if last.startswith("{"):
        with contextlib.suppress(ValueError, KeyError):
            last = str(json.loads(last)["error"])
    elif quoted := _ERROR.search(last):
        last = _unquoted(quoted[1])
    return " ".join(last.split())


def _unquoted(text: str) -> str:
    try:
        return json.loads(f'"{text}"')
    except ValueError:  # Go quotes some control characters in a way that JSON does not know
        return text


def explain(said: str, refused: str, running: str) -> str:
    """Make the text of the status for a configuration that Karma refused: the options first, then Karma's words.

    Args:
        said: Karma's `words`.
        refused: the configuration file that it said them of.
        running: the last good configuration file; empty where there is none.
    """
    options = ", ".join(options_at_fault(said, refused, running)) or "karma"
    return f"{options}: {_NOISE.sub('', said)}"


def options_at_fault(said: str, refused: str, running: str) -> tuple[str, ...]:
    """Tell which options Karma's words are about.

    Args:
        said: what Karma said.
        refused: the configuration file that it said it of.
        running: the last good configuration file; empty where there is none.

    Returns:
        The option whose key, or whose line of the file, Karma names; where it names neither, all options that differ
        from the last good file.
    """
    said = _INDEX.sub("", said).lower()
    keys = [setting.key for setting in SETTINGS.values()]
    if named := _options_of(key for key in keys if re.search(rf"\b{re.escape(key.lower())}\b", said)):
        return named
    lines = {int(number) for number in _LINE.findall(said)}
    entries = set(_entries(refused))
    if at_line := _options_of(path for path, line, _ in entries if line in lines):
        return at_line
    now, before = ({(path, value) for path, _, value in some} for some in (entries, set(_entries(running))))
    # Every server has these, whether or not their option is set, and Karma names them itself when they are at fault.
    return _options_of(path for path, _ in now ^ before if not path.startswith(PER_SERVER))


def _options_of(paths: Iterable[str]) -> tuple[str, ...]:
    found = set(paths)
    return tuple(option for option, setting in SETTINGS.items() if setting.key in found)


def _entries(text: str) -> Iterator[tuple[str, int, str]]:
    """Yield path, line and value of each entry of a YAML text; all items of a list have the path of the list."""
    loader: Any = yaml.SafeLoader(text)
    pending: list[tuple[str, Any]] = [("", loader.get_single_node())]
    while pending:
        path, node = pending.pop()
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                below = f"{path}.{key.value}".lstrip(".")
                yield below, key.start_mark.line + 1, value.value if isinstance(value, yaml.ScalarNode) else ""
                pending.append((below, value))
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield path, item.start_mark.line + 1, item.value if isinstance(item, yaml.ScalarNode) else ""
                pending.append((path, item))
