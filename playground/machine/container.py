"""A root file system of its own with a real Pebble in it, the way Juju sets up a workload container.

Namespaces keep it apart (util-linux' `unshare`: user, mount and process ids), so root is not needed. The network is
the machine's own, and everything in the container is told to listen on loopback.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from ops import pebble

from playground.machine.processes import Process

_START_TIMEOUT = 15.0  # seconds

# Pebble becomes process 1 of the container, as in Kubernetes. $1 is the root.
_ENTRYPOINT = """
set -e
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
exec chroot "$1" /charm/bin/pebble run --create-dirs --hold
"""


class ContainerError(Exception):
    """This machine does not let a container be made; the text says why, in one line."""


class WorkloadContainer:
    """One workload container: start it, stop it, or start it anew with an empty file system.

    It outlives the process that started it, and can be pickled for the next one.

    Args:
        pebble_binary: a static Pebble.
        files: path in the container -> file on this machine that is copied there and made executable.
        environment: further environment variables of Pebble, and so of everything that it runs.
        address: on loopback, at which Karma listens and which is called `localhost` in the container.
    """

    def __init__(
        self,
        pebble_binary: Path,
        files: Mapping[str, Path],
        environment: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
    ):
        self._files = {"/charm/bin/pebble": pebble_binary, **files}
        self.environment = dict(environment or {})
        self._address = address
        # A Unix socket's path has at most 107 bytes, so the root cannot be deep below someone's home.
        self.root = Path(tempfile.mkdtemp(prefix="karma-playground-"))
        self._process: Process | None = None

    @property
    def client(self) -> pebble.Client:
        """A client of the Pebble in the container."""
        return pebble.Client(str(self.root / "charm/container/pebble.socket"))

    @property
    def log(self) -> str:
        """What Pebble has logged since the container was last started."""
        return self._log_path.read_text(errors="replace") if self._log_path.exists() else ""

    @property
    def services_log(self) -> str:
        """What the services have logged, as far back as Pebble keeps it.

        Raises:
            subprocess.CalledProcessError: if Pebble does not answer.
        """
        environment = {**os.environ, "PEBBLE_SOCKET": str(self.root / "charm/container/pebble.socket")}
        command = [str(self.root / "charm/bin/pebble"), "logs", "-n", "all"]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    @property
    def starts(self) -> int:
        """How often Karma was started since the container was."""
        return self.log.count('Service "karma" starting:')

    @property
    def _log_path(self) -> Path:
        return self.root.with_suffix(".log")

    def start(self) -> None:
        """Start with an empty file system, as after any restart of a container.

        Raises:
            ContainerError: where `unshare` is missing or forbidden, or Pebble does not answer.
        """
        if not (unshare := shutil.which("unshare")):
            raise ContainerError("`unshare` is not installed: it is in the package util-linux")
        self._make_root()
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "PEBBLE": "/var/lib/pebble/default",
            "PEBBLE_SOCKET": "/charm/container/pebble.socket",
            "LISTEN_ADDRESS": self._address,
            **self.environment,
        }
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        command = [unshare, *user, "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _ENTRYPOINT, "sh"]
        self._process = Process.spawn([*command, str(self.root)], self._log_path, environment)
        self._wait_for_pebble(self._process)

    def _make_root(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(mode=0o700)
        for folder in ("dev", "proc", "etc", "root", "tmp", "var/lib/pebble/default", "charm/bin", "charm/container"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "tmp").chmod(0o1777)
        (self.root / "etc/passwd").write_text("root:x:0:0:root:/root:/sbin/nologin\n")
        (self.root / "etc/group").write_text("root:x:0:\n")
        (self.root / "etc/hosts").write_text(f"{self._address} localhost\n")
        for path, source in self._files.items():
            target = self.root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
            target.chmod(0o755)

    def _wait_for_pebble(self, process: Process) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline:
            with contextlib.suppress(pebble.Error, OSError):
                self.client.get_system_info()
                return
            if not process.is_alive():
                break
            time.sleep(0.02)
        lines = self.log.strip().splitlines()
        self.stop()
        why = lines[-1] if lines else f"no answer within {_START_TIMEOUT:.0f} s"
        hint = "; user namespaces may be switched off here" if re.search("unshare|permitted|denied", why) else ""
        raise ContainerError(f"no container can be made on this machine: {why}{hint}")

    def is_alive(self) -> bool:
        """Whether Pebble's process runs."""
        return self._process is not None and self._process.is_alive()

    def stop(self) -> None:
        """End Pebble and all that it runs; the file system stays until the next start."""
        process, self._process = self._process, None
        if process:
            process.end()

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)
        self._log_path.unlink(missing_ok=True)
