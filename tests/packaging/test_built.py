"""What `make package` built, run where no Python and no checkout helps it: VOICEGW_BUNDLE names the folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.frozen import espeak_languages
from voicegw_desktop import __version__
from voicegw_desktop.core.registry import PROVIDERS

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not os.environ.get("VOICEGW_BUNDLE"), reason="VOICEGW_BUNDLE names no folder that `make package` built"
    ),
]

ROOT = Path(__file__).resolve().parents[2]
NFPM = ROOT / "packaging" / "linux" / "nfpm.yaml"
Voicegw = Callable[..., str]


@pytest.fixture
def bundle() -> Path:
    return Path(os.environ["VOICEGW_BUNDLE"]).resolve()


@pytest.fixture
def voicegw(bundle: Path, tmp_path: Path) -> Voicegw:
    """Runs the installed command line with a profile of its own and next to nothing in its environment."""

    def run(*words: str) -> str:
        env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "VOICEGW_HOME": str(tmp_path / "vgw"), "LANG": "C.UTF-8"}
        env |= {k: os.environ[k] for k in ("SYSTEMROOT", "TEMP", "USERPROFILE", "LOCALAPPDATA") if k in os.environ}
        env |= {"VOICEGW_MODELS_DIR": os.environ.get("VOICEGW_TEST_MODELS", "")}
        done = subprocess.run(
            [str(bundle / "voicegw"), *words],
            cwd=tmp_path, env={k: v for k, v in env.items() if v}, capture_output=True, text=True, timeout=170,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    return run


def test_it_has_everything_it_reads(bundle: Path, voicegw: Voicegw) -> None:
    assert voicegw("--version") == f"voicegw {__version__}\n"
    inside = bundle / "_internal"
    installed = inside / "voicegw_desktop" / "_resources"
    resources = [p.relative_to(ROOT / "resources") for p in (ROOT / "resources").rglob("*") if p.is_file()]
    assert [str(p) for p in resources if not (installed / p).is_file()] == []
    assert (installed / "example.yaml").is_file()
    languages = {p.stem for p in (ROOT / "resources" / "translations").glob("*.ts")}
    assert {p.stem for p in (installed / "translations").glob("*.qm")} == languages
    notices = (inside / "licences.txt").read_text("utf-8")
    for part in ("PySide6_Essentials", "piper-tts", "phonemizer", "av", "numpy", "livekit-agents", "pyinstaller"):
        assert f"\n{part} " in notices
    document = json.loads((inside / "sbom.cdx.json").read_text("utf-8"))
    assert len(document["components"]) > 60
    left_in = [p.name for p in inside.rglob("*") if "Qt6Qml" in p.name or "Qt6Quick" in p.name or p.name == "pytest"]
    assert left_in == []


def test_the_list_of_parts_is_what_is_locked(bundle: Path) -> None:
    lock = (ROOT / "requirements" / "bundle.lock").read_text("utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==([^ ;\\\\]+)", lock, re.MULTILINE))
    document = json.loads((bundle / "_internal" / "sbom.cdx.json").read_text("utf-8"))
    wheels = [part for part in document["components"] if part["purl"].startswith("pkg:pypi/")]
    listed = {(re.sub(r"[-_.]+", "-", part["name"]).lower(), part["version"]) for part in wheels}
    assert listed - locked == set()
    # whatever lies there as files of a package is of one that is listed
    owners = packages_distributions()
    for path in (bundle / "_internal").iterdir():
        names = owners.get(path.name.partition(".")[0], [])
        assert not names or {re.sub(r"[-_.]+", "-", name).lower() for name in names} & dict(listed).keys(), path


def test_every_engine_and_plugin_is_there(voicegw: Voicegw) -> None:
    shown = json.loads(voicegw("--json", "status"))
    # pip brings these
    expected = set(PROVIDERS) - {"moonshine", "sherpa"}
    assert {name for name, provider in shown["providers"].items() if provider["installed"]} == expected


def test_of_espeak_ng_kokoro_has_one_library_and_the_data_of_its_voices(bundle: Path) -> None:
    inside = bundle / "_internal" / "espeakng_loader"
    assert len([path for path in inside.iterdir() if "espeak-ng" in path.name and path.is_file()]) == 1
    data = inside / "espeak-ng-data"
    spoken = {path.name.removesuffix("_dict") for path in data.glob("*_dict")}
    assert spoken == espeak_languages()
    assert all((data / name).exists() for name in ("lang", "phondata", "phonindex", "phontab", "intonations"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads ELF files")
def test_every_library_has_a_notice_and_no_debugging_information(bundle: Path) -> None:
    """Each belongs to a package with a notice, to bundled.toml, to Python, or was copied with its notice."""
    sys.path.insert(0, str(ROOT / "packaging"))
    import licences

    inside = bundle / "_internal"
    notices = (inside / "licences.txt").read_text("utf-8").lower()
    known = {name.lower().replace("-", "_") for name in re.findall(r"^([\w.-]+) [\w.+~:-]+\nlicence:", notices, re.M)}
    owners = packages_distributions()
    strange, heavy = [], []
    for path in inside.rglob("*.so*"):
        if path.is_symlink():
            continue
        where = path.relative_to(inside)
        top = where.parts[0]
        names = owners.get(top.partition(".")[0], [top.removesuffix(".libs")])
        of_package = any(name.lower().replace("-", "_") in known for name in names)
        of_python = top.startswith(("libpython", "python3.")) or "lib-dynload" in where.parts
        named = licences.owned(str(where)) if top.endswith(".libs") and top != "numpy.libs" else of_package
        # a library that was copied from the system lies at the top, and its package's notice is in the text
        copied = len(where.parts) == 1 and not of_package
        if not (named or of_python or copied):
            strange.append(str(where))
        if not top.endswith(".libs") and b".debug_info" in path.read_bytes():
            # Rust's libraries hold the word, and no such section
            listed = subprocess.run(["readelf", "-SW", str(path)], capture_output=True, text=True, check=True).stdout
            heavy += [str(where)] if " .debug_info " in listed else []
    assert strange == []
    assert heavy == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads ELF files")
def test_the_packages_ask_for_every_library_that_is_not_in_it(bundle: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'packaging')!r}); import elf; from pathlib import Path; "
    code += f"print(elf.missing(Path({str(bundle)!r}), Path({str(NFPM)!r}).read_text()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "[]\n", done.stderr


def test_an_offline_turn(voicegw: Voicegw, models_dir: Path) -> None:
    said = voicegw("demo", "--no-play")
    assert "ask not what your country can do for you" in said
    assert "nothing: every byte stayed on this machine" in said


def test_it_starts_itself_in_the_background(voicegw: Voicegw, tmp_path: Path) -> None:
    voicegw("init")
    config = tmp_path / "vgw" / "config" / "voicegw.yaml"
    config.write_text(config.read_text().replace("port: 7717", "port: 0"))
    try:
        # the child is the program itself, whose loader must not believe that it ran already
        assert voicegw("start").startswith("Started")
        assert str(tmp_path) in voicegw("status")
        pid = json.loads(voicegw("--json", "status"))["pid"]
        maps = Path(f"/proc/{pid}/maps")
        # PyInstaller's own start-up hooks would load Qt in the gateway and in every worker
        assert not maps.exists() or "Qt6" not in maps.read_text()
    finally:
        voicegw("stop")
