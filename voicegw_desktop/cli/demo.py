"""`voicegw demo`: one voice turn through the socket, offline, with the time and cost of each stage."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import paths_below, private_dir, resources_dir, system_paths

if TYPE_CHECKING:
    import aiohttp

STT = "whisper/tiny.en"
LLM = "llamacpp/smollm2-135m"
TTS = "piper/en_US-joe-medium"
NO_PHRASE_CACHE = "\nengines: {piper: {phrase_cache: 0}}\n"
"""Both turns get the same answer: from the cache the second would be spoken in no time, which says nothing."""
ASK = "You are a voice assistant. Answer the person in one short, friendly sentence."
PLAYERS = (
    ("paplay",),
    ("pw-play",),
    ("aplay", "-q"),
    ("afplay",),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
)
MAX_WORDS = 60  # tokens of the answer

Say = Callable[[str], None]


@dataclass
class Stage:
    """One row of the table."""

    name: str
    served_by: str
    first_ms: float | None
    total_ms: float
    cost: str


async def run(clip: Path | None, out: Path | None, *, play: bool, say: Say) -> int:
    """Take the turn; 0 when there are words, an answer and audio."""
    import aiohttp

    from voicegw_desktop.core.config import GatewayConfig
    from voicegw_desktop.core.gateway import Gateway
    from voicegw_desktop.sockets.run import serving

    clip = clip or resources_dir() / "demo" / "jfk.wav"
    profile = private_dir(system_paths().cache / "demo")
    # the demonstration must not depend on, or write to, what the person has set up; models are shared
    settings = (resources_dir() / "default.yaml").read_text("utf-8") + NO_PHRASE_CACHE
    gateway = Gateway(paths=_demo_paths(profile), config=GatewayConfig.from_text(settings))
    async with gateway, serving(gateway, port=0) as server:
        key = await gateway.keys.bearer(gateway.first_key_id or "")
        headers = {"Authorization": f"Bearer {key}"}
        async with aiohttp.ClientSession(base_url=f"{server.url}/v1/", headers=headers) as http:
            say(f"Serving {server.url}/v1 with the embedded, local-only settings.\n")
            stages: list[Stage] = []
            # the first turn loads three models; the second is what an agent sees from then on
            for number in (1, 2):
                began = time.perf_counter()
                stages = []
                words = await transcribe(http, clip, stages)
                answer = await chat(http, words, stages)
                target = out or profile / "answer.wav"
                seconds = await speak(http, answer, target, stages)
                whole = (time.perf_counter() - began) * 1000
                title = "First turn, models loading" if number == 1 else "Second turn, models loaded"
                table(say, title, stages, whole)
    say(f"\nQuestion  {clip.name}: {words}")
    say(f"Answer    {answer}")
    say(f"Audio     {target} ({seconds:.1f} s)")
    if play:
        _play(target, say)
    return 0 if words and answer and seconds > 0 else 1


def _demo_paths(profile: Path) -> Any:
    import dataclasses

    system = system_paths()
    return dataclasses.replace(paths_below(profile), data=system.data)


async def _refused(answer: aiohttp.ClientResponse) -> None:
    if answer.status >= 400:
        try:
            message = (await answer.json())["error"]["message"]
        except (ValueError, KeyError, TypeError):
            message = f"The gateway answered with status {answer.status}."
        raise VoiceGatewayError(message)


async def transcribe(http: aiohttp.ClientSession, clip: Path, stages: list[Stage], model: str = STT) -> str:
    """The words of a recording."""
    import aiohttp

    began = time.perf_counter()
    with clip.open("rb") as recording:
        form = aiohttp.FormData({"model": model, "response_format": "json"})
        form.add_field("file", recording, filename=clip.name, content_type="audio/wav")
        async with http.post("audio/transcriptions", data=form) as answer:
            await _refused(answer)
            words = str((await answer.json())["text"]).strip()
    stages.append(_stage("speech to text", answer.headers, None, began, None))
    return words


async def chat(http: aiohttp.ClientSession, words: str, stages: list[Stage], model: str = LLM) -> str:
    """The answer to them."""
    began = time.perf_counter()
    body = {
        "model": model,
        "stream": True,
        "max_tokens": MAX_WORDS,
        "temperature": 0,
        "messages": [{"role": "system", "content": ASK}, {"role": "user", "content": words}],
    }
    text, first, cost = "", None, None
    async with http.post("chat/completions", json=body) as answer:
        await _refused(answer)
        async for raw in answer.content:
            line = raw.decode().strip()
            if line.startswith(": voicegw"):
                cost = line.rpartition("cost-usd=")[2]
            if not line.startswith("data: {"):
                continue
            for choice in json.loads(line[6:]).get("choices", ()):
                piece = choice.get("delta", {}).get("content") or ""
                if piece and first is None:
                    first = (time.perf_counter() - began) * 1000
                text += piece
    stages.append(_stage("language model", answer.headers, first, began, cost))
    return text.strip()


async def speak(http: aiohttp.ClientSession, text: str, target: Path, stages: list[Stage], model: str = TTS) -> float:
    """Write the answer as speech to `target`; returns its seconds."""
    began = time.perf_counter()
    body = {"model": model, "voice": "alloy", "input": text, "response_format": "pcm"}
    pcm, first = bytearray(), None
    async with http.post("audio/speech", json=body) as answer:
        await _refused(answer)
        async for piece in answer.content.iter_any():
            if first is None:
                first = (time.perf_counter() - began) * 1000
            pcm += piece
    stages.append(_stage("text to speech", answer.headers, first, began, None))
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(bytes(pcm))
    return len(pcm) / 2 / 24_000


def _stage(name: str, headers: Any, first: float | None, began: float, cost: str | None) -> Stage:
    return Stage(
        name,
        headers.get("X-VoiceGW-Served-By", "?"),
        first,
        (time.perf_counter() - began) * 1000,
        cost or headers.get("X-VoiceGW-Cost-USD", "unknown"),
    )


def table(say: Say, title: str, stages: list[Stage], whole: float) -> None:
    """Say how long each stage took, in ms, and what it cost."""
    say(f"{title:<28}{'served by':<28}{'first':>10}{'total':>10}{'cost':>10}")
    for stage in stages:
        first = "" if stage.first_ms is None else f"{stage.first_ms:.0f} ms"
        cost = "unknown" if stage.cost == "unknown" else f"${float(stage.cost):.4f}"
        say(f"  {stage.name:<26}{stage.served_by:<28}{first:>10}{f'{stage.total_ms:.0f} ms':>10}{cost:>10}")
    say(f"  {'whole turn':<26}{'':<28}{'':>10}{f'{whole:.0f} ms':>10}\n")


def _play(path: Path, say: Say) -> None:
    for command in PLAYERS:
        if shutil.which(command[0]):
            done = subprocess.run([*command, str(path)], capture_output=True, check=False)
            if done.returncode == 0:
                return
    say("No sound device here: the answer is in the file.")


def main(clip: str | None = None, out: str | None = None, *, play: bool = True) -> int:
    """The verb's entry."""
    say: Say = lambda line: print(line, flush=True)  # noqa: E731
    try:
        return asyncio.run(run(Path(clip) if clip else None, Path(out) if out else None, play=play, say=say))
    except VoiceGatewayError as e:
        print(e, file=sys.stderr)
        return 1
