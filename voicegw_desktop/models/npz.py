"""Packs raw arrays into an `.npz` archive, byte for byte as numpy's `savez` does.

By hand: the app pulls models, and importing numpy would cost it memory that only the workers need.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from typing import BinaryIO

ALIGNMENT = 64  # bytes; the .npy format pads its header so that the data starts on such a boundary


def npy_header(descr: str, shape: tuple[int, ...]) -> bytes:
    """The header of a version 1.0 `.npy` file (numpy.lib.format) for a C-ordered array."""
    dims = ", ".join(str(n) for n in shape) + ("," if len(shape) == 1 else "")
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({dims}), }}".encode("latin1")
    # the writer leaves room for the first axis to grow in place up to 21 digits
    text += b" " * (21 - len(str(shape[0])) if shape else 0)
    magic = b"\x93NUMPY\x01\x00"
    padding = ALIGNMENT - (len(magic) + 2 + len(text) + 1) % ALIGNMENT
    length = len(text) + padding + 1
    return magic + length.to_bytes(2, "little") + text + b" " * padding + b"\n"


def write_npz(out: BinaryIO, descr: str, shape: tuple[int, ...], arrays: Iterable[tuple[str, bytes]]) -> None:
    """Write each (name, C-ordered bytes) as `name.npy` into a stored zip archive."""
    header = npy_header(descr, shape)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, data in arrays:
            info = zipfile.ZipInfo(f"{name}.npy")
            # Windows would write another system here and so another digest
            info.create_system = 3
            with archive.open(info, "w", force_zip64=True) as member:
                member.write(header)
                member.write(data)
