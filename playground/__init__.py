"""One unit of the charm on this machine, without Juju: what `make demo` shows and what tests/functional stand on."""
