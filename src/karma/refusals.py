"""PURE: which option Karma's words are about."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import yaml

from settings.options import PER_SERVER, SETTINGS

if TYPE_CHECKING:
    from karma.config import KarmaConfig

# Patterns are texts here, compiled where one is used: most hooks use none.
# How Karma's last words look: of v0.115 and later, of those before, of its JSON log, of the Go runtime.
_TELLING = r"Execution failed|server startup error|panic: |fatal error: "
_ERROR = r'\berror="((?:[^"\\]|\\.)*)"'
_PEBBLE_PREFIX = r"^\S+Z (?:\[\w+\]|[A-Z]+) "  # of a service's log, of a change's log
_RULE = r"-----.*"  # with which ops sets off the log in a ChangeError
_NOISE = (
    r'failed to (?:parse|load) (?:silence ACL )?configuration file "[^"]*": (?:yaml: unmarshal errors: )?'
    r"|failed to create Alertmanager (?='[^']*' with)|(?<=') with URI '[^']*'"
    r"|failed to unmarshal configuration: (?:decoding failed due to the following|\d+) error\(s\)(?: decoding)?:"
    r"(?: \*)? "
)
_OF_THE_ACL_FILE = "silence ACL"
_OF_A_SERVER = r"lertmanager '([^']+)'"
_LINE = r"\bline (\d+)\b"
_OPTIONS = {setting.key: option for option, setting in SETTINGS.items()}
_INDEX = r"\[\d+\]"


def words(output: str) -> str:
    """Take what Karma says is wrong out of what it printed.

    Args:
        output: lines of Karma's log, bare or with Pebble's prefix.

    Returns:
        One line: the error of the last line that tells why Karma ended, else the last line as it is.
    """
    lines = [re.sub(_PEBBLE_PREFIX, "", line.strip()) for line in output.splitlines()]
    lines = [line for line in lines if line and not re.fullmatch(_RULE, line)]
    last = next((line for line in reversed(lines) if re.search(_TELLING, line)), lines[-1] if lines else "")
    if last.startswith("{"):
        with contextlib.suppress(ValueError, KeyError):
            last = str(json.loads(last)["error"])
    elif quoted := re.search(_ERROR, last):
        last = _unquoted(quoted[1])
    return " ".join(last.split())


def _unquoted(text: str) -> str:
    try:
        return json.loads(f'"{text}"')
    except ValueError:  # Go quotes some control characters in a way that JSON does not know
        return text


def explain(said: str, refused: KarmaConfig, running: str) -> str:
    """Make the message for a configuration that Karma refused: the options first, then Karma's words.

    Args:
        said: Karma's `words`.
        refused: the configuration that it said them of.
        running: the last good configuration file; empty where there is none.
    """
    options = ", ".join(options_at_fault(said, refused, running)) or "karma"
    if _OF_THE_ACL_FILE in said:  # somebody has written that file, and knows its lines
        return f"{options}: {said}"
    # Nobody has written that file, so its lines tell less than its keys.
    keys = {line: " ".join(path.split()) for path, line, _ in _entries(refused.text)}
    return f"{options}: {re.sub(_LINE, lambda match: keys.get(int(match[1]), match[0]), said)}"


def brief(message: str) -> str:
    """Leave out of a message what says nothing to an operator, to make room for what does."""
    return re.sub(_NOISE, "", message)


def options_at_fault(said: str, refused: KarmaConfig, running: str) -> tuple[str, ...]:
    """Tell which options Karma's words are about.

    Returns:
        The option or endpoint whose key, or whose line of the file, Karma names; where it names neither, all options
        that differ from the last good file. In alphabetical order.
    """
    if _OF_THE_ACL_FILE in said:
        return ("silence-acl",)
    if (server := re.search(_OF_A_SERVER, said)) and (option := refused.sources.get(f"{PER_SERVER}{server[1]}")):
        return (option,)
    said = re.sub(_INDEX, "", brief(said)).lower()  # less the name of the file, which holds the word karma
    sources = refused.sources
    named = {sources[path] for path in sources if path and re.search(rf"\b{re.escape(path.lower())}\b", said)}
    if named:
        return tuple(sorted(named))
    lines = {int(number) for number in re.findall(_LINE, said)}
    entries = set(_entries(refused.text))
    at_lines = {option for path, line, _ in entries if line in lines for option in _at(path, sources)}
    if at_lines:
        return tuple(sorted(at_lines))
    before = {(path, value) for path, _, value in _entries(running)}
    changed = {path for path, _ in {(path, value) for path, _, value in entries} ^ before}
    # Every server has these, whether or not their option is set, and Karma names them itself when they are at fault.
    return tuple(sorted({_source(path, sources) for path in changed if not path.startswith(PER_SERVER)} - {""}))


def _at(path: str, sources: Mapping[str, str]) -> set[str]:
    """Find the option that set a path, or those that set something in it: Karma may not know a whole section."""
    if option := _source(path, sources):
        return {option}
    below = f"{path}."
    return {option for key, option in sources.items() if key.startswith(below) and below != PER_SERVER}


def _source(path: str, sources: Mapping[str, str]) -> str:
    """Find the option that set a path or one above it; empty if it was none."""
    # What is set no more may be at fault too, and is no longer among the sources.
    for table in (sources, _OPTIONS):
        above = path
        while above:
            if option := table.get(above):
                return option
            above = above.rpartition(".")[0]
    return ""


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
