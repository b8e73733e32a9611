"""One worker process seen from the app: its environment, its three pipes, its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from voicegw_desktop.core import packs
from voicegw_desktop.core.text import printable
from voicegw_desktop.engines.memory import oom_kills
from voicegw_desktop.program import is_frozen

LOG_LINES = 200
LINE_LIMIT = 256 * 1024  # bytes of one status line
NO_CONSOLE = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""Windows would open a console for a child of a program that has none."""
SPINS = "300"
"""How often a thread of GCC's OpenMP looks for work before it sleeps, some 10 µs.

Without it a small language model takes 3.5 times as long for a token, waking its threads; beside another engine 300
cost it nothing to a third, 3,000 twice its time.
"""
GRACE = 1.0  # s for a worker to leave after its stdin closed, and again after SIGTERM

# what a worker needs from its surroundings; keys and tokens are not among them
SYSTEM = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP", "TZ")
WINDOWS = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "USERPROFILE")
LIBRARIES = ("PROGRAMDATA", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR")
PYTHON = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "ESPEAK_DATA_PATH", "VK_ICD_FILENAMES")
DEVICES = ("CUDA_VISIBLE_DEVICES", "CUDA_HOME", "CUDA_PATH", "HIP_VISIBLE_DEVICES")
PROCESSORS = ("KMP_AFFINITY", "GOMP_CPU_AFFINITY", "OMP_PROC_BIND", "OMP_PLACES")
"""Where OpenMP's threads run, for those who keep processors for something else."""
FOLDERS = ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")
INHERITED = frozenset((*SYSTEM, *WINDOWS, *LIBRARIES, *PYTHON, *DEVICES, *PROCESSORS, *FOLDERS))
NETWORK = frozenset(
    ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy")
)


def worker_environment(threads: int, network: bool, more: Mapping[str, str]) -> dict[str, str]:
    """A worker's environment: an allow list, OpenMP told to wait passively, hubs told to stay offline."""
    wanted = INHERITED | NETWORK if network else INHERITED
    env = {k: v for k, v in os.environ.items() if k in wanted or k.startswith("LC_")}
    if not is_frozen():
        root = str(Path(__file__).resolve().parents[2])
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (root, env.get("PYTHONPATH"))))
    env["PYTHONUNBUFFERED"] = "1"
    # onnxruntime's own wheels report to their maker from every session unless told not to
    env["ORT_DISABLE_TELEMETRY"] = "1"
    # spinning OpenMP threads cost a language model five sixths of its speed beside another engine
    env |= {
        "OMP_WAIT_POLICY": "passive",
        "GOMP_SPINCOUNT": SPINS,
        "KMP_BLOCKTIME": "0",
        "OMP_NUM_THREADS": str(threads),
    }
    # numpy's threads spin too, for some 25 ms behind each spectrogram that they make no faster
    env["OPENBLAS_NUM_THREADS"] = "1"
    if not network:
        env |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    return env | dict(more)


class WorkerProcess:
    """A running worker; calls back with each status line and once with its end."""

    def __init__(self, on_status: Callable[[dict[str, Any]], None], on_exit: Callable[[str], None]) -> None:
        self._on_status, self._on_exit = on_status, on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._killed_by_us = False
        self._oom_before = 0
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.gone = asyncio.Event()
        self.end_reason = "ended"
        self.verdict = ""
        """Why we ended it, when we did so for a fault."""
        self.unloaded = ""
        """Why it was asked to end, where that was no fault."""

    @property
    def pid(self) -> int | None:
        """None before the start and after the end."""
        return None if self._process is None or self.gone.is_set() else self._process.pid

    async def start(self, command: Sequence[str], job: Mapping[str, Any], env: Mapping[str, str]) -> None:
        """Make the process and hand it its job."""
        self._oom_before = oom_kills()
        making = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=dict(env),
                # a group of its own keeps Ctrl-C away; a session of its own would also keep Linux from comparing
                # its niceness with the app's, and the app's loop would run late
                process_group=0,
                creationflags=NO_CONSOLE,
                limit=LINE_LIMIT,
            )
        )
        try:
            self._process = await asyncio.shield(making)
        except asyncio.CancelledError:
            # without this, a process that is being made when the start is cancelled would never be ended
            self._process = await making
            self._watch()
            raise
        self._watch()
        assert self._process.stdin
        with contextlib.suppress(ConnectionError):
            # looked up at each start: packs come and go while the gateway runs
            told = {**job, "parent": os.getpid(), "packs": [str(folder) for folder in packs.in_place().values()]}
            self._process.stdin.write(json.dumps(told).encode() + b"\n")
            await self._process.stdin.drain()

    def _watch(self) -> None:
        self._tasks = [asyncio.create_task(f()) for f in (self._read_status, self._read_log)]
        self._tasks.append(asyncio.create_task(self._reap()))

    async def _read_status(self) -> None:
        assert self._process
        assert self._process.stdout
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:
                line = b"(a line without end)"
            if not line:
                return
            try:
                status = json.loads(line)
                if not isinstance(status, dict) or "state" not in status:
                    raise ValueError("no state")
            except ValueError:
                self.condemn(f"wrote a line that is not a status: {line[:80]!r}")
                return
            self._on_status(status)

    async def _read_log(self) -> None:
        assert self._process
        assert self._process.stderr
        rest = b""
        while piece := await self._process.stderr.read(65536):
            *lines, rest = (rest + piece).split(b"\n")
            self.log.extend(printable(line.decode(errors="replace")[:1000]) for line in lines)
            rest = rest[-4096:]
        if rest:
            self.log.append(printable(rest.decode(errors="replace")))

    async def _reap(self) -> None:
        assert self._process
        assert self._process.stdin
        code = await self._process.wait()
        self.gone.set()
        self._process.stdin.close()
        # a last status line or traceback may still be in the pipes
        await asyncio.wait(self._tasks[:2], timeout=GRACE)
        for task in self._tasks[:2]:
            task.cancel()
        self._on_exit(self._explain(code))

    def _explain(self, code: int) -> str:
        if self.verdict:
            return self.verdict
        if code < 0:
            with contextlib.suppress(ValueError):
                name = signal.Signals(-code).name
                if -code == signal.SIGKILL and not self._killed_by_us:
                    return (
                        "was ended by the system (SIGKILL), because memory ran out"
                        if oom_kills() > self._oom_before
                        else "was ended from outside (SIGKILL)"
                    )
                return f"ended by {name}"
        last = next((line.strip() for line in reversed(self.log) if line.strip()), "")
        return f"ended with status {code}" + (f" after saying: {last[:200]}" if last else "")

    def condemn(self, verdict: str) -> None:
        """End it at once because of a fault."""
        if self._process and not self.gone.is_set():
            self.verdict = self.verdict or verdict
            self._kill()

    def _kill(self) -> None:
        self._killed_by_us = True
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def stop(self) -> None:
        """Close its stdin; if it stays, terminate, then kill. Returns when it is gone."""
        if not self._process or self.gone.is_set():
            return
        assert self._process.stdin
        self._process.stdin.close()
        if not await self._gone_within(GRACE):
            self._killed_by_us = True
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            if not await self._gone_within(GRACE):
                self._kill()
        await self.gone.wait()

    async def _gone_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.gone.wait()
        return self.gone.is_set()

    async def wait_reaped(self) -> None:
        """Wait until the end has been reported."""
        if self._tasks:
            # wait, not gather: a caller that gives up must not cancel the reaping
            await asyncio.wait({self._tasks[-1]})
