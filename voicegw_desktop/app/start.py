"""The command `voicegw-desktop`: checks that there is Qt and a display, then starts the application."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from voicegw_desktop.core.errors import VoiceGatewayError

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""Environment variables, one of which is set wherever Qt can draw on Linux."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tray application; the exit status, 1 with one sentence where it cannot run."""
    try:
        return run(sys.argv[1:] if argv is None else argv)
    except VoiceGatewayError as error:
        print(f"voicegw-desktop: {error.message}", file=sys.stderr)  # noqa: T201
        return 1


def run(argv: Sequence[str]) -> int:
    """Run the tray application; VoiceGatewayError where Qt or a display is missing."""
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in DISPLAYS):
        raise VoiceGatewayError("There is no display (DISPLAY and WAYLAND_DISPLAY are empty): use `voicegw serve`.")
    try:
        from voicegw_desktop.app.imports import without_features

        without_features()
        from voicegw_desktop.app import application
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("PySide6", "qasync"):
            raise
        from voicegw_desktop.core import install

        raise VoiceGatewayError(
            f"The tray needs {error.name}, which is not installed: {install.command('desktop')}. Without a window:"
            " `voicegw serve`."
        ) from error
    return application.main(argv)


if __name__ == "__main__":
    sys.exit(main())
