"""What `voicegw update` and `voicegw packs` print."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voicegw_desktop.cli.terminal import say
from voicegw_desktop.core.typed import records, text, texts, whole

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


def packs(answer: Mapping[str, object]) -> None:
    """Print which packs there are, their size, and the command that brings the first one that is missing."""
    listed = records(answer["packs"])
    for pack in listed:
        here = "here" if pack.get("installed") else f"{(whole(pack.get('size')) or 0) / 1e6:.0f} MB to fetch"
        say(f"{text(pack.get('name')):10} {here:16} {text(pack.get('about'))}")
    if answer["note"]:
        say(text(answer["note"]))
    # what others need comes with them
    needed = {name for pack in listed for name in texts(pack.get("needs"))}
    absent = [text(pack.get("name")) for pack in listed if not pack.get("installed")]
    if wanted := [name for name in absent if name not in needed]:
        say(f"Fetch one: voicegw packs add {wanted[0]}")


def packed(answer: Mapping[str, object]) -> None:
    """Print which packs came."""
    came = texts(answer["added"])
    say(f"Here now: {', '.join(came)}." if came else "It was here already.")


SHOWERS: dict[str, Callable[[Mapping[str, object]], None]] = {
    "update": show,
    "check_update": show,
    "list_packs": packs,
    "add_pack": packed,
}
"""What prints the answers of these operations."""
