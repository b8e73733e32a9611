"""The openai package: REST and realtime."""

from __future__ import annotations

import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import openai
    from openai.resources.realtime.realtime import AsyncRealtimeConnection
    from openai.types.chat import ChatCompletionToolUnionParam
    from openai.types.chat.completion_create_params import CompletionCreateParamsBase
    from openai.types.realtime import RealtimeServerEvent

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("openai",)


def _client(where: Where) -> openai.AsyncOpenAI:
    import openai

    return openai.AsyncOpenAI(api_key=where.key, base_url=where.v1, max_retries=0)


async def models(where: Where) -> str:
    async with _client(where) as api:
        found = [model.id async for model in api.models.list()]
    assert found, "no model"
    return f"{len(found)} models"


async def chat(where: Where) -> str:
    async with _client(where) as api:
        answer = await api.chat.completions.create(
            model="gpt-4o-mini", max_tokens=8, messages=[{"role": "user", "content": "Say hello."}]
        )
    assert answer.choices[0].message.content, "no text"
    assert answer.usage is not None, "no usage"
    return f"{answer.usage.completion_tokens} tokens"


async def chat_stream(where: Where) -> str:
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


async def json_schema(where: Where) -> str:
    import json

    shape: dict[str, object] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    async with _client(where) as api:
        answer = await api.chat.completions.create(
            model="gpt-4o-mini",
            max_tokens=48,
            temperature=0,
            response_format={"type": "json_schema", "json_schema": {"name": "place", "schema": shape}},
            messages=[{"role": "user", "content": "Name the capital of France."}],
        )
    return f"city: {json.loads(answer.choices[0].message.content or '')['city']}"[:60]


TOOL: ChatCompletionToolUnionParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


async def tools(where: Where) -> str:
    """A call that is asked for by name, whole and streamed."""
    import json

    asked: CompletionCreateParamsBase = {
        "model": "gpt-4o-mini",
        "max_tokens": 64,
        "temperature": 0,
        "tools": [TOOL],
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        "messages": [{"role": "user", "content": "What is the weather in Vienna?"}],
    }
    async with _client(where) as api:
        answer = await api.chat.completions.create(**asked)
        (call,) = answer.choices[0].message.tool_calls or []
        streamed = ""
        async for chunk in await api.chat.completions.create(**asked, stream=True):
            for choice in chunk.choices:
                for piece in choice.delta.tool_calls or ():
                    streamed += (piece.function and piece.function.arguments) or ""
    assert call.type == "function", call.type
    assert call.function.name == "get_weather", call.function.name
    city = json.loads(call.function.arguments)["city"]
    assert json.loads(streamed).keys() == {"city"}, streamed
    return f"get_weather({str(city)[:40]!r})"


async def logprobs(where: Where) -> str:
    async with _client(where) as api:
        answer = await api.chat.completions.create(
            model="gpt-4o-mini",
            max_tokens=4,
            logprobs=True,
            top_logprobs=2,
            messages=[{"role": "user", "content": "Say hello."}],
        )
    told = answer.choices[0].logprobs
    found = told and told.content
    assert found, "no log probabilities"
    assert all(len(token.top_logprobs) == 2 for token in found), "not two alternatives"
    return f"{len(found)} tokens"


async def responses(where: Where) -> str:
    async with _client(where) as api:
        answer = await api.responses.create(model="gpt-4o-mini", input="Say hello.", max_output_tokens=16)
        stream = await api.responses.create(model="gpt-4o-mini", input="Say hello.", max_output_tokens=16, stream=True)
        kinds = [event.type async for event in stream]
    assert answer.output_text.strip(), "no text"
    assert kinds[0] == "response.created", kinds
    assert kinds[-1] in ("response.completed", "response.incomplete"), kinds
    return f"{len(answer.output_text)} characters, {len(kinds)} events streamed"


async def embeddings(where: Where) -> str:
    """Passed through where the target has them; llama.cpp has not, and the refusal says what to do."""
    import openai

    refusal: openai.APIStatusError | None = None
    async with _client(where) as api:
        try:
            answer = await api.embeddings.create(model="text-embedding-3-small", input="Hello.")
        except openai.APIStatusError as e:
            refusal = e
    if refusal is not None:
        assert refusal.status_code == 501, refusal.message
        assert refusal.code == "not_served_by_target", refusal.message
        return "501 that names models which make them"
    return f"{len(answer.data[0].embedding)} dimensions"


async def speech(where: Where) -> str:
    async with _client(where) as api:
        answer = await api.audio.speech.create(
            model="tts-1", voice="alloy", input=where.sentence, response_format="pcm"
        )
    return where.is_speech(len(answer.content) / 2 / 24_000)


async def speech_events(where: Where) -> str:
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
    return where.is_speech(len(pcm) / 2 / 24_000)


FORMATS: dict[Literal["mp3", "opus", "aac", "flac", "wav", "pcm"], tuple[str, tuple[bytes, ...]]] = {
    "mp3": ("audio/mpeg", (b"ID3", b"\xff")),
    "opus": ("audio/ogg", (b"OggS",)),
    "aac": ("audio/aac", (b"\xff",)),
    "flac": ("audio/flac", (b"fLaC",)),
    "wav": ("audio/wav", (b"RIFF",)),
    "pcm": ("audio/pcm", (b"",)),
}


async def speech_formats(where: Where) -> str:
    async with _client(where) as api:
        for name, (kind, starts) in FORMATS.items():
            answer = await api.audio.speech.create(
                model="tts-1", voice="alloy", input=where.sentence, response_format=name
            )
            told = answer.response.headers["content-type"]
            assert told == kind, f"{name} came as {told}"
            assert answer.content.startswith(starts), f"{name} begins with {answer.content[:4]!r}"
    return ", ".join(FORMATS)


async def subtitles(where: Where) -> str:
    async with _client(where) as api:
        made = {
            form: await api.audio.transcriptions.create(
                model="whisper-1", file=Path(where.clip), response_format=form, prompt="A speech.", temperature=0.0
            )
            for form in ("text", "srt", "vtt")
        }
    assert made["srt"].startswith("1\n00:00:0"), made["srt"][:40]
    assert made["vtt"].startswith("WEBVTT\n\n00:00:0"), made["vtt"][:40]
    return where.is_heard(made["text"])


async def translation(where: Where) -> str:
    async with _client(where) as api:
        answer = await api.audio.translations.create(model="whisper-1", file=Path(where.clip))
    return where.is_heard(answer.text)


async def transcription(where: Where) -> str:
    async with _client(where) as api:
        answer = await api.audio.transcriptions.create(
            model="whisper-1",
            file=Path(where.clip),
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )
    assert answer.words, "no word times"
    return where.is_heard(answer.text)


async def transcription_stream(where: Where) -> str:
    text, pieces = "", []
    async with _client(where) as api:
        stream = await api.audio.transcriptions.create(
            model="gpt-4o-mini-transcribe", file=Path(where.clip), stream=True
        )
        async for event in stream:
            if event.type == "transcript.text.delta":
                pieces.append(event.delta)
            elif event.type == "transcript.text.done":
                text = event.text
    assert len(pieces) > 1, f"{len(pieces)} pieces"
    assert "".join(pieces) == text, "the pieces are not the text"
    return f"{where.is_heard(text)} in {len(pieces)} pieces"


async def _until(connection: AsyncRealtimeConnection, kind: str) -> list[RealtimeServerEvent]:
    seen: list[RealtimeServerEvent] = []
    async for event in connection:
        seen.append(event)
        assert event.type != "error", event.error.message
        if event.type == kind:
            return seen
    raise AssertionError(f"no {kind}")


@contextlib.asynccontextmanager
async def _realtime(where: Where, model: str | None) -> AsyncIterator[AsyncRealtimeConnection]:
    """A Realtime connection; None: for transcription only."""
    import openai

    async with _client(where) as api, contextlib.AsyncExitStack() as stack:
        try:
            if model is None:
                manager = api.realtime.connect(extra_query={"intent": "transcription"})
            else:
                manager = api.realtime.connect(model=model)
            connection = await stack.enter_async_context(manager)
        except openai.OpenAIError as e:
            raise NotImplementedError(str(e)) from None
        except ssl.SSLError:
            raise NotImplementedError("this version opens Realtime connections through TLS only") from None
        except TypeError:
            raise NotImplementedError("this version wants a model for every Realtime connection") from None
        yield connection


async def realtime_text(where: Where) -> str:
    async with _realtime(where, "gpt-realtime") as connection:
        await connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        await connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Say hello."}]}
        )
        await connection.response.create(response={"max_output_tokens": 16})
        seen = await _until(connection, "response.done")
    text = "".join(e.delta for e in seen if e.type == "response.output_text.delta")
    assert text.strip(), "no text"
    return f"{len(text)} characters"


async def realtime_speech(where: Where) -> str:
    async with _realtime(where, "gpt-realtime") as connection:
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


async def realtime_transcription(where: Where) -> str:
    async with _realtime(where, None) as connection:
        await connection.session.update(session={"type": "transcription", "audio": {"input": {"turn_detection": None}}})
        sound = _at_24_khz(*where.pcm())
        await connection.input_audio_buffer.append(audio=base64.b64encode(sound).decode())
        await connection.input_audio_buffer.commit()
        seen = await _until(connection, "conversation.item.input_audio_transcription.completed")
    heard = seen[-1]
    assert heard.type == "conversation.item.input_audio_transcription.completed"
    return where.is_heard(heard.transcript)


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
    ("chat with tools, whole and streamed", tools),
    ("chat with log probabilities", logprobs),
    ("responses, whole and streamed", responses),
    ("embeddings", embeddings),
    ("speech", speech),
    ("speech as events", speech_events),
    ("speech in six formats with their types", speech_formats),
    ("transcription as text and subtitles", subtitles),
    ("translation", translation),
    ("transcription with word times", transcription),
    ("transcription stream", transcription_stream),
    ("realtime: text", realtime_text),
    ("realtime: spoken turn", realtime_speech),
    ("realtime: transcription, manual commit", realtime_transcription),
)
