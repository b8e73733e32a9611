"""The CUDA pack: of wheels of any system, with hashes, accepted by the program, found by its worker."""

from __future__ import annotations

import hashlib
import json
import runpy
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.test_packs import EPOCH, HERE
from tests.support.releases import KEY
from voicegw_desktop.core import packs
from voicegw_desktop.updates import stage
from voicegw_desktop.updates.manifest import Source
from voicegw_desktop.updates.packs import read
from voicegw_desktop.workers import cuda as worker

ROOT = HERE.parent
NVIDIA = {"nvidia_cublas_cu12": "cublas", "nvidia_cuda_nvrtc_cu12": "cuda_nvrtc"}
TAGS = {
    "linux-x86_64": ("manylinux_2_27_x86_64", "lib/lib{}.so.12"),
    "linux-aarch64": ("manylinux_2_27_aarch64", "lib/lib{}.so.12"),
    "windows-x86_64": ("win_amd64", "bin/{}64_12.dll"),
}


@pytest.fixture(scope="module")
def cuda() -> dict[str, Any]:
    return runpy.run_path(str(HERE / "cuda.py"))


def wheels(to: Path) -> Path:
    """Small wheels of NVIDIA's form for every system, in `to`, and the lock that pins them."""
    to.mkdir()
    lock = []
    for name, short in NVIDIA.items():
        about = f"{name}-12.9.3.dist-info"
        hashes = []
        for tag, place in TAGS.values():
            wheel = to / f"{name}-12.9.3-py3-none-{tag}.whl"
            with zipfile.ZipFile(wheel, "w") as packed:
                packed.writestr(f"nvidia/{short}/{place.format(short)}", tag)
                packed.writestr(f"nvidia/{short}/include/{short}.h", "a header")
                packed.writestr(f"{about}/METADATA", f"Metadata-Version: 2.4\nName: {name.replace('_', '-')}\n"
                                "Version: 12.9.3\nLicense-Expression: LicenseRef-NVIDIA-Proprietary\n"
                                "Home-page: https://maker.example\n")  # fmt: skip
                packed.writestr(f"{about}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-{tag}\n")
                packed.writestr(f"{about}/licenses/License.txt", "The terms of the maker.")
                record = "".join(f"{each},,\n" for each in (*packed.namelist(), f"{about}/RECORD"))
                packed.writestr(f"{about}/RECORD", record)
            hashes.append(hashlib.sha256(wheel.read_bytes()).hexdigest())
        lock.append(f"{name.replace('_', '-')}==12.9.3 " + " ".join(f"--hash=sha256:{digest}" for digest in hashes))
    file = to / "cuda.lock"
    file.write_text("\n".join(lock))
    return file


@pytest.mark.process
@pytest.mark.parametrize("system", list(TAGS))
def test_wheels_of_a_system_are_had_on_any(cuda: dict[str, Any], tmp_path: Path, system: str) -> None:
    lock = wheels(tmp_path / "there")
    offline = ("--no-index", "--find-links", str(lock.parent))
    site = cuda["fetched"](system, tmp_path / "got", *offline, lock=lock)
    tag, place = TAGS[system]
    held = {path.relative_to(site).as_posix() for path in cuda["files"](site)}
    assert {f"nvidia/{short}/{place.format(short)}" for short in NVIDIA.values()} <= held
    assert (site / "nvidia" / "cublas" / place.format("cublas")).read_text() == tag
    assert not [name for name in held if name.endswith(".h")]
    # another byte, another hash
    for wheel in lock.parent.glob(f"*cublas*{tag}.whl"):
        wheel.write_bytes(wheel.read_bytes() + b" ")
    with pytest.raises(SystemExit, match="pip could not fetch"):
        cuda["fetched"](system, tmp_path / "again", *offline, lock=lock)


def test_a_system_without_cuda_is_told_so(cuda: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no wheels of CUDA for macos-aarch64"):
        cuda["fetched"]("macos-aarch64", tmp_path)


def test_the_lock_pins_what_the_pack_says_and_the_extra_takes(cuda: dict[str, Any]) -> None:
    lock = (ROOT / "requirements" / "cuda.lock").read_text("utf-8")
    pinned = {line.partition("==")[0] for line in lock.splitlines() if "==" in line}
    assert pinned == set(cuda["DISTRIBUTIONS"])
    assert "nvidia-cublas-cu12>=12.1,<13" in (ROOT / "pyproject.toml").read_text("utf-8")
    assert "nvidia-cublas-cu12==12." in lock


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "darwin", reason="NVIDIA makes no wheels for macOS")
def test_the_program_takes_the_pack_and_its_worker_finds_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = wheels(tmp_path / "there")
    cutter = runpy.run_path(str(HERE / "packs.py"))
    fetched = cutter["cuda"].fetched
    offline = ("--no-index", "--find-links", str(lock.parent))
    monkeypatch.setattr(cutter["cuda"], "fetched", lambda system, to: fetched(system, to, *offline, lock=lock))
    monkeypatch.setenv("VOICEGW_CUDA", "1")
    KEY.write(tmp_path / "key")
    monkeypatch.setenv("VOICEGW_SIGNING_KEY", str(tmp_path / "key"))
    inside = tmp_path / "voicegw" / "_internal"
    for part in cutter["plan"]().values():
        for name in part.distributions:
            for top in cutter["tops"](name):
                (inside / top).mkdir(parents=True, exist_ok=True)
                (inside / top / "file").write_bytes(b"")
    (inside / "licences.txt").write_text("offer")
    (inside / "sbom.cdx.json").write_text('{"components": []}')
    (tmp_path / "dist").mkdir()
    made = cutter["split"](tmp_path / "voicegw", tmp_path / "core", tmp_path / "dist", EPOCH)
    offer = packs.read(json.loads((tmp_path / "core" / "_internal" / packs.FILE).read_text()))
    listed = made[-1]
    signature = listed.with_name(f"{listed.name}.minisig").read_text()
    pack = read(listed.read_bytes(), signature, Source("", (KEY.public,)), offer).packs["cuda"]
    assert (pack.licence, pack.needs, pack.extras) == ("LicenseRef-NVIDIA-Proprietary", (), ("cuda",))
    unpacked = stage.unpack(listed.with_name(pack.file), tmp_path / "unpacked", pack.name)
    assert "The terms of the maker." in (unpacked / "licences-cuda.txt").read_text("utf-8")
    opened: list[str] = []
    assert worker.missing(worker.CUBLAS, opened.append, [str(unpacked)]) == []
    assert opened == [str(unpacked / "nvidia" / "cublas" / ("bin" if worker.WINDOWS else "lib") / worker.CUBLAS[0])]
    # a program that can take it names that command, not pip's
    monkeypatch.setattr(packs, "offered", lambda: offer)
    assert packs.command("cuda") == "voicegw packs add cuda"
