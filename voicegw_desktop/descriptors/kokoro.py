"""Text to speech with Kokoro."""

from __future__ import annotations

import zipfile
from functools import lru_cache
from pathlib import Path

from voicegw_desktop.core.descriptor import MIB, NICE_SPEAKING, Descriptor, EngineKind, Voice
from voicegw_desktop.core.ports import Modality, Zone

LANGUAGES = {
    "a": "en-US", "b": "en-GB", "e": "es", "f": "fr", "h": "hi", "i": "it", "p": "pt-BR", "z": "zh",
}  # fmt: skip
"""The first letter of a voice is its language, the second its sex. Japanese (`j`) is left out: espeak reads no kanji,
and the vowels that it writes for kana are none of kokoro's."""
SEX = {"f": "female", "m": "male"}


def voices(folder: Path) -> tuple[Voice, ...]:
    """Every voice in the model's archive. OSError, ValueError: there is none, or it cannot be read."""
    file = next(folder.glob("voices*.bin"), None)
    return () if file is None else _voices(file)


@lru_cache(maxsize=8)
def _voices(file: Path) -> tuple[Voice, ...]:
    try:
        with zipfile.ZipFile(file) as archive:
            names = sorted(name.removesuffix(".npy") for name in archive.namelist())
    except zipfile.BadZipFile as error:
        raise ValueError(str(error)) from error
    return tuple(
        Voice(
            name=name,
            language=LANGUAGES[name[:1]],
            description=f"{name.partition('_')[2].title()} ({SEX.get(name[1:2], 'voice')})",
            variant=name,
        )
        for name in names
        if name[:1] in LANGUAGES
    )


DESCRIPTOR = Descriptor(
    name="kokoro",
    title="Text to speech, English voices of high quality.",
    modalities=frozenset({Modality.TTS}),
    zone=Zone.LOCAL,
    cls="voicegw_desktop.providers.local:LocalProvider",
    default_models={Modality.TTS: "v1.0-int8"},
    extra="kokoro",
    package="kokoro_onnx",
    worker=EngineKind(
        "kokoro",
        nice=NICE_SPEAKING,
        yields=True,
        weight=2.0,
        memory_factor=3.0,
        memory_base=80 * MIB,
        caches=True,
        # what a run has freed is the system's again at once, not the allocator's: 270 MB instead of 430, for no time
        env={"MALLOC_MMAP_THRESHOLD_": str(MIB)},
    ),
    voices=voices,
    voice_ids=r"[a-z][fm]_[a-z0-9]+",
)
