"""A Live session's voice: sound sent no faster than it is heard, each word of it with its sound.

A model answers faster than it speaks. What is still unsent when the person begins to speak is never heard, so it can
leave the conversation.
"""

from __future__ import annotations

import asyncio
import base64
import math
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from voicegw_desktop.core.clock import Clock

Send = Callable[[dict[str, object]], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]

FRAME_MS = 100  # of sound in one event
AHEAD_MS = 200  # of sound that a client holds, so that a late event is no gap
TAIL_MS = 1000  # of silence after speech, by which clients know that it ended
CHARACTERS = 15.0  # spoken in a second, as long as the length of the sound is not known


@dataclass
class _Spoken:
    """One message: its text, and its sound that was not sent yet."""

    id: str
    text: str = ""
    told: int = 0
    """Characters of the text that were sent."""
    sound: bytes = b""
    sent: int = 0
    """Bytes."""
    whole: bool = False
    """Everything of it is here."""


class Playing:
    """Feed it text and sound of messages; it sends them in the time they take to hear."""

    def __init__(self, send: Send, clock: Clock, bytes_a_second: int, silence: bytes, sleep: Sleep) -> None:
        """`silence`: the byte of a silent sample."""
        self._send, self._clock, self._sleep = send, clock, sleep
        self._frame = bytes_a_second * FRAME_MS // 1000
        self._second = bytes_a_second
        self._silence = silence * self._frame
        self._began = clock.monotonic_ns()
        self._queue: deque[_Spoken] = deque()
        self._wake = asyncio.Event()
        self._sending = asyncio.Lock()
        self._due = 0.0
        """When the client has played what was sent: milliseconds of the clock."""
        self._quiet = TAIL_MS
        """Milliseconds of silence since the last sound."""
        self._waits = True
        """Nothing is owed: the next sound is sent as it comes."""
        self._told = False
        """Words were sent before."""
        self._task: asyncio.Task[None] | None = None

    @property
    def now_ms(self) -> int:
        """Milliseconds since the session began."""
        return (self._clock.monotonic_ns() - self._began) // 1_000_000

    def text(self, message: str, words: str) -> None:
        """More text of a message."""
        self._of(message).text += words

    async def sound(self, message: str, sound: bytes) -> None:
        """More sound of a message, in the session's format."""
        self._of(message).sound += sound
        if self._waits:
            # the first sound of an answer waits for no task to wake
            self._waits = False
            self._due = self._now if self._quiet else max(self._due, self._now)
            await self._next()
        self._start()

    def done(self, message: str) -> None:
        """Nothing more of this message comes."""
        self._of(message).whole = True
        self._start()

    def stop(self) -> tuple[str, int] | None:
        """Drop what was not sent: (the message that was being spoken, the milliseconds of it that were sent)."""
        first = self._queue[0] if self._queue else None
        self._queue.clear()
        return (first.id, first.sent * 1000 // self._second) if first is not None else None

    async def close(self) -> None:
        """Stop what is still sent; idempotent."""
        self.stop()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _of(self, message: str) -> _Spoken:
        for one in self._queue:
            if one.id == message:
                return one
        self._queue.append(_Spoken(message))
        return self._queue[-1]

    def _start(self) -> None:
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._play())

    async def _play(self) -> None:
        """Send frames until there is none, then the silence after speech."""
        self._quiet, self._due = 0, max(self._due, self._now)
        try:
            while self._quiet < TAIL_MS:
                wait = self._due - AHEAD_MS - self._now
                if wait > 0 and not self._quiet:
                    await self._sleep(wait / 1000)
                elif wait > 0:
                    await self._idle(self._rest(wait / 1000))
                    if not self._quiet:
                        # sound came, and its beginning was sent
                        continue
                self._wake.clear()
                if await self._next():
                    continue
                if self._queue:
                    # the voice is slower than speech: nothing is owed until it has more
                    await self._idle(self._wake.wait())
                    self._due = max(self._due, self._now)
                    continue
                self._quiet += FRAME_MS
                await self._deliver(self._silence)
        finally:
            self._waits = True

    async def _idle(self, until: Awaitable[object]) -> None:
        self._waits = True
        await until
        self._waits = False

    async def _next(self) -> bool:
        """Send the next sound; False when there is none yet."""
        async with self._sending:
            frame = await self._next_frame()
            if frame is not None:
                self._quiet = 0
                await self._deliver(frame)
            return frame is not None

    async def _deliver(self, sound: bytes) -> None:
        self._due += len(sound) * 1000 / self._second
        await self._send({"type": "session.output_audio.delta", "delta": base64.b64encode(sound).decode("ascii")})

    @property
    def _now(self) -> float:
        return self._clock.monotonic_ns() / 1e6

    async def _rest(self, seconds: float) -> None:
        """Sleep, but no longer than until there is something to say."""
        nap, woken = asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({nap, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            woken.cancel()

    async def _next_frame(self) -> bytes | None:
        """The next sound, its words sent before it; None when there is none yet."""
        while self._queue:
            first = self._queue[0]
            frame, first.sound = first.sound[: self._frame], first.sound[self._frame :]
            first.sent += len(frame)
            over = first.whole and not first.sound
            await self._tell(first, over)
            if over and self._queue and self._queue[0] is first:
                self._queue.popleft()
            if frame:
                return frame
            if not over:
                return None
        return None

    async def _tell(self, one: _Spoken, over: bool) -> None:
        """Send the words that the sound so far has reached."""
        length = one.sent + len(one.sound)
        if not one.whole:
            length = max(length, round(len(one.text) / CHARACTERS * self._second))
        reached = len(one.text) if over else math.ceil(len(one.text) * one.sent / max(1, length))
        if 0 < reached < len(one.text):
            # whole words
            space = one.text.find(" ", reached)
            reached = space if space >= 0 else (len(one.text) if one.whole else one.told)
        if reached <= one.told:
            return
        words, first, one.told = one.text[one.told : reached], not one.told, reached
        if first and self._told:
            # a client puts the fragments of all answers one behind the other
            words = f" {words.lstrip()}"
        self._told = True
        start = self.now_ms
        await self._send(
            {
                "type": "session.output_transcript.delta",
                "delta": words,
                "start_ms": start,
                "end_ms": start + FRAME_MS,
            }
        )
