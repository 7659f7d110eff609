"""What stands around a unit: Alertmanagers, an authority, a reverse proxy, other applications, a browser."""
