"""What a person should look at now: targets that fail and budgets that are spent, until that is over."""

from __future__ import annotations

from collections import deque

from voicegw_desktop.core.events import EventBus, Notice, Troubles

LAST = 10  # requests of a target that are looked at
FAILED = 3  # of those; then the target is shown as a trouble
WELL = 3  # successful requests in a row that end a target's trouble
MOST = 256  # targets; their names come from clients

FAILING = "target_failing"
"""Code of the Notice about a target that fails."""


class TroubleBoard:
    """One sentence for each trouble. `Troubles` is published whenever the list changes."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._sentences: dict[str, str] = {}
        self._outcomes: dict[str, deque[bool]] = {}

    def sentences(self) -> list[str]:
        """All that is wrong now, the oldest first."""
        return list(self._sentences.values())

    def put(self, about: str, sentence: str | None) -> None:
        """Say what is wrong with something, or None: nothing any more."""
        if self._sentences.get(about) == sentence:
            return
        if sentence is None:
            del self._sentences[about]
        else:
            self._sentences[about] = sentence
        self._bus.publish(Troubles(tuple(self._sentences.values())))

    def worked(self, target: str) -> None:
        """The target served a request."""
        outcomes = self._outcomes.get(target)
        if outcomes is None:
            return
        outcomes.append(True)
        if sum(outcomes) == len(outcomes) or list(outcomes)[-WELL:] == [True] * WELL:
            # what has never failed, or not of late, is not kept
            del self._outcomes[target]
            self.put(f"target {target}", None)

    def failed(self, target: str, why: str) -> None:
        """The target failed a request; a Notice is published when it fails often."""
        if target not in self._outcomes and len(self._outcomes) >= MOST:
            gone = next(iter(self._outcomes))
            del self._outcomes[gone]
            self.put(f"target {gone}", None)
        outcomes = self._outcomes.setdefault(target, deque(maxlen=LAST))
        outcomes.append(False)
        failures = outcomes.count(False)
        if failures < FAILED:
            return
        at = f"target {target}"
        known = at in self._sentences
        sentence = f"{failures} of the last {len(outcomes)} failed: {why}"
        self.put(at, sentence)
        if not known:
            self._bus.publish(Notice("warning", sentence, FAILING))
