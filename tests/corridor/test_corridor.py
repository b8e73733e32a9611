"""Admission, one record for every run, and the bytes of chats."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.support.corridors import CALLER, World, collect, world
from tests.support.fake_backends import RATE, Fault, answer, frame, sse
from voicegw_desktop.core.errors import (
    EngineTimeout,
    ModelNotInstalled,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import Notice, RequestFinished, RequestFirstByte, RequestStarted, Usage, UtteranceDone
from voicegw_desktop.core.ports import Modality, SttOptions, TtsOptions
from voicegw_desktop.corridor.chat_usage import usage_in

pytestmark = pytest.mark.unit


async def _chat(w: World, wanted: str = "groq/llama", **body: Any) -> Any:
    return await w.corridor.chat(CALLER, wanted, {"model": wanted, "stream": True, "messages": [], **body})


async def test_a_chat_is_passed_through_by_bytes_and_its_usage_is_read() -> None:
    w = world()
    run = await _chat(w, stream_options={"include_usage": True})
    assert await run.read() == b"".join(answer(["one", " two"]))
    (report,) = w.meters.reports
    assert (report.status, report.legs[0].usage) == ("ok", Usage(7, 2))
    assert w.llm.bodies[0]["model"] == "llama"
    assert run.gateway_headers()["X-VoiceGW-Served-By"] == "groq/llama"
    assert run.cost_nanos == 5_000
    kinds = [type(e) for e in w.events]
    assert [kinds.count(k) for k in (RequestStarted, RequestFirstByte, RequestFinished)] == [1, 1, 1]


@pytest.mark.parametrize("size", [1, 7, 50, 10_000])
async def test_the_usage_event_is_hidden_from_who_did_not_ask_in_whatever_pieces_it_comes(size: int) -> None:
    w = world()
    whole = b"".join(answer(["one", " two"]))
    w.llm.chunks = [whole[i : i + size] for i in range(0, len(whole), size)]
    run = await _chat(w)
    assert await run.read() == b"".join(answer(["one", " two"], usage=False))
    assert w.llm.bodies[0]["stream_options"] == {"include_usage": True}
    assert w.meters.reports[0].legs[0].usage == Usage(7, 2)


@pytest.mark.parametrize("fallbacks", [[], ["llamacpp/small"]])
async def test_the_headers_wait_for_content_only_while_another_could_take_over(fallbacks: list[str]) -> None:
    w = world(fallbacks={"llm": fallbacks})
    w.script.faults["groq/llama"] = [Fault("stall", after=1)]
    opening = asyncio.ensure_future(_chat(w))
    # the fakes wait for their faults only, so a few turns of the loop run everything
    for _ in range(50):
        await asyncio.sleep(0)
    assert opening.done() is not bool(fallbacks)
    opening.cancel()
    await asyncio.wait({opening})
    await w.corridor.aclose()


async def test_the_first_byte_is_the_first_content() -> None:
    w = world()
    run = await _chat(w)
    chunks = aiter(run)
    await anext(chunks)
    w.clock.advance(0.25)
    assert not [e for e in w.events if isinstance(e, RequestFirstByte)]
    async for _ in chunks:
        pass
    (first,) = [e for e in w.events if isinstance(e, RequestFirstByte)]
    assert first.ttfb_ms == 250
    assert w.meters.reports[0].ttfb_ms == 250


async def test_without_usage_tokens_are_estimated_and_marked() -> None:
    w = world()
    w.llm.chunks = answer(["a", "b", "c"], usage=False)
    run = await _chat(w, messages=[{"role": "user", "content": "x" * 40}])
    await run.read()
    leg = w.meters.reports[0].legs[0]
    assert leg.estimated
    assert leg.usage.prompt_tokens == 11
    # three letters, whatever the JSON around them
    assert leg.usage.completion_tokens == 1


async def test_a_client_that_hangs_up_stops_the_upstream_and_is_recorded_once() -> None:
    w = world()
    w.script.faults["groq/llama"] = [Fault("stall", 3)]
    run = await _chat(w)
    stream = aiter(run)
    await anext(stream)
    await run.close()
    await run.close()
    assert w.script.streams[0].closed
    assert [r.status for r in w.meters.reports] == ["cancelled"]
    assert w.meters.held == 0
    assert w.corridor.runs == ()


async def test_an_error_before_the_first_token_moves_on_and_after_it_does_not() -> None:
    w = world(fallbacks={"llm": ["ollama/qwen"]})
    w.script.faults["groq/llama"] = [Fault("error", 1), Fault("error", 3)]
    run = await _chat(w)
    assert await run.read() == b"".join(answer(["one", " two"], usage=False))
    assert run.gateway_headers()["X-VoiceGW-Fallback-From"] == "groq/llama"
    assert run.served.name == "ollama/qwen"
    run = await _chat(w)
    with pytest.raises(UpstreamError):
        await run.read()
    assert w.script.opened == ["groq/llama", "ollama/qwen", "groq/llama"]
    assert [r.status for r in w.meters.reports] == ["ok", "error"]


@pytest.mark.parametrize(("status", "told"), [(401, 502), (404, 404), (429, 429), (500, 502), (503, 502)])
async def test_a_refusal_goes_to_the_next_or_is_told_in_the_one_shape(status: int, told: int) -> None:
    w = world(fallbacks={"llm": ["ollama/qwen"]})
    w.llm.status["groq/llama"] = status
    run = await _chat(w)
    assert (run.status, run.served.name) == (200, "ollama/qwen")
    await run.read()
    alone = world()
    alone.llm.status["groq/llama"] = status
    run = await _chat(alone)
    assert run.status == told
    assert set(json.loads(await run.read())["error"]) == {"message", "type", "code", "param"}
    assert alone.meters.reports[0].status == "error"


async def test_a_request_that_is_itself_wrong_is_not_tried_elsewhere() -> None:
    w = world(fallbacks={"llm": ["ollama/qwen"]})
    w.llm.status["groq/llama"] = 400
    run = await _chat(w)
    assert run.status == 400
    await run.read()
    assert w.script.opened == ["groq/llama"]


@pytest.mark.parametrize("kind", ["stall", "mute"])
async def test_a_slow_paid_target_gives_way_to_a_free_one_only(kind: str) -> None:
    limit = {"routing": {"llm": {"ttfb_limit_ms": 20}}}
    w = world(fallbacks={"llm": ["openai/gpt", "ollama/qwen"]}, **limit)
    w.script.faults["groq/llama"] = [Fault(kind, 1)]
    run = await _chat(w)
    await run.read()
    assert run.served.name == "ollama/qwen"
    assert "openai/gpt" not in w.script.opened
    w = world(fallbacks={"llm": ["openai/gpt"]}, **limit)
    w.script.faults["groq/llama"] = [Fault(kind, 1)]
    with pytest.raises(EngineTimeout):
        await _chat(w)
    assert w.meters.reports[0].legs[0].usage is not None


@pytest.mark.parametrize("kind", ["stall", "mute"])
async def test_hedging_lets_the_next_join_and_bills_the_loser(kind: str) -> None:
    w = world(fallbacks={"llm": ["ollama/qwen"]}, routing={"llm": {"ttfb_limit_ms": 20, "hedge": True}})
    w.script.faults["groq/llama"] = [Fault(kind, 1)]
    run = await _chat(w, messages=[{"role": "user", "content": "x" * 40}])
    await run.read()
    (report,) = w.meters.reports
    assert [(leg.target.name, leg.status) for leg in report.legs] == [("groq/llama", "lost"), ("ollama/qwen", "ok")]
    assert report.legs[0].usage.prompt_tokens == 11
    await run.close()
    assert w.script.live == 0
    assert (run.served.name, run.fallback_from) == ("ollama/qwen", "groq/llama")


async def test_hedged_speech_joins_too() -> None:
    w = world(fallbacks={"tts": ["piper/joe"]}, routing={"tts": {"ttfb_limit_ms": 20, "hedge": True}})
    w.script.faults["elevenlabs/flash"] = [Fault("stall", 0)]
    run = await w.corridor.open_tts(CALLER, "elevenlabs/flash", TtsOptions(rate=RATE))
    await run.push("hello.")
    await run.end()
    events = await collect(run)
    assert isinstance(events[-1], UtteranceDone)
    (report,) = w.meters.reports
    assert {leg.target.name: leg.status for leg in report.legs} == {"elevenlabs/flash": "lost", "piper/joe": "ok"}
    assert (run.served.name, run.fallback_from) == ("piper/joe", "elevenlabs/flash")


async def test_every_way_to_end_is_recorded_once() -> None:
    w = world()
    run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions())
    await run.push(frame(1))
    await run.cancel()
    await run.cancel()
    w.script.faults["whisper/base"] = [Fault("error", 0)]
    run = await w.corridor.open_stt(CALLER, "whisper/base", SttOptions())
    await run.push(frame(1))
    with pytest.raises(UpstreamError):
        await collect(run)
    await run.cancel()
    w.script.faults["piper/joe"] = [Fault("refuse")]
    with pytest.raises(VoiceGatewayError):
        await w.corridor.open_tts(CALLER, "piper/joe", TtsOptions())
    run = await w.corridor.open_tts(CALLER, "piper/joe", TtsOptions())
    await run.push("hi")
    await w.corridor.aclose()
    assert [r.status for r in w.meters.reports] == ["cancelled", "error", "error", "cancelled"]
    assert w.meters.held == 0
    assert w.script.live == 0


async def test_a_model_that_is_gone_is_named_with_the_route_that_chose_it() -> None:
    w = world()
    w.router.set_route(Modality.STT, "whisper/base")
    w.script.faults["whisper/base"] = [Fault("missing")]
    words = r"^routing.stt.route \(chosen live\) sends stt to whisper/base. .*not installed.*set stt as_requested`.$"
    with pytest.raises(ModelNotInstalled, match=words):
        await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    w.router.set_route(Modality.STT, None)
    w.script.faults["whisper/base"] = [Fault("missing")]
    with pytest.raises(ModelNotInstalled, match=r"^whisper/base is not installed.$"):
        await w.corridor.open_stt(CALLER, "whisper/base", SttOptions())


async def test_opening_that_is_cancelled_leaves_nothing_behind() -> None:
    w = world()
    gate = asyncio.Event()

    async def slow(target: Any, options: Any) -> Any:
        gate.set()
        await asyncio.get_running_loop().create_future()

    w.stt.open_stt = slow  # type: ignore[method-assign]
    task = asyncio.ensure_future(w.corridor.open_stt(CALLER, "whisper/base", SttOptions()))
    await gate.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [r.status for r in w.meters.reports] == ["cancelled"]
    assert w.corridor.runs == ()


async def test_a_fallback_is_told() -> None:
    w = world(fallbacks={"stt": ["whisper/base"]})
    w.script.faults["deepgram/nova-3"] = [Fault("refuse")]
    run = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    assert run.headers()["X-VoiceGW-Fallback-From"] == "deepgram/nova-3"
    assert any(isinstance(e, Notice) and e.code == "fallback" for e in w.events)
    await run.cancel()
    assert w.meters.reports[0].fallback_from == "deepgram/nova-3"


def _told(w: World) -> list[str]:
    return [e.message for e in w.events if isinstance(e, Notice) and e.code == "fallback"]


async def test_so_is_one_in_the_middle_of_a_stream_and_one_of_a_chat() -> None:
    w = world(fallbacks={"stt": ["whisper/base"], "tts": ["piper/joe"], "llm": ["ollama/qwen"]})
    w.script.faults = {"deepgram/nova-3": [Fault("error", 1)], "elevenlabs/flash": [Fault("error", 120)]}
    heard = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    await heard.push(frame(1) + frame(2))
    await heard.end()
    await collect(heard)
    spoken = await w.corridor.open_tts(CALLER, "elevenlabs/flash", TtsOptions())
    await spoken.push("Some words.")
    await spoken.end()
    await collect(spoken)
    w.script.faults = {"groq/llama": [Fault("error", 1)]}
    await (await _chat(w)).read()
    w.llm.status = {"groq/llama": 500}
    await (await _chat(w)).read()
    assert _told(w) == [
        "whisper/base took over from deepgram/nova-3: deepgram/nova-3 failed.",
        "piper/joe took over from elevenlabs/flash: elevenlabs/flash failed.",
        "ollama/qwen took over from groq/llama: groq/llama failed.",
        "ollama/qwen took over from groq/llama: groq/llama answered 500.",
    ]


async def test_a_page_of_html_is_no_answer() -> None:
    w = world(fallbacks={"llm": ["ollama/qwen"]})
    w.llm.chunks = [b"<html>Sign in to the hotel's network.</html>"]
    with pytest.raises(UpstreamError, match="answered 200 with something that is no answer"):
        await _chat(w, stream=False)
    assert w.script.opened == ["groq/llama", "ollama/qwen"]
    run = await _chat(w)
    assert _told(w) == [
        "ollama/qwen took over from groq/llama: groq/llama answered 200 with something that is no answer."
    ]
    await run.close()
    assert w.script.live == 0


async def test_a_refusal_that_reaches_the_client_is_no_fallback() -> None:
    w = world(fallbacks={"llm": ["ollama/qwen"]})
    w.llm.status = {"groq/llama": 500, "ollama/qwen": 500}
    run = await _chat(w)
    await run.read()
    assert run.status >= 500
    assert _told(w) == []


async def test_a_slow_reader_holds_speech_back() -> None:
    w = world()
    run = await w.corridor.open_tts(CALLER, "piper/joe", TtsOptions(rate=RATE))
    await run.push("x" * 2000)
    await run.end()
    first = await anext(aiter(run))
    assert first.rate == RATE
    assert run._events.qsize() <= 256
    await run.cancel()


def test_usage_in_every_form() -> None:
    def tail(usage: Any) -> bytes:
        return b"".join(sse({"choices": [], "usage": usage}))

    assert usage_in(tail({"prompt_tokens": 3, "completion_tokens": 2})) == Usage(3, 2)
    details = {"prompt_tokens_details": {"cached_tokens": 1}, "completion_tokens_details": {"reasoning_tokens": 4}}
    assert usage_in(tail({"prompt_tokens": 3, "completion_tokens": 5, **details})) == Usage(3, 5, 1, 0, 4)
    assert usage_in(tail({"input_tokens": 3, "output_tokens": 5})) == Usage(3, 5)
    cached = {"cache_read_input_tokens": 10, "cache_creation_input_tokens": 20}
    assert usage_in(tail({"input_tokens": 3, "output_tokens": 5, **cached})) == Usage(33, 5, 10, 20)
    heard = {"prompt_tokens_details": {"audio_tokens": 2}, "completion_tokens_details": {"audio_tokens": 4}}
    assert usage_in(tail({"prompt_tokens": 3, "completion_tokens": 5, **heard})) == Usage(3, 5, 0, 0, 0, 2, 4)
    assert usage_in(b'data: {"usage":null}\n\n') is None
    assert usage_in(json.dumps({"usage": {"prompt_tokens": 1}})[:-4].encode()) is None


async def test_the_price_of_text_to_be_spoken_is_known_before_the_first_sound() -> None:
    w = world()
    run = await w.corridor.open_tts(CALLER, "elevenlabs/flash", TtsOptions(rate=RATE))
    assert "X-VoiceGW-Cost-USD" not in run.gateway_headers()
    await run.push("Twelve chars")
    await run.end()
    assert run.gateway_headers()["X-VoiceGW-Cost-USD"] == "0.000000120"
    await run.cancel()


@pytest.mark.parametrize("modality", ["stt", "tts"])
async def test_a_hang_up_cancelled_while_it_runs_hangs_up_all_the_same(modality: str) -> None:
    w = world()
    if modality == "stt":
        run: Any = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions(rate=RATE))
    else:
        run = await w.corridor.open_tts(CALLER, "piper/joe", TtsOptions())
    assert w.script.live == 1
    hanging_up = asyncio.ensure_future(run.cancel())
    await asyncio.sleep(0)
    hanging_up.cancel()
    await asyncio.wait({hanging_up})
    assert hanging_up.cancelled()
    assert run.outcome == "cancelled"
    await w.corridor.aclose()
    assert w.script.live == 0


class _Mute:
    """A voice that makes no audio."""

    async def open_tts(self, target: Any, options: TtsOptions) -> _Mute:
        return self

    async def push(self, text: str) -> None:
        """Takes the text."""

    async def end(self) -> None:
        """Nothing follows."""

    async def cancel(self) -> None:
        """Nothing runs."""

    async def __aiter__(self) -> Any:
        yield UtteranceDone(3, 0.0)


@pytest.mark.parametrize(("rate", "heard"), [(8_000, 8_000), (None, 24_000)])
async def test_a_text_without_a_sound_is_a_short_silence(rate: int | None, heard: int) -> None:
    w = world()
    w.backends.register("piper", tts=_Mute())
    run = await w.corridor.open_tts(CALLER, "piper/joe", TtsOptions(rate=rate))
    await run.push("🎉")
    await run.end()
    *sounds, done = await collect(run)
    assert [(s.rate, s.pcm) for s in sounds] == [(heard, bytes(2 * heard // 10))]
    assert isinstance(done, UtteranceDone)
    assert w.meters.reports[0].status == "ok"
