"""Other processes by their id: alive, ended, ended and not reaped, another user's."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from tests.support.desktop import wait_for
from voicegw_desktop.core.processes import Family, alive, terminate

pytestmark = pytest.mark.process


def test_a_process_is_alive_until_it_ends_reaped_or_not() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert alive(os.getpid())
        assert alive(child.pid)
        assert child.poll() is None, "asking must not end it"
        terminate(child.pid)
        # a zombie until its parent asks
        wait_for("the end", lambda: not alive(child.pid))
    finally:
        child.kill()
        child.communicate()
    assert not alive(child.pid)
    terminate(child.pid)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="a user without rights over process 1")
def test_another_users_process_is_refused_in_a_sentence() -> None:
    assert alive(1)
    with pytest.raises(PermissionError, match="belongs to another user"):
        terminate(1)


NEST = """
import subprocess, sys, threading
subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
print("ready", flush=True)
threading.Event().wait()
"""


@pytest.mark.parametrize("first_ended", [False, True])
def test_a_child_is_ended_with_what_it_started_also_after_its_own_end(first_ended: bool) -> None:
    child = subprocess.Popen([sys.executable, "-c", NEST], stdout=subprocess.PIPE, start_new_session=True)
    family = Family(child.pid)
    try:
        assert child.stdout
        child.stdout.readline()
        (below,) = psutil.Process(child.pid).children()
        if first_ended:
            child.kill()
            child.wait()
            assert alive(below.pid)
        family.kill()
        child.wait()
        wait_for("the end of the child's child", lambda: not alive(below.pid))
        # a second time is harmless
        family.kill()
    finally:
        family.close()
        child.kill()
        child.communicate()
