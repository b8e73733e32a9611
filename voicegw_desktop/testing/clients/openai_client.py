"""The openai package: REST and realtime."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

PACKAGES = ("openai",)


def _client(where: Any) -> Any:
    import openai

    return openai.AsyncOpenAI(api_key=where.key, base_url=where.v1, max_retries=0)


async def models(where: Any) -> str:
    async with _client(where) as api:
        found = [model.id async for model in api.models.list()]
    assert found, "no model"
    return f"{len(found)} models"


async def chat(where: Any) -> str:
    async with _client(where) as api:
        answer = await api.chat.completions.create(
            model="gpt-4o-mini", max_tokens=8, messages=[{"role": "user", "content": "Say hello."}]
        )
    assert answer.choices[0].message.content, "no text"
    return f"{answer.usage.completion_tokens} tokens"


async def chat_stream(where: Any) -> str:
    pieces, usage = 0, None
    async with _client(where) as api:
        stream = await api.chat.completions.create(
            model="gpt-4o-mini",
            max_tokens=8,
            stream=True,
            stream_options={"include_usage": True},
            messages=[{"role": "user", "content": "Say hello."}],
        )
        async for chunk in stream:
            pieces += bool(chunk.choices and chunk.choices[0].delta.content)
            usage = chunk.usage or usage
    assert pieces, "no text"
    assert usage is not None, "no usage"
    return f"{pieces} pieces"


async def json_schema(where: Any) -> str:
    import json

    shape = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    async with _client(where) as api:
        answer = await api.chat.completions.create(
            model="gpt-4o-mini",
            max_tokens=48,
            temperature=0,
            response_format={"type": "json_schema", "json_schema": {"name": "place", "schema": shape}},
            messages=[{"role": "user", "content": "Name the capital of France."}],
        )
    return f"city: {json.loads(answer.choices[0].message.content)['city']}"[:60]


async def speech(where: Any) -> str:
    async with _client(where) as api:
        answer = await api.audio.speech.create(
            model="tts-1", voice="alloy", input=where.sentence, response_format="pcm"
        )
    return str(where.is_speech(len(answer.content) / 2 / 24_000))


async def speech_events(where: Any) -> str:
    pcm, done = b"", False
    async with _client(where) as api:
        stream = await api.audio.speech.create(
            model="gpt-4o-mini-tts",
            voice="alloy",
            input=where.sentence,
            response_format="pcm",
            stream_format="sse",
        )
        import json

        for line in stream.text.splitlines():
            if line.startswith("data: {"):
                event = json.loads(line[6:])
                pcm += base64.b64decode(event.get("audio", ""))
                done = done or event["type"] == "speech.audio.done"
    assert done, "no end"
    return str(where.is_speech(len(pcm) / 2 / 24_000))


async def transcription(where: Any) -> str:
    async with _client(where) as api:
        answer = await api.audio.transcriptions.create(
            model="whisper-1",
            file=Path(where.clip),
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )
    assert answer.words, "no word times"
    return str(where.is_heard(answer.text))


async def transcription_stream(where: Any) -> str:
    text, kinds = "", set()
    async with _client(where) as api:
        stream = await api.audio.transcriptions.create(
            model="gpt-4o-mini-transcribe", file=Path(where.clip), stream=True
        )
        async for event in stream:
            kinds.add(event.type)
            if event.type == "transcript.text.done":
                text = event.text
    assert "transcript.text.delta" in kinds, "no piece"
    return str(where.is_heard(text))


async def _until(connection: Any, kind: str) -> list[Any]:
    seen = []
    async for event in connection:
        seen.append(event)
        assert event.type != "error", event.error.message
        if event.type == kind:
            return seen
    raise AssertionError(f"no {kind}")


async def realtime_text(where: Any) -> str:
    async with _client(where) as api, api.realtime.connect(model="gpt-realtime") as connection:
        await connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        await connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Say hello."}]}
        )
        await connection.response.create(response={"max_output_tokens": 16})
        seen = await _until(connection, "response.done")
    text = "".join(e.delta for e in seen if e.type == "response.output_text.delta")
    assert text.strip(), "no text"
    return f"{len(text)} characters"


async def realtime_speech(where: Any) -> str:
    async with _client(where) as api, api.realtime.connect(model="gpt-realtime") as connection:
        await connection.session.update(
            session={
                "type": "realtime",
                "max_output_tokens": 16,
                "audio": {"input": {"transcription": {"model": "whisper-1"}}},
            }
        )
        sound = _at_24_khz(*where.pcm())
        for i in range(0, len(sound), 4800):
            await connection.input_audio_buffer.append(audio=base64.b64encode(sound[i : i + 4800]).decode())
        heard, seconds = "", 0.0
        async for event in connection:
            assert event.type != "error", event.error.message
            if event.type == "conversation.item.input_audio_transcription.completed":
                heard += " " + event.transcript
            elif event.type == "response.output_audio.delta":
                seconds += len(base64.b64decode(event.delta)) / 2 / 24_000
            elif event.type == "response.done" and seconds:
                break
    assert heard.strip(), "nothing heard"
    return f"{len(heard.split())} words heard, {seconds:.1f} s of audio"


async def realtime_transcription(where: Any) -> str:
    query = {"intent": "transcription"}
    async with _client(where) as api, api.realtime.connect(extra_query=query) as connection:
        await connection.session.update(session={"type": "transcription", "audio": {"input": {"turn_detection": None}}})
        sound = _at_24_khz(*where.pcm())
        await connection.input_audio_buffer.append(audio=base64.b64encode(sound).decode())
        await connection.input_audio_buffer.commit()
        seen = await _until(connection, "conversation.item.input_audio_transcription.completed")
    return str(where.is_heard(seen[-1].transcript))


def _at_24_khz(pcm: bytes, rate: int) -> bytes:
    from array import array

    assert rate == 16_000, rate
    samples, out = array("h", pcm), array("h")
    for i in range(0, len(samples) - 2, 2):
        a, b, c = samples[i], samples[i + 1], samples[i + 2]
        out.extend((a, (a + 2 * b) // 3, (2 * b + c) // 3))
    return out.tobytes()


CHECKS = (
    ("models", models),
    ("chat", chat),
    ("chat stream with usage", chat_stream),
    ("chat in a JSON schema", json_schema),
    ("speech", speech),
    ("speech as events", speech_events),
    ("transcription with word times", transcription),
    ("transcription stream", transcription_stream),
    ("realtime: text", realtime_text),
    ("realtime: spoken turn", realtime_speech),
    ("realtime: transcription, manual commit", realtime_transcription),
)
