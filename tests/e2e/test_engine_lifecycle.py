"""An engine from load to unload through the served program: the system's figures of bytes and processes."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.support.desktop import wait_for
from tests.support.served import Served, served
from tests.support.stt import DATA, clip, silence
from voicegw_desktop.engines.codec import wav_header
from voicegw_desktop.engines.memory import MIB, resident_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.real_engine, pytest.mark.asyncio(loop_scope="module")]

CONFIG = """
serve: {port: 0, wyoming_port: 0}
engines: {keep_alive: "5m", piper: {keep_alive: "0"}}
"""
WHISPER, PIPER, LLAMA, KOKORO = (
    "whisper/tiny.en",
    "piper/en_US-joe-medium",
    "llamacpp/smollm2-135m",
    "kokoro/v1.0-int8",
)
SHOWN = ("state", "reason", "pid", "rss_bytes", "threads", "model", "since")


@pytest.fixture(scope="module")
def program(models_dir: Path) -> Iterator[Served]:
    with served(models_dir, config=CONFIG) as it:
        yield it


class Client:
    """A key with every scope, and the events that it received."""

    def __init__(self, program: Served, http: aiohttp.ClientSession) -> None:
        self.program, self.http = program, http
        self.states: list[tuple[str, str]] = []
        self.changed = asyncio.Event()

    async def listen(self) -> None:
        async with self.http.get("events") as reply:
            async for line in reply.content:
                if not line.startswith(b"data:"):
                    continue
                event = json.loads(line[5:])
                if event.get("type") == "EngineState":
                    self.states.append((event["name"], event["state"]))
                    self.changed.set()

    async def engine(self, name: str) -> dict[str, Any]:
        async with self.http.get("engines") as reply:
            return next(e for e in (await reply.json())["engines"] if e["name"] == name)

    async def until(self, name: str, state: str) -> dict[str, Any]:
        """The engine, once it is in that state; the pytest timeout is the bound."""
        while True:
            # before the question: a change that comes while the answer is on its way must wake the wait
            self.changed.clear()
            if (engine := await self.engine(name))["state"] == state:
                return engine
            await self.changed.wait()

    async def act(self, what: str, name: str) -> dict[str, Any]:
        more = {"confirm": True} if what == "stop" else {}
        async with self.http.post(f"engines/{what}", json={"name": name, **more}) as reply:
            assert reply.status == 200, await reply.text()
            return dict(await reply.json())

    async def speak(self, headers: dict[str, str] | None = None, **more: Any) -> None:
        body = {"model": PIPER, "input": "Good morning.", "response_format": "pcm", **more}
        async with self.http.post("audio/speech", json=body, headers=headers) as reply:
            assert reply.status == 200, await reply.text()
            assert len(await reply.read()) > 10_000

    async def transcribe(self) -> str:
        form = aiohttp.FormData()
        form.add_field("model", WHISPER)
        form.add_field("file", (DATA / "jfk.wav").read_bytes(), filename="jfk.wav", content_type="audio/wav")
        async with self.http.post("audio/transcriptions", data=form) as reply:
            assert reply.status == 200, await reply.text()
            return str((await reply.json())["text"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(program: Served) -> AsyncIterator[Client]:
    key = json.loads(program.voicegw("--json", "keys", "create", "--name", "trial").stdout)["api_key"]
    timeout = aiohttp.ClientTimeout(total=None)
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(f"{program.v1}/", headers=headers, timeout=timeout) as http:
        client = Client(program, http)
        listening = asyncio.create_task(client.listen())
        yield client
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [WHISPER, LLAMA, KOKORO])
async def test_loaded_shown_and_given_back(client: Client, name: str) -> None:
    seen = len(client.states)
    await client.act("start", name)
    engine = await client.engine(name)
    assert set(SHOWN) <= set(engine)
    assert (engine["state"], engine["model"]) == ("ready", name.partition("/")[2])
    assert engine["threads"] >= 1
    held = resident_bytes(engine["pid"])
    assert held > 100 * MIB
    await client.act("stop", name)
    assert resident_bytes(engine["pid"]) <= 0.05 * held
    stopped = await client.engine(name)
    assert stopped["state"] == "stopped"
    assert not stopped["pid"]
    while (name, "stopped") not in client.states[seen:]:
        client.changed.clear()
        await client.changed.wait()
    told = [state for engine, state in client.states[seen:] if engine == name]
    assert told == ["starting", "loading", "ready", "unloading", "stopped"]


@pytest.mark.timeout(300)
async def test_it_stays_as_long_as_it_is_told(client: Client) -> None:
    await client.speak()
    # the configuration says 0 for piper
    assert "after the request" in (await client.until(PIPER, "stopped"))["reason"]
    await client.speak(keep_alive="10m")
    staying = await client.until(PIPER, "idle")
    assert staying["keep_alive_s"] == 600
    assert staying["expires_at"] == pytest.approx(staying["since"] + 600, abs=5)
    await client.speak({"X-VoiceGW-Keep-Alive": "-1"})
    assert (await client.until(PIPER, "idle"))["expires_at"] is None
    await client.speak(keep_alive=0)
    await client.until(PIPER, "stopped")


@pytest.mark.timeout(300)
async def test_a_request_that_meets_its_unloading_is_served(client: Client) -> None:
    await client.act("start", WHISPER)
    before = (await client.engine(WHISPER))["pid"]
    stopping = asyncio.create_task(client.act("stop", WHISPER))
    assert "your country" in await client.transcribe()
    await stopping
    assert before not in (None, (await client.engine(WHISPER))["pid"])


@pytest.mark.timeout(300)
async def test_a_long_recording_tells_its_progress(client: Client) -> None:
    pcm = (clip("jfk.wav") + silence(1)) * 5
    form = aiohttp.FormData()
    form.add_field("model", WHISPER)
    form.add_field("stream", "true")
    recording = io.BytesIO(wav_header(16_000, len(pcm)) + pcm)
    form.add_field("file", recording, filename="long.wav", content_type="audio/wav")
    told, deltas, text = [], [], ""
    async with client.http.post("audio/transcriptions", data=form) as reply:
        async for line in reply.content:
            if line.endswith(b"s transcribed\n"):
                told.append(float(line.split()[1]))
            elif line.startswith(b"data: {"):
                event = json.loads(line[6:])
                if event["type"] == "transcript.text.delta":
                    deltas.append(event["delta"])
                text = event.get("text", text)
    assert len(told) >= 2
    assert told == sorted(told)
    assert len(deltas) >= 2
    assert "".join(deltas) == text
    assert text.count("fellow") == 5


@pytest.mark.timeout(300)
async def test_workers_die_with_a_program_that_is_killed(models_dir: Path) -> None:
    with served(models_dir, config=CONFIG) as program:
        for name in (WHISPER, LLAMA):
            assert program.voicegw("engines", "start", name).returncode == 0
        listed = json.loads(program.voicegw("--json", "engines", "list").stdout)["engines"]
        pids = [engine["pid"] for engine in listed if engine.get("pid")]
        assert len(pids) == 2
        assert all(resident_bytes(pid) for pid in pids)
        program.process.kill()
        program.process.wait()
        wait_for("the workers' end", lambda: not any(resident_bytes(pid) for pid in pids))


@pytest.mark.timeout(300)
async def test_a_ceiling_evicts_the_least_recent_and_refuses_what_cannot_fit(models_dir: Path) -> None:
    limit = 'serve: {port: 0, wyoming_port: 0}\nengines: {memory_limit: "450MB"}\n'
    with served(models_dir, config=limit) as program:

        def engines() -> dict[str, Any]:
            listed = json.loads(program.voicegw("--json", "engines", "list").stdout)["engines"]
            return {engine["name"]: engine for engine in listed}

        for name in (WHISPER, PIPER):
            assert program.voicegw("engines", "start", name).returncode == 0
        refused = program.voicegw("engines", "start", KOKORO)
        assert refused.returncode
        assert "needs about" in refused.stderr
        assert "engines.memory_limit allows" in refused.stderr
        assert {name: engines()[name]["state"] for name in (WHISPER, PIPER)} == {WHISPER: "ready", PIPER: "ready"}
        assert program.voicegw("engines", "start", LLAMA).returncode == 0
        after = engines()
        assert after[LLAMA]["state"] == "ready"
        assert after[WHISPER]["state"] == "stopped"
        assert after[WHISPER]["reason"] == f"made room for {LLAMA}"
