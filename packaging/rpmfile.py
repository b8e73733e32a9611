"""Reads the header of an .rpm: the values that a repository tells of a package (RPM's file format, version 3 lead)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

LEAD = 96  # bytes before the signature
MAGIC = b"\x8e\xad\xe8\x01"
NAME, VERSION, RELEASE, EPOCH, SUMMARY, DESCRIPTION, BUILD_TIME, SIZE = 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1009
VENDOR, LICENSE, PACKAGER, GROUP, URL, ARCH = 1011, 1014, 1015, 1016, 1020, 1022
FILE_MODES, SOURCE_RPM, ARCHIVE_SIZE = 1030, 1044, 1046
PAYLOAD_SIZE = 1007  # of the signature's header
PROVIDES, PROVIDE_FLAGS, PROVIDE_VERSIONS = 1047, 1112, 1113
REQUIRES, REQUIRE_FLAGS, REQUIRE_VERSIONS = 1049, 1048, 1050
DIR_INDEXES, BASE_NAMES, DIR_NAMES = 1116, 1117, 1118
RECOMMENDS, RECOMMEND_VERSIONS, RECOMMEND_FLAGS = 5046, 5047, 5048
NUMBERS = {2: ("B", 1), 3: ("H", 2), 4: ("I", 4), 5: ("Q", 8)}
"""Struct letter and bytes of a value, by RPM's type of it."""


class Header(NamedTuple):
    """Values by tag, and where the header lies in the file."""

    values: dict[int, list[str] | list[int]]
    start: int
    end: int

    def text(self, tag: int) -> str:
        """The first text of a tag; empty where there is none."""
        found = self.values.get(tag)
        return str(found[0]) if found else ""

    def texts(self, tag: int) -> list[str]:
        """All texts of a tag."""
        return [str(value) for value in self.values.get(tag, [])]

    def numbers(self, tag: int) -> list[int]:
        """All numbers of a tag."""
        return [value for value in self.values.get(tag, []) if isinstance(value, int)]

    def number(self, tag: int) -> int:
        """The first number of a tag; 0 where there is none."""
        return next(iter(self.numbers(tag)), 0)


def read(path: Path) -> Header:
    """Read the main header. Raises ValueError for a file that is no .rpm."""
    with path.open("rb") as file:
        data = file.read(16 << 20)
    signature = _read(data, LEAD)
    # the main header begins at the next eight bytes
    main = _read(data, signature.end + -signature.end % 8)
    main.values.setdefault(ARCHIVE_SIZE, signature.values.get(PAYLOAD_SIZE, [0]))
    return main


def _read(data: bytes, start: int) -> Header:
    if data[start : start + 4] != MAGIC:
        raise ValueError("no header of an .rpm")
    count, size = struct.unpack_from(">II", data, start + 8)
    index, store = start + 16, start + 16 + 16 * count
    values: dict[int, list[str] | list[int]] = {}
    for number in range(count):
        tag, kind, offset, many = struct.unpack_from(">IIII", data, index + 16 * number)
        at = store + offset
        if kind in NUMBERS:
            letter, _ = NUMBERS[kind]
            values[tag] = list(struct.unpack_from(f">{many}{letter}", data, at))
        elif kind in (6, 8, 9):
            # texts end with a zero byte; one of kind 6 is single
            texts = []
            for _ in range(1 if kind == 6 else many):
                end = data.index(b"\0", at)
                texts.append(data[at:end].decode("utf-8", "replace"))
                at = end + 1
            values[tag] = texts
    return Header(values, start, store + size)
