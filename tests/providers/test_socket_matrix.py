"""Each provider, modality and fault, through the served socket, against the fakes.

What a cell means for an engine on this machine stands in `tests.support.matrix`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

pytest.importorskip("livekit.agents")

import aiohttp

from tests.support.matrix import (
    KEY,
    LOCAL,
    NO_ROOM_RETRY,
    PAIRS,
    RETRY_AFTER,
    ROUTE,
    WORKERS,
    Everyone,
    everyone,
    holes,
    name_of,
    told_by,
)
from tests.support.scripted_engines import ScriptedEngine
from tests.support.socket_clients import CLIENTS, TEXT, Door, Told
from voicegw_desktop.cli.serve import serving
from voicegw_desktop.core.events import RequestFinished
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.testing import FakeProvider
from voicegw_desktop.testing.sound import SECONDS_PER_CHARACTER

pytestmark = [pytest.mark.socket, pytest.mark.timeout(300)]
in_module = pytest.mark.asyncio(loop_scope="module")

WAY_OUT = 120.0  # s for one cell, on a machine that is busy with other things
UNHURRIED = Patience(stall_s=90.0, chat_stall_s=90.0)
IMPATIENT = Patience(stall_s=0.5, whole_recording_stall_s=0.5, chat_stall_s=0.5, local_chat_stall_s=0.5)
WAYS = ("stream", "one-shot")
FATES = ("works", "cancel", "bad key", "429", "500", "stall", "drop")
RECORDED = {"works": "success", "cancel": "cancelled"}
EARLIER = {"stt": 1, "llm": 3, "tts": 12}
"""Pieces of the answer that come before the fault within it."""


@dataclass
class Sky:
    """The served gateway with its fakes, and what it recorded."""

    all: Everyone
    door: Door
    records: asyncio.Queue[Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heaven(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sky]:
    """All fakes, one gateway, one process for each engine, one socket for the whole module."""
    more = {"routing": {"breaker": {"trip_after": 1000}}, "serve": {"port": 0, "wyoming_port": 0}}
    async with (
        everyone(tmp_path_factory.mktemp("sky"), more) as made,
        made.gateway as gateway,
        serving(gateway) as server,
        aiohttp.ClientSession() as http,
    ):
        for engine in made.engines:
            engine.serve_in(gateway.engines)
        records: asyncio.Queue[Any] = asyncio.Queue()
        gateway.bus.subscribe(lambda event: records.put_nowait(event.record), RequestFinished)
        yield Sky(made, Door(server.url, await gateway.keys.bearer(await gateway.first_key()), http), records)


def _rests(engine: ScriptedEngine) -> bool:
    return not engine.working


@pytest_asyncio.fixture(loop_scope="module")
async def sky(heaven: Sky) -> Sky:
    for engine in heaven.all.engines:
        # a worker may still end the request of the cell before: it is not the one that this cell waits for
        await engine.until(functools.partial(_rests, engine), WAY_OUT)
    heaven.all.gateway.corridor.context.patience = UNHURRIED
    while not heaven.records.empty():
        heaven.records.get_nowait()
    heaven.all.heal()
    return heaven


# -- the matrix -------------------------------------------------------------------------------------------------------


async def _spoil(sky: Sky, provider: str, modality: str, fate: str, until: contextlib.AsyncExitStack) -> None:
    fake = sky.all[provider]
    path = ROUTE if provider == "ollama" else ""
    match fate:
        case "bad key" if isinstance(fake, FakeProvider) and provider not in LOCAL:
            fake.key = "another-key"
        case "429" if isinstance(fake, ScriptedEngine):
            await until.enter_async_context(fake.no_room())
        case "429":
            fake.fault("429", retry_after=RETRY_AFTER, path=path)
        case "500":
            fake.fault("500", path=path)
        case "stall":
            if provider not in WORKERS:
                sky.all.gateway.corridor.context.patience = IMPATIENT
            fake.fault("stall", path=path)
        case "cancel":
            # the provider never stops by itself: only the client's disconnection ends its work
            fake.fault("stall_mid_stream", after=EARLIER[modality], path=path)
        case "drop":
            fake.fault("drop_mid_stream", after=EARLIER[modality], path=path)


CELLS = [(*pair, way, fate) for pair in PAIRS for way in WAYS for fate in FATES]


@in_module
@pytest.mark.parametrize(("provider", "modality", "way", "fate"), CELLS)
async def test_a_cell(provider: str, modality: str, way: str, fate: str, sky: Sky) -> None:
    fake, name, told = sky.all[provider], name_of(provider, modality), Told()
    async with asyncio.timeout(WAY_OUT), contextlib.AsyncExitStack() as until:
        await _spoil(sky, provider, modality, fate, until)
        work = asyncio.ensure_future(CLIENTS[modality, way](sky.door, name, told))
        if fate == "cancel":
            # a stream of audio is owed words only from its first speech on
            if modality == "tts" or way == "stream":
                await told.began.wait()
            # some providers are asked only when the utterance is over
            await fake.until(lambda: fake.working, WAY_OUT)
            assert not work.done()
            work.cancel()
            await asyncio.wait({work})
            await fake.until(lambda: not fake.working, WAY_OUT)
            if isinstance(fake, ScriptedEngine):
                assert fake.hangups == 1, "the worker was told, and had not come to its end"
                await fake.idle()
        else:
            if fate == "stall" and isinstance(fake, ScriptedEngine):
                await fake.hang()
            await work
        record = await sky.records.get()
    keyless = fate == "bad key" and provider in LOCAL
    fared = "works" if keyless else fate
    _check_client(told, provider, modality, way, fared)
    assert record.status == RECORDED.get(fared, "error")
    assert (record.model_id, record.modality) == (name, modality)
    assert record.wire == ("livekit" if (modality in ("stt", "tts") and way == "stream") else "openai")
    assert (record.error_message is not None) == (record.status == "error")
    said = [*told.everything, str(record)]
    if keyless:
        said += [repr(fake.requests), repr(fake.given) if isinstance(fake, ScriptedEngine) else ""]
        await _refused_at_the_door(sky, provider, modality, way)
    assert not [one for one in said if KEY in one]
    assert sky.records.empty(), "one request is one record"
    # and the server serves on
    async with sky.door.http.get(f"{sky.door.url}/v1/models", headers=sky.door.auth) as answer:
        assert answer.status == 200


async def _refused_at_the_door(sky: Sky, provider: str, modality: str, way: str) -> None:
    """The gateway's own key is required for every target."""
    fake = sky.all[provider]
    assert sky.all.gateway.provider_settings(provider)["api_key"] == KEY
    asked, told = len(fake.requests), Told()
    await CLIENTS[modality, way](replace(sky.door, key="not-a-key"), name_of(provider, modality), told)
    assert told.status == 401
    assert told.error is not None
    assert len(fake.requests) == asked


def _check_client(told: Told, provider: str, modality: str, way: str, fate: str) -> None:
    if fate == "cancel":
        return
    if fate == "works":
        assert (told.status, told.error) == (200, None)
        if modality == "tts":
            assert told.seconds == pytest.approx(len(TEXT) * SECONDS_PER_CHARACTER, rel=0.3)
        else:
            assert told.text.startswith({"stt": "hello from the fake", "llm": "Hello. How can I help"}[modality])
        return
    if fate == "drop" and (modality, way) == ("tts", "one-shot"):
        # once sound went out there is no place for words, and the broken body is what tells
        assert told.seconds < 0.9 * len(TEXT) * SECONDS_PER_CHARACTER
        if told.cut:
            return
    assert told.status == told_by(provider, fate)
    assert told.error is not None
    assert told.error["message"]
    if way == "one-shot" or modality == "llm":
        assert set(told.error) == {"message", "type", "code", "param"}
        assert told.error["code"] != "internal_error"
    if fate == "bad key" and (way == "one-shot" or modality == "llm"):
        assert told.error["code"] == "upstream_unauthorized"
    if fate == "bad key":
        assert "api_key" in told.error["message"]
    if fate == "429" and (way == "one-shot" or modality == "llm"):
        assert told.retry_after == str(NO_ROOM_RETRY if provider in WORKERS else RETRY_AFTER)


def test_the_matrix_has_no_hole() -> None:
    assert holes() == set()
    assert set(CELLS) == {(*pair, way, fate) for pair in PAIRS for way in WAYS for fate in FATES}
