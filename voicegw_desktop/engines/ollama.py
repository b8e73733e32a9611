"""Ollama as an engine: find it, use the server that runs or run one, manage its models, pass chat on by bytes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import (
    BadRequest,
    ConfigError,
    EngineUnavailable,
    ModelNotInstalled,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import EngineState, EventBus
from voicegw_desktop.core.ports import Target
from voicegw_desktop.core.schema import DEFAULT_KEEP_ALIVE, OllamaConfig
from voicegw_desktop.core.units import parse_keep_alive
from voicegw_desktop.engines.llm_http import HttpClient, HttpReply, error_text, take_keep_alive
from voicegw_desktop.engines.process import worker_environment
from voicegw_desktop.engines.status import EngineStatus, State

START_TIMEOUT = 30.0  # s until `ollama serve` must answer
START_POLL = 0.05  # s between questions whether it does
PROBE_TIMEOUT = 2.0  # s
LOAD_TIMEOUT = 600.0  # s
STOP_TIMEOUT = 6.0  # s
LOG_LINES = 200
NAME = "ollama/server"
PLACES = (
    "/usr/local/bin/ollama",
    "/opt/homebrew/bin/ollama",
    "/Applications/Ollama.app/Contents/Resources/ollama",
    "~/.local/bin/ollama",
    "~/AppData/Local/Programs/Ollama/ollama.exe",
)


def install_hint() -> str:
    """How to get Ollama on this platform, in one sentence."""
    if sys.platform == "darwin":
        return "Install it from https://ollama.com/download or with: brew install ollama"
    if sys.platform == "win32":
        return "Install it from https://ollama.com/download or with: winget install Ollama.Ollama"
    return "Install it as https://ollama.com/download says, or use a llamacpp/… model, which needs no server."


class Ollama:
    """One Ollama server, ours or somebody's, as a `core.ports.LlmBackend`."""

    def __init__(
        self,
        config: OllamaConfig,
        http: HttpClient,
        *,
        bus: EventBus | None = None,
        clock: Clock | None = None,
        keep_alive: str = DEFAULT_KEEP_ALIVE,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.config, self._http = config, http
        self._bus, self._clock = bus or EventBus(), clock or SystemClock()
        self._keep_alive = config.keep_alive or keep_alive
        self._env = dict(env or {})
        self._guard: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._after: set[asyncio.Task[None]] = set()
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.state, self.reason, self.since = State.STOPPED, "", self._clock.time()
        self.known_good = False

    def configure(self, config: OllamaConfig, keep_alive: str) -> None:
        """Take a new configuration; a server that runs is not disturbed, a new address is looked at next time."""
        if config.base_url != self.config.base_url or config.manage != self.config.manage:
            self.known_good = False
        self.config, self._keep_alive = config, config.keep_alive or keep_alive

    @property
    def base_url(self) -> str:
        """Without a slash at the end and without `/v1`."""
        return self.config.base_url.rstrip("/").removesuffix("/v1")

    @property
    def owned(self) -> bool:
        """Did we start the server that runs?"""
        return self._guard is not None and self._guard.returncode is None

    # -- the server ---------------------------------------------------------------------------------------------------

    def binary(self) -> Path | None:
        """Where the program is, or None."""
        if self.config.binary:
            path = Path(self.config.binary).expanduser()
            if not path.is_file():
                raise ConfigError(f"engines.ollama.binary names {path}, which does not exist.")
            return path
        found = shutil.which("ollama")
        places = (Path(place).expanduser() for place in PLACES)
        return Path(found) if found else next((place for place in places if place.is_file()), None)

    async def version(self) -> str | None:
        """The version of the server that answers, or None."""
        try:
            answer = await self._http.get_json(f"{self.base_url}/api/version", timeout=PROBE_TIMEOUT)
            return str(answer["version"])
        except (UpstreamError, KeyError, TypeError):
            return None

    async def ensure(self) -> None:
        """A server answers afterwards. Raises EngineUnavailable with the next step."""
        if self.known_good:
            return
        if not self.config.enabled:
            raise EngineUnavailable("engines.ollama.enabled is false; set it to true to use Ollama's models.")
        if self._starting is None:
            self._starting = asyncio.create_task(self._ensure())
        try:
            await asyncio.shield(self._starting)
        finally:
            if self._starting and self._starting.done():
                self._starting = None

    async def _ensure(self) -> None:
        if self.config.manage != "own" and await self.version():
            self._ready("attached to the server that runs")
            return
        if self.config.manage == "attach":
            message = (
                f"No Ollama server answers at {self.base_url}. Start it with `ollama serve`, or set "
                "engines.ollama.manage to auto."
            )
            self._set(State.FAILED, message)
            raise EngineUnavailable(message)
        await self._serve()

    async def start(self) -> None:
        """Start or attach now."""
        self.known_good = False
        await self.ensure()

    async def _serve(self) -> None:
        binary = self.binary()
        if binary is None:
            message = f"Ollama is not installed. {install_hint()}"
            self._set(State.FAILED, message)
            raise EngineUnavailable(message, code="engine_not_installed")
        if self.config.manage == "own" and not self.owned and await self.version():
            message = (
                f"Another Ollama server already answers at {self.base_url}. Set engines.ollama.manage to attach to use "
                "it, or engines.ollama.base_url to another port."
            )
            self._set(State.FAILED, message)
            raise EngineUnavailable(message)
        await self._end_own()
        self._set(State.STARTING)
        self._guard = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "voicegw_desktop.engines.guard", "--", str(binary), "serve"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(),
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read_log(self._guard))
        deadline = self._clock.monotonic_ns() + round(START_TIMEOUT * 1e9)
        while not await self.version():
            gone = self._guard.returncode is not None
            if gone or self._clock.monotonic_ns() > deadline:
                await self._end_own()
                last = next((line for line in reversed(self.log) if line.strip()), "it said nothing")
                how = "ended at once" if gone else f"did not answer within {START_TIMEOUT:.0f} s"
                message = f"`ollama serve` {how}: {last}"
                self._set(State.FAILED, message)
                raise EngineUnavailable(message)
            await asyncio.sleep(START_POLL)
        self._ready("started by us")

    def _environment(self) -> dict[str, str]:
        env = worker_environment(1, network=True, more={})
        # the arbiter's thread count is for our own workers; Ollama sizes its runners itself
        for name in ("OMP_NUM_THREADS", "PYTHONUNBUFFERED"):
            env.pop(name)
        env["OLLAMA_HOST"] = urlsplit(self.base_url).netloc
        env["OLLAMA_KEEP_ALIVE"] = self._keep_alive
        if self.config.models_dir:
            env["OLLAMA_MODELS"] = str(Path(self.config.models_dir).expanduser())
        env |= {k: v for k, v in os.environ.items() if k.startswith("OLLAMA_") and k not in env}
        return env | self._env

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr
        while line := await process.stderr.readline():
            self.log.append(line.decode(errors="replace").rstrip()[:1000])
        await process.wait()
        if process is self._guard and self.state not in (State.UNLOADING, State.STOPPED):
            self.known_good = False
            self._set(State.FAILED, "`ollama serve` ended by itself; the next request starts it again")

    async def stop(self) -> None:
        """End the server when it is ours; leave somebody else's alone."""
        self.known_good = False
        if self.owned:
            self._set(State.UNLOADING)
            await self._end_own()
        if self.state is not State.STOPPED:
            self._set(State.STOPPED)

    async def aclose(self) -> None:
        """Stop what we started."""
        if self._starting:
            self._starting.cancel()
        for task in self._after:
            task.cancel()
        await self.stop()

    async def _end_own(self) -> None:
        guard, self._guard = self._guard, None
        if guard is None:
            return
        assert guard.stdin
        guard.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(guard.wait(), STOP_TIMEOUT)
        if guard.returncode is None:
            guard.kill()
            await guard.wait()
        if self._reading:
            await asyncio.wait([self._reading], timeout=1)
            self._reading.cancel()

    # -- models -------------------------------------------------------------------------------------------------------

    async def models(self) -> list[dict[str, Any]]:
        """Installed models: `name`, `size` in bytes, `details`."""
        return list((await self._ask("GET", "/api/tags")).get("models") or [])

    async def resident(self) -> list[dict[str, Any]]:
        """Models in memory: `name`, `size` in bytes, `expires_at`."""
        return list((await self._ask("GET", "/api/ps")).get("models") or [])

    async def show(self, model: str) -> dict[str, Any]:
        """A model's details. Raises ModelNotInstalled."""
        return dict(await self._ask("POST", "/api/show", {"model": model}, model=model))

    async def remove(self, model: str) -> None:
        """Delete a model. Raises ModelNotInstalled."""
        await self._ask("DELETE", "/api/delete", {"model": model}, model=model)

    async def load(self, model: str, keep_alive: str | None = None) -> None:
        """Bring a model into memory. Raises ModelNotInstalled."""
        body = {"model": model, "keep_alive": _ollama_keep_alive(keep_alive or self._keep_alive)}
        await self._ask("POST", "/api/generate", {**body, "stream": False}, model=model, timeout=LOAD_TIMEOUT)

    async def unload(self, model: str) -> None:
        """Take a model out of memory."""
        await self.load(model, "0")

    async def create(self, name: str, modelfile: Path) -> None:
        """Make a model from a Modelfile by the `ollama` program. Raises EngineUnavailable."""
        await self.ensure()
        binary = self.binary()
        if binary is None:
            raise EngineUnavailable(f"Ollama's program is not installed here. {install_hint()}")
        process = await asyncio.create_subprocess_exec(
            *(str(binary), "create", name, "-f", str(modelfile)),
            cwd=modelfile.parent,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        if process.returncode:
            last = said.decode(errors="replace").strip().splitlines()[-1:]
            raise EngineUnavailable(f"`ollama create {name}` failed: {' '.join(last)}")

    async def pull(self, model: str) -> AsyncIterator[dict[str, Any]]:
        """Download a model; yields `{"status", "completed", "total"}` in bytes. Raises UpstreamError."""
        await self.ensure()
        reply = await self._http.post(f"{self.base_url}/api/pull", {"model": model, "stream": True}, who="Ollama")
        if reply.status >= 400:
            raise UpstreamError(f"Ollama cannot pull {model}: {error_text(await reply.read())}")
        held = b""
        async for chunk in reply:
            *lines, held = (held + chunk).split(b"\n")
            for line in filter(None, lines):
                step = json.loads(line)
                if "error" in step:
                    await reply.close()
                    raise UpstreamError(f"Ollama cannot pull {model}: {step['error']}")
                yield {"status": step.get("status", ""), "completed": step.get("completed"), "total": step.get("total")}

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        model: str | None = None,
        timeout: float = 10.0,
    ) -> Any:
        await self.ensure()
        try:
            answer = await self._http.request_json(method, self.base_url + path, body, timeout=timeout, who="Ollama")
        except UpstreamError as error:
            if error.upstream_status == 404 and model:
                raise ModelNotInstalled(
                    f"Ollama has no model {model}. Pull it with: voicegw models pull ollama/{model}"
                ) from None
            if error.upstream_status is None:
                self.known_good = False
            raise
        return answer or {}

    # -- chat ---------------------------------------------------------------------------------------------------------

    async def post(self, target: Target, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> HttpReply:
        """POST to Ollama's OpenAI routes, starting it when needed; `keep_alive` is handed on after the answer."""
        out, keep_alive = take_keep_alive(body, headers)
        if keep_alive is not None:
            _ollama_keep_alive(keep_alive)
        await self.ensure()
        try:
            reply = await self._http.post(f"{self.base_url}/v1{path}", out, headers, who="Ollama")
        except UpstreamError:
            self.known_good = False
            # it may have been ended since the last request; one more try, with a start
            await self.ensure()
            reply = await self._http.post(f"{self.base_url}/v1{path}", out, headers, who="Ollama")
        if keep_alive is not None and reply.status < 400:
            stay, model = keep_alive, str(out.get("model") or target.model)
            reply.on_close = lambda: self._keep_later(model, stay)
        return reply

    async def probe(self, target: Target) -> bool:
        """Does a server answer, or can one be started?"""
        return bool(await self.version()) or (self.config.manage != "attach" and self.binary() is not None)

    def _keep_later(self, model: str, keep_alive: str) -> None:
        async def tell() -> None:
            # Ollama's OpenAI routes know no keep_alive; an empty request sets it
            with contextlib.suppress(VoiceGatewayError):
                await self.load(model, keep_alive)

        task = asyncio.create_task(tell())
        self._after.add(task)
        task.add_done_callback(self._after.discard)

    # -- show ---------------------------------------------------------------------------------------------------------

    async def status(self) -> list[EngineStatus]:
        """The server, and each model it holds in memory. Asks a server that runs, starts none."""
        version = await self.version()
        state = self.state
        if version and state not in (State.READY, State.BUSY):
            state = State.READY
        elif not version and state is State.READY:
            state, self.known_good = State.STOPPED, False
        info: dict[str, Any] = {"version": version, "owned": self.owned}
        if not version and self.config.manage != "attach" and self.binary() is None:
            info["hint"] = install_hint()
        pid = self._guard.pid if self.owned and self._guard else None
        server = EngineStatus(
            NAME, "ollama", "server", state, self.reason, pid=pid, since=self.since, address=self.base_url, info=info,
            log=tuple(self.log),
        )  # fmt: skip
        if not version:
            return [server]
        held = await self._http.get_json(f"{self.base_url}/api/ps", timeout=PROBE_TIMEOUT)
        return [server, *(_resident_status(entry, self.base_url) for entry in held.get("models") or [])]

    def _ready(self, how: str) -> None:
        self.known_good = True
        self._set(State.READY, how)

    def _set(self, state: State, reason: str = "") -> None:
        self.state, self.reason, self.since = state, reason, self._clock.time()
        pid = self._guard.pid if self._guard else None
        self._bus.publish(EngineState(NAME, str(state), reason, pid, since=self.since))


def _resident_status(entry: Mapping[str, Any], address: str) -> EngineStatus:
    model = str(entry.get("name", ""))
    details = {k: entry.get(k) for k in ("details", "size_vram", "expires_at")}
    return EngineStatus(
        f"ollama/{model}", "ollama", model, State.IDLE, rss_bytes=int(entry.get("size") or 0), address=address,
        info=details,
    )  # fmt: skip


def _ollama_keep_alive(value: str) -> int | str:
    """The value as Ollama's API wants it: seconds as a number, -1 for ever."""
    try:
        seconds = parse_keep_alive(value)
    except ValueError as error:
        raise BadRequest(str(error), param="keep_alive") from None
    return -1 if seconds is None else round(seconds)
