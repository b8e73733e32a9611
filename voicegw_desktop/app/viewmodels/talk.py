"""What the page Talk shows: what serves, how the conversation stands, its turns, one utterance through several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.state import MODALITIES, MODALITY_NAMES
from voicegw_desktop.app.viewmodels.words import millis, money
from voicegw_desktop.sound.conversation import ASSISTANT, Choice, Turn

ROUTES, OWN = "routes", "own"
"""Values of `Pick.stack` beside the stacks' names: what is routed now, and three targets chosen here."""
STAGE_NAMES = {"pause": "pause", "words": "words", "token": "first token", "audio": "first sound"}
FIRSTS = {"stt": "words", "llm": "token", "tts": "audio"}
"""The stage that a modality's first byte ends."""
STAGE_COLORS = {"pause": "field", "words": "stt", "token": "llm", "audio": "tts"}
"""Roles of the theme's colours; the pause is no engine's work."""
STATES = {
    "idle": "Hold the button or Space and speak; let go to be answered.",
    "compare": "Hold the button or Space and say what each choice is to answer.",
    "free": "Hands-free: speak whenever you like, also over an answer.",
    "opening": "Opening the microphone …",
    "listening": "Listening …",
    "thinking": "Thinking …",
    "speaking": "Speaking …",
}
EMPTY = "Ask something: by voice, by typing, or with the recorded question. Local models answer without a network."


@dataclass(frozen=True)
class Pick:
    """The targets that a person chose for a conversation."""

    stack: str = ROUTES
    targets: tuple[str | None, str | None, str | None] = (None, None, None)
    """Targets for stt, llm and tts, where `stack` is OWN; None: as routed."""

    def resolved(self, stacks: Mapping[str, Mapping[str, Any]]) -> dict[str, str | None]:
        """Target by modality; None: as routed."""
        if self.stack == OWN:
            return dict(zip(MODALITIES, self.targets, strict=True))
        chosen = stacks.get(self.stack, {})
        return {m: chosen.get(m) for m in MODALITIES}


def choice_of(pick: Pick, stacks: Mapping[str, Mapping[str, Any]], prompt: str, voice: str, *, free: bool) -> Choice:
    """What to ask the gateway for. `voice` overrides a stack's own voice (`provider/model:voice`)."""
    named = pick.resolved(stacks)
    tts = named["tts"]
    if tts is not None and voice:
        tts = tts.partition(":")[0]
    return Choice(named["stt"], named["llm"], tts, voice or None, prompt.strip() or ASSISTANT, hands_free=free)


def served_words(served: Mapping[str, str], wanted: Mapping[str, str | None]) -> str:
    """Where something other than what was wanted served: a sentence that says so, else empty."""
    other = [
        tr("{lower} by {v}", lower=tr(MODALITY_NAMES[m]).lower(), v=served[m])
        for m in MODALITIES
        if m in served and wanted.get(m) and str(wanted[m]).partition(":")[0] != served[m]
    ]
    return (
        tr(
            "Routed elsewhere: {join}. Set these routes to As requested on Overview to compare freely.",
            join=", ".join(other),
        )
        if other
        else ""
    )


@dataclass
class Told:
    """One turn as shown."""

    turn: Turn
    nanos: int | None = 0
    """What it cost; None: a part has no known price."""
    priced: bool = False
    """True once the cost was read from the records."""
    served: dict[str, str] = field(default_factory=dict)
    """Target by modality, once it was read."""
    stored: int = 0
    """How many stored requests are its own, once they were read."""

    @property
    def requests(self) -> int:
        """How many requests it has in the records; until they were read, how many it has at least."""
        return self.stored or (1 if self.turn.error else 2 if self.turn.typed else 3)

    @property
    def caption(self) -> str:
        """The stages in words, with their sum and the cost."""
        stages = self.turn.stages
        if not stages:
            return ""
        each = " · ".join(f"{tr(STAGE_NAMES[name])} {millis(ms)}" for name, ms in stages)
        whole = f" = {millis(sum(ms for _, ms in stages))}" if len(stages) > 1 else ""
        cost = f" · {money(self.nanos) if self.nanos != 0 else tr('free')}" if self.priced else ""
        return f"{each}{whole}{cost}"

    @property
    def notes(self) -> str:
        """What differed from what was chosen."""
        return self.turn.error or (tr("You interrupted this answer.") if self.turn.interrupted else "")


def account(requests: Iterable[Mapping[str, Any]]) -> tuple[int | None, dict[str, str]]:
    """Cost and target by modality of a session's stored requests, newest last."""
    nanos: int | None = 0
    served: dict[str, str] = {}
    for request in sorted(requests, key=lambda r: float(r.get("timestamp") or 0)):
        cost = request.get("cost_nanos")
        nanos = None if cost is None or nanos is None else nanos + int(cost)
        if request.get("status") != "error":
            served[str(request["modality"])] = str(request["model_id"])
    return nanos, served


@dataclass
class Column:
    """One of the picks that an utterance is compared through."""

    pick: Pick
    told: Told | None = None
    state: str = ""
    """`waiting`, `running`, `done` or empty"""


class TalkModel:
    """The page's state; each change is followed by `touch`."""

    def __init__(self) -> None:
        self.state = "idle"
        self.free = False
        self.problem = ""
        """Why something does not work now, with the next step."""
        self.no_microphone = ""
        """Why there is no microphone: the recorded question and the keyboard remain."""
        self.level = 0.0
        self.turns: list[Told] = []
        self.columns = [Column(Pick()), Column(Pick())]
        self.utterance: bytes = b""
        """The last one, for comparing."""
        self.side_by_side = False
        """True while an utterance is to be compared, not answered."""
        self.comparing = False
        self.version = 0
        """Counts up with each change."""

    def touch(self) -> None:
        """Mark the state as changed; the page draws it soon."""
        self.version += 1

    def status(self, life: str) -> str:
        """One sentence: what happens, or what to do."""
        if life != "running":
            return tr("The gateway does not serve, so nothing can answer. Start serving first.")
        if self.problem:
            return self.problem
        if self.state == "idle":
            return self.no_microphone or tr(STATES["compare" if self.side_by_side else "free" if self.free else "idle"])
        return tr(STATES[self.state])

    def take(self, turns: Iterable[Turn]) -> None:
        """Show these turns; what is known of their cost stays."""
        known = {id(told.turn): told for told in self.turns}
        for turn in turns:
            if id(turn) not in known:
                self.turns.append(Told(turn))
        self.touch()

    def longest_ms(self) -> float:
        """The longest wait among the turns shown: the scale of their bars."""
        waits = [sum(ms for _, ms in told.turn.stages) for told in (*self.turns, *self._compared())]
        return max(waits, default=0.0)

    def _compared(self) -> list[Told]:
        return [c.told for c in self.columns if c.told is not None]

    @property
    def fastest(self) -> int | None:
        """The column whose first sound came first, once two have one."""
        whole = {
            i: sum(ms for _, ms in c.told.turn.stages)
            for i, c in enumerate(self.columns)
            if c.told is not None and c.told.turn.audio_at is not None
        }
        return min(whole, key=lambda i: whole[i]) if len(whole) > 1 else None

    def winner(self, number: int, stacks: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        """The routes that keep a column: what it named, and what served where it named nothing."""
        column = self.columns[number]
        served = column.told.served if column.told is not None else {}
        named = column.pick.resolved(stacks)
        return {m: str(named[m] or served[m]) for m in MODALITIES if named[m] or m in served}
