"""PURE: the files that Karma reads, from settings and servers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from alertmanagers import Alertmanager, servers
from options import PER_SERVER, Value

PORT = 8080
CONFIG_FILE = "karma.yaml"

# libyaml is not there on every machine. Both write the same, but for characters beyond U+FFFF, which libyaml escapes.
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

# To PyYAML, of YAML 1.1, `1e3` and `0o17` are texts that need no quotes; to Karma, of YAML 1.2, they are numbers.
_LIKE_A_NUMBER = re.compile(r"[-+.0-9][-+.0-9A-Fa-fOoXx_]*")


class _Dumper(_BaseDumper):
    """Writes texts so that Karma reads them as texts."""


def _text(dumper: Any, text: str) -> Any:
    style = "'" if _LIKE_A_NUMBER.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


@dataclass(frozen=True)
class KarmaConfig:
    """All files that Karma reads when it starts."""

    files: Mapping[str, str]
    """Name -> text; Karma finds them by name in its working directory."""

    @property
    def text(self) -> str:
        """The configuration file itself."""
        return self.files[CONFIG_FILE]

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that differ when anything that Karma reads differs."""
        digest = hashlib.sha256()
        for name, text in sorted(self.files.items()):
            digest.update(f"{name}\0{len(text)}\0{text}".encode())
        return digest.hexdigest()[:16]


def render(values: Mapping[str, Value], alertmanagers: Iterable[Alertmanager]) -> KarmaConfig:
    """Render Karma's configuration, byte for byte the same for the same settings and the same set of Alertmanagers.

    Args:
        values: Karma's path (`ui.theme`) -> value, as `options.settings` makes them.
        alertmanagers: the usable units of all relations, in any order.
    """
    per_server: dict[str, Any] = {
        path.removeprefix(PER_SERVER): value for path, value in values.items() if path.startswith(PER_SERVER)
    }
    document: dict[str, Any] = {
        "listen": {"port": PORT},
        "alertmanager": {"servers": servers(alertmanagers, **per_server)},
    }
    for path, value in values.items():
        if not path.startswith(PER_SERVER):
            *sections, key = path.split(".")
            place = document
            for section in sections:
                place = place.setdefault(section, {})
            place[key] = value
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=2**20)
    return KarmaConfig({CONFIG_FILE: text})
