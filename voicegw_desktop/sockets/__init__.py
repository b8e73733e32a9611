"""The inference socket: one server, one package for each wire."""
