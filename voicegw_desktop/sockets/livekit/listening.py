"""Detects clients that stopped reading a TTS connection, by unanswered pings.

LiveKit's Python client takes the connection of an interrupted utterance out of its pool and closes it only when the
next one begins; until then a local engine would go on speaking while the caller's own words need the processor. But the
client answers pings only while it reads. A ping that stays without an answer can also mean that the whole agent is held
up, and then its speech must not be cut. So the connections of a job, which is one process with one loop, are pinged
together: when another one has answered later pings, the process is well and the silent connection was left. A newer
utterance alone proves nothing: the next answer is spoken ahead while this one still sounds, when replies are queued or
preemptive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

ROUND = 0.5  # s between the pings of a job in which something is being spoken
MISSED = 2  # pings that others answered and this connection did not: it was left
MISSED_AFAR = 8  # the same on another machine, where a ping may wait behind all the audio that is sent ahead
ALONE = 40  # pings without an answer when there is no other connection to compare with

Ping = Callable[[bytes], Awaitable[None]]


class Listener:
    """One connection, as far as its client reads it."""

    def __init__(self, job: Job, ping: Ping, left: Callable[[], object]) -> None:
        self._job, self._ping, self._left = job, ping, left
        self._pinging: asyncio.Task[None] | None = None
        self.first: int | None = None
        """The first ping of the utterance under way; None while nothing is spoken on it."""
        self.answered = 0
        self.always = False
        """True for a connection that is read all the time, as a transcription's is."""
        self.missed = MISSED

    def pong(self, data: bytes) -> None:
        """The client answered a ping."""
        with suppress(ValueError):
            self.answered = max(self.answered, int(data))

    def speaking(self, on: bool) -> None:
        """An utterance begins, or the last one under way ended."""
        if on and self.first is None:
            self.first = self._job.round + 1
            self._job.watch()
        elif not on:
            self.first = None

    def ask(self, number: int) -> None:
        """Send this ping, unless an earlier one still waits to be written."""
        if self._pinging is None or self._pinging.done():
            self._pinging = asyncio.get_running_loop().create_task(self._send(b"%d" % number))

    async def _send(self, data: bytes) -> None:
        with suppress(ConnectionError):
            await self._ping(data)

    def judge(self, others: int, latest: int) -> None:
        """Decide whether the client stopped reading.

        `others` is the newest ping that another connection answered, `latest` the newest of all.
        """
        if self.first is None:
            return
        heard = max(self.answered, self.first - 1)
        if others - heard >= self.missed or latest - heard >= ALONE:
            self.first = None
            self._left()

    def close(self) -> None:
        """The connection is gone."""
        self._job.members.discard(self)
        self.first = None
        if self._pinging is not None:
            self._pinging.cancel()


class Job:
    """The connections of one agent process."""

    def __init__(self) -> None:
        self.members: set[Listener] = set()
        self.round = 0
        self._rounds: asyncio.Task[None] | None = None

    def join(self, ping: Ping, left: Callable[[], object]) -> Listener:
        """Take in a connection; `left` is called when its client reads it no longer in the middle of an utterance."""
        listener = Listener(self, ping, left)
        self.members.add(listener)
        return listener

    def watch(self) -> None:
        """Ask in rounds for as long as something is being spoken."""
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.get_running_loop().create_task(self._ask())

    async def _ask(self) -> None:
        while any(member.first is not None for member in self.members):
            self.round += 1
            for member in self.members:
                if member.always or member.first is not None:
                    member.ask(self.round)
            await asyncio.sleep(ROUND)
            for member in tuple(self.members):
                others = max((m.answered for m in self.members if m is not member), default=0)
                member.judge(others, self.round)


class Jobs:
    """The jobs that have a connection open; a connection outside of any is a job of its own."""

    def __init__(self) -> None:
        self._jobs: dict[tuple[str | None, str], Job] = {}

    def join(self, key_id: str | None, job_id: str | None, ping: Ping, left: Callable[[], object]) -> Listener:
        """The listener of a new connection; close it at the end."""
        for name in [name for name, job in self._jobs.items() if not job.members]:
            del self._jobs[name]
        job = Job() if not job_id else self._jobs.setdefault((key_id, job_id), Job())
        return job.join(ping, left)
