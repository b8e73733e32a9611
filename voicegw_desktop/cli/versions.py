"""What `voicegw update` prints."""

from __future__ import annotations

from collections.abc import Mapping

from voicegw_desktop.cli.terminal import say
from voicegw_desktop.core.typed import texts

MODES = {
    "ask": "not looked for; the window asks once",
    "never": "not looked for",
    "check": "looked for once a day",
    "install": "looked for once a day and fetched",
}


def show(answer: Mapping[str, object]) -> None:
    """Print which version runs, what is new, and the command that brings it."""
    say(str(answer["sentence"] or f"Version {answer['version']} runs."))
    if newest := answer.get("newest") or answer["available"]:
        say(f"newest: {newest}")
    say(f"new versions: {MODES.get(str(answer['mode']), answer['mode'])} (updates.mode: {answer['mode']})")
    if not answer["address"]:
        say("looked for at: no place; this build names none, and updates.address is not set")
    say(f"brought by: {answer['command']}")
    for refused in texts(answer["refused"]):
        say(f"taken back: {refused}")
