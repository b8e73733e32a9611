"""The mutants of `make mutants`: what they change, how they are named, and that their tables name what exists."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.__main__ import accepted
from tests.mutants.mutations import mutants
from tests.mutants.runner import PACKAGE
from tests.mutants.subjects import SUBJECTS

ROOT = Path(__file__).resolve().parent.parent

SOURCE = '''"""A module."""
import os
import subprocess

LIMIT = 3

class Box:
    """A box."""

    @property
    def full(self) -> bool:
        """Whether nothing more fits."""
        if self.shut:
            return True
        self.count(1)
        log.info("counted")
        return self.items >= LIMIT and not self.leaks or any(self.holes)
'''


def changes() -> dict[str, str]:
    """What each mutant of SOURCE is called, and its code."""
    return {mutant.name.removeprefix("box.py::"): ast.unparse(mutant.tree) for mutant in mutants("box.py", SOURCE)}


def test_each_kind_of_change_is_made_once_and_in_its_place() -> None:
    assert sorted(changes()) == sorted(
        [
            "(module)::3 -> 4",
            "Box.full::if self.shut -> if not self.shut",
            "Box.full::True -> False",
            "Box.full::return True -> return None",
            "Box.full::self.count(1) -> (removed)",
            "Box.full::1 -> 2",
            "Box.full::return self.items >= LIMIT and (not self.leaks) or any(self.holes) -> return None",
            "Box.full::self.items >= LIMIT and (not self.leaks) or any(self.holes)"
            " -> (self.items >= LIMIT and (not self.leaks)) and any(self.holes)",
            "Box.full::self.items >= LIMIT and (not self.leaks) -> self.items >= LIMIT or not self.leaks",
            "Box.full::self.items >= LIMIT -> self.items > LIMIT",
            "Box.full::not self.leaks -> self.leaks",
            "Box.full::any(self.holes) -> all(self.holes)",
        ]
    )


def test_every_mutant_differs_from_the_module_and_compiles() -> None:
    original = ast.unparse(ast.parse(SOURCE))
    for code in changes().values():
        assert code != original
        compile(code, "box.py", "exec")


def test_what_only_people_and_type_checkers_read_is_left_alone() -> None:
    assert not any("counted" in name or "A box" in name or "import" in name for name in changes())


def test_mutants_that_read_alike_are_numbered() -> None:
    names = [mutant.name for mutant in mutants("m.py", "def f():\n    g()\n    g()\n")]
    assert names == ["m.py::f::g() -> (removed)", "m.py::f::g() -> (removed) (2)"]


def test_subjects_name_modules_and_tests_that_exist() -> None:
    for subject in SUBJECTS.values():
        assert all((ROOT / PACKAGE / module).is_file() for module in subject.modules), subject
        assert all((ROOT / tests).exists() for tests in subject.tests), subject


def test_each_accepted_survivor_has_a_reason_and_a_subject() -> None:
    modules = {module for subject in SUBJECTS.values() for module in subject.modules}
    for name, reason in accepted().items():
        assert name.partition("::")[0] in modules, name
        assert len(reason) > 20, name


RUN = """
import ast, dataclasses, os, pytest
from pathlib import Path
from tests.mutants.mutations import mutants
from tests.mutants.runner import OPTIONS, Forks, imported, preload
module, tests = "routing/breaker.py", "tests/routing/test_breaker.py"
found = {it.name.partition("::")[2]: it for it in mutants(module, Path("voicegw_desktop", module).read_text())}
preload()
for name in (None, "_Entry::0 -> 1"):
    print(name, *imported(module, found.get(name), [tests], 60.0).wait()[:2], sep="|", flush=True)
changed = found["Breaker.dwelt::True -> False"]
nothing = dataclasses.replace(changed, name="nothing", _changed=ast.Constant(True))
unreached = dataclasses.replace(changed, name="unreached", lines=range(1, 2))
tell = lambda ask, verdict: print(ask[1].name, *verdict[:2], sep="|", flush=True)
chosen = [changed, nothing, unreached]
forks = Forks(lambda: iter([(module, it) for it in chosen]), tell, [module], 2)
code = pytest.main([*OPTIONS, tests], plugins=[forks])
if forks.child is not None:
    os._exit(code)
"""


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants run in forked processes")
def test_a_mutant_that_a_test_notices_is_killed_and_the_tree_is_unchanged() -> None:
    path = ROOT / PACKAGE / "routing" / "breaker.py"
    before = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", RUN], cwd=ROOT, capture_output=True, text=True, timeout=150)
    said = [line.split("|") for line in done.stdout.splitlines() if "|" in line]
    verdicts = {name.removeprefix("routing/breaker.py::"): (killed, by) for name, killed, by in said}
    noticed = "tests/routing/test_breaker.py::"
    assert verdicts["None"][0] == verdicts["nothing"][0] == "False", (verdicts, done.stderr)
    assert verdicts["unreached"] == ("False", "no test runs this line")
    for name in ("_Entry::0 -> 1", "Breaker.dwelt::True -> False"):
        assert verdicts[name][0] == "True"
        assert verdicts[name][1].startswith(noticed), verdicts
    assert path.read_bytes() == before
