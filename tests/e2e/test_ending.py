"""The served program under a low limit on descriptors, with its database gone, and the reason it gives for its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.desktop import wait_for
from tests.support.endings import MODELS, everything, silence, workers
from tests.support.served import served
from tests.support.weights import linked_store

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="signals, a unix socket and limits on descriptors"),
]


def env(home: Path) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("VOICEGW_") and not k.endswith("_API_KEY")}
    return clean | {"VOICEGW_HOME": str(home), "VOICEGW_SECRET": "a test's own secret"}


@contextmanager
def serving(home: Path, before: Callable[[], None] | None = None) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start `voicegw serve`; its port. Its output is in `out` and `err` below `home`."""
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "voicegw.yaml").write_text("serve: {port: 0}")
    with (home / "out").open("wb") as out, (home / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "voicegw_desktop", "serve"],
            env=env(home), stdout=out, stderr=err, preexec_fn=before,
        )  # fmt: skip
    try:
        wait_for("the unix socket", lambda: (home / "run" / "voicegw.sock").exists() and said(home))
        yield process, int(said(home).split("127.0.0.1:")[1].split("/")[0])
    finally:
        process.kill()
        process.wait()


def said(home: Path) -> str:
    return (home / "out").read_text()


def voicegw(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "voicegw_desktop", *arguments],
        env=env(home), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_says_why_it_ends(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert "Stopping: signal SIGTERM.\n" in said(tmp_path)
    with serving(tmp_path) as (process, _):
        assert voicegw(tmp_path, "stop") == "Stopped.\n"
        assert process.wait(30) == 0
    assert "Stopping: voicegw stop.\n" in said(tmp_path)
    with serving(tmp_path) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert "Stopping: signal SIGINT.\n" in said(tmp_path)


async def test_many_connections_under_a_low_limit_do_not_fill_the_log(tmp_path: Path) -> None:
    import resource

    def low() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (96, 96))

    with serving(tmp_path, low) as (process, port):
        held = []
        for _ in range(131):
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(60):
                    held.append(await asyncio.open_connection("127.0.0.1", port))
        # an answer to the last means that the server has been through all of them
        for _, writer in held:
            writer.close()

        def answers() -> bool:
            with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
                return json.loads(voicegw(tmp_path, "--json", "health"))["status"] == "ok"
            return False

        await asyncio.to_thread(wait_for, "an answer", answers)
        assert process.poll() is None
    log = (tmp_path / "err").read_text()
    # the unix socket has as many again
    assert "Only 12 connections are taken at a time instead of 256" in log
    assert "Traceback" not in log
    assert len(log) < 4_000


def test_a_database_deleted_under_a_running_gateway_comes_back(tmp_path: Path) -> None:
    config = tmp_path / "config"
    with serving(tmp_path) as (process, _):
        made = json.loads(voicegw(tmp_path, "--json", "keys", "create", "--name", "agent"))
        for file in config.glob("voicegw.db*"):
            file.unlink()
        wait_for("the database", (config / "voicegw.db").exists)
        wait_for("the line", lambda: "was deleted while the gateway ran" in (tmp_path / "err").read_text())
        process.kill()
        process.wait()
    with serving(tmp_path):
        listed = json.loads(voicegw(tmp_path, "--json", "keys", "list"))["keys"]
    assert made["key_id"] in {key["id"] for key in listed}


@pytest.mark.real_engine
async def test_it_ends_whatever_it_does_and_leaves_nothing_behind(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures of each state: `python -m tests.bench.endings`."""
    with silence(monkeypatch), served(linked_store(models_dir, tmp_path, MODELS)) as at:
        async with everything(at):
            children = [psutil.Process(pid) for pid in workers(at)]
            assert children
            at.process.send_signal(signal.SIGTERM)
            # a second start while the first program ends does not wait without a limit
            second = await asyncio.to_thread(
                subprocess.Popen,
                [sys.executable, "-m", "voicegw_desktop", "serve", "--port", "0"],
                env=at.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            assert await asyncio.to_thread(at.process.wait, 30) == 0
        assert psutil.wait_procs(children, 10)[1] == []
        try:
            assert second.stdout is not None
            told = await asyncio.to_thread(second.stdout.readline)
            assert "serves http" in told
        finally:
            second.terminate()
            second.communicate(timeout=30)
        assert second.returncode is not None
