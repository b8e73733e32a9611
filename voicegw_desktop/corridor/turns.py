"""Puts the requests of a conversation together into turns, and finds the conversation of requests that name none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.ports import Caller, Modality
from voicegw_desktop.corridor.speech_end import Answered
from voicegw_desktop.corridor.turn_parts import OpenTurn, Part
from voicegw_desktop.storage.turns import TurnRecord

GAP_NS = 120_000_000_000
"""Requests of one key and address belong to one conversation while its pauses are shorter."""
REST_NS = 30_000_000_000
"""An agent that speaks after so long without a request begins a turn of its own."""
MOST_TALKS = 2000
"""Conversations remembered; the one that rested longest goes first."""


@dataclass(slots=True, eq=False)
class Talk:
    """One conversation."""

    session: str
    last_ns: int
    group: tuple[str, str, str] | None = None
    """(project, key, address) of one that was found by them."""
    streams: set[str] = field(default_factory=set)
    """Ids of the transcriptions that are open."""
    turn: OpenTurn | None = None
    began_ns: int = 0
    """When the speech that has no words yet began."""
    false_starts: int = 0
    """Since the last turn's words."""

    @property
    def unanswered(self) -> bool:
        """Whether its last words have brought no request yet."""
        return self.turn is not None and self.turn.answer is not None and not self.turn.parts


class Turns:
    """The corridor's runs tell what they do; a turn is given to `keep` whenever all its requests have ended."""

    def __init__(self, clock: Clock, ids: Callable[[], str]) -> None:
        self._clock, self._ids = clock, ids
        self.keep: Callable[[TurnRecord], None] | None = None
        """Takes each turn, and the same turn again when more of it has happened; None: turns are not put together."""
        self.seal: Callable[[str], str | None] | None = None
        """Seals what was said; None: it is not kept."""
        self._talks: dict[tuple[str, str], Talk] = {}
        """By project and session."""
        self._of: dict[str, OpenTurn] = {}
        """The turn of each request under way."""

    # -- conversations ------------------------------------------------------------------------------------------------

    def join(self, caller: Caller, modality: Modality) -> Caller:
        """The caller with its session. Without one of its own: by its project, key and address.

        A transcription goes on with the conversation of these whose own transcription has ended, or begins one. A chat
        or speech joins the one whose last words are unanswered, else the latest; alone it makes no conversation.
        """
        if caller.session is not None or self.keep is None:
            return caller
        now = self._clock.monotonic_ns()
        group = (caller.project, caller.key_id or "", caller.peer or "")
        known = [t for t in self._talks.values() if t.group == group and (t.streams or now - t.last_ns < GAP_NS)]
        if modality is Modality.STT:
            known = [t for t in known if not t.streams]
        talk = max(known, key=lambda t: (t.unanswered and modality is not Modality.STT, t.last_ns), default=None)
        if talk is None:
            if modality is not Modality.STT:
                return caller
            talk = self._add(caller.project, f"auto-{self._ids()}", group)
        talk.last_ns = now
        return replace(caller, session=talk.session)

    def _add(self, project: str, session: str, group: tuple[str, str, str] | None = None) -> Talk:
        if len(self._talks) >= MOST_TALKS:
            resting = [key for key, t in self._talks.items() if not t.streams] or list(self._talks)
            del self._talks[min(resting, key=lambda key: self._talks[key].last_ns)]
        talk = self._talks[project, session] = Talk(session, self._clock.monotonic_ns(), group)
        return talk

    def _talk(self, caller: Caller) -> Talk | None:
        if caller.session is None or self.keep is None:
            return None
        talk = self._talks.get((caller.project, caller.session)) or self._add(caller.project, caller.session)
        talk.last_ns = self._clock.monotonic_ns()
        return talk

    # -- what runs tell -----------------------------------------------------------------------------------------------

    def begin(self, caller: Caller, part: Part) -> None:
        """A request came."""
        talk = self._talk(caller)
        if talk is None:
            return
        if part.modality is Modality.STT:
            talk.streams.add(part.id)
            return
        turn = talk.turn
        if turn is None or (not turn.running and part.entered_ns - self._last(turn) > REST_NS):
            turn = self._turn(talk, caller, part.entered_ns)
        turn.parts.append(part)
        self._of[part.id] = turn

    def voice(self, caller: Caller, began_ns: int) -> None:
        """A person begins to speak."""
        if (talk := self._talk(caller)) is not None:
            talk.began_ns = began_ns

    def words(self, caller: Caller, part: Part, answer: Answered, text: str, nanos: int | None) -> None:
        """An utterance has its transcript; `nanos`: what it cost. A blank one was no speech."""
        talk = self._talk(caller)
        if talk is None:
            return
        began_ns, talk.began_ns = talk.began_ns, 0
        if not text.strip():
            talk.false_starts += 1
            return
        if not began_ns or began_ns > answer.spoken_ns:
            began_ns = answer.spoken_ns - round((answer.end_s - answer.begin_s) * 1e9)
        turn = talk.turn
        if turn is None or not turn.goes_on(began_ns):
            before, turn = turn, self._turn(talk, caller, answer.spoken_ns)
            if before is not None:
                before.spoken_over(began_ns, answer.spoken_ns)
                for moved in before.leave(began_ns):
                    turn.parts.append(moved)
                    if not moved.ended_ns:
                        self._of[moved.id] = turn
                self._save(before)
        turn.started_at += (answer.spoken_ns - turn.origin_ns) / 1e9
        turn.hear(answer, text, nanos)
        turn.stt, turn.stream = part.target, part.id
        turn.false_starts, talk.false_starts = turn.false_starts + talk.false_starts, 0
        self._save(turn)

    def ended(self, caller: Caller, part: Part) -> None:
        """A request has ended, and its part says how."""
        turn = self._of.pop(part.id, None)
        talk = self._talk(caller)
        if talk is None:
            return
        if part.modality is Modality.STT:
            talk.streams.discard(part.id)
            turn = talk.turn
            if turn is not None and turn.stream == part.id:
                turn.errors += part.status == "error"
                turn.fallbacks += part.fallback
        if turn is not None:
            self._save(turn)

    def _turn(self, talk: Talk, caller: Caller, origin_ns: int) -> OpenTurn:
        now_ns, now = self._clock.monotonic_ns(), self._clock.time()
        at = now - (now_ns - origin_ns) / 1e9
        talk.turn = OpenTurn(self._ids(), talk.session, caller.project, caller.wire, at, origin_ns)
        return talk.turn

    def _last(self, turn: OpenTurn) -> int:
        said = turn.answer.final_ns if turn.answer is not None else 0
        return max([said, turn.played().until_ns, *(p.ended_ns for p in turn.parts)])

    def _save(self, turn: OpenTurn) -> None:
        if self.keep is None or turn.running:
            return
        record = turn.record()
        before = turn.kept
        if before is not None:
            record.revision = before.revision
            if record == replace(before, sealed=None):
                return
            record.revision += 1
        turn.kept = record
        spoken = " ".join(said for p in turn.parts if (said := p.text.whole().strip()))
        if self.seal is not None and (turn.heard or spoken):
            text = json.dumps({"person": " ".join(turn.heard), "agent": spoken}, ensure_ascii=False)
            record.sealed = self.seal(text)
        self.keep(record)
