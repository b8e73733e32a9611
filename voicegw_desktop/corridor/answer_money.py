"""What is set aside for a chat's answer: by the limit that the request names, or by one that the budget can pay."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from voicegw_desktop.config.load import AnyConfig
from voicegw_desktop.core.events import Usage
from voicegw_desktop.core.ports import Caller, Modality, Target
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.reservation import ReservationPort
from voicegw_desktop.corridor.chat_usage import Asked, asked_of, text_size, tokens_at_most, tokens_of
from voicegw_desktop.corridor.metering import LONGEST_ANSWER, Leg, Meters
from voicegw_desktop.routing.backends import kind_of

TOP_UP = 1024
"""Tokens that are set aside at a time for an answer that is longer than its limit."""
SLACK = 16
"""Events of a stream beyond its tokens: one says the role, one why it ended."""


class AnswerMoney:
    """One request's answer, whichever targets are asked for it."""

    def __init__(self, meters: Meters, caller: Caller, path: str, body: Mapping[str, Any]) -> None:
        self._meters, self._caller, self._path, self._body = meters, caller, path, body
        self._limits: dict[str, int] = {}
        self._read: int | None = None
        self.paid = sys.maxsize
        """Tokens of the answer that are paid for."""

    def set_aside(self, target: Target) -> ReservationPort | None:
        """Reserve for a target that is about to be asked; raises BudgetError."""
        self._limits.pop(target.name, None)
        if self._meters.free(target):
            return None
        prompt = Usage(self._prompt, audio_completion_tokens=int(self._asked.spoken), tier=self.tier)
        held, limit = self._meters.reserve_answer(
            self._caller.project,
            Leg(target, usage=prompt),
            self._asked.limit,
            self._asked.answers,
            self._caller.key_id,
        )
        if limit is not None:
            self._limits[target.name] = limit
        return held

    @cached_property
    def _asked(self) -> Asked:
        # a target that costs nothing is not asked for it
        return asked_of(self._path, self._body)

    @property
    def tier(self) -> str:
        """The service tier that is asked for, where another price than the usual one goes with it."""
        return self._asked.tier

    @cached_property
    def prompt_tokens(self) -> int:
        """An estimate of the request's tokens, counted when it is first asked for: the client waits no longer then."""
        return tokens_of(text_size(self._body))

    def count_prompt(self, leg: Leg, *, streams: bool) -> None:
        """Bill the prompt, by an estimate. `streams`: the answer is passed on now, and counted when it has ended."""
        leg.estimated = True
        # a free target spends nothing until then, and its first token would wait for the count
        if not (streams and self._meters.free(leg.target)):
            leg.usage = Usage(prompt_tokens=self.prompt_tokens, tier=self.tier)

    @property
    def _prompt(self) -> int:
        if self._read is None:
            self._read = tokens_at_most(self._body)
        return self._read

    def limit(self, target: Target) -> int | None:
        """Tokens that the budget allows the target's answer, where the request names no limit."""
        return self._limits.get(target.name)

    def limited(self, target: Target, config: AnyConfig, body: dict[str, Any]) -> None:
        """Write the budget's limit into the body that the target gets."""
        limit = self._limits.get(target.name)
        if limit is None:
            return
        if self._path.endswith("responses"):
            name = "max_output_tokens"
        else:
            entry = PROVIDERS.get(kind_of(config, target.provider, target.account) or "")
            name = entry.answer_limit if entry and self._path.startswith("/chat") else "max_tokens"
        body[name] = limit

    def serves(self, leg: Leg) -> None:
        """Note that this target's answer is passed on, and how many of its tokens are set aside for."""
        if leg.held is not None and leg.held.counts:
            limit = self._asked.limit or self._limits.get(leg.target.name) or LONGEST_ANSWER
            self.paid = limit * max(1, self._asked.answers)

    def came(self, leg: Leg, tokens: int) -> None:
        """Count the tokens received, and set aside for an answer longer than its limit; raises BudgetError."""
        if tokens <= self.paid + SLACK:
            return
        least = Leg(leg.target, usage=Usage(self._prompt, tokens, tier=self.tier))
        most = Leg(leg.target, usage=Usage(self._prompt, tokens + TOP_UP, tier=self.tier))
        self._meters.reserve(Modality.LLM, self._caller.project, least, most, leg.held, self._caller.key_id)
        self.paid = tokens + int(self._meters.covers(Modality.LLM, leg.held, least, most) * TOP_UP)
