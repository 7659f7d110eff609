"""How the tests run the action check-connection, and the servers that they let it meet."""

import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest
from ops import testing

import juju
from relay import LOOPBACK

USER, PASSWORD = "älice@example.com", "p ä:s%s\"'wörd"


def check_connection(
    port: int, *, leader: bool = True, params: dict[str, Any] | None = None, **config: Any
) -> dict[str, Any]:
    """Run the action with these options; give what it says."""
    ctx = juju.provider()
    state = testing.State(leader=leader, config={"host": LOOPBACK, "port": port} | config)
    ctx.run(ctx.on.action("check-connection", params=params), state)
    return dict(ctx.action_results or {})


def failure(port: int, **config: Any) -> str:
    """Run the action with these options; give why it fails."""
    ctx = juju.provider()
    params = config.pop("params", None)
    state = testing.State(leader=True, config={"host": LOOPBACK, "port": port} | config)
    with pytest.raises(testing.ActionFailed) as failed:
        ctx.run(ctx.on.action("check-connection", params=params), state)
    assert (config.get("password") or PASSWORD) not in repr([ctx.action_results, ctx.juju_log])
    return failed.value.message


@contextlib.contextmanager
def server(serve: Callable[[socket.socket], None]) -> Generator[int]:
    """Serve one connection by hand, for the ways in which a relay can misbehave."""
    listener = socket.create_server((LOOPBACK, 0))

    def run():
        client, _ = listener.accept()
        with client, contextlib.suppress(OSError):
            serve(client)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        # A client that never came is this one.
        with contextlib.suppress(OSError), socket.create_connection(listener.getsockname()):
            pass
        thread.join()
        listener.close()


def talk(client: socket.socket, *answers: bytes, said: list[bytes] | None = None) -> None:
    """Give one answer at once, and one after each line of the client; write those lines down."""
    lines = client.makefile("rb")
    for index, answer in enumerate(answers):
        if index:
            line = lines.readline()
            if said is not None:
                said.append(line)
        client.sendall(answer)
    lines.read()
    lines.close()


def drop(client: socket.socket, *answers: bytes) -> None:
    """Give one answer before each line of the client, and hang up."""
    lines = client.makefile("rb")
    for answer in answers:
        client.sendall(answer)
        lines.readline()
    lines.close()


def hang(client: socket.socket) -> None:
    """Read, and never answer."""
    while client.recv(1024):
        pass


def drip(client: socket.socket) -> None:
    """Send a byte now and then, so that no single read ever takes too long."""
    client.settimeout(0.05)
    for byte in itertools.cycle(b"220-still there\r\n"):
        client.sendall(bytes([byte]))
        with contextlib.suppress(TimeoutError):
            if not client.recv(1024):
                return
