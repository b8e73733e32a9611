"""A window that is attached to nothing says so in words, without numbers of errors or names of libraries."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from voicegw_desktop.app import language  # noqa: E402
from voicegw_desktop.app.attached import AttachedHost  # noqa: E402
from voicegw_desktop.app.viewmodels.sentences import told  # noqa: E402
from voicegw_desktop.core.errors import VoiceGatewayError  # noqa: E402

pytestmark = pytest.mark.app

RAW = re.compile(r"Errno|errno|ssl:|Connect call|Error\b|\[|None")


def closed_port() -> int:
    """A port of 127.0.0.1 at which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.parametrize("scheme", ["unix", "http", "https"])
async def test_who_attaches_to_nothing_reads_words(scheme: str, tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/voicegw.sock" if scheme == "unix" else f"{scheme}://127.0.0.1:{closed_port()}"
    host = AttachedHost(address, key="vgw-x")
    with pytest.raises(VoiceGatewayError) as caught:
        await host.start(lambda _event: None)
    said = str(caught.value)
    assert said == (
        f"The gateway at {address} does not answer: nothing listens there. Start it there, or check the address."
    )
    assert not RAW.search(said)
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    language.use("de", tmp_path)
    try:
        assert "antwortet nicht: dort lauscht nichts." in told(said)
    finally:
        language.use("en", tmp_path)
