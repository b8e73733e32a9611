"""What all streams of a worker share, and how one of them wants to be served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from voicegw_desktop.core.ports import MOST_SPEAKERS
from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.ending import Judge
from voicegw_desktop.workers.whisper.endpoint import SPEECH
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Listening, Recogniser
from voicegw_desktop.workers.whisper.queue import DecodeQueue
from voicegw_desktop.workers.whisper.speakers import Embedder, LiveSpeakers, Speakers

LANGUAGE_SURE = 0.5
LANGUAGE_TRIES = 3
ENDPOINT_MS = 400  # of silence, when a request does not say


@dataclass
class Engine:
    """What all streams of a worker share."""

    recogniser: Recogniser
    queue: DecodeQueue
    vad: Any
    turn: Judge | None = None
    voices: Embedder | None = None
    """Tells voices apart, where its model is installed."""
    listen: Callable[[DecodeOptions], Listening] | None = None
    """Begins to hear an utterance piece by piece, each piece once; None: the recogniser cannot, and each decode hears
    what is not settled yet, or all."""

    def live_speakers(self, options: StreamOptions) -> LiveSpeakers | None:
        """The estimator of speakers for a live stream, where the request asks for speakers."""
        return LiveSpeakers(self.voices, options.most_speakers) if options.diarize and self.voices else None

    def speakers(self, options: StreamOptions) -> Speakers | None:
        """The estimator of speakers for a recording, where the request asks for speakers."""
        return Speakers(self.voices, options.most_speakers) if options.diarize and self.voices else None


@dataclass(frozen=True)
class StreamOptions:
    """How one stream wants to be served."""

    decode: DecodeOptions = field(default_factory=DecodeOptions)
    rate: int = RATE
    endpointing_ms: int = ENDPOINT_MS
    interim: bool = True
    steady: bool = False
    """The client uses interims of pauses and committed words only: no further interims are made."""
    words: bool = True
    total_s: float | None = None
    vad_threshold: float = SPEECH
    """Likelihood from which the detector's opinion counts as voice."""
    adaptive: bool = False
    """Let sound and words move the endpoint; without the Smart Turn model it stays where it is."""
    diarize: bool = False
    most_speakers: int = MOST_SPEAKERS
