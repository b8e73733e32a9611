"""The program's side of the sound process: devices, samples in and out, levels, and a device that goes away."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.text import printable
from voicegw_desktop.engines.process import GRACE, NO_CONSOLE, worker_environment
from voicegw_desktop.program import command_line
from voicegw_desktop.sound import wire

ANSWER = 10.0  # s for a device to open; a Bluetooth one takes its time
SERVERS = ("PULSE_", "PIPEWIRE_", "ALSA_", "JACK_", "DBUS_SESSION_BUS_ADDRESS")
"""How environment variables begin that say where a sound server is."""


class SoundError(VoiceGatewayError):
    """A device is missing, refused or gone; the message says what to do."""

    status = 503


@dataclass(frozen=True)
class Devices:
    """What is connected now, by name."""

    microphones: tuple[str, ...]
    speakers: tuple[str, ...]
    default_microphone: str | None
    default_speaker: str | None


@dataclass(frozen=True)
class Opened:
    """What was opened."""

    microphone: str | None
    speaker: str | None
    cleaned: bool
    """True when echo and noise are removed from the microphone's audio."""


class Sound:
    """A sound process; `async with Sound() as sound`. The callbacks run in the event loop."""

    def __init__(self) -> None:
        self.on_samples: Callable[[bytes], None] = lambda pcm: None
        """Captured int16 mono samples at wire.RATE, every 10 ms."""
        self.on_level: Callable[[float], None] = lambda level: None
        """The loudest captured sample of the last 50 ms, 0 to 1."""
        self.on_gone: Callable[[SoundError], None] = lambda error: None
        """A device was unplugged, or the process ended: nothing is open any more."""
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._asked: dict[str, deque[asyncio.Future[dict[str, Any]]]] = {}
        self._log: deque[str] = deque(maxlen=20)
        self._closing = False

    async def __aenter__(self) -> Sound:
        sounding = {k: v for k, v in os.environ.items() if k.startswith(SERVERS)}
        self._process = await asyncio.create_subprocess_exec(
            *command_line("--engine-sound"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=worker_environment(1, False, sounding),
            process_group=0,
            creationflags=NO_CONSOLE,
        )
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._read_log())]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._closing = True
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(GRACE):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- what one may ask ---------------------------------------------------------------------------------------------

    async def devices(self) -> Devices:
        """What is connected now; SoundError says which library is missing."""
        found = await self._ask("devices")
        return Devices(
            tuple(found["microphones"]), tuple(found["speakers"]), found["default_microphone"], found["default_speaker"]
        )

    async def open(
        self, *, microphone: str | bool | None = False, speaker: str | bool | None = False, gain: float = 1.0
    ) -> Opened:
        """Open the device of that name; None: the default one, False: none. What was open is closed first."""
        wanted = {k: v for k, v in (("microphone", microphone), ("speaker", speaker)) if v is not False}
        answer = await self._ask("open", gain=gain, **wanted)
        return Opened(answer["microphone"], answer["speaker"], answer["cleaned"])

    async def close(self) -> None:
        """Close both devices; the process stays for the next `open`."""
        await self._ask("close")

    async def set_gain(self, gain: float) -> None:
        """Set the factor that the microphone's samples are multiplied by."""
        await self._ask("gain", gain=gain)

    def play(self, pcm: bytes) -> None:
        """Append int16 mono samples at wire.RATE to what the speaker plays."""
        self._send(wire.frame(wire.SAMPLES, pcm))

    async def flush(self) -> float:
        """Stop playing; returns the milliseconds that the speaker played since the last flush or drain."""
        return float((await self._ask("flush"))["played_ms"])

    async def drain(self) -> float:
        """Wait until all was played; returns the milliseconds played. SoundError when it is unplugged."""
        done = self._expect("drained")
        await self._ask("drain")
        return float((await done)["played_ms"])

    # -- the pipes ----------------------------------------------------------------------------------------------------

    async def _ask(self, name: str, **more: Any) -> dict[str, Any]:
        answer = self._expect(name)
        self._send(wire.message({"do": name, **more}))
        try:
            async with asyncio.timeout(ANSWER):
                return await answer
        except TimeoutError:
            raise SoundError(
                f"The sound device did not answer within {ANSWER:.0f} s; try again, or choose another one.",
                code="sound_timeout",
            ) from None

    def _expect(self, name: str) -> asyncio.Future[dict[str, Any]]:
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(name, deque()).append(future)
        return future

    def _send(self, data: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        if self._process.returncode is not None:
            raise self._ended()
        self._process.stdin.write(data)

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        source = self._process.stdout
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                kind, length = wire.HEAD.unpack(await source.readexactly(wire.HEAD.size))
                payload = await source.readexactly(length)
                if kind == wire.SAMPLES:
                    self.on_samples(payload)
                else:
                    self._take(json.loads(payload))
        error = self._ended()
        self._fail(error)
        if not self._closing:
            self.on_gone(error)

    def _take(self, said: dict[str, Any]) -> None:
        event = str(said.pop("event"))
        if event == "level":
            self.on_level(float(said["level"]))
        elif event == "gone":
            error = SoundError(str(said["message"]), code=str(said["code"]))
            # the process lives and answers its other questions itself
            self._fail(error, self._asked.get("drained"))
            self.on_gone(error)
        elif event == "error":
            self._answer(said["of"], error=SoundError(said["message"], code=said["code"]))
        else:
            self._answer(event, said)

    def _answer(self, name: str, value: dict[str, Any] | None = None, *, error: SoundError | None = None) -> None:
        waiting = self._asked.get(name)
        # answers come in the order of the questions, including those of callers that were cancelled
        future = waiting.popleft() if waiting else None
        if future is not None and not future.done():
            future.set_exception(error) if error is not None else future.set_result(value or {})

    def _fail(self, error: SoundError, *questions: deque[asyncio.Future[dict[str, Any]]] | None) -> None:
        for waiting in questions or self._asked.values():
            while waiting:
                future = waiting.popleft()
                if not future.done():
                    future.set_exception(error)

    def _ended(self) -> SoundError:
        last = next((line for line in reversed(self._log) if line.strip()), "")
        message = f"The sound process ended after saying: {last}" if last else "The sound process ended; try again."
        return SoundError(message, code="sound_ended")

    async def _read_log(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._log.append(printable(line.decode(errors="replace")[:200].rstrip()))
