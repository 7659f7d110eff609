"""PURE: which option Karma's words are about."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import yaml

from karma.config import Loader
from karma.sign_on import ORIGINS
from problems import REASON_BYTES, STATUS_BYTES, cut_middle
from settings.options import PER_SERVER, SETTINGS

if TYPE_CHECKING:
    from karma.config import KarmaConfig

_ALERTING = "alerting"

# Patterns are texts here, compiled where one is used: most hooks use none.
# How Karma's last words look: of v0.115 and later, of those before, of its JSON log, of the Go runtime.
_TELLING = r"Execution failed|server startup error|panic: |fatal error: "
_ERROR = r'\berror="((?:[^"\\]|\\.)*)"'
_PEBBLE_PREFIX = r"^\S+Z (?:\[\w+\]|[A-Z]+) "  # of a service's log, of a change's log
_RULE = r"-----.*"  # with which ops sets off the log in a ChangeError
_NOISE = (
    r'failed to (?:parse|load) (?:silence ACL )?configuration file "[^"]*": (?:yaml: unmarshal errors: )?'
    r"|failed to unmarshal configuration: (?:decoding failed due to the following|\d+) error\(s\)(?: decoding)?:"
    r"(?: \*)? "
    r"| in type struct \{.*?\}(?= (?:line \d+|\S+): |$)"  # all keys that this Karma knows there
)
_OF_THE_ACL_FILE = "silence ACL"
_OF_A_SERVER = r"failed to (?:create|register) (HTTP transport for )?Alertmanager '([^']*)' with URI '.*?': "
_SAID_OF_ONE = r"(?:create Alertmanager|for [Aa]lertmanager) '([^']*)'"
# Words that name no key: what they are about.
_ABOUT = {
    "unknown log level": "log.level",
    "unknown log format": "log.format",
    "custom color regex rule": "labels.color.custom",
    "custom label color": "labels.color.custom",
    "link detect rule": "silences.comments.linkDetect.rules",
    "authorization group": "authorization.groups",
    "cannot use proxy and readonly": f"{PER_SERVER}proxy",
    "HTTP transport for Alertmanager": f"{PER_SERVER}tls",
    "parse provided proxy url": f"{PER_SERVER}proxy_url",
}
_OF_THE_WRONG_KIND = r"unconvertible type|expected type|expected a map"
_SERVICE = "_SERVICE_HOST"
_QUOTES = r"'(.*?)'|\"(.*?)\"|`(.*?)`"
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


def explain(said: str, refused: KarmaConfig, running: str, environment: Mapping[str, str] | None = None) -> str:
    """Make the message for a configuration that Karma refused: the options first, then Karma's words.

    Args:
        said: Karma's `words`.
        refused: the configuration that it said them of.
        running: the last good configuration file; empty where there is none.
        environment: of the charm, where Kubernetes names every service of the model, as it does to Karma.
    """
    if found := _in_the_way(said, environment or {}):
        application, key = found
        return f"{application}: Kubernetes' variables of this application set Karma's {key}; give it another name"
    named = options_at_fault(said, refused, running)
    # Nobody has set the origins that the charm allows by itself, and what is said beside them is what matters.
    options = ", ".join([one for one in named if one != ORIGINS] or named) or "karma"
    if _OF_THE_ACL_FILE in said:  # somebody has written that file, and knows its lines
        return f"{options}: {said}"
    # Nobody has written that file, so its lines tell less than its keys.
    keys = {line: " ".join(_of_all(path).split()) for path, line, _ in _entries(refused.text)}
    return f"{options}: {re.sub(_LINE, lambda match: keys.get(int(match[1]), match[0]), said)}"


def _in_the_way(said: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Find an application of the model whose name Karma takes for that of a setting.

    Kubernetes gives every container the variables `<SERVICE>_SERVICE_HOST`, `<SERVICE>_PORT` and so on; Karma takes
    each for a key below the one that the service is named like, and then finds keys where it wants a value.

    Returns:
        The name of the application, and Karma's path that it is in the way of.
    """
    if not re.search(_OF_THE_WRONG_KIND, said):
        return None
    lowered = re.sub(_INDEX, "", said).lower()
    for variable in sorted(environment):
        service = variable.removesuffix(_SERVICE).lower().split("_") if variable.endswith(_SERVICE) else []
        for length in range(len(service), 1, -1):
            path = ".".join(service[:length])
            if f"'{path}'" in lowered:
                return "-".join(service), path
    return None


def brief(message: str) -> str:
    """Leave out of a message what says nothing to an operator, and what is too long for a status in its middle.

    All options are left in it, however many.
    """
    names = message.partition(": ")[0]
    limit = max(STATUS_BYTES, len(names.encode()) + REASON_BYTES) if ", " in names else STATUS_BYTES
    return cut_middle(" ".join(re.sub(_OF_A_SERVER, r"\2: ", re.sub(_NOISE, "", message)).split()), limit)


def options_at_fault(said: str, refused: KarmaConfig, running: str) -> tuple[str, ...]:
    """Tell which options Karma's words are about.

    Returns:
        The option or endpoint whose key, or whose line of the file, Karma names; where it names neither, all options
        that differ from the last good file. In alphabetical order.
    """
    if _OF_THE_ACL_FILE in said:
        return ("silence-acl",)
    sources = refused.sources
    bare = re.sub(_INDEX, "", re.sub(_NOISE, "", said))  # less the name of the file, which holds the word karma
    lowered = bare.lower()
    lines = {int(number) for number in re.findall(_LINE, said)}
    entries = set(_entries(refused.text))
    before = {(path, value) for path, _, value in _entries(running)}
    quoted = {text for groups in re.findall(_QUOTES, re.sub(_OF_A_SERVER, "", bare)) for text in groups if text}
    quoted |= {_unquoted(text) for text in quoted}
    holding = {(path, value) for path, _, value in entries if value in quoted and _is_set(path, sources)}
    server = re.search(_SAID_OF_ONE, said)
    of_server = {one for one in holding if server and one[0].startswith(f"{PER_SERVER}{server[1]}/")}
    for found in (
        {_source(path, sources) for path, _ in of_server},
        {sources[path] for path in sources if path and re.search(rf"\b{re.escape(path.lower())}\b", lowered)},
        {option for path, line, _ in entries if line in lines for option in _at(path, sources)},
        {_source(path, sources) for words_, path in _ABOUT.items() if words_ in said} - {""},
        # What stands in quotes may be the value that is wrong; of those that hold it, the one that is new.
        {_source(path, sources) for path, _ in holding - before or holding},
        {sources.get(f"{PER_SERVER}{server[1]}/uri", _ALERTING)}
        if server and re.search(_OF_A_SERVER, said)
        else set[str](),
    ):
        if found:
            return tuple(sorted(found))
    changed = {path for path, _ in {(path, value) for path, _, value in entries} ^ before}
    # Every server has these, whether or not their option is set, and Karma names them itself when they are at fault.
    return tuple(sorted({_source(path, sources) for path in changed if not path.startswith(PER_SERVER)} - {""}))


def _is_set(path: str, sources: Mapping[str, str]) -> bool:
    return any(f"{one}.".startswith(f"{above}.") for one in (path, _of_all(path)) for above in sources if above)


def _of_all(path: str) -> str:
    """Tell the path of a key in every server from that in one."""
    return re.sub(rf"^{PER_SERVER}[^/]*/", PER_SERVER, path)


def _at(path: str, sources: Mapping[str, str]) -> set[str]:
    """Find the option that set a path, or those that set something in it: Karma may not know a whole section."""
    if option := _source(path, sources):
        return {option}
    below = f"{path}."
    return {option for key, option in sources.items() if key.startswith(below) and below != PER_SERVER}


def _source(path: str, sources: Mapping[str, str]) -> str:
    """Find the option that set a path or one above it; empty if it was none."""
    # What is set no more may be at fault too, and is no longer among the sources.
    for table, asked in ((sources, path), (sources, _of_all(path)), (_OPTIONS, _of_all(path))):
        above = asked
        while above:
            if option := table.get(above):
                return option
            above = above.rpartition(".")[0]
    return ""


def _entries(text: str) -> Iterator[tuple[str, int, str]]:
    """Yield path, line and value of each entry of a YAML text; all items of a list but servers have the list's path."""
    pending: list[tuple[str, Any]] = [("", Loader(text).get_single_node())]
    while pending:
        path, node = pending.pop()
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                below = f"{path}{key.value}" if path.endswith("/") else f"{path}.{key.value}".lstrip(".")
                yield below, key.start_mark.line + 1, value.value if isinstance(value, yaml.ScalarNode) else ""
                pending.append((below, value))
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield path, item.start_mark.line + 1, item.value if isinstance(item, yaml.ScalarNode) else ""
                name = _name(item) if f"{path}." == PER_SERVER else ""
                pending.append((f"{PER_SERVER}{name}/" if name else path, item))


def _name(server: Any) -> str:
    """Read the name of an entry of `alertmanager.servers`; empty where there is none."""
    entries: list[tuple[Any, Any]] = server.value if isinstance(server, yaml.MappingNode) else []
    return next((str(value.value) for key, value in entries if key.value == "name"), "")


def telling_words(output: str) -> str:
    """Take the `words` of a log that tells why Karma ended; empty where none of its lines does."""
    return words(output) if re.search(_TELLING, output) else ""
