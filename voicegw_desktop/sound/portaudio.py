"""Microphones and speakers by PortAudio, for the sound process."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from voicegw_desktop.core import install
from voicegw_desktop.sound import wire

if TYPE_CHECKING:
    from sounddevice import DeviceInfo

SILENT = 5.0  # s without a call from a stream that runs: its device is gone; a busy machine is silent for 2 s
SENTENCES = {
    "no_portaudio": "The sound library PortAudio is missing: install libportaudio2 (on Debian and Ubuntu:"
    " apt-get install libportaudio2), then try again.",
    "no_sounddevice": f"Sound needs the package sounddevice: {install.command('sound')}.",
    "no_microphone": "No microphone was found. Connect one, then try again.",
    "no_speaker": "No speaker was found. Connect one, then try again.",
}
KINDS = ("microphone", "speaker")


class Refused(Exception):
    """What cannot be done, with a code and a sentence."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or SENTENCES[code])
        self.code = code


def need_library() -> None:
    """Load sounddevice with PortAudio; Refused says what is missing."""
    try:
        importlib.import_module("sounddevice")
    except ImportError as e:
        raise Refused("no_sounddevice") from e
    except OSError as e:
        raise Refused("no_portaudio") from e


class Stream:
    """One open device. PortAudio calls `_call` from its own thread; `moved` is when it last did."""

    def __init__(self, which: str, name: str | None, call: Callable[[memoryview, int, object, object], None]) -> None:
        import sounddevice as sd

        self.which = which
        self.index, self.name, rate = find(which, name)
        self.rate = wire.RATE
        check = sd.check_input_settings if which == "microphone" else sd.check_output_settings
        try:
            check(device=self.index, channels=1, dtype="int16", samplerate=wire.RATE)
        except (sd.PortAudioError, ValueError):
            # a device that is opened directly knows only its own rates
            self.rate = int(rate)
        kind = sd.RawInputStream if which == "microphone" else sd.RawOutputStream
        self.moved = time.monotonic()
        try:
            self._stream = kind(
                device=self.index, channels=1, dtype="int16", samplerate=self.rate, latency="low",
                blocksize=self.rate * wire.BLOCK_MS // 1000, callback=call,
            )  # fmt: skip
            self._stream.start()
        except (sd.PortAudioError, ValueError) as e:
            raise Refused(
                f"{which}_refused", f"The {which} {self.name} cannot be opened: {e}. Choose another one."
            ) from e

    @property
    def latency_ms(self) -> float:
        return self._stream.latency * 1000

    @property
    def dead(self) -> bool:
        """True when the worker stopped by itself or sends nothing any more."""
        return not self._stream.active or time.monotonic() - self.moved > SILENT

    def close(self) -> None:
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)


def fitting(which: str) -> list[DeviceInfo]:
    """The devices that capture, or those that play."""
    import sounddevice as sd

    return [
        d for d in sd.query_devices() if d["max_input_channels" if which == "microphone" else "max_output_channels"]
    ]


def find(which: str, name: str | None) -> tuple[int, str, float]:
    """Index, name and own rate of the device called `name`, the default one without a name; Refused when none is."""
    fits = fitting(which)
    if not fits:
        raise Refused(f"no_{which}")
    if name:
        chosen = next((d for d in fits if d["name"] == name), None)
        if chosen is None:
            there = ", ".join(d["name"] for d in fits)
            raise Refused(f"no_such_{which}", f'There is no {which} "{name}" now; there are: {there}.')
    else:
        import sounddevice as sd

        at = sd.default.device[0 if which == "microphone" else 1]
        chosen = next((d for d in fits if d["index"] == at), fits[0])
    return chosen["index"], chosen["name"], chosen["default_samplerate"]


def look_again() -> None:
    """Let PortAudio see what is connected now; it looks only when it starts."""
    import sounddevice as sd

    sd._terminate()
    sd._initialize()
