"""Beside a thread that works for long, such as a report, the loop that serves streams gets its turns."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from voicegw_desktop.cli.serve import serving
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.turns import TURN, short_turns
from voicegw_desktop.gateway.gateway import Gateway

pytestmark = pytest.mark.socket


async def test_threads_take_short_turns_while_a_gateway_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    before = sys.getswitchinterval()
    config = tmp_path / "voicegw.yaml"
    config.write_text("serve: {port: 0}\n")
    async with Gateway(str(config), paths=paths_below(tmp_path)) as gateway, serving(gateway):
        assert sys.getswitchinterval() == pytest.approx(TURN, abs=2e-6)
        assert before > 10 * TURN
    assert sys.getswitchinterval() == before


def test_turns_that_are_shorter_yet_stay() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN / 2)
    try:
        with short_turns():
            assert sys.getswitchinterval() == pytest.approx(TURN / 2, abs=2e-6)
    finally:
        sys.setswitchinterval(before)
