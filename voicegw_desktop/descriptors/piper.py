"""Text to speech with Piper."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from voicegw_desktop.core.descriptor import MIB, NICE_SPEAKING, Descriptor, EngineKind, Voice
from voicegw_desktop.core.ports import Modality, Zone


def voices(folder: Path) -> tuple[Voice, ...]:
    """The model's one voice with its speakers. OSError, ValueError, KeyError: its description cannot be read."""
    file = next(folder.glob("*.onnx.json"), None)
    return () if file is None else _voices(file)


@lru_cache(maxsize=64)
def _voices(file: Path) -> tuple[Voice, ...]:
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    ids: dict[str, int] = data.get("speaker_id_map") or {}
    language = str(data.get("language", {}).get("code") or data.get("espeak", {}).get("voice") or "en")
    speakers = tuple(sorted(ids, key=lambda s: int(ids[s])))
    name = file.name.removesuffix(".onnx.json")
    return (Voice(name=name, language=language.replace("_", "-"), description=name, speakers=speakers),)


DESCRIPTOR = Descriptor(
    name="piper",
    title="Text to speech, many languages, fast.",
    modalities=frozenset({Modality.TTS}),
    zone=Zone.LOCAL,
    cls="voicegw_desktop.providers.local:LocalProvider",
    default_models={Modality.TTS: "en_US-joe-medium"},
    model_is_voice=True,
    extra="piper",
    package="piper",
    worker=EngineKind(
        "piper",
        nice=NICE_SPEAKING,
        yields=True,
        most_threads=2,
        memory_factor=2.0,
        memory_base=90 * MIB,
        caches=True,
        # an allocator threshold as kokoro's costs a small network a seventh of its time
        env={"MALLOC_ARENA_MAX": "2"},
    ),
    voices=voices,
)
