from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from moonshine_voice.moonshine_api import ModelArch

class _Library(Protocol):
    def moonshine_transcribe_without_streaming(
        self, handle: int, samples: object, count: int, rate: int, flags: int, result: object
    ) -> int: ...

class Transcriber:
    _lib: _Library
    _handle: int
    def __init__(self, model_path: str | Path, model_arch: ModelArch, *, options: Mapping[str, str]) -> None: ...
