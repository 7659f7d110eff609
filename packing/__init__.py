"""The charms of this repository, packed by charmcraft's own lifecycle, without LXD: `tox -e pack`."""
