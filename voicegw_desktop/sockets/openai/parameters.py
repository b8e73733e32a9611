"""The parameters of OpenAI's speech clients, as its Python SDK 3.54 has them, and what becomes of each."""

from __future__ import annotations

from voicegw_desktop.core.parameters import parameters

_SPEAKERS = "Speakers are told apart, and called A, B, C: their names are not known."

SPEAK = parameters(read="input instructions model response_format speed stream_format voice")
"""`/v1/audio/speech`; of `instructions` the answer's note says that no voice here follows them."""
TRANSCRIBE = parameters(
    read="file keywords language languages model prompt response_format stream temperature timestamp_granularities",
    refused={"known_speaker_names": _SPEAKERS, "known_speaker_references": _SPEAKERS},
    unused="chunking_strategy include",
)
"""`/v1/audio/transcriptions`."""
TRANSLATE = parameters(read="file model prompt response_format temperature")
"""`/v1/audio/translations`."""
