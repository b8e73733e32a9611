"""`voicegw completion`: what a shell needs to complete the command's words."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from voicegw_desktop.cli.terminal import say

if TYPE_CHECKING:
    from voicegw_desktop.cli.options import Options

SHELLS = {
    "bash": 'eval "$(voicegw completion bash)"',
    "zsh": 'voicegw completion zsh > "${fpath[1]}/_voicegw"',
    "fish": "voicegw completion fish | source",
}
"""Shell: the line that turns completion on."""


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The completion script of `parser` for one of `SHELLS`."""
    import shtab

    return str(shtab.complete(parser, shell))


def run(options: Options) -> int:
    """Print the script."""
    say(script(options.parser, options.shell))
    return 0


def arguments(parser: argparse.ArgumentParser) -> None:
    uses = "; ".join(f"{shell}: {line}" for shell, line in SHELLS.items())
    parser.add_argument("shell", choices=tuple(SHELLS), help=uses)
