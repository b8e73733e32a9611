"""A real Ollama server: started and stopped by the gateway, or used where it runs already."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engines import eventually
from voicegw_desktop.core.errors import ConfigError, EngineUnavailable, ModelNotInstalled
from voicegw_desktop.core.ports import ChatOptions, Target
from voicegw_desktop.descriptors.ollama import OllamaConfig
from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.servers.ollama import Ollama
from voicegw_desktop.engines.status import State

MODEL = "smol"
TARGET = Target("ollama", MODEL)
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def ollama_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built Ollama; kept between runs below VOICEGW_TEST_CACHE."""
    shared = os.environ.get("VOICEGW_SHARED")
    script = Path(shared) / "tools" / "ollama_for_tests.sh" if shared else None
    if script is None or not script.is_file():
        pytest.skip("VOICEGW_SHARED names no folder with tools/ollama_for_tests.sh")
    if not shutil.which("gcc"):
        pytest.skip("building Ollama for tests needs gcc")
    cache = os.environ.get("VOICEGW_TEST_CACHE")
    folder = Path(cache) / "ollama" if cache else tmp_path_factory.mktemp("ollama")
    if not (folder / "run-ollama").is_file():
        built = subprocess.run(["bash", str(script), str(folder)], capture_output=True, text=True, check=False)
        if built.returncode:
            pytest.skip(f"Ollama for tests cannot be built: {built.stderr.strip()[-200:]}")
    return folder


@pytest.fixture(scope="session")
def ollama_home(ollama_dir: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a Modelfile for SmolLM2 whose template has tools."""
    home = tmp_path_factory.mktemp("ollama-home")
    gguf = next((models_dir / "llamacpp" / "smollm2-135m").glob("*.gguf"))
    (home / "model.gguf").symlink_to(gguf)
    shared = Path(os.environ["VOICEGW_SHARED"])
    shutil.copy(shared / "tools" / "Modelfile.tools", home / "Modelfile")
    return home


@pytest.fixture(scope="session")
def tools_home(ollama_dir: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a Modelfile for a model that is large enough to call a tool when asked a question."""
    folder = models_dir / "llamacpp" / "qwen2.5-coder-0.5b"
    gguf = next(folder.glob("*.gguf"), None)
    if gguf is None:
        pytest.skip(f"{folder} holds no .gguf")
    home = tmp_path_factory.mktemp("ollama-tools")
    (home / "model.gguf").symlink_to(gguf)
    shutil.copy(Path(os.environ["VOICEGW_SHARED"]) / "tools" / "Modelfile.tools", home / "Modelfile")
    return home


def ours(http: HttpClient, folder: Path, home: Path, **more: Any) -> Ollama:
    more.setdefault("base_url", f"http://127.0.0.1:{free_port()}")
    config = OllamaConfig(binary=str(folder / "run-ollama"), models_dir=str(home / "models"), **more)
    return Ollama(config, http, env={"HOME": str(home)})


async def created(ollama: Ollama, name: str, home: Path) -> None:
    """Make a model of the Modelfile in `home` by the `ollama` program."""
    made = await asyncio.create_subprocess_exec(
        *(str(ollama.binary()), "create", name, "-f", "Modelfile"), cwd=home, env=ollama._environment()
    )
    assert await made.wait() == 0


@pytest.mark.real_engine
async def test_a_managed_server_from_start_to_stop(http: HttpClient, ollama_dir: Path, ollama_home: Path) -> None:
    ollama = ours(http, ollama_dir, ollama_home, keep_alive="7m")
    assert (await ollama.status())[0].state is State.STOPPED
    await ollama.start()
    assert ollama.owned
    await created(ollama, MODEL, ollama_home)
    assert [m["name"] for m in await ollama.models()] == [f"{MODEL}:latest"]
    assert "template" in await ollama.show(MODEL)

    body = {"model": MODEL, "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 8}
    reply = await ollama.post(TARGET, "/chat/completions", body)
    assert reply.status == 200
    assert json.loads(await reply.read())["choices"][0]["message"]["content"]

    reply = await ollama.post(TARGET, "/chat/completions", {**body, "stream": True})
    stream = b"".join([chunk async for chunk in reply])
    assert stream.count(b"data: ") > 3
    assert stream.rstrip().endswith(b"data: [DONE]")

    asked = {
        **body,
        "messages": [{"role": "user", "content": "Weather in Paris?"}],
        "tools": [WEATHER],
        "max_tokens": 40,
    }
    reply = await ollama.post(TARGET, "/chat/completions", asked)
    assert reply.status == 200
    assert json.loads(await reply.read())["choices"][0]["message"]["role"] == "assistant"

    server, model = await ollama.status()
    assert server.info["owned"]
    assert server.pid
    assert server.rss_bytes > model.rss_bytes / 2, "the process that holds the model is a child of the server"
    assert model.name == f"ollama/{MODEL}:latest"
    assert model.rss_bytes > 50_000_000

    reply = await ollama.post(TARGET, "/chat/completions", body, ChatOptions(keep_alive="0"))
    await reply.read()
    await asyncio.gather(*ollama._after)
    await _until_unloaded(ollama)
    await ollama.load(MODEL)
    assert (await ollama.status())[1:]
    await ollama.unload(MODEL)
    await _until_unloaded(ollama)

    with pytest.raises(ModelNotInstalled, match="ollama pull nobody"):
        await ollama.show("nobody")
    base = ollama.base_url
    await ollama.stop()
    assert ollama.state is State.STOPPED
    assert await Ollama(OllamaConfig(base_url=base), http).version() is None


async def _until_unloaded(ollama: Ollama) -> None:
    async def empty() -> bool:
        return not (await ollama.status())[1:]

    await eventually(empty, "the model leaves memory")


@pytest.mark.real_engine
async def test_a_tool_is_called_and_its_answer_used(http: HttpClient, ollama_dir: Path, tools_home: Path) -> None:
    ollama = ours(http, ollama_dir, tools_home)
    await ollama.start()
    try:
        await created(ollama, "coder", tools_home)
        target = Target("ollama", "coder")
        messages: list[dict[str, Any]] = [{"role": "user", "content": "What is the weather in Paris? Use the tool."}]
        body = {"model": "coder", "tools": [WEATHER], "temperature": 0, "seed": 1, "max_tokens": 60}
        reply = await ollama.post(target, "/chat/completions", {**body, "messages": messages})
        assert reply.status == 200
        choice = json.loads(await reply.read())["choices"][0]
        assert choice["finish_reason"] == "tool_calls", choice
        (call,) = choice["message"]["tool_calls"]
        assert call["function"]["name"] == "weather"
        assert json.loads(call["function"]["arguments"])["city"].startswith("Paris")

        messages += [choice["message"], {"role": "tool", "tool_call_id": call["id"], "content": "Rain, 11 degrees"}]
        reply = await ollama.post(target, "/chat/completions", {**body, "tools": [], "messages": messages})
        assert reply.status == 200
        answer = json.loads(await reply.read())["choices"][0]["message"]["content"]
        assert "11" in answer or "rain" in answer.lower()
    finally:
        await ollama.stop()


@pytest.mark.real_engine
async def test_attaches_and_leaves_running(http: HttpClient, ollama_dir: Path, ollama_home: Path) -> None:
    owner = ours(http, ollama_dir, ollama_home)
    await owner.start()
    guest = Ollama(OllamaConfig(base_url=owner.base_url), http)
    await guest.ensure()
    assert not guest.owned
    await guest.stop()
    assert await owner.version()
    rival = ours(http, ollama_dir, ollama_home, base_url=owner.base_url, manage="own")
    with pytest.raises(EngineUnavailable, match="already answers"):
        await rival.start()
    await owner.stop()


@pytest.mark.real_engine
async def test_a_server_that_was_killed_comes_back(http: HttpClient, ollama_dir: Path, ollama_home: Path) -> None:
    ollama = ours(http, ollama_dir, ollama_home)
    await ollama.start()
    assert ollama._guard
    ollama._guard.kill()
    await eventually(lambda: ollama.state is State.FAILED, "the end of the server is noticed")
    assert isinstance(await ollama.models(), list)
    assert ollama.state is State.READY
    await ollama.stop()


@pytest.mark.socket
async def test_absent_and_attach(http: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    base = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setattr("voicegw_desktop.engines.servers.ollama_server.PLACES", ())
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(EngineUnavailable, match="ollama serve"):
        await Ollama(OllamaConfig(base_url=base, manage="attach"), http).ensure()
    absent = Ollama(OllamaConfig(base_url=base), http)
    with pytest.raises(EngineUnavailable, match=r"not installed.*ollama\.com/download") as caught:
        await absent.ensure()
    assert caught.value.code == "engine_not_installed"
    assert "hint" in (await absent.status())[0].info
    with pytest.raises(ConfigError, match=r"engines\.ollama\.binary"):
        Ollama(OllamaConfig(binary="/no/such/ollama"), http).binary()
