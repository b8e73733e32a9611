"""How much a client may send, how slowly, how long: every bound of a connection."""

from __future__ import annotations

from dataclasses import dataclass

from voicegw_desktop.config.schema import ServeConfig
from voicegw_desktop.config.units import parse_keep_alive

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """All bounds of the socket; what a person may want to change is in `serve`."""

    max_connections: int = 256
    max_body: int = 200 * MIB
    """Bytes of an upload."""
    max_json: int = 16 * MIB
    """Bytes of a JSON body."""
    max_header: int = 16 * 1024
    """Bytes of one header line."""
    max_headers: int = 100
    max_frame: int = 4 * MIB
    """Bytes of one WebSocket message."""
    handshake: float = 10.0
    """Seconds of a TLS handshake, and of its end."""
    header_timeout: float = 10.0
    """Seconds from the first byte of a request to the end of its headers."""
    body_timeout: float = 20.0
    """Seconds without a byte of an announced body."""
    min_body_rate: int = 1024
    """Bytes per second, averaged over the body, below which it is a slow-loris."""
    keepalive_timeout: float = 75.0
    """Seconds an idle HTTP connection stays."""
    max_session: float | None = 4 * 3600.0
    """Seconds of a WebSocket session."""
    idle_timeout: float | None = 600.0
    """Seconds a WebSocket may be silent."""
    first_message: float = 10.0
    """Seconds from the handshake to the first message, where that brings the key."""
    heartbeat: float = 20.0
    """Seconds between WebSocket pings; a peer that answers none is gone."""
    stall: float = 60.0
    """Seconds in which a client must take something of what is written to it."""
    max_audio_s: float = 6 * 3600.0
    """Seconds of decoded audio in one upload; a small file can hold very much silence."""
    chat_headers_after: float = 2.0
    """Seconds a streaming client waits before it gets its 200 and keep-alive comments."""
    sse_keepalive: float = 3.0
    """Seconds between keep-alive comments."""
    linger: float = 1.0
    """Seconds in which the rest of a refused body is read, so that the client gets the refusal and not a reset."""
    shutdown: float = 0.5
    """Seconds a graceful stop waits for answers in flight, and again for those it cuts short to tell their clients."""

    @classmethod
    def of(cls, serve: ServeConfig) -> Limits:
        """The bounds that `serve` sets, the rest by default."""
        return cls(
            max_connections=serve.max_connections,
            max_body=serve.max_body or 200 * MIB,
            max_session=parse_keep_alive(serve.max_session),
            idle_timeout=parse_keep_alive(serve.idle_timeout),
        )
