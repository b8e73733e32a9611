"""What the packages ask of the system's C and C++ library is read out of the files that they hold."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="reads ELF files"),
]


@pytest.fixture
def elf() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "packaging" / "elf.py"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Libraries of wheels, a program, a text and a link."""
    made = tmp_path_factory.mktemp("frozen")
    (made / "below").mkdir()
    for package, end in (("cryptography", "_rust.abi3.so"), ("PySide6_Essentials", "libQt6Core.so.6")):
        (found,) = [file for file in files(package) or () if file.name.endswith(end)]
        shutil.copy(str(found.locate()), made / "below" / end)
    shutil.copy(Path(sys.executable).resolve(), made / "program")
    (made / "readme.so").write_text("GLIBC_9.99")
    (made / "link.so").symlink_to("below/libQt6Core.so.6")
    return made


@pytest.mark.parametrize("family", ["GLIBC", "GLIBCXX"])
def test_the_newest_version_is_the_one_that_readelf_shows(elf: dict[str, Any], folder: Path, family: str) -> None:
    shown = {}
    for path in (folder / "program", *(folder / "below").iterdir()):
        told = subprocess.run(["readelf", "-VW", str(path)], capture_output=True, text=True, check=True).stdout
        wanted = told.partition("Version needs section")[2]
        versions = [tuple(map(int, v.split("."))) for v in re.findall(rf"Name: {family}_([\d.]+)", wanted)]
        if versions:
            shown[path.relative_to(folder).as_posix()] = max(versions)
    newest = max(shown.values())
    at = sorted(name for name, version in shown.items() if version == newest)
    assert elf["asked"](folder, family) == (".".join(map(str, newest)), at)


def test_a_folder_without_programs_asks_for_nothing(elf: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "readme.so").write_text("GLIBC_9.99")
    (tmp_path / "program").write_bytes(Path(sys.executable).resolve().read_bytes())
    (tmp_path / "below").mkdir()
    assert elf["asked"](tmp_path / "below", "GLIBC") == ("", [])


def test_packed_relocations_ask_for_the_loader_that_reads_them(elf: dict[str, Any], folder: Path) -> None:
    asked = elf["asked"]
    told = "\nVersion References:\n  required from libc.so.6:\n    0x1 0x00 03 GLIBC_2.34\n    0x2 0x00 02 "
    asked.__globals__["_headers"] = lambda paths: dict.fromkeys(paths, f"{told}GLIBC_ABI_DT_RELR\n")
    assert asked(folder / "below", "GLIBC")[0] == "2.36"


def test_a_build_that_asks_for_too_much_ends_with_its_files(elf: dict[str, Any]) -> None:
    for version in ("2.9", "2.35", "2.34"):
        elf["within"]("2.35", version, ["libx.so"])
    elf["within"]("", "2.99", ["libx.so"])
    with pytest.raises(SystemExit, match=r"2\.36: libx\.so, liby\.so"):
        elf["within"]("2.35", "2.36", ["libx.so", "liby.so"])


def test_gcc_of_a_version_of_the_library(elf: dict[str, Any]) -> None:
    assert [elf["compiler"](f"3.4.{n}") for n in (19, 27, 29, 34)] == ["9", "10", "11", "15"]
    with pytest.raises(SystemExit, match=r"GLIBCXX_3\.4\.99"):
        elf["compiler"]("3.4.99")


def test_packages_ask_for_what_was_found_and_a_release_keeps_its_promise() -> None:
    parts = yaml.safe_load((ROOT / "packaging" / "linux" / "nfpm.yaml").read_text("utf-8"))["overrides"]
    assert {"libc6 (>= ${VOICEGW_GLIBC})", "libstdc++6 (>= ${VOICEGW_GCC})"} <= set(parts["deb"]["depends"])
    asked = {"libc.so.6(GLIBC_${VOICEGW_GLIBC})(64bit)", "libstdc++.so.6(GLIBCXX_${VOICEGW_GLIBCXX})(64bit)"}
    assert asked <= set(parts["rpm"]["depends"])
    build = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))["jobs"]["build"]
    (limit,) = [step["env"]["VOICEGW_GLIBC_LIMIT"] for step in build["steps"] if step.get("name") == "Build"]
    assert limit == "${{ matrix.glibc }}"
    page = (ROOT / "docs" / "packaging.md").read_text("utf-8")
    limits = {each["os"]: each.get("glibc") for each in build["strategy"]["matrix"]["include"]}
    assert f"C library {limits['ubuntu-22.04']} or newer" in page
    assert f"{limits['ubuntu-24.04-arm']} on arm64" in page
    assert f"| Linux arm64, glibc {limits['ubuntu-24.04-arm']} | yes | yes | yes | yes |" in page
