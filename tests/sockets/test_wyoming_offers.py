"""What Wyoming clients are told of models and voices: built once for all that ask, and never in one go."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from wyoming.client import AsyncClient
from wyoming.info import Describe, Info

from tests.support.socket_gateway import FakeGateway
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.events import RouteChanged
from voicegw_desktop.core.ports import Caller, Target
from voicegw_desktop.sockets import turns
from voicegw_desktop.sockets.wyoming import WyomingServer
from voicegw_desktop.sockets.wyoming_info import KEEP, Offers, describe

pytestmark = pytest.mark.socket

CALLER = Caller("default", "wyoming")
OTHER = Caller("other", "wyoming")


class Store:
    """Installed models; each look at their folders is counted, with the thread that looked."""

    def __init__(self, count: int) -> None:
        self.looks: list[threading.Thread] = []
        self.models = [
            SimpleNamespace(id=f"{kind}/m{n}", installed=True, modality=modality, languages=("en",), title=str(n))
            for kind, modality in (("whisper", "stt"), ("piper", "tts"))
            for n in range(count)
        ]

    def list(self) -> list[SimpleNamespace]:
        self.looks.append(threading.current_thread())
        return self.models

    def locate(self, provider: str, name: str) -> Path:
        return Path("nowhere")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    found = Store(20)
    monkeypatch.setattr(FakeGateway, "models", found)
    return found


@pytest.fixture
def gateway(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    found = FakeGateway(tmp_path)

    def plan(modality: object, wanted: str, caller: Caller) -> SimpleNamespace:
        provider, _, model = wanted.partition("/")
        return SimpleNamespace(first=Target(provider, model))

    monkeypatch.setattr(found.router, "plan", plan)
    return found


async def test_clients_that_ask_at_once_are_told_what_is_built_once(gateway: FakeGateway, store: Store) -> None:
    offers = Offers(gateway)
    first = await offers.told(CALLER)
    alone = len(store.looks)
    offers._forget(RouteChanged("stt", None, "choice"))
    told = await asyncio.gather(*(offers.told(CALLER) for _ in range(8)))
    assert set(told) == {first}
    assert len(store.looks) == 2 * alone
    # another project may be served by other targets
    await offers.told(OTHER)
    assert len(store.looks) == 3 * alone
    offers.close()


async def test_what_was_told_is_built_again_after_a_second(gateway: FakeGateway, store: Store) -> None:
    clock = ManualClock()
    offers = Offers(gateway, clock)
    counts = []
    for wait in (0.0, KEEP / 2, KEEP / 2, KEEP / 2):
        clock.advance(wait)
        await offers.told(CALLER)
        counts.append(len(store.looks))
    first = counts[0]
    assert counts == [first, first, 2 * first, 2 * first]


async def test_a_changed_route_is_told_at_once(gateway: FakeGateway, store: Store) -> None:
    offers = Offers(gateway)
    await offers.told(CALLER)
    looks = len(store.looks)
    gateway.bus.publish(RouteChanged("stt", None, "choice"))
    await offers.told(CALLER)
    assert len(store.looks) == 2 * looks
    offers.close()
    gateway.bus.publish(RouteChanged("stt", None, "choice"))
    await offers.told(CALLER)
    assert len(store.looks) == 2 * looks


async def test_a_route_that_changes_while_the_answer_is_built_is_in_the_next_one(
    gateway: FakeGateway, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN", -1.0)
    offers = Offers(gateway)
    building = asyncio.ensure_future(offers.told(CALLER))
    while not store.looks:  # noqa: ASYNC110
        await asyncio.sleep(0)
    gateway.bus.publish(RouteChanged("stt", None, "choice"))
    await building
    looks = len(store.looks)
    await offers.told(CALLER)
    assert len(store.looks) == 2 * looks


async def test_others_have_turns_while_an_answer_is_built(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    # every model is as slow as a whole turn
    monkeypatch.setattr(turns, "TURN", -1.0)
    building = asyncio.ensure_future(describe(gateway, CALLER))
    given = 0
    while not building.done():
        await asyncio.sleep(0)
        given += 1
    assert given > 40, "a turn for each model and voice"


async def test_folders_are_read_beside_the_loop(gateway: FakeGateway, store: Store) -> None:
    await describe(gateway, CALLER)
    assert store.looks[0] is not threading.main_thread()


async def test_clients_of_a_server_share_the_answer(gateway: FakeGateway, store: Store) -> None:
    server = WyomingServer(gateway, port=0)
    await server.start()
    try:
        async with asyncio.timeout(60):
            answers = []
            for _ in range(2):
                async with AsyncClient.from_uri(f"tcp://127.0.0.1:{server.port}") as client:
                    await client.write_event(Describe().event())
                    event = await client.read_event()
                    assert event is not None
                    answers.append(Info.from_event(event))
    finally:
        await server.stop()
    assert answers[0] == answers[1]
    assert len(answers[0].asr[0].models) == 20
