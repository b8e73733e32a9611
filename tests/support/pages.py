"""A window's pages over a fake host: how a test plays a scene, and what it reads from the widgets."""

from __future__ import annotations

import os
import types
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")


from tests.support.desk import Desk  # noqa: E402
from tests.support.fake_host import FakeHost  # noqa: E402
from voicegw_desktop.app import theme  # noqa: E402
from voicegw_desktop.app.loop import GatewayLoop  # noqa: E402

Play = Callable[[FakeHost, Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    theme.apply(app, "light")
    loop = GatewayLoop(app)

    def run(host: FakeHost, scene: Callable[[Desk], Awaitable[None]]) -> None:
        async def main() -> None:
            desk = Desk(host, tmp_path)
            try:
                await scene(desk)
            finally:
                await desk.close()
            assert desk.errors == []

        loop.run_until_complete(main())

    yield run
    loop.close()


def texts(widget: Any) -> str:
    """Every visible label's text."""
    return "\n".join(x.text() for x in widget.findChildren(QtWidgets.QLabel) if x.isVisibleTo(widget) and x.text())


def cells(table: Any) -> list[list[str]]:
    """What a table shows."""
    shown = table.model_
    return [[shown.data(shown.index(r, c)) for c in range(shown.columnCount())] for r in range(shown.rowCount())]


def row(id: str, **more: Any) -> dict[str, Any]:
    """One entry of the `logs` operation."""
    return {
        "id": id, "timestamp": 1.0, "modality": "stt", "model_id": "whisper/tiny.en", "provider": "whisper",
        "project": "default", "ttfb_ms": 80.0, "total_latency_ms": 90.0, "cost_nanos": 0, "status": "success",
        "fallback_from": None, "error_message": None, "wanted": None, "wire": "openai", "pricing_source": "local",
        "session_id": None, **more,
    }  # fmt: skip


def request(id: str, **more: Any) -> Any:
    """The record of a request that has just ended."""
    return types.SimpleNamespace(**row(id, **more))
