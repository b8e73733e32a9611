"""Attacks on the doors that answer chats, embeddings and Realtime's secrets, over a real gateway with a paid target.

Broken bodies, keys without the scope, spent budgets, projects whose data stays here, offline mode, other keys' answers.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml

from tests.support.burst_upstreams import WordyOpenAI
from tests.support.bursts import CHAT as MODEL
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.testing import KEY

pytestmark = [pytest.mark.socket, pytest.mark.asyncio(loop_scope="module")]

CHAT = {"model": MODEL, "messages": [{"role": "user", "content": "Hello."}]}
PAID: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": {"model": MODEL, "input": "Hello.", "stream": True},
    "/v1/messages": {**CHAT, "max_tokens": 100},
    "/api/chat": CHAT,
    "/api/generate": {"model": MODEL, "prompt": "Hello."},
    "/api/embed": {"model": MODEL, "input": "Hello."},
    "/api/embeddings": {"model": MODEL, "prompt": "Hello."},
    "/v1/embeddings": {"model": MODEL, "input": "Hello."},
    "/v1/completions": {"model": MODEL, "prompt": "Hello."},
}
FREE: dict[str, dict[str, Any]] = {
    "/v1/messages/count_tokens": CHAT,
    "/api/show": {"model": MODEL},
    "/v1/realtime/client_secrets": {"session": {"type": "realtime"}},
    "/v1/realtime/sessions": {"model": MODEL},
    "/v1/realtime/transcription_sessions": {},
}
BROKEN = {
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a list": b"[1]",
    "null": b"null",
    "a text": b'"x"',
    "NaN": b'{"model": NaN}',
    "nothing": b"",
    "no text": b"\xff\xfe\0",
    "a long number": b'{"model": ' + b"9" * 6000 + b"}",
    "half a character": b'{"model": "\\ud800"}',
    "too much": b'{"model": "' + b"a" * (17 << 20) + b'"}',
}


@dataclass
class Desk:
    """A served gateway, and keys by what they are good for."""

    gateway: Gateway
    http: aiohttp.ClientSession
    keys: dict[str, str]

    async def ask(self, key: str, path: str, body: Any = None, method: str = "POST") -> tuple[int, str]:
        data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        headers = {"Authorization": f"Bearer {self.keys[key]}", "Content-Type": "application/json"}
        async with self.http.request(method, path, data=data, headers=headers) as answer:
            return answer.status, await answer.text()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    home = tmp_path_factory.mktemp("doors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGW_SECRET", "a test's own secret")
        for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
            patch.delenv(name, raising=False)
        async with AsyncExitStack() as stack:
            fake = await stack.enter_async_context(WordyOpenAI(key=KEY))
            settings = {
                "providers": {"openai": {"api_key": KEY, "base_url": fake.base_url, "zone": "cloud"}},
                "projects": {
                    "spent": {"daily_budget": 0, "budget_action": "block"},
                    "near": {"egress": "local"},
                    "other": {},
                },
            }
            (home / "voicegw.yaml").write_text(yaml.safe_dump(settings))
            gateway = await stack.enter_async_context(Gateway(home / "voicegw.yaml", paths=paths_below(home)))
            server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
            await server.start()
            stack.push_async_callback(server.stop)
            keys = {}
            for project in ("default", "spent", "near", "other"):
                keys[project] = (await gateway.keys.mint(project, project)).bearer
            keys["reads"] = (await gateway.keys.mint("default", "reads", ["read"])).bearer
            http = await stack.enter_async_context(aiohttp.ClientSession(server.url))
            yield Desk(gateway, http, keys)


@pytest.mark.parametrize("path", [*PAID, *FREE])
async def test_a_broken_body_is_refused(desk: Desk, path: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for what, body in BROKEN.items():
            status, text = await desk.ask("default", path, body)
            assert status in (400, 413), (what, text[:200])
            assert json.loads(text), what
    assert not [r for r in caplog.records if r.exc_info]


@pytest.mark.parametrize("path", [*PAID, *FREE])
async def test_a_key_without_the_scope(desk: Desk, path: str) -> None:
    status, text = await desk.ask("reads", path, (PAID | FREE)[path])
    assert status == 403
    assert 'needs the scope \\"inference\\"' in text


@pytest.mark.parametrize("path", PAID)
async def test_money_and_distance_bind(desk: Desk, path: str) -> None:
    status, text = await desk.ask("spent", path, PAID[path])
    assert (status, "daily budget" in text) == (429, True), text
    status, text = await desk.ask("near", path, PAID[path])
    assert (status, "may send data no farther than local" in text) == (403, True), text
    desk.gateway.router.set_offline(True)
    try:
        status, text = await desk.ask("default", path, PAID[path])
        assert (status, "offline mode is on" in text) == (403, True), text
    finally:
        desk.gateway.router.set_offline(False)
