"""Spoken turns of this tree and of another one in turn, on the same cores.

`python -m tests.bench.turn_pairs PYTHON [turns] [--better] [--alone]`: PYTHON is the interpreter of the other tree's
environment. A turn over LiveKit's wire by a client that takes preflights (see voice_turn), then a turn over OpenAI
Realtime with its usual turn detection, on either, one after the other. `--better`: base, qwen2.5-coder-0.5b and kokoro.
LiveKit's turns are those of one conversation, as an agent's are; `--alone`: each is the first of its own.
"""

from __future__ import annotations

import array
import asyncio
import base64
import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from tests.bench.voice_turn import (
    ASK,
    AUDIBLE,
    MODELS,
    OUT_RATE,
    PATIENCE,
    QUESTIONS,
    RATE,
    TURN,
    Conversation,
    Models,
    end_of_speech,
)
from tests.bench.voice_turn import ask as over_livekit
from tests.support.figures import row, title
from tests.support.served import CONFIG, served
from tests.support.stt import FRAME, clip, silence
from tests.support.weights import linked_store, weights_folder
from voicegw_desktop.corridor.resample import Resampler

BETTER = Models("whisper/base", "llamacpp/qwen2.5-coder-0.5b", "kokoro/v1.0-int8")
TURNS = 6


async def over_realtime(http: aiohttp.ClientSession, question: str, number: int, models: Models) -> float:
    """Seconds from the end of speech to the first audible sample of the answer."""
    pcm = clip(question)
    over_s = end_of_speech(pcm)
    async with http.ws_connect("realtime", params={"model": models.llm}, max_msg_size=0) as ws:
        audio = {
            "input": {"transcription": {"model": models.stt, "language": "en"}},
            "output": {"voice": models.tts},
        }
        instructions = f"{ASK} This is conversation {number}."
        session = {"type": "realtime", "instructions": instructions, "audio": audio, "max_output_tokens": 40}
        await ws.send_json({"type": "session.update", "session": session})
        began = time.perf_counter()
        speaking = asyncio.create_task(speak(ws, pcm, began))
        first, got = 0.0, 0
        try:
            async with asyncio.timeout(len(pcm) / 2 / RATE + PATIENCE):
                async for message in ws:
                    data = message.json()
                    now = time.perf_counter() - began - over_s
                    if data["type"] == "error":
                        raise RuntimeError(data["error"]["message"])
                    if data["type"] == "response.done" and data["response"]["status"] == "failed":
                        raise RuntimeError(str(data["response"]["status_details"]))
                    if data["type"] == "input_audio_buffer.speech_started":
                        # the recording continues: the answer until now was one to its first part
                        first, got = 0.0, 0
                    if data["type"] != "response.output_audio.delta":
                        continue
                    first = first or now
                    samples = array.array("h", base64.b64decode(data["delta"]))
                    loud = next((n for n, sample in enumerate(samples) if abs(sample) >= AUDIBLE), None)
                    if loud is not None and now > 0:
                        return max(now, first + (got + loud) / OUT_RATE)
                    got += len(samples)
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
    raise RuntimeError("The gateway hung up.")


async def speak(ws: aiohttp.ClientWebSocketResponse, pcm: bytes, began: float) -> None:
    """Send the recording and then silence, each frame when a microphone would have it."""
    up = Resampler(RATE, OUT_RATE)
    frame = int(RATE * FRAME) * 2
    at = 0
    while True:
        piece = pcm[at : at + frame] or silence(FRAME)
        at += frame
        await asyncio.sleep(max(0.0, began + at / 2 / RATE - time.perf_counter()))
        sound = base64.b64encode(up.feed(piece)).decode()
        await ws.send_json({"type": "input_audio_buffer.append", "audio": sound})


async def main(places: dict[str, tuple[str, str]], turns: int, models: Models, *, alone: bool) -> None:
    """Print each turn, the medians, and their ratios."""
    taken: dict[str, dict[str, list[float]]] = {wire: {name: [] for name in places} for wire in ("livekit", "realtime")}
    conversations = {name: None if alone else Conversation(1) for name in places}
    async with contextlib.AsyncExitStack() as stack:
        clients = {}
        for name, (v1, key) in places.items():
            headers = {"Authorization": f"Bearer {key}"}
            clients[name] = await stack.enter_async_context(aiohttp.ClientSession(f"{v1}/", headers=headers))
        for number in range(-1, turns):
            question = QUESTIONS[number % len(QUESTIONS)]
            for name in places if number % 2 else reversed(places):
                turn = await over_livekit(clients[name], question, 101 + number, models, conversations[name])
                spoken = await over_realtime(clients[name], question, 101 + number, models)
                if number < 0:
                    continue
                taken["livekit"][name].append(turn.audible)
                taken["realtime"][name].append(spoken)
                print(f"{name:6} {question:18} livekit {turn.final:6.3f} {turn.audible:6.3f}  realtime {spoken:6.3f}")
    title(f"spoken turns{' alone' if alone else ''}, {', '.join(models)}: median of {turns}")
    for wire, found in taken.items():
        for name, seconds in found.items():
            row(f"{wire}, {name}: end of speech to first audible sample", statistics.median(seconds), "s")
        ratio = statistics.median(found["this"]) / statistics.median(found["other"])
        most = 0.65 if models == BETTER else 0.70 if wire == "livekit" else 0.55
        row(f"{wire}: this tree over the other", ratio, at_most=most)


if __name__ == "__main__":
    chosen = BETTER if "--better" in sys.argv else MODELS
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    if not words:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as both:
        kept = linked_store(weights_folder(), Path(folder) / "models", (*chosen, TURN))
        config = CONFIG.replace('"-1"}', '"-1", piper: {phrase_cache: 0}, kokoro: {phrase_cache: 0}}')
        # an earlier version speaks in a Realtime session with what is usual, whatever voice is named
        for usual, model in zip(MODELS, chosen, strict=True):
            config = config.replace(usual.replace("llamacpp/smollm2-135m", "llamacpp/%(llm)s"), model)
        running = {
            "other": both.enter_context(served(kept, config=config, python=words[0])),
            "this": both.enter_context(served(kept, config=config)),
        }
        where = {name: (it.v1, it.key) for name, it in running.items()}
        asyncio.run(main(where, int(words[1]) if len(words) > 1 else TURNS, chosen, alone="--alone" in sys.argv))
