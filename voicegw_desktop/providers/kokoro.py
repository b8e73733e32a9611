"""Kokoro voices, in a worker."""

from __future__ import annotations

from voicegw_desktop.providers.local import LocalProvider


class KokoroProvider(LocalProvider):
    """Kokoro voices, in a worker."""

    name = "kokoro"
