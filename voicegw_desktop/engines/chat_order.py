"""The order of chats on one local model: the answer that a person waits for is computed before side passes.

llama.cpp computes prompts one after the other, so the long prompt of a side pass (key terms, a title, a summary) would
delay the first word of an answer that is about to be spoken. A side pass is one that says so, or one beside the answer
of its own session: whether an answer is streamed says nothing about who waits for it.
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
Session = tuple[str, str]
"""A session: the project and the name that the project gave it."""
ALL: Session = ("", "")
"""The answers of all sessions."""


def gives_way_to(body: Mapping[str, Any], headers: Mapping[str, str], session: Session | None) -> Session | None:
    """The session whose answers are computed before this chat; `ALL`: every answer is; None: none is.

    A chat that says that it can wait is computed after every answer. One that comes in one piece or has to be a call
    may be the agent's own work: it is computed after the answer that the person of the same session waits for.
    """
    tier, choice = body.get("service_tier"), body.get("tool_choice")
    if tier or headers:
        said = {str(tier or "").lower()}
        said |= {value.lower() for name, value in headers.items() if name.lower() == PRIORITY}
        if said & HIGH:
            return None
        if said & LOW:
            return ALL
    return session if not body.get("stream") or choice == "required" or isinstance(choice, dict) else None


class Answer:
    """An answer that a person waits for."""

    def __init__(self, order: ChatOrder, session: Session | None) -> None:
        self._order, self.session = order, session
        self.silent = True
        """Nothing of it has come."""

    def precedes(self, session: Session) -> bool:
        """Whether it is computed before a side pass of this session, or of `ALL`."""
        return session in (ALL, self.session)

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
        self._waits: list[asyncio.Future[None]] = []
        """Side passes that wait for an answer to begin or to end; an answer itself waits for nothing."""
        self._passes: dict[asyncio.Task[Any], Session] = {}

    def begin(self, session: Session | None = None) -> Answer:
        """An answer that a person waits for begins; side passes are put off until it tells that it is over."""
        answer = Answer(self, session)
        self._answers.add(answer)
        for task, of in [*self._passes.items()] if self._passes else ():
            if answer.precedes(of):
                task.cancel()
                del self._passes[task]
        return answer

    def left(self, answer: Answer, over: bool = True) -> None:
        """Forget an answer that is over, or (`over` False) note that it has begun."""
        answer.silent = False
        if over:
            self._answers.discard(answer)
        for changed in self._waits:
            if not changed.done():
                changed.set_result(None)

    async def side_pass(
        self,
        ask: Callable[[], Coroutine[Any, Any, T]],
        session: Session = ALL,
        unused: Callable[[T], Awaitable[None]] | None = None,
    ) -> T:
        """What `ask` returns, asked when no answer of `session` is under way.

        It is asked again when one comes before it has returned. `unused` closes an answer without a taker: `ask` may
        return in the very step in which the caller gives up.
        """
        for _ in range(INTERRUPTIONS):
            await self._turn(session)
            task = asyncio.create_task(ask())
            self._passes[task] = session
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
            except asyncio.CancelledError:
                task.cancel()
                await asyncio.wait({task})
                if unused is not None and not task.cancelled() and task.exception() is None:
                    await unused(task.result())
                raise
            finally:
                self._passes.pop(task, None)
        await self._turn(session)
        return await ask()

    async def _turn(self, session: Session) -> None:
        if await self._none(lambda one: one.precedes(session), LONGEST_WAIT):
            return
        # beside an answer that is long, but not beside one that has not begun
        await self._none(lambda one: one.silent and one.precedes(session), LONGEST_SILENCE)

    async def _none(self, such: Callable[[Answer], bool], within: float) -> bool:
        """Wait until there is no such answer, or for so many seconds; whether there is none."""
        if not any(map(such, self._answers)):
            return True
        late = asyncio.ensure_future(self._sleep(within))
        try:
            while not late.done() and any(map(such, self._answers)):
                changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waits.append(changed)
                try:
                    await asyncio.wait((changed, late), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    self._waits.remove(changed)
        finally:
            late.cancel()
        return not any(map(such, self._answers))


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
