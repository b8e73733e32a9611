"""Offline mode under a trace of system calls, with everything that could lead away from it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("livekit.agents")

from tests.conftest import ROOT
from tests.support.cloud import PAIRS
from tests.support.trace import LOOPBACK, leaves

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def test_no_system_call_leaves_by_a_redirect_a_proxy_or_a_poll(tmp_path: Path) -> None:
    """Offline, with proxies set, redirects to another machine, and servers elsewhere that a survey would ask."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is missing; packaging/dev/system-packages.sh installs it")
    trace = tmp_path / "trace"
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    traced = [strace, "-f", "--seccomp-bpf", "-qq", "-s", "0", "-e", calls, "-e", "signal=none", "-o", str(trace)]
    if subprocess.run([*traced, "true"], capture_output=True, check=False).returncode:
        pytest.skip("tracing is not permitted here")
    command = [*traced, sys.executable, "-m", "tests.support.redirects", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert len(told["refused"]) == len(PAIRS) + 3
    assert all("a redirect to 192.0.2.1" in message for message in told["refused"])
    # the log names each redirect that was refused, and nothing that left
    assert told["egress"]
    assert [entry for entry in told["egress"] if not entry["refused"]] == []
    lines = trace.read_text().splitlines()
    assert any(LOOPBACK.search(line) for line in lines)
    assert [line for line in lines if leaves(line)] == []
