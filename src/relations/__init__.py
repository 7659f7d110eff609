"""One module per interface: `read(charm)` makes frozen data, `publish(charm, …)` writes; nothing is written on reading.

Libraries that serve a relation are imported only where that relation exists.
"""
