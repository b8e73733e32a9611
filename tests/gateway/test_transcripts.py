"""What was said: stored only when that is switched on, always sealed, shown only on request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.corridors import CALLER
from tests.support.fake_backends import FakeTts, Script
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import TtsOptions
from voicegw_desktop.gateway import operations
from voicegw_desktop.gateway.gateway import Gateway

pytestmark = pytest.mark.unit

CLOCK = ManualClock()
CLOCK.advance(1)  # moment 0 counts as "not yet"
SAID = "The canary sings at seven."


async def speak(gateway: Gateway) -> None:
    gateway.backends.register("piper", tts=FakeTts(Script()))
    caller = replace(CALLER, session="call")
    run = await gateway.corridor.open_tts(caller, "piper/joe", TtsOptions())
    await run.push(SAID)
    await run.end()
    async for _ in run:
        pass


def seen_in(folder: Path) -> list[Path]:
    """Files that hold what was said."""
    return [path for path in folder.rglob("*") if path.is_file() and b"canary" in path.read_bytes()]


async def told(gateway: Gateway, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await operations.run(gateway, "session", {"session_id": "call", **params})
    (turn,) = answer["turns"]
    return dict(turn)


@pytest.mark.parametrize("kept", [False, True])
async def test_texts_are_kept_only_when_they_are_asked_for_and_never_in_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    config = GatewayConfig({"observability": {"transcripts": kept}})
    paths = paths_below(tmp_path)
    async with Gateway(paths=paths, clock=CLOCK, config=config) as gateway:
        await speak(gateway)
        # neither in the journal, before the database has it, nor afterwards
        assert not seen_in(tmp_path)
        assert "agent" not in await told(gateway)
        assert (await told(gateway, texts=True)).get("agent") == (SAID if kept else None)
    assert not seen_in(tmp_path)
    async with Gateway(paths=paths, clock=CLOCK, config=config) as again:
        assert (await told(again, texts=True)).get("agent") == (SAID if kept else None)


async def test_without_request_logging_there_are_no_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    config = GatewayConfig({"observability": {"request_logging": False, "transcripts": True}})
    async with Gateway(paths=paths_below(tmp_path), clock=CLOCK, config=config) as gateway:
        await speak(gateway)
        assert (await operations.run(gateway, "turns"))["turns"] == []
        assert (await operations.run(gateway, "costs"))["requests"] == 1
