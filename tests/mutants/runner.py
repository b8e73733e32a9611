"""Run tests against a mutant: in a forked child, where an import hook puts the mutant in the module's place.

The working tree is never changed, and what tests import besides the program is imported once, before the first fork.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import NamedTuple

PACKAGE = "voicegw_desktop"
ROOT = Path(__file__).resolve().parent.parent.parent
PRELOADED = ("pytest", "aiohttp", "aiosqlite", "pydantic", "yaml", "cryptography.fernet", "jwt", "keyring")


class Verdict(NamedTuple):
    """Whether the tests noticed, and how: the first failing test, "time limit", or the last line of the run."""

    killed: bool
    by: str
    seconds: float


class Job:
    """One running child."""

    def __init__(self, module: str, tree: ast.Module | None, tests: Sequence[str], limit_s: float) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="mutant-")
        self.began = time.monotonic()
        self.limit_s = limit_s
        self.output = Path(self.folder.name) / "output"
        self.pid = os.fork()
        if self.pid == 0:
            code = 70
            try:
                code = _child(module, tree, tests, self.folder.name, self.output)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)

    def poll(self) -> Verdict | None:
        """The verdict once the child has ended or its time is over; None: it still runs."""
        seconds = time.monotonic() - self.began
        ended, status = os.waitpid(self.pid, os.WNOHANG)
        if not ended:
            if seconds < self.limit_s:
                return None
            self.stop()
            return Verdict(True, "time limit", seconds)
        code = os.waitstatus_to_exitcode(status)
        by = _outcome(self.output) or f"exit code {code}"
        self.folder.cleanup()
        return Verdict(code != 0, by, seconds)

    def stop(self) -> None:
        """End the child and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        self.folder.cleanup()


def preload() -> None:
    """Import what most tests import, so that each child finds it there."""
    for name in PRELOADED:
        importlib.import_module(name)


def _child(module: str, tree: ast.Module | None, tests: Sequence[str], folder: str, output: Path) -> int:
    import pytest

    os.setpgid(0, 0)
    fd = os.open(output, os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    sys.stdout = sys.stderr = os.fdopen(1, "w", closefd=False)
    os.chdir(ROOT)
    if tree is not None:
        sys.meta_path.insert(0, _Finder(module, tree))
    options = ["-x", "-q", "-m", "unit or socket", "-p", "no:cacheprovider", f"--basetemp={folder}/tests"]
    return int(pytest.main([*options, "--tb=no", "--no-header", *tests]))


def _outcome(output: Path) -> str | None:
    with contextlib.suppress(OSError):
        lines = output.read_text(errors="replace").splitlines()
        for line in lines:
            if line.startswith(("FAILED ", "ERROR ")):
                return line.split(" ")[1]
        return lines[-1] if lines else None
    return None


class _Finder(importlib.abc.MetaPathFinder):
    """Imports one module from a tree; every other import goes its usual way."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self.path = str(ROOT / PACKAGE / module)
        self.name = ".".join((PACKAGE, *Path(module).with_suffix("").parts))
        self.tree = tree
        if self.name in sys.modules:
            raise RuntimeError(f"{self.name} is imported already; the mutant would not be used")

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        loader = _Loader(fullname, self.path, self.tree)
        return importlib.util.spec_from_file_location(fullname, self.path, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, tree: ast.Module) -> None:
        super().__init__(fullname, path)
        self.tree = tree

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.tree, self.path, "exec")
