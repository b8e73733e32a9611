"""What every run works with: the gateway's parts that it needs, handed over by the corridor that opened it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.troubles import TroubleBoard
from voicegw_desktop.corridor.metering import Meters
from voicegw_desktop.corridor.prompts import Prompts
from voicegw_desktop.corridor.speech_activity import SpeechActivity
from voicegw_desktop.corridor.turns import Turns
from voicegw_desktop.routing.backends import Backends
from voicegw_desktop.routing.egress import EgressLog
from voicegw_desktop.routing.router import Router


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the corridor waits for a target, in seconds."""

    stall_s: float = 15.0
    """Without a sign of life while an answer is owed."""
    whole_recording_stall_s: float = 180.0
    """Seconds of silence that count as a stall of a recording transcribed in one piece; see `stall_s`."""
    local_chat_stall_s: float = 600.0
    """Before the first word of a local server without a supervisor, such as Ollama: it may load its model first."""
    chat_stall_s: float = 300.0
    """Silence within an answer; a slow machine may take minutes to read a long prompt."""
    idle_replay_s: float = 60.0
    """Audio kept for replay while there is no speech."""
    longest_replay_s: float = 900.0
    """Audio kept of one unfinished utterance; beyond it the stream cannot move to another target."""
    route_overlap_s: float = 5.0
    """Audio handed to the new target when the route changes between utterances."""
    backlog_s: float = 10.0
    """Audio that may wait for a slow target before `push` waits too."""


@dataclass(slots=True)
class RunContext:
    """The parts of the gateway that runs use. `patience` and `speech_activity` may be replaced between runs."""

    router: Router
    backends: Backends
    meters: Meters
    bus: EventBus
    clock: Clock
    patience: Patience
    egress: EgressLog
    """What left this machine."""
    troubles: TroubleBoard
    turns: Turns
    """Conversations, and what each request did for them."""
    prompts: Prompts
    """What local models read while a person speaks."""
    speech_activity: Callable[[int], SpeechActivity]
    """`speech_activity(rate)` measures whether speech is plainly there, in a stream that leaves the machine."""
    ids: Callable[[], str]
    """Makes a request's id."""
    spawn: Callable[[Coroutine[Any, Any, object]], object]
    """Run a coroutine in the background; closing the corridor waits for it."""
    forget: Callable[[Any], None]
    """Called once with each run that has ended."""
