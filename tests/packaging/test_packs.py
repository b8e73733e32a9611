"""The frozen folder cut into a core and packs: complete, disjoint, with notices, one for one tree, and accepted."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from tests.support.releases import KEY
from voicegw_desktop.core import packs
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.updates import stage
from voicegw_desktop.updates.manifest import Source
from voicegw_desktop.updates.packs import read

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "packaging"
EPOCH = 1_790_000_000  # Unix seconds


@pytest.fixture(scope="module")
def cutter() -> dict[str, Any]:
    return runpy.run_path(str(HERE / "packs.py"))


@pytest.fixture
def full(cutter: dict[str, Any], tmp_path: Path) -> Path:
    """A stand-in for the frozen folder: a file of each package of each pack, and some of the core's."""
    inside = tmp_path / "voicegw" / "_internal"
    for part in cutter["plan"]().values():
        for name in part.distributions:
            for top in cutter["tops"](name):
                (inside / top).mkdir(parents=True, exist_ok=True)
                (inside / top / "file").write_bytes(top.encode())
    (inside / "PySide6").mkdir()
    (inside / "PySide6" / "QtCore.so").write_bytes(b"qt")
    (inside / "numpy.libs").mkdir(exist_ok=True)
    (inside / "numpy.libs" / "libblas.so").write_bytes(b"blas")
    (inside / "libblas.so").symlink_to("numpy.libs/libblas.so")
    (inside / "licences.txt").write_text("offer")
    (inside / "sbom.cdx.json").write_text('{"components": [{"name": "numpy"}, {"name": "yarl"}]}')
    (tmp_path / "voicegw" / "voicegw").write_text("program")
    (tmp_path / "voicegw" / "voicegw-desktop").symlink_to("voicegw")
    return tmp_path / "voicegw"


def test_each_package_is_in_one_pack_and_each_engine_of_the_installer_in_some(cutter: dict[str, Any]) -> None:
    plan = cutter["plan"]()
    every = [name for part in plan.values() for name in part.distributions]
    assert len(every) == len(set(every))
    assert {"numpy", "onnxruntime"} <= plan["shared"].distributions
    assert plan["piper"].distributions >= {"piper-tts"}
    assert {name for name, part in plan.items() if "shared" in part.needs} == {"whisper", "piper", "kokoro", "cloud"}
    assert not {"pydantic", "aiohttp", "av", "cryptography", "pyside6-essentials", "protobuf"} & set(every)
    extras = {extra for part in plan.values() for extra in part.extras}
    # moonshine and sherpa are in no installer; pip brings them
    assert {p.extra for p in PROVIDERS.values() if p.extra} - extras == {"moonshine", "sherpa"}


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in has a link, which Windows lets no user make")
def test_a_folder_is_cut_and_the_program_accepts_the_packs(
    cutter: dict[str, Any], full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    KEY.write(tmp_path / "key")
    monkeypatch.setenv("VOICEGW_SIGNING_KEY", str(tmp_path / "key"))
    made = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        made.append(cutter["split"](full, tmp_path / f"{name}-core", tmp_path / name, EPOCH))
    # one tree, one hash
    assert [p.read_bytes() for p in made[0]] == [p.read_bytes() for p in made[1]]
    core = tmp_path / "first-core"
    left = sorted(p.relative_to(core).as_posix() for p in core.rglob("*") if not p.is_dir() or p.is_symlink())
    assert left == [
        "_internal/PySide6/QtCore.so", "_internal/licences.txt", "_internal/packs.json", "_internal/sbom.cdx.json",
        "voicegw", "voicegw-desktop",
    ]  # fmt: skip
    assert json.loads((core / "_internal" / "sbom.cdx.json").read_text())["components"] == [{"name": "yarl"}]
    offer = packs.read(json.loads((core / "_internal" / packs.FILE).read_text()))
    listed = made[0][-1]
    signature = listed.with_name(f"{listed.name}.minisig").read_text()
    signed = read(listed.read_bytes(), signature, Source("", (KEY.public,)), offer)
    assert list(signed.packs) == list(offer.packs) == ["shared", "whisper", "piper", "kokoro", "llamacpp", "cloud"]
    assert signed.packs["whisper"].packages == ("faster_whisper",)
    assert set(signed.packs["cloud"].packages) >= {"livekit.plugins.openai", "livekit.plugins.deepgram"}
    for pack in signed.packs.values():
        inside = stage.unpack(listed.with_name(pack.file), tmp_path / "unpacked", pack.name)
        assert inside.name == pack.name
        notice = (inside / f"licences-{pack.name}.txt").read_text("utf-8")
        # a person who passes a pack on has to offer the sources of what asks for it
        assert ("piper-tts" in pack.sources) == (pack.name == "piper")
        assert "Source: " in notice
        # on macOS a library finds another by a link at the top of its folder, which goes where the other goes
        assert (inside / "libblas.so").is_symlink() == (pack.name == "shared")
    assert "GPL-3.0" in signed.packs["piper"].licence
    assert "phonemizer" in signed.packs["kokoro"].sources


@pytest.mark.parametrize(
    "name",
    ["_parts.py", "_parts.abi3.so", "_parts.so", "_parts.cp313-win_amd64.pyd", "_parts.pyd", "_parts/__init__.py"],
)
def test_modules_of_each_system_have_one_name(
    cutter: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    class Installed:
        files = (PurePosixPath(name), PurePosixPath("../../Scripts/parts.exe"))

    monkeypatch.setitem(cutter["tops"].__globals__, "_installed", lambda: {"parts": Installed})
    assert cutter["tops"]("parts") == {"_parts"}


def test_notices_are_looked_for_by_modules_libraries_and_files(cutter: dict[str, Any]) -> None:
    entries = ["yarl._url", "numpy/core.so", "openai/client.pyc", "nest_asyncio.pyc", "livekit\\rtc\\\\room.pyc"]
    assert cutter["licences"].tops(entries) == {"yarl", "numpy", "openai", "nest_asyncio", "livekit"}


def test_the_core_s_package_takes_the_place_of_the_other(cutter: dict[str, Any]) -> None:
    config = yaml.safe_load(cutter["core_config"]((HERE / "linux" / "nfpm.yaml").read_text("utf-8")))
    assert (config["name"], config["conflicts"]) == ("voicegw-desktop-core", ["voicegw-desktop"])
    assert {"src": "build/core/voicegw", "dst": "/usr/lib/voicegw-desktop", "type": "tree"} in config["contents"]
    assert not [entry for entry in config["contents"] if "dist/voicegw" in entry["src"]]
    assert [config[packager]["compression"] for packager in ("deb", "rpm")] == ["xz", "xz"]
    with pytest.raises(SystemExit, match="adapt core_config"):
        cutter["core_config"]("name: another\n")
