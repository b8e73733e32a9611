"""What the core does not have, on Windows as wine shows it: the window, and whisper."""

from __future__ import annotations

import json
import os
import urllib.request
import uuid
from typing import Any

import pytest

from tests.wine import test_windows
from tests.wine.test_windows import LIMIT, ROOT, Windows

pytestmark = test_windows.pytestmark

WINDOW = """
import os, sys
sys.path.insert(0, "Z:\\\\tree")
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
from voicegw_desktop.app import application, start

def look():
    for window in QApplication.topLevelWidgets():
        texts = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
        if window.isVisible() and any("PORT" in text for text in texts):
            print("shown", ascii(window.windowTitle()), window.grab().width() > 0, flush=True)
            timer.stop()
            window.close()

timer = QTimer()
timer.timeout.connect(look)

def made(arguments, kind=QApplication):
    qt = kind(arguments)
    timer.start(200)
    return qt

application.QApplication = made
print("ended", start.main(["--window"]))
"""


@pytest.fixture
def windows() -> Windows:
    """A profile without a gateway, and the Python that has all packages."""
    made = Windows(f"vg-all-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    made.interpreter = ROOT / "build" / "wine" / "python-all"
    made.run("init")
    (made.home / "config" / "voicegw.yaml").write_text(f"serve: {{port: {made.port}}}\n")
    return made


def test_the_window_opens_serves_and_closes(windows: Windows) -> None:
    status, said = windows.python("-c", WINDOW.replace("PORT", str(windows.port)))
    assert status == 0, said
    # without a tray, closing the window ends the program
    assert "shown 'VoiceGateway' True" in said
    assert "ended 0" in said
    assert "Traceback" not in said


def heard(windows: Windows, key: str) -> Any:
    """What the gateway makes of the recording of the demo."""
    limit = uuid.uuid4().hex
    recording = (ROOT / "resources" / "demo" / "jfk.wav").read_bytes()
    part = f'--{limit}\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper/tiny.en\r\n'
    part += f'--{limit}\r\nContent-Disposition: form-data; name="file"; filename="jfk.wav"\r\n\r\n'
    body = part.encode() + recording + f"\r\n--{limit}--\r\n".encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": f"multipart/form-data; boundary={limit}"}
    asked = urllib.request.Request(f"http://127.0.0.1:{windows.port}/v1/audio/transcriptions", body, headers)
    with urllib.request.urlopen(asked, timeout=LIMIT) as answer:
        return json.load(answer)


def test_whisper_hears_through_its_worker(windows: Windows) -> None:
    if not os.environ.get("VOICEGW_TEST_MODELS"):
        pytest.skip("VOICEGW_TEST_MODELS names no folder with model weights; `make wine` sets it")
    windows.run("models", "import", "Z:\\models\\whisper\\tiny.en")
    windows.run("start")
    try:
        key = windows.ask("keys", "create", "--name", "hear")["api_key"]
        assert "ask not what your country can do for you" in heard(windows, key)["text"]
    finally:
        windows.run("stop")
