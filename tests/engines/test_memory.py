"""Resident memory with and without /proc: both ways give equal figures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from voicegw_desktop.engines import memory
from voicegw_desktop.engines.memory import MIB, family_bytes, resident_bytes

pytestmark = pytest.mark.process


def test_memory_without_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=-1, stdout=-1)
    assert child.stdin is not None
    assert child.stdout is not None
    with child, child.stdin, child.stdout:
        child.stdout.readline()
        own, family = resident_bytes(os.getpid()), family_bytes(os.getpid())
        monkeypatch.setattr(memory, "STATM", tmp_path / "none")
        assert resident_bytes(os.getpid()) == pytest.approx(own, rel=0.05)
        assert family_bytes(os.getpid()) == pytest.approx(family, rel=0.05)
        assert family_bytes(os.getpid()) > resident_bytes(os.getpid()) + MIB
    assert (resident_bytes(2**22 + 1), family_bytes(2**22 + 1)) == (0, 0)
