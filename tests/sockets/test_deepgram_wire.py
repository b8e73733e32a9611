"""Deepgram's four doors over a scripted corridor: results, turns, speech in turns, and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.support.deepgram_client import Client, LiveStt, LongTts, pushed, pushed_commit
from tests.support.socket_gateway import FakeCorridor
from voicegw_desktop.core.errors import EngineCrashed
from voicegw_desktop.core.events import Final, Interim, SpeechEnded, SpeechStarted, Word
from voicegw_desktop.core.late import Behind
from voicegw_desktop.sockets.audio import g711
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

SECOND = bytes(32_000)  # of silence at 16 kHz


@pytest.fixture
def long_speech(corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_tts(caller: Any, wanted: str, options: Any) -> LongTts:
        corridor.opened.append(LongTts(wanted, options))
        return corridor.opened[-1]  # type: ignore[no-any-return]

    monkeypatch.setattr(corridor, "open_tts", open_tts)


@pytest.fixture
def corridor(server: Server, monkeypatch: pytest.MonkeyPatch) -> FakeCorridor:
    it: FakeCorridor = server.gateway.corridor

    async def open_stt(caller: Any, wanted: str, options: Any) -> LiveStt:
        await it._gate("stt", caller, wanted, options)
        it.opened.append(LiveStt(wanted, options, []))
        return it.opened[-1]  # type: ignore[no-any-return]

    monkeypatch.setattr(it, "open_stt", open_stt)
    return it


WORDS = (Word("Hello", 0.2, 0.5, 0.9), Word("there.", 0.5, 0.8, 0.8))


# -- results ----------------------------------------------------------------------------------------------------------


async def test_results_carry_what_the_sdk_wants(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    query = "model=fake/stt&interim_results=true&vad_events=true&utterance_end_ms=1000&language=multi&endpointing=25"
    async with http.ws_connect(f"/v1/listen?{query}") as ws:
        client, run = Client(ws), corridor.opened[0]
        assert (run.options.endpointing_ms, run.options.interim, run.options.language) == (50, True, "multi")
        for event in (
            SpeechStarted(0.2),
            Interim("Hello", "Hello", "en", 0.2),
            SpeechEnded(1.0),
            Final("Hello there.", "en", 0.2, 0.8, WORDS),
        ):
            run.says.put_nowait(event)
        started, interim, final, ended = [await client.next() for _ in range(4)]
        assert (started["type"], started["timestamp"]) == ("SpeechStarted", 0.2)
        assert not interim["is_final"]
        assert final["is_final"]
        assert final["speech_final"]
        assert not final["from_finalize"]
        assert (final["start"], final["duration"]) == (0.2, 0.6)
        (heard,) = final["channel"]["alternatives"]
        assert (heard["transcript"], heard["confidence"], heard["languages"]) == ("Hello there.", 0.8, ["en"])
        assert heard["words"][1] == {
            "word": "there", "punctuated_word": "there.", "start": 0.5, "end": 0.8, "confidence": 0.8,
        }  # fmt: skip
        assert set(final["metadata"]) == {"request_id", "model_info", "model_uuid"}
        assert (ended["type"], ended["last_word_end"]) == ("UtteranceEnd", 0.8)
        await ws.send_bytes(SECOND)
        await client.send("CloseStream")
        closing = await client.next()
        assert (closing["type"], closing["duration"], closing["channels"]) == ("Metadata", 1.0, 1)
        assert len(closing["sha256"]) == 64
        assert closing["request_id"] == final["metadata"]["request_id"]


async def test_a_finalize_is_answered_with_words_and_without(
    http: aiohttp.ClientSession, corridor: FakeCorridor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicegw_desktop.sockets.deepgram.listen.FINALIZE_S", 0.0)
    async with http.ws_connect("/v1/listen?model=fake/stt") as ws:
        client, run = Client(ws), corridor.opened[0]
        run.says.put_nowait(SpeechStarted(0.2))
        run.says.put_nowait(Interim("Hello"))
        await client.next()
        await client.send("Finalize")
        await pushed_commit(run, 1)
        run.says.put_nowait(Final("Hello."))
        told = await client.next()
        assert (told["from_finalize"], told["channel"]["alternatives"][0]["transcript"]) == (True, "Hello.")
        run.says.put_nowait(SpeechStarted(2.2))
        run.says.put_nowait(Final("More."))
        assert not (await client.next())["from_finalize"]
        await client.send("Finalize")
        told = await client.next()
        assert (told["from_finalize"], told["channel"]["alternatives"][0]["transcript"]) == (True, "")


async def test_telephone_audio_is_heard(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v1/listen?model=fake/stt&encoding=mulaw&sample_rate=8000") as ws:
        await ws.send_bytes(bytes(range(256)))
        run = corridor.opened[0]
        await pushed(run, 512)
    assert run.options.rate == 8_000
    assert bytes(run.pushed) == g711.decode(bytes(range(256)), "pcmu")


async def test_a_recording_of_bare_samples(http: aiohttp.ClientSession, server: Server) -> None:
    query = "model=fake/stt&encoding=linear16&sample_rate=16000&utterances=true&detect_language=true"
    async with http.post(f"/v1/listen?{query}", data=SECOND + b"\x01") as answer:
        assert answer.status == 200
        body = await answer.json()
    assert body["metadata"]["duration"] == 1.0
    (channel,) = body["results"]["channels"]
    assert channel["detected_language"] == "en"
    assert channel["alternatives"][0]["transcript"] == "hello there world"
    assert [u["transcript"] for u in body["results"]["utterances"]] == ["hello there world"]


# -- turns ------------------------------------------------------------------------------------------------------------


async def test_results_that_come_late_say_so(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v1/listen?model=fake/stt") as ws:
        client, run = Client(ws), corridor.opened[0]
        for event in (Behind(1.6), Final("Hello."), Behind(0.0), Final("There.")):
            run.says.put_nowait(event)
        seen = [await client.next() for _ in range(2)]
    assert [m["type"] for m in seen] == ["Results", "Results"]
    assert [m["metadata"].get("behind_s") for m in seen] == [1.6, None]


async def test_a_turn_from_its_start_to_its_end(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v2/listen?model=fake/stt&keyterm=Wien&keyterm=Melk") as ws:
        client, run = Client(ws), corridor.opened[0]
        assert (run.options.endpointing_ms, run.options.keyterms) == (500, ("Wien", "Melk"))
        seen = [await client.next()]
        assert seen[0]["type"] == "Connected"
        await ws.send_bytes(SECOND)
        await pushed(run, len(SECOND))
        for event in (
            SpeechStarted(0.2),
            Interim("Hello the", "Hello", "en", 0.2),
            SpeechEnded(1.3),
            Final("Hello there.", "en", 0.2, 0.8, WORDS),
            SpeechStarted(2.0),
        ):
            run.says.put_nowait(event)
        seen += [await client.next() for _ in range(4)]
    assert [m["sequence_id"] for m in seen] == [0, 1, 2, 3, 4]
    assert [m.get("event") for m in seen[1:]] == ["StartOfTurn", "Update", "EndOfTurn", "StartOfTurn"]
    assert [m["turn_index"] for m in seen[1:]] == [0, 0, 0, 1]
    update, end = seen[2], seen[3]
    assert update["transcript"] == "Hello the"
    assert [w["confidence"] for w in update["words"]] == [1.0, 0.5]
    assert (end["transcript"], end["audio_window_start"], end["audio_window_end"]) == ("Hello there.", 0.2, 1.0)
    assert end["words"][0] == {"word": "Hello", "confidence": 0.9, "start": 0.2, "end": 0.5}
    assert end["end_of_turn_confidence"] == 0.7
    assert len({m["request_id"] for m in seen}) == 1


async def test_a_guess_is_taken_back_and_confirmed(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v2/listen?model=fake/stt&eager_eot_threshold=0.5&eot_threshold=0.7") as ws:
        client, run = Client(ws), corridor.opened[0]
        await client.next()
        # the engine looks for the short silence, the turn ends after the long one
        assert run.options.endpointing_ms == 300
        run.says.put_nowait(SpeechStarted(0.1))
        run.says.put_nowait(SpeechEnded(0.8))
        run.says.put_nowait(Final("Hello", "en", 0.1, 0.5))
        assert [(await client.next())["event"] for _ in range(2)] == ["StartOfTurn", "EagerEndOfTurn"]
        run.says.put_nowait(SpeechStarted(0.9))
        run.says.put_nowait(SpeechEnded(1.8))
        run.says.put_nowait(Final("there.", "en", 0.9, 1.5))
        resumed, guessed = await client.next(), await client.next()
        assert [resumed["event"], guessed["event"]] == ["TurnResumed", "EagerEndOfTurn"]
        assert guessed["transcript"] == "Hello there."
        assert guessed["end_of_turn_confidence"] == 0.5
        # voices ended at 1.5 s: at 1.9 s the silence is too short, at 2.0 s it is long enough
        await ws.send_bytes(bytes(round(1.9 * 32_000)))
        await pushed(run, round(1.9 * 32_000))
        await client.send("Configure", thresholds={"eot_threshold": 0.7})
        assert (await client.next())["type"] == "ConfigureSuccess"
        await ws.send_bytes(bytes(round(0.1 * 32_000)))
        end = await client.next()
        assert (end["event"], end["transcript"], end["turn_index"]) == ("EndOfTurn", "Hello there.", 0)


async def test_a_turn_is_ended_by_force_and_by_the_end(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v2/listen?model=fake/stt&eot_threshold=1.0") as ws:
        client, run = Client(ws), corridor.opened[0]
        await client.next()
        assert run.options.endpointing_ms == 10_000
        run.says.put_nowait(SpeechStarted(0.1))
        await client.next()
        await client.send("ForceEndTurn")
        await pushed_commit(run, 1)
        run.says.put_nowait(Final("Hello."))
        end = await client.next()
        assert (end["event"], end["trigger"], end["transcript"]) == ("EndOfTurn", "force_end_turn", "Hello.")
        # a recogniser without word times
        assert end["words"] == [{"word": "Hello.", "confidence": 1.0}]
        run.says.put_nowait(SpeechStarted(2.1))
        await client.next()
        await client.send("CloseStream")
        assert (await client.next())["event"] == "EndOfTurn"
        assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_settings_change_between_turns(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v2/listen?model=fake/stt") as ws:
        client = Client(ws)
        await client.next()
        await ws.send_bytes(SECOND)
        await client.send("Configure", thresholds={"eot_threshold": 0.9, "eot_timeout_ms": 800}, keyterms=["Wien"])
        told = await client.next()
        assert told["type"] == "ConfigureSuccess"
        assert told["thresholds"] == {"eot_threshold": 0.9, "eot_timeout_ms": 800}
        assert told["keyterms"] == ["Wien"]
        await ws.send_bytes(SECOND)
        async with asyncio.timeout(60):
            while len(corridor.opened) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0)
        run = corridor.opened[1]
        assert (run.options.endpointing_ms, run.options.keyterms) == (800, ("Wien",))
        assert corridor.opened[0].left.is_set()
        # its times go on where the first stream's ended
        run.says.put_nowait(SpeechStarted(0.5))
        assert (await client.next())["audio_window_start"] == 1.5
        for wrong in ({"eot_threshold": 0.1}, {"eager_eot_threshold": "x"}, 5):
            await client.send("Configure", thresholds=wrong)
            assert (await client.next())["type"] == "ConfigureFailure"


# -- speech -----------------------------------------------------------------------------------------------------------


async def test_the_first_form_of_speech(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v1/speak?model=fake/tts&sample_rate=16000") as ws:
        client = Client(ws)
        greeting = await client.next()
        assert set(greeting) == {"type", "request_id", "model_name", "model_version", "model_uuid"}
        # text of the next turn may come while the first is still spoken
        for text in ("One. ", "Two. "):
            await client.send("Speak", text=text)
            await client.send("Flush")
        assert [await client.next() for _ in range(2)] == [
            {"type": "Flushed", "sequence_id": 0},
            {"type": "Flushed", "sequence_id": 1},
        ]
        assert len(client.sound) == 2 * 5 * 1600
        await client.send("Flush")
        assert (await client.next())["sequence_id"] == 2
        await client.send("Clear")
        assert (await client.next())["type"] == "Cleared"
        await client.send("Sing")
        assert (await client.next())["type"] == "Warning"
        await client.send("Close")
        assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE
    assert [o.text for o in corridor.opened] == ["One. ", "Two. "]


@pytest.mark.usefixtures("long_speech")
async def test_a_clear_is_heard_while_something_is_spoken(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v1/speak?model=fake/tts") as ws:
        client = Client(ws)
        await client.next()
        await client.send("Speak", text="A very long story. ")
        await client.send("Flush")
        async with asyncio.timeout(60):
            assert (await ws.receive()).type is aiohttp.WSMsgType.BINARY
        await client.send("Clear")
        assert (await client.next())["type"] == "Cleared"
        assert corridor.opened[0].cancelled.is_set()


async def test_the_second_form_of_speech(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v2/speak?model=fake/tts&encoding=alaw&sample_rate=8000") as ws:
        client = Client(ws)
        greeting = await client.next()
        assert set(greeting) == {"type", "request_id", "model_name", "model_version", "model_uuids"}
        await client.send("Configure", speed=1.25)
        assert await client.next() == {"type": "ConfigureSuccess", "applied": {"speed": 1.25}}
        await client.send("Configure", speed=9)
        assert (await client.next())["code"] == "SPEED_OUT_OF_RANGE"
        await client.send("Interrupt")
        assert (await client.next())["code"] == "NO_ACTIVE_SPEECH"
        await client.send("Speak", text="Hello.")
        await client.send("Flush")
        seen = [await client.next() for _ in range(3)]
        assert sorted(m["type"] for m in seen) == ["Flushed", "SpeechMetadata", "SpeechStarted"]
        assert len({m["speech_id"] for m in seen}) == 1
        assert seen[-1]["type"] == "SpeechMetadata"
        assert (seen[-1]["audio_duration_ms"], seen[-1]["billable_character_count"]) == (250, 6)
        assert client.sound == g711.encode(b"\x00\x10\x00\xf0" * 200, "pcma") * 5
        await client.send("Close")
        totals = await client.next()
        assert (totals["type"], totals["total_audio_duration_ms"]) == ("SessionMetadata", 250)
    assert corridor.opened[0].options.speed == 1.25


@pytest.mark.usefixtures("long_speech")
async def test_a_turn_is_interrupted(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    async with http.ws_connect("/v2/speak?model=fake/tts&sample_rate=8000") as ws:
        client = Client(ws)
        await client.next()
        await client.send("Speak", text="one two three four")
        await client.send("Flush")
        async with asyncio.timeout(60):
            while (await ws.receive()).type is not aiohttp.WSMsgType.BINARY:
                pass
        await client.send("Interrupt", playback_offset={"type": "time_ms", "value": 0})
        told = await client.next()
        assert told["type"] == "SpeechInterrupted"
        assert (told["audio_played_ms"], told["text_spoken"], told["text_remaining"]) == (0, "", "one two three four")
        assert told["metadata"]["audio_duration_ms"] == 100
        assert corridor.opened[0].cancelled.is_set()


@pytest.mark.parametrize(
    ("query", "kind", "start"),
    [
        ("encoding=linear16", "audio/wav", b"RIFF"),
        ("encoding=linear16&container=none", "audio/l16", b"\x00\x10\x00\xf0"),
        ("encoding=mulaw&sample_rate=8000", "audio/mulaw", g711.encode(b"\x00\x10\x00\xf0", "pcmu")),
    ],
)
async def test_a_text_is_spoken(http: aiohttp.ClientSession, query: str, kind: str, start: bytes) -> None:
    for version in ("v1", "v2"):
        async with http.post(f"/{version}/speak?model=fake/tts&{query}", json={"text": "Hello."}) as answer:
            assert answer.status == 200
            assert (answer.headers["Content-Type"], answer.headers["dg-char-count"]) == (kind, "6")
            assert (await answer.read()).startswith(start)


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status", "param"),
    [
        ("GET", "/v1/listen?model=nothing", 404, "model"),
        ("GET", "/v1/listen?model=fake/stt&encoding=tape", 400, "encoding"),
        ("GET", "/v1/listen?model=fake/stt&channels=2", 400, "channels"),
        ("GET", "/v1/listen?model=fake/stt&multichannel=true", 400, "multichannel"),
        ("GET", "/v1/listen?model=fake/stt&callback=http://a", 400, "callback"),
        ("GET", "/v1/listen?model=fake/stt&sample_rate=1", 400, "sample_rate"),
        ("GET", "/v1/listen?model=fake/stt&endpointing=soon", 400, "endpointing"),
        ("GET", "/v2/listen?model=fake/stt&eot_threshold=2", 400, "eot_threshold"),
        ("GET", "/v2/listen?model=fake/stt&eot_threshold=x", 400, "eot_threshold"),
        ("GET", "/v2/listen?model=fake/stt&eager_eot_threshold=0.9&eot_threshold=0.6", 400, "eager_eot_threshold"),
        ("GET", "/v2/listen?model=fake/stt&eot_timeout_ms=1", 400, "eot_timeout_ms"),
        ("GET", "/v1/speak?model=fake/tts&encoding=mp3", 400, "encoding"),
        ("GET", "/v2/speak?model=fake/tts&speed=nan", 400, "speed"),
        ("POST", "/v1/speak?model=fake/tts&encoding=tape", 400, "encoding"),
        ("POST", "/v1/listen?model=fake/stt&encoding=linear16", 400, None),
    ],
)
async def test_a_refusal_says_so_in_both_forms(
    http: aiohttp.ClientSession, method: str, path: str, status: int, param: str | None
) -> None:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} if method == "GET" else {}  # fmt: skip
    data = b'{"text": "x"}' if "speak" in path else b""
    async with http.request(method, path, headers=headers, data=data if method == "POST" else None) as answer:
        assert answer.status == status
        body = await answer.json()
    assert body["error"]["param"] == param
    assert body["err_msg"] == body["error"]["message"]
    assert body["err_code"].isupper()
    assert body["request_id"]


async def test_a_target_that_fails_is_told_and_closes(http: aiohttp.ClientSession, corridor: FakeCorridor) -> None:
    for path in ("/v1/listen", "/v2/listen"):
        async with http.ws_connect(f"{path}?model=fake/stt") as ws:
            client = Client(ws)
            if path == "/v2/listen":
                await client.next()
            corridor.opened[-1].says.put_nowait(EngineCrashed("fake/stt ended."))
            told = await client.next()
            assert (told["type"], told["description"]) == ("Error", "fake/stt ended.")
            assert (await ws.receive()).data == 1011
