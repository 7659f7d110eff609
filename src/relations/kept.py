"""What a library has made is kept while what it was made of stays the same, so that other hooks do without the library.

Importing those for certificates costs a hook as much as ops itself does. What is kept lies beside the charm, and goes
with the pod; anybody may read it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import ops


class Kept(ops.Object):
    """Keeps one thing that was made of something else; both can be written as JSON.

    Args:
        charm: that keeps it.
        name: of what is kept.
    """

    _stored = ops.StoredState()

    def __init__(self, charm: ops.CharmBase, name: str):
        super().__init__(charm, f"kept-{name}")
        vars(charm)[f"kept-{name}"] = self  # ops asks it for its stored state when the hook ends
        self._stored.set_default(text="")

    def recall(self, made_of: Any) -> Any:
        """Give what was made of this; None if nothing was, or that was not kept."""
        text = str(self._stored.text)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        of, _, kept = text.partition(" ")
        return json.loads(kept) if of == digest(made_of) else None

    def keep(self, made_of: Any, made: Any) -> None:
        """Keep what was made of this, in the place of what was kept before."""
        self._stored.text = f"{digest(made_of)} {json.dumps(made)}"


def digest(what: Any) -> str:
    """Make a text of hexadecimal digits that is the same for the same JSON, and no other."""
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
