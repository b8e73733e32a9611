"""`voicegw smoke-test`: one voice turn through the gateway that runs, with what it would serve an agent with."""

from __future__ import annotations

import asyncio
import tempfile
import time
from functools import partial
from pathlib import Path

from voicegw_desktop.cli import terminal
from voicegw_desktop.cli.demo import Say, Stage, chat, outcome, speak, table, transcribe
from voicegw_desktop.cli.operate import attached
from voicegw_desktop.core.control import Channel
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import resources_dir, system_paths
from voicegw_desktop.core.typed import record, records
from voicegw_desktop.gateway.operations import OPERATIONS

MODALITIES = ("stt", "llm", "tts")
NOT_RUNNING = "No gateway is running here; start one with `voicegw serve`, or try `voicegw demo`."
LIMIT = 180.0  # s for the turn; a big model may have to load first


async def run(wanted: dict[str, str | None], clip: Path | None, *, say: Say) -> int:
    """Take the turn; 0 when there are words, an answer and audio. Nothing is kept of it but the usual records."""
    import aiohttp

    socket = system_paths().socket
    models = await targets(socket, wanted)
    clip = clip or resources_dir() / "demo" / "jfk.wav"
    if not await asyncio.to_thread(clip.is_file):
        raise VoiceGatewayError(
            f"There is no recording {clip}; give a WAV file, or leave it out to use the bundled one."
        )
    stages: list[Stage] = []
    began = time.perf_counter()
    async with Channel(socket, timeout=aiohttp.ClientTimeout(total=LIMIT)) as channel:
        http = channel.http()
        with tempfile.TemporaryDirectory(prefix="voicegw-") as folder:
            words = await transcribe(http, clip, stages, models["stt"])
            answer = await chat(http, words, stages, models["llm"])
            seconds = await speak(http, answer, Path(folder) / "answer.wav", stages, models["tts"])
    table(say, "One turn", stages, (time.perf_counter() - began) * 1000)
    outcome(say, words, answer, f"{seconds:.1f} s of audio")
    return 0 if words and answer and seconds > 0 else 1


async def targets(socket: Path, wanted: dict[str, str | None]) -> dict[str, str]:
    """What to ask for: as told, else the route, the stack in use, the first model that is installed."""
    routes = await attached(socket, OPERATIONS["show_routes"], {})
    if routes is None:
        raise VoiceGatewayError(NOT_RUNNING)
    listed = record(await attached(socket, OPERATIONS["list_store"], {}))
    stack = record(record(routes["stacks"]).get(str(routes.get("stack") or "")))
    chosen = record(routes["routes"])
    found: dict[str, str] = {}
    for modality in MODALITIES:
        models = [model for model in records(listed["models"]) if model["modality"] == modality]
        have = [str(model["id"]) for model in models if model["state"] == "installed"]
        target = wanted.get(modality) or chosen.get(modality) or stack.get(modality)
        if target is None and not have:
            raise VoiceGatewayError(
                f"Nothing here serves {modality}: `voicegw models pull starter`, or name a target with --{modality}."
            )
        found[modality] = str(target or have[0])
    return found


def main(wanted: dict[str, str | None], clip: str | None = None) -> int:
    """The verb's entry."""
    say: Say = partial(terminal.say, flush=True)
    try:
        return asyncio.run(run(wanted, Path(clip) if clip else None, say=say))
    except TimeoutError:
        raise VoiceGatewayError(
            f"The turn was not over within {LIMIT:.0f} s; `voicegw engines list` shows what loads."
        ) from None
