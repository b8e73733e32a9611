"""What the libraries of a folder ask of the system that runs them: libraries, versions of the C and C++ library."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

C_LIBRARY = ("libc.", "libm.", "libmvec.", "libdl.", "libpthread.", "librt.", "libresolv.", "libutil.", "ld-linux")
COMPILERS = {26: "9", 28: "10", 29: "11", 30: "12", 31: "13", 32: "13", 33: "14", 34: "15"}
"""GLIBCXX_3.4.N → the version of GCC whose libstdc++ has it, as Debian names its package."""
RELATIVE = "GLIBC_ABI_DT_RELR"
"""Asked for by files with packed relocations: the loader of glibc 2.36 was the first to read them."""


def files(inside: Path) -> list[Path]:
    """The programs and libraries of a folder and of all below it; links are left out."""
    found = []
    for path in sorted(inside.resolve().rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as opened:
                if opened.read(4) == b"\x7fELF":
                    found.append(path)
    return found


def missing(inside: Path, told: str) -> list[str]:
    """Libraries that files of the folder need and neither it, nor the C library, nor `told` has."""
    needed = {
        name for asked in _headers(files(inside)).values() for name in re.findall(r"^ +NEEDED +(\S+)", asked, re.M)
    }
    here = {p.name for p in inside.rglob("*.so*")}
    return sorted(n for n in needed - here if f"{n}()(64bit)" not in told and not n.startswith(C_LIBRARY))


def asked(inside: Path, family: str) -> tuple[str, list[str]]:
    """The newest version of `family` (GLIBC, GLIBCXX) that a file asks for, and those files, relative to the folder.

    An empty version where none asks.
    """
    by_version: dict[tuple[int, ...], list[str]] = {}
    for path, header in _headers(files(inside)).items():
        wanted = header.partition("Version References:")[2]
        found = re.findall(rf" {family}_(\d+(?:\.\d+)+)\s", wanted)
        if family == "GLIBC" and RELATIVE in wanted:
            found.append("2.36")
        if found:
            newest = max(map(_numbers, found))
            by_version.setdefault(newest, []).append(path.relative_to(inside.resolve()).as_posix())
    if not by_version:
        return "", []
    newest = max(by_version)
    return ".".join(map(str, newest)), by_version[newest]


def within(limit: str, version: str, names: list[str]) -> None:
    """Raise SystemExit where the files `names` ask for a C library newer than `limit`; an empty limit allows all."""
    if limit and _numbers(version) > _numbers(limit):
        raise SystemExit(
            f"VOICEGW_GLIBC_LIMIT is {limit}, but these files ask for the C library {version}: {', '.join(names)}. "
            "Build on an older system, or pin older versions of what brings them."
        )


def compiler(version: str) -> str:
    """The GCC whose libstdc++ has GLIBCXX_`version`. Raises SystemExit for one that is not known here."""
    last = int(version.rpartition(".")[2])
    if not version.startswith("3.4.") or last > max(COMPILERS):
        raise SystemExit(f"Which GCC brings GLIBCXX_{version}? Add it to COMPILERS in packaging/elf.py.")
    return COMPILERS[min(n for n in COMPILERS if n >= last)]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _headers(paths: list[Path]) -> dict[Path, str]:
    """What objdump prints of each file."""
    if not paths:
        return {}
    told = subprocess.run(["objdump", "-p", *map(str, paths)], capture_output=True, text=True, check=True).stdout
    names_and_texts = re.split(r"^(/.+): +file format .+$", told, flags=re.MULTILINE)[1:]
    return {Path(name): text for name, text in zip(names_and_texts[::2], names_and_texts[1::2], strict=True)}
