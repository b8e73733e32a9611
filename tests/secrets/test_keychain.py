"""Secrets in a real keychain: GNOME's keyring on a session bus of its own, unlocked and locked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
USE = """
import json, sys
from pathlib import Path
from voicegw_desktop.secrets.crypto import SecretStore
folder = Path(sys.argv[1])
store = SecretStore(folder)
store.set("provider/openai", "sk-canary-in-the-keychain")
again = SecretStore(folder)
found, names = again.get("provider/openai"), again.names()
gone = again.delete("provider/openai")
print(json.dumps({"where": store.description, "found": found, "names": names, "gone": gone,
                  "after": again.get("provider/openai"), "files": [p.name for p in folder.rglob("*")]}))
"""


def use(tmp_path: Path, unlock: bool) -> dict[str, object]:
    if not shutil.which("gnome-keyring-daemon") or not shutil.which("dbus-run-session"):
        pytest.skip(
            "gnome-keyring or dbus-run-session is not installed; packaging/dev/system-packages.sh installs them"
        )
    folder = tmp_path / "config"
    folder.mkdir()
    daemon = (
        "printf password | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null"
        if unlock
        else "gnome-keyring-daemon --start --components=secrets --daemonize >/dev/null"
    )
    env = {k: v for k, v in os.environ.items() if not k.startswith(("VOICEGW", "DBUS", "XDG", "PYTHON_KEYRING"))}
    env |= {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run"), "PYTHONPATH": str(ROOT)}
    (tmp_path / "run").mkdir(mode=0o700)
    script = f'{daemon}; "$0" -c "$1" "$2"'
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script, sys.executable, USE, str(folder)],
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_an_unlocked_keychain_keeps_the_secret_and_no_file_does(tmp_path: Path) -> None:
    answer = use(tmp_path, unlock=True)
    assert answer["found"] == "sk-canary-in-the-keychain"
    assert answer["names"] == ["provider/openai"]
    assert answer["gone"] is True
    assert answer["after"] is None
    assert "keychain" in str(answer["where"])
    assert not [name for name in answer["files"] if "sealed" in name]  # type: ignore[attr-defined]


def test_a_locked_one_looks_healthy_and_is_not_trusted(tmp_path: Path) -> None:
    answer = use(tmp_path, unlock=False)
    assert answer["found"] == "sk-canary-in-the-keychain"
    assert "sealed" in str(answer["where"])
