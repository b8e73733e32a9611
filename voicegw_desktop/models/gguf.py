"""Reads the header of a GGUF file: its chat template, how long a conversation may be, and what that takes."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from voicegw_desktop.core.errors import EngineError

STRING, ARRAY = 8, 9
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
Value = str | int | float
LONGEST_STRING = 16 * 1024 * 1024  # bytes
VALUE_BYTES = 2  # of one number that is kept for a token
COUNTED_CONTEXT = 4096
"""Tokens whose memory is part of what the catalogue says a model needs."""
LONGEST_CONTEXT = 16_384
"""Tokens by default: an agent with many tools fits, and memory is not taken for what hardly ever comes."""
SHARE = 0.25
"""Share of the memory that all engines may hold, for the tokens of one model by default."""
STEP = 256
"""llama.cpp's own step of a context."""


def model_file(where: Path) -> Path:
    """The .gguf at `where`; of a model in several parts, the first. Raises EngineError(model_not_installed)."""
    if where.is_file():
        return where
    files = sorted(where.glob("*.gguf"))
    if not files:
        raise EngineError(f"There is no .gguf file in {where}.", code="model_not_installed")
    return files[0]


def sized(where: Path, options: Mapping[str, object], ceiling: int) -> tuple[dict[str, object], int]:
    """For `core.descriptor.EngineKind.sized`: `context_size` in tokens, and the bytes that it takes.

    What is configured is taken as it is; else the length that the model was trained for, as far as memory allows.
    """
    wanted = options.get("context_size")
    try:
        metadata = read_metadata(model_file(where), shape_only=True)
    except (EngineError, OSError):
        # its worker says what is wrong with the file
        return {}, 0
    each = token_bytes(metadata)
    size = wanted if isinstance(wanted, int) else context_size(trained_context(metadata), each, ceiling)
    return {"context_size": size}, each * max(0, size - COUNTED_CONTEXT)


def context_size(trained: int | None, each: int, ceiling: int) -> int:
    """Tokens: what the model was `trained` for, unless that is very long or, at `each` bytes a token, very large."""
    fits = int(SHARE * ceiling / each) // STEP * STEP if each else LONGEST_CONTEXT
    longest = max(COUNTED_CONTEXT, min(LONGEST_CONTEXT, fits))
    return min(trained, longest) if trained else COUNTED_CONTEXT


def trained_context(metadata: Mapping[str, Value]) -> int | None:
    """Tokens of the longest text the model was trained on; None where the file does not tell."""
    return _whole(metadata, "context_length")


def token_bytes(metadata: Mapping[str, Value]) -> int:
    """Bytes that the model keeps for each token of a conversation; 0 where the file does not tell."""
    layers, heads = _whole(metadata, "block_count"), _whole(metadata, "attention.head_count")
    width = _whole(metadata, "embedding_length")
    if not layers or not heads or not width:
        return 0
    kept = _whole(metadata, "attention.head_count_kv") or heads
    key = _whole(metadata, "attention.key_length") or width // heads
    value = _whole(metadata, "attention.value_length") or width // heads
    return layers * min(kept, heads) * (key + value) * VALUE_BYTES


def _whole(metadata: Mapping[str, Value], name: str) -> int | None:
    found = metadata.get(f"{metadata.get('general.architecture')}.{name}")
    return found if isinstance(found, int) and found > 0 else None


def read_metadata(path: Path, shape_only: bool = False) -> dict[str, Value]:
    """The key-value pairs of a GGUF file, arrays as their length. Raises EngineError(model_corrupt).

    `shape_only` ends at the vocabulary, which is long and comes after the numbers of the network.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise ValueError("it does not begin with GGUF")
            version, _, pairs = _number(file, "<I"), _number(file, "<Q"), _number(file, "<Q")
            if not 2 <= version <= 3 or pairs > 100_000:
                raise ValueError(f"GGUF version {version} with {pairs} entries is not known")
            found: dict[str, Value] = {}
            for _ in range(pairs):
                key = _string(file)
                if shape_only and key.startswith("tokenizer."):
                    break
                found[key] = _value(file, _number(file, "<I"))
            return found
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        raise EngineError(
            f"The model file {path.name} is damaged: {error}. Remove and pull the model again.", code="model_corrupt"
        ) from None


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
