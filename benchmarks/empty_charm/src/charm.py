#!/usr/bin/env python3
"""A charm that does nothing: what is left is the price of Python and ops, without the traces that karma-k8s spares."""

import sys

sys.modules["ops_tracing"] = None  # pyright: ignore[reportArgumentType] -- ops does without it then

import ops  # noqa: E402 -- as said


class EmptyCharm(ops.CharmBase):
    """Observes nothing."""


if __name__ == "__main__":
    ops.main(EmptyCharm)
