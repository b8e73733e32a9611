"""ONNX files as sherpa-onnx wants them: whole, unchanged, and with the facts that it looks for written in them.

The library ends the whole process when a file lacks a fact, so everything is looked at before it sees a file.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from voicegw_desktop.core.errors import EngineError
from voicegw_desktop.core.protobuf import LONGEST_VARINT, block
from voicegw_desktop.models.manifest import read_manifest
from voicegw_desktop.workers.tts.onnx import corrupt

METADATA = 14
"""The field of an ONNX file that holds one name with its value."""


def check_digests(folder: Path) -> None:
    """Raise EngineError `model_corrupt` when a file is not the one that was installed."""
    manifest = read_manifest(folder)
    for known in manifest.files if manifest else ():
        try:
            with (folder / known.name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise corrupt(folder / known.name, error.strerror or error) from error
        if found != known.sha256:
            raise corrupt(folder / known.name, "it is not the file that was installed")


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


def _fields(file: BinaryIO) -> Iterator[int]:
    """The numbers of a file's outermost fields. ValueError: it ends within one, or is none of this kind."""
    size = file.seek(0, 2)
    file.seek(0)
    if not size:
        raise ValueError("it is empty")
    while file.tell() < size:
        tag = _number(file)
        kind = tag & 7
        if kind == 0:
            _number(file)
        elif kind == 2:
            file.seek(_number(file), 1)
        else:
            raise ValueError("it is no ONNX file")
        if file.tell() > size:
            raise ValueError("it is cut")
        yield tag >> 3


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
