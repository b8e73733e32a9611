"""Who may hear a transcription stream next, and how a target is opened for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import Any

from voicegw_desktop.core.errors import EngineCrashed, VoiceGatewayError
from voicegw_desktop.core.events import SttEvent
from voicegw_desktop.core.ports import Caller, Modality, SttOptions, SttStream, Zone
from voicegw_desktop.corridor.context import RunContext
from voicegw_desktop.corridor.kept_audio import KeptAudio
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.corridor.speech_activity import Unanswered
from voicegw_desktop.corridor.speech_run import SpeechRun, fail
from voicegw_desktop.corridor.stt_leg import LostHedgeRace, Rerouted, StalledOnSpeech, SttLeg
from voicegw_desktop.corridor.utterances import Utterances
from voicegw_desktop.routing.egress import Cleared
from voicegw_desktop.routing.router import Plan

log = logging.getLogger(__name__)

LEASE_S = 5.25
"""Audio that a stream of unknown length has paid for in advance: a little more than a short command takes."""


class OpensHearings(SpeechRun[SttEvent, SttLeg]):
    """The part of a transcription run that finds targets."""

    modality = Modality.STT

    def __init__(self, context: RunContext, caller: Caller, plan: Plan, options: SttOptions) -> None:
        super().__init__(context, caller, plan)
        self._streamed = options.endpointing_ms != 0
        self.options = options
        self._rate = options.rate
        self._kept = KeptAudio(options.rate)
        self._told = Utterances(options.rate, context.clock.monotonic_ns)
        self._out: set[str] = set()
        """Targets that failed, and are not asked again before another one has served."""
        self._beside: SttLeg | None = None
        """Who joined for the words that `_now` owes."""

    @property
    def _stall(self) -> float:
        patience = self.context.patience
        return patience.stall_s if self._streamed else patience.whole_recording_stall_s

    def _has_another(self, stream: SttLeg) -> bool:
        """Is there somebody left to take over?"""
        tried = {stream.permit.target.name, *self._out}
        return any(p.target.name not in tried for p in self.plan.targets)

    def _unheard(self, stream: SttLeg) -> bool:
        """Somebody talks, and the target gives no sign of it."""
        raise NotImplementedError

    async def _open(self, candidates: list[Cleared], base: int) -> SttLeg:
        limit = self.context.router.config.routing.stt.ttfb_limit_ms
        opened = await self._open_first(
            candidates, self._opener, patience_s=limit / 1000 if limit else self.context.patience.stall_s
        )
        return self._from(base, *opened)

    def _from(self, base: int, stream: SttStream, permit: Cleared, leg: Leg) -> SttLeg:
        leg.language = self._language(permit)
        egress = self.context.egress.entry(permit, self.id, "stt")
        opened = SttLeg(stream, permit, leg, egress, base, self._kept.first, self._told.finals)
        opened.paid_s = self._in_advance
        # an engine here may be loading its model, and its supervisor watches it
        if permit.target.zone is not Zone.LOCAL and self._streamed:
            opened.unanswered = Unanswered(self.context.speech_activity(self._rate), lambda: self._unheard(opened))
        return opened

    @property
    def _in_advance(self) -> float:
        """Seconds of audio that are paid for before a target hears any."""
        return LEASE_S if self.options.length_s is None else self.options.length_s

    def _set_aside(self, permit: Cleared, leg: Leg) -> Any:
        leg.language = self._language(permit)
        seconds = self._in_advance
        least = replace(leg, audio_in_s=seconds, open_s=seconds if self._streamed else 0.0, utterances=1)
        return self.context.meters.reserve(self.modality, self.caller.project, least)

    def _pay(self, stream: SttLeg, seconds: float) -> None:
        """Set money aside for so many seconds more of audio, and for some after them; raises BudgetError."""
        leg, meters = stream.leg, self.context.meters
        heard, open_s = leg.audio_in_s + seconds, leg.open_for(self.context.clock.monotonic_ns())
        used = max(heard, open_s)
        if leg.held is None or used <= stream.paid_s:
            return
        # a provider that is asked once for each utterance bills the one under way, too
        least = replace(leg, audio_in_s=heard, open_s=open_s, utterances=leg.utterances + 1)
        most = replace(least, audio_in_s=heard + LEASE_S, open_s=open_s + LEASE_S)
        meters.reserve(self.modality, self.caller.project, least, most, leg.held)
        stream.paid_s = used + meters.covers(self.modality, leg.held, least, most) * LEASE_S

    async def _wait_for_more(self, stream: SttLeg) -> None:
        """Until the client sends more; a connection that is billed by its time is paid for meanwhile."""
        if stream.leg.held is None:
            await self._more.wait()
            return
        self._pay(stream, 0.0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEASE_S / 2):
                await self._more.wait()

    def _gave_nothing(self, leg: Leg, unreached: bool) -> bool:
        # a recording is billed for its words; a live stream for what was heard until it broke
        return not leg.utterances and (unreached or not self._streamed)

    def _language(self, permit: Cleared) -> str | None:
        return self.context.router.language_for(self.plan, permit.target, self.options.language)

    async def _opener(self, permit: Cleared) -> SttStream:
        options = replace(self.options, language=self._language(permit))
        return await self.context.backends.open_stt(permit, options)

    async def _open_again(self, candidates: list[Cleared], error: Exception) -> SttLeg:
        limit = self.context.patience.stall_s
        try:
            opened = await self._open_first(
                candidates, self._opener, patience_s=limit, cause=None if isinstance(error, Rerouted) else error
            )
        except Exception as e:
            if isinstance(error, Rerouted) or isinstance(e, VoiceGatewayError):
                raise
            raise error from e
        return self._from(self._kept.cut, *opened)

    async def _join(self, stream: SttLeg) -> SttLeg | None:
        """Another target for the words that this one owes; whoever has them first serves."""
        tried = {stream.permit.target.name, *self._out}
        try:
            opened = await self._open_first([p for p in self.plan.targets if p.target.name not in tried], self._opener)
        except Exception as e:
            log.info("Nobody joins %s: %s", stream.permit.target, type(e).__name__)
            return None
        finally:
            self.served = stream.permit.target
        self._beside = self._from(self._kept.cut, *opened)
        if not stream.hedged:
            # it had them after all
            fail(self._beside, LostHedgeRace())
        return self._beside

    def _candidates(self, old: SttLeg, error: Exception) -> list[Cleared]:
        try:
            plan = self.context.router.plan(self.modality, self.plan.requested, self.caller)
        except VoiceGatewayError:
            if isinstance(error, Rerouted):
                raise
            return []
        self.plan = plan
        fresh = [p for p in plan.targets if p.target.name not in self._out]
        if isinstance(error, Rerouted):
            return fresh or list(plan.targets)
        target = old.permit.target
        if isinstance(error, StalledOnSpeech):
            # when nobody else answers, a new stream to the same target is better than none
            return [*fresh, old.permit]
        # a crashed engine is started again once; that costs nothing and keeps the person's choice
        if target.zone is Zone.LOCAL and isinstance(error, EngineCrashed) and target.name not in self._retried:
            self._retried.add(target.name)
            return [old.permit, *fresh]
        return fresh
