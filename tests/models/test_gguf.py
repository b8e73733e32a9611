"""What a GGUF file's header tells of the context that a model may have."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from voicegw_desktop.core.errors import EngineError
from voicegw_desktop.models.gguf import LONGEST_CONTEXT, context_size, read_metadata, sized, token_bytes

GIB = 1 << 30
SMALL = {"block_count": 30, "attention.head_count": 9, "attention.head_count_kv": 3, "embedding_length": 576}


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def header(numbers: dict[str, int], *, vocabulary: bytes = b"") -> bytes:
    pairs = [text("general.architecture") + struct.pack("<I", 8) + text("llama")]
    pairs += [text(f"llama.{name}") + struct.pack("<II", 4, value) for name, value in numbers.items()]
    if vocabulary:
        pairs.append(text("tokenizer.ggml.tokens") + vocabulary)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(pairs)


@pytest.mark.parametrize(
    ("trained", "each", "ceiling", "tokens"),
    [
        (8192, 23_040, 8 * GIB, 8192),
        (2048, 23_040, 8 * GIB, 2048),
        (131_072, 23_040, 8 * GIB, LONGEST_CONTEXT),
        # a quarter of 4 GiB holds 7,281 of such tokens
        (131_072, 147_456, 4 * GIB, 7168),
        (131_072, 147_456, GIB // 2, 4096),
        (None, 23_040, 8 * GIB, 4096),
        (8192, 0, 8 * GIB, 8192),
    ],
)
def test_the_default_follows_the_model_as_far_as_memory_allows(
    trained: int | None, each: int, ceiling: int, tokens: int
) -> None:
    assert context_size(trained, each, ceiling) == tokens


def test_what_a_token_takes() -> None:
    numbers = {f"llama.{name}": value for name, value in SMALL.items()}
    assert token_bytes({"general.architecture": "llama", **numbers}) == 30 * 3 * 128 * 2
    wide = {"llama.attention.key_length": 128, "llama.attention.value_length": 96}
    assert token_bytes({"general.architecture": "llama", **numbers, **wide}) == 30 * 3 * (128 + 96) * 2
    assert token_bytes({"general.architecture": "mamba"}) == 0


def test_the_header_is_read_up_to_the_vocabulary(tmp_path: Path) -> None:
    file = tmp_path / "small.gguf"
    # what follows the name of the vocabulary is cut off
    file.write_bytes(header({**SMALL, "context_length": 8192}, vocabulary=b"\x09"))
    assert read_metadata(file, shape_only=True)["llama.context_length"] == 8192
    with pytest.raises(EngineError, match="too early"):
        read_metadata(file)
    assert sized(tmp_path, {}, 8 * GIB) == ({"context_size": 8192}, 23_040 * 4096)
    assert sized(tmp_path, {"context_size": 512}, 8 * GIB) == ({"context_size": 512}, 0)
    # more than there is memory for is taken from the ceiling, which then tells that it is too small
    assert sized(tmp_path, {"context_size": 1_000_000}, GIB)[1] > 20 * GIB


def test_a_damaged_file_is_left_to_its_worker(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"Dear model,")
    assert sized(tmp_path, {}, GIB) == ({}, 0)
    assert sized(tmp_path / "nowhere", {}, GIB) == ({}, 0)
