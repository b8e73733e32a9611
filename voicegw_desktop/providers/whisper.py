"""Whisper models, through faster-whisper in a worker."""

from __future__ import annotations

from voicegw_desktop.providers.local import LocalProvider


class WhisperProvider(LocalProvider):
    """Whisper models, through faster-whisper in a worker."""

    name = "whisper"
