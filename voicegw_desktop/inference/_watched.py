"""Turns of an attached agent, put together of what its framework tells: marks on the wall clock, and requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from voicegw_desktop.inference._told import Teller, Told, new_id


@dataclass
class Turn:
    """One exchange; moments are Unix seconds, None: not seen."""

    ended: float | None = None
    """When the person stopped speaking."""
    spoke_s: float = 0.0
    endpoint: float | None = None
    final: float | None = None
    asked: float | None = None
    first_token: float | None = None
    speak: float | None = None
    first_audio: float | None = None
    silent: float | None = None
    """When the agent's speech ended."""
    interrupted: float | None = None
    talk_over_s: float = 0.0
    utterances: int = 0
    false_starts: int = 0
    tool_calls: int = 0
    errors: int = 0
    targets: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    id: str = field(default_factory=new_id)
    revision: int = 0

    def first(self, name: str, at: float) -> None:
        """Keep a mark, unless there is an earlier one."""
        before = getattr(self, name)
        if before is None or at < before:
            setattr(self, name, at)

    @property
    def begun(self) -> float | None:
        """The moment that times count from: the end of speech, or without speech the first request."""
        return self.ended if self.ended is not None else self.asked if self.asked is not None else self.speak

    def told(self) -> Told:
        """What is sent of it."""
        begun = self.begun
        assert begun is not None, "a turn without a moment is not told"
        marks = {
            "endpoint_ms": self.endpoint,
            "final_ms": self.final,
            "asked_ms": self.asked,
            "first_token_ms": self.first_token,
            "speak_ms": self.speak,
            "first_audio_ms": self.first_audio,
        }
        told: Told = {name: _ms(at - begun) for name, at in marks.items() if at is not None}
        if self.first_audio is not None:
            told["dead_air_ms"] = _ms(self.first_audio - begun)
            if self.interrupted is not None:
                told["interrupted_ms"] = _ms(self.interrupted - self.first_audio)
            if self.silent is not None:
                told["audio_s"] = round(max(0.0, self.silent - self.first_audio), 3)
        return {
            "id": self.id,
            "started_at": begun,
            "revision": self.revision,
            "utterances": self.utterances,
            "speech_s": round(max(0.0, self.spoke_s), 3),
            "talk_over_ms": _ms(self.talk_over_s),
            "false_starts": self.false_starts,
            "tool_calls": self.tool_calls,
            "errors": self.errors,
            "requests": self.requests[-100:],
            **self.targets,
            **told,
        }


class Watched:
    """The conversation so far; the framework's side calls it, in the order in which things happen."""

    def __init__(self, teller: Teller, now: Callable[[], float] = time.time) -> None:
        self.teller, self.now = teller, now
        self.turn = Turn()
        self.spoken_s = 0.0
        """Seconds that the person has spoken since the start."""
        self._speaking = False
        self._person_since: float | None = None
        self._over_since: float | None = None

    def request(self, told: Told, turn: Turn | None = None) -> None:
        """Tell a request, and put it into its turn (None: the present one)."""
        turn = turn or self.turn
        id = new_id()
        modality = str(told["modality"])
        turn.requests.append(id)
        turn.targets[modality] = f"{told['provider']}/{told['model']}"
        turn.errors += told.get("status") == "error"
        self.teller.tell("requests", {"id": id, **told})

    def person_speaks(self, at: float) -> None:
        """The person began to speak."""
        self._person_since = at
        if self._speaking:
            self._over_since = at
            if self.turn.interrupted is None:
                self.turn.interrupted = at

    def person_silent(self, at: float) -> None:
        """The person stopped, as far as is known now."""
        if self._over_since is not None:
            self.turn.talk_over_s += max(0.0, at - self._over_since)
            self._over_since = None
        if self._person_since is not None:
            self.spoken_s += max(0.0, at - self._person_since)
        if self._person_since is not None and not self._speaking:
            self._answered()
            self.turn.spoke_s = at - self._person_since
            self.turn.ended = at
        self._person_since = None

    def utterance(self, ended: float) -> Turn:
        """The person's utterance is over, and ended at that moment: the turn that answers it."""
        if self.turn.first_audio is not None or (self.turn.utterances and self.turn.requests):
            self.close()
        self.turn.utterances += 1
        self.turn.ended = ended
        return self.turn

    def agent_speaks(self, at: float) -> None:
        """The agent's sound began."""
        self._speaking = True
        self.turn.first("first_audio", at)

    def agent_silent(self, at: float) -> None:
        """The agent's sound ended: the turn is told."""
        if not self._speaking:
            return
        self._speaking = False
        if self._over_since is not None:
            self.turn.talk_over_s += max(0.0, at - self._over_since)
            self._over_since = None
        self.turn.silent = at
        self.tell()

    def false_start(self) -> None:
        """What was taken for speech had no words."""
        self.turn.false_starts += 1
        self.turn.interrupted = None

    def tell(self, turn: Turn | None = None) -> None:
        """Tell a turn as far as it is known, again where it was told before."""
        turn = turn or self.turn
        if turn.begun is not None and (turn.requests or turn.first_audio is not None):
            turn.revision += 1
            self.teller.tell("turns", turn.told())

    def close(self) -> None:
        """Tell the present turn, and begin another."""
        if self.turn.silent is None:
            self.tell()
        self.turn = Turn()

    def _answered(self) -> None:
        """Begin another turn where this one has its answer."""
        if self.turn.silent is not None:
            self.turn = Turn()


def _ms(seconds: float) -> float:
    return round(max(0.0, seconds) * 1000, 3)
