"""The openai package's realtime client against our sessions, with real engines."""

from __future__ import annotations

import asyncio
import base64
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import realtime_schema
from tests.support.served import Served, served
from tests.support.speech import WORDS, word_errors

pytestmark = [pytest.mark.conformance, pytest.mark.real_engine]

openai = pytest.importorskip("openai")
RATE = 24_000


@pytest.fixture(scope="module")
def gateway(models_dir: Path) -> Iterator[Served]:
    with served(models_dir) as it:
        yield it


def client(gateway: Served) -> Any:
    return openai.AsyncOpenAI(base_url=gateway.v1, api_key=gateway.key)


def pcm24(path: Path, trailing_s: float = 1.0) -> bytes:
    """16 kHz samples at 24 kHz, by linear interpolation: three from two."""
    from array import array

    with wave.open(str(path), "rb") as file:
        samples = array("h", file.readframes(file.getnframes()))
    out = array("h")
    for i in range(0, len(samples) - 2, 2):
        a, b, c = samples[i], samples[i + 1], samples[i + 2]
        out.extend((a, (a + 2 * b) // 3, (2 * b + c) // 3))
    return out.tobytes() + bytes(int(RATE * trailing_s) * 2)


async def collect(connection: Any, until: str, seconds: float = 60.0) -> list[Any]:
    """Events up to one of this kind, each held to the published schema."""
    seen: list[Any] = []
    async with asyncio.timeout(seconds):
        async for event in connection:
            realtime_schema.check(event.to_dict(mode="json"))
            seen.append(event)
            if event.type == "error":
                raise AssertionError(event.error.message)
            if event.type == until:
                return seen
    raise AssertionError(f"no {until}")


async def test_a_spoken_turn_is_answered_in_speech(gateway: Served, speech_dir: Path) -> None:
    async with client(gateway) as api, api.realtime.connect(model="gpt-realtime") as connection:
        await collect(connection, "session.created")
        await connection.session.update(
            session={
                "type": "realtime",
                "instructions": "Answer in one short sentence.",
                "max_output_tokens": 24,
                "audio": {"input": {"transcription": {"model": "whisper-1"}}},
            }
        )
        await collect(connection, "session.updated")
        sound = pcm24(speech_dir / "austen-0880.wav")
        for i in range(0, len(sound), 4800):
            await connection.input_audio_buffer.append(audio=base64.b64encode(sound[i : i + 4800]).decode())
        seen = await collect(connection, "response.done")
    kinds = [e.type for e in seen]
    for earlier, later in (
        ("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"),
        ("input_audio_buffer.speech_stopped", "input_audio_buffer.committed"),
        ("input_audio_buffer.committed", "conversation.item.input_audio_transcription.completed"),
        ("response.created", "response.output_item.added"),
        ("response.output_item.added", "response.output_audio.delta"),
        ("response.output_audio.delta", "response.output_audio.done"),
    ):
        assert kinds.index(earlier) < kinds.index(later)
    heard = next(e.transcript for e in seen if e.type == "conversation.item.input_audio_transcription.completed")
    wrong, wanted = word_errors(WORDS["austen-0880.wav"], heard)
    assert wrong / wanted <= 0.3, heard
    done = seen[-1].response
    assert done.status in ("completed", "incomplete")
    assert done.usage.output_tokens > 0
    spoken = sum(len(base64.b64decode(e.delta)) for e in seen if e.type == "response.output_audio.delta")
    # a small model now and then answers with one short word, or a picture only, which is a short silence
    words = next(e.transcript for e in seen if e.type == "response.output_audio_transcript.done").split()
    assert spoken > (RATE if len(words) > 2 else 0), (spoken, words)


async def test_typed_text_gets_text(gateway: Served) -> None:
    async with client(gateway) as api, api.realtime.connect(model="gpt-realtime") as connection:
        await connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        await connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Say hello."}]}
        )
        await connection.response.create(response={"max_output_tokens": 16})
        seen = await collect(connection, "response.done")
    text = "".join(e.delta for e in seen if e.type == "response.output_text.delta")
    assert text.strip()
    assert not [e for e in seen if e.type == "response.output_audio.delta"]


async def test_a_manual_commit_in_a_transcription_session(gateway: Served, speech_dir: Path) -> None:
    async with client(gateway) as api, api.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(session={"type": "transcription", "audio": {"input": {"turn_detection": None}}})
        sound = pcm24(speech_dir / "austen-0880.wav")
        await connection.input_audio_buffer.append(audio=base64.b64encode(sound).decode())
        await connection.input_audio_buffer.commit()
        seen = await collect(connection, "conversation.item.input_audio_transcription.completed")
    wrong, wanted = word_errors(WORDS["austen-0880.wav"], seen[-1].transcript)
    assert wrong / wanted <= 0.3


async def test_push_to_talk_is_answered_to_what_was_just_said(gateway: Served, speech_dir: Path) -> None:
    async with client(gateway) as api, api.realtime.connect(model="gpt-realtime") as connection:
        await connection.session.update(
            session={
                "type": "realtime",
                "output_modalities": ["text"],
                "max_output_tokens": 16,
                "audio": {"input": {"turn_detection": None, "transcription": {"model": "whisper-1"}}},
            }
        )
        sound = base64.b64encode(pcm24(speech_dir / "austen-0880.wav")).decode()
        await connection.input_audio_buffer.append(audio=sound)
        await connection.input_audio_buffer.commit()
        await connection.response.create()
        seen = await collect(connection, "response.done")
        # the same audio once more, as an item of the client's own
        content = [{"type": "input_audio", "audio": sound}]
        await connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
        await connection.response.create(response={"conversation": "none", "metadata": {"why": "aside"}})
        aside = await collect(connection, "response.done")
    kinds = [e.type for e in seen]
    # the answer waits for the words, and not the other way round
    heard = "conversation.item.input_audio_transcription.completed"
    assert kinds.index("response.created") < kinds.index(heard) < kinds.index("response.output_text.delta")
    assert seen[-1].response.output[0].content[0].text.strip()
    assert aside[-1].response.metadata == {"why": "aside"}
    assert aside[-1].response.conversation_id is None


async def test_louder_voices_only(gateway: Served, speech_dir: Path) -> None:
    """With a threshold of 1 no audio counts as a voice."""
    async with client(gateway) as api, api.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        turns = {"type": "server_vad", "threshold": 1.0}
        await connection.session.update(
            session={"type": "transcription", "audio": {"input": {"turn_detection": turns}}}
        )
        sound = pcm24(speech_dir / "austen-0880.wav")
        await connection.input_audio_buffer.append(audio=base64.b64encode(sound).decode())
        await connection.input_audio_buffer.commit()
        seen = await collect(connection, "conversation.item.input_audio_transcription.completed")
    assert not [e for e in seen if e.type == "input_audio_buffer.speech_started"]
    assert seen[-1].transcript == ""


async def test_mistakes_are_told_and_the_session_lives(gateway: Served) -> None:
    async with client(gateway) as api, api.realtime.connect(model="gpt-realtime") as connection:
        await collect(connection, "session.created")
        for event in (
            {"type": "no.such.event", "event_id": "e1"},
            {"type": "response.cancel", "event_id": "e2"},
            {"type": "input_audio_buffer.commit", "event_id": "e3"},
            {"type": "input_audio_buffer.append", "audio": "***", "event_id": "e4"},
            {"type": "conversation.item.delete", "item_id": "nothing", "event_id": "e5"},
            {"type": "session.update", "session": {"audio": {"input": {"format": {"type": "mp3"}}}}, "event_id": "e6"},
        ):
            await connection.send(event)
            answer = await connection.recv()
            realtime_schema.check(answer.to_dict(mode="json"))
            assert answer.type == "error"
            assert answer.error.event_id == event["event_id"]
            assert answer.error.message
