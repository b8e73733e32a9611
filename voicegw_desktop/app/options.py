"""What the command line of the application may say."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from voicegw_desktop import __version__


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line of `voicegw-desktop` and `voicegw app`."""
    parser = argparse.ArgumentParser(prog="voicegw-desktop", description="Speech and language engines, from the tray.")
    parser.add_argument("--config", metavar="FILE", help="use this voicegw.yaml instead of searching for one")
    parser.add_argument("--attach", metavar="ADDRESS", help="show a gateway that runs already: unix:PATH or http://…")
    parser.add_argument("--window", action="store_true", help="open the window at once")
    parser.add_argument("--temp-basedir", action="store_true", help="use a new, empty profile, deleted at the end")
    parser.add_argument("--version", action="version", version=f"voicegw-desktop {__version__}")
    return parser.parse_args(argv)
