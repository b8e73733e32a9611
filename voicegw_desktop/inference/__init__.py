"""The Python surface for LiveKit agents: `from voicegw_desktop import inference`, then `inference.STT("whisper/base")`.

`STT`, `LLM` and `TTS` import LiveKit when they are first named; importing this module does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicegw_desktop.gateway.attribution import attach_session, get_active_project, set_project, start_session

if TYPE_CHECKING:
    from voicegw_desktop.inference._llm import LLM
    from voicegw_desktop.inference._stt import STT
    from voicegw_desktop.inference._tts import TTS

__all__ = ["LLM", "STT", "TTS", "aclose", "attach_session", "get_active_project", "set_project", "start_session"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "_factory":
        # where VoiceGateway's users find the gateway
        return import_module("voicegw_desktop.gateway.current")
    if name not in ("STT", "LLM", "TTS"):
        raise AttributeError(f"voicegw_desktop.inference has no {name}; it has {', '.join(__all__)}.")
    try:
        return getattr(import_module(f"voicegw_desktop.inference._{name.lower()}"), name)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("livekit"):
            raise
        from voicegw_desktop.core.install import command

        raise ImportError(f"inference.{name} needs LiveKit Agents. Install with: {command('livekit')}") from error


async def aclose() -> None:
    """Write out what was metered and end the workers this process started; a new call starts afresh."""
    from voicegw_desktop.inference._accounts import close_ledgers
    from voicegw_desktop.providers.runtime import close_runtimes

    await close_ledgers()
    await close_runtimes()
