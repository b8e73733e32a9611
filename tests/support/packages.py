"""Small packages for the tests of repositories: a .deb and an .rpm with a header and one file's name."""

from __future__ import annotations

import io
import struct
import tarfile
from pathlib import Path

CONTROL = """Package: voicegw-desktop
Version: {version}
Architecture: amd64
Maintainer: Developers <developers@example.invalid>
Depends: libc6
Description: Speech and language engines
 On one socket.
"""


def deb(to: Path, version: str) -> Path:
    """Write a .deb."""
    inside = io.BytesIO()
    with tarfile.open(fileobj=inside, mode="w:gz") as packed:
        text = CONTROL.format(version=version).encode()
        info = tarfile.TarInfo("./control")
        info.size = len(text)
        packed.addfile(info, io.BytesIO(text))
    empty = io.BytesIO()
    with tarfile.open(fileobj=empty, mode="w:gz"):
        pass
    made = b"!<arch>\n"
    members = (("debian-binary", b"2.0\n"), ("control.tar.gz", inside.getvalue()), ("data.tar.gz", empty.getvalue()))
    for name, data in members:
        made += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
        made += data + b"\n" * (len(data) % 2)
    path = to / f"voicegw-desktop_{version}_amd64.deb"
    path.write_bytes(made)
    return path


def _header(values: dict[int, tuple[int, object]]) -> bytes:
    index, store = b"", b""
    for tag, (kind, value) in values.items():
        if kind in (3, 4):
            size, letter = (2, "H") if kind == 3 else (4, "I")
            store += b"\0" * (-len(store) % size)
            numbers = value if isinstance(value, list) else [value]
            index += struct.pack(">IIII", tag, kind, len(store), len(numbers))
            store += struct.pack(f">{len(numbers)}{letter}", *numbers)
        else:
            texts = value if isinstance(value, list) else [value]
            index += struct.pack(">IIII", tag, kind, len(store), len(texts))
            store += b"".join(str(text).encode() + b"\0" for text in texts)
    return b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">II", len(values), len(store)) + index + store


def rpm(to: Path, version: str) -> Path:
    """Write an .rpm: lead, an empty signature, the main header, no payload."""
    signature = _header({1007: (4, 4321)})
    signature += b"\0" * (-len(signature) % 8)
    main = _header(
        {
            1000: (6, "voicegw-desktop"), 1001: (6, version), 1002: (6, "1"), 1004: (9, "Speech engines"),
            1005: (9, "On one socket."), 1006: (4, 1_790_000_000), 1009: (4, 987), 1014: (6, "Apache-2.0"),
            1022: (6, "x86_64"), 1030: (3, [0o100755, 0o040755]), 1044: (6, "voicegw-desktop.src.rpm"),
            1047: (8, ["voicegw-desktop"]), 1112: (4, [8]), 1113: (8, [f"{version}-1"]),
            1048: (4, [0, 12, 16777226]), 1049: (8, ["ca-certificates", "libc", "rpmlib(PayloadIsZstd)"]),
            1050: (8, ["", "1:2.36", "5.4.18-1"]), 1116: (4, [0, 1]), 1117: (8, ["voicegw", "voicegw-desktop"]),
            1118: (8, ["/usr/bin/", "/usr/lib/"]),
        }
    )  # fmt: skip
    path = to / f"voicegw-desktop-{version}.x86_64.rpm"
    path.write_bytes(b"\xed\xab\xee\xdb" + bytes(92) + signature + main)
    return path
