"""Running costs shared with a process that is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.holdings import DayHoldings
from voicegw_desktop.middleware.holdings import Sums

pytestmark = pytest.mark.process

DAY = 20261127


@pytest.mark.skipif(sys.platform == "win32", reason="there a program is known to have ended by its lease only")
def test_what_a_killed_program_had_set_aside_is_free_at_once(tmp_path: Path) -> None:
    path = tmp_path / "v.db-budgets"
    code = (
        "import sys; from pathlib import Path; from tests.support.holdings import DayHoldings\n"
        f"DayHoldings(Path({str(path)!r})).day_take('p', {DAY}, 0, 100, 100, 100)\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    here = DayHoldings(path)
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"held"
        assert here.day_take("p", DAY, 0, 100, 1, 1) == (-1, Sums(0, 100))
        child.kill()
        child.wait()
    assert here.day_take("p", DAY, 0, 100, 100, 100)[0] == 100
    here.close()


def test_two_processes_spend_what_there_is_and_no_more(tmp_path: Path) -> None:
    limit, each = 100_003, 7
    code = (
        "import sys; from pathlib import Path; from tests.support.holdings import DayHoldings\n"
        f"held, spent = DayHoldings(Path({str(tmp_path / 'v.db-budgets')!r})), 0\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        f"while held.day_take('p', {DAY}, spent, {limit}, {each}, {each})[0] > 0:\n"
        f"    spent += {each}; held.day_settle('p', {DAY}, spent, {each}, {each})\n"
        "print(spent, flush=True); sys.stdin.readline()"
    )
    start = [sys.executable, "-c", code]
    with (
        subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one,
        subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as two,
    ):
        for child in (one, two):
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        for child in (one, two):
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        spent = [int(child.stdout.readline()) for child in (one, two) if child.stdout is not None]
        for child in (one, two):
            child.communicate("end\n")
    assert limit - each < sum(spent) <= limit
