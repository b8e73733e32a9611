"""GGUF models, through llama.cpp's server in a worker."""

from __future__ import annotations

from voicegw_desktop.providers.local import LocalProvider


class LlamaCppProvider(LocalProvider):
    """GGUF models, through llama.cpp's server in a worker."""

    name = "llamacpp"
