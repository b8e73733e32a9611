"""HTTP and WebSocket: the server, authentication, bodies, limits."""
