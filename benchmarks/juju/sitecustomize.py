"""Python reads this before a charm: it leads Pebble's socket, which Juju mounts at `/charm`, to the benchmark's folder.

Making `/charm` would take root, or a namespace that not every machine allows. This costs both charms the same: one
small file, and an import of `socket`, which ops imports anyway.
"""

import os
import socket
from typing import Any

_MOUNTED = "/charm/containers"
_connect = socket.socket.connect


def _connect_to_benchmark(self: socket.socket, address: Any) -> None:
    if isinstance(address, str):
        address = address.replace(_MOUNTED, os.environ["BENCHMARK_CONTAINERS"], 1)
    _connect(self, address)


socket.socket.connect = _connect_to_benchmark
