"""The seams between rooms: what a target is, who calls, and what a speech or chat backend must offer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import SttEvent, TtsEvent

Sent = Callable[[int], None]
"""Is told how many bytes are handed to the network."""
NO_EXTRA: Mapping[str, Any] = MappingProxyType({})


class Modality(StrEnum):
    """What a request asks for."""

    STT = "stt"
    LLM = "llm"
    TTS = "tts"


class Zone(StrEnum):
    """How far data travels to reach a target."""

    LOCAL = "local"
    """this machine"""
    LAN = "lan"
    """a private or link-local address"""
    CLOUD = "cloud"
    """anything else"""


@dataclass(frozen=True, slots=True)
class Target:
    """A provider's model, with the variant that speech models take (STT: language, TTS: voice)."""

    provider: str
    model: str
    variant: str | None = None
    zone: Zone = Zone.LOCAL
    account: str | None = None
    """The project whose own key and address serve it (`projects.<id>.providers`); None: everyone's."""

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}" + (f":{self.variant}" if self.variant else "")

    @property
    def name(self) -> str:
        """`provider/model` without the variant; what engines and prices go by."""
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request, as far as the wire told."""

    project: str
    wire: str
    """`openai`, `livekit`, `realtime`, `live`, `wyoming`, `deepgram`, `elevenlabs`, `anthropic`, `ollama`, `python`,
    `mcp`, `app`"""
    key_id: str | None = None
    """The credential by which the caller was admitted; None on the unix socket and in process."""
    session: str | None = None
    """One conversation: LiveKit's room or job id, or what the client sent as X-VoiceGW-Session."""
    agent: str | None = None
    """User-Agent, shortened."""
    peer: str | None = None
    """The client's address without its port; None on the unix socket and in process."""


WORDS_READ = 3
"""So many more words are heard before a local model reads them while the person speaks."""
CLIENT_TURNS = 10_000  # ms of silence; where the client marks the end of an utterance, its mark always comes first


MOST_SPEAKERS = 20
"""Speakers that are told apart in one stream, at most."""


@dataclass(frozen=True, slots=True)
class SttOptions:
    """How to transcribe one stream."""

    language: str | None = None
    """BCP-47 primary tag; None: detected once per session."""
    rate: int = 16_000
    """Samples per second of the int16 mono audio that will be pushed."""
    endpointing_ms: int | None = None
    """Silence that ends an utterance; None: the engine's default; 0: off, one Final for the whole recording."""
    endpointing: str | None = None
    """`adaptive` or `fixed`; None: fixed where `endpointing_ms` is given, else as the project or the engine has it."""
    interim: bool = True
    steady: bool = False
    """The caller uses interims of pauses and `committed` words only: a recogniser need not make further interims."""
    words: bool = True
    prompt: str | None = None
    temperature: float = 0.0
    translate: bool = False
    """Translate to English."""
    diarize: bool = False
    """Tell who said each word; in a live stream, who said each utterance (`Final.speaker`)."""
    most_speakers: int | None = None
    """How many of them there are at most, where that is known."""
    keyterms: tuple[str, ...] = ()
    length_s: float | None = None
    """Seconds of audio that will come, where that is known before; None: it is not."""
    keep_alive: str | None = None
    extra: Mapping[str, Any] = field(default_factory=lambda: NO_EXTRA)


@dataclass(frozen=True, slots=True)
class TtsOptions:
    """How to speak one utterance."""

    voice: str | None = None
    language: str | None = None
    speed: float = 1.0
    rate: int | None = None
    """Wanted samples per second; None: the voice's own."""
    characters: int | None = None
    """Length of the whole text, where it is known before; None: it comes in pieces."""
    ahead: bool = False
    """True: prepared before a client asks; no part of a turn and without a record before `serve`."""
    keep_alive: str | None = None
    extra: Mapping[str, Any] = field(default_factory=lambda: NO_EXTRA)


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """What a chat asks of the gateway; what it asks of the model is in its body."""

    keep_alive: str | None = None
    """How long the engine stays loaded afterwards, as `engines.keep_alive`; None: as configured."""
    headers: Mapping[str, str] = field(default_factory=lambda: NO_EXTRA)
    """The caller's request headers that the target is given."""
    ahead: bool = False
    """True: prepared before a client asks; no part of a turn and without a record before `serve`."""
    local: bool = False
    """True: with `ahead`, only a target on this machine may do it, whatever the project pays for."""
    session: tuple[str, str] | None = None
    """The caller's project and session; the corridor sets it."""

    def of(self, project: str, session: str | None) -> ChatOptions:
        """The options for a caller of this project's `session`."""
        return replace(self, session=(project, session)) if session else self


NO_OPTIONS = ChatOptions()
STREAMED = ChatOptions(headers=MappingProxyType({"accept": "text/event-stream"}))
"""For a body with `stream: true` that the gateway writes itself."""


@runtime_checkable
class SttStream(Protocol):
    """One stream of audio in, speech events out: iterate until EndOfStream. Iterator and push both raise errors."""

    interims: bool
    """True when the target sends words during speech, so that its silence means a fault. May become known late."""

    async def push(self, pcm: bytes) -> None:
        """Give int16 mono little-endian samples; waits when the engine is behind (back-pressure)."""
        ...

    async def commit(self) -> None:
        """End the current utterance now: a Final follows for what was said, if anything was."""
        ...

    async def end(self) -> None:
        """No more audio; Finals still owed follow, then EndOfStream."""
        ...

    async def cancel(self) -> None:
        """Stop the engine's work on this stream; idempotent, also after the end."""
        ...

    def __aiter__(self) -> AsyncIterator[SttEvent]: ...


@runtime_checkable
class TtsStream(Protocol):
    """One utterance: text in pieces, audio out. Iterate until UtteranceDone."""

    async def push(self, text: str) -> None:
        """Give more text; speech starts as soon as a clause is complete."""
        ...

    async def end(self) -> None:
        """No more text: speak what remains, then UtteranceDone."""
        ...

    async def cancel(self) -> None:
        """Stop speaking; idempotent, also after the end."""
        ...

    def __aiter__(self) -> AsyncIterator[TtsEvent]: ...


class ChatReply(Protocol):
    """An upstream's HTTP answer to a chat request, before its body is read."""

    status: int
    headers: Mapping[str, str]
    """Lower-case names."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it arrives, unaltered."""
        ...

    async def read(self) -> bytes:
        """The whole body."""
        ...

    async def close(self) -> None:
        """Close the connection; the upstream stops generating."""
        ...


class SttBackend(Protocol):
    """A provider that transcribes."""

    async def open_stt(self, target: Target, options: SttOptions) -> SttStream: ...


class TtsBackend(Protocol):
    """A provider that speaks."""

    async def open_tts(self, target: Target, options: TtsOptions) -> TtsStream: ...


class LlmBackend(Protocol):
    """A provider that answers OpenAI-shaped HTTP requests."""

    async def post(
        self,
        target: Target,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> ChatReply:
        """POST `body` (its `model` already the upstream's own name) to `path`, e.g. `/chat/completions`.

        `sent` is told of the bytes of the body as they are sent, also when no answer follows.

        Raises UpstreamError when no HTTP answer came; an error *status* is an answer and is returned.
        """
        ...


class RunPort(Protocol):
    """One admitted request, as the doors see it: who serves, what it costs, and how to stop it."""

    @property
    def id(self) -> str:
        """The request's id."""
        ...

    @property
    def served(self) -> Target:
        """The target that serves now; after a failover another one."""
        ...

    @property
    def overhead_ms(self) -> float:
        """Milliseconds that the gateway itself took before the first target was asked."""
        ...

    @property
    def cost_nanos(self) -> int | None:
        """Nano-dollars, once the run has ended; None: not known."""
        ...

    def gateway_headers(self) -> dict[str, str]:
        """`X-VoiceGW-*`: request, target, overhead, the target that failed before, and the cost once it is known."""
        ...

    def serve(self) -> None:
        """What was opened `ahead` is wanted from now on; RateLimitExceeded when it may not be had."""
        ...

    async def cancel(self) -> None:
        """Stop; idempotent, also after the end. What was used until then is recorded."""
        ...


@runtime_checkable
class SttRunPort(RunPort, Protocol):
    """A transcription stream that may move between targets: audio in, speech events out, until EndOfStream.

    Iterator, `push`, `commit` and `end` raise VoiceGatewayError when no target can go on.
    """

    async def push(self, pcm: bytes) -> None:
        """Int16 mono little-endian samples at the rate it was opened with; waits while the target is far behind."""
        ...

    async def commit(self) -> None:
        """End the current utterance now: its Final follows."""
        ...

    async def end(self) -> None:
        """No more audio; Finals still owed follow, then EndOfStream."""
        ...

    async def close(self) -> None:
        """The client left: a success when no words were owed to it, else as `cancel`; idempotent."""
        ...

    def __aiter__(self) -> AsyncIterator[SttEvent]: ...


@runtime_checkable
class TtsRunPort(RunPort, Protocol):
    """One utterance that may move between targets: text in, audio of one sample rate out, until UtteranceDone.

    Iterator, `push` and `end` raise VoiceGatewayError when no target can go on.
    """

    async def push(self, text: str) -> None:
        """Add text that is to be spoken."""
        ...

    async def end(self) -> None:
        """No more text: what remains is spoken, then UtteranceDone follows."""
        ...

    def __aiter__(self) -> AsyncIterator[TtsEvent]: ...


@runtime_checkable
class ChatRunPort(RunPort, Protocol):
    """A chat whose target has answered: iterate or `read()` the body, then `close()`."""

    @property
    def status(self) -> int:
        """HTTP status: the target's, or the gateway's own for a refusal."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers, names in lower case."""
        ...

    @property
    def begun(self) -> bool:
        """Whether the beginning of the body is here already."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises VoiceGatewayError when it breaks off."""
        ...

    async def read(self) -> bytes:
        """The whole body."""
        ...

    async def close(self) -> None:
        """Close the connection; idempotent."""
        ...


class CorridorPort(Protocol):
    """Opens runs. Each method raises VoiceGatewayError: no such target, not permitted, no budget, or no answer."""

    async def open_stt(self, caller: Caller, wanted: str | None, options: SttOptions) -> SttRunPort:
        """Open a transcription stream; `cancel()` it in a finally."""

    async def open_tts(self, caller: Caller, wanted: str | None, options: TtsOptions) -> TtsRunPort:
        """Open an utterance; `cancel()` it in a finally."""

    def refuse_tts(self, caller: Caller, wanted: str | None, options: TtsOptions, error: VoiceGatewayError) -> None:
        """Record an utterance that is refused, for this reason, before a target is asked."""

    async def chat(
        self,
        caller: Caller,
        wanted: str | None,
        body: Mapping[str, Any],
        *,
        path: str = "/chat/completions",
        options: ChatOptions = NO_OPTIONS,
    ) -> ChatRunPort:
        """Send an OpenAI-shaped request; returns when a target has answered. `close()` it in a finally."""

    def read_ahead(self, caller: Caller, wanted: str | None, body: Mapping[str, Any]) -> asyncio.Task[None] | None:
        """Let a local model read this chat ahead of the next one; None: nothing is to be read."""

    async def check_chat(self, caller: Caller, wanted: str | None, body: Mapping[str, Any]) -> None:
        """Raise BadRequest for what the target that would serve now is known not to take."""

    def check_model(self, caller: Caller, modality: Modality, wanted: str) -> None:
        """Raise VoiceGatewayError for a name that nothing serves: the error that a request for it would get."""
