"""A chat request on its way through: the upstream's bytes unaltered, its usage read in passing."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any

from voicegw_desktop.core.errors import (
    BudgetError,
    BudgetThrottleSignal,
    EgressDenied,
    EngineTimeout,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import Usage
from voicegw_desktop.core.ports import Caller, ChatOptions, ChatReply, Modality, Target, Zone
from voicegw_desktop.corridor.answer_money import AnswerMoney
from voicegw_desktop.corridor.chat_leg import ChatLeg, Refused
from voicegw_desktop.corridor.chat_usage import USAGE, text_size, usage_in
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.failover import Failover, Legs
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.corridor.refusals import refusal
from voicegw_desktop.corridor.runs import Run, can_fall_back, quietly
from voicegw_desktop.routing.egress import Cleared
from voicegw_desktop.routing.router import Plan

CONTENT = re.compile(
    rb'"(?:content|reasoning_content|reasoning|text|refusal|arguments|embedding|output_text|delta)"\s*:\s*(?:"[^"]|\[)'
    rb'|"tool_calls"\s*:\s*\['
)
NO_CHOICES = re.compile(rb'"choices"\s*:\s*\[\s*\]')
EVENT_END = re.compile(rb"\r?\n\r?\n")
TAIL = 16 * 1024  # bytes kept of a stream to find its usage in
WHOLE = 4 * 1024 * 1024  # bytes kept of an answer that is not a stream
LONG_HEAD = 64  # chunks; several may make one field, and a sentence-sized head is content in any case
CHARACTERS_A_TOKEN = 4
RETRY_STATUSES = frozenset({401, 402, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Answers of an upstream that say nothing about the request itself, so that the next target may try."""


class ChatRun(Run, Legs[ChatLeg]):
    """`status`, `headers` (the upstream's, lower case) and the body: iterate it, or `read()` it; then `close()`."""

    modality = Modality.LLM

    def __init__(
        self,
        context: RunContext,
        caller: Caller,
        plan: Plan,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions,
    ) -> None:
        self._prompt = text_size(body)
        super().__init__(context, caller, plan)
        self._money = AnswerMoney(context.meters, caller.project, path, body)
        self._path, self._body, self._options = path, body, options
        self.status = 0
        """The upstream's HTTP status; for a refusal the gateway's, see `core.refusals`."""
        self.headers: Mapping[str, str] = {}
        self.streamed = bool(body.get("stream"))
        asked = body.get("stream_options")
        self._hide_usage = (
            self.streamed
            and path.endswith("completions")
            and not (isinstance(asked, Mapping) and asked.get("include_usage"))
        )
        self._failover: Failover[ChatLeg] = Failover(self)
        self._untried = list(plan.targets)
        self._first_failure: tuple[Target, Exception] | None = None
        self._reply: ChatReply | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._head: list[bytes] = []
        self._leg: Leg | None = None
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._pieces = 0
        self._carry = b""
        self._ended = False
        self._refusal = ""

    async def start(self) -> None:
        """Find a target that answers, before anything was shown to the client.

        Returns with the first content while another target could still take over, else with the status line: a client
        that has read the headers by then has its first token half a millisecond sooner.
        """
        self._failover.opened(ChatLeg(self._untried.pop(0)))
        try:
            await self._failover.run()
        except BaseException:
            if self._failover.now is not None:
                self.let_go(self._failover.now)
            raise
        leg = self._failover.now
        assert leg is not None
        assert leg.reply is not None
        assert leg.bill is not None
        self._reply, self._chunks, self._head, self._leg = leg.reply, leg.chunks, leg.head, leg.bill
        self._money.serves(leg.bill)
        self.status, self.headers = leg.reply.status, leg.reply.headers
        # the other one of a race may have been opened last
        self.served = leg.permit.target
        if self.status >= 400:
            await self._refused()
        elif self._first_failure is not None:
            self._took_over(*self._first_failure)

    def gateway_headers(self) -> dict[str, str]:
        """Those of every run, and the limit that the budget set to the answer."""
        headers = super().gateway_headers()
        limit = self._money.limit(self.served)
        if limit is not None:
            headers["X-VoiceGW-Max-Tokens"] = str(limit)
        return headers

    def _set_aside(self, permit: Cleared, leg: Leg) -> Any:
        return self._money.set_aside(permit.target)

    async def _refused(self) -> None:
        """Put the gateway's own answer in the place of an upstream's refusal."""
        assert self._reply is not None
        assert self._chunks is not None
        raw = b"".join(self._head)
        with contextlib.suppress(TimeoutError, VoiceGatewayError):
            async with asyncio.timeout(self.context.patience.stall_s):
                async for chunk in self._chunks:
                    raw += chunk
        told = refusal(self.served, self._reply.status, self._reply.headers, raw)
        self.status, self.headers, self._refusal = told.status, told.headers, told.message
        # the chunks are read to their end
        self._head = [told.body]

    # -- the race -------------------------------------------------------------------------------------------------

    @property
    def _limit_ms(self) -> float | None:
        return self.context.router.config.routing.llm.ttfb_limit_ms

    @property
    def _hedges(self) -> bool:
        return self.context.router.config.routing.llm.hedge

    def at_once(self, leg: ChatLeg) -> Awaitable[None] | None:
        """Where no other target could join or take over in time, the answer is awaited without a task."""
        if self._limit_ms is None or not self._untried:
            return self._answer(leg, alone=not self._untried)
        return None

    def begin(self, leg: ChatLeg) -> tuple[asyncio.Task[None], ...]:
        """Ask the target, and count the time to its first content."""
        limit = self._limit_ms
        if limit is not None and leg is self._failover.now:
            if self._hedges and self._untried:
                leg.count(limit / 1000, leg.is_slow)
            else:
                error = EngineTimeout(f"{leg.permit.target} sent no first token within {limit:g} ms.")
                leg.count(limit / 1000, leg.fail, error)
        return (asyncio.get_running_loop().create_task(self._answer(leg)),)

    async def join(self, slow: ChatLeg) -> ChatLeg | None:
        """The next target of the chain."""
        return ChatLeg(self._untried.pop(0)) if self._untried else None

    def takes_place(self, old: ChatLeg, error: Exception) -> bool:
        """The other one was admitted by itself, so that also a refusal of money or permission concerns one only."""
        return _next_may_try(error)

    def took_over(self, leg: ChatLeg, before: ChatLeg) -> None:
        """Another target answers."""
        self.fallback_from = self.fallback_from or str(before.permit.target)

    def leg_failed(self, leg: ChatLeg, error: Exception) -> None:
        """Count the failure against its target, once; one that refused took no work and is not paid."""
        if not leg.noted:
            leg.noted = True
            self._note_failure(leg.permit.target, error)
        if leg.bill is None:
            return
        if isinstance(error, Refused):
            leg.bill.status = "refused"
            self._give_back(leg.bill)
        elif not isinstance(error, EngineTimeout):
            leg.bill.status = "error"

    def let_go(self, leg: ChatLeg) -> None:
        """Hang up on a target that has answered; idempotent."""
        leg.retire()
        if leg.reply is not None and not leg.over:
            leg.over = True
            self.context.spawn(quietly(leg.reply.close()))

    async def replace(self, old: ChatLeg, error: Exception) -> ChatLeg:
        """Ask the next target; raises the error where none may or can be asked."""
        self.leg_failed(old, error)
        self.let_go(old)
        if not self._untried or not _next_may_try(error):
            raise error
        target = old.permit.target
        self._first_failure = self._first_failure or (target, error)
        self.fallback_from = self.fallback_from or str(target)
        if isinstance(error, EngineTimeout) and target.zone is not Zone.LOCAL and not self._hedges:
            # the slow call may still be billed: only a target that costs nothing may follow it
            self._untried = [c for c in self._untried if c.target.zone is Zone.LOCAL]
            if not self._untried:
                raise error
        return ChatLeg(self._untried.pop(0))

    async def _answer(self, leg: ChatLeg, *, alone: bool = False) -> None:
        """Until the target's first content is here; `alone`: until its status line is."""
        target = leg.permit.target
        stall: float | None = self.context.patience.chat_stall_s
        if self.context.backends.supervised(Modality.LLM, target):
            # it may load its model or read a long prompt for minutes, and its supervisor watches that
            stall = None
        elif target.zone is Zone.LOCAL:
            stall = self.context.patience.local_chat_stall_s
        if stall is None:
            await self._open_to_content(leg, alone)
        else:
            try:
                async with asyncio.timeout(stall):
                    await self._open_to_content(leg, alone)
            except TimeoutError as e:
                raise EngineTimeout(f"{target} accepted the request and gave no answer within {stall:g} s.") from e
        assert leg.reply is not None
        status = leg.reply.status
        # the last one's refusal is the answer: its words say more than that no target is left
        if status in RETRY_STATUSES and (self._untried or self._failover.racing):
            raise Refused(f"{target} answered {status}.", upstream_status=status)
        self._failover.won(leg)

    async def _open_to_content(self, leg: ChatLeg, alone: bool) -> None:
        try:
            reply, permit, bill = await self._open_first([leg.permit], self._post)
        except Exception:
            # counted where it was opened
            leg.noted = True
            raise
        leg.reply, leg.bill = reply, bill
        bill.usage, bill.estimated = Usage(prompt_tokens=self._prompt // CHARACTERS_A_TOKEN), True
        leg.chunks = chunks = aiter(reply)
        if alone and self.streamed and reply.status < 400:
            return
        head = leg.head
        try:
            async for chunk in chunks:
                head.append(chunk)
                if CONTENT.search(chunk) or len(head) > LONG_HEAD or not self.streamed or reply.status >= 400:
                    break
            if reply.status < 400 and not self._makes_sense(head):
                raise UpstreamError(f"{permit.target} answered 200 with something that is no answer.")
        except BaseException as e:
            # it was given up, or lost the race; it is paid for reading the prompt
            bill.status = "lost" if isinstance(e, asyncio.CancelledError) else "error"
            leg.over = True
            await quietly(reply.close())
            raise

    def _makes_sense(self, head: list[bytes]) -> bool:
        """Does what came look like the form that was asked for? A proxy's page of HTML does not."""
        if self.streamed:
            return any(CONTENT.search(chunk) or b"data:" in chunk for chunk in head)
        return bool(head) and head[0].lstrip()[:1] in (b"{", b"[", b"")

    async def _post(self, permit: Cleared) -> ChatReply:
        body = {**self._body, "model": permit.target.model}
        if self._hide_usage:
            given = self._body.get("stream_options")
            body["stream_options"] = {**(given if isinstance(given, Mapping) else {}), "include_usage": True}
        self._money.limited(permit.target, self.context.router.config, body)
        egress = self.context.egress.entry(permit, self.id, "llm")
        took = False

        def sent(size: int) -> None:
            nonlocal took
            took = True
            egress.finish_with(size)

        try:
            return await self.context.backends.post(permit, self._path, body, self._options, sent)
        except asyncio.CancelledError:
            if took:
                # given up before it answered, but it has the prompt and is paid for reading it
                usage = Usage(prompt_tokens=self._prompt // CHARACTERS_A_TOKEN)
                self.legs.insert(0, Leg(permit.target, usage=usage, estimated=True, status="lost"))
            raise

    @property
    def begun(self) -> bool:
        """Is the beginning of the body here already?"""
        return bool(self._head)

    # -- the body -----------------------------------------------------------------------------------------------------

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it arrives; only a usage event that the client did not ask for is left out."""
        assert self._chunks is not None
        # a supervisor ends a worker that hangs; a timer for every token would be for nothing
        watched = self.context.backends.supervised(Modality.LLM, self.served)
        stall = self.context.patience.chat_stall_s
        try:
            while True:
                try:
                    if self._head:
                        chunk = self._head.pop(0)
                    elif watched:
                        chunk = await anext(self._chunks)
                    else:
                        async with asyncio.timeout(stall):
                            chunk = await anext(self._chunks)
                except StopAsyncIteration:
                    break
                ttfb = self._measure_first_byte(self._entered) if self._is_first(chunk) else None
                if self._pieces > self._money.paid and self._leg is not None:
                    self._money.came(self._leg, self._pieces)
                if shown := self._pass(chunk):
                    yield shown
                if ttfb is not None:
                    # once the client has it: nobody who listens may hold it up
                    self._announce_first_byte(ttfb)
            if self._carry:
                last, self._carry = self._carry, b""
                if not self._is_hidden(last):
                    yield last
            self._end("ok" if self.status < 400 else "error")
        except TimeoutError as e:
            failure = EngineTimeout(f"{self.served} stopped in the middle of its answer.")
            await self._broken(failure)
            raise failure from e
        except BudgetError as e:
            # the target did nothing wrong
            self._end("error", e)
            await self._close_reply()
            raise
        except (GeneratorExit, asyncio.CancelledError):
            self._end("cancelled")
            self.context.spawn(quietly(self._close_reply()))
            raise
        except Exception as e:
            await self._broken(e)
            raise

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([chunk async for chunk in self])

    async def close(self) -> None:
        """Hang up; idempotent. What was used until now is recorded."""
        self._end("cancelled")
        await self._close_reply()

    async def cancel(self) -> None:
        """The same as `close`, by the name the speech runs use."""
        await self.close()

    async def _close_reply(self) -> None:
        if self._reply is not None:
            reply, self._reply = self._reply, None
            await quietly(reply.close())

    async def _broken(self, error: Exception) -> None:
        if self._leg is not None:
            self._leg.status = "error"
        self._note_failure(self.served, error)
        self._end("error", error)
        await self._close_reply()

    def _is_first(self, chunk: bytes) -> bool:
        """Does the answer's content begin here?"""
        if self._ttfb_ms is not None or self.status >= 400:
            return False
        return not self.streamed or self._pieces > LONG_HEAD or CONTENT.search(chunk) is not None

    def _pass(self, chunk: bytes) -> bytes:
        """Look at a chunk in passing and return what the client gets of it."""
        self._tail.append(chunk)
        self._tail_size += len(chunk)
        self._pieces += chunk.count(b'"delta"') if self.streamed else 0
        kept = TAIL if self.streamed else WHOLE
        while self._tail_size - len(self._tail[0]) > kept:
            self._tail_size -= len(self._tail.popleft())
        if not self._hide_usage or self.status >= 400:
            return chunk
        if not self._carry and chunk.endswith((b"\n\n", b"\r\n\r\n")) and not NO_CHOICES.search(chunk):
            return chunk
        whole = self._carry + chunk
        shown, start = [], 0
        for match in EVENT_END.finditer(whole):
            event = whole[start : match.end()]
            start = match.end()
            if not self._is_hidden(event):
                shown.append(event)
        self._carry = whole[start:]
        return b"".join(shown)

    def _is_hidden(self, event: bytes) -> bool:
        return bool(self._hide_usage and NO_CHOICES.search(event) and USAGE.search(event))

    def _end(self, status: str, error: BaseException | None = None) -> None:
        if self._ended:
            return
        self._ended = True
        if self._leg is not None:
            found = usage_in(b"".join(self._tail))
            if found is not None:
                self._leg.usage, self._leg.estimated = found, False
            elif self.status >= 400:
                self._leg.usage, self._leg.estimated = None, False
            else:
                answer = min(self._pieces, self._money.paid) if self.streamed else self._tail_size // CHARACTERS_A_TOKEN
                prompt = self._prompt // CHARACTERS_A_TOKEN
                self._leg.usage = Usage(prompt_tokens=prompt, completion_tokens=answer)
            if status == "cancelled":
                self._leg.status = "cancelled"
        self._tail.clear()
        if status == "error" and error is None:
            error = UpstreamError(self._refusal)
            if self.status >= 500 and self.served.name not in self._told_of:
                # the breaker does not judge by it: where no other target is left, the refusal is the answer
                self.context.troubles.failed(self.served.name, self._refusal)
        self._finish(status, error, answered=status == "ok")


def _next_may_try(error: Exception) -> bool:
    """Whether the next target of the chain may be asked: it may cost less, or be on this machine."""
    return can_fall_back(error) or isinstance(error, BudgetThrottleSignal | EgressDenied)
