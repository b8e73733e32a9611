"""Small files of settings are replaced as a whole, and only this user may read them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from voicegw_desktop.config import settings
from voicegw_desktop.core.private_file import write_private
from voicegw_desktop.pricing import own
from voicegw_desktop.routing.choices import ChoiceFile
from voicegw_desktop.sound.settings import SoundSettings

pytestmark = pytest.mark.unit

SAVERS: dict[str, Callable[[Path, int], None]] = {
    "prices": lambda folder, n: own.save(folder, {"openai": {"gpt-own": {"input": str(n)}}}),
    "settings": lambda folder, n: settings.store(folder, "retention.requests_days", 100 + n),
    "sound": lambda folder, n: SoundSettings(gain=1.0 + n).save(folder),
    "choices": lambda folder, n: ChoiceFile(folder / "choices.json").save({"stack": str(n)}),
    "private": lambda folder, n: write_private(folder / "private", str(n).encode()),
}


@pytest.mark.parametrize("name", SAVERS)
def test_what_cannot_be_replaced_stays_and_nothing_is_left_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    save, folder = SAVERS[name], tmp_path / "config"
    save(folder, 1)
    (file,) = folder.iterdir()
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()

    def fail(*args: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="no room"):
            save(folder, 2)
    assert [path.name for path in folder.iterdir()] == [file.name]
    assert file.read_bytes() == before
    save(folder, 3)
    assert file.read_bytes() != before
