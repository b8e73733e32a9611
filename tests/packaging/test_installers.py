"""The files of which installers are made: valid, complete, of one version, and asking for what the program uses.

Nothing is built here. tests/packaging/test_built.py judges what `make package` built.
"""

from __future__ import annotations

import ast
import configparser
import email.message
import functools
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
import yaml

from voicegw_desktop import __version__
from voicegw_desktop.core import paths

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "packaging"
SPEC = (HERE / "voicegw.spec").read_text("utf-8")
NSIS = (HERE / "windows" / "installer.nsi").read_text("utf-8")


@functools.cache
def nfpm() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((HERE / "linux" / "nfpm.yaml").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What build.py makes before anything is frozen. In a process of its own: it needs a Qt application."""
    folder = tmp_path_factory.mktemp("made")
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import build; from pathlib import Path; "
    code += f"build.WORK = Path({str(folder / 'package')!r}); build.assets()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "package"


# -- one version -------------------------------------------------------------------------------------------------------


def test_the_version_stands_in_one_place_and_the_project_s_file() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__
    said = [
        str(path.relative_to(ROOT))
        for path in [*HERE.rglob("*"), ROOT / ".github" / "workflows" / "release.yml"]
        if path.is_file() and "__pycache__" not in path.parts
        if re.search(rf"(?<![\w.]){re.escape(__version__)}(?![\w.])", path.read_text("utf-8"))
    ]
    assert said == []


# -- Linux -------------------------------------------------------------------------------------------------------------


@pytest.mark.process
def test_the_desktop_file() -> None:
    path = HERE / "linux" / "voicegw-desktop.desktop"
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(path)
    entry = parser["Desktop Entry"]
    # Qt is told the same name, so that panels find the icon of the window
    application = (ROOT / "voicegw_desktop" / "app" / "application.py").read_text()
    assert f'setDesktopFileName("{path.stem}")' in application
    assert entry["Exec"].split()[0] == entry["Icon"] == path.stem
    if validate := shutil.which("desktop-file-validate"):
        done = subprocess.run([validate, str(path)], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.unit
def test_no_address_is_invented() -> None:
    assert nfpm()["maintainer"] == nfpm()["vendor"]


@pytest.mark.process
def test_the_store_page(made: Path) -> None:
    path = made / "metainfo.xml"
    root = ElementTree.parse(path).getroot()
    release = root.find("releases/release")
    assert release is not None
    assert release.attrib["version"] == __version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", release.attrib["date"])
    assert root.findtext("launchable") == "voicegw-desktop.desktop"
    assert root.findtext("project_license") == "Apache-2.0"
    installed = [c["dst"] for c in nfpm()["contents"] if c["dst"].startswith("/usr/share/metainfo/")]
    assert installed == [f"/usr/share/metainfo/{root.findtext('id')}.metainfo.xml"]
    if validate := shutil.which("appstreamcli"):
        named = path.with_name(f"{root.findtext('id')}.metainfo.xml")
        shutil.copy(path, named)
        command = [validate, "validate", "--no-net", str(named)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.process
def test_everything_the_packages_hold_is_kept_or_made(made: Path) -> None:
    missing = []
    for content in nfpm()["contents"]:
        source = content["src"]
        if content.get("type") == "symlink" or source == "dist/voicegw":
            continue
        if source.startswith("build/package/"):
            # written when the parts that go in are known
            if source.endswith(("licences.txt", "sbom.cdx.json")):
                continue
            found = any(made.glob(source.removeprefix("build/package/")))
        else:
            found = any(path.is_file() for path in ROOT.glob(source))
        if not found:
            missing.append(source)
    assert missing == []


def test_the_packages_bring_what_there_is_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """README, changes and docs, where the program then finds them."""
    brought = {c["src"]: c["dst"] for c in nfpm()["contents"]}
    everything, core = (f"{folder.as_posix()}/" for folder in paths.DOCUMENTATION)
    docs = everything
    assert brought["README.md"] == f"{docs}README.md"
    assert brought["CHANGELOG.md"] == f"{docs}CHANGELOG.md"
    assert brought["docs/*.md"] == f"{docs}docs"
    assert f'"{core}"' in (HERE / "packs.py").read_text("utf-8")
    assert paths.readme() == ROOT / "README.md"
    # installed, the resources lie inside the package
    monkeypatch.setattr(paths, "resources_dir", lambda: tmp_path / "voicegw_desktop" / "_resources")
    monkeypatch.setattr(paths, "DOCUMENTATION", (tmp_path / "everything", tmp_path / "core"))
    assert paths.readme() is None
    for name in ("core", "everything"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").touch()
        assert paths.readme() == tmp_path / name / "README.md"


def test_the_packages_name_the_licences_of_their_parts(licences: Any) -> None:
    named = set(nfpm()["license"].split(" AND "))
    assert {"Apache-2.0", "GPL-3.0-or-later", "LGPL-3.0-only"} < named
    # weights that may be used with LiveKit Agents only are in the package, and both notices say so
    for text in (licences.OFFER, (ROOT / "THIRD_PARTY.md").read_text("utf-8")):
        plain = " ".join(text.split())
        assert "livekit-local-inference" in plain
        assert "with LiveKit Agents only" in plain


def test_what_is_promised_of_systems_is_what_can_be_installed() -> None:
    """macOS from the version of its wheels, and three systems by name: Intel Macs have no wheel of cryptography."""
    oldest = re.search(r'"LSMinimumSystemVersion": "(\d+)\.0"', SPEC)
    assert oldest is not None
    page = (ROOT / "docs" / "packaging.md").read_text("utf-8")
    assert f"| macOS {oldest[1]}, Apple silicon | yes | yes | yes | yes |" in page
    tool = (HERE / "dev" / "platforms.py").read_text("utf-8")
    assert f'"MACOSX_DEPLOYMENT_TARGET": "{oldest[1]}.0"' in tool
    systems = ast.literal_eval(tool[tool.index("PLATFORMS = ") + 12 : tool.index("\nEXTRAS")])
    assert re.findall(r"^\| ((?:Linux|macOS|Windows)[^|]*) \|", page, re.MULTILINE) == [*systems]
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    named = {entry.partition(" :: ")[2] for entry in classifiers if entry.startswith("Operating System ::")}
    assert named == {"MacOS", "Microsoft :: Windows", "POSIX :: Linux"}


def test_links_of_the_packages_lead_to_the_programs() -> None:
    links = {c["dst"]: c["src"] for c in nfpm()["contents"] if c.get("type") == "symlink"}
    folder = next(c["dst"] for c in nfpm()["contents"] if c["src"] == "dist/voicegw")
    for name in ("voicegw", "voicegw-desktop"):
        assert f"/usr/{links[f'/usr/bin/{name}'].removeprefix('../')}" == f"{folder}/{name}"


def test_packages_run_nothing_and_enable_nothing() -> None:
    assert "scripts" not in nfpm()
    assert all("scripts" not in part for part in nfpm()["overrides"].values())
    installed = " ".join(content["dst"] for content in nfpm()["contents"])
    assert "autostart" not in installed
    assert ".wants/" not in installed


def test_the_user_unit() -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(HERE / "linux" / "voicegw.service")
    assert parser["Service"]["ExecStart"].split() == ["/usr/bin/voicegw", "serve"]
    # each worker's end is the gateway's to arrange
    assert parser["Service"]["KillMode"] == "mixed"
    assert parser["Install"]["WantedBy"] == "default.target"


def test_both_packages_ask_for_the_same_of_the_system() -> None:
    # a package of Debian's for each library, but where one package holds several
    parts = nfpm()["overrides"]
    sonames = {d.partition(".so")[0] for d in parts["rpm"]["depends"] if ".so" in d}
    together = {"libgobject-2.0", "libgio-2.0", "libgthread-2.0", "libbrotlicommon"}
    assert together < sonames
    debian = [d for d in parts["deb"]["depends"] if d.startswith(("lib", "zlib"))]
    assert len(debian) == len(sonames - together)


@pytest.mark.process
def test_the_manual_names_every_command(made: Path) -> None:
    import gzip

    from voicegw_desktop.cli.parser import build_parser

    text = gzip.decompress((made / "voicegw.1.gz").read_bytes()).decode().replace("\\-", "-")
    commands = next(a.choices for a in build_parser()._actions if a.choices and not a.option_strings)
    assert [c for c in commands if f".B {c}\n" not in text] == []
    assert __version__ in text


@pytest.mark.process
def test_icons_in_every_size(made: Path) -> None:
    sizes = sorted(int(p.parts[-3].partition("x")[0]) for p in made.glob("hicolor/*/apps/voicegw-desktop.png"))
    assert sizes == [16, 22, 24, 32, 48, 64, 128, 256, 512]
    assert (made / "voicegw.ico").read_bytes()[:4] == b"\0\0\1\0"
    assert (made / "voicegw.icns").read_bytes()[:4] == b"icns"


# -- the frozen folder -------------------------------------------------------------------------------------------------


def _excluded() -> set[str]:
    call = next(
        node
        for node in ast.walk(ast.parse(SPEC))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Analysis"
    )
    value = next(k.value for k in call.keywords if k.arg == "excludes")
    names: list[str] = ast.literal_eval(value)
    return set(names)


def test_nothing_the_program_imports_is_left_out() -> None:
    left_out = _excluded()
    assert "PySide6.QtQml" in left_out
    wanted = set()
    for path in (ROOT / "voicegw_desktop").rglob("*.py"):
        if "testing" in path.parts:
            continue
        for module, names in re.findall(
            r"^\s*(?:from|import) ([\w.]+)(?: import ([\w, ]+))?", path.read_text("utf-8"), re.M
        ):
            wanted |= {module, *(f"{module}.{name.split()[0]}" for name in names.split(",") if name.strip())}
    assert {name for name in wanted if any(name == e or name.startswith(f"{e}.") for e in left_out)} == set()


def test_no_voice_of_the_catalogue_needs_what_is_left_out() -> None:
    # piper's data for Hebrew is 21 MB
    assert "he_IL" not in (ROOT / "resources" / "catalogue" / "piper.yaml").read_text("utf-8")


def test_every_file_the_spec_and_the_builder_name_exists() -> None:
    for folder, name in (("", "start.py"), ("", "licences.py"), ("macos", "entitlements.plist"), ("macos", "dmg.sh")):
        assert (HERE / folder / name).is_file()
        assert name.removesuffix(".py") in SPEC + (HERE / "build.py").read_text("utf-8")


@pytest.fixture(scope="module")
def licences() -> Any:
    spec = importlib.util.spec_from_file_location("licences", HERE / "licences.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["licences"] = module
    spec.loader.exec_module(module)
    # the boot loader's notice is PyInstaller's, which only the building environment has
    module.BUILDERS = ()
    return module


@pytest.mark.process
def test_the_notices_hold_each_part_s_own_text(licences: Any) -> None:
    text, sbom = licences.notices(["aiohttp", "PySide6", "ctranslate2", "tokenizers"])
    assert "Licence: PSF-2.0" in text
    assert re.search(r"^aiohttp \d", text, re.M)
    assert "Apache License" in text
    # packages without a text of their own, and libraries inside packages
    for part in ("PySide6_Essentials", "ctranslate2", "Intel oneMKL", "SVT-AV1", "GnuTLS", "FFmpeg"):
        assert re.search(rf"^{re.escape(part)}\b", text, re.M), part
    for words in (
        "Intel Simplified Software License",
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "Copyright (c) Intel Corporation",
    ):
        assert words in text
    document = json.loads(sbom)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    known = {part["purl"].partition("@")[0] for part in document["components"]}
    assert {"pkg:pypi/aiohttp", "pkg:generic/python", "pkg:generic/x264", "pkg:pypi/pyside6-essentials"} <= known
    assert all(part["licenses"][0]["license"]["name"] for part in document["components"])
    # two builds of one tree have one document
    assert licences.notices(["tokenizers", "ctranslate2", "PySide6", "aiohttp"])[1] == sbom


@pytest.mark.process
def test_a_part_without_a_licence_text_stops_the_build(licences: Any) -> None:
    class Bare:
        metadata = email.message.Message()
        version = "1.0"
        files = ()

    Bare.metadata["Name"] = "bare"
    with pytest.raises(SystemExit, match=r"bare 1\.0 has no licence text"):
        licences._package(Bare)
    with pytest.raises(SystemExit, match=r"no package of this system owns it|is not here"):
        licences._of_system(ROOT / "pyproject.toml")


def test_every_licence_that_is_named_has_its_text(licences: Any) -> None:
    told = licences._told()
    named = [entry["licence"] for entry in (*told["library"], *told["package"].values())]
    ids = {i for licence in named for i in licences.ids_of(licence)}
    assert {i for i in ids if not (HERE / "licences" / f"{i}.txt").is_file()} == set()
    assert all(entry["copyright"] for entry in (*told["library"], *told["package"].values()))


@pytest.mark.parametrize("beside", [True, False])
def test_python_s_licence_is_found_in_its_library_and_above_it(
    licences: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: bool
) -> None:
    (tmp_path / "Lib").mkdir()
    (tmp_path / ("Lib/LICENSE.txt" if beside else "LICENSE.txt")).write_text("PYTHON SOFTWARE FOUNDATION LICENSE")
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "Lib"))
    assert "PYTHON SOFTWARE FOUNDATION" in licences._python().texts[1]


# -- Windows and macOS -------------------------------------------------------------------------------------------------


def test_the_windows_installer_needs_no_administrator_and_removes_only_its_own() -> None:
    assert "RequestExecutionLevel user" in NSIS
    assert "HKLM" not in NSIS
    assert re.search(r'RMDir /r "\$INSTDIR"', NSIS) is None
    # start at login is offered, not ticked
    assert re.search(r'Section /o "Start at login"', NSIS)


@pytest.mark.process
@pytest.mark.skipif(shutil.which("makensis") is None, reason="makensis is not installed (Debian: nsis)")
def test_the_windows_installer_compiles_around_a_stand_in(tmp_path: Path, made: Path) -> None:
    inside = tmp_path / "payload" / "_internal"
    inside.mkdir(parents=True)
    shutil.copy(ROOT / "LICENSE", inside)
    for name in ("voicegw.exe", "voicegw-desktop.exe"):
        (tmp_path / "payload" / name).write_bytes(b"MZ")
    out = tmp_path / "VoiceGateway-setup.exe"
    told = {"VERSION": __version__, "PAYLOAD": inside.parent, "OUT": out, "ICON": made / "voicegw.ico"}
    command = ["makensis", "-V2", "-WX", *(f"-D{k}={v}" for k, v in told.items())]
    command.append(str(HERE / "windows" / "installer.nsi"))
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert out.read_bytes()[:2] == b"MZ"


@pytest.mark.process
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
@pytest.mark.parametrize("script", sorted(p.relative_to(HERE).as_posix() for p in HERE.rglob("*.sh")))
def test_shell_scripts_parse(script: str) -> None:
    done = subprocess.run(["sh", "-n", str(HERE / script)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
