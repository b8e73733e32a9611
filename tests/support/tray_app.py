"""The application on a desktop of its own, and what its menu comes to say."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.desktop import Desktop, desktop
from tests.support.tray_host import Entry, TrayHost, find

CONFIG = """
serve: {port: 0}
stacks:
  quick: {stt: whisper/tiny.en, llm: llamacpp/smollm2-135m, tts: piper/en_US-joe-medium}
  careful: {stt: whisper/base, llm: llamacpp/smollm2-135m, tts: piper/en_US-joe-medium}
routing:
  stt: {aliases: {"*": whisper/tiny.en}}
  llm: {aliases: {"*": llamacpp/smollm2-135m}}
  tts: {aliases: {"*": piper/en_US-joe-medium}}
"""
PATIENCE = 60.0  # s for a menu to say what it should


@contextmanager
def app_screen(config: str = CONFIG, *, greeted: bool = True) -> Iterator[Desktop]:
    """A desktop whose environment leads the application to a profile of its own and to the installed models."""
    with desktop() as it:
        it.env["VOICEGW_HOME"] = it.env["HOME"] + "/vgw"
        models = os.environ.get("VOICEGW_TEST_MODELS")
        if models:
            it.env["VOICEGW_MODELS_DIR"] = models
        path = Path(it.env["HOME"]) / "voicegw.yaml"
        path.write_text(config)
        it.env["VOICEGW_CONFIG"] = str(path)
        if greeted:
            # not the first start: that one opens the window
            settings = Path(it.env["VOICEGW_HOME"]) / "config" / "window.ini"
            settings.parent.mkdir(parents=True, mode=0o700)
            settings.write_text("[told]\ngreeted=true\n")
        yield it


def start(screen: Desktop, *arguments: str) -> subprocess.Popen[bytes]:
    """The application; what it says on stderr is in `said(screen)`."""
    with _log(screen).open("ab") as log:
        return screen.start(sys.executable, "-m", "voicegw_desktop.app.start", *arguments, stderr=log)


def said(screen: Desktop) -> str:
    """What the application wrote to stderr."""
    return _log(screen).read_text("utf-8")


def _log(screen: Desktop) -> Path:
    return Path(screen.env["HOME"]) / "app.log"


async def menu_with(host: TrayHost, item: str, text: str, *, checked: bool | None = None) -> Entry:
    """Wait until some line of the menu contains `text` (and is checked, or not)."""
    last: Exception | None = None
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while loop.time() < deadline:
        try:
            entry = find(await host.menu(item), text)
            if checked is None or entry.checked is checked:
                return entry
        except LookupError as e:
            last = e
        # another process's menu: there is no event to wait for
        await asyncio.sleep(0.05)
    raise TimeoutError(f"the menu did not come to say {text!r}") from last
