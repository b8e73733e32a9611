"""Other processes by their id: alive, ended, ended and not reaped, another user's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.desktop import wait_for
from voicegw_desktop.core.processes import alive, terminate

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
