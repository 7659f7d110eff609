#!/usr/bin/env python3
"""A charm that does nothing: what is left is the price of Python and ops."""

import ops


class EmptyCharm(ops.CharmBase):
    """Observes nothing."""


if __name__ == "__main__":
    ops.main(EmptyCharm)
