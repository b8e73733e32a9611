"""Plugins that the cloud worker keeps, shares and closes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("livekit.agents")

from voicegw_desktop.core.ports import Zone
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.workers import cloud, cloud_tts

pytestmark = pytest.mark.unit


class Plugin:
    """Notes that it was closed."""

    closed = False

    async def aclose(self) -> None:
        self.closed = True


async def test_no_plugin_is_closed_while_a_stream_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Plugin] = {}
    long = asyncio.Event()

    def make(model: str, **_options: Any) -> Plugin:
        made[model] = Plugin()
        return made[model]

    async def speak(worker: Any, order: Any, _first: Event, _conn: object) -> None:
        worker.plugin(order, "tts")
        if order.model == "long":
            await long.wait()

    monkeypatch.setattr(cloud, "create_provider", lambda *_: SimpleNamespace(create_tts=make, zone=Zone.CLOUD))
    monkeypatch.setattr(cloud, "watch", lambda _plugin: None)
    monkeypatch.setattr(cloud_tts, "speak", speak)
    worker = cloud.CloudWorker(SimpleNamespace())  # type: ignore[arg-type]
    monkeypatch.setattr(worker, "http", lambda _zone: None)

    def stream(model: str) -> Coroutine[Any, Any, None]:
        order = {"kind": "fake", "provider": "fake", "model": model, "credentials": {"settings": {}}}
        return worker.handle(Event("synthesize", {"cloud": order}), SimpleNamespace())  # type: ignore[arg-type]

    speaking = asyncio.ensure_future(stream("long"))
    await asyncio.sleep(0)
    for number in range(cloud.KEPT + 1):
        await stream(f"model-{number}")

    def closed() -> list[str]:
        return [model for model, plugin in made.items() if plugin.closed]

    assert closed() == ["model-0", "model-1"]
    long.set()
    await speaking
    await stream("another")
    assert closed() == ["long", "model-0", "model-1"]
