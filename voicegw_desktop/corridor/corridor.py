"""The steps of every inference request: resolve, admit, open, meter, record."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import Forbidden, VoiceGatewayError
from voicegw_desktop.core.events import EventBus, RouteChanged, StopRequested
from voicegw_desktop.core.ports import NO_OPTIONS, STREAMED, Caller, ChatOptions, Modality, SttOptions, TtsOptions, Zone
from voicegw_desktop.core.text import check_label
from voicegw_desktop.core.troubles import TroubleBoard
from voicegw_desktop.corridor.chat_runs import ChatRun
from voicegw_desktop.corridor.context import Patience, RunContext
from voicegw_desktop.corridor.metering import Meters, NoMeters
from voicegw_desktop.corridor.prompts import Prompts
from voicegw_desktop.corridor.runs import Run
from voicegw_desktop.corridor.speech_activity import SpeechActivity, SpeechActivityEstimator
from voicegw_desktop.corridor.stt_runs import SttRun
from voicegw_desktop.corridor.tts_runs import TtsRun
from voicegw_desktop.corridor.turns import Turns
from voicegw_desktop.routing.backends import Backends
from voicegw_desktop.routing.breaker import Health
from voicegw_desktop.routing.egress import Cleared, EgressLog
from voicegw_desktop.routing.plan import Plan
from voicegw_desktop.routing.router import Router

CLOSING = 2.0  # s for streams to close when the gateway does

R = TypeVar("R", SttRun, TtsRun, ChatRun)
T = TypeVar("T")


def new_id() -> str:
    """A request's id."""
    return os.urandom(16).hex()


class Corridor:
    """Opens runs and holds them until they end."""

    def __init__(
        self,
        router: Router,
        backends: Backends,
        bus: EventBus,
        clock: Clock,
        *,
        meters: Meters | None = None,
        ids: Callable[[], str] = new_id,
        patience: Patience | None = None,
        speech_activity: Callable[[int], SpeechActivity] = SpeechActivityEstimator,
        troubles: TroubleBoard | None = None,
    ) -> None:
        """`speech_activity(rate)` measures whether speech is plainly there, in a stream that leaves the machine."""
        self.router = router
        self.backends = backends
        self.meters: Meters = meters or NoMeters()
        self.egress = EgressLog(bus, clock)
        """What left this machine."""
        self.turns = Turns(clock, new_id)
        """Conversations, and the turns that are put together of their requests."""
        self.prompts = Prompts(bus, self._read, self._spawn)
        """What local models read while a person speaks."""
        self._runs: set[Run] = set()
        self.context = RunContext(
            router=router,
            backends=backends,
            meters=self.meters,
            bus=bus,
            clock=clock,
            patience=patience or Patience(),
            egress=self.egress,
            troubles=troubles or TroubleBoard(bus),
            turns=self.turns,
            prompts=self.prompts,
            speech_activity=speech_activity,
            ids=ids,
            spawn=self._spawn,
            forget=self._runs.discard,
        )
        self._tasks: set[asyncio.Task[Any]] = set()
        self._unsubscribe = bus.subscribe(self._routes_changed, RouteChanged)
        self._unhear = bus.subscribe(self._stop, StopRequested)
        router.breaker.changed = self._health_changed

    async def open_stt(self, caller: Caller, wanted: str | None, options: SttOptions) -> SttRun:
        """A transcription stream that outlives its targets; iterate it, and `cancel()` it in a finally."""
        if options.language:
            check_label(options.language, "language")
        caller = self.turns.join(caller, Modality.STT)
        project = self.router.config.projects.get(caller.project)
        if project is not None and project.vocabulary:
            # the request's own terms first: engines have room for some only
            options = replace(options, keyterms=tuple(dict.fromkeys((*options.keyterms, *project.vocabulary))))
        if project is not None and options.endpointing_ms is None and options.endpointing is None:
            options = replace(options, endpointing=project.endpointing)
        run = SttRun(self.context, caller, self._plan(Modality.STT, wanted, caller), options)
        return await self._begin(run)

    async def open_tts(self, caller: Caller, wanted: str | None, options: TtsOptions) -> TtsRun:
        """One utterance to speak; iterate it, and `cancel()` it in a finally."""
        for what, value in (("voice", options.voice), ("language", options.language)):
            if value:
                check_label(value, what)
        caller = self.turns.join(caller, Modality.TTS)
        plan = self._plan(Modality.TTS, wanted, caller, options.voice)
        run = TtsRun(self.context, caller, self._ahead(plan, caller) if options.ahead else plan, options)
        return await self._begin(run, ahead=options.ahead)

    def refuse_tts(self, caller: Caller, wanted: str | None, options: TtsOptions, error: VoiceGatewayError) -> None:
        """Record an utterance that is refused, for this reason, before a target is asked."""
        caller = self.turns.join(caller, Modality.TTS)
        run = TtsRun(self.context, caller, self.router.plan(Modality.TTS, wanted, caller), options)
        self.turns.begin(run.caller, run.part)
        run.refuse(error)

    async def chat(
        self,
        caller: Caller,
        wanted: str | None,
        body: Mapping[str, Any],
        *,
        path: str = "/chat/completions",
        options: ChatOptions = NO_OPTIONS,
    ) -> ChatRun:
        """An OpenAI-shaped request; returns when its first content is here. Iterate or `read()`, then `close()`."""
        caller = self.turns.join(caller, Modality.LLM)
        plan = self._plan(Modality.LLM, wanted, caller)
        if options.ahead:
            plan = self._ahead(plan, caller, local=options.local)
        run = ChatRun(self.context, caller, plan, path, body, options)
        if path == "/chat/completions":
            if not options.local and (reading := self.prompts.first(caller, body)) is not None:
                await reading
            self.prompts.asked(caller, wanted, plan.first, body, run=run.id, ahead=options.local)
        try:
            return await self._begin(run, ahead=options.ahead)
        except BaseException:
            self.prompts.answered(caller, run.id, None)
            raise

    def read_ahead(self, caller: Caller, wanted: str | None, body: Mapping[str, Any]) -> asyncio.Task[None] | None:
        """Let a local model read this chat, so that its cache has the beginning of the next; no record is left.

        None: there is nothing to read, or it reads for that conversation now.
        """
        return self.prompts.read(self.turns.join(caller, Modality.LLM), wanted, body)

    async def _read(self, caller: Caller, wanted: str | None, body: Mapping[str, Any]) -> None:
        with contextlib.suppress(VoiceGatewayError):
            run = await self.chat(caller, wanted, body, options=replace(STREAMED, ahead=True, local=True))
            await run.read()

    async def check_chat(self, caller: Caller, wanted: str | None, body: Mapping[str, Any]) -> None:
        """BadRequest for what the target that would serve now is known not to take, before it is asked."""
        await self.backends.check_chat(self.router.plan(Modality.LLM, wanted, caller).targets[0], body)

    def check_model(self, caller: Caller, modality: Modality, wanted: str) -> None:
        """Raise VoiceGatewayError for a name that nothing serves: the error that a request for it would get."""
        plan = self.router.plan(modality, wanted, caller)
        if plan.choice is not None and plan.choice.setting:
            # a setting chose what serves, and what that lacks is told when it is asked
            return
        refusal: VoiceGatewayError | None = None
        for permit in plan.targets:
            try:
                self.backends.check_model(modality, permit)
                return
            except VoiceGatewayError as e:
                refusal = refusal or e
        if refusal is not None:
            raise refusal

    def _plan(self, modality: Modality, wanted: str | None, caller: Caller, voice: str | None = None) -> Plan:
        plan = self.router.plan(modality, wanted, caller, voice)
        self._probe_others(modality, plan.targets)
        return plan

    def _ahead(self, plan: Plan, caller: Caller, *, local: bool = False) -> Plan:
        """The plan with targets that may work before they are asked; Forbidden where the first may not."""
        project = self.router.config.projects.get(caller.project)
        how = project.answer_ahead if project is not None else "local"
        here = tuple(permit for permit in plan.targets if permit.target.zone is Zone.LOCAL)
        local = local or how == "local"
        if how == "off" or (local and plan.first.zone is not Zone.LOCAL):
            raise Forbidden(f"projects.{caller.project}.answer_ahead is {how}: {plan.first} works when it is asked.")
        return replace(plan, targets=here) if local else plan

    async def _begin(self, run: R, *, ahead: bool = False) -> R:
        self._runs.add(run)
        run.ahead = ahead
        if not ahead:
            self.turns.begin(run.caller, run.part)
        run.opening = asyncio.current_task()
        try:
            await run.start()
        except asyncio.CancelledError:
            run._finish("cancelled")
            if run.was_ended() and run.stopped is not None:
                raise run.stopped from None
            raise
        except BaseException as e:
            run._finish("error", e)
            run.was_ended()
            raise
        run.was_ended()
        return run

    # -- life ---------------------------------------------------------------------------------------------------------

    @property
    def runs(self) -> tuple[Run, ...]:
        """Runs that have not ended."""
        return tuple(self._runs)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def aclose(self) -> None:
        """End every run; each is recorded as cancelled."""
        self._unsubscribe()
        self._unhear()
        self.prompts.close()
        for run in tuple(self._runs):
            await run.cancel()
        if self._tasks:
            # streams that are being closed have time to close their connections
            _, late = await asyncio.wait(set(self._tasks), timeout=CLOSING)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # -- changes ------------------------------------------------------------------------------------------------------

    def _routes_changed(self, event: RouteChanged) -> None:
        for run in tuple(self._runs):
            if run.modality.value == event.modality and event.project in (None, run.caller.project):
                run.rerouted()

    def _stop(self, event: StopRequested) -> None:
        for run in tuple(self._runs):
            if run.id in event.ids:
                run.stop()

    def _health_changed(self, name: str, health: Health) -> None:
        if health is Health.CLOSED:
            for run in tuple(self._runs):
                run.rerouted()

    def _probe_others(self, modality: Modality, targets: tuple[Cleared, ...]) -> None:
        """Ask tripped targets whether they are back, aside from any request."""
        if len(targets) < 2:
            return
        breaker = self.router.breaker
        for permit in targets[1:]:
            name = permit.target.name
            if breaker.health(name) is not Health.PROBE_DUE:
                continue
            if self.backends.can_probe(modality, permit.target) and breaker.begin_probe(name):
                self._spawn(self._probe(modality, permit))

    async def _probe(self, modality: Modality, permit: Cleared) -> None:
        name = permit.target.name
        try:
            async with asyncio.timeout(self.context.patience.stall_s):
                well = await self.backends.probe(modality, permit)
        except Exception:
            well = False
        if well:
            self.router.breaker.success(name)
        else:
            self.router.breaker.failure(name)
