"""Rules that no single room can hold: what the app process may import, and what the tree may not say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent
TOO_HEAVY = ("livekit", "numpy", "onnxruntime", "ctranslate2", "av", "openai", "faster_whisper", "piper", "kokoro_onnx")
SOURCES = sorted((ROOT / "voicegw_desktop").rglob("*.py"))

_EVERYTHING = """
import importlib, pkgutil, sys
import voicegw_desktop as top
rooms = ("engines.workers", "engines.whisper", "engines.tts", "testing", {extra})
# modules that subclass LiveKit's classes; only agents' processes and the cloud worker import them
rooms += ("providers.livekit_", "providers.failures")
rooms += ("inference._stt", "inference._llm", "inference._tts", "inference._streams")
skip = tuple(top.__name__ + "." + name for name in rooms)
for module in pkgutil.walk_packages(top.__path__, top.__name__ + "."):
    if not module.name.startswith(skip) and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*sorted(n for n in sys.modules if n.partition(".")[0] in {heavy!r}))
"""


def loaded(extra: str) -> list[str]:
    code = _EVERYTHING.format(heavy=TOO_HEAVY, extra=extra)
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=env, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_app_process_imports_nothing_heavy() -> None:
    assert loaded('"app",') == []


def test_no_dialog_is_executed() -> None:
    # exec() inside a coroutine hangs every other one for ever
    found = [
        f"{p.name}: {line}" for p in SOURCES for line in p.read_text().splitlines() if re.search(r"\.exec_?\(\)", line)
    ]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(p.relative_to(ROOT)) for p in SOURCES if p.stat().st_size and not p.read_text().startswith('"""')]
    assert silent == []


def test_locks_carry_hashes_and_no_index_address() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        text = lock.read_text()
        assert "--index-url" not in text
        assert "://" not in text
        pins = re.findall(r"^\S+==.*$", text, re.MULTILINE)
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)
