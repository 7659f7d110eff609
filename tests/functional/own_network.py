"""A network of its own for a process and all that it starts: loopback alone, on which every port is free.

`python own_network.py ...` is a Python in such a network: each of pytest-xdist's workers is one.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER and CLONE_NEWNET, see unshare(2)
_SET_FLAGS, _UP = 0x8914, 1  # SIOCSIFFLAGS and IFF_UP, see netdevice(7)


def enter() -> None:
    """Move this process into it; it must have one thread only. Without being root it is root there, of its own files.

    Raises:
        OSError: where such namespaces are forbidden.
    """
    user, group = os.geteuid(), os.getegid()
    _unshare(_NEW_NETWORK if user == 0 else _NEW_NETWORK | _NEW_USER)
    if user:
        for file, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            Path("/proc/self", file).write_text(text)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))


def _unshare(flags: int) -> None:
    """Do what `os.unshare` does from Python 3.12 on."""
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), "no network of its own for the tests: are user namespaces switched off here?")


if __name__ == "__main__":
    enter()
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])  # noqa: S606 -- it is this very Python
