"""Ground: errors, events, ports, paths, clock, registry."""
