"""Runs that answer from a script: for tests of the wires alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.events import (
    Audio,
    EndOfStream,
    SttEvent,
    TtsEvent,
    UtteranceDone,
)
from voicegw_desktop.core.ports import (
    SttOptions,
    Target,
    TtsOptions,
)


class FakeRun:
    """The attributes and methods of every opened run."""

    def __init__(self, target: str) -> None:
        provider, _, model = target.partition("/")
        self.target = self.served = Target(provider, model)
        self.id = "r1"
        self.overhead_ms = 0.123
        self.cost_nanos: int | None = None
        self.cancelled = asyncio.Event()
        self.left = asyncio.Event()
        """A transcription was closed and not cancelled before: the corridor decides whether words were owed."""
        self.over = False
        """Whether it was read to its end."""
        self.made = 0
        """Bytes, or events, that were taken from it."""

    def gateway_headers(self) -> dict[str, str]:
        headers = {"X-VoiceGW-Served-By": str(self.target), "X-VoiceGW-Overhead-Ms": f"{self.overhead_ms:.3f}"}
        if self.cost_nanos is not None:
            headers["X-VoiceGW-Cost-USD"] = f"{self.cost_nanos / 1e9:.9f}"
        return headers

    def serve(self) -> None:
        pass

    async def cancel(self) -> None:
        self.cancelled.set()


class FakeSpeech(FakeRun):
    """The common part of the fakes for transcription and speech."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self._ended = asyncio.Event()

    def check(self) -> None:
        if self._ended.is_set() and not self.cancelled.is_set():
            raise BadRequest("The stream was ended.", code="stream_ended")

    async def end(self) -> None:
        self._ended.set()

    async def cancel(self) -> None:
        await super().cancel()
        self._ended.set()


class FakeStt(FakeSpeech):
    """Counts what is pushed; says its script when the audio ended."""

    def __init__(self, target: str, options: SttOptions, script: list[SttEvent | Exception]) -> None:
        super().__init__(target)
        self.options = options
        self.script = script
        self.pushed = bytearray()
        self.commits = 0

    def check(self) -> None:
        if not self.left.is_set():
            super().check()

    async def close(self) -> None:
        if not self.cancelled.is_set():
            self.left.set()
            self._ended.set()

    async def push(self, pcm: bytes) -> None:
        self.check()
        self.pushed += pcm

    async def commit(self) -> None:
        self.commits += 1

    async def __aiter__(self) -> AsyncIterator[SttEvent]:
        await self._ended.wait()
        if self.cancelled.is_set() or self.left.is_set():
            return
        for event in self.script:
            if isinstance(event, Exception):
                raise event
            self.made += 1
            yield event
        self.cost_nanos, self.over = 1_500_000, True
        yield EndOfStream(len(self.pushed) / 2 / self.options.rate)


class FakeTts(FakeSpeech):
    """A quarter of a second of a square wave for any text, or as many twentieths as asked for."""

    def __init__(self, target: str, options: TtsOptions, twentieths: int = 5) -> None:
        super().__init__(target)
        self.options = options
        self.twentieths = twentieths
        self.text = ""
        self.error: Exception | None = None
        """An error that ends it early."""

    async def push(self, text: str) -> None:
        self.check()
        self.text += text

    async def __aiter__(self) -> AsyncIterator[TtsEvent]:
        await self._ended.wait()
        if self.cancelled.is_set():
            return
        rate = self.options.rate or 22_050
        for _ in range(self.twentieths):
            self.made += rate // 10
            yield Audio(b"\x00\x10\x00\xf0" * (rate // 40), rate)
        if self.error is not None:
            raise self.error
        self.cost_nanos, self.over = 0, True
        yield UtteranceDone(len(self.text), 0.5)


class FakeReply(FakeRun):
    """A chat answer in pieces; `hold` keeps the rest back until set or closed."""

    begun = False

    def __init__(self, target: str, status: int, headers: Mapping[str, str], pieces: list[bytes]) -> None:
        super().__init__(target)
        self.status, self.headers, self._pieces = status, headers, pieces
        self.closed = asyncio.Event()
        self.hold: asyncio.Event | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.made += len(piece)
            yield piece
            if self.hold is not None:
                await self.hold.wait()
        self.cost_nanos, self.over = 2_000_000, True

    async def read(self) -> bytes:
        self.cost_nanos, self.over = 2_000_000, True
        return b"".join(self._pieces)

    async def close(self) -> None:
        self.closed.set()
        self.cancelled.set()
