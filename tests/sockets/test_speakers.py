"""Speakers of words, in each door's own form."""

from __future__ import annotations

import json
import wave
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from tests.sockets.test_livekit_wire import CREATE_STT, SILENCE, answers, connected
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.events import EndOfStream, Final, Segment, Word
from voicegw_desktop.core.ports import Target, Zone
from voicegw_desktop.routing.backends import tells_speakers
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

SAID = Final(
    "Who is it? Me.",
    "en",
    0.0,
    2.0,
    tuple(Word(text, at, at + 0.3, 1.0, who) for text, at, who in
          (("Who", 0.0, 0), ("is", 0.3, 0), ("it?", 0.5, 0), ("Me.", 1.5, 1))),
    (Segment("Who is it?", 0.0, 0.8, speaker=0), Segment("Me.", 1.5, 2.0, speaker=1)),
)  # fmt: skip
SPOKEN = [
    {
        "type": "transcript.text.segment",
        "id": "seg_000",
        "start": 0.0,
        "end": 0.8,
        "text": "Who is it?",
        "speaker": "A",
    },
    {"type": "transcript.text.segment", "id": "seg_001", "start": 1.5, "end": 2.0, "text": "Me.", "speaker": "B"},
]


def upload(**fields: str) -> aiohttp.FormData:
    """Two seconds of silence, and fields."""
    held = BytesIO()
    with wave.open(held, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(64_000))
    form = aiohttp.FormData()
    form.add_field("file", held.getvalue(), filename="a.wav", content_type="audio/wav")
    for name, value in fields.items():
        form.add_field(name, value)
    return form


@pytest.fixture
def script(server: Server) -> list[Any]:
    script: list[Any] = [SAID, EndOfStream(2.0)]
    server.gateway.corridor.stt_script = script
    return script


async def test_openai(server: Server, http: aiohttp.ClientSession, script: list[Any]) -> None:
    asked = {"model": "fake/stt", "response_format": "diarized_json"}
    async with http.post("/v1/audio/transcriptions", data=upload(**asked)) as answer:
        told = await answer.json()
    assert told["segments"] == SPOKEN
    assert (told["text"], told["task"]) == (SAID.text, "transcribe")
    assert server.gateway.corridor.opened[0].options.diarize
    async with http.post("/v1/audio/transcriptions", data=upload(stream="true", **asked)) as answer:
        lines = [line[6:] for line in (await answer.text()).splitlines() if line.startswith("data: ")]
    events = [json.loads(line) for line in lines]
    assert [e for e in events if e["type"] == "transcript.text.segment"] == SPOKEN
    assert events[-1]["type"] == "transcript.text.done"
    async with http.post("/v1/audio/translations", data=upload(**asked)) as answer:
        assert answer.status == 400
    async with http.post("/v1/audio/transcriptions", data=upload(model="fake/stt")) as answer:
        assert "segments" not in await answer.json()
    assert not server.gateway.corridor.opened[-1].options.diarize
    server.gateway.corridor.stt_script = [BadRequest("Pull it.", param="diarize", code="model_not_installed")]
    async with http.post("/v1/audio/transcriptions", data=upload(**asked)) as answer:
        assert (answer.status, (await answer.json())["error"]["message"]) == (400, "Pull it.")


async def test_deepgram(server: Server, http: aiohttp.ClientSession, script: list[Any]) -> None:
    query = "model=fake/stt&diarize=true&utterances=true&paragraphs=true"
    async with http.post(f"/v1/listen?{query}&encoding=linear16&sample_rate=16000", data=bytes(64_000)) as answer:
        results = (await answer.json())["results"]
    (heard,) = results["channels"][0]["alternatives"]
    assert [w["speaker"] for w in heard["words"]] == [0, 0, 0, 1]
    assert [(u["transcript"], u["speaker"], u["start"]) for u in results["utterances"]] == [
        ("Who is it?", 0, 0.0), ("Me.", 1, 1.5),
    ]  # fmt: skip
    assert heard["paragraphs"]["transcript"] == "\nSpeaker 0: Who is it?\n\nSpeaker 1: Me."
    assert [p["speaker"] for p in heard["paragraphs"]["paragraphs"]] == [0, 1]
    async with http.ws_connect("/v1/listen?model=fake/stt&diarize_model=latest") as ws:
        await ws.send_json({"type": "CloseStream"})
        live = await ws.receive_json()
    assert [w["speaker"] for w in live["channel"]["alternatives"][0]["words"]] == [0, 0, 0, 1]
    assert server.gateway.corridor.opened[-1].options.diarize


async def test_elevenlabs(server: Server, http: aiohttp.ClientSession, script: list[Any]) -> None:
    asked = {"model_id": "fake/stt", "diarize": "true", "num_speakers": "2"}
    async with http.post("/v1/speech-to-text", data=upload(**asked)) as answer:
        told = await answer.json()
    assert [w["speaker_id"] for w in told["words"]] == ["speaker_0", "speaker_0", "speaker_0", "speaker_1"]
    options = server.gateway.corridor.opened[0].options
    assert (options.diarize, options.most_speakers) == (True, 2)
    async with http.post("/v1/speech-to-text", data=upload(**{**asked, "num_speakers": "99"})) as answer:
        assert answer.status == 400


async def test_livekit(server: Server) -> None:
    server.gateway.corridor.stt_script = [Final("Me.", "en", 1.5, 2.0, (Word("Me.", 1.5, 2.0, 1.0, 1),), speaker=1)]
    created = {**CREATE_STT, "settings": {**CREATE_STT["settings"], "extra": {"diarize": True}}}
    async with connected(server, "/v1/stt?model=fake/stt") as ws:
        await ws.send_json(created)
        await ws.send_json(SILENCE)
        await ws.send_json({"type": "session.finalize"})
        (final,) = [m for m in await answers(ws) if m["type"] == "final_transcript"]
    assert (final["speaker_id"], final["words"][0]["speaker_id"]) == ("S1", "S1")
    assert server.gateway.corridor.opened[0].options.diarize


@pytest.mark.parametrize(
    ("provider", "can"), [("whisper", True), ("moonshine", True), ("deepgram", False), ("no", False)]
)
def test_targets_that_cannot_are_known(provider: str, can: bool) -> None:
    assert tells_speakers(Target(provider, "any", zone=Zone.LOCAL)) is can
