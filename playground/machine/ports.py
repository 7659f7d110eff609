"""TCP and UDP ports on loopback: whether they are free, and that they are asked without a proxy."""

from __future__ import annotations

import os
import socket

from playground import PlaygroundError

# Clear of the ports that the demo and the tests use, and of those that the kernel hands out.
_ALERTMANAGER_PORTS = range(19300, 19500, 2)


def insist_on(port: int) -> None:
    """See to it that a TCP port is free.

    Raises:
        PlaygroundError: if it is not.
    """
    if not _is_free(port, socket.SOCK_STREAM):
        raise PlaygroundError(f"port {port} is taken on this machine: end what listens there")


def free_pair() -> int:
    """Find a port that is free, and the next one free as well (for TCP and UDP), as a unit of Alertmanager takes them.

    Returns:
        The first of the two.

    Raises:
        PlaygroundError: if there is no such pair.
    """
    for port in _ALERTMANAGER_PORTS:
        stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
        if _is_free(port, stream) and _is_free(port + 1, stream) and _is_free(port + 1, datagram):
            return port
    raise PlaygroundError(f"no free port from {_ALERTMANAGER_PORTS.start} to {_ALERTMANAGER_PORTS.stop - 1}")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        # A connection that has just ended does not keep a server from listening.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def bypass_proxy() -> None:
    """See to it that nothing asks a proxy of the environment for what is on loopback."""
    for variable in ("no_proxy", "NO_PROXY"):
        os.environ[variable] = ",".join(filter(None, (os.environ.get(variable), "127.0.0.1", "localhost")))
