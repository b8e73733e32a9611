"""Ollama's server: find it, attach to a running one or start one, and end that with the app."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from voicegw_desktop.config.engine import DEFAULT_KEEP_ALIVE
from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.errors import ConfigError, EngineUnavailable, VoiceGatewayError
from voicegw_desktop.core.events import EngineState, EventBus
from voicegw_desktop.core.paths import expanded
from voicegw_desktop.core.ports import Zone
from voicegw_desktop.core.text import printable
from voicegw_desktop.descriptors.ollama import OllamaConfig
from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.process import NO_CONSOLE, worker_environment
from voicegw_desktop.engines.status import State
from voicegw_desktop.program import command_line

START_TIMEOUT = 30.0  # s until `ollama serve` must answer
START_POLL = 0.05  # s between questions whether it does
PROBE_TIMEOUT = 2.0  # s
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


class OllamaServer:
    """The process behind one address, started here or found running; it is started on first use."""

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
        self._who = "Ollama"
        """The server's name in messages."""
        self._key: str | None = None
        self._zone: Zone | None = None
        self._guard: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._stops = 0
        self._after: set[asyncio.Task[None]] = set()
        """What is still told to the server after an answer."""
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
        """True when this program started the server."""
        return self._guard is not None and self._guard.returncode is None

    def binary(self) -> Path | None:
        """Where the program is, or None."""
        if self.config.binary:
            path = expanded(self.config.binary)
            if not path.is_file():
                raise ConfigError(f"engines.ollama.binary names {path}, which does not exist.")
            return path
        found = shutil.which("ollama")
        places = (expanded(place) for place in PLACES)
        return Path(found) if found else next((place for place in places if place.is_file()), None)

    async def version(self) -> str | None:
        """The version of the server that answers, or None."""
        try:
            url = f"{self.base_url}/api/version"
            answer = await self._http.get_json(url, key=self._key, timeout=PROBE_TIMEOUT, zone=self._zone)
            return str(answer["version"])
        except (VoiceGatewayError, KeyError, TypeError):
            return None

    async def ensure(self) -> None:
        """A server answers afterwards. Raises EngineUnavailable with the next step."""
        if self.known_good:
            return
        if not self.config.enabled:
            raise EngineUnavailable("engines.ollama.enabled is false; set it to true to use Ollama's models.")
        # a start whose callers all gave up has left its task here
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._ensure())
        await asyncio.shield(self._starting)

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
        stops = self._stops
        guard = self._guard = await asyncio.create_subprocess_exec(
            *(*command_line("--engine-guard"), "--", str(binary), "serve"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(),
            start_new_session=True,
            creationflags=NO_CONSOLE,
        )
        self._reading = asyncio.create_task(self._read_log(guard))
        if self._stops != stops:
            # stopped while there was no process yet that could be ended
            await self._end_own()
        deadline = self._clock.monotonic_ns() + round(START_TIMEOUT * 1e9)
        while True:
            answers = await self.version()
            if self._guard is not guard:
                raise EngineUnavailable("Ollama's server was stopped while it started; send the request again.")
            if answers:
                break
            gone = guard.returncode is not None
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
        # the arbiter's thread count is for workers; Ollama sizes its runners itself
        for name in ("OMP_NUM_THREADS", "PYTHONUNBUFFERED"):
            env.pop(name)
        env["OLLAMA_HOST"] = urlsplit(self.base_url).netloc
        env["OLLAMA_KEEP_ALIVE"] = self._keep_alive
        if self.config.models_dir:
            env["OLLAMA_MODELS"] = str(expanded(self.config.models_dir))
        env |= {k: v for k, v in os.environ.items() if k.startswith("OLLAMA_") and k not in env}
        return env | self._env

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr
        while line := await process.stderr.readline():
            self.log.append(printable(line.decode(errors="replace").rstrip()[:1000]))
        await process.wait()
        if process is self._guard and self.state not in (State.UNLOADING, State.STOPPED):
            self.known_good = False
            self._set(State.FAILED, "`ollama serve` ended by itself; the next request starts it again")

    async def stop(self) -> None:
        """End the server if this program started it."""
        self.known_good = False
        self._stops += 1
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
            async with asyncio.timeout(STOP_TIMEOUT):
                await guard.wait()
        if guard.returncode is None:
            guard.kill()
            await guard.wait()
        if self._reading:
            await asyncio.wait([self._reading], timeout=1)
            self._reading.cancel()

    def _ready(self, how: str) -> None:
        self.known_good = True
        self._set(State.READY, how)

    def _set(self, state: State, reason: str = "") -> None:
        self.state, self.reason, self.since = state, reason, self._clock.time()
        pid = self._guard.pid if self._guard else None
        self._bus.publish(EngineState(NAME, str(state), reason, pid, since=self.since))
