"""One offline voice turn over LiveKit Inference's wire, in stages: `python -m tests.bench.voice_turn [turns]`.

A recorded question is sent at the speed of speech, then silence until the gateway detects the end. The time is counted
from the last spoken sample of the recording to the first audible sample of the answer; a silent start of the answer's
audio is counted, because the person waits during it. Engines are warm: one turn before does not count. No prompt comes
twice and the phrase cache is off, so no cache knows the answer.
"""

from __future__ import annotations

import array
import asyncio
import base64
import json
import math
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from tests.bench.arguments import whole
from tests.support.figures import row, title
from tests.support.served import CONFIG, Served, served
from tests.support.stt import FRAME, clip, silence
from tests.support.weights import linked_store, weights_folder


class Models(NamedTuple):
    """What serves a turn."""

    stt: str = "whisper/tiny.en"
    llm: str = "llamacpp/smollm2-135m"
    tts: str = "piper/en_US-joe-medium"


MODELS = Models()
TURN = "turn/smart-turn-v3.2"
QUESTIONS = ("austen-0880.wav", "austen-0920.wav", "austen-0870.wav")
"""The fourth recording goes on after its last word with a noise as loud as speech: its end cannot be read off."""
ASK = "You are a voice assistant. Answer the person in one short, friendly sentence."
TURNS = 12
RATE = 16_000
OUT_RATE = 24_000
WINDOW = RATE // 100  # samples; speech is looked for in steps of 10 ms
SPOKEN = 0.1  # of the loudest step: quieter at the end of a recording is room, not voice
AUDIBLE = 330  # of 32768, -40 dB
PATIENCE = 90.0  # s


@dataclass
class Turn:
    """Seconds after the end of speech."""

    question: str
    final: float = 0.0
    token: float = 0.0
    clause: float = 0.0
    audio: float = 0.0
    audible: float = 0.0
    heard: str = ""
    answer: str = ""


def end_of_speech(pcm: bytes) -> float:
    """Where the last spoken sample lies, in seconds."""
    samples = array.array("h", pcm)
    loud = [
        math.sqrt(sum(x * x for x in samples[i : i + WINDOW]) / WINDOW) for i in range(0, len(samples) - WINDOW, WINDOW)
    ]
    last = max(i for i, level in enumerate(loud) if level >= SPOKEN * max(loud))
    return (last + 1) * WINDOW / RATE


@dataclass
class Conversation:
    """What an agent sends with each of its turns: a session, and all that was said before."""

    number: int
    before: list[dict[str, str]] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """By these its requests are known as one conversation."""
        return {"X-VoiceGW-Session": f"conversation-{self.number}"}


async def ask(
    http: aiohttp.ClientSession,
    question: str,
    number: int,
    models: Models = MODELS,
    conversation: Conversation | None = None,
) -> Turn:
    """Take one turn; its `number` makes the prompt one that was not seen before. In a conversation that does.

    As agents do, it begins the answer at a `preflight_transcript` and plays it at the final, if that is equal.
    """
    headers = conversation.headers if conversation is not None else {}
    pcm = clip(question)
    spoken = end_of_speech(pcm)
    ears = await http.ws_connect(f"stt?model={models.stt}", headers=headers)
    settings = {"sample_rate": str(RATE), "encoding": "pcm_s16le", "language": "en"}
    await ears.send_json({"type": "session.create", "settings": settings})
    began = time.perf_counter()
    over = began + spoken

    speaking = asyncio.create_task(_speak(ears, pcm, began))
    answer: Answer | None = None
    heard: list[str] = []
    try:
        async with asyncio.timeout(len(pcm) / 2 / RATE + PATIENCE):
            async for message in ears:
                data = json.loads(message.data)
                if data["type"] == "error":
                    raise RuntimeError(data["message"])
                if data["type"] not in ("preflight_transcript", "final_transcript"):
                    continue
                final = data["type"] == "final_transcript"
                words = " ".join([*heard, data["transcript"]])
                if answer is None or answer.turn.heard != words:
                    if answer is not None:
                        await answer.close()
                    answer = Answer(http, Turn(question, heard=words), over, number, models, conversation)
                if final:
                    heard.append(data["transcript"])
                    # a pause inside the recording may end an utterance too; the turn ends with the last
                    if time.perf_counter() > over:
                        break
            if answer is None:
                raise RuntimeError("The gateway hung up.")
            turn = answer.turn
            turn.final = time.perf_counter() - over
            await answer.task
            # nothing is heard before the final
            turn.audible = max(turn.final, turn.audible)
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)
        if answer is not None:
            await answer.close()
        await ears.close()
    if conversation is not None:
        conversation.before += [_said("user", turn.heard), _said("assistant", turn.answer)]
    return turn


def _said(role: str, words: str) -> dict[str, str]:
    return {"role": role, "content": words}


class Answer:
    """One answer in progress: the model's words, and their audio."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        turn: Turn,
        over: float,
        number: int,
        models: Models,
        conversation: Conversation | None,
    ) -> None:
        self.turn = turn
        if conversation is None:
            headers, said = {}, [_said("system", ASK), _said("user", f"{number}: {turn.heard}")]
        else:
            rules = _said("system", f"{ASK} This is conversation {conversation.number}.")
            headers, said = conversation.headers, [rules, *conversation.before, _said("user", turn.heard)]
        body = {
            "model": models.llm,
            "stream": True,
            "max_tokens": 40,
            "temperature": 0.8,
            "seed": number,
            "messages": said,
        }
        self.task = asyncio.create_task(self._run(http, over, body, headers, models.tts))

    async def _run(
        self, http: aiohttp.ClientSession, over: float, body: dict[str, object], headers: dict[str, str], tts: str
    ) -> None:
        async with http.ws_connect(f"tts?model={tts}", headers=headers) as voice:
            await voice.send_json({"type": "session.create", "sample_rate": str(OUT_RATE), "encoding": "pcm_s16le"})
            listening = asyncio.create_task(_listen(voice, self.turn, over))
            try:
                await _answer(http, voice, self.turn, over, body, headers)
                await listening
            finally:
                listening.cancel()

    async def close(self) -> None:
        """Stop the answer, which is no longer wanted or has ended."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def _speak(ears: aiohttp.ClientWebSocketResponse, pcm: bytes, began: float) -> None:
    """Send the recording and then silence, each frame when a microphone would have it."""
    frame = int(RATE * FRAME) * 2
    at = 0
    while True:
        piece = pcm[at : at + frame] or silence(FRAME)
        at += frame
        # a frame exists only once its last sample has been spoken
        await asyncio.sleep(max(0.0, began + at / 2 / RATE - time.perf_counter()))
        await ears.send_json({"type": "input_audio", "audio": base64.b64encode(piece).decode()})


async def _answer(
    http: aiohttp.ClientSession,
    voice: Any,
    turn: Turn,
    over: float,
    body: dict[str, object],
    headers: dict[str, str],
) -> None:
    """Pass the model's words on as they come."""
    from voicegw_desktop.workers.piper import FIRST_WORDS
    from voicegw_desktop.workers.tts.chunker import Chunker

    chunker = Chunker(FIRST_WORDS)
    async with http.post("chat/completions", json=body, headers=headers) as reply:
        assert reply.status == 200, await reply.text()
        async for raw in reply.content:
            if not raw.startswith(b"data: {"):
                continue
            for choice in json.loads(raw[6:]).get("choices", ()):
                if not (text := choice.get("delta", {}).get("content")):
                    continue
                turn.token = turn.token or time.perf_counter() - over
                turn.answer += text
                await voice.send_json({"type": "input_transcript", "transcript": text})
                if not turn.clause and chunker.feed(text):
                    turn.clause = time.perf_counter() - over
    turn.clause = turn.clause or time.perf_counter() - over
    await voice.send_json({"type": "session.flush"})


async def _listen(voice: aiohttp.ClientWebSocketResponse, turn: Turn, over: float) -> None:
    """Read until the answer has ended; notes the first sample and the first audible one."""
    got = 0
    async for message in voice:
        data = json.loads(message.data)
        if data["type"] == "error":
            raise RuntimeError(data["message"])
        if data["type"] == "done":
            return
        if data["type"] != "output_audio" or turn.audible:
            continue
        now = time.perf_counter() - over
        turn.audio = turn.audio or now
        samples = array.array("h", base64.b64decode(data["audio"]))
        for index, sample in enumerate(samples):
            if abs(sample) >= AUDIBLE:
                # what came before is played first, so it is heard that much later
                turn.audible = max(now, turn.audio + (got + index) / OUT_RATE)
                break
        got += len(samples)


async def main(it: Served, turns: int) -> None:
    """Print each turn and the table."""
    headers = {"Authorization": f"Bearer {it.key}"}
    taken = []
    async with aiohttp.ClientSession(base_url=f"{it.v1}/", headers=headers) as http:
        await ask(http, QUESTIONS[-1], 100)
        for number in range(turns):
            taken.append(await ask(http, QUESTIONS[number % len(QUESTIONS)], 101 + number))
    names = ("final", "token", "clause", "audio", "audible")
    print(f"{'seconds after the end of speech':36}{''.join(f'{n:>9}' for n in names)}")
    for t in taken:
        print(f"{t.question:36}{''.join(f'{getattr(t, n):9.3f}' for n in names)}   {t.answer[:50]!r}")
    title(f"one offline voice turn, median of {turns}")
    marks = [0.0] + [statistics.median(getattr(t, n) for t in taken) for n in names]
    labels = (
        "end of speech to final transcript (endpoint inside)",
        "then to the model's first token",
        "then to its first clause",
        "then to the first audio",
        "then to its first audible sample",
    )
    for label, before, after in zip(labels, marks, marks[1:], strict=False):
        row(label, (after - before) * 1000, "ms")
    row("end of speech to first audible sample, p50", marks[-1], "s", at_most=1.0)
    row("the same, worst turn", max(t.audible for t in taken), "s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        store = linked_store(weights_folder(), Path(folder) / "models", (*MODELS, TURN))
        config = CONFIG.replace('"-1"}', '"-1", piper: {phrase_cache: 0}}')
        with served(store, config=config) as running:
            asyncio.run(main(running, whole(1, TURNS)))
