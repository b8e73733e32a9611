"""Fakes that speak the providers' protocols, for users' own tests, and the clients of `voicegw conformance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicegw_desktop.testing.base import FakeProvider

_WHERE = {
    "FakeOpenAI": "openai",
    "FakeGroq": "groq",
    "FakeDeepgram": "deepgram",
    "FakeCartesia": "cartesia",
    "FakeAnthropic": "anthropic",
    "FakeElevenLabs": "elevenlabs",
    "FakeAssemblyAI": "assemblyai",
    "FakeOllama": "ollama",
    "FakeProvider": "base",
    "FAULTS": "seen",
    "KEY": "base",
    "Seen": "seen",
}

__all__ = [*sorted(_WHERE), "fakes"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"voicegw_desktop.testing has no {name}")
    from importlib import import_module

    return getattr(import_module(f"voicegw_desktop.testing.{_WHERE[name]}"), name)


def fakes() -> dict[str, type[FakeProvider]]:
    """Every cloud provider's fake by the provider's name; Ollama, which takes no key, has `FakeOllama` beside them."""
    return {where: __getattr__(cls) for cls, where in _WHERE.items() if where not in ("base", "seen", "ollama")}
