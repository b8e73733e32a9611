"""What one request did for a turn, and the turn that its requests and utterances make, before it is a record."""

from __future__ import annotations

from dataclasses import dataclass, field

from voicegw_desktop.core.growing import GrowingText
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.corridor.speech_end import Answered
from voicegw_desktop.storage.turns import TurnRecord

PAUSE_NS = 2_000_000_000
"""A person who speaks on after less than this, before anything was asked, is still in the same turn."""


@dataclass(slots=True, eq=False)
class Part:
    """One request's moments, monotonic ns; 0: not yet. Its run writes them as they come."""

    id: str
    modality: Modality
    entered_ns: int
    target: str = ""
    first_ns: int = 0
    """First content of a chat; first sound, silent or not, of speech."""
    clause_ns: int = 0
    """The answer so far has a clause that can be spoken."""
    asked_ns: int = 0
    """First text to speak."""
    audible_ns: int = 0
    """When the first sample that can be heard is played, if it is played as it comes."""
    until_ns: int = 0
    """When what was delivered so far has been played."""
    gap_ns: int = 0
    """Silence because sound came too late."""
    audio_s: float = 0.0
    text: GrowingText = field(default_factory=GrowingText)
    """What was given to be spoken."""
    tool_calls: int = 0
    ended_ns: int = 0
    status: str = ""
    """`ok`, `error` or `cancelled` once it has ended."""
    cost_nanos: int | None = None
    fallback: bool = False

    def delivered(self, seconds: float, now_ns: int) -> None:
        """Count sound that was given to the client."""
        if not self.first_ns:
            self.first_ns = self.until_ns = now_ns
        elif now_ns > self.until_ns:
            self.gap_ns += now_ns - self.until_ns
            self.until_ns = now_ns
        self.until_ns += round(seconds * 1e9)
        self.audio_s += seconds

    def asked_late(self, now_ns: int) -> None:
        """Sound that was made before it was asked for is played from now on."""
        if self.audible_ns and self.first_ns < now_ns:
            by = now_ns - self.first_ns
            self.first_ns, self.audible_ns, self.until_ns = now_ns, self.audible_ns + by, self.until_ns + by


@dataclass(slots=True)
class Played:
    """The sound of an answer, as a client plays it: one request after the other."""

    first_ns: int = 0
    """Time of its first audible sample, monotonic ns; 0: none yet."""
    until_ns: int = 0
    silent_ns: int = 0
    """Between its first and its last sample, because sound came too late."""


@dataclass(slots=True, eq=False)
class OpenTurn:
    """A turn that may still change."""

    id: str
    session: str
    project: str
    wire: str
    started_at: float
    """Unix seconds at `origin_ns`."""
    origin_ns: int
    answer: Answered | None = None
    """The person's last utterance; None: the agent spoke first."""
    utterances: int = 0
    heard: list[str] = field(default_factory=list)
    stt: str | None = None
    stream: str | None = None
    """Id of the transcription."""
    parts: list[Part] = field(default_factory=list)
    interrupted_ns: int = 0
    talk_over_ns: int = 0
    false_starts: int = 0
    errors: int = 0
    fallbacks: int = 0
    stt_nanos: int | None = 0
    kept: TurnRecord | None = None
    """The turn as it was last recorded."""

    @property
    def running(self) -> bool:
        """Whether one of its requests has not ended."""
        return any(not part.ended_ns for part in self.parts)

    def goes_on(self, began_ns: int) -> bool:
        """Whether speech that begins then is still the person's part of this turn: nothing was answered yet."""
        if self.answer is None:
            return False
        for part in self.parts:
            if part.audible_ns and part.audible_ns < began_ns:
                return False
            done = part.status == "ok" and part.ended_ns < began_ns and not part.tool_calls
            if part.modality is Modality.LLM and done:
                return False
        return bool(self.parts) or began_ns - self.answer.spoken_ns < PAUSE_NS

    def hear(self, answer: Answered, text: str, nanos: int | None) -> None:
        """The person's words, which count from their own end of speech on."""
        self.answer, self.origin_ns = answer, answer.spoken_ns
        self.utterances += 1
        self.heard.append(text)
        self.stt_nanos = None if nanos is None or self.stt_nanos is None else self.stt_nanos + nanos

    def leave(self, began_ns: int) -> list[Part]:
        """Give up the requests made since the next turn's speech began: they answer the next turn."""
        asked = [p for p in self.parts if p.modality is Modality.LLM and p.entered_ns >= began_ns]
        if not asked:
            return []
        first = min(p.entered_ns for p in asked)
        gone = [p for p in self.parts if p.entered_ns >= first]
        self.parts = [p for p in self.parts if p.entered_ns < first]
        return gone

    def played(self) -> Played:
        """When the answer's sound is heard."""
        found = Played()
        for part in (p for p in self.parts if p.audible_ns):
            if not found.first_ns:
                found.first_ns, found.until_ns = part.audible_ns, part.until_ns
                found.silent_ns = part.gap_ns
            else:
                waited = max(0, part.first_ns - found.until_ns)
                late = part.gap_ns if waited else max(0, part.until_ns - found.until_ns - round(part.audio_s * 1e9))
                found.silent_ns += waited + late
                found.until_ns = max(found.until_ns + round(part.audio_s * 1e9), part.until_ns)
            if part.status == "cancelled":
                found.until_ns = min(found.until_ns, part.ended_ns)
        return found

    def spoken_over(self, began_ns: int, ended_ns: int) -> None:
        """The person spoke from one moment to the other, with words."""
        played = self.played()
        if not played.first_ns <= began_ns < played.until_ns:
            return
        self.interrupted_ns = began_ns - played.first_ns
        self.talk_over_ns += max(0, min(ended_ns, played.until_ns) - began_ns)

    def record(self) -> TurnRecord:
        """The turn as it stands."""
        answer, played = self.answer, self.played()
        asked = [p for p in self.parts if p.modality is Modality.LLM]
        kept = [p for p in asked if p.status != "cancelled"] or asked
        spoken = [p for p in self.parts if p.modality is Modality.TTS]
        voiced = next((p for p in spoken if p.audible_ns), spoken[0] if spoken else None)
        # of several, as around a tool, the one whose words are spoken
        before = [p for p in kept if p.first_ns and (not played.first_ns or p.first_ns <= played.first_ns)]
        wrote = before[-1] if before else None
        costs = [p.cost_nanos for p in self.parts if p.ended_ns]
        costs += [self.stt_nanos] if self.stream else []
        first = self._ms(played.first_ns)
        return TurnRecord(
            id=self.id,
            session_id=self.session,
            project=self.project,
            started_at=self.started_at,
            wire=self.wire,
            recorded=answer is not None and answer.recorded,
            utterances=self.utterances,
            speech_s=round(answer.end_s - answer.begin_s, 3) if answer is not None else 0.0,
            endpoint_ms=self._ms(answer.decided_ns or 0) if answer is not None else None,
            final_ms=self._ms(answer.final_ns) if answer is not None else None,
            asked_ms=self._ms(kept[0].entered_ns) if kept else None,
            first_token_ms=self._ms(wrote.first_ns) if wrote else None,
            first_clause_ms=self._ms(wrote.clause_ns) if wrote else None,
            speak_ms=self._ms(voiced.asked_ns) if voiced else None,
            first_audio_ms=first,
            audio_s=round(sum(p.audio_s for p in spoken), 3),
            interrupted_ms=self.interrupted_ns / 1e6 if self.interrupted_ns else None,
            talk_over_ms=self.talk_over_ns / 1e6,
            dead_air_ms=None if first is None else max(0.0, first) + played.silent_ns / 1e6,
            false_starts=self.false_starts,
            tool_calls=sum(p.tool_calls for p in self.parts),
            errors=self.errors + sum(p.status == "error" for p in self.parts),
            fallbacks=self.fallbacks + sum(p.fallback for p in self.parts),
            cost_nanos=sum(c or 0 for c in costs),
            unpriced=sum(c is None for c in costs),
            stt=self.stt,
            llm=(wrote or kept[-1]).target if kept else None,
            tts=voiced.target if voiced else None,
            requests=[*([self.stream] if self.stream else []), *(p.id for p in self.parts)],
        )

    def _ms(self, at_ns: int) -> float | None:
        return (at_ns - self.origin_ns) / 1e6 if at_ns else None
