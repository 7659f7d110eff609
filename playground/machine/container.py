"""A root file system of its own with a real Pebble in it, the way Juju sets up a workload container.

Namespaces keep it apart (util-linux' `unshare`: user, mount and process ids), so root is not needed. The network is
the machine's own, and everything in the container is told to listen on loopback.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ops import pebble

from playground import PlaygroundError
from playground.machine.processes import Program

# Pebble becomes process 1 of the container, as in Kubernetes. $1 is the root.
_ENTRYPOINT = """
set -e
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
exec chroot "$1" /charm/bin/pebble run --create-dirs --hold
"""


class WorkloadContainer(Program):
    """One workload container: start it, stop it, or start it anew with an empty file system.

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
        super().__init__("")
        self._copied = {"/charm/bin/pebble": pebble_binary, **files}
        self.environment = dict(environment or {})
        self._address = address

    @property
    def root(self) -> Path:
        """Its root file system, on this machine."""
        return self.home

    @property
    def client(self) -> pebble.Client:
        """A client of the Pebble in the container."""
        return pebble.Client(str(self.root / "charm/container/pebble.socket"))

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

    def start(self) -> None:
        """Start with an empty file system, as after any restart of a container."""
        if not (unshare := shutil.which("unshare")):
            raise PlaygroundError("`unshare` is not installed: it is in the package util-linux")
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
        failure = "no container can be made on this machine"
        try:
            self._launch([*command, str(self.root)], environment, self._answers, failure)
        except PlaygroundError as why:
            hint = re.search("unshare|permitted|denied", str(why)) and "; user namespaces may be switched off here"
            raise PlaygroundError(f"{why}{hint or ''}") from None

    def _make_root(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(mode=0o700)
        for folder in ("dev", "proc", "etc", "root", "tmp", "var/lib/pebble/default", "charm/bin", "charm/container"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "tmp").chmod(0o1777)
        (self.root / "etc/passwd").write_text("root:x:0:0:root:/root:/sbin/nologin\n")
        (self.root / "etc/group").write_text("root:x:0:\n")
        (self.root / "etc/hosts").write_text(f"{self._address} localhost\n")
        for path, source in self._copied.items():
            target = self.root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
            target.chmod(0o755)

    def _answers(self) -> bool:
        try:
            self.client.get_system_info()
        except (pebble.Error, OSError):
            return False
        return True
