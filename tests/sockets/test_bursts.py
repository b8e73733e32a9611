"""Bursts at a budget's cap through every wire of real sockets: recorded spend stays within the cap.

Several gateways on one database serve; each wire has a project and a key of its own, and both have a budget.
VOICEGW_BURST: how many requests come at once.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml

from tests.support.burst_upstreams import WordyOpenAI
from tests.support.bursts import CHAT, MICRO, REFUSED, SERVED, STT, TTS, WIRES, Program, burst
from tests.support.engines import eventually
from tests.support.fake_backends import FakeTts, Script
from tests.support.listening import Listener
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.corridor.stt_money import LEASE_S
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.testing import KEY

pytestmark = [pytest.mark.socket, pytest.mark.asyncio(loop_scope="module")]

AT_ONCE = int(os.environ.get("VOICEGW_BURST", "60"))
PAYS_FOR = 4.5  # requests that the cap pays for
LEASE = LEASE_S * 80  # micro-dollars of deepgram/nova-3
PROJECTS = {name: f"p{number}" for number, name in enumerate(WIRES)}
CAPS = {name: wire.costs * PAYS_FOR for name, wire in WIRES.items()}
PERIODS = {name: ("weekly", "monthly")[number % 2] for number, name in enumerate(WIRES)}
"""The period of the budget of each wire's key; the project's is daily."""
ALONE = {wire.only: name for name, wire in WIRES.items() if wire.only is not None}


@dataclass(frozen=True)
class Desk:
    """The served gateways."""

    programs: list[Program]
    gateways: list[Gateway]
    keys: dict[str, str]
    """Ids by wire."""

    async def recorded(self, name: str) -> float:
        """Micro-dollars that a wire's project has spent, by all programs, once all of it is stored."""
        for gateway in self.gateways:
            # a client may have its last message before the run is settled
            await eventually(lambda gateway=gateway: not gateway.corridor.runs, "every run has ended")
            assert gateway.parts.records is not None
            await gateway.parts.records.writer.flush()
        costs = await run(self.gateways[0], "costs", {"project": PROJECTS[name]})
        return float(costs["total"] or 0) * 1e6


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A gateway for each wire that knows no keys, on one database."""
    folder = tmp_path_factory.mktemp("bursts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGW_SECRET", "a test's own secret")
        patch.setenv("VOICEGW_DB_PATH", str(folder / "shared.db"))
        for name in ("VOICEGW_CONFIG", "VOICEGW_MODELS_DIR"):
            patch.delenv(name, raising=False)
        async with AsyncExitStack() as stack:
            fake = await stack.enter_async_context(WordyOpenAI(key=KEY))
            made = Desk([], [], {})
            bearers: dict[str, str] = {}
            for number in range(len(ALONE)):
                home = folder / f"home{number}"
                home.mkdir()
                (home / "voicegw.yaml").write_text(yaml.safe_dump(settings(fake.base_url, number)))
                gateway = await stack.enter_async_context(Gateway(home / "voicegw.yaml", paths=paths_below(home)))
                for provider in ("openai", "deepgram", "groq"):
                    gateway.backends.register(provider, stt=Listener(), tts=FakeTts(Script(), piece=20_000))
                serve = gateway.config.serve.model_copy(update={"port": 0, "wyoming_port": 0})
                server = Server(gateway, serve=serve)
                await server.start()
                stack.push_async_callback(server.stop)
                (_, wyoming) = server.ports()["wyoming"]
                http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
                for name, project in PROJECTS.items() if not bearers else ():
                    key = await gateway.keys.mint(project, name)
                    bearers[name], made.keys[name] = key.bearer, key.id
                    limit = {PERIODS[name]: CAPS[name] / 1e6, "action": "block"}
                    await run(gateway, "set_budget", {"key": key.id, **limit})
                made.gateways.append(gateway)
                made.programs.append(Program(server.url, bearers, http, wyoming))
            yield made


def settings(address: str, number: int) -> dict[str, Any]:
    """The configuration of a program."""
    cloud = {"api_key": KEY, "base_url": address, "zone": "cloud"}
    return {
        "providers": dict.fromkeys(("openai", "deepgram", "groq"), cloud),
        "default_project": PROJECTS[ALONE[number]],
        "projects": {
            PROJECTS[name]: {"daily_budget": cap * MICRO / 1e9, "budget_action": "block"} for name, cap in CAPS.items()
        },
        "routing": {"stt": {"aliases": {"*": STT}}, "tts": {"aliases": {"*": TTS}}, "llm": {"aliases": {"*": CHAT}}},
    }


@pytest.mark.parametrize("name", WIRES)
async def test_a_burst_at_the_cap(desk: Desk, name: str) -> None:
    wire, cap = WIRES[name], CAPS[name]
    told = await burst(desk.programs, name, AT_ONCE)
    assert set(told) <= {SERVED, REFUSED}
    assert told[REFUSED]
    assert told[SERVED] or wire.streams
    # one after another, what is left is used up
    for _ in range(4):
        told += await burst(desk.programs, name, 1)
    assert set(told) <= {SERVED, REFUSED}
    spent = await desk.recorded(name)
    streams = min(AT_ONCE, wire.most) if wire.streams else 0
    assert cap / 3 <= spent <= cap + streams * LEASE, told
    for gateway in desk.gateways:
        assert gateway.budget_enforcer.get_budget_status(PROJECTS[name]).reserved_nanos == 0
        (key,) = (it for it in gateway.budget_enforcer.statuses() if it.name == desk.keys[name])
        assert key.reserved_nanos == 0
        # the key pays for the same requests, whichever wire they came by; one wire knows no keys
        assert key.spent_nanos == pytest.approx(0 if wire.only is not None else spent * MICRO)
