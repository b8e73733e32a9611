"""Reads the header of a GGUF file: enough to refuse a broken one by name and to know its chat template."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from voicegw_desktop.core.errors import EngineError

STRING, ARRAY = 8, 9
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
Value = str | int | float
LONGEST_STRING = 16 * 1024 * 1024  # bytes


def read_metadata(path: Path) -> dict[str, Value]:
    """The key-value pairs of a GGUF file, arrays as their length. Raises EngineError(model_corrupt)."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise ValueError("it does not begin with GGUF")
            version, _, pairs = _number(file, "<I"), _number(file, "<Q"), _number(file, "<Q")
            if not 2 <= version <= 3 or pairs > 100_000:
                raise ValueError(f"GGUF version {version} with {pairs} entries is not known")
            return dict(_pair(file) for _ in range(pairs))
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        raise EngineError(
            f"The model file {path.name} is damaged: {error}. Remove and pull the model again.", code="model_corrupt"
        ) from None


def _pair(file: BinaryIO) -> tuple[str, Value]:
    key = _string(file)
    return key, _value(file, _number(file, "<I"))


def _value(file: BinaryIO, kind: int) -> Value:
    if kind == STRING:
        return _string(file)
    if kind == ARRAY:
        inner, count = _number(file, "<I"), _number(file, "<Q")
        if inner == STRING:
            for _ in range(count):
                file.seek(min(_number(file, "<Q"), LONGEST_STRING), 1)
        elif inner in SCALARS:
            file.seek(struct.calcsize(SCALARS[inner]) * count, 1)
        else:
            raise ValueError(f"an array of type {inner}")
        return count
    if kind not in SCALARS:
        raise ValueError(f"a value of type {kind}")
    return _number(file, SCALARS[kind])


def _number(file: BinaryIO, form: str) -> int:
    value: int = struct.unpack(form, _exactly(file, struct.calcsize(form)))[0]
    return value


def _string(file: BinaryIO) -> str:
    length = _number(file, "<Q")
    if length > LONGEST_STRING:
        raise ValueError(f"a text of {length} bytes")
    return _exactly(file, length).decode()


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise ValueError("it ends too early")
    return data
