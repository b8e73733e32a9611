"""Commands that find the running gateway, in a profile too deep for a unix socket, as on Windows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.processes import alive

pytestmark = pytest.mark.e2e


def test_the_life_of_a_gateway(tmp_path: Path) -> None:
    home = tmp_path / ("deep" * 30)
    (home / "config").mkdir(parents=True)
    (home / "config" / "voicegw.yaml").write_text("serve: {port: 0}")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("VOICEGW_") and not k.endswith("_API_KEY")}
    env = clean | {"VOICEGW_HOME": str(home), "VOICEGW_SECRET": "a test's own secret"}

    def voicegw(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "voicegw_desktop", *arguments],
            env=env, cwd=tmp_path, input=given, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    assert "No gateway is running" in voicegw("stop").stderr
    assert "No gateway is running" in voicegw("smoke-test").stderr
    pids = []
    try:
        assert voicegw("start").stdout.startswith("Started"), voicegw("start")
        assert not paths_below(home).socket.exists()
        pids.append(json.loads(voicegw("--json", "status").stdout)["pid"])
        assert "running already" in voicegw("start").stdout
        ping = '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_provider_status"}}\n'
        answer = json.loads(voicegw("mcp", given=ping).stdout)
        assert answer["result"]["structuredContent"]["pid"] == pids[0]
        # the gateway was found: it has no model; moonshine brings its weights with its package, where that is installed
        assert "Nothing here serves" in voicegw("smoke-test").stderr
        assert "Started" in voicegw("restart").stdout
        pids.append(json.loads(voicegw("--json", "status").stdout)["pid"])
        assert pids[0] != pids[1]
    finally:
        stopped = voicegw("stop")
    assert stopped.stdout == "Stopped.\n", stopped
    assert not any(alive(pid) for pid in pids)
