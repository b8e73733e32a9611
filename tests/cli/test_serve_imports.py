"""What `voicegw serve` has loaded once it is ready: memory and time of every start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="ends the gateway by a signal"),
]

MOST = 296
"""Modules of this program. Raise it only for code that most gateways run, and say in the commit what it costs."""
LATE = (
    "difflib",
    "tarfile",
    "opentelemetry",
    "voicegw_desktop.config.settings",
    "voicegw_desktop.gateway.operate",
    "voicegw_desktop.gateway.spans",
    "voicegw_desktop.mcp.tools",
    "voicegw_desktop.models.hub",
    "voicegw_desktop.pricing.invoices",
    "voicegw_desktop.sockets.anthropic.door",
    "voicegw_desktop.sockets.audio",
    "voicegw_desktop.sockets.http.tls",
    "voicegw_desktop.sockets.ollama.door",
    "voicegw_desktop.sockets.openai.realtime.session",
    "voicegw_desktop.sockets.openai.speech",
    "voicegw_desktop.sockets.openai.transcription",
    "voicegw_desktop.sockets.wyoming_connection",
    "voicegw_desktop.storage.audit",
    "voicegw_desktop.storage.export",
    "voicegw_desktop.storage.repricing",
    "wyoming.audio",
)
"""Imported by the first request, client or setting that needs them."""
SERVE = """
import os, signal, sys
from voicegw_desktop.cli.serve import run

def say(line):
    if "ready in" in line:
        print("\\n".join(sorted(sys.modules)))
        os.kill(os.getpid(), signal.SIGTERM)

run(port=0, say=say)
"""


def test_a_gateway_loads_what_it_needs_and_no_more(tmp_path: Path) -> None:
    env = {**os.environ, "VOICEGW_HOME": str(tmp_path), "VOICEGW_SECRET": "s", "VOICEGW_MODELS_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", SERVE], capture_output=True, text=True, env=env, timeout=120)
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()
    assert "voicegw_desktop.sockets.openai.rest" in loaded
    assert [m for m in loaded if m in LATE] == []
    assert sum(m.startswith("voicegw_desktop") for m in loaded) <= MOST
