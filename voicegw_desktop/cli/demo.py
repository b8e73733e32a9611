"""`voicegw demo`: one voice turn through the socket, offline, with the time and cost of each stage."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import textwrap
import time
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from voicegw_desktop.cli import terminal
from voicegw_desktop.cli.needs import absent, sentence
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.money import printed
from voicegw_desktop.core.paths import Paths, paths_below, private_dir, readme, resources_dir, system_paths
from voicegw_desktop.core.typed import record, records
from voicegw_desktop.storage.records import to_nanos

if TYPE_CHECKING:
    import aiohttp

    from voicegw_desktop.models.store import ModelStore

STT = "whisper/tiny.en"
LLM = "llamacpp/smollm2-135m"
TTS = "piper/en_US-joe-medium"
NO_PHRASE_CACHE = "\nengines: {piper: {phrase_cache: 0}}\n"
"""No phrase cache: both turns get one answer, and a cached one would measure nothing."""
ASK = "You are a voice assistant. Answer the person in one short, friendly sentence."
MAX_WORDS = 60  # tokens of the answer
LABEL = 10  # characters before what was heard and answered

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
    """Take the turn twice; 0 when there are words, an answer and audio."""
    from voicegw_desktop.cli.serve import serving
    from voicegw_desktop.config.load import GatewayConfig
    from voicegw_desktop.core.outgoing import gateway_session
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.gateway.operations import run as operate

    clip = clip or resources_dir() / "demo" / "jfk.wav"
    profile = private_dir(system_paths().cache / "demo")
    target = out or profile / "answer.wav"
    _must_be_there(clip, target)
    # the demonstration must not read or change the person's own profile; models are shared
    settings = (resources_dir() / "default.yaml").read_text("utf-8") + NO_PHRASE_CACHE
    gateway = Gateway(paths=_demo_paths(profile), config=GatewayConfig.from_text(settings))
    _must_be_installed(gateway.models)
    async with gateway, serving(gateway, port=0) as server:
        key = await gateway.keys.bearer(await gateway.first_key())
        headers = {"Authorization": f"Bearer {key}"}
        async with gateway_session(server.url, base_url=f"{server.url}/v1/", headers=headers) as http:
            say(f"Serving {server.url}/v1 on the built-in settings, with local engines only.")
            # the first turn loads three models; the second is what an agent sees from then on
            for title in ("First turn, models loading", "Second turn, models loaded"):
                stages: list[Stage] = []
                began = time.perf_counter()
                words = await transcribe(http, clip, stages)
                answer = await chat(http, words, stages)
                seconds = await speak(http, answer, target, stages)
                table(say, title, stages, (time.perf_counter() - began) * 1000)
        left = len(records((await operate(gateway, "egress"))["egress"]))
    outcome(say, words, answer, f"{seconds:.1f} s in {target}")
    labelled(say, "Sent out", f"{left} requests" if left else "nothing: every byte stayed on this machine")
    if play:
        await _play(target, say)
    me = sys.argv[0] if sys.argv and Path(sys.argv[0]).name == "voicegw" else "voicegw"
    shows = readme() or f"`{me} app`, page Connect,"
    labelled(say, "Next", f"`{me} serve` for your agents, `{me} app` for the tray; {shows} shows how they connect")
    return 0 if words and answer and seconds > 0 else 1


def _must_be_there(clip: Path, target: Path) -> None:
    if not clip.is_file():
        raise VoiceGatewayError(
            f"There is no recording {clip}; give a WAV file, or leave it out to use the bundled one."
        )
    if not target.parent.is_dir():
        raise VoiceGatewayError(f"--out names {target}, but there is no folder {target.parent}.")


def _must_be_installed(store: ModelStore) -> None:
    if engines := absent((STT, LLM, TTS)):
        raise VoiceGatewayError(sentence(engines))
    have = {model.id for model in store.list() if model.installed}
    missing = [name for name in (STT, LLM, TTS) if name not in have]
    if missing:
        raise VoiceGatewayError(
            f"The demo needs models that are not installed. Get them with `voicegw models pull {' '.join(missing)}`."
        )


def _demo_paths(profile: Path) -> Paths:
    import dataclasses

    system = system_paths()
    return dataclasses.replace(paths_below(profile), data=system.data)


async def refused(answer: aiohttp.ClientResponse) -> None:
    if answer.status >= 400:
        try:
            message = record(record(await answer.json()).get("error")).get("message")
        except ValueError:
            message = None
        raise VoiceGatewayError(str(message or f"The gateway answered with status {answer.status}."))


async def transcribe(http: aiohttp.ClientSession, clip: Path, stages: list[Stage], model: str = STT) -> str:
    """The words of a recording."""
    import aiohttp

    began = time.perf_counter()
    with clip.open("rb") as recording:
        form = aiohttp.FormData({"model": model, "response_format": "json"})
        form.add_field("file", recording, filename=clip.name, content_type="audio/wav")
        async with http.post("audio/transcriptions", data=form) as answer:
            await refused(answer)
            words = str(record(await answer.json())["text"]).strip()
    stages.append(_stage("speech to text", answer.headers, None, began))
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
    text, first = "", None
    told: dict[str, str] = {}
    async with http.post("chat/completions", json=body) as answer:
        await refused(answer)
        async for raw in answer.content:
            line = raw.decode().strip()
            if line.startswith(": voicegw"):
                told = dict(part.split("=", 1) for part in line.split() if "=" in part)
            if not line.startswith("data: {"):
                continue
            for choice in records(record(json.loads(line[6:])).get("choices")):
                piece = str(record(choice.get("delta")).get("content") or "")
                if piece and first is None:
                    first = (time.perf_counter() - began) * 1000
                text += piece
    # a stream that began while the model loaded says at its end what its headers could not know
    late = {"X-VoiceGW-Served-By": "served-by", "X-VoiceGW-Cost-USD": "cost-usd"}
    headers = {**answer.headers, **{header: told[name] for header, name in late.items() if name in told}}
    stages.append(_stage("language model", headers, first, began))
    return text.strip()


async def speak(
    http: aiohttp.ClientSession, text: str, target: Path, stages: list[Stage], model: str = TTS, voice: str = "alloy"
) -> float:
    """Write the answer as speech to `target`; returns its seconds."""
    began = time.perf_counter()
    body = {"model": model, "voice": voice, "input": text, "response_format": "pcm"}
    pcm, first = bytearray(), None
    async with http.post("audio/speech", json=body) as answer:
        await refused(answer)
        async for piece in answer.content.iter_any():
            if first is None:
                first = (time.perf_counter() - began) * 1000
            pcm += piece
    stages.append(_stage("text to speech", answer.headers, first, began))
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(bytes(pcm))
    return len(pcm) / 2 / 24_000


def _stage(name: str, headers: Mapping[str, str], first: float | None, began: float) -> Stage:
    return Stage(
        name,
        headers.get("X-VoiceGW-Served-By", "unknown"),
        first,
        (time.perf_counter() - began) * 1000,
        headers.get("X-VoiceGW-Cost-USD", "unknown"),
    )


def table(say: Say, title: str, stages: list[Stage], whole: float) -> None:
    """Say how long each stage took to its first token or sound and to its end, and what it cost."""
    say(f"\n{title:<28}{'served by':<24}{'first':>8}{'total':>9}{'cost':>12}")
    for stage in stages:
        first = "" if stage.first_ms is None else f"{stage.first_ms:.0f} ms"
        cost = "unknown" if stage.cost == "unknown" else printed(to_nanos(stage.cost))
        say(f"  {stage.name:<26}{stage.served_by:<24}{first:>8}{f'{stage.total_ms:.0f} ms':>9}{cost:>12}")
    say(f"  {'whole turn':<26}{'':<24}{'':>8}{f'{whole:.0f} ms':>9}")


def outcome(say: Say, words: str, answer: str, audio: str) -> None:
    """Say what was heard, answered and spoken."""
    say("")
    for label, text in (("Heard", words), ("Answered", answer), ("Spoken", audio)):
        labelled(say, label, text)


def labelled(say: Say, label: str, text: str) -> None:
    """Say a text behind its label, folded to the terminal's width when it is one."""
    line = f"{label:<{LABEL}}{' '.join(text.split())}"
    if sys.stdout.isatty():
        room = max(2 * LABEL, shutil.get_terminal_size().columns - 1)
        indent = " " * LABEL
        line = textwrap.fill(line, room, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    say(line)


async def _play(path: Path, say: Say) -> None:
    from voicegw_desktop.sound.devices import SoundError
    from voicegw_desktop.sound.playing import play
    from voicegw_desktop.sound.settings import SoundSettings

    try:
        labelled(say, "Played", f"on {await play(path, SoundSettings.load(system_paths().config))}")
    except SoundError as error:
        labelled(say, "Played", f"no: {error.message} The answer is in the file.")


def main(clip: str | None = None, out: str | None = None, *, play: bool = True) -> int:
    """The verb's entry."""
    say: Say = partial(terminal.say, flush=True)
    return asyncio.run(run(Path(clip) if clip else None, Path(out) if out else None, play=play, say=say))
