"""PURE: the files that Karma reads, from the options that are set and the servers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import yaml

from pem import Tls
from settings.options import BY_PROXY, OVERLAY, OVERLAY_OPTION, PER_SERVER, REWRITE, SETTINGS
from settings.parsers import Files

PORT = 8080
CONFIG_FILE = "karma.yaml"
CERTIFICATE_FILE = "tls.crt"
KEY_FILE = "tls.key"
CA_DIRECTORY = "ca"

# libyaml is not there on every machine. Both write the same, but for U+0085 and characters beyond U+FFFF.
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# To PyYAML, of YAML 1.1, `1e3`, `0o17` and `2026-1-2T3:4:5Z` are texts that need no quotes; to Go they are numbers and
# times, and to older Go `y` is true. What begins with a letter is none of these, and neither is `10s`.
_TEXT_TO_ALL = re.compile(r"[A-Za-z/].*|(?:[0-9]+(?:ms|s|m|h))+", re.DOTALL)
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"))


class _Dumper(_BaseDumper):
    """Writes texts so that Karma reads them as texts, and what stands in several places as often."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- the base's signature
        return True


def _text(dumper: Any, text: str) -> Any:
    style = None if _TEXT_TO_ALL.fullmatch(text) and text.lower() not in _WORDS else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


@dataclass(frozen=True)
class KarmaConfig:
    """All files that Karma reads when it starts."""

    files: Mapping[str, str] = field(repr=False)
    """Name -> text; Karma finds them by name in its working directory. Keys and passwords are among them."""
    sources: Mapping[str, str]
    """Karma's path -> the option or endpoint that set it; what lies below such a path comes from the same one.

    Of one server the path is `alertmanager.servers.<name>/<key>`.
    """
    is_tls: bool = False
    """Whether Karma serves https."""
    prefix: str = "/"
    """The path below which Karma serves everything; it starts and ends with a slash."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that it runs with beside those of every Karma."""

    @property
    def trusts(self) -> bool:
        """Whether there are CA certificates beside those of the image."""
        return any(name.startswith(f"{CA_DIRECTORY}/") for name in self.files)

    @property
    def text(self) -> str:
        """The configuration file itself."""
        return self.files[CONFIG_FILE]

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that differ when anything that Karma reads differs."""
        digest = hashlib.sha256()
        for name, text in (*sorted(self.files.items()), *sorted(self.environment.items())):
            digest.update(f"{name}\0{len(text)}\0{text}".encode())
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Derived:
    """What no option sets by itself: how Karma is reached, whom it trusts, how people log in."""

    tls: Tls | None = None
    prefix: str = "/"
    trusted: tuple[str, ...] = ()
    """CA certificates in PEM."""
    keys: Mapping[str, tuple[str, Any]] = field(default_factory=dict[str, tuple[str, Any]])
    """Karma's path -> the endpoint or option that sets it, and the value."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that Karma runs with."""
    sources: Mapping[str, str] = field(default_factory=dict[str, str])
    """`<name of a server>/<Karma's key>` -> the option or endpoint that says this of it alone."""


def render(
    values: Mapping[str, Any],
    servers: Sequence[Mapping[str, Any]],
    derived: Derived = Derived(),
) -> KarmaConfig:
    """Render Karma's configuration, byte for byte the same for the same arguments.

    Args:
        values: option -> value of its Karma key, as `options.settings` makes them.
        servers: the entries of `alertmanager.servers`, with what the options set in them.
        derived: what no option sets by itself.
    """
    document: dict[str, Any] = {"listen": {"port": PORT}, "alertmanager": {"servers": list(servers)}}
    files = {f"{CA_DIRECTORY}/{number}.pem": text for number, text in enumerate(derived.trusted)}
    named = {file for server in servers for file in server.get("tls", {}).values()}
    sources = {SETTINGS[option].key: option for option in values if SETTINGS[option].key != PER_SERVER}
    sources |= {f"{PER_SERVER}{name}": option for name, option in derived.sources.items()}
    for path, (endpoint, value) in derived.keys.items():
        sources[path] = endpoint
        _put(document, path, value)
    if derived.prefix != "/":
        sources["listen.prefix"] = "ingress"
        document["listen"]["prefix"] = derived.prefix
    if derived.tls:
        sources["listen.tls"] = "certificates"
        document["listen"]["tls"] = {"cert": CERTIFICATE_FILE, "key": KEY_FILE}
        files |= {CERTIFICATE_FILE: derived.tls.certificate, KEY_FILE: derived.tls.key}
    for option, value in values.items():
        setting = SETTINGS[option]
        if isinstance(value, Files):
            files |= {name: text for name, text in value.items() if name in named}
        elif setting.file:
            files[setting.file] = value
        if setting.key not in (OVERLAY, BY_PROXY) and not setting.key.startswith((PER_SERVER, REWRITE)):
            _put(document, setting.key, setting.file or value)
    sources.update(dict.fromkeys(_merge(document, values.get(OVERLAY_OPTION, {})), OVERLAY_OPTION))
    return KarmaConfig(
        {CONFIG_FILE: dump(document), **files},
        sources,
        is_tls=derived.tls is not None,
        prefix=derived.prefix,
        environment=derived.environment,
    )


def dump(document: Any) -> str:
    """Write YAML with sorted keys, each entry on a line of its own."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=2**20)


def parse(text: str) -> Any:
    """Read what `dump` has written."""
    return yaml.load(text, Loader=Loader)  # noqa: S506 -- it is a safe one


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *sections, key = path.split(".")
    for section in sections:
        document = document.setdefault(section, {})
    document[key] = value


def _merge(base: dict[str, Any], overlay: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Merge mappings key by key, replace all else, and yield each path that was set."""
    for key, value in overlay.items():
        here = f"{path}{key}"
        if isinstance(base.get(key), dict) and isinstance(value, dict):
            yield from _merge(base[key], cast("dict[str, Any]", value), f"{here}.")
        elif value is not None or key not in base:  # an empty section takes nothing away
            base[key] = value
            yield here
