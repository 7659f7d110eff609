"""One unit of the charm on this machine, without Juju: what `make demo` shows and what tests/functional stand on."""

import sys

# ops would import it, which takes as long as ops itself; nobody here takes traces, since ops.testing sends none.
sys.modules["ops_tracing"] = None  # pyright: ignore[reportArgumentType]


class PlaygroundError(Exception):
    """What was asked for cannot be done, or not on this machine; the text says why, in one line."""
