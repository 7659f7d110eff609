"""charmcraft as it is, but for three things: `python -m packing.charmcraft_here pack …`.

On a builder of its own, charmcraft installs packages and snaps as root, and insists on the Ubuntu that the charm is
for. Here none of it happens: what a build lacks makes the build itself fail. All else is charmcraft's own code: parts,
plugins, `dispatch`, manifest, the archive, the analysis.
"""

from __future__ import annotations

import sys
from unittest import mock

from charmcraft.application.main import main  # pyright: ignore[reportMissingTypeStubs] -- it has its types, unmarked
from craft_parts.packages.base import DummyRepository

if __name__ == "__main__":
    with (
        mock.patch("craft_parts.packages._get_repository_for_platform", return_value=DummyRepository),
        mock.patch("craft_parts.packages.snaps.install_snaps", return_value=[]),
        mock.patch("craft_application.services.lifecycle.LifecycleService._validate_build_plan"),
    ):
        sys.exit(main())
