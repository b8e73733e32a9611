"""Standard Wyoming servers as engines."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.support.wyoming_server import wyoming_server
from voicegw_desktop.core.errors import ConfigError, UpstreamError
from voicegw_desktop.core.events import Audio, EndOfStream, Final, UtteranceDone
from voicegw_desktop.core.ports import SttOptions, Target, TtsOptions, Zone
from voicegw_desktop.engines.servers import remote_wyoming
from voicegw_desktop.engines.servers.reach import Endpoint
from voicegw_desktop.engines.servers.remote_wyoming import RemoteStt, RemoteWyoming, parse_address
from voicegw_desktop.engines.status import State

pytestmark = pytest.mark.socket

STT = Target("attic", "small", zone=Zone.LAN)
TTS = Target("attic", "anna", zone=Zone.LAN)


async def test_transcribes_after_the_end() -> None:
    async with wyoming_server() as url:
        stream = await RemoteWyoming(lambda _: url).open_stt(STT, SttOptions(language="en"))
        await stream.push(bytes(32_000))
        await stream.end()
        events = [event async for event in stream]
    assert events == [Final("32000 bytes for small", "en", 0.0, 1.0), EndOfStream(1.0)]


async def test_a_commit_ends_one_utterance_and_the_next_follows() -> None:
    async with wyoming_server() as url:
        stream = await RemoteWyoming(lambda _: url).open_stt(STT, SttOptions())
        await stream.push(bytes(32_000))
        await stream.commit()
        await stream.push(bytes(16_000))
        await stream.end()
        events = [event async for event in stream]
    assert [type(e) for e in events] == [Final, Final, EndOfStream]
    assert (events[1].text, events[1].start_s, events[1].end_s) == ("16000 bytes for small", 1.0, 1.5)


async def test_an_empty_stream_ends() -> None:
    async with wyoming_server() as url:
        stream = await RemoteWyoming(lambda _: url).open_stt(STT, SttOptions())
        await stream.end()
        assert [event async for event in stream] == [EndOfStream(0.0)]


async def test_speaks_and_makes_stereo_mono() -> None:
    async with wyoming_server() as url:
        stream = await RemoteWyoming(lambda _: url).open_tts(TTS, TtsOptions())
        await stream.push("a")
        await stream.push("bc")
        await stream.end()
        events = [event async for event in stream]
    assert events[:3] == [Audio(bytes(200), 22_050)] * 3
    assert isinstance(events[3], UtteranceDone)
    assert events[3].characters == 3


async def test_its_errors_are_told() -> None:
    async with wyoming_server() as url:
        for voice, words in (("missing", "no such voice"), ("vanishing", "closed the connection")):
            stream = await RemoteWyoming(lambda _: url).open_tts(TTS, TtsOptions(voice=voice))
            await stream.push("abc")
            await stream.end()
            with pytest.raises(UpstreamError, match=words):
                [event async for event in stream]


async def test_status_and_probe() -> None:
    async with wyoming_server() as url:
        engine = RemoteWyoming(lambda _: url)
        status = await engine.status("attic", Endpoint(url))
        assert status.state is State.ANSWERS
        assert status.info["stt_models"] == ["small"]
        assert status.info["tts_voices"] == ["anna"]
        assert status.info["languages"] == ["de", "en"]
        assert await engine.probe(STT)


async def test_an_absent_server() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        url = f"wyoming://127.0.0.1:{sock.getsockname()[1]}"
        engine = RemoteWyoming(lambda _: url)
        with pytest.raises(UpstreamError, match="cannot be reached"):
            await engine.open_stt(STT, SttOptions())
        assert (await engine.status("attic", Endpoint(url))).state is State.DOES_NOT_ANSWER
        assert not await engine.probe(STT)


async def test_cancel_ends_the_iteration() -> None:
    async with wyoming_server() as url:
        stream = await RemoteWyoming(lambda _: url).open_stt(STT, SttOptions())
        await stream.push(bytes(3200))
        await stream.cancel()
        await stream.cancel()
        assert [event async for event in stream] == []


def test_addresses() -> None:
    assert parse_address("wyoming://box:10200") == ("box", 10200)
    assert parse_address("tcp://10.0.0.1:1") == ("10.0.0.1", 1)
    assert parse_address("box") == ("box", 10300)
    for wrong in ("http://box:1", "wyoming://box:port", ""):
        with pytest.raises(ConfigError):
            parse_address(wrong)


class SlowLink:
    """A connection whose server takes nothing for a while."""

    def __init__(self) -> None:
        self.takes, self.asked, self.open = asyncio.Event(), asyncio.Event(), True
        self.takes.set()

    async def send(self, *parts: bytes) -> None:
        self.asked.set()
        await self.takes.wait()

    def close(self) -> None:
        self.open = False


async def test_a_stream_cancelled_while_it_commits_leaves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    link = SlowLink()

    async def connect(url: str, zone: Zone | None = None) -> SlowLink:
        return link

    monkeypatch.setattr(remote_wyoming.Link, "open", connect)
    stream = await RemoteStt.open("wyoming://attic", "small", SttOptions())
    await stream.push(bytes(3200))
    link.takes.clear()
    link.asked.clear()
    commit = asyncio.create_task(stream.commit())
    async with asyncio.timeout(60):
        await link.asked.wait()
        await stream.cancel()
        link.takes.set()
        await commit
    assert not link.open
    assert [event async for event in stream] == []


async def test_a_stream_cancelled_while_it_connects_again_leaves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    links: list[SlowLink] = []
    again, asked = asyncio.Event(), asyncio.Event()

    async def connect(url: str, zone: Zone | None = None) -> SlowLink:
        if links:
            asked.set()
            await again.wait()
        links.append(SlowLink())
        return links[-1]

    monkeypatch.setattr(remote_wyoming.Link, "open", connect)
    stream = await RemoteStt.open("wyoming://attic", "small", SttOptions())
    await stream.push(bytes(3200))
    await stream.commit()
    pushing = asyncio.create_task(stream.push(bytes(3200)))
    async with asyncio.timeout(60):
        await asked.wait()
        await stream.cancel()
        again.set()
        await pushing
    assert [link.open for link in links] == [False, False]
