"""Which targets a transcription stream may be given to: at first, after a failure, and beside a slow one."""

from __future__ import annotations

import enum
from dataclasses import replace

from voicegw_desktop.core.errors import EgressDenied, EngineCrashed, VoiceGatewayError
from voicegw_desktop.core.ports import SttOptions, SttStream, Zone
from voicegw_desktop.corridor.runs import Run
from voicegw_desktop.corridor.stt_leg import Rerouted, StalledOnSpeech, SttLeg
from voicegw_desktop.routing.egress import Cleared


class Move(enum.Enum):
    """When a stream leaves its target because the routes changed."""

    NONE = "none"
    BETWEEN_UTTERANCES = "between utterances"
    AT_ONCE = "at once"


class SttTargetSelector:
    """Chooses among the targets of a run's plan, which it renews at each failover, and opens their streams."""

    def __init__(self, run: Run, options: SttOptions) -> None:
        self._run, self._options = run, options
        self._out: set[str] = set()
        self._retried: set[str] = set()

    @property
    def stall_s(self) -> float:
        """Seconds that a target may be silent while it owes words."""
        patience = self._run.context.patience
        return patience.stall_s if self._options.endpointing_ms != 0 else patience.whole_recording_stall_s

    def limit_s(self, leg: SttLeg) -> float | None:
        """Seconds in which the target takes audio and sends words; None: as long as its supervisor lets it.

        An engine of this machine may be slow because the machine is busy. To give it up helps only where another
        target can take over.
        """
        supervised = self._run.context.backends.supervised(self._run.modality, leg.permit.target)
        return self.stall_s if not supervised or self.others(leg) else None

    def leave_out(self, name: str) -> None:
        """Do not ask this target again before another target has transcribed something."""
        self._out.add(name)

    def allow_all(self) -> None:
        """A target transcribed something: those that failed before may be asked again."""
        self._out.clear()

    def others(self, leg: SttLeg) -> list[Cleared]:
        """Targets that could take over from a leg, in the plan's order."""
        tried = {leg.permit.target.name, *self._out}
        return [p for p in self._run.plan.targets if p.target.name not in tried]

    def after(self, old: SttLeg, error: Exception) -> list[Cleared]:
        """Candidates after a leg ended with `error`; raises VoiceGatewayError when the new route has none."""
        run = self._run
        try:
            plan = run.context.router.plan(run.modality, run.plan.requested, run.caller)
        except VoiceGatewayError:
            if isinstance(error, Rerouted):
                raise
            return []
        run.plan = plan
        fresh = [p for p in plan.targets if p.target.name not in self._out]
        if isinstance(error, Rerouted):
            return fresh or list(plan.targets)
        target = old.permit.target
        if isinstance(error, StalledOnSpeech):
            # when no other target can be opened, a new stream to the silent one is better than none
            return [*fresh, old.permit]
        # a crashed engine is started again once; that costs nothing and keeps the person's choice
        if target.zone is Zone.LOCAL and isinstance(error, EngineCrashed) and target.name not in self._retried:
            self._retried.add(target.name)
            return [old.permit, *fresh]
        return fresh

    def move_from(self, leg: SttLeg) -> Move:
        """Whether a changed route takes the stream from its target, and when."""
        run, permit = self._run, leg.permit
        router = run.context.router
        try:
            router.policy.clear(permit.target, project=run.caller.project, asked=permit.asked)
        except EgressDenied:
            # not one more sample may go there, even in the middle of a word
            return Move.AT_ONCE
        try:
            plan = router.plan(run.modality, run.plan.requested, run.caller)
        except VoiceGatewayError:
            # nothing to move to; the present target is still permitted
            return Move.NONE
        return Move.NONE if plan.first == permit.target else Move.BETWEEN_UTTERANCES

    def language(self, permit: Cleared) -> str | None:
        """The language that a target is asked for; None: it finds out."""
        return self._run.context.router.language_for(self._run.plan, permit.target, self._options.language)

    async def open(self, permit: Cleared) -> SttStream:
        """Open a target's stream."""
        options = replace(self._options, language=self.language(permit))
        return await self._run.context.backends.open_stt(permit, options)
