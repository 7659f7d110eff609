"""What `./play` takes: each command of Juju's in a function, and what it shows when it is done."""
