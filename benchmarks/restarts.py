"""Counts the starts of services, as the real Pebble would make them."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Any
from unittest import mock

import ops


class Restarts:
    """Stands between a charm and its containers.

    A start is a replan while the entry of an enabled service differs from the one that runs, or a start or restart
    by name.
    """

    def __init__(self):
        self.count = 0
        self._running: dict[str, Any] = {}

    def forget(self) -> None:
        """Note that the container has died, and all services with it."""
        self._running.clear()

    @contextlib.contextmanager
    def counted(self) -> Generator[None, None, None]:
        """Count for as long as this is entered."""
        replan, stop = ops.Container.replan, ops.Container.stop
        restart, start = ops.Container.restart, ops.Container.start

        def counted_replan(container: ops.Container) -> None:
            for name, service in container.get_plan().services.items():
                if service.startup == "enabled" and self._running.get(name) != service.to_dict():
                    self._running[name] = service.to_dict()
                    self.count += 1
            replan(container)

        def counted_restart(container: ops.Container, *names: str) -> None:
            self.count += len(names)
            restart(container, *names)

        def counted_start(container: ops.Container, *names: str) -> None:
            self.count += len(names)
            start(container, *names)

        def noted_stop(container: ops.Container, *names: str) -> None:
            for name in names:
                self._running.pop(name, None)
            stop(container, *names)

        with (
            mock.patch.object(ops.Container, "replan", counted_replan),
            mock.patch.object(ops.Container, "restart", counted_restart),
            mock.patch.object(ops.Container, "start", counted_start),
            mock.patch.object(ops.Container, "stop", noted_stop),
        ):
            yield
