"""A provider with impossible usage: the answer arrives, one record is kept, and the budget still counts."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.testing import KEY, fakes

pytestmark = pytest.mark.socket

ODD: list[Any] = [
    {"prompt_tokens": math.nan, "completion_tokens": 5},
    {"prompt_tokens": 10**30, "completion_tokens": 1e30},
    {"prompt_tokens": -5, "completion_tokens": 5},
    {"prompt_tokens": "12", "completion_tokens": "5"},
    {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 50}},
    {"prompt_tokens": True, "completion_tokens": 5},
    {"prompt_tokens": 10, "completion_tokens": 5, "completion_tokens_details": []},
    {},
]  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
async def test_a_usage_that_cannot_be_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: bool) -> None:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    fake = fakes()["openai"]
    told: list[Any] = list(ODD)
    monkeypatch.setattr(fake, "usage", lambda self: told[0])
    async with fake(key=KEY) as paid:
        path = tmp_path / "voicegw.yaml"
        settings = {"api_key": KEY, "base_url": paid.base_url, "zone": "cloud"}
        project = {"daily_budget": 100.0, "budget_action": "block"}
        path.write_text(yaml.safe_dump({"providers": {"openai": settings}, "projects": {"default": project}}))
        async with Gateway(path, paths=paths_below(tmp_path)) as gateway:
            server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
            await server.start()
            try:
                key = (await gateway.keys.mint("default", "k")).bearer
                async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {key}"}) as http:
                    body = {
                        "model": "openai/gpt-4o-mini",
                        "messages": [{"role": "user", "content": "Hello."}],
                        "stream": stream,
                    }
                    while told:
                        async with http.post("/v1/chat/completions", json=body) as answer:
                            assert answer.status == 200, told[0]
                            await answer.read()
                        told.pop(0)
            finally:
                await server.stop()
            assert gateway.writer is not None
            assert gateway.storage is not None
            assert gateway.cost_tracker is not None
            await gateway.writer.flush()
            rows = await gateway.storage.get_recent_requests(limit=100)
            assert len(rows) == len(ODD)
            for row in rows:
                assert 0 <= row["input_units"] < 1000
                assert row["cost_nanos"] is None or 0 <= row["cost_nanos"] < 1_000_000
            stored = sum(row["cost_nanos"] or 0 for row in rows)
            assert gateway.cost_tracker.today().cost_nanos == stored
