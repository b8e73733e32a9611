"""Piper voices, in a worker."""

from __future__ import annotations

from voicegw_desktop.providers.local import LocalProvider


class PiperProvider(LocalProvider):
    """Piper voices, in a worker."""

    name = "piper"
