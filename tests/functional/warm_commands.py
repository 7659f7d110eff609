"""Commands of the playground that start at once: a process that has imported all of it forks for each of them.

`python warm_commands.py SOCKET WORD ...` does what `python -m playground WORD ...` does, where the process listens.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping


@contextlib.contextmanager
def listening(environment: Mapping[str, str]) -> Generator[str]:
    """Let commands run in this environment; yield the path of the socket."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path := f"{folder}/socket")
        listener.listen()
        code = f"from tests.functional import warm_commands; warm_commands.serve({listener.fileno()})"
        with subprocess.Popen([sys.executable, "-c", code], env=environment, pass_fds=[listener.fileno()]) as server:
            try:
                yield path
            finally:
                server.kill()


def serve(listener: int) -> None:
    """Fork for whoever asks, until the process is ended."""
    from playground.__main__ import main  # noqa: PLC0415 -- whoever asks need not wait for it

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=listener) as server:
        while True:
            connection, _ = server.accept()
            if os.fork():
                connection.close()
                continue
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            text, streams, _, _ = socket.recv_fds(connection, 2**16, 3)
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            folder, words = json.loads(text)
            os.chdir(folder)
            with contextlib.suppress(SystemExit):  # argparse has said what is wrong
                connection.send(bytes([main(words)]))
            os._exit(0)


def ask(path: str, words: list[str]) -> int:
    """Have a command run with this process' streams; return its exit code."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        here = os.getcwd()  # noqa: PTH109 -- to import pathlib would take longer than all else here
        socket.send_fds(connection, [json.dumps([here, words]).encode()], [0, 1, 2])
        return (connection.recv(1) or b"\2")[0]


if __name__ == "__main__":
    sys.exit(ask(sys.argv[1], sys.argv[2:]))
