"""The other end of LiveKit's TCP console: a microphone and a loudspeaker for an agent process, in real time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
import time
import wave
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RATE = 48_000  # samples per second on this wire
FRAME_S = 0.02  # s of microphone per message


@dataclass
class Heard:
    """What came from the agent."""

    audio_s: float = 0.0
    loudest: int = 0
    since: float | None = None
    """When the first audio came, on the monotonic clock."""
    cleared: int = 0
    """Times the agent silenced the loudspeaker: interruptions."""
    events: list[Any] = field(default_factory=list)

    @property
    def playing_s(self) -> float:
        """Seconds since the first audio."""
        return 0.0 if self.since is None else time.monotonic() - self.since

    def of(self, kind: str) -> list[Any]:
        """The events of one kind."""
        return [getattr(e, kind) for e in self.events if e.WhichOneof("event") == kind]


class ConsoleHost:
    """Speaks what `say` is given, silence otherwise; plays what comes, in real time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.heard = Heard()
        self._changed = asyncio.Condition()
        self._speech = b""
        self._playing_until = 0.0
        self._finish: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Read until the agent closes the connection."""
        async with asyncio.TaskGroup() as group:
            microphone = group.create_task(self._talk())
            await self._listen()
            microphone.cancel()

    def say(self, recording: Path) -> None:
        """Speak this recording from now on."""
        with wave.open(str(recording), "rb") as file:
            rate, pcm = file.getframerate(), file.readframes(file.getnframes())
        assert RATE % rate == 0
        repeat = RATE // rate
        self._speech += b"".join(pcm[i : i + 2] * repeat for i in range(0, len(pcm), 2))

    async def until(self, what: str, condition: Callable[[Heard], bool], within_s: float) -> None:
        """Wait for something to be heard; fails with all that was."""
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(lambda: condition(self.heard))
        except TimeoutError:
            seen = [e.WhichOneof("event") for e in self.heard.events]
            raise AssertionError(f"no {what} within {within_s} s; heard {self.heard.audio_s:.1f} s, {seen}") from None

    async def _talk(self) -> None:
        from livekit.protocol.agent_pb import agent_session as pb

        size = int(RATE * FRAME_S) * 2
        due = time.monotonic()
        while True:
            piece, self._speech = self._speech[:size], self._speech[size:]
            piece = piece.ljust(size, b"\0")
            self._send(
                pb.AgentSessionMessage(
                    audio_input=pb.AgentSessionMessage.ConsoleIO.AudioFrame(
                        data=piece, sample_rate=RATE, num_channels=1, samples_per_channel=size // 2
                    )
                )
            )
            await self._writer.drain()
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _listen(self) -> None:
        from livekit.protocol.agent_pb import agent_session as pb

        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (size,) = struct.unpack(">I", await self._reader.readexactly(4))
                message = pb.AgentSessionMessage()
                message.ParseFromString(await self._reader.readexactly(size))
                self._take(message)
                async with self._changed:
                    self._changed.notify_all()

    def _take(self, message: Any) -> None:
        kind, now = message.WhichOneof("message"), time.monotonic()
        if kind == "audio_output":
            frame = message.audio_output
            seconds = frame.samples_per_channel / frame.sample_rate
            self.heard.audio_s += seconds
            self.heard.since = self.heard.since or now
            self.heard.loudest = max(self.heard.loudest, max(memoryview(frame.data).cast("h"), default=0))
            self._playing_until = max(now, self._playing_until) + seconds
        elif kind == "audio_playback_clear":
            self.heard.cleared += 1
            self._played(now)
        elif kind == "audio_playback_flush":
            self._finish = asyncio.get_running_loop().call_later(self._playing_until - now, self._played)
        elif kind == "event":
            self.heard.events.append(message.event)

    def _played(self, now: float | None = None) -> None:
        from livekit.protocol.agent_pb import agent_session as pb

        if self._finish is not None:
            self._finish.cancel()
        self._playing_until = now or time.monotonic()
        finished = pb.AgentSessionMessage.ConsoleIO.AudioPlaybackFinished()
        self._send(pb.AgentSessionMessage(audio_playback_finished=finished))

    def _send(self, message: Any) -> None:
        data = message.SerializeToString()
        self._writer.write(struct.pack(">I", len(data)) + data)


@contextlib.asynccontextmanager
async def console(
    agent: Path, env: Mapping[str, str], log: Path, connect_s: float = 30.0, python: str = sys.executable
) -> AsyncIterator[ConsoleHost]:
    """Run this agent file in a process of its own, with our microphone and loudspeaker; its log goes to a file.

    TimeoutError when it does not connect, and when it ends before.
    """
    connected: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await connected.put((reader, writer))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    # LiveKit hands a proxy to its WebSocket client, which then asks it for 127.0.0.1 too
    clean = {k: v for k, v in os.environ.items() if k.lower() not in ("http_proxy", "https_proxy")}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            python, "-m", "livekit.agents", "console", str(agent), "--connect-addr", f"127.0.0.1:{port}",
            env={**clean, **env}, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    running: asyncio.Task[None] | None = None
    try:
        connecting = asyncio.create_task(connected.get())
        ended = asyncio.create_task(process.wait())
        await asyncio.wait({connecting, ended}, timeout=connect_s, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not connecting.done():
            connecting.cancel()
            raise TimeoutError(f"{agent.name} did not connect; {log} has what it wrote")
        reader, writer = connecting.result()
        host = ConsoleHost(reader, writer)
        running = asyncio.create_task(host.run())
        yield host
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(60):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if running is not None:
            await asyncio.gather(running, return_exceptions=True)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        listener.close()
        await listener.wait_closed()
