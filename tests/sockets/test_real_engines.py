"""The unmodified `openai` client against the served socket with real weights: it transcribes, chats and speaks."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
import pytest_asyncio

from tests.docs.pages import blocks
from tests.support.speech import WORDS, word_errors
from tests.support.weights import linked_store
from voicegw_desktop.core.events import Interim, SpeechStarted
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.sockets.http.server import Server

pytestmark = [pytest.mark.real_engine, pytest.mark.asyncio(loop_scope="module")]

STT, LLM, TTS = "whisper/base", "llamacpp/smollm2-135m", "piper/en_US-joe-medium"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGW_SECRET", "a test's own secret")
        patch.setenv("VOICEGW_MODELS_DIR", str(linked_store(models_dir, home / "models")))
        patch.delenv("VOICEGW_CONFIG", raising=False)
        patch.delenv("VOICEGW_DB_PATH", raising=False)
        patch.chdir(home)
        async with Gateway(paths=paths_below(home)) as gateway:
            yield gateway


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sdk(gateway: Gateway) -> AsyncIterator[openai.AsyncOpenAI]:
    server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
    await server.start()
    key = await gateway.keys.bearer(await gateway.first_key())
    async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key=key, max_retries=0, timeout=90) as client:
        yield client
    await server.stop()


async def test_transcribes_the_recordings(sdk: openai.AsyncOpenAI, speech_dir: Path) -> None:
    wrong = words = 0
    for name, said in WORDS.items():
        answer = await sdk.audio.transcriptions.with_raw_response.create(
            model=STT, file=speech_dir / name, language="en"
        )
        errors, count = word_errors(said, answer.parse().text)
        wrong, words = wrong + errors, words + count
        assert answer.headers["X-VoiceGW-Served-By"].startswith(STT)
        assert float(answer.headers["X-VoiceGW-Overhead-Ms"]) < 1000
        assert float(answer.headers["X-VoiceGW-Cost-USD"]) == 0
    assert wrong / words <= 0.05, f"{wrong} of {words} words are wrong"


async def test_the_readmes_first_snippet_runs_as_it_stands(
    sdk: openai.AsyncOpenAI, speech_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    snippet = next(block for block in blocks("python") if block.page.name == "README.md")
    shutil.copy(speech_dir / "jfk.wav", tmp_path / "question.wav")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_BASE_URL", str(sdk.base_url))
    monkeypatch.setenv("OPENAI_API_KEY", sdk.api_key)
    await asyncio.to_thread(exec, compile(snippet.text, str(snippet), "exec"), {})
    assert "country" in capsys.readouterr().out.splitlines()[0]
    # an mp3 begins with a tag or with a frame
    assert (tmp_path / "answer.mp3").read_bytes()[:2] in (b"ID", b"\xff\xf3", b"\xff\xfb")


async def test_subtitles_words_and_deltas(sdk: openai.AsyncOpenAI, speech_dir: Path) -> None:
    clip = speech_dir / "austen-0880.wav"
    verbose = await sdk.audio.transcriptions.create(
        model=STT, file=clip, response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )
    assert verbose.language == "english"
    assert verbose.words
    assert verbose.words[-1].end <= verbose.duration + 0.5
    srt = await sdk.audio.transcriptions.create(model=STT, file=clip, response_format="srt")
    assert str(srt).startswith("1\n00:00:0")
    events = [e async for e in await sdk.audio.transcriptions.create(model=STT, file=clip, stream=True)]
    assert events[-1].type == "transcript.text.done"
    assert "".join(e.delta for e in events if e.type == "transcript.text.delta") == events[-1].text


async def test_chats_with_and_without_streaming(sdk: openai.AsyncOpenAI) -> None:
    messages: Any = [{"role": "user", "content": "Say hello."}]
    whole = await sdk.chat.completions.create(model=LLM, messages=messages, max_tokens=16, temperature=0)
    assert whole.choices[0].message.content
    assert whole.usage is not None
    assert whole.usage.completion_tokens > 0
    stream = await sdk.chat.completions.create(
        model=LLM, messages=messages, max_tokens=16, temperature=0, stream=True, stream_options={"include_usage": True}
    )
    parts = [part async for part in stream]
    text = "".join(p.choices[0].delta.content or "" for p in parts if p.choices)
    assert text == whole.choices[0].message.content
    assert parts[-1].usage is not None


RULES = "Answer briefly. " + " ".join(f"The lamp in room {number} is off unless a person asks." for number in range(8))


async def test_the_system_prompt_is_read_once_for_all_conversations(sdk: openai.AsyncOpenAI, gateway: Gateway) -> None:
    async def prompt(door: str, session: str) -> tuple[int, int]:
        """Tokens of the prompt that had to be read, and that were in the cache."""
        said = {"role": "user", "content": f"I am {session}."}
        asks: dict[str, dict[str, Any]] = {
            "chat/completions": {
                "messages": [{"role": "system", "content": RULES}, said],
                "stream": True,
                "stream_options": {"include_usage": True},
            },
            "messages": {"system": RULES, "messages": [said]},
            "responses": {"instructions": RULES, "input": [said]},
        }
        limit = "max_output_tokens" if door == "responses" else "max_tokens"
        asked = {"model": LLM, limit: 1, **asks[door]}
        headers = {"Authorization": f"Bearer {sdk.api_key}", "X-VoiceGW-Session": session}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(f"{sdk.base_url}{door}", json=asked) as got,
        ):
            body = await got.text()
        assert got.status == 200, body
        told = [json.loads(line[6:]) for line in body.split("\n") if line.startswith('data: {"')] or [json.loads(body)]
        usage = next(part["usage"] for part in told if part.get("usage"))
        if door == "messages":
            return usage["input_tokens"], usage["cache_read_input_tokens"]
        total = usage.get("prompt_tokens") or usage["input_tokens"]
        cached = (usage.get("prompt_tokens_details") or usage["input_tokens_details"])["cached_tokens"]
        return total - cached, cached

    new, known = await prompt("chat/completions", "one")
    assert new > 100
    for door in ("chat/completions", "messages", "responses"):
        new, known = await prompt(door, f"{door} of another day")
        assert new < 30
        assert known > 100
    # an engine that was loaded again has read it by the time the person has spoken
    await gateway.engines.stop(LLM)
    caller = Caller("default", "livekit", (await gateway.first_key()), "one")
    gateway.corridor.prompts.heard(caller, SpeechStarted(0.0))
    new, known = await prompt("messages", "one")
    assert new < 30
    assert known > 100


async def test_words_are_read_while_the_person_speaks(sdk: openai.AsyncOpenAI, gateway: Gateway) -> None:
    async def say(messages: list[Any]) -> tuple[str, int]:
        """The answer, and how many tokens of the prompt had to be read."""
        stream = await sdk.chat.completions.create(
            model=LLM, messages=messages, max_tokens=8, temperature=0, stream=True,
            stream_options={"include_usage": True}, extra_headers={"X-VoiceGW-Session": "lamps"},
        )  # fmt: skip
        parts = [part async for part in stream]
        usage = parts[-1].usage
        assert usage is not None
        assert usage.prompt_tokens_details is not None
        new = usage.prompt_tokens - (usage.prompt_tokens_details.cached_tokens or 0)
        return "".join(part.choices[0].delta.content or "" for part in parts if part.choices), new

    messages: list[Any] = [{"role": "system", "content": RULES}, {"role": "user", "content": "Say hello."}]
    answer, _ = await say(messages)
    words = "I would like to know which of the lamps in the eight rooms of this old house are on"
    caller = Caller("default", "livekit", (await gateway.first_key()), "lamps")
    gateway.corridor.prompts.heard(caller, Interim(words))
    messages += [{"role": "assistant", "content": answer}, {"role": "user", "content": f"{words} now."}]
    _, new = await say(messages)
    # the words alone are twenty
    assert new < 16


@pytest.mark.parametrize("name", ["wav", "mp3", "opus", "flac", "aac", "pcm"])
async def test_speech_transcribes_back(sdk: openai.AsyncOpenAI, name: Any) -> None:
    said = "The quick brown fox jumps over the lazy dog."
    audio = await sdk.audio.speech.create(model=TTS, input=said, voice="alloy", response_format=name)
    data = audio.content
    if name == "pcm":
        held = io.BytesIO()
        with wave.open(held, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(24_000)
            out.writeframes(data)
        data = held.getvalue()
    heard = await sdk.audio.transcriptions.create(model=STT, file=(f"a.{name}", data), language="en")
    errors, _ = word_errors(said, heard.text)
    assert errors <= 1, heard.text


async def test_speech_events_carry_audio(sdk: openai.AsyncOpenAI) -> None:
    async with sdk.audio.speech.with_streaming_response.create(
        model=TTS, input="Good morning.", voice="alloy", response_format="pcm", stream_format="sse"
    ) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        kinds = [json.loads(line[6:])["type"] async for line in response.iter_lines() if line.startswith("data: ")]
    assert kinds[0] == "speech.audio.delta"
    assert kinds[-1] == "speech.audio.done"


async def test_what_is_not_there(sdk: openai.AsyncOpenAI, speech_dir: Path) -> None:
    with pytest.raises(openai.NotFoundError):
        await sdk.audio.transcriptions.create(model="whisper/bas", file=speech_dir / "jfk.wav")
    with pytest.raises(openai.BadRequestError):
        await sdk.audio.transcriptions.create(model=STT, file=("a.mp3", b"this is not audio at all" * 100))
    with pytest.raises(openai.BadRequestError):
        await sdk.audio.transcriptions.create(model=STT, file=("a.mp3", b""))
    with pytest.raises(openai.NotFoundError, match=r"(?i)voice"):
        await sdk.audio.speech.create(model=TTS, input="x", voice="nobody-of-that-name", response_format="wav")
    models = {m.id async for m in sdk.models.list()}
    assert {STT, LLM, TTS} <= models
