"""What happens inside, as plain data, and the bus that carries it to panels, metrics, log and recorder."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from voicegw_desktop.core.late import Behind

log = logging.getLogger(__name__)

# -- speech to text ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """One word with its place in the stream."""

    text: str
    start_s: float
    end_s: float
    confidence: float = 1.0
    speaker: int | None = None
    """Number of the speaker, from 0 in the order in which they were first heard; None: not asked for."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One subtitle-sized part of a transcript."""

    text: str
    start_s: float
    end_s: float
    avg_logprob: float | None = None
    """Mean log probability of a token; None where the engine does not tell, here and below."""
    no_speech: float | None = None
    """Probability that nothing was said."""
    temperature: float | None = None
    """At which the words were drawn."""
    speaker: int | None = None


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Voice began."""

    at_s: float
    """Seconds since the stream's first sample."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The endpoint was decided; the Final follows."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Interim:
    """Words so far. `committed` is the prefix that no later event of this utterance rewrites."""

    text: str
    committed: str = ""
    language: str | None = None
    start_s: float = 0.0
    pause: bool = False
    """The person has paused, and these are all words until then: the Final's, unless speech goes on."""


@dataclass(frozen=True, slots=True)
class Final:
    """The finished words of one utterance (of the whole recording when endpointing is off)."""

    text: str
    language: str | None = None
    start_s: float = 0.0
    end_s: float = 0.0
    words: tuple[Word, ...] = ()
    segments: tuple[Segment, ...] = ()
    confidence: float = 1.0
    speaker: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long recording has been transcribed."""

    done_s: float
    total_s: float | None


@dataclass(frozen=True, slots=True)
class EndOfStream:
    """The engine has said all it will."""

    audio_s: float = 0.0
    """Seconds of audio received."""


SttEvent = SpeechStarted | SpeechEnded | Interim | Final | Progress | Behind | EndOfStream

# -- text to speech ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Audio:
    """A piece of speech: int16 mono little-endian."""

    pcm: bytes
    rate: int
    """Samples per second."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """When the words just synthesised are heard, relative to the utterance's start."""

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class UtteranceDone:
    """All audio of the utterance has been sent."""

    characters: int = 0
    audio_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SpeechNote:
    """What an engine left out of the text, as a sentence for `X-VoiceGW-Note`."""

    text: str


TtsEvent = Audio | Alignment | SpeechNote | UtteranceDone

# -- chat --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the upstream counted them; those of reasoning are part of `completion_tokens`."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    audio_prompt_tokens: int = 0
    """The part of `prompt_tokens` that is audio, as far as the upstream tells; `audio_…` counts a part of each sum."""
    audio_completion_tokens: int = 0
    audio_cached_tokens: int = 0
    tier: str = field(default="", kw_only=True)  # service tier (flex, priority); empty: the usual one


# -- life -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EngineState:
    """An engine changed state (stopped, starting, loading, ready, busy, idle, unloading, failed)."""

    name: str
    """`whisper/base`"""
    state: str
    reason: str = ""
    pid: int | None = None
    rss_bytes: int = 0
    threads: int = 0
    since: float = 0.0
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class RequestStarted:
    """A request was admitted."""

    id: str
    modality: str
    target: str
    project: str
    wire: str
    session: str | None = None


@dataclass(frozen=True, slots=True)
class RequestFirstByte:
    """The first token, the first audio, or the transcript of an utterance; a transcription stream has one for each."""

    id: str
    modality: str
    target: str
    ttfb_ms: float
    """Milliseconds to the first byte; of a transcript, since the end of speech."""
    recorded: bool = False
    """The audio came faster than it can have been spoken."""


@dataclass(frozen=True, slots=True)
class RequestFinished:
    """A request ended, well or not; `record` is a storage.records.RequestRecord."""

    record: Any


@dataclass(frozen=True, slots=True)
class TurnChanged:
    """A turn of a conversation is stored, or stored again because more of it has happened."""

    project: str
    session: str
    turn: Any
    """A storage.turns.TurnRecord."""


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget moved between ok, warning and exceeded."""

    project: str
    """The project's id; empty for the budget of a key or of the machine."""
    state: str
    spent_nanos: int
    budget_nanos: int
    key: str = ""
    """The key's id, for the budget of a key."""
    period: str = "day"
    """`day`, `week` or `month`"""


@dataclass(frozen=True, slots=True)
class BudgetReached:
    """50, 80 or 100 per cent of a budget are spent, for the first time in its period."""

    project: str
    key: str
    scope: str
    """The payer, as `storage.spent` writes it."""
    period: str
    start: int
    """The period's first day, yyyymmdd."""
    percent: int
    spent_nanos: int
    budget_nanos: int
    forecast_nanos: int | None
    """What the period ends at when money is spent on as it was since its beginning; None: too early to say."""
    action: str
    message: str
    """A sentence for a person."""


@dataclass(frozen=True, slots=True)
class RouteChanged:
    """What serves a modality changed."""

    modality: str
    target: str | None
    """None: as requested."""
    reason: str
    project: str | None = None


@dataclass(frozen=True, slots=True)
class EgressRecorded:
    """Data left this machine: one entry for each target a request was sent to, or each redirect that was refused."""

    at: float
    """Unix seconds."""
    request: str
    target: str
    host: str
    """Where it went, as far as the configuration tells."""
    zone: str
    project: str
    modality: str
    sent_bytes: int = 0
    """Text or audio bytes handed to the target."""
    sent_s: float = 0.0
    """Seconds of audio among them."""
    id: str = ""
    """One id for all events about an entry: a long stream is reported several times."""
    finished: bool = True
    """False: more is leaving, or the program was killed before it could count the rest."""
    refused: bool = False
    """True: a server's answer named this host for a redirect, and nothing was sent to it."""


@dataclass(frozen=True, slots=True)
class ModelProgress:
    """A download moved. `model` is a model's id, or `pack/` and a pack's name."""

    model: str
    done_bytes: int
    total_bytes: int
    state: str
    """`pulling`, `verifying`, `installed`, `failed`, `paused`"""
    message: str = ""


@dataclass(frozen=True, slots=True)
class LoopLag:
    """How late the event loop ran, over the last second."""

    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """A gateway key was revoked; whatever it opened is closed."""

    key_id: str


@dataclass(frozen=True, slots=True)
class StopRequested:
    """A person stops requests that run: each client is told in the way of its wire, and WebSockets are closed."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VaultChanged:
    """Stored secrets can be had again, or no longer."""

    kind: str | None
    """`keychain` or `sealed file`; None: a new profile, whose keychain could not be asked yet."""
    state: str
    """`open`, `locked`, `waiting` or `absent`"""
    message: str
    stray: tuple[str, ...] = ()
    """Names of secrets that lie in the keychain although the sealed file is in use."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """What is wrong now has changed: targets that fail, budgets that are spent."""

    sentences: tuple[str, ...]
    """Every current trouble as a sentence; empty: none."""


@dataclass(frozen=True, slots=True)
class MicrophoneChanged:
    """The gateway opened this machine's microphone for an agent, or closed it."""

    open: bool
    by: str
    """The operation: `listen` or `converse`; empty when it is closed."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should see: a fallback, a refused key, a missing model."""

    level: str
    """`info`, `warning`, `error`"""
    message: str
    code: str = ""


E = TypeVar("E")


@dataclass
class EventBus:
    """Synchronous publish and subscribe in one thread. A listener that raises is logged and kept."""

    _listeners: list[tuple[tuple[type, ...], Callable[[Any], None]]] = field(default_factory=list)
    _by_type: dict[type, tuple[Callable[[Any], None], ...]] = field(default_factory=dict)
    """The listeners of each event type, until listeners come or go."""

    def subscribe(self, callback: Callable[[Any], None], *types: type) -> Callable[[], None]:
        """Call `callback` for each event of `types` (all when none given); returns the unsubscriber."""
        entry = (types, callback)
        self._listeners.append(entry)
        self._by_type.clear()

        def unsubscribe() -> None:
            if entry in self._listeners:
                self._listeners.remove(entry)
                self._by_type.clear()

        return unsubscribe

    def publish(self, event: object) -> None:
        """Deliver `event` to every listener before returning; listeners must not block."""
        kind = type(event)
        callbacks = self._by_type.get(kind)
        if callbacks is None:
            callbacks = tuple(back for types, back in self._listeners if not types or issubclass(kind, types))
            self._by_type[kind] = callbacks
        for callback in callbacks:
            try:
                callback(event)
            except Exception:
                log.exception("A listener failed on %s", kind.__name__)
