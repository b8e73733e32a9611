"""The order of chats on one local model: the answer that a person waits for is computed before side passes.

llama.cpp computes prompts one after the other, so the long prompt of a side pass (key terms, a title, a summary) would
delay the first word of an answer that is about to be spoken.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from voicegw_desktop.core.ports import ChatReply

T = TypeVar("T")

LONGEST_WAIT = 5.0  # s a side pass waits for answers that take long; then it is computed beside them
LONGEST_SILENCE = 25.0  # s it waits in addition while an answer has not begun
INTERRUPTIONS = 2  # how often a side pass is put off after it has begun
PRIORITY = "x-livekit-inference-priority"
PROGRESS = b'"prompt_progress"'
"""In the events of a prompt that is computed; because of them llama.cpp notices within a step that the client left."""
LOW, HIGH = frozenset({"low", "flex", "batch"}), frozenset({"high", "priority"})


def is_side_pass(body: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
    """Whether the first words of the answer are not waited for: it says so, comes in one piece, or has to be a call."""
    tier, choice = body.get("service_tier"), body.get("tool_choice")
    if tier or headers:
        said = {str(tier or "").lower()}
        said |= {value.lower() for name, value in headers.items() if name.lower() == PRIORITY}
        if said & HIGH:
            return False
        if said & LOW:
            return True
    return not body.get("stream") or choice == "required" or isinstance(choice, dict)


class Answer:
    """An answer that a person waits for."""

    def __init__(self, order: ChatOrder) -> None:
        self._order = order

    def begun(self) -> None:
        """The first piece has come; idempotent."""
        self._order.left(self, over=False)

    def over(self) -> None:
        """The answer is complete, failed or given up; idempotent."""
        self._order.left(self)


class ChatOrder:
    """The chats of one model that are under way."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._answers: set[Answer] = set()
        self._awaited: set[Answer] = set()
        """Answers of which nothing has come."""
        self._waits: list[tuple[set[Answer], asyncio.Future[None]]] = []
        """Side passes that wait until a set is empty; an answer itself waits for nothing."""
        self._passes: set[asyncio.Task[Any]] = set()

    def begin(self) -> Answer:
        """An answer that a person waits for begins; side passes are put off until it tells that it is over."""
        answer = Answer(self)
        self._answers.add(answer)
        self._awaited.add(answer)
        for task in self._passes:
            task.cancel()
        self._passes.clear()
        return answer

    def left(self, answer: Answer, over: bool = True) -> None:
        """Forget an answer that is over, or (`over` False) note that it has begun."""
        if over:
            self._answers.discard(answer)
        self._awaited.discard(answer)
        for busy, empty in self._waits:
            if not busy and not empty.done():
                empty.set_result(None)

    async def side_pass(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `ask` returns, asked when no answer is under way; asked again when one comes before it has returned."""
        for _ in range(INTERRUPTIONS):
            await self._turn()
            task = asyncio.create_task(ask())
            self._passes.add(task)
            try:
                with contextlib.suppress(asyncio.CancelledError):
                    return await asyncio.shield(task)
                me = asyncio.current_task()
                if me is not None and me.cancelling():
                    raise asyncio.CancelledError
                # put off: its connection has to be closed before it is sent again
                await asyncio.wait({task})
                if not task.cancelled():
                    return task.result()
            finally:
                self._passes.discard(task)
                if not task.done():
                    task.cancel()
                    await asyncio.wait({task})
        await self._turn()
        return await ask()

    async def _turn(self) -> None:
        if await self._passed(self._answers, LONGEST_WAIT):
            return
        # beside an answer that is long, but not beside one that has not begun
        await self._passed(self._awaited, LONGEST_SILENCE)

    async def _passed(self, busy: set[Answer], within: float) -> bool:
        """Wait until a set of answers is empty, or for so many seconds; whether it is empty."""
        if not busy:
            return True
        wait = busy, asyncio.get_running_loop().create_future()
        self._waits.append(wait)
        over = asyncio.ensure_future(self._sleep(within))
        try:
            await asyncio.wait((wait[1], over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waits.remove(wait)
            over.cancel()
        return not busy


class Begun:
    """A `core.ports.ChatReply` of which the first piece has come: llama.cpp sends its headers before it computes."""

    def __init__(self, reply: ChatReply) -> None:
        self._reply, self._first = reply, b""
        self.status, self.headers = reply.status, reply.headers
        self._pieces = aiter(reply)

    @classmethod
    async def of(cls, reply: ChatReply) -> Begun:
        """Wait for the first piece. The connection is closed when the caller is cancelled meanwhile."""
        begun = cls(reply)
        rest = b""
        async for piece in begun._pieces:
            *events, rest = (rest + piece).split(b"\n\n")
            told = b"".join(event + b"\n\n" for event in events if PROGRESS not in event)
            if told or rest.startswith(b"{"):
                begun._first, rest = told + rest, b""
                break
        begun._first += rest
        return begun

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._first
        async for piece in self._pieces:
            yield piece

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([piece async for piece in self])

    async def close(self) -> None:
        """Close the connection unless the body was read to its end."""
        await self._reply.close()
