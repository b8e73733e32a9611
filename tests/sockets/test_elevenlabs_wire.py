"""ElevenLabs' doors over a scripted corridor: contexts, times, recordings, live turns, and what is refused."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support.socket_gateway import FakeCorridor
from tests.support.socket_runs import FakeTts
from voicegw_desktop.core.errors import EngineCrashed
from voicegw_desktop.core.events import Alignment, Audio, Final, UtteranceDone, Word
from voicegw_desktop.sockets.audio.utterances import WAITING_CHARACTERS
from voicegw_desktop.sockets.elevenlabs.form import characters
from voicegw_desktop.sockets.http import websocket
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

VOICE = "/v1/text-to-speech/any"
ASKED = "model_id=fake/tts&output_format=pcm_8000"


class TimedTts(FakeTts):
    """Two words in a quarter of a second each, told before their sound, as engines do."""

    async def __aiter__(self) -> AsyncIterator[Any]:
        await self._ended.wait()
        for at, word in ((0.0, "Hi."), (0.5, "Ho.")):
            yield Alignment((Word(word, at, at + 0.3),))
            yield Audio(bytes(4000), 8_000)
        yield UtteranceDone(7, 0.5)


@pytest.fixture
def corridor(server: Server, monkeypatch: pytest.MonkeyPatch) -> FakeCorridor:
    it: FakeCorridor = server.gateway.corridor

    async def open_tts(caller: Any, wanted: str, options: Any) -> TimedTts:
        await it._gate("tts", caller, wanted, options)
        it.opened.append(TimedTts(wanted, options))
        return it.opened[-1]  # type: ignore[no-any-return]

    monkeypatch.setattr(it, "open_tts", open_tts)
    return it


async def told(ws: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    async with asyncio.timeout(60):
        message = await ws.receive()
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return json.loads(message.data)  # type: ignore[no-any-return]


async def final(ws: aiohttp.ClientWebSocketResponse) -> list[dict[str, Any]]:
    seen = [await told(ws)]
    while not seen[-1].get("isFinal"):
        seen.append(await told(ws))
    return seen


def test_characters_are_spread_over_their_words() -> None:
    assert characters([Word("ab", 0.0, 0.2), Word("c.", 0.5, 0.7)]) == [
        ("a", 0.0, 0.1), ("b", 0.1, 0.2), (" ", 0.2, 0.5),
        ("c", 0.5, 0.6), (".", 0.6, 0.7), (" ", 0.7, 0.7),
    ]  # fmt: skip
    assert characters([]) == []


async def test_several_contexts_side_by_side(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect(f"{VOICE}/multi-stream-input?{ASKED}") as ws:
        await ws.send_json({"text": " ", "context_id": "a", "voice_settings": {"speed": 1.2}})
        await ws.send_json({"text": "Hi. ", "context_id": "a"})
        await ws.send_json({"text": "Ho. ", "context_id": "b"})
        # keep-alives open nothing and end nothing
        await ws.send_json({"text": ""})
        await ws.send_json({"text": "", "context_id": "a"})
        await ws.send_json({"context_id": "b", "close_context": True})
        seen = await final(ws)
        assert {m["contextId"] for m in seen} == {"b"}
        await ws.send_json({"context_id": "a", "close_context": True})
        seen = await final(ws)
        assert {m["contextId"] for m in seen} == {"a"}
        await ws.send_json({"close_socket": True})
        assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE
    assert [o.options.speed for o in corridor.opened] == [1.2, 1.0]
    assert b"".join(base64.b64decode(m["audio"]) for m in seen[:-1]) == bytes(8000)
    # the times of each message begin at the end of the one before: 0.3 s
    assert [m["alignment"] for m in seen[:-1]] == [
        {"chars": ["H", "i", ".", " "], "charStartTimesMs": [0, 100, 200, 300], "charDurationsMs": [100, 100, 100, 0]},
        {"chars": ["H", "o", ".", " "], "charStartTimesMs": [200, 300, 400, 500],
         "charDurationsMs": [100, 100, 100, 0]},
    ]  # fmt: skip
    assert seen[0]["normalizedAlignment"] == seen[0]["alignment"]


async def test_one_context_ends_with_an_empty_text(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect(f"{VOICE}/stream-input?{ASKED}") as ws:
        await ws.send_json({"text": " "})
        await ws.send_json({"text": "Hi. Ho. "})
        await ws.send_json({"text": ""})
        seen = await final(ws)
    assert "contextId" not in seen[0]
    assert corridor.opened[0].text == "Hi. Ho. "


async def test_times_by_post(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    body = {"text": "Hi. Ho.", "voice_settings": {"speed": 0.9, "stability": 0.5}, "language_code": "en"}
    async with http.post(f"{VOICE}/stream/with-timestamps?{ASKED}", json=body | {"model_id": "fake/tts"}) as answer:
        assert answer.status == 200
        lines = [json.loads(line) async for line in answer.content]
    assert [line["alignment"]["character_start_times_seconds"][0] for line in lines] == [0.0, 0.5]
    assert lines[1]["alignment"]["characters"] == ["H", "o", ".", " "]
    async with http.post(f"{VOICE}/with-timestamps?{ASKED}", json=body | {"model_id": "fake/tts"}) as answer:
        whole = await answer.json()
    assert len(base64.b64decode(whole["audio_base64"])) == 8000
    assert "".join(whole["alignment"]["characters"]) == "Hi. Ho. "
    options = corridor.opened[0].options
    assert (options.speed, options.language, dict(options.extra)) == (0.9, "en", {"alignment": True})


@pytest.mark.parametrize(
    ("form", "kind", "size"),
    [("pcm_8000", "audio/pcm", 8000), ("wav_8000", "audio/wav", 8044), ("ulaw_8000", "audio/mulaw", 4000)],
)
async def test_formats(http: aiohttp.ClientSession, corridor: FakeCorridor, form: str, kind: str, size: int) -> None:
    for path in (VOICE, f"{VOICE}/stream"):
        async with http.post(f"{path}?output_format={form}", json={"text": "Hi.", "model_id": "fake/tts"}) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
            assert len(await answer.read()) == size


async def test_fields_may_come_behind_the_file(http: aiohttp.ClientSession, server: Server) -> None:
    form = aiohttp.FormData()
    form.add_field("file", bytes(32_000), filename="a.pcm")
    form.add_field("file_format", "PCM_S16LE_16")
    form.add_field("model_id", "fake/stt")
    form.add_field("language_code", "eng")
    form.add_field("keyterms", "Wien")
    async with http.post("/v1/speech-to-text", data=form) as answer:
        assert answer.status == 200
        body = await answer.json()
    assert (body["text"], body["language_code"], body["audio_duration_secs"]) == ("hello there world", "en", 1.0)
    word = {"text": "hello", "start": 0.0, "end": 0.5, "type": "word", "speaker_id": "speaker_0", "logprob": 0.0}
    assert body["words"][0] == word
    run = server.gateway.corridor.opened[0]
    assert (run.options.language, run.options.keyterms) == ("en", ("Wien",))


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["committed_transcript"]),
        ("&include_timestamps=true", ["committed_transcript", "committed_transcript_with_timestamps"]),
        ("&include_language_detection=true", ["committed_transcript", "committed_transcript_with_timestamps"]),
    ],
)
async def test_a_commit_comes_in_the_copies_that_were_asked_for(
    http: aiohttp.ClientSession, server: Server, query: str, kinds: list[str]
) -> None:
    server.gateway.corridor.stt_script = [Final("Hello.", "en", words=(Word("Hello.", 0.0, 0.5),))]
    path = "/v1/speech-to-text/realtime?model_id=fake/stt&commit_strategy=vad&vad_threshold=0.7&language_code=deu"
    async with http.ws_connect(path + query) as ws:
        assert (await told(ws))["message_type"] == "session_started"
        run = server.gateway.corridor.opened[0]
        assert (run.options.language, dict(run.options.extra)) == ("de", {"vad_threshold": 0.7})
        await run.end()
        seen = [await told(ws) for _ in kinds]
    assert [m["message_type"] for m in seen] == kinds
    if len(seen) > 1:
        assert bool(seen[1]["words"]) == ("timestamps" in query)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "param"),
    [
        ("POST", f"{VOICE}?output_format=tape_1", {"text": "x", "model_id": "fake/tts"}, 400, "output_format"),
        ("POST", VOICE, {"text": "", "model_id": "fake/tts"}, 400, "text"),
        ("POST", VOICE, {"text": 5, "model_id": "fake/tts"}, 400, "text"),
        ("POST", VOICE, {"text": "x" * 30_000, "model_id": "fake/tts"}, 400, "text"),
        ("POST", VOICE, {"text": "x", "model_id": "no/such"}, 404, "model"),
        ("POST", VOICE, {"text": "x", "voice_settings": {"speed": 9}}, 400, "voice_settings.speed"),
        ("POST", VOICE, {"text": "x", "voice_settings": 9}, 400, "voice_settings.speed"),
        ("POST", VOICE, {"text": "x", "language_code": 9}, 400, "language_code"),
        ("GET", "/v1/voices/nobody", None, 404, "voice_id"),
    ],
)
async def test_a_refusal_says_so_in_both_forms(
    http: aiohttp.ClientSession, corridor: FakeCorridor, method: str, path: str, body: Any, status: int, param: str
) -> None:
    async with http.request(method, path, json=body) as answer:
        assert answer.status == status, await answer.text()
        said = await answer.json()
    assert said["error"]["param"] == param
    assert said["detail"]["message"] == said["error"]["message"]
    assert said["detail"]["status"]


@pytest.mark.parametrize("content", [b"", b"no audio at all" * 100, b"RIFF\x00\x00\x00\x00WAVE"])
async def test_what_is_no_recording_is_refused(http: aiohttp.ClientSession, server: Server, content: bytes) -> None:
    form = aiohttp.FormData({"model_id": "fake/stt"})
    form.add_field("file", content, filename="a.wav")
    async with http.post("/v1/speech-to-text", data=form) as answer:
        # bytes that need a decoder find none in this scripted gateway
        assert answer.status in (400, 503)
        assert (await answer.json())["detail"]["message"]
    assert server.gateway.corridor.opened == []


async def heard(ws: aiohttp.ClientWebSocketResponse) -> bytes:
    """The audio up to the end of a context."""
    return b"".join(base64.b64decode(m["audio"]) for m in await final(ws) if m.get("audio"))


@pytest.mark.parametrize("path", ["stream-input", "multi-stream-input"])
@pytest.mark.parametrize("flush", [{"text": "hello my friend ", "flush": True}, {"text": "", "flush": True}])
async def test_a_flush_speaks_what_was_said_and_the_context_goes_on(
    http: aiohttp.ClientSession, corridor: FakeCorridor, path: str, flush: dict[str, Any]
) -> None:
    async with http.ws_connect(f"{VOICE}/{path}?{ASKED}") as ws:
        await ws.send_json({"text": "Well "})
        await ws.send_json(flush)
        assert base64.b64decode((await told(ws))["audio"])
        await ws.send_json({"flush": True})
        await ws.send_json({"text": "and more"})
        await ws.send_json({"close_context": True} if path.startswith("multi") else {"text": ""})
        assert await heard(ws)
    assert [run.text for run in corridor.opened] == [f"Well {flush['text']}", "and more"]


async def test_a_trigger_waits_for_text_that_sounds_well(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect(f"{VOICE}/stream-input?{ASKED}") as ws:
        for text in ("Short. ", "This one is long enough, with what came before it. "):
            await ws.send_json({"text": text, "try_trigger_generation": True})
        assert base64.b64decode((await told(ws))["audio"])
        await ws.send_json({"text": "x" * 100, "try_trigger_generation": True})
        await ws.send_json({"text": "y" * 30 + " ", "try_trigger_generation": True})
        await ws.send_json({"text": "z", "try_trigger_generation": True})
        await ws.send_json({"text": ""})
        assert await heard(ws)
    assert [len(run.text) for run in corridor.opened] == [58, 131, 1]


async def test_the_connection_stays_until_the_client_closed_its_half(
    http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is cut while a late message is unread takes with it what the client has not read."""
    monkeypatch.setattr(websocket, "WEBSOCKET_CLOSE_WAIT", 60.0)
    async with http.ws_connect(f"{VOICE}/stream-input?{ASKED}", autoclose=False) as ws:
        for text in ("Hello. ", ""):
            await ws.send_json({"text": text})
        while (await ws.receive()).type is not aiohttp.WSMsgType.CLOSE:
            pass
        # the server has said its last word: this would fail on a connection that is cut
        for _ in range(3):
            await ws.send_json({"text": "late"})
        assert await ws.close()
        assert ws.close_code == 1000


@pytest.mark.parametrize("late", [{"text": ""}, {"text": "late"}, {"close_context": True}, {"flush": True}])
@pytest.mark.parametrize("path", ["stream-input", "multi-stream-input"])
async def test_what_comes_after_the_end_touches_nothing_that_is_spoken(
    http: aiohttp.ClientSession, corridor: FakeCorridor, path: str, late: dict[str, Any]
) -> None:
    end = {"close_context": True} if path.startswith("multi") else {"text": ""}
    async with http.ws_connect(f"{VOICE}/{path}?{ASKED}") as ws:
        await ws.send_json({"text": "Hello. "})
        await ws.send_json(end)
        await ws.send_json(late)
        seen = await final(ws)
        assert len(b"".join(base64.b64decode(m["audio"]) for m in seen if m.get("audio"))) == 8_000
        assert [m["error"] for m in seen if "error" in m] == (["stream_ended"] if late.get("text") else [])
    assert [run.text for run in corridor.opened] == ["Hello. "]


@pytest.mark.parametrize("said", [["Hello. ", ""], ["Hello. ", "", ""], [" ", ""], [""]])
async def test_the_end_of_the_only_context_closes_the_socket(
    http: aiohttp.ClientSession, corridor: FakeCorridor, said: list[str]
) -> None:
    """ElevenLabs' Python SDK reads until the connection is closed, and takes any code but 1000 for a failure."""
    async with http.ws_connect(f"{VOICE}/stream-input?{ASKED}") as ws:
        for text in said:
            await ws.send_json({"text": text})
        async with asyncio.timeout(60):
            seen = [json.loads(message.data) async for message in ws]
        assert [m.get("isFinal") for m in seen][-1:] == [True]
        assert ws.close_code == 1000


async def test_a_closed_context_does_not_keep_the_socket_open(
    http: aiohttp.ClientSession, corridor: FakeCorridor
) -> None:
    async with http.ws_connect(f"{VOICE}/multi-stream-input?{ASKED}") as ws:
        await ws.send_json({"text": "Hello. ", "context_id": "a"})
        await ws.send_json({"close_context": True, "context_id": "a"})
        await ws.send_json({"close_socket": True})
        assert len(await heard(ws)) == 8_000
        async with asyncio.timeout(60):
            assert (await ws.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_a_target_that_fails_is_told_once(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    corridor.error = EngineCrashed("fake/tts ended.")
    async with http.ws_connect(f"{VOICE}/stream-input?{ASKED}") as ws:
        await ws.send_json({"text": "Hello. "})
        assert (await told(ws))["message"] == "fake/tts ended."
        corridor.error = None
        await ws.send_json({"text": "Again. "})
        await ws.send_json({"text": ""})
        assert await heard(ws)
    assert [run.text for run in corridor.opened] == ["Again. "]


async def test_a_key_is_checked_as_the_sdk_does_it(http: aiohttp.ClientSession) -> None:
    """The fields that the SDK's types need, of elevenlabs 2.78.0."""
    async with http.get("/v1/user") as answer:
        user = await answer.json()
    assert {
        "user_id", "workspace_id", "subscription", "is_new_user", "can_use_delayed_payment_methods",
        "is_onboarding_completed", "is_onboarding_checklist_completed", "created_at", "seat_type",
    } == set(user)  # fmt: skip
    assert (user["user_id"], user["workspace_id"]) == ("key1", "alpha")
    async with http.get("/v1/user/subscription") as answer:
        assert await answer.json() == user["subscription"]
    async with http.get("/v1/user", headers={"Authorization": "Bearer wrong"}) as answer:
        assert answer.status == 401


async def test_text_that_waits_has_an_end(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect(f"{VOICE}/stream-input?{ASKED}") as ws:
        for _ in range(WAITING_CHARACTERS // 20_000):
            await ws.send_json({"text": "a" * 20_000})
        await ws.send_json({"text": "b"})
        assert "characters wait to be spoken" in (await told(ws))["message"]
        await ws.send_json({"text": ""})
        assert await heard(ws)
    (run,) = corridor.opened
    assert run.text == "a" * WAITING_CHARACTERS
