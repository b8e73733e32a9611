"""Plays a recording, and says what played it: a device that took all of it, or nothing."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import wave
from pathlib import Path

from voicegw_desktop.corridor.resample import Resampler
from voicegw_desktop.sound import wire
from voicegw_desktop.sound.devices import Sound, SoundError
from voicegw_desktop.sound.settings import SoundSettings

PLAYERS = (
    ("paplay",),
    ("pw-play",),
    ("afplay",),
)
"""Used where the package sounddevice is not installed; each ends with an error when there is no device.

ffplay is none of them: it succeeds without a device."""
NO_LIBRARY = ("no_sounddevice", "no_portaudio")


def samples(clip: Path) -> bytes:
    """A WAV file of 16-bit mono as samples at wire.RATE."""
    with wave.open(str(clip), "rb") as file:
        return Resampler(file.getframerate(), wire.RATE).feed(file.readframes(file.getnframes()))


async def play(clip: Path, settings: SoundSettings) -> str:
    """Play a WAV file of 16-bit mono to its end; the name of the device or program. SoundError when nothing did."""
    pcm = await asyncio.to_thread(samples, clip)
    try:
        async with Sound() as sound:
            opened = await sound.open(speaker=settings.speaker)
            sound.play(pcm)
            if await sound.drain() >= wire.milliseconds(len(pcm)) * 0.99:
                return opened.speaker or ""
    except SoundError as error:
        if error.code not in NO_LIBRARY:
            raise
        if player := await _by_program(clip):
            return player
        raise
    raise SoundError("The speaker did not play all of it; choose another one.", code="not_played")


async def _by_program(clip: Path) -> str:
    for command in PLAYERS:
        if not shutil.which(command[0]):
            continue
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, str(clip), stdout=quiet, stderr=quiet)
        try:
            if await process.wait() == 0:
                return command[0]
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
    return ""
