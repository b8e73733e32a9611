"""A chat request on its way through: the upstream's bytes unaltered, its usage read in passing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any

from voicegw_desktop.core.errors import (
    BudgetError,
    EngineTimeout,
    RequestStopped,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.events import Usage
from voicegw_desktop.core.ports import Caller, ChatOptions, ChatReply, Modality, Target, Zone
from voicegw_desktop.core.reservation import ReservationPort
from voicegw_desktop.corridor.answer_money import AnswerMoney
from voicegw_desktop.corridor.chat_answer import ChatAnswer, Marks
from voicegw_desktop.corridor.chat_body import body_for
from voicegw_desktop.corridor.chat_leg import RETRY_STATUSES, ChatLeg, Refused, next_may_try
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.failover import Failover, Legs
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.corridor.refusals import refusal
from voicegw_desktop.corridor.runs import Run, quietly
from voicegw_desktop.routing.egress import Cleared
from voicegw_desktop.routing.plan import Plan


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
        super().__init__(context, caller, plan)
        self._money = AnswerMoney(context.meters, caller, path, body)
        self._path, self._body, self._options = path, body, options.of(caller.project, caller.session)
        self.status = 0
        """The upstream's HTTP status; for a refusal the gateway's, see `core.refusals`."""
        self.headers: Mapping[str, str] = {}
        self.streamed = bool(body.get("stream"))
        asked = body.get("stream_options")
        wants_usage = isinstance(asked, Mapping) and bool(asked.get("include_usage"))
        hide_usage = self.streamed and path.endswith("completions") and not wants_usage
        self._answer = ChatAnswer(streamed=self.streamed, hide_usage=hide_usage)
        self._marks = Marks(self.part, self._answer)
        self._failover: Failover[ChatLeg] = Failover(self)
        self._untried = list(plan.targets)
        self._first_failure: tuple[Target, Exception] | None = None
        self._reply: ChatReply | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._head: list[bytes] = []
        self._supervised = False
        self._leg: Leg | None = None
        self._reader: asyncio.Task[Any] | None = None
        """The task that waits for the next chunk without a timer."""
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
        self._supervised = leg.supervised
        self._money.serves(leg.bill)
        self.status, self.headers = leg.reply.status, leg.reply.headers
        # in a race the leg that lost may have been opened last
        self.served = leg.permit.target
        if self.status >= 400:
            await self._refused()
        elif self._first_failure is not None:
            self._took_over(*self._first_failure)

    def gateway_headers(self) -> dict[str, str]:
        """The headers of every run, and the limit that the budget set to the answer."""
        headers = super().gateway_headers()
        limit = self._money.limit(self.served)
        if limit is not None:
            headers["X-VoiceGW-Max-Tokens"] = str(limit)
        return headers

    def _set_aside(self, permit: Cleared, leg: Leg) -> ReservationPort | None:
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
            return self._ask(leg, alone=not self._untried)
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
        return (asyncio.get_running_loop().create_task(self._ask(leg)),)

    async def join(self, slow: ChatLeg) -> ChatLeg | None:
        """The next target of the chain."""
        return ChatLeg(self._untried.pop(0)) if self._untried else None

    def takes_place(self, old: ChatLeg, error: Exception) -> bool:
        """Each leg is admitted separately, so a refusal for money or permission concerns that leg only."""
        return next_may_try(error)

    def took_over(self, leg: ChatLeg, before: ChatLeg) -> None:
        """Another target answers."""
        self.fallback_from = self.fallback_from or str(before.permit.target)

    def leg_failed(self, leg: ChatLeg, error: Exception) -> None:
        """Count the failure against the target, once; a target that refused did no work and is not paid."""
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
        """Close the connection to a target that has answered; idempotent."""
        leg.retire()
        if leg.reply is not None and not leg.over:
            leg.over = True
            self.context.spawn(quietly(leg.reply.close()))

    async def replace(self, old: ChatLeg, error: Exception) -> ChatLeg:
        """Ask the next target; raises the error where none may or can be asked."""
        self.leg_failed(old, error)
        self.let_go(old)
        if not self._untried or not next_may_try(error):
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

    async def _ask(self, leg: ChatLeg, *, alone: bool = False) -> None:
        """Ask the leg's target and wait for its first content; `alone`: for its status line only."""
        target = leg.permit.target
        stall: float | None = self.context.patience.chat_stall_s
        leg.supervised = self.context.backends.supervised(Modality.LLM, target)
        if leg.supervised:
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
        leg.reply, leg.bill, leg.chunks = reply, bill, (chunks := aiter(reply))
        begun = alone and self.streamed and reply.status < 400
        self._money.count_prompt(bill, streams=begun)
        if begun:
            return
        head = leg.head
        try:
            async for chunk in chunks:
                head.append(chunk)
                if reply.status >= 400 or self._answer.has_begun(head):
                    break
            if reply.status < 400 and not self._answer.makes_sense(head):
                raise UpstreamError(f"{permit.target} answered 200 with something that is no answer.")
        except BaseException as e:
            # the leg was given up or lost the race; its target is paid for reading the prompt
            bill.status = "lost" if isinstance(e, asyncio.CancelledError) else "error"
            leg.over = True
            await quietly(reply.close())
            raise

    async def _post(self, permit: Cleared) -> ChatReply:
        config = self.context.router.config
        body = body_for(permit.target, config, self._path, self._body, ask_usage=self._answer.hide_usage)
        self._money.limited(permit.target, config, body)
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
                usage = Usage(prompt_tokens=self._money.prompt_tokens, tier=self._money.tier)
                self.legs.insert(0, Leg(permit.target, usage=usage, estimated=True, status="lost"))
            raise

    @property
    def begun(self) -> bool:
        """Whether the beginning of the body was received already."""
        return bool(self._head)

    # -- the body -----------------------------------------------------------------------------------------------------

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it arrives; only a usage event that the client did not ask for is left out."""
        assert self._chunks is not None
        # a supervisor ends a worker that hangs: no timer for every token there
        stall = None if self._supervised else self.context.patience.chat_stall_s
        try:
            while True:
                try:
                    if self._head:
                        chunk = self._head.pop(0)
                    elif self.stopped is not None:
                        raise self.stopped
                    elif stall is None:
                        self._reader = asyncio.current_task()
                        chunk = await anext(self._chunks)
                        self._reader = None
                    else:
                        async with asyncio.timeout(stall) as self.waiting:
                            chunk = await anext(self._chunks)
                except StopAsyncIteration:
                    self._reader = None
                    break
                came_ns = self.context.clock.monotonic_ns()
                first = self._ttfb_ms is None and self.status < 400 and self._answer.begins(chunk)
                ttfb = self._measure_first_byte(self._entered, came_ns) if first else None
                if self._answer.events > self._money.paid and self._leg is not None:
                    self._money.came(self._leg, self._answer.events)
                if self.status < 400:
                    self._marks.passed(chunk, came_ns, first)
                if shown := self._answer.take(chunk) if self.status < 400 else self._answer.keep(chunk):
                    yield shown
                # after the client has it: what only tells of a token must not delay it
                self._marks.note()
                if ttfb is not None:
                    self._announce_first_byte(ttfb)
            if last := self._answer.rest():
                yield last
            self._end("ok" if self.status < 400 else "error")
        except RequestStopped:
            await self.close()
            raise
        except TimeoutError as e:
            if self.stopped is not None:
                await self.close()
                raise self.stopped from None
            failure = EngineTimeout(f"{self.served} stopped in the middle of its answer.")
            await self._broken(failure)
            raise failure from e
        except BudgetError as e:
            # the target did nothing wrong
            self._end("error", e)
            await self._close_reply()
            raise
        except (GeneratorExit, asyncio.CancelledError):
            reader, self._reader = self._reader, None
            if self.stopped is not None and reader is not None and reader.uncancel() == 0:
                await self.close()
                raise self.stopped from None
            self._end("cancelled")
            self.context.spawn(quietly(self._close_reply()))
            raise
        except Exception as e:
            await self._broken(e)
            raise

    def stop(self) -> None:
        super().stop()
        if self.stopped is not None and self._reader is not None:
            self._reader.cancel()

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([chunk async for chunk in self])

    async def close(self) -> None:
        """Close the connection; idempotent. What was used until now is recorded."""
        self._end("cancelled")
        await self._close_reply()

    async def cancel(self) -> None:
        """Call `close`, under the name that the speech runs use."""
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

    def _end(self, status: str, error: BaseException | None = None) -> None:
        if self._ended:
            return
        self._ended = True
        # the client may have left with the last chunk
        self._marks.note()
        if self._leg is not None:
            found = self._answer.usage(self._body.get("service_tier"))
            if found is not None:
                self._leg.usage, self._leg.estimated = found, False
            elif self.status >= 400:
                self._leg.usage, self._leg.estimated = None, False
            else:
                answer = min(self._answer.text_tokens(), self._money.paid)
                prompt = self._money.prompt_tokens
                self._leg.usage = Usage(prompt_tokens=prompt, completion_tokens=answer, tier=self._money.tier)
            if status == "cancelled":
                self._leg.status = "cancelled"
        self.context.prompts.answered(self.caller, self.id, self._answer if status == "ok" else None)
        self._answer.forget()
        if status == "error" and error is None:
            error = UpstreamError(self._refusal)
            if self.status >= 500 and self.served.name not in self._told_of:
                # the breaker does not judge by it: where no other target is left, the refusal is the answer
                self.context.troubles.failed(self.served.name, self._refusal)
        self._finish(status, error, answered=status == "ok")
