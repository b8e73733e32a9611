"""What `voicegw update` says to a person."""

from __future__ import annotations

from typing import Any

import pytest

from voicegw_desktop.cli.tables import show

pytestmark = pytest.mark.unit


def test_versions_are_told_in_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    told: dict[str, Any] = {
        "version": "0.1.0", "installed": "0.1.0", "sentence": "", "available": None, "mode": "ask", "address": None,
        "command": "git pull", "refused": [],
    }  # fmt: skip
    show("update", told)
    out = capsys.readouterr().out
    assert out.startswith("Version 0.1.0 runs.\n")
    assert "not looked for" in out
    assert "brought by: git pull" in out
    assert "taken back" not in out
    show("check_update", {**told, "newest": "0.2.0", "refused": ["0.3.0: it ended"]})
    out = capsys.readouterr().out
    assert "newest: 0.2.0" in out
    assert "taken back: 0.3.0: it ended" in out
