"""A Home Assistant core with its Wyoming integration, set up by its config flow and used by its voice pipeline."""

from __future__ import annotations

import asyncio
import importlib
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from homeassistant.components import conversation, stt
    from homeassistant.core import HomeAssistant

    from voicegw_desktop.testing.clients import own_gateway
    from voicegw_desktop.testing.clients.__main__ import Where
    from voicegw_desktop.testing.clients.own_gateway import OwnGateway
else:
    # a neighbour in this folder, which is no package where these scripts run
    own_gateway = importlib.import_module("own_gateway")

_T = TypeVar("_T")
PACKAGES = ("homeassistant", "wyoming")
IMPORTS = ("homeassistant.components.assist_pipeline", "homeassistant.components.wyoming")
PREFIXES = ("stt", "tts", "conversation")
LIMIT = 180.0  # s for one check: a small model's answer may be long, and is spoken whole
REFUSAL = 20.0  # s; Home Assistant would wait 300 s for the end of a request that is never ended
_CORES: list[HomeAssistant] = []


async def prepare(where: Where) -> None:
    """A core with one Wyoming device, for all checks."""
    if not where.wyoming_port:
        raise NotImplementedError("this gateway serves no Wyoming port: set serve.wyoming_port")
    _CORES.append(await _set_up(int(where.wyoming_port)))


async def _set_up(port: int) -> HomeAssistant:
    from homeassistant import bootstrap, config_entries, loader
    from homeassistant.core import HomeAssistant
    from homeassistant.core_config import async_process_ha_core_config
    from homeassistant.setup import async_setup_component

    hass = HomeAssistant(tempfile.mkdtemp(prefix="vgw-ha"))
    loader.async_setup(hass)
    # what is not installed may not be fetched during a check
    hass.config.skip_pip = True
    hass.config.language = "en"
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await loader.async_get_custom_components(hass)
    await bootstrap.async_load_base_functionality(hass)
    await async_process_ha_core_config(hass, {})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        page = {"server_host": "127.0.0.1", "server_port": free.getsockname()[1]}
    for domain in ("homeassistant", "media_source", "assist_pipeline"):
        assert await async_setup_component(hass, domain, {"http": page, "ffmpeg": {"ffmpeg_bin": _ffmpeg()}}), domain
    flow = await hass.config_entries.flow.async_init("wyoming", context={"source": "user"})
    told = await hass.config_entries.flow.async_configure(flow["flow_id"], {"host": "127.0.0.1", "port": port})
    assert told["type"] == "create_entry", told
    await hass.async_start()
    await hass.async_block_till_done()
    return hass


def _ffmpeg() -> str:
    """What converts speech for a satellite: the program of this machine, or the one that a package carries."""
    try:
        import imageio_ffmpeg
    except ImportError:
        return "ffmpeg"
    return imageio_ffmpeg.get_ffmpeg_exe()


async def close() -> None:
    """Stop the core."""
    import shutil

    for hass in _CORES:
        await hass.async_stop(force=True)
        await asyncio.to_thread(shutil.rmtree, hass.config.config_dir, ignore_errors=True)


def _entity(hass: HomeAssistant, domain: str) -> str:
    """The integration's entity of this domain; `conversation` has Home Assistant's own agent beside it."""
    from homeassistant.helpers import entity_registry

    (found,) = [
        entry.entity_id
        for entry in entity_registry.async_get(hass).entities.values()
        if entry.domain == domain and entry.platform == "wyoming"
    ]
    return found


async def flow(where: Where) -> str:
    (hass,) = _CORES
    return ", ".join(_entity(hass, domain) for domain in PREFIXES)


async def _chunks(where: Where) -> AsyncIterator[bytes]:
    pcm, _ = where.pcm()
    for at in range(0, len(pcm), 2048):
        yield pcm[at : at + 2048]


async def _heard(where: Where, language: str) -> stt.SpeechResult:
    from homeassistant.components import stt

    (hass,) = _CORES
    entity = hass.data[stt.DATA_COMPONENT].get_entity(_entity(hass, "stt"))
    assert entity is not None
    metadata = stt.SpeechMetadata(
        language=language,
        format=stt.AudioFormats.WAV,
        codec=stt.AudioCodecs.PCM,
        bit_rate=stt.AudioBitRates.BITRATE_16,
        sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
        channel=stt.AudioChannels.CHANNEL_MONO,
    )
    return await entity.internal_async_process_audio_stream(metadata, _chunks(where))


async def hears(where: Where) -> str:
    found = await _heard(where, "en")
    assert found.result.value == "success", found
    return where.is_heard(found.text or "")


async def speaks(where: Where) -> str:
    return f"{len(await _spoken(where, where.sentence, {}))} bytes"


async def speaks_streamed(where: Where) -> str:
    """The text comes in pieces, as from a conversation agent that streams."""
    from homeassistant.components import tts

    (hass,) = _CORES
    stream = tts.async_create_stream(hass, _entity(hass, "tts"), _english(hass), {"preferred_format": "wav"})
    assert stream.supports_streaming_input, "it does not take text in pieces"

    async def pieces() -> AsyncIterator[str]:
        for word in where.sentence.split():
            yield f"{word} "

    stream.async_set_message_stream(pieces())
    return f"{len(b''.join([chunk async for chunk in stream.async_stream_result()]))} bytes"


def _english(hass: HomeAssistant) -> str:
    """The offered language that is English, as the settings of a pipeline choose it."""
    from homeassistant.components import tts
    from homeassistant.util import language

    entity = hass.data[tts.DATA_COMPONENT].get_entity(_entity(hass, "tts"))
    assert entity is not None
    return language.matches("en", entity.supported_languages)[0]


async def _spoken(where: Where, text: str, options: dict[str, str]) -> bytes:
    from homeassistant.components import tts

    (hass,) = _CORES
    wanted = {"preferred_format": "wav", **options}
    source = tts.generate_media_source_id(hass, text, _entity(hass, "tts"), _english(hass), wanted)
    _, sound = await tts.async_get_media_source_audio(hass, source)
    return sound


async def _said(where: Where, text: str, language: str = "en") -> conversation.ConversationResult:
    from homeassistant.components import conversation
    from homeassistant.core import Context

    (hass,) = _CORES
    return await conversation.async_converse(
        hass, text, None, Context(), language=language, agent_id=_entity(hass, "conversation")
    )


async def converses(where: Where) -> str:
    response = (await _said(where, "Say hello.")).response
    assert response.response_type.value == "action_done", response.as_dict()
    said = str(response.speech["plain"]["speech"])
    assert said.strip(), response.as_dict()
    return f"{len(said)} characters"


async def regions(where: Where) -> str:
    """Home Assistant refuses by itself a language that is not offered to the letter, with its region or without."""
    from homeassistant.components import tts

    (hass,) = _CORES
    entity = hass.data[tts.DATA_COMPONENT].get_entity(_entity(hass, "tts"))
    assert entity is not None
    told = list[str]()
    for language in ("en", "en-US", "fr", "fr-FR", "it-IT", "pt", "pt-BR", "zh-CN"):
        voices = entity.async_get_supported_voices(language)
        if voices is None and language.partition("-")[0] not in entity.supported_languages:
            continue  # no voice for it is installed
        assert voices, f"{language} is not offered"
        told.append(language)
    for language in told[:4:3]:
        wanted = {"preferred_format": "wav"}
        source = tts.generate_media_source_id(hass, "Paris.", entity.entity_id, language, wanted)
        _, sound = await tts.async_get_media_source_audio(hass, source)
        assert len(sound) > 1_000, f"{len(sound)} bytes of speech in {language}"
    for language in ("en", "en-GB"):
        found = await _heard(where, language)
        assert found.result.value == "success", (language, found)
        where.is_heard(found.text or "")
    return f"{', '.join(told)} offered to speak; heard in en, en-GB"


async def assist(where: Where) -> str:
    """A spoken command through hearing, answering and speaking, as a voice satellite sends it."""
    import shutil

    from homeassistant.components import assist_pipeline, stt, tts
    from homeassistant.core import Context

    if shutil.which(_ffmpeg()) is None:
        raise NotImplementedError("Home Assistant converts speech for a satellite by ffmpeg, which is not installed")
    (hass,) = _CORES
    pipeline = await assist_pipeline.async_create_default_pipeline(
        hass, _entity(hass, "stt"), _entity(hass, "tts"), "VoiceGateway"
    )
    assert pipeline is not None, "no default pipeline with these engines"
    await assist_pipeline.async_update_pipeline(
        hass, pipeline, conversation_engine=_entity(hass, "conversation"), conversation_language="en"
    )
    events = list[assist_pipeline.PipelineEvent]()
    await assist_pipeline.async_pipeline_from_audio_stream(
        hass,
        context=Context(),
        event_callback=events.append,
        stt_metadata=stt.SpeechMetadata(
            language="en",
            format=stt.AudioFormats.WAV,
            codec=stt.AudioCodecs.PCM,
            bit_rate=stt.AudioBitRates.BITRATE_16,
            sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
            channel=stt.AudioChannels.CHANNEL_MONO,
        ),
        stt_stream=_chunks(where),
        pipeline_id=pipeline.id,
        tts_audio_output="wav",
        audio_settings=assist_pipeline.AudioSettings(is_vad_enabled=False),
    )
    kinds = [event.type.value for event in events]
    failed = [event.data for event in events if event.type.value == "error"]
    assert not failed, failed
    told = {event.type.value: event.data or {} for event in events}
    heard = where.is_heard(str(told["stt-end"]["stt_output"]["text"]))
    output = told["tts-end"]["tts_output"]
    stream = tts.async_get_stream(hass, output["token"])
    assert stream is not None, output
    sound = b"".join([chunk async for chunk in stream.async_stream_result()])
    assert len(sound) > 10_000, f"{len(sound)} bytes of speech"
    return f"{heard}, {len(sound)} bytes spoken, {len(kinds)} events"


async def _ends(request: Awaitable[_T], what: str) -> _T:
    """What a refused request came to; fails when it is still open after a while."""
    try:
        async with asyncio.timeout(REFUSAL):
            return await request
    except TimeoutError:
        raise AssertionError(f"{what}: Home Assistant still waits") from None


async def _not_heard(where: Where, language: str = "en") -> None:
    heard = await _ends(_heard(where, language), "speech to text")
    assert heard.result.value == "error", heard


async def _not_spoken(where: Where, text: str, options: dict[str, str]) -> None:
    from homeassistant.exceptions import HomeAssistantError

    try:
        spoken = await _ends(_spoken(where, text, options), "text to speech")
    except HomeAssistantError:
        return
    assert not spoken, f"{len(spoken)} bytes were spoken"


async def _not_answered(where: Where, text: str) -> None:
    said = await _ends(_said(where, text), "the conversation agent")
    assert said.response.response_type.value == "error", said


class _Refusals:
    """Refused requests, one after the other: how long they took, and what is recorded of them."""

    def __init__(self, gateway: OwnGateway) -> None:
        self._gateway = gateway
        self._longest = 0.0
        self._count = 0

    async def one(self, request: Awaitable[None], *words: str) -> None:
        """Fails unless it ends by itself, and is recorded once with one of these words."""
        before = await self._gateway.rows()
        began = time.monotonic()
        await request
        self._longest = max(self._longest, time.monotonic() - began)
        self._count += 1
        told = [f"{row['status']}: {row['error_message']}" for row in await self._gateway.rows_beyond(before)]
        assert len(told) == 1, f"{len(told)} rows for one refused request: {told[:3]}"
        assert any(word in told[0] for word in words), told

    def __str__(self) -> str:
        return f"{self._count} requests, each ended within {self._longest:.1f} s and recorded once"


async def _nothing_works(where: Where, gateway: OwnGateway, *words: str) -> str:
    """Hearing, speech and an answer, each refused with one of these words."""
    found = _Refusals(gateway)
    await found.one(_not_heard(where), *words)
    await found.one(_not_spoken(where, f"Refused at {time.monotonic()}.", {}), *words)
    await found.one(_not_answered(where, "Say hello."), *words)
    return str(found)


async def refused(where: Where) -> str:
    """What the models cannot do: a language, a voice, a text that is too long."""
    own = own_gateway.OwnGateway(where)
    found = _Refusals(own)
    await found.one(_not_heard(where, "tlh"), "tlh")
    await found.one(_not_spoken(where, "A voice that is not here.", {"voice": "nobody/here"}), "nobody/here")
    # over what one event may hold: refused as it is read, before there is a request
    await _not_answered(where, "word " * 20_000)
    return str(found)


async def over_budget(where: Where) -> str:
    own = own_gateway.OwnGateway(where)
    paid = {"stt": "openai/whisper-1", "llm": "openai/gpt-4o-mini", "tts": "openai/tts-1"}
    async with own.configured(
        providers={"openai": {"api_key": "sk-none", "base_url": "http://127.0.0.1:9/v1", "zone": "cloud"}},
        stacks={"paid": paid},
        projects={
            "default": {
                "default_stack": "paid", "egress": "cloud", "daily_budget": 0.0000001, "budget_action": "block",
            }
        },
    ):  # fmt: skip
        told = await _nothing_works(where, own, "budget")
    await hears(where)
    return told


async def over_rate(where: Where) -> str:
    own = own_gateway.OwnGateway(where)
    once = {"requests_per_minute": 1}
    async with own.configured(rate_limits={"whisper": once, "piper": once, "llamacpp": once}):
        await hears(where)
        await _spoken(where, f"Once at {time.monotonic()}.", {})
        await _said(where, "Say hello.")
        told = await _nothing_works(where, own, "rate_limit", "a minute")
    await hears(where)
    return told


async def damaged(where: Where) -> str:
    own = own_gateway.OwnGateway(where)
    found = _Refusals(own)
    async with own.damaged("whisper/base"):
        await found.one(_not_heard(where), "whisper/base")
    async with own.damaged("piper/en_US-joe-medium"):
        await found.one(_not_spoken(where, f"Refused at {time.monotonic()}.", {}), "piper/en_US-joe-medium")
    # an engine that could not start is not started again at once
    for _ in range(int(REFUSAL)):
        if (await _heard(where, "en")).result.value == "success":
            break
        await asyncio.sleep(1.0)
    await hears(where)
    await _spoken(where, f"Repaired at {time.monotonic()}.", {})
    return f"{found}; both work after a repair"


CHECKS = (
    ("config flow", flow),
    ("speech to text", hears),
    ("text to speech", speaks),
    ("text to speech, text in pieces", speaks_streamed),
    ("languages with and without a region", regions),
    ("conversation agent", converses),
    ("Assist pipeline, spoken command to spoken answer", assist),
    ("refused: language, voice, length", refused),
    ("refused: spent budget", over_budget),
    ("refused: rate limit", over_rate),
    ("refused: damaged models", damaged),
)
