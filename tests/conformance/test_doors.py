"""LiveKit's own Deepgram, ElevenLabs and OpenAI plugins, unmodified, pointed here by base_url and a gateway key."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import Served, served
from tests.support.speech import WORDS, word_errors

pytestmark = [pytest.mark.conformance, pytest.mark.real_engine]

agents = pytest.importorskip("livekit.agents", reason="the livekit extra is not installed")
SENTENCE = "Good morning. The meeting starts at nine."
PATIENCE = 40  # s; far above what a warm engine takes


@pytest.fixture(scope="module")
def gateway(models_dir: Path) -> Iterator[Served]:
    with served(models_dir) as it:
        yield it


@pytest.fixture
async def livekit() -> AsyncIterator[None]:
    async with agents.utils.http_context.open(), asyncio.timeout(PATIENCE):
        yield


def frames(path: Path, trailing_s: float = 1.0, step_ms: int = 50) -> list[Any]:
    from livekit import rtc

    with wave.open(str(path), "rb") as file:
        rate = file.getframerate()
        pcm = file.readframes(file.getnframes()) + bytes(int(rate * trailing_s) * 2)
    step = rate * step_ms // 1000 * 2
    return [
        rtc.AudioFrame(pcm[i : i + step], rate, 1, len(pcm[i : i + step]) // 2)
        for i in range(0, len(pcm) - step + 1, step)
    ]


async def heard(client: Any, path: Path, *, flush: bool = False) -> str:
    """Stream a recording; everything final until the stream ends or is quiet after the end of speech."""
    from livekit.agents import stt

    stream = client.stream()
    for frame in frames(path):
        stream.push_frame(frame)
    if flush:
        stream.flush()
    else:
        stream.end_input()
    words: list[str] = []
    wanted = len(WORDS[path.name].split())
    async for event in stream:
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            words.append(event.alternatives[0].text)
            assert event.alternatives[0].words
            # this client would go on listening until it is closed
            if flush and len(" ".join(words).split()) >= 0.9 * wanted:
                break
    await stream.aclose()
    return " ".join(words)


def assert_heard(text: str, name: str) -> None:
    wrong, wanted = word_errors(WORDS[name], text)
    assert wrong / wanted <= 0.15, text


async def streamed(client: Any, text: str = SENTENCE) -> float:
    """Seconds of audio for text pushed in pieces."""
    stream = client.stream()
    for word in text.split():
        stream.push_text(word + " ")
    stream.end_input()
    seconds = 0.0
    async for audio in stream:
        seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
    await stream.aclose()
    return seconds


async def whole(client: Any, text: str = SENTENCE) -> float:
    """Seconds of audio for text sent at once."""
    seconds = 0.0
    async with client.synthesize(text) as stream:
        async for audio in stream:
            seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
    return seconds


async def test_deepgram_listens(gateway: Served, livekit: None, speech_dir: Path) -> None:
    from livekit.plugins import deepgram

    client = deepgram.STT(model="nova-3", api_key=gateway.key, base_url=f"{gateway.v1}/listen")
    assert_heard(await heard(client, speech_dir / "jfk.wav"), "jfk.wav")
    event = await client.recognize(frames(speech_dir / "jfk.wav"))
    assert_heard(event.alternatives[0].text, "jfk.wav")
    await client.aclose()


async def test_deepgram_speaks(gateway: Served, livekit: None) -> None:
    from livekit.plugins import deepgram

    client = deepgram.TTS(model="aura-2-andromeda-en", api_key=gateway.key, base_url=f"{gateway.v1}/speak")
    for _ in range(2):
        assert 1.0 < await streamed(client) < 8.0
    assert 1.0 < await whole(client) < 8.0
    await client.aclose()


async def test_deepgram_hears_turns(gateway: Served, livekit: None, speech_dir: Path) -> None:
    from livekit.agents import stt
    from livekit.plugins import deepgram

    client = deepgram.STTv2(api_key=gateway.key, base_url=f"{gateway.v1[:-3]}/v2/listen", eager_eot_threshold=0.4)
    stream = client.stream()
    for frame in frames(speech_dir / "jfk.wav", trailing_s=2.0):
        stream.push_frame(frame)
    stream.end_input()
    kinds, words = [], []
    async for event in stream:
        if event.type == stt.SpeechEventType.RECOGNITION_USAGE:
            continue
        kinds.append(event.type)
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            words.append(event.alternatives[0].text)
    await stream.aclose()
    await client.aclose()
    assert_heard(" ".join(words), "jfk.wav")
    assert kinds[0] == stt.SpeechEventType.START_OF_SPEECH
    assert kinds.count(stt.SpeechEventType.START_OF_SPEECH) == kinds.count(stt.SpeechEventType.END_OF_SPEECH)
    early = kinds.index(stt.SpeechEventType.PREFLIGHT_TRANSCRIPT)
    assert early < kinds.index(stt.SpeechEventType.FINAL_TRANSCRIPT)


async def test_deepgram_speaks_in_turns(gateway: Served, livekit: None) -> None:
    from livekit.plugins import deepgram

    client = deepgram.TTSv2(api_key=gateway.key, base_url=f"{gateway.v1[:-3]}/v2/speak", speed=1.25)
    for _ in range(2):
        assert 1.0 < await streamed(client) < 8.0
    assert 1.0 < await whole(client) < 8.0
    await client.aclose()


async def test_elevenlabs_speaks(gateway: Served, livekit: None) -> None:
    from livekit.plugins import elevenlabs

    for encoding in ("pcm_24000", "mp3_44100_128"):
        client = elevenlabs.TTS(
            voice_id="Xb7hH8MSUJpSbSDYk0k2", api_key=gateway.key, base_url=gateway.v1, encoding=encoding
        )
        for _ in range(2):
            assert 1.0 < await streamed(client) < 9.0
        assert 1.0 < await whole(client) < 9.0
        await client.aclose()


async def test_elevenlabs_listens(gateway: Served, livekit: None, speech_dir: Path) -> None:
    from livekit.plugins import elevenlabs

    client = elevenlabs.STT(model_id="scribe_v1", api_key=gateway.key, base_url=gateway.v1)
    event = await client.recognize(frames(speech_dir / "jfk.wav"))
    assert_heard(event.alternatives[0].text, "jfk.wav")
    await client.aclose()


@pytest.mark.parametrize("manual", [True, False])
async def test_elevenlabs_listens_live(gateway: Served, livekit: None, speech_dir: Path, manual: bool) -> None:
    from livekit.plugins import elevenlabs

    turns = {} if manual else {"server_vad": {"vad_silence_threshold_secs": 0.5}}
    client = elevenlabs.STT(
        model="scribe_v2_realtime", api_key=gateway.key, base_url=gateway.v1, include_timestamps=True, **turns
    )
    assert_heard(await heard(client, speech_dir / "jfk.wav", flush=True), "jfk.wav")
    await client.aclose()


@pytest.mark.parametrize("model", ["gpt-4o-mini-tts", "tts-1"])
async def test_openai_speaks(gateway: Served, livekit: None, model: str) -> None:
    from livekit.plugins import openai

    client = openai.TTS(model=model, api_key=gateway.key, base_url=gateway.v1)
    assert 1.0 < await whole(client) < 9.0
    await client.aclose()


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-mini-transcribe"])
async def test_openai_listens(gateway: Served, livekit: None, speech_dir: Path, model: str) -> None:
    import openai as sdk
    from livekit.plugins import openai

    # the plugin leaves its HTTP client open, so it gets one that is closed here
    async with sdk.AsyncClient(api_key=gateway.key, base_url=gateway.v1) as http:
        client = openai.STT(model=model, client=http, use_realtime=False)
        event = await client.recognize(frames(speech_dir / "jfk.wav"))
        assert_heard(event.alternatives[0].text, "jfk.wav")
        await client.aclose()


async def test_openai_chats(gateway: Served, livekit: None) -> None:
    from livekit.agents import llm
    from livekit.plugins import openai

    client = openai.LLM(model="gpt-4o-mini", api_key=gateway.key, base_url=gateway.v1, max_completion_tokens=16)
    context = llm.ChatContext.empty()
    context.add_message(role="user", content="Say hello.")
    async with client.chat(chat_ctx=context) as stream:
        text = "".join([(chunk.delta.content or "") async for chunk in stream if chunk.delta])
    assert text.strip()
    await client.aclose()
