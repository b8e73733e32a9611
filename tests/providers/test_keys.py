"""A key appears in no log, error, text of an object, process list, child's environment or file."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("livekit.agents")

from livekit.agents import APIConnectOptions, llm, utils

from tests.support.cloud import MODELS, PAIRS, Cloud, cloud
from voicegw_desktop import inference
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import Caller, SttOptions, TtsOptions
from voicegw_desktop.core.registry import create_provider
from voicegw_desktop.corridor.context import Patience
from voicegw_desktop.gateway.current import set_gateway

pytestmark = pytest.mark.fault

CANARY = "sk-canary-4f9a1c77e2b84d0e"
ONCE = APIConnectOptions(max_retry=0, timeout=2.0)
FAULTS = (None, "401", "garbage")


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def files_with(text: str, folder: Path) -> list[str]:
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != "voicegw.yaml"]
    return [p.name for p in files if text.encode() in p.read_bytes()]


async def through_the_gateway(sky: Cloud, provider: str, modality: str) -> Any:
    corridor, caller, name = (
        sky.gateway.corridor,
        Caller("default", "python"),
        f"{provider}/{MODELS[provider][modality]}",
    )
    if modality == "stt":
        run: Any = await corridor.open_stt(caller, name, SttOptions())
        await run.push(bytes(3200))
    elif modality == "tts":
        run = await corridor.open_tts(caller, name, TtsOptions())
        await run.push("Hello.")
    else:
        run = await corridor.chat(caller, name, {"model": name, "messages": [{"role": "user", "content": "Hi"}]})
        return await run.read()
    try:
        await run.end()
        return [event async for event in run]
    finally:
        await run.cancel()


async def in_process(provider: str, modality: str) -> Any:
    name = f"{provider}/{MODELS[provider][modality]}"
    if modality == "tts":
        voice = inference.TTS(name)
        try:
            return [c async for c in voice.synthesize("Hello.", conn_options=ONCE)]
        finally:
            await voice.aclose()
    if modality == "llm":
        model, context = inference.LLM(name), llm.ChatContext()
        context.add_message(role="user", content="Hi")
        try:
            async with model.chat(chat_ctx=context, conn_options=ONCE) as stream:
                return [c async for c in stream]
        finally:
            await model.aclose()
    return None


async def test_a_key_shows_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    said: list[str] = []
    with caplog.at_level(logging.DEBUG):
        async with cloud(tmp_path, key=CANARY) as sky, utils.http_context.open():
            set_gateway(sky.gateway)
            async with sky.gateway as gateway:
                # one whose garbage is no sound says nothing more; what a stall says of it is wanted, the wait is not
                gateway.corridor.context.patience = Patience(stall_s=5.0)
                gateway.bus.subscribe(lambda event: said.append(repr(event)))
                for provider, modality in PAIRS:
                    for fault in FAULTS:
                        sky[provider].clear()
                        sky[provider].cut()
                        if fault:
                            sky[provider].fault(fault)
                        for work in (through_the_gateway(sky, provider, modality), in_process(provider, modality)):
                            try:
                                async with asyncio.timeout(60):
                                    said.append(repr(await work))
                            except Exception as error:
                                said += [str(error), repr(error), str(getattr(error, "body", ""))]
                    settings = gateway.provider_settings(provider)
                    said.append(repr(create_provider(provider, settings)))
                    sky[provider].fault("401")
                    with pytest.raises(VoiceGatewayError) as caught:
                        await create_provider(provider, settings).health_check()
                    said.append(str(caught.value))
                assert children(), "the cloud worker runs"
                for process in children():
                    said += [" ".join(process.cmdline()), repr(process.environ())]
                for status in gateway.engines.status():
                    said.append(repr(status))
                said.append(repr(await gateway.storage.get_recent_requests(limit=1000)))
                said.append(repr(gateway.engines.engine("cloud", "speech").spec))
                await inference.aclose()
            set_gateway(None)
    said.append(caplog.text)
    shown = [text for text in said if CANARY in text]
    assert shown == []
    assert files_with(CANARY, tmp_path) == []
    assert CANARY not in repr(dict(os.environ))
    assert any("sk-c…4d0e" in text for text in said), "a refused key is named by its mask"
