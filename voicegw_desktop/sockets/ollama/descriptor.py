"""What the door of Ollama's form declares."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Door, LateRoutes

DOOR = Door(
    name="ollama",
    title="Ollama's form; without keys on serve.ollama_port",
    late_routes=(
        LateRoutes(
            "voicegw_desktop.sockets.ollama.door:routes",
            (
                "GET /",
                "GET /api/version",
                "GET /api/tags",
                "GET /api/ps",
                "POST /api/show",
                "POST /api/chat",
                "POST /api/generate",
                "POST /api/embed",
                "POST /api/embeddings",
            ),
        ),
    ),
    errors="voicegw_desktop.sockets.ollama.errors:plain",
    error_paths=("/api/",),
    listener="voicegw_desktop.sockets.ollama.listener:listener",
)
