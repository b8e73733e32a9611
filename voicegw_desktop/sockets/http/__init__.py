"""HTTP and WebSocket: the server, who may come in, bodies, limits."""
