"""Models whose files change, or are taken away, while an engine has them loaded."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.support.engines import eventually
from tests.support.speech import WORDS, word_errors
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.sockets.http.server import Server

pytestmark = [pytest.mark.real_engine, pytest.mark.asyncio(loop_scope="function")]

MODEL = "whisper/tiny.en"
CHAT = "llamacpp/smollm2-135m"
CLIP = "jfk.wav"


@pytest_asyncio.fixture
async def gateway(models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    """A gateway with a copy of the model, which a test may spoil."""
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        shutil.copytree(models_dir / MODEL, gateway.models.root / MODEL)
        yield gateway


@pytest_asyncio.fixture
async def http(gateway: Gateway) -> AsyncIterator[aiohttp.ClientSession]:
    server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
    await server.start()
    key = (await gateway.keys.mint(None, "everything")).bearer
    async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {key}"}) as session:
        yield session
    await server.stop()


async def hear(http: aiohttp.ClientSession, speech_dir: Path) -> tuple[int, Any]:
    form = aiohttp.FormData({"model": MODEL})
    form.add_field("file", (speech_dir / CLIP).read_bytes(), filename=CLIP)
    async with http.post("/v1/audio/transcriptions", data=form) as answer:
        return answer.status, await answer.json()


async def understands(http: aiohttp.ClientSession, speech_dir: Path) -> bool:
    status, told = await hear(http, speech_dir)
    errors, words = word_errors(WORDS[CLIP], told.get("text", ""))
    return status == 200 and errors / words < 0.15


def process(gateway: Gateway) -> int | None:
    return next((engine.pid for engine in gateway.engines.status() if engine.name == MODEL), None)


async def remove(http: aiohttp.ClientSession, model: str) -> tuple[int, Any]:
    async with http.delete(f"/v1/store/{model}", params={"confirm": "true"}) as answer:
        return answer.status, await answer.json()


async def test_one_that_cannot_be_removed_serves_on_in_the_same_process(
    gateway: Gateway, http: aiohttp.ClientSession, speech_dir: Path
) -> None:
    assert await understands(http, speech_dir)
    before = process(gateway)
    assert before is not None

    def denied(path: Path) -> None:
        raise PermissionError(errno.EROFS, "Read-only file system", str(path))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voicegw_desktop.models.store.revoke", denied)
        status, told = await remove(http, MODEL)
    assert "cannot be written: Read-only file system" in told["error"]["message"]
    assert await understands(http, speech_dir)
    assert process(gateway) == before
    status, told = await remove(http, MODEL)
    assert (status, told["removed"]) == (200, MODEL)
    assert process(gateway) is None
    status, told = await hear(http, speech_dir)
    assert (status, told["error"]["code"]) == (404, "model_not_installed")


async def test_one_that_is_removed_while_it_hears(
    gateway: Gateway, http: aiohttp.ClientSession, speech_dir: Path
) -> None:
    assert await understands(http, speech_dir)
    hearing = [asyncio.create_task(hear(http, speech_dir)) for _ in range(3)]
    await eventually(lambda: any(e.streams for e in gateway.engines.status()), "it hears")
    assert (await remove(http, MODEL))[0] == 200
    for status, told in await asyncio.gather(*hearing):
        # answered before it ended, or told that it is gone; no request waits for an engine that will not come
        whole = status == 200 and "country" in told["text"]
        assert whole or told["error"]["code"] in ("model_not_installed", "engine_stopped")
    assert process(gateway) is None
    assert not (gateway.models.root / MODEL).exists()


async def test_files_that_are_replaced_under_a_loaded_engine(
    gateway: Gateway, http: aiohttp.ClientSession, speech_dir: Path
) -> None:
    assert await understands(http, speech_dir)
    file = gateway.models.root / MODEL / "model.bin"
    right = file.read_bytes()
    other = file.with_name("other")
    other.write_bytes(right[:1000])
    os.replace(other, file)
    # what is loaded is whole
    assert await understands(http, speech_dir)
    await gateway.engines.stop(MODEL)
    status, told = await hear(http, speech_dir)
    assert status == 404
    assert "voicegw models verify whisper/tiny.en" in told["error"]["message"]
    async with http.post("/v1/store/verify", json={"model": MODEL}) as answer:
        assert "model.bin is damaged" in (await answer.json())["problems"][0]
    other.write_bytes(right)
    os.replace(other, file)
    async with http.post("/v1/store/verify", json={"model": MODEL}) as answer:
        assert (await answer.json())["ok"]
    assert await understands(http, speech_dir)


async def test_a_file_that_is_cut_while_it_is_mapped(
    gateway: Gateway, http: aiohttp.ClientSession, models_dir: Path
) -> None:
    shutil.copytree(models_dir / CHAT, gateway.models.root / CHAT)

    async def ask() -> tuple[int, Any]:
        body = {"model": CHAT, "max_tokens": 8, "messages": [{"role": "user", "content": "Say hello."}]}
        async with http.post("/v1/chat/completions", json=body) as answer:
            return answer.status, await answer.json()

    assert (await ask())[0] == 200
    file = next((gateway.models.root / CHAT).glob("*.gguf"))
    with file.open("r+b") as cut:
        cut.truncate(1_000_000)
    codes = []
    for _ in range(3):
        told = (await ask())[1]
        codes.append(told["error"]["code"])
    # the first may meet the cut in the loaded engine, the next in one that is started again; then no more is started
    assert set(codes) <= {"engine_crashed", "model_corrupt", "model_not_installed"}
    assert codes[-1] == "model_not_installed"
    assert "voicegw models verify llamacpp/smollm2-135m" in told["error"]["message"]
