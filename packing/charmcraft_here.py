"""charmcraft as it is, with three things left to the machine that it runs on: `python -m packing.charmcraft_here pack …`.

On a builder of its own, charmcraft installs packages and snaps as root, and insists on the Ubuntu that the charm is for.
Here none of it happens: what a build lacks makes the build itself fail. All else is charmcraft's own code: parts, plugins,
`dispatch`, manifest, the archive, the analysis.
"""

from __future__ import annotations

import sys

import craft_parts.packages
import craft_parts.packages.snaps
from charmcraft.application.main import main
from craft_application.services.lifecycle import LifecycleService
from craft_parts.packages.base import DummyRepository

if __name__ == "__main__":
    craft_parts.packages._get_repository_for_platform = lambda: DummyRepository
    craft_parts.packages.snaps.install_snaps = lambda *_, **__: []
    LifecycleService._validate_build_plan = lambda _: None
    sys.exit(main())
