"""The deepgram-sdk package: its REST calls, and every live message held to its own types."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pydantic
    from deepgram import AsyncDeepgramClient
    from websockets import ClientConnection

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("deepgram-sdk",)


def _client(where: Where) -> AsyncDeepgramClient:
    from deepgram import AsyncDeepgramClient, DeepgramClientEnvironment

    ws = where.url.replace("http", "ws", 1)
    environment = DeepgramClientEnvironment(base=where.url, production=ws, agent=ws, agent_rest=where.url)
    return AsyncDeepgramClient(api_key=where.key, environment=environment)


async def recording(where: Where) -> str:
    clip = await asyncio.to_thread(Path(where.clip).read_bytes)
    answer = await _client(where).listen.v1.media.transcribe_file(request=clip, model="nova-3", utterances=True)
    (channel,) = answer.results.channels
    assert channel.alternatives[0].words, "no word times"
    assert answer.metadata.duration > 10, answer.metadata.duration
    return where.is_heard(channel.alternatives[0].transcript)


async def speech(where: Where) -> str:
    sound = b""
    answer = _client(where).speak.v1.audio.generate(
        text=where.sentence, model="aura-2-thalia-en", encoding="linear16", container="none", sample_rate=24_000
    )
    async for piece in answer:
        sound += piece
    return where.is_speech(len(sound) / 2 / 24_000)


class _Held:
    """A live connection whose messages must be of the SDK's types, without a field too many or too few."""

    def __init__(self, ws: ClientConnection, module: str, prefix: str) -> None:
        self._ws = ws
        self._types = importlib.import_module(f"deepgram.{module}.types")
        self._prefix = prefix
        self.seen: dict[str, int] = {}
        self.sound = 0

    async def send(self, kind: str, **fields: str) -> None:
        await self._ws.send(json.dumps({"type": kind, **fields}))

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        async for data in self._ws:
            if isinstance(data, bytes):
                self.sound += len(data)
                continue
            message: dict[str, Any] = json.loads(data)
            kind = str(message["type"])
            self._check(kind, message)
            self.seen[kind] = self.seen.get(kind, 0) + 1
            yield message

    def _check(self, kind: str, message: dict[str, Any]) -> None:
        name = {"Error": "FatalError"}.get(kind, kind) if "listen" in self._types.__name__ else kind
        model: type[pydantic.BaseModel] | None = getattr(self._types, f"{self._prefix}{name}", None)
        assert model is not None, f"no type for {kind}"
        wrong = list(_differences(model.model_validate(message), kind))
        assert not wrong, wrong


OLDER = {"models", "model_info", "behind_s"}
"""In Deepgram's answers and in no type of the SDK; and what a gateway that falls behind adds to `metadata`."""


def _differences(value: object, path: str) -> Iterator[str]:
    import pydantic

    if isinstance(value, pydantic.BaseModel):
        for name in (value.model_extra or {}).keys() - OLDER:
            yield f"{path}.{name} is not in {type(value).__name__}"
        for name, field in type(value).model_fields.items():
            if field.is_required() and name not in value.model_fields_set:
                yield f"{path}.{name} is missing"
            yield from _differences(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from _differences(part, f"{path}[{i}]")


async def _connect(where: Where, path: str) -> ClientConnection:
    import websockets

    url = where.url.replace("http", "ws", 1) + path
    return await websockets.connect(url, additional_headers={"Authorization": f"Token {where.key}"})


async def _heard(
    where: Where, path: str, prefix: str, final: Callable[[dict[str, Any]], str]
) -> tuple[str, dict[str, int]]:
    ws = await _connect(where, path)
    held = _Held(ws, f"listen.{prefix[6:].lower()}", prefix)
    pcm, _ = where.pcm()

    async def speak() -> None:
        for at in range(0, len(pcm), 3200):
            await ws.send(pcm[at : at + 3200])
        await held.send("CloseStream")

    speaking = asyncio.create_task(speak())
    words = [text async for message in held.messages() if (text := final(message))]
    await speaking
    return where.is_heard(" ".join(words)), held.seen


async def results(where: Where) -> str:
    def final(message: dict[str, Any]) -> str:
        if message["type"] != "Results" or not message["is_final"]:
            return ""
        return str(message["channel"]["alternatives"][0]["transcript"])

    query = (
        "model=nova-3&encoding=linear16&sample_rate=16000&interim_results=true&vad_events=true&utterance_end_ms=1000"
    )
    told, seen = await _heard(where, f"/v1/listen?{query}", "ListenV1", final)
    assert {"SpeechStarted", "Results", "UtteranceEnd", "Metadata"} <= seen.keys(), seen
    return f"{told}, {sum(seen.values())} messages"


async def turns(where: Where) -> str:
    def final(message: dict[str, Any]) -> str:
        return str(message["transcript"]) if message.get("event") == "EndOfTurn" else ""

    query = "model=flux-general-multi&encoding=linear16&sample_rate=16000&eager_eot_threshold=0.4&language_hint=en"
    told, seen = await _heard(where, f"/v2/listen?{query}", "ListenV2", final)
    assert {"Connected", "TurnInfo"} <= seen.keys(), seen
    return f"{told}, {sum(seen.values())} messages"


async def _spoken(where: Where, path: str, module: str, prefix: str, last: str) -> str:
    ws = await _connect(where, path)
    held = _Held(ws, module, prefix)
    await held.send("Speak", text=where.sentence)
    await held.send("Flush")
    async for message in held.messages():
        if message["type"] == last:
            break
    told = where.is_speech(held.sound / 2 / 24_000)
    await held.send("Close")
    async for _ in held.messages():
        pass
    return f"{told}; {', '.join(held.seen)}"


async def speech_live(where: Where) -> str:
    path = "/v1/speak?model=aura-2-thalia-en&encoding=linear16&sample_rate=24000"
    return await _spoken(where, path, "speak.v1", "SpeakV1", "Flushed")


async def speech_turns(where: Where) -> str:
    path = "/v2/speak?model=flux-haley-en&encoding=linear16&sample_rate=24000"
    return await _spoken(where, path, "speak.v2", "SpeakV2", "SpeechMetadata")


CHECKS = (
    ("listen.v1 of a recording", recording),
    ("listen.v1 live, messages of its types", results),
    ("listen.v2 live (Flux), messages of its types", turns),
    ("speak.v1 in one request", speech),
    ("speak.v1 live, messages of its types", speech_live),
    ("speak.v2 live (Flux), messages of its types", speech_turns),
)
