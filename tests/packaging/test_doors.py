"""Files for containers, Flatpak, winget and Homebrew: of this version, these hashes, in the form each tool reads."""

from __future__ import annotations

import hashlib
import json
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from voicegw_desktop import __version__
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.config.schema import DEFAULT_PORT
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.updates import installed

ROOT = Path(__file__).resolve().parents[2]
DOORS: dict[str, Any] = runpy.run_path(str(ROOT / "packaging" / "doors.py"))
ADDRESS = "https://downloads.example/v/"
BUILT = {
    "linux": f"voicegw-desktop-{__version__}-linux-x86_64.tar.gz",
    "windows": f"VoiceGateway-{__version__}-setup.exe",
    "macos": f"VoiceGateway-{__version__}-arm64.dmg",
}

pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")
pytestmark = pytest.mark.app


def sha(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Everything, from files that stand in for built ones."""
    (tmp_path / "dist").mkdir()
    for system, name in BUILT.items():
        (tmp_path / "dist" / name).write_bytes(system.encode())
    arguments = [str(tmp_path / "doors"), "--address", ADDRESS, "--dist", str(tmp_path / "dist")]
    assert DOORS["main"](arguments) == 0
    return tmp_path / "doors"


def test_the_container_serves_for_a_user_without_rights(made: Path, tmp_path: Path) -> None:
    text = (made / "container" / "Containerfile").read_text()
    joined = re.sub(r"\\\n\s*", " ", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    steps = [line.split(" ", 1) for line in joined.splitlines() if line.strip()]
    assert {name for name, _ in steps} == {
        "FROM", "RUN", "ADD", "COPY", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL",
        "ENTRYPOINT", "CMD",
    }  # fmt: skip
    by_name = {step[0]: step[1] for step in steps}
    assert by_name["USER"] == "10001"
    assert [name for name, _ in steps].index("USER") > max(i for i, (name, _) in enumerate(steps) if name == "RUN")
    # commands are lists, so that signals reach the program itself
    assert json.loads(by_name["ENTRYPOINT"]) == ["/usr/local/bin/voicegw"]
    assert json.loads(by_name["CMD"]) == ["serve"]
    health = json.loads(by_name["HEALTHCHECK"].partition("CMD ")[2])
    assert health[:2] == ["/bin/bash", "-c"]
    assert f"/dev/tcp/127.0.0.1/{DEFAULT_PORT}" in health[2]
    assert (by_name["EXPOSE"], by_name["VOLUME"]) == (str(DEFAULT_PORT), "/data")
    # what it adds lies beside it, with the hash that the comment names
    assert (made / "container" / BUILT["linux"]).read_bytes() == b"linux"
    assert f"# sha256 {sha('linux')}" in text
    assert "://" not in text
    config = GatewayConfig.load(made / "container" / "voicegw.yaml", paths=paths_below(tmp_path))
    assert (config.serve.host, config.serve.allow_lan, config.serve.keyless_loopback) == ("0.0.0.0", True, False)


@pytest.mark.process
@pytest.mark.socket
@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
@pytest.mark.parametrize(("answer", "status"), [(b"HTTP/1.0 200 OK\r\n\r\n", 0), (b"HTTP/1.0 503 No\r\n\r\n", 1)])
def test_the_health_check_tells_an_answer_from_a_refusal(answer: bytes, status: int) -> None:
    import socket
    import threading

    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                # bash writes line by line
                asked.append(b"")
                while not asked[0].endswith(b"\r\n\r\n"):
                    asked[0] += connection.recv(1000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        # as the container's file says it in JSON
        command = json.loads(f'"{DOORS["HEALTH"].format(port=listening.getsockname()[1])}"')
        done = subprocess.run(["bash", "-c", command], check=False, timeout=60)
        thread.join(60)
    assert done.returncode == status
    assert asked == [b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n"]


def test_the_flatpak_manifest_has_what_flatpak_needs(made: Path) -> None:
    folder = made / "flatpak"
    manifest = json.loads((folder / "org.voicegateway.desktop.json").read_text())
    assert {"id", "runtime", "runtime-version", "sdk", "command", "finish-args", "modules"} == set(manifest)
    (module,) = manifest["modules"]
    archive, *files = module["sources"]
    assert (archive["sha256"], archive["url"]) == (sha("linux"), ADDRESS + BUILT["linux"])
    assert all((folder / each["path"]).is_file() for each in files)
    assert all(argument.startswith("--") for argument in manifest["finish-args"])
    # nothing of the user's files
    assert not any("filesystem" in argument for argument in manifest["finish-args"])
    assert f'version="{__version__}"' in (folder / "org.voicegateway.desktop.metainfo.xml").read_text()
    assert "Icon=org.voicegateway.desktop" in (folder / "org.voicegateway.desktop.desktop").read_text()


@pytest.mark.process
@pytest.mark.skipif(not shutil.which("flatpak-builder"), reason="no flatpak-builder here")
def test_flatpak_builder_reads_the_manifest(made: Path) -> None:
    command = ["flatpak-builder", "--show-manifest", str(made / "flatpak" / "org.voicegateway.desktop.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # a key that it does not know is left out of what it shows
    shown, given = json.loads(done.stdout), json.loads(Path(command[-1]).read_text())
    assert set(shown) >= set(given)
    assert len(shown["modules"][0]["sources"]) == len(given["modules"][0]["sources"])


def test_the_winget_files_are_of_one_version(made: Path) -> None:
    files = {path.name: yaml.safe_load(path.read_text()) for path in (made / "winget").iterdir()}
    assert {f["ManifestType"] for f in files.values()} == {"version", "installer", "defaultLocale"}
    for content in files.values():
        assert content["PackageIdentifier"] == "VoiceGateway.Desktop"
        assert (content["PackageVersion"], content["ManifestVersion"]) == (__version__, "1.6.0")
        assert installed.COMMANDS["winget"].endswith(content["PackageIdentifier"])
    installer = files["VoiceGateway.Desktop.installer.yaml"]
    (one,) = installer["Installers"]
    assert one == {
        "Architecture": "x64", "InstallerUrl": ADDRESS + BUILT["windows"], "InstallerSha256": sha("windows").upper(),
    }  # fmt: skip
    locale = files["VoiceGateway.Desktop.locale.en-US.yaml"]
    assert 3 <= len(locale["ShortDescription"]) <= 256
    assert len(locale["Tags"]) <= 16
    assert all(len(tag) <= 40 for tag in locale["Tags"])


def test_homebrew_gets_a_formula_and_a_cask(made: Path) -> None:
    formula = (made / "homebrew" / "Formula" / "voicegw-desktop.rb").read_text()
    cask = (made / "homebrew" / "Casks" / "voicegw-desktop.rb").read_text()
    assert (sha("linux") in formula, sha("macos") in cask) == (True, True)
    assert f'url "{ADDRESS}{BUILT["linux"]}"' in formula
    for text in (formula, cask):
        assert f'version "{__version__}"' in text
        begins = re.findall(r"\bdo\b|^\s*def |^class ", text, re.MULTILINE)
        assert len(begins) == len(re.findall(r"^\s*end$", text, re.MULTILINE))
        desc = re.search(r'desc "(.*)"', text)
        assert desc is not None
        assert len(desc.group(1)) <= 80
    if ruby := shutil.which("ruby"):
        for name in ("Formula", "Casks"):
            check = [ruby, "-c", str(made / "homebrew" / name / "voicegw-desktop.rb")]
            assert subprocess.run(check, capture_output=True, check=False).returncode == 0


def test_what_was_not_built_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dist").mkdir()
    assert DOORS["main"]([str(tmp_path / "doors"), "--dist", str(tmp_path / "dist")]) == 0
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "container: the archive of Linux was not built here",
        "flatpak: the archive of Linux was not built here",
        "winget: the installer of Windows was not built here",
        "homebrew: --address is missing",
    ]
    with pytest.raises(SystemExit, match="https"):
        DOORS["main"]([str(tmp_path / "doors"), "--address", "http://downloads.example/"])
