"""The applications of macOS and their disk images, as far as they can be tried on another system.

Of a Mac's tools there are stand-ins; nothing here was frozen, signed or started on one.
"""

from __future__ import annotations

import ast
import plistlib
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from voicegw_desktop import __version__

HERE = Path(__file__).resolve().parents[2] / "packaging"
SPEC = (HERE / "voicegw.spec").read_text("utf-8")


def test_macos_asks_for_the_microphone_and_stays_out_of_the_dock() -> None:
    granted = plistlib.loads((HERE / "macos" / "entitlements.plist").read_bytes())
    assert granted["com.apple.security.device.audio-input"] is True
    assert '"NSMicrophoneUsageDescription": "' in SPEC
    assert '"LSUIElement": True' in SPEC
    # core and everything are one application for the system, whatever its folder is named when it is made
    assert '"CFBundleDisplayName": "VoiceGateway"' in SPEC


def test_macos_loads_packs_only_with_the_signature_of_the_program() -> None:
    """Freezing signs each library with the identity of the programs, so that no right to load others is asked for."""
    granted = plistlib.loads((HERE / "macos" / "entitlements.plist").read_bytes())
    assert set(granted) == {
        "com.apple.security.device.audio-input", "com.apple.security.cs.allow-unsigned-executable-memory",
    }  # fmt: skip
    calls = {
        ast.unparse(n.func): {k.arg: ast.unparse(k.value) for k in n.keywords}
        for n in ast.walk(ast.parse(SPEC))
        if isinstance(n, ast.Call)
    }
    assert (calls["EXE"]["codesign_identity"], calls["EXE"]["entitlements_file"]) == ("signed_by", "entitlements")
    # the programs come first: of them COLLECT and BUNDLE take the identity
    assert "COLLECT(*programs, " in SPEC
    assert "BUNDLE(\n        *programs," in SPEC


FAKE_TOOL = """#!/bin/sh
echo "$(basename "$0") $*" >> "{log}"
for word; do [ ! -d "$word" ] || ls -l "$word" >> "{log}"; done
"""


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("signed", [False, True])
def test_disk_images_of_everything_and_the_core_hold_one_application(tmp_path: Path, signed: bool) -> None:
    for name in ("VoiceGateway", "VoiceGateway-core"):
        (tmp_path / "dist" / f"{name}.app" / "Contents").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    log = tmp_path / "log"
    for name in ("hdiutil", "codesign", "xcrun"):
        (tmp_path / "bin" / name).write_text(FAKE_TOOL.format(log=log))
        (tmp_path / "bin" / name).chmod(0o755)
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import build; from pathlib import Path; "
    code += f"build.DIST = Path({str(tmp_path / 'dist')!r}); print(*(p.name for p in build.macos()))"
    env = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    env |= {"VOICEGW_CODESIGN": "An identity", "VOICEGW_NOTARY": "a profile"} if signed else {}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    images = done.stdout.split()
    assert [re.sub(rf"-{re.escape(__version__)}-\w+\.dmg$", "", name) for name in images] == [
        "VoiceGateway", "VoiceGateway-core",
    ]  # fmt: skip
    told = log.read_text()
    assert told.count(" VoiceGateway.app\n") == told.count(" Applications -> /Applications\n") == 2
    ran = [line.split()[0] for line in told.splitlines() if line.split()[0] in ("hdiutil", "codesign", "xcrun")]
    assert ran == (["hdiutil", "codesign", "xcrun", "xcrun"] if signed else ["hdiutil"]) * 2


def test_an_application_of_macos_has_what_its_finished_folder_has(tmp_path: Path) -> None:
    inside = tmp_path / "core" / "_internal"
    (inside / "idna.dist-info").mkdir(parents=True)
    for name in ("libssl.dylib", "idna.dist-info/RECORD", "licences.txt", "packs.json"):
        (inside / name).write_text("finished")
    collected = [
        ("voicegw", "/build/voicegw", "EXECUTABLE"),
        ("libssl.dylib", "/lib/libssl.dylib", "BINARY"),
        ("numpy/core.so", "/site/numpy/core.so", "EXTENSION"),
        ("libblas.dylib", "numpy/.dylibs/libblas.dylib", "SYMLINK"),
        ("idna.dist-info/RECORD", "/site/idna.dist-info/RECORD", "DATA"),
        ("idna.dist-info/__pycache__/AUTHORS.pyc", "/site/AUTHORS.pyc", "DATA"),
        ("licences.txt", "/build/licences.txt", "DATA"),
    ]
    assert runpy.run_path(str(HERE / "packs.py"))["bundled"](collected, tmp_path / "core") == [
        # it is signed again from its source
        ("libssl.dylib", "/lib/libssl.dylib", "BINARY"),
        ("idna.dist-info/RECORD", str(inside / "idna.dist-info" / "RECORD"), "DATA"),
        ("licences.txt", str(inside / "licences.txt"), "DATA"),
        ("packs.json", str(inside / "packs.json"), "DATA"),
    ]
