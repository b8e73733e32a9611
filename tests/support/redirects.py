"""Servers that answer with redirects, and a gateway whose providers are such servers.

`python -m tests.support.redirects FOLDER` asks every provider in offline mode, with a proxy set and servers elsewhere
configured; JSON out. Its own process, so that a test can start it under a trace of system calls.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from tests.support.cloud import MODELS, PAIRS
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Caller, SttOptions, TtsOptions
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run as operate

CALLER = Caller("default", "python")
KEY = "the-key-that-must-stay"


class Redirecting:
    """Answers each request with a redirect to `to`, or counts it."""

    def __init__(self) -> None:
        self.to, self.status = "", 307
        self.came: list[str] = []
        self.port = 0

    async def _answer(self, request: web.Request) -> web.Response:
        self.came.append(f"{request.method} {request.path}")
        if self.to:
            return web.Response(status=self.status, headers={"Location": self.to + request.path_qs})
        return web.Response(text="{}")

    async def start(self) -> web.AppRunner:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        return runner


def providers_at(address: str, zone: str) -> dict[str, Any]:
    """Every provider, and an OpenAI-shaped server `rack`, at one address."""
    common = {"api_key": KEY, "base_url": address, "zone": zone}
    return {**dict.fromkeys(MODELS, common), "rack": {"type": "openai_compatible", **common}}


async def ask(gateway: Gateway, provider: str, modality: str) -> None:
    """One request with something to say; raises what the gateway answers."""
    model = f"{provider}/{MODELS.get(provider, MODELS['openai'])[modality]}"
    if modality == "llm":
        body = {"model": model, "messages": [{"role": "user", "content": "a secret"}]}
        reply = await gateway.corridor.chat(CALLER, model, body)
        await reply.read()
        await reply.close()
        return
    if modality == "tts":
        speech = await gateway.corridor.open_tts(CALLER, model, TtsOptions())
        try:
            await speech.push("A secret. ")
            await speech.end()
            async for _ in speech:
                pass
        finally:
            await speech.cancel()
        return
    run = await gateway.corridor.open_stt(CALLER, model, SttOptions(endpointing_ms=0))
    try:
        await run.push(b"\1\1" * 16_000)
        await run.end()
        async for _ in run:
            pass
    finally:
        await run.cancel()


async def trapped(folder: Path) -> dict[str, Any]:
    """The error of each request, and the egress log."""
    server = Redirecting()
    runner = await server.start()
    server.to = "http://192.0.2.1"
    away = {
        "nas": {"type": "wyoming", "base_url": "tcp://nas.local:10300"},
        "attic": {"type": "openai_compatible", "base_url": "http://192.168.77.7:8000/v1"},
    }
    config = {
        "providers": {**providers_at(f"http://127.0.0.1:{server.port}/v1", "local"), **away},
        "routing": {"offline": True, "breaker": {"trip_after": 100_000}},
        "engines": {"ollama": {"base_url": "http://192.168.77.8:11434", "manage": "attach"}},
    }
    path = folder / "voicegw.yaml"
    path.write_text(yaml.safe_dump(config))
    refused = []
    async with Gateway(path, paths=paths_below(folder)) as gateway:
        for provider, modality in (*PAIRS, *(("rack", m) for m in ("stt", "llm", "tts"))):
            try:
                await ask(gateway, provider, modality)
            except VoiceGatewayError as error:
                refused.append(error.message)
        for provider in (*MODELS, *away, "rack"):
            try:
                await operate(gateway, "test_provider", {"provider_id": provider})
            except VoiceGatewayError:
                continue
        for modality in ("stt", "llm", "tts"):
            try:
                await ask(gateway, "nas" if modality != "llm" else "attic", modality)
            except VoiceGatewayError:
                continue
        engines = await operate(gateway, "list_engines", {})
        egress = (await operate(gateway, "egress", {}))["egress"]
    await runner.cleanup()
    return {"refused": refused, "engines": [e["name"] for e in engines["engines"]], "egress": egress}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ[name] = os.environ[name.upper()] = "http://192.0.2.2:3128"
    for name in ("no_proxy", "NO_PROXY"):
        os.environ.pop(name, None)
    print(json.dumps(asyncio.run(trapped(Path(sys.argv[1])))))
