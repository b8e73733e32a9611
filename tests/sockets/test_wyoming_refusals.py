"""What Home Assistant is told when a Wyoming request is refused or fails, by readers that do as Home Assistant's do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.event import Event
from wyoming.info import Describe
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeVoice

from tests.support.socket_gateway import FakeCorridor, FakeGateway
from voicegw_desktop.core.errors import (
    BudgetExceededError,
    EgressDenied,
    EngineCrashed,
    ModelNotInstalled,
    ModelResolutionError,
    RateLimitExceeded,
)
from voicegw_desktop.core.events import Final, Interim
from voicegw_desktop.core.ports import CLIENT_TURNS, Target, Zone
from voicegw_desktop.sockets import wyoming_connection, wyoming_speaking
from voicegw_desktop.sockets.wyoming import WyomingServer

pytestmark = pytest.mark.socket

REFUSALS = [
    BudgetExceededError("The budget of the project is spent."),
    RateLimitExceeded("Too many requests."),
    EgressDenied("Offline mode is on."),
    ModelNotInstalled("whisper/base is damaged."),
    EngineCrashed("whisper/base ended."),
]
CHUNK = AudioChunk(16_000, 2, 1, bytes(320)).event()


def model(id: str, modality: str, *languages: str) -> Any:
    return SimpleNamespace(id=id, installed=True, modality=modality, languages=languages, title=id)


MODELS = [
    model("whisper/tiny.en", "stt", "en"), model("whisper/base", "stt", "multi"),
    model("piper/joe", "tts", "en-US"), model("piper/siwis", "tts", "fr-FR"),
]  # fmt: skip


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    it = FakeGateway(tmp_path)

    async def note(self: Any, kind: str, caller: Any, wanted: str, options: Any) -> None:
        it.corridor.calls.append((kind, caller, wanted, options))
        if it.corridor.error is not None:
            raise it.corridor.error

    monkeypatch.setattr(FakeCorridor, "_gate", note)
    store = SimpleNamespace(list=lambda: MODELS, locate=lambda provider, name: tmp_path)
    monkeypatch.setattr(FakeGateway, "models", store)
    routed(it, {"auto": "whisper/base"})
    return it


def routed(gateway: FakeGateway, to: dict[str, str], *, route: str | None = None, zone: Zone = Zone.LOCAL) -> None:
    """Say what serves a name; `route` serves all of its modality, whatever is asked for."""

    def plan(modality: Any, wanted: str, caller: Any) -> Any:
        name = to.get(f"{modality.value}:{wanted}") or to.get(wanted) or wanted
        provider, _, rest = name.partition("/")
        if not rest:
            raise ModelResolutionError(f"Nothing answers to {wanted}.")
        first, _, variant = rest.partition(":")
        literal = Target(*wanted.split("/")) if "/" in wanted and wanted.split("/")[0] != "x" else None
        target = Target(provider, first, variant or None, zone)
        if route is not None and modality.value == "stt":
            target = Target(*route.split("/"))
        return SimpleNamespace(first=target, literal=literal, targets=())

    gateway.router.plan = plan  # type: ignore[method-assign]


@pytest.fixture
async def connect(gateway: FakeGateway) -> AsyncIterator[Callable[[], AsyncClient]]:
    server = WyomingServer(gateway, port=0)
    await server.start()
    try:
        async with asyncio.timeout(60):
            yield lambda: AsyncClient.from_uri(f"tcp://127.0.0.1:{server.port}")
    finally:
        await server.stop()


async def transcribed(client: AsyncClient, chunks: int = 300, language: str = "en") -> tuple[str | None, list[Event]]:
    """(what Home Assistant would show, None for a failure; every event), in Home Assistant's order of events."""
    await client.write_event(Transcribe(language=language).event())
    return await transcribed_as_it_is(client, chunks)


async def transcribed_as_it_is(client: AsyncClient, chunks: int = 3) -> tuple[str | None, list[Event]]:
    """What `transcribed` tells, for the options that were sent before."""
    seen: list[Event] = []
    try:
        await client.write_event(AudioStart(16_000, 2, 1).event())
        for _ in range(chunks):
            await client.write_event(CHUNK)
        await client.write_event(AudioStop().event())
        while True:
            event = await client.read_event()
            if event is None:
                return None, seen
            seen.append(event)
            if event.type == "transcript":
                return event.data["text"], seen
    except OSError:
        return None, seen


async def spoken(client: AsyncClient, streamed: bool, voice: SynthesizeVoice | None = None) -> tuple[bool, list[Event]]:
    """(whether it ended as a whole, every event), in Home Assistant's order of events."""
    seen: list[Event] = []
    if streamed:
        await client.write_event(SynthesizeStart(voice=voice).event())
        await client.write_event(SynthesizeChunk("Hello.").event())
    await client.write_event(Synthesize("Hello.", voice=voice).event())
    if streamed:
        await client.write_event(SynthesizeStop().event())
    while (event := await client.read_event()) is not None:
        seen.append(event)
        if event.type == ("synthesize-stopped" if streamed else "audio-stop"):
            return True, seen
    return False, seen


@pytest.mark.parametrize("error", REFUSALS, ids=lambda e: type(e).__name__)
async def test_a_refused_command_is_refused_once_and_ends(
    connect: Callable[[], AsyncClient], gateway: FakeGateway, error: Exception
) -> None:
    gateway.corridor.error = error
    async with connect() as client:
        text, seen = await transcribed(client)
    assert text is None
    assert [e.type for e in seen] == ["error"]
    assert seen[0].data["text"] == str(error)
    assert len(gateway.corridor.calls) == 1
    gateway.corridor.error = None
    async with connect() as client:
        assert (await transcribed(client, 3))[0] == "hello there world"


async def test_an_engine_that_dies_gives_no_transcript(
    connect: Callable[[], AsyncClient], gateway: FakeGateway
) -> None:
    gateway.corridor.stt_script = [Interim("turn", "turn", "en"), EngineCrashed("whisper/base ended.")]
    async with connect() as client:
        text, seen = await transcribed(client, 3)
    assert text is None
    assert [e.type for e in seen] == ["transcript-start", "transcript-chunk", "error"]


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("error", REFUSALS, ids=lambda e: type(e).__name__)
async def test_refused_speech_is_refused_once_and_ends(
    connect: Callable[[], AsyncClient], gateway: FakeGateway, error: Exception, streamed: bool
) -> None:
    gateway.corridor.error = error
    async with connect() as client:
        whole, seen = await spoken(client, streamed)
    assert not whole
    assert [e.type for e in seen] == ["error"]
    assert len(gateway.corridor.calls) == 1


@pytest.mark.parametrize("streamed", [True, False])
async def test_speech_that_breaks_off_does_not_pass_for_the_whole(
    connect: Callable[[], AsyncClient], gateway: FakeGateway, streamed: bool
) -> None:
    gateway.corridor.tts_error = EngineCrashed("piper/joe ended.")
    async with connect() as client:
        whole, seen = await spoken(client, streamed)
    assert not whole
    assert [e.type for e in seen] == ["audio-start", *["audio-chunk"] * 5, "error"]


@pytest.mark.parametrize(
    ("voice", "said"),
    [
        (SynthesizeVoice(name="jo"), 'There is no voice "jo" here. Did you mean "joe"? Installed are joe, siwis.'),
        (SynthesizeVoice(name="x/y"), 'There is no voice "x/y" here. Installed are joe, siwis.'),
        (
            SynthesizeVoice(language="de"),
            'No voice that may serve here speaks "de"; installed ones speak en-US, fr-FR.',
        ),
    ],
)
@pytest.mark.parametrize("streamed", [True, False])
async def test_a_voice_that_is_not_there_is_refused(
    connect: Callable[[], AsyncClient], gateway: FakeGateway, voice: SynthesizeVoice, said: str, streamed: bool
) -> None:
    routed(gateway, {"auto": "piper/joe"})
    async with connect() as client:
        whole, seen = await spoken(client, streamed, voice)
    assert not whole
    assert [e.type for e in seen] == ["error"]
    assert seen[0].data["text"].startswith(said)
    assert gateway.corridor.calls == []
    # its row is all that its owner will find: Home Assistant shows no reason
    ((_, wanted, options, error),) = gateway.corridor.refused
    assert (wanted, options.voice, options.language) == ("auto", voice.name, voice.language)
    assert error.message.startswith(said)


@pytest.mark.parametrize(
    ("language", "asked"),
    [(None, "auto"), ("", "auto"), ("auto", "auto"), ("en", "auto"), ("en-GB", "auto"), ("fr", "piper/siwis")],
)
async def test_no_voice_named_means_the_language_or_the_default(
    connect: Callable[[], AsyncClient], gateway: FakeGateway, language: str | None, asked: str
) -> None:
    routed(gateway, {"auto": "piper/joe"})
    async with connect() as client:
        assert (await spoken(client, False, SynthesizeVoice(language=language)))[0]
    assert gateway.corridor.calls[0][2] == asked


async def test_a_provider_knows_its_own_voices(connect: Callable[[], AsyncClient], gateway: FakeGateway) -> None:
    routed(gateway, {"auto": "openai/tts-1"}, zone=Zone.CLOUD)
    async with connect() as client:
        assert (await spoken(client, False, SynthesizeVoice(name="onyx")))[0]
        assert (await spoken(client, False, SynthesizeVoice(language="de")))[0]
    assert [(c[2], c[3].voice, c[3].language) for c in gateway.corridor.calls] == [
        ("auto", "onyx", None), ("auto", None, "de"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("serves", "language", "asked"),
    [
        ("whisper/tiny.en", "en", "auto"),
        ("whisper/tiny.en", "de", "whisper/base"),
        ("whisper/base", "de", "auto"),
        ("deepgram/nova-3", "de", "auto"),
    ],
)
async def test_another_installed_model_hears_what_the_usual_one_does_not(
    connect: Callable[[], AsyncClient], gateway: FakeGateway, serves: str, language: str, asked: str
) -> None:
    routed(gateway, {"auto": serves})
    async with connect() as client:
        assert (await transcribed(client, 3, language))[0] == "hello there world"
    assert gateway.corridor.calls[0][2] == asked


@pytest.mark.parametrize(("route", "german"), [(None, True), ("whisper/tiny.en", False), ("whisper/base", True)])
async def test_languages_that_a_route_cannot_hear_are_not_offered(
    connect: Callable[[], AsyncClient], gateway: FakeGateway, route: str | None, german: bool
) -> None:
    routed(gateway, {"auto": "whisper/tiny.en"}, route=route)
    async with connect() as client:
        await client.write_event(Describe().event())
        event = await client.read_event()
        assert event is not None
        offered = {language for m in event.data["asr"][0]["models"] for language in m["languages"]}
        assert ("de" in offered) is german
        assert "en" in offered
        # a route set after Home Assistant has read the list: another model would be replaced as well
        text, _ = await transcribed(client, 3, "de")
    assert text == "hello there world"
    assert gateway.corridor.calls[0][2] == ("whisper/base" if route is None else "auto")


@pytest.mark.parametrize(
    ("rate", "width", "channels", "rate_given"),
    [
        (8_000, 1, 1, 8_000),
        (16_000, 2, 2, 16_000),
        (44_100, 3, 1, 44_100),
        (48_000, 4, 2, 48_000),
        (96_000, 2, 1, 48_000),
        # as some clients write the numbers in JSON
        (16_000.0, 2.0, 1.0, 16_000),
    ],
)
async def test_every_form_of_audio_is_taken(
    connect: Callable[[], AsyncClient],
    gateway: FakeGateway,
    rate: float,
    width: float,
    channels: float,
    rate_given: int,
) -> None:
    second = bytes([128] if width == 1 else [0]) * int(rate * width * channels)
    async with connect() as client:
        await client.write_event(Event("audio-start", {"rate": rate, "width": width, "channels": channels}))
        for at in range(0, len(second), 1_001):
            form = {"rate": rate, "width": width, "channels": channels}
            await client.write_event(Event("audio-chunk", form, second[at : at + 1_001]))
        await client.write_event(AudioStop().event())
        while (event := await client.read_event()) is not None and event.type != "transcript":
            assert event.type != "error", event.data
    (run,) = gateway.corridor.opened
    assert run.options.rate == rate_given
    assert bytes(run.pushed) == bytes(2 * rate_given)


@pytest.mark.parametrize("voice", [None, "JOE", {"name": "Joe"}])
async def test_a_voice_as_clients_write_it(
    connect: Callable[[], AsyncClient], gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, voice: object
) -> None:
    """Null, the name alone, and in any case."""
    installed = SimpleNamespace(name="joe", variant=None)
    monkeypatch.setattr(wyoming_speaking, "voices", lambda gateway: [("piper/joe", installed)])
    async with connect() as client:
        await client.write_event(Event("synthesize", {"text": "Hi.", "voice": voice}))
        while (event := await client.read_event()) is not None and event.type != "audio-stop":
            assert event.type != "error", event.data
    assert gateway.corridor.calls[0][2] == ("auto" if voice is None else "piper/joe")


async def test_a_client_that_marks_the_end_is_not_cut_at_a_pause(
    connect: Callable[[], AsyncClient], gateway: FakeGateway
) -> None:
    gateway.corridor.stt_script = [Final("ask not what.", "en")]
    async with connect() as client:
        await transcribed(client, 3)
    assert gateway.corridor.calls[0][3].endpointing_ms == CLIENT_TURNS


async def test_an_end_of_nothing_is_answered(connect: Callable[[], AsyncClient]) -> None:
    async with connect() as client:
        await client.write_event(AudioStop().event())
        event = await client.read_event()
        assert event is not None
        assert (event.type, event.data["text"]) == ("transcript", "")
        await client.write_event(SynthesizeStop().event())
        event = await client.read_event()
        assert event is not None
        assert event.type == "synthesize-stopped"


@pytest.mark.parametrize(
    "sent",
    [
        b'{"type": "synthesize", "data": {"text": "' + b"x" * 150_000 + b'"}}\n',
        b'{"type": "synthesize", "data_length": 999999999}\n' + b"x" * 150_000,
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["header", "data", "another protocol"],
)
async def test_what_is_no_event_is_told(connect: Callable[[], AsyncClient], sent: bytes) -> None:
    async with connect() as client:
        assert client._writer is not None
        client._writer.write(sent)
        answer = await asyncio.wait_for(client.read_event(), 60)
        assert answer is not None
        assert (answer.type, answer.data["code"]) == ("error", "bad_event")
        assert await asyncio.wait_for(client.read_event(), 60) is None


async def test_a_client_that_does_not_leave_is_cut(
    connect: Callable[[], AsyncClient], gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wyoming_connection, "LINGER", 0.05)
    gateway.corridor.error = EngineCrashed("whisper/base ended.")
    client = connect()
    await client.connect()
    await client.write_event(AudioStart(16_000, 2, 1).event())
    assert (await client.read_event()) is not None

    async def go_on() -> None:
        while True:
            await client.write_event(CHUNK)
            await asyncio.sleep(0.01)

    with pytest.raises(OSError, match=r"."):
        await go_on()


@pytest.mark.parametrize("name", ["zz", "base.de"])
async def test_a_model_that_nothing_answers_to_is_refused(connect: Callable[[], AsyncClient], name: str) -> None:
    async with connect() as client:
        await client.write_event(Transcribe(name=name).event())
        text, seen = await transcribed_as_it_is(client)
    assert text is None
    assert [event.type for event in seen] == ["error"]


@pytest.mark.parametrize("name", ["", "None", "default", "auto", "tiny.en", "WHISPER/base"])
async def test_words_for_the_usual_model_and_installed_ones_are_served(
    connect: Callable[[], AsyncClient], name: str
) -> None:
    async with connect() as client:
        await client.write_event(Transcribe(name=name).event())
        assert (await transcribed_as_it_is(client))[0] is not None
