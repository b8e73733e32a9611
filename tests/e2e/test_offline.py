"""Offline means offline: spoken turns with cloud names where there is no network, under a trace of system calls."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.served import ROOT
from tests.support.trace import LOOPBACK, leaves

pytestmark = [pytest.mark.e2e, pytest.mark.real_engine, pytest.mark.timeout(300)]

pytest.importorskip("livekit.agents", reason="the livekit extra is not installed")
LIMIT = 280  # s for serving, three models and ten checks, traced, on a machine busy with other things
TURN = [sys.executable, "-m", "tests.support.offline_turn"]


def take(command: list[str]) -> dict[str, dict[str, str]]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    assert {name.split()[0] for name in told["said"]} == {"livekit", "wyoming", "curl"}
    assert told["egress"] == []
    return told


def alone() -> list[str] | None:
    """What runs a command in a network namespace with nothing but loopback; None: there is none to be had."""
    unshare = shutil.which("unshare")
    if unshare is None or shutil.which("ip") is None:
        return None
    within = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    return permitted([unshare, "--net", *within], [unshare, "--net", "--map-root-user", *within])


def traced(trace: Path) -> list[str] | None:
    """What runs a command and writes its calls that name an address to `trace`; None: tracing is not to be had."""
    strace = shutil.which("strace")
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    options = ["-f", "--seccomp-bpf", "-qq", "-s", "0", "-e", calls, "-e", "signal=none", "-o", str(trace)]
    return None if strace is None else permitted([strace, *options])


def permitted(*ways: list[str]) -> list[str] | None:
    """The first of these that runs a command."""
    return next((way for way in ways if not subprocess.run([*way, "true"], capture_output=True).returncode), None)


def test_a_spoken_turn_without_a_network_calls_nothing_beyond_loopback(models_dir: Path, tmp_path: Path) -> None:
    """A trace also shows a call that fails because there is no network."""
    trace = tmp_path / "trace"
    without, watched = alone(), traced(trace)
    if without is None and watched is None:
        pytest.skip("neither a network namespace nor a trace of system calls is permitted here")
    take([*(without or ()), *(watched or ()), *TURN, str(models_dir)])
    if watched is not None:
        lines = trace.read_text().splitlines()
        assert any("AF_UNIX" in line for line in lines), "the trace is empty"
        assert any(LOOPBACK.search(line) for line in lines)
        assert [line for line in lines if leaves(line)] == []


@pytest.mark.parametrize(
    ("line", "away"),
    [
        ('connect(5, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("10.0.0.1")}, 16) = 0', True),
        ('connect(5, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0', False),
        ('connect(5, {sa_family=AF_INET6, sin6_port=htons(1), inet_pton(AF_INET6, "2001:db8::1")}, 28) = 0', True),
        ('connect(5, {sa_family=AF_INET6, sin6_port=htons(1), inet_pton(AF_INET6, "::1")}, 28) = 0', False),
        ('connect(5, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = 0', False),
        ('sendto(5, ""..., 64, MSG_NOSIGNAL, NULL, 0) = 64', False),
    ],
)
def test_the_trace_is_read_well(line: str, away: bool) -> None:
    assert leaves(line) is away
