"""LiveKit Inference speech, frame by frame, as docs/livekit.md has it; the corridor answers from a script."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from tests.sockets.test_livekit_wire import CREATE_TTS, FLUSH, Said, answers, connected, kinds, speak
from tests.support.socket_gateway import Serve
from voicegw_desktop.core.errors import EngineCrashed, RateLimitExceeded
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.sockets.audio.utterances import WAITING_CHARACTERS
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.livekit.tts import RUN_AHEAD, TtsSession, without_directions

pytestmark = pytest.mark.socket


async def test_utterances_one_after_the_other_on_one_connection(server: Server) -> None:
    corridor = server.gateway.corridor
    async with connected(server, "/v1/tts?model=fake/tts") as ws:
        await ws.send_json(CREATE_TTS)
        created = (await answers(ws, "session.created"))[0]
        ids = []
        for text in ("One. ", "Two. "):
            await ws.send_json(speak(text))
            await ws.send_json(speak("More. "))
            await ws.send_json(FLUSH)
            seen = await answers(ws, "done")
            assert kinds(seen) == ["output_audio"] * 5 + ["done"]
            assert len({m["session_id"] for m in seen}) == 1
            ids.append(seen[0]["session_id"])
            assert sum(len(base64.b64decode(m["audio"])) for m in seen[:-1]) == 12_000
        await ws.send_json({"type": "session.close"})
        assert await answers(ws) == [{"type": "session.closed", "session_id": created["session_id"]}]
    assert len(set(ids)) == 2
    assert [run.text for run in corridor.opened] == ["One. More. ", "Two. More. "]


async def test_an_utterance_without_text_ends_at_once(server: Server) -> None:
    async with connected(server, "/v1/tts") as ws:
        await ws.send_json(CREATE_TTS)
        await ws.send_json(FLUSH)
        await ws.send_json(FLUSH)
        seen = [*await answers(ws, "done"), *await answers(ws, "done")]
        assert kinds(seen) == ["session.created", "done", "done"]
        assert seen[1]["session_id"] != seen[2]["session_id"]
    assert server.gateway.corridor.opened == []


async def test_voice_and_model_of_the_moment(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = await serve()
    corridor = server.gateway.corridor
    asked: list[str] = []

    async def gate(kind: str, caller: Caller, wanted: str, options: Any) -> None:
        asked.append(wanted)

    monkeypatch.setattr(corridor, "_gate", gate)
    async with connected(server, "/v1/tts") as ws:
        await ws.send_json({**CREATE_TTS, "model": "cartesia/sonic-3", "voice": "v1"})
        for config in ({}, {"voice": "v2", "language": "de"}, {"model": "cartesia/sonic-2"}):
            await ws.send_json(speak("Text. ", **config))
            await ws.send_json(FLUSH)
            await answers(ws, "done")
    assert asked == ["cartesia/sonic-3:v1", "cartesia/sonic-3:v2", "cartesia/sonic-2:v2"]
    assert corridor.opened[1].options.language == "de"


async def test_stage_directions_are_not_read_aloud_here(server: Server) -> None:
    async with connected(server, "/v1/tts") as ws:
        await ws.send_json(CREATE_TTS)
        await ws.send_json(speak("[laughter] Well, [1] is <break time='1s'/> not one. "))
        await ws.send_json(FLUSH)
        await answers(ws, "done")
    assert server.gateway.corridor.opened[0].text == "Well, [1] is <break time='1s'/> not one. "


@pytest.mark.parametrize(
    ("wanted", "text", "said"),
    [
        ("inworld/tts-2:Ashley", "[soft, sorry their week was rough; it's hard] I am sorry. ", "I am sorry. "),
        ("fishaudio/s2", "Well, [very excited about tomorrow, and a little nervous] yes. ", "Well, yes. "),
        ("cartesia/sonic-3", "Press [the key at the left, with an arrow on it] now. ", None),
        ("inworld/tts-2", "See [1] and [2, page 3]. ", None),
    ],
)
def test_directions_in_free_words_are_dropped_where_clients_write_them(
    wanted: str, text: str, said: str | None
) -> None:
    assert without_directions(text, wanted) == (text if said is None else said)


async def test_the_speech_fallback_serves(server: Server) -> None:
    async with connected(server, "/v1/tts") as ws:
        fallback = {"models": [{"model": "fake/tts", "voice": "", "extra": {}}]}
        await ws.send_json({**CREATE_TTS, "model": "nobody/has-it", "fallback": fallback})
        await ws.send_json(speak("Text. "))
        await ws.send_json(FLUSH)
        assert kinds(await answers(ws, "done"))[-1] == "done"


async def test_a_failure_is_told_with_its_status_and_the_connection_lives(server: Server) -> None:
    corridor = server.gateway.corridor
    async with connected(server, "/v1/tts") as ws:
        await ws.send_json(CREATE_TTS)
        await answers(ws, "session.created")
        for error, status in ((EngineCrashed("The engine died."), 502), (RateLimitExceeded("Too many."), 429)):
            corridor.error = error
            await ws.send_json(speak("Text. "))
            await ws.send_json(FLUSH)
            (told,) = await answers(ws, "error")
            assert (told["message"], told["code"]) == (error.message, error.status)
            assert told["code"] == status or told["code"] >= 500
        corridor.error = None
        await ws.send_json(speak("Text. "))
        await ws.send_json(FLUSH)
        assert kinds(await answers(ws, "done"))[-1] == "done"


@pytest.mark.usefixtures("paced")
@pytest.mark.parametrize("in_job", [True, False])
async def test_within_a_job_speech_does_not_run_ahead(server: Server, in_job: bool) -> None:
    corridor, said = server.gateway.corridor, Said()
    corridor.tts_twentieths = 200
    session = TtsSession(corridor, Caller("alpha", "livekit"), "fake/tts", said, in_job=in_job)
    await session.receive(CREATE_TTS)
    await session.receive(speak("Long. "))
    await session.receive(FLUSH)
    for _ in range(400):
        await asyncio.sleep(0)
    sent_s = sum(len(base64.b64decode(m["audio"])) for m in said if m["type"] == "output_audio") / 48_000
    if in_job:
        assert RUN_AHEAD <= sent_s <= RUN_AHEAD + 0.5
    else:
        assert sent_s == 10.0
    await session.close()
    assert corridor.opened[0].cancelled.is_set()


async def test_hanging_up_stops_the_utterance(server: Server) -> None:
    corridor = server.gateway.corridor
    async with connected(server, "/v1/tts") as ws:
        await ws.send_json(CREATE_TTS)
        await ws.send_json(speak("Never ended. "))
        await answers(ws, "session.created")
        await ws.send_json(speak("More. "))
        async with asyncio.timeout(60):
            while not corridor.opened:  # noqa: ASYNC110
                await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await corridor.opened[0].cancelled.wait()


@pytest.mark.parametrize(
    ("model", "extra", "timed"),
    [
        ("assemblyai/sonic", {}, True),
        ("assemblyai/sonic", {"word_timestamps": True}, True),
        ("assemblyai/sonic", {"word_timestamps": False}, False),
        ("cartesia/sonic", {}, False),
        ("cartesia/sonic", {"add_timestamps": True}, True),
    ],
)
async def test_times_of_words_where_the_client_counts_on_them(
    server: Server, monkeypatch: pytest.MonkeyPatch, model: str, extra: dict[str, Any], timed: bool
) -> None:
    asked: list[Any] = []

    async def gate(kind: str, caller: Caller, wanted: str, options: Any) -> None:
        asked.append(options)

    monkeypatch.setattr(server.gateway.corridor, "_gate", gate)
    async with connected(server, f"/v1/tts?model={model}") as ws:
        await ws.send_json({**CREATE_TTS, "model": model, "extra": extra})
        await ws.send_json(speak("One. "))
        await ws.send_json(FLUSH)
        await answers(ws, "done")
    assert asked[0].extra["alignment"] is timed


async def test_text_that_waits_has_an_end(server: Server) -> None:
    async with connected(server, "/v1/tts?model=fake/tts") as ws:
        await ws.send_json(CREATE_TTS)
        for _ in range(WAITING_CHARACTERS // 20_000):
            await ws.send_json(speak("a" * 20_000))
        await ws.send_json(speak("b"))
        (refused,) = [m for m in await answers(ws, "error") if m["type"] == "error"]
        assert "characters wait to be spoken" in refused["message"]
        # once it was spoken there is room again
        for text in ("b", "c"):
            await ws.send_json(FLUSH)
            assert "error" not in kinds(await answers(ws, "done"))
            await ws.send_json(speak(text))
    said = [run.text for run in server.gateway.corridor.opened]
    assert said[:2] == ["a" * WAITING_CHARACTERS, "b"]


async def test_json_that_is_too_deep_is_told_in_plain_words(server: Server) -> None:
    async with connected(server, "/v1/tts?model=fake/tts") as ws:
        await ws.send_str("[" * 100_000)
        assert (await answers(ws, "error"))[-1]["message"] == "The JSON of the message is nested too deeply."
