"""What this machine gives: programs, processes, ports, a container."""
