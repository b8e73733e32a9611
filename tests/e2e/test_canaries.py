"""Keys that must never be seen: placed wherever a key can be, and searched for in everything that is written or
shown."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.support.served import ROOT, Served, served
from voicegw_desktop.testing import fakes

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]

CANARIES = {
    "environment": "sk-canary-from-environment-0123456789",
    "project": "sk-canary-of-one-project-0123456789",
    "worker": "dg-canary-for-the-worker-0123456789",
    "operation": "gsk-canary-set-by-operation-0123456789",
    "standard input": "sk-ant-canary-by-standard-input-0123456789",
    "wrong": "sk-canary-that-is-refused-0123456789",
}
CONFIG = """
serve: {port: 0}
providers:
  openai: {api_key: "${CANARY_ENVIRONMENT}", base_url: "OPENAI", zone: cloud}
  deepgram: {api_key: "${CANARY_WORKER}", base_url: "DEEPGRAM"}
  groq: {base_url: "OPENAI"}
  anthropic: {base_url: "ECHO"}
  echo: {type: openai_compatible, api_key: "${CANARY_WRONG}", base_url: "ECHO"}
  gone: {type: openai_compatible, api_key: "${CANARY_WRONG}", base_url: "http://127.0.0.1:9/v1"}
projects:
  shop:
    providers:
      openai: {api_key: "${CANARY_PROJECT}"}
"""
CLIP = ROOT / "tests" / "data" / "austen-0880.wav"
CHAT = {"messages": [{"role": "user", "content": "Hello."}]}


@pytest.fixture
async def echo() -> AsyncIterator[str]:
    """A careless provider: its refusals repeat the key they were sent. Gives its base URL."""

    async def refuse(request: web.Request) -> web.Response:
        message = (
            f"Incorrect API key provided: {request.headers.get('Authorization')} {request.headers.get('X-Api-Key')}"
        )
        return web.json_response({"error": {"message": message, "type": "x", "code": None}}, status=401)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/v1"  # type: ignore[union-attr]
    await runner.cleanup()


def children(pid: int) -> set[int]:
    """Every process below this one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def of_processes(pids: set[int], names: tuple[str, ...]) -> dict[str, bytes]:
    """What every process of this user can read about these processes."""
    found = {}
    for path in (Path(f"/proc/{pid}/{name}") for pid in pids for name in names):
        with contextlib.suppress(OSError):
            found[str(path)] = path.read_bytes()
    return found


def seen_in(text: bytes) -> list[str]:
    """The canaries found in `text`, also as base64 or without their prefix."""
    found = []
    for name, key in CANARIES.items():
        body = key.split("canary", 1)[1]
        forms = (key.encode(), body.encode(), base64.b64encode(key.encode())[4:-4])
        if any(form in text for form in forms):
            found.append(name)
    return found


async def use(gateway: Served, shown: dict[str, bytes]) -> set[int]:
    """Call everything that uses keys, over HTTP and on the command line; the answers are added to `shown`."""
    headers = {"Authorization": f"Bearer {gateway.key}"}

    async def call(method: str, path: str, **more: Any) -> int:
        async with http.request(method, path, **more) as answer:
            body = await answer.read()
            told = "\n".join(f"{k}: {v}" for k, v in answer.headers.items()).encode()
            shown[f"{method} {path} {len(shown)}"] = told + body
            return answer.status

    async def voicegw(*arguments: str, given: str | None = None) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "voicegw_desktop", *arguments, env=gateway.env,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        answer, _ = await process.communicate((given or "").encode())
        shown[f"voicegw {' '.join(arguments)}"] = answer

    # the unix socket may do everything: the first key may not set keys
    admin = aiohttp.UnixConnector(str(gateway.socket))
    async with aiohttp.ClientSession("http://localhost", connector=admin) as http:
        changed = await call("PATCH", "/v1/providers/groq", json={"api_key": CANARIES["operation"]})
        assert changed == 200, shown
        await voicegw("providers", "key", "anthropic", "--api-key-stdin", given=CANARIES["standard input"] + "\n")
        made = await call("POST", "/v1/providers", json={"provider_id": "cartesia", "api_key": CANARIES["operation"]})
        assert made < 300, shown
        assert await call("POST", "/v1/chat/completions", json={"model": "openai/gpt-4o-mini", **CHAT}) == 200
        # a project's own key is one the fake does not know
        for model in ("echo/any", "gone/any", "anthropic/claude-haiku-4-5", "groq/llama-3.3-70b-versatile"):
            assert await call("POST", "/v1/chat/completions", json={"model": model, **CHAT}) >= 400, model
        for provider in ("openai", "echo", "gone", "anthropic", "deepgram", "groq"):
            await call("POST", f"/v1/providers/{provider}/test", json={})
        for model in ("deepgram/nova-3", "openai/whisper-1", "echo/any"):
            form = aiohttp.FormData({"model": model})
            form.add_field("file", CLIP.read_bytes(), filename="a.wav", content_type="audio/wav")
            await call("POST", "/v1/audio/transcriptions", data=form)
        workers = children(gateway.process.pid)
        for path in ("status", "providers", "providers/openai", "logs", "audit-log", "doctor", "metrics", "egress",
                     "projects", "projects/shop", "models", "routes", "engines"):  # fmt: skip
            await call("GET", f"/v1/{path}")
        await call("GET", "/v1/config/explain", params={"path": "providers.openai.api_key"})
    async with aiohttp.ClientSession(gateway.url, headers=headers) as http:
        await call("GET", "/v1/providers")
    for verb in (("doctor",), ("status",), ("providers", "list"), ("config", "explain", "providers.openai.api_key"),
                 ("config", "explain", "projects.shop"), ("audit-log",), ("logs",)):  # fmt: skip
        await voicegw(*verb)
    return workers


async def test_no_canary_is_ever_seen(echo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("environment", "project", "worker", "wrong"):
        monkeypatch.setenv(f"CANARY_{name.upper()}", CANARIES[name])
    all_fakes, shown = fakes(), dict[str, bytes]()
    async with (
        all_fakes["openai"](key=CANARIES["environment"]) as openai,
        all_fakes["deepgram"](key=CANARIES["worker"]) as deepgram,
    ):
        config = CONFIG.replace("OPENAI", openai.base_url).replace("DEEPGRAM", deepgram.base_url).replace("ECHO", echo)
        manager = served(tmp_path / "models", config=config)
        gateway = await asyncio.to_thread(manager.__enter__)
        try:
            workers = await use(gateway, shown)
            shown |= of_processes(workers, ("cmdline", "environ"))
            shown |= of_processes({gateway.process.pid}, ("cmdline",))
            gateway.process.terminate()
            output, complaint = await asyncio.to_thread(gateway.process.communicate)
            shown["standard output"], shown["standard error"] = output.encode(), complaint.encode()
            for folder, _, files in os.walk(gateway.home):
                for file in files:
                    path = Path(folder) / file
                    if path.is_file():
                        shown[str(path.relative_to(gateway.home))] = path.read_bytes()
        finally:
            await asyncio.to_thread(manager.__exit__, None, None, None)
    leaks = {place: found for place, text in shown.items() if (found := seen_in(text))}
    assert leaks == {}, json.dumps(
        {k: [v, shown[k][:600].decode(errors="replace")] for k, v in leaks.items()}, indent=1
    )
    environments = [text for place, text in shown.items() if place.endswith("/environ")]
    assert environments, "no worker ran"
    assert not any(b"VOICEGW_SECRET" in text for text in environments)
    assert any(place.endswith("voicegw.db") for place in shown)
    # the search itself works
    assert seen_in(CANARIES["worker"].encode()) == ["worker"]
