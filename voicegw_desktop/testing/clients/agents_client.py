"""livekit-agents' inference classes, as an agent's strings use them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livekit import rtc

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("livekit-agents", "livekit")
PACE = 0.01  # s between frames of 50 ms


def frames(where: Where) -> list[rtc.AudioFrame]:
    """The clip in frames of 50 ms."""
    from livekit import rtc

    pcm, rate = where.pcm()
    step = rate // 20 * 2
    return [rtc.AudioFrame(pcm[i : i + step], rate, 1, step // 2) for i in range(0, len(pcm) - step + 1, step)]


@contextlib.asynccontextmanager
async def http() -> AsyncIterator[None]:
    """What a job gives its plugins: an HTTP session. Older versions have no public name for it."""
    from livekit.agents import utils

    context = utils.http_context
    if hasattr(context, "open"):
        async with context.open():
            yield
        return
    context._new_session_ctx()
    try:
        yield
    finally:
        await context._close_http_ctx()


def _has_inference() -> None:
    try:
        import livekit.agents.inference  # noqa: F401 - only whether it is there
    except ImportError:
        raise NotImplementedError("this version has no livekit.agents.inference") from None


async def speech_to_text(where: Where) -> str:
    _has_inference()
    from livekit.agents import inference, stt

    async with http():
        client = inference.STT("deepgram/nova-3:en", base_url=where.v1, api_key=where.key_id, api_secret=where.secret)
        stream = client.stream()
        for frame in frames(where):
            stream.push_frame(frame)
            # audio comes bit by bit: 1.2.11 connects a second time at first, and loses what it was given before
            await asyncio.sleep(PACE)
        stream.end_input()
        kinds, text, timed = set(), "", True
        async for event in stream:
            kinds.add(event.type)
            if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
                text += " " + event.alternatives[0].text
                timed = timed and bool(getattr(event.alternatives[0], "words", True))
        await stream.aclose()
        await client.aclose()
    assert stt.SpeechEventType.START_OF_SPEECH in kinds, "no start of speech"
    assert timed, "no word times"
    return where.is_heard(text)


async def text_to_speech(where: Where) -> str:
    _has_inference()
    from livekit.agents import inference

    told = ""
    async with http():
        client = inference.TTS(
            "cartesia/sonic-3:some-voice", base_url=where.v1, api_key=where.key_id, api_secret=where.secret
        )
        for _ in range(2):
            stream = client.stream()
            stream.push_text(where.sentence)
            stream.end_input()
            seconds = 0.0
            async for audio in stream:
                seconds += audio.frame.samples_per_channel / audio.frame.sample_rate
            await stream.aclose()
            told = where.is_speech(seconds)
        await client.aclose()
    return f"twice on one connection, {told}"


async def chat(where: Where) -> str:
    _has_inference()
    from livekit.agents import inference, llm

    async with http():
        client = inference.LLM(
            "openai/gpt-4o-mini",
            extra_kwargs={"max_completion_tokens": 16},
            base_url=where.v1,
            api_key=where.key_id,
            api_secret=where.secret,
        )
        context = llm.ChatContext.empty()
        context.add_message(role="user", content="Say hello.")
        text, usage = "", None
        async with client.chat(chat_ctx=context) as stream:
            async for chunk in stream:
                text += (chunk.delta.content or "") if chunk.delta else ""
                usage = chunk.usage or usage
        await client.aclose()
    assert text.strip(), "no text"
    assert usage is not None, "no usage"
    return f"{usage.completion_tokens} tokens"


async def a_wrong_secret(where: Where) -> str:
    _has_inference()
    from livekit.agents import APIStatusError, inference

    async with http():
        client = inference.STT("deepgram/nova-3", base_url=where.v1, api_key=where.key_id, api_secret="x" * 40)
        stream = client.stream()
        refusal: Exception | None = None
        try:
            async for _ in stream:
                pass
        except Exception as e:
            refusal = e
        finally:
            await stream.aclose()
            await client.aclose()
    assert refusal is not None, "it was let in"
    if isinstance(refusal, APIStatusError):
        assert refusal.status_code == 401, str(refusal)
        assert not refusal.retryable, "it would be tried again"
        return "401, not tried again"
    # older versions do not read the status, and try three times
    assert "401" in str(refusal) or "attempts" in str(refusal), str(refusal)
    return f"{type(refusal).__name__}, as this version tells it"


CHECKS = (
    ("STT stream, start of speech, word times", speech_to_text),
    ("TTS stream, pooled connection", text_to_speech),
    ("LLM stream with usage", chat),
    ("wrong secret refused", a_wrong_secret),
)
