"""Run tests against mutants: each in a forked child, so that the working tree is never changed.

A mutant of a function is put into a child of a process that has imported the program and collected the tests already,
and only the tests that run its lines are run. A mutant of what runs at the import is imported by a child of a process
without the program.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import mmap
import os
import pickle
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

import pytest

from tests.mutants.mutations import Mutant
from tests.mutants.reach import Reached, Tracer

PACKAGE = "voicegw_desktop"
ROOT = Path(__file__).resolve().parent.parent.parent
PRELOADED = ("aiohttp", "aiosqlite", "pydantic", "yaml", "cryptography.fernet", "jwt", "keyring")
OPTIONS = (
    "-x",
    "-q",
    "-s",
    "-m",
    "(unit or socket) and not unmeasured",
    "-p",
    "no:cacheprovider",
    "--tb=no",
    "--no-header",
)
SLACK = 4.0
"""A test that takes this many times as long as without the mutant counts as hanging."""
START_S = 20.0
POLL_S = 0.005
_DEADLINE = struct.Struct("d")


class Verdict(NamedTuple):
    """Whether the tests noticed, and how: the first failing test, "time limit", or the last line of the run."""

    killed: bool
    by: str
    seconds: float


class Child:
    """A forked process with a folder and a deadline of its own. In the child itself, `pid` is 0."""

    def __init__(self, limit_s: float) -> None:
        self.folder = tempfile.mkdtemp(prefix="mutant-")
        self.output = Path(self.folder) / "output"
        self.noticed = Path(self.folder) / "noticed"
        self.began = time.monotonic()
        self._deadline = mmap.mmap(-1, _DEADLINE.size)
        self.allow(limit_s)
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.setpgid(0, 0)
            fd = os.open(self.output, os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(fd, 1)
            os.dup2(fd, 2)
            os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.tempdir = self.folder

    def allow(self, seconds: float) -> None:
        """The child is stopped unless it says within so many seconds that it goes on."""
        self._deadline[:] = _DEADLINE.pack(time.monotonic() + seconds)

    def poll(self) -> Verdict | None:
        """The verdict once the child has ended or its time is over; None: it still runs."""
        seconds = time.monotonic() - self.began
        ended, status = os.waitpid(self.pid, os.WNOHANG)
        if not ended:
            if time.monotonic() < _DEADLINE.unpack(self._deadline[:])[0]:
                return None
            self.stop()
            return Verdict(True, "time limit", seconds)
        code = os.waitstatus_to_exitcode(status)
        by = self.noticed.read_text() if self.noticed.exists() else _outcome(self.output) or f"exit code {code}"
        self._clean()
        return Verdict(code != 0, by, seconds)

    def wait(self) -> Verdict:
        """The verdict, when the child has ended."""
        while (verdict := self.poll()) is None:
            time.sleep(POLL_S)
        return verdict

    def stop(self) -> None:
        """End the child and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        self._clean()

    def _clean(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def preload() -> None:
    """Import what most tests import, so that each child finds it there."""
    for name in PRELOADED:
        importlib.import_module(name)


def imported(module: str, mutant: Mutant | None, tests: Sequence[str], limit_s: float) -> Child:
    """A child that imports the mutant in the module's place, then the tests. The program is not imported before."""
    tree = mutant.tree if mutant is not None else None
    child = Child(limit_s)
    if child.pid == 0:
        code = 70
        try:
            os.chdir(ROOT)
            if tree is not None:
                sys.meta_path.insert(0, _Finder(module, tree))
            code = int(pytest.main([*OPTIONS, *tests]))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return child


Ask = tuple[str, Mutant]
"""A module, relative to the package, and its mutant."""


class Forks:
    """A pytest plugin that collects the tests once, and forks a child for each mutant instead of running them."""

    def __init__(
        self,
        asks: Callable[[], Iterator[Ask]],
        told: Callable[[Ask, Verdict], None],
        modules: Sequence[str],
        jobs: int,
    ) -> None:
        self._asks, self._told, self._jobs = asks, told, jobs
        self._paths = {module: str(ROOT / PACKAGE / module) for module in modules}
        self.child: Child | None = None
        """The child that this process is."""
        self._reached = Reached({})
        self._kills: Counter[str] = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """True in the first process, which has run everything; None in a child, where pytest goes on with its tests."""
        items = {item.nodeid: item for item in session.items}
        measure = self._measure(session)
        if measure is None:
            return None
        self._reached = measure
        gc.unfreeze()  # what is set aside is not among the objects
        functions = [it for it in gc.get_objects() if isinstance(it, FunctionType)]
        by_path = {path: [it for it in functions if it.__code__.co_filename == path] for path in self._paths.values()}
        # a collection in a child would touch, and so copy, every object that was made before
        gc.freeze()
        running: dict[Child, Ask] = {}
        todo = self._asks()
        try:
            while True:
                while len(running) < self._jobs and (ask := next(todo, None)) is not None:
                    tests = self._reached.tests(self._paths[ask[0]], ask[1].lines)
                    if not tests:
                        self._told(ask, Verdict(False, "no test runs this line", 0.0))
                        continue
                    tests.sort(key=lambda name: self._reached.seconds[name] / (1 + self._kills[name]))
                    child = Child(START_S)
                    if child.pid == 0:
                        self.child = child
                        put(by_path[self._paths[ask[0]]], ask[1])
                        session.items[:] = [items[name] for name in tests]
                        return None
                    running[child] = ask
                if not running:
                    return True
                for child, ask in list(running.items()):
                    if (verdict := child.poll()) is not None:
                        del running[child]
                        self._kills[verdict.by] += verdict.killed
                        self._told(ask, verdict)
                time.sleep(POLL_S)
        finally:
            if self.child is None:
                for child in running:
                    child.stop()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say which test noticed."""
        if self.child is not None and report.failed:
            self.child.noticed.write_text(report.nodeid)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Give the next test its time."""
        if self.child is not None:
            self.child.allow(START_S + SLACK * self._reached.seconds.get(nodeid, 60.0))

    def _measure(self, session: pytest.Session) -> Reached | None:
        """Run every test once without a mutant, in a child; None in that child."""
        result = Path(tempfile.mkdtemp(prefix="mutant-")) / "reached"
        child = Child(START_S)
        if child.pid == 0:
            self.child = child
            session.config.pluginmanager.register(Tracer(self._paths.values(), result))
            return None
        verdict = child.wait()
        if verdict.killed:
            pytest.exit(f"The tests fail without a mutant: {verdict.by}. Mend that first.", 1)
        reached: Reached = pickle.loads(result.read_bytes())
        shutil.rmtree(result.parent)
        return reached


def put(functions: Sequence[FunctionType], mutant: Mutant) -> None:
    """Give a module's function in this process the mutant's code."""
    path = functions[0].__code__.co_filename
    changed = {code.co_firstlineno: code for code in _codes(compile(mutant.tree, path, "exec"), mutant.function)}
    found = [it for it in functions if it.__code__.co_qualname == mutant.function]
    if not any(it.__code__.co_firstlineno in changed for it in found):
        raise LookupError(f"{path} has no function {mutant.function} to change")
    for function in found:
        function.__code__ = changed[function.__code__.co_firstlineno]


def _codes(code: CodeType, name: str | None) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            if one.co_qualname == name:
                yield one
            else:
                yield from _codes(one, name)


def _outcome(output: Path) -> str | None:
    with contextlib.suppress(OSError):
        lines = output.read_text(errors="replace").splitlines()
        for line in lines:
            if line.startswith(("FAILED ", "ERROR ")):
                return line.partition(" ")[2].partition(" - ")[0]
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
