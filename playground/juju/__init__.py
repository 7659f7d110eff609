"""One unit of the charm as Juju keeps it: its hooks, secrets and status."""
