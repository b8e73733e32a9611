"""A file's lock belongs to one descriptor at a time and leaves the content readable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from voicegw_desktop.core.locks import try_lock, unlock

pytestmark = pytest.mark.unit


def test_one_descriptor_has_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    first, second = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    try:
        os.lseek(first, 3, os.SEEK_SET)
        assert try_lock(first)
        assert os.lseek(first, 0, os.SEEK_CUR) == 3
        assert not try_lock(second)
        assert os.read(second, 7) == b"content"
        unlock(first)
        assert try_lock(second)
        unlock(second)
        unlock(second)
        unlock(-1)
        assert try_lock(first)
    finally:
        os.close(first)
        os.close(second)


def test_closing_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "file"
    first = os.open(path, os.O_RDWR | os.O_CREAT)
    assert try_lock(first)
    os.close(first)
    second = os.open(path, os.O_RDWR)
    try:
        assert try_lock(second)
    finally:
        os.close(second)
