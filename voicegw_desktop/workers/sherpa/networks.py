"""ONNX files as sherpa-onnx wants them: whole, unchanged, and with the facts that it looks for written in them.

The library ends the whole process when a file lacks a fact, so everything is looked at before it sees a file.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from voicegw_desktop.core.errors import EngineError
from voicegw_desktop.core.protobuf import LONGEST_VARINT, block, fields
from voicegw_desktop.models.manifest import read_manifest
from voicegw_desktop.workers import digests
from voicegw_desktop.workers.tts.onnx import corrupt

METADATA = 14
"""The field of an ONNX file that holds one name with its value."""
LARGEST_FACT = 1 << 20  # bytes; the longest known, the means of 560 features, take 6,000


def check_digests(folder: Path, included: Mapping[str, str]) -> None:
    """Raise EngineError `model_corrupt` when a file is not the one that was installed.

    `included`: file → SHA-256 of a model that a package brings; of any other the store's manifest tells them.
    """
    manifest = None if included else read_manifest(folder)
    digests.check(folder, {file.name: file.sha256 for file in manifest.files} if manifest else included, corrupt)


def copy_with(source: Path, target: Path, facts: Mapping[str, object]) -> None:
    """Copy a network and write `facts` behind it, as its metadata.

    Raises EngineError `model_corrupt` for a file that is cut, `disk_full` when the copy cannot be written.
    """
    with source.open("rb") as file:
        try:
            for _ in _fields(file):
                pass
        except ValueError as error:
            raise corrupt(source, error) from error
    try:
        shutil.copyfile(source, target)
        with target.open("ab") as file:
            for name, value in facts.items():
                file.write(block(METADATA, block(1, name.encode()) + block(2, str(value).encode())))
    except OSError as error:
        raise EngineError(
            f"sherpa needs {source.stat().st_size // 1_000_000} MB in {target.parent.parent} while it loads "
            f"{source.name}, and could not write them: {error.strerror or error}. Make room there.",
            code="disk_full",
        ) from error


def facts(source: Path) -> dict[str, str]:
    """What a network says of itself: the names and values of its metadata.

    Raises EngineError `model_corrupt` for a file that is cut, or is no network.
    """
    found: dict[str, str] = {}
    try:
        with source.open("rb") as file:
            for number, size in _fields(file):
                if number == METADATA and size <= LARGEST_FACT:
                    file.seek(-size, 1)
                    pair = dict(fields(file.read(size)))
                    name, value = pair.get(1, b""), pair.get(2, b"")
                    if isinstance(name, bytes) and isinstance(value, bytes):
                        found[name.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
    except ValueError as error:
        raise corrupt(source, error) from error
    except OSError as error:
        raise corrupt(source, error.strerror or error) from error
    return found


def _fields(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """(number, bytes) of a file's outermost fields, the file's place behind each; 0 bytes for a number.

    ValueError: it ends within one, or is none of this kind.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if not size:
        raise ValueError("it is empty")
    while file.tell() < size:
        tag = _number(file)
        kind, held = tag & 7, 0
        if kind == 0:
            _number(file)
        elif kind == 2:
            held = _number(file)
            file.seek(held, 1)
        else:
            raise ValueError("it is no ONNX file")
        if file.tell() > size:
            raise ValueError("it is cut")
        yield tag >> 3, held


def _number(file: BinaryIO) -> int:
    number = 0
    for place in range(LONGEST_VARINT):
        byte = file.read(1)
        if not byte:
            raise ValueError("it is cut")
        number |= (byte[0] & 127) << 7 * place
        if byte[0] < 128:
            return number
    raise ValueError("it is no ONNX file")
