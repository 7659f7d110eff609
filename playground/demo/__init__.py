"""The acts of `make demo`, and their stage."""
