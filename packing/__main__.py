"""Pack the charms into `dist/`, unpack them beside, and have charmcraft analyse them: `tox -e pack`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from packing.charms import BASE_PYTHON, CHARMS, ROOT, Packed, PackingError, analyse, find_python, pack

DIST = ROOT / "dist"


def main() -> int:
    """Pack what is asked for; the exit code is 1 if something can't be packed, or is bad."""
    parser = argparse.ArgumentParser(prog="tox -e pack --", description=__doc__)
    parser.add_argument("charms", nargs="*", metavar="CHARM", help=f"which: {', '.join(CHARMS)}; all if left out")
    parser.add_argument("--fast", action="store_true", help="take binary wheels where there are some")
    given = parser.parse_args()
    if unknown := sorted(set(given.charms) - set(CHARMS)):
        parser.error(f"there is no charm {', '.join(unknown)}: choose from {', '.join(CHARMS)}")
    failed = False
    for name in given.charms or CHARMS:
        print(f"packing {name} ...", file=sys.stderr)
        try:
            with tempfile.TemporaryDirectory(prefix="pack-") as folder:
                made = pack(name, Path(folder), fast=given.fast, python=find_python(BASE_PYTHON))
                findings = analyse(made)
                kept = _keep(made)
        except PackingError as error:
            print(f"{name} was not packed: {error}", file=sys.stderr)
            failed = True
            continue
        files = [path for path in kept.folder.rglob("*") if path.is_file()]
        megabytes = [size / 1e6 for size in (kept.archive.stat().st_size, sum(path.stat().st_size for path in files))]
        print(f"{kept.archive}: {megabytes[0]:.1f} MB; {len(files)} files, unpacked {megabytes[1]:.1f} MB")
        print(*(f"charmcraft analyse: {finding}" for finding in findings), sep="\n", end="\n" if findings else "")
        failed |= bool(findings)
    return int(failed)


def _keep(made: Packed) -> Packed:
    DIST.mkdir(exist_ok=True)
    kept = Packed(*(DIST / path.name for path in made))
    shutil.rmtree(kept.folder, ignore_errors=True)
    kept.archive.unlink(missing_ok=True)
    shutil.move(made.archive, kept.archive)
    shutil.move(made.folder, kept.folder)
    return kept


if __name__ == "__main__":
    sys.exit(main())
