"""One spoken turn as an agent of another program takes it: through the socket, with a key, from a recorded question."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voicegw_desktop.app.viewmodels.snippets import Access
from voicegw_desktop.core.paths import private_dir, resources_dir


@dataclass(frozen=True)
class TurnTaken:
    """The result of a turn."""

    heard: str
    answered: str
    speech_s: float
    audio: Path
    stages: tuple[tuple[str, str, float], ...]
    """(modality in words, served by, milliseconds)"""
    total_ms: float
    cost_usd: float | None


async def take(access: Access, models: Mapping[str, str], folder: Path) -> TurnTaken:
    """Ask, answer, speak; the audio is written below `folder`. VoiceGatewayError says what went wrong."""
    from voicegw_desktop.cli import demo
    from voicegw_desktop.core.outgoing import gateway_session

    stages: list[demo.Stage] = []
    audio = private_dir(folder) / "first-turn.wav"
    headers = {"Authorization": f"Bearer {access.api_key}"}
    began = time.perf_counter()
    async with gateway_session(access.endpoint, base_url=access.endpoint + "/", headers=headers) as http:
        heard = await demo.transcribe(http, resources_dir() / "demo" / "jfk.wav", stages, models["stt"])
        answered = await demo.chat(http, heard, stages, models["llm"])
        speech_s = await demo.speak(http, answered, audio, stages, models["tts"])
    costs = [s.cost for s in stages]
    return TurnTaken(
        heard,
        answered,
        speech_s,
        audio,
        tuple((s.name, s.served_by, s.total_ms) for s in stages),
        (time.perf_counter() - began) * 1000,
        None if "unknown" in costs else sum(float(c) for c in costs),
    )


async def play(audio: Path) -> str:
    """Play the file to its end; the device that played it. SoundError says why none did."""
    from voicegw_desktop.core.paths import system_paths
    from voicegw_desktop.sound import playing
    from voicegw_desktop.sound.settings import SoundSettings

    return await playing.play(audio, SoundSettings.load(system_paths().config))
