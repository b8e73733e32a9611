"""The sound process: the only one that opens a microphone or speaker. Its streams end when its standard input does.

Messages in: `devices`, `open`, `gain`, `flush`, `drain`, `close` (as `{"do": NAME, ...}`), and samples to play. Out:
the answer to each, captured samples, and `level` and `gone` by themselves. PortAudio's threads only copy samples;
cleaning and writing happen in the loop of `Worker.run`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from voicegw_desktop.corridor.resample import Resampler
from voicegw_desktop.sound import wire
from voicegw_desktop.sound.portaudio import KINDS, Refused, Stream, find, fitting, look_again, need_library

if TYPE_CHECKING:
    from livekit import rtc

TICK = 0.005  # s between two looks at what came in
LEVEL_EVERY = 0.05  # s


def peak(samples: array[int]) -> float:
    """The loudest sample, 0 to 1."""
    return max(max(samples), -min(samples)) / 32768 if samples else 0.0


def louder(pcm: bytes, gain: float) -> bytes:
    """The samples times `gain`, clipped."""
    if gain == 1.0:
        return pcm
    return array("h", [max(-32768, min(32767, round(s * gain))) for s in array("h", pcm)]).tobytes()


class Cleaner:
    """WebRTC's echo cancellation, noise suppression and gain, where the `livekit` package is installed."""

    def __init__(self) -> None:
        from livekit import rtc

        self._frame = rtc.AudioFrame
        self._module = rtc.AudioProcessingModule(
            echo_cancellation=True, noise_suppression=True, high_pass_filter=True, auto_gain_control=True
        )

    def played(self, pcm: bytes) -> None:
        """A block that the speaker plays."""
        self._module.process_reverse_stream(self._of(pcm))

    def heard(self, pcm: bytes, delay_ms: int) -> bytes:
        """A captured block without what the speaker played `delay_ms` ago."""
        block = self._of(pcm)
        self._module.set_stream_delay_ms(delay_ms)
        self._module.process_stream(block)
        return bytes(block._data)

    def _of(self, pcm: bytes) -> rtc.AudioFrame:
        return self._frame(bytearray(pcm), wire.RATE, 1, len(pcm) // 2)


class Worker:
    """Reads messages from `source`, writes to `sink`."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self._source, self._sink = source, sink
        self._inbox: deque[tuple[int, bytes]] = deque()
        self._ended = threading.Event()
        self._woken = threading.Event()
        self._captured: deque[bytes] = deque()
        self._sounded: deque[bytes] = deque()
        self._lock = threading.Lock()
        self._queue = bytearray()  # samples still to play, at the speaker's rate
        self._octets = 0  # of samples that the speaker took since the last flush or drain
        self._microphone: Stream | None = None
        self._speaker: Stream | None = None
        self._cleaner: Cleaner | None = None
        self._to_speaker = self._from_microphone = Resampler(wire.RATE, wire.RATE)
        self._rest = b""
        self._gain = 1.0
        self._drain_until: float | None = None
        self._draining = 0  # drains that wait for their answer
        self._level = 0.0
        self._level_at = 0.0

    def run(self) -> None:
        """Serve orders until the input ends."""
        threading.Thread(target=self._read, daemon=True).start()
        while not self._ended.is_set() or self._inbox:
            while self._inbox:
                self._take(*self._inbox.popleft())
            self._pump()
            self._watch()
            busy = self._microphone is not None or self._speaker is not None
            self._woken.wait(TICK if busy else None)
            self._woken.clear()
        self._close()

    def _read(self) -> None:
        while (head := self._source.read(wire.HEAD.size)) and len(head) == wire.HEAD.size:
            kind, length = wire.HEAD.unpack(head)
            self._inbox.append((kind, self._source.read(length)))
            self._woken.set()
        self._ended.set()
        self._woken.set()

    def _say(self, event: str, **more: Any) -> None:
        self._write(wire.message({"event": event, **more}))

    def _write(self, data: bytes) -> None:
        try:
            self._sink.write(data)
            self._sink.flush()
        except OSError:
            self._ended.set()

    # -- what is asked ------------------------------------------------------------------------------------------------

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == wire.SAMPLES:
            with self._lock:
                self._queue += self._to_speaker.feed(payload)
            return
        asked: dict[str, Any] = json.loads(payload)
        name = str(asked["do"])
        do: Callable[[dict[str, Any]], dict[str, Any]] = getattr(self, f"_do_{name}")
        try:
            self._say(name, **do(asked))
        except Refused as e:
            self._close()
            self._say("error", of=name, code=e.code, message=str(e))

    def _do_devices(self, _: dict[str, Any]) -> dict[str, Any]:
        need_library()
        if self._microphone is None and self._speaker is None:
            look_again()
        found: dict[str, Any] = {}
        for which in KINDS:
            names = [d["name"] for d in fitting(which)]
            found[f"{which}s"] = list(dict.fromkeys(names))
            found[f"default_{which}"] = find(which, None)[1] if names else None
        return found

    def _do_open(self, asked: dict[str, Any]) -> dict[str, Any]:
        need_library()
        self._close()
        try:
            return self._open(asked)
        except Refused:
            # a device that was connected after PortAudio looked
            self._close()
            look_again()
            return self._open(asked)

    def _open(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._gain = float(asked.get("gain") or 1.0)
        if "microphone" in asked:
            self._microphone = Stream("microphone", asked["microphone"], self._capture)
            self._from_microphone = Resampler(self._microphone.rate, wire.RATE)
        if "speaker" in asked:
            self._speaker = Stream("speaker", asked["speaker"], self._play)
            self._to_speaker = Resampler(wire.RATE, self._speaker.rate)
        if self._microphone is not None and asked.get("clean", True):
            try:
                self._cleaner = Cleaner()
            except Exception as e:  # an optional part of an optional package
                sys.stderr.write(f"no echo cancellation: {e!r}\n")
        return {
            "microphone": self._microphone.name if self._microphone else None,
            "speaker": self._speaker.name if self._speaker else None,
            "cleaned": self._cleaner is not None,
        }

    def _do_gain(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._gain = float(asked["gain"])
        return {}

    def _do_flush(self, _: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._queue.clear()
        return {"played_ms": self._played()}

    def _do_close(self, _: dict[str, Any]) -> dict[str, Any]:
        self._close()
        return {}

    def _do_drain(self, _: dict[str, Any]) -> dict[str, Any]:
        self._draining += 1
        return {}

    def _played(self) -> float:
        rate = self._speaker.rate if self._speaker else wire.RATE
        octets, self._octets = self._octets, 0
        return octets / 2 / rate * 1000

    def _close(self) -> None:
        for stream in (self._microphone, self._speaker):
            if stream is not None:
                stream.close()
        self._microphone = self._speaker = self._cleaner = None
        self._queue.clear()
        self._captured.clear()
        self._sounded.clear()
        self._rest, self._octets = b"", 0
        if self._draining:
            self._told_drained(0.0)

    # -- PortAudio's threads ------------------------------------------------------------------------------------------

    def _capture(self, data: memoryview, _frames: int, _when: object, _status: object) -> None:
        if self._microphone is not None:
            self._microphone.moved = time.monotonic()
        self._captured.append(bytes(data))

    def _play(self, data: memoryview, _frames: int, _when: object, _status: object) -> None:
        wanted = len(data)
        with self._lock:
            block = bytes(self._queue[:wanted])
            del self._queue[:wanted]
        if self._speaker is not None:
            self._speaker.moved = time.monotonic()
        self._octets += len(block)
        data[:] = block.ljust(wanted, b"\0")
        if self._cleaner is not None:
            self._sounded.append(bytes(data))

    # -- the loop -----------------------------------------------------------------------------------------------------

    def _pump(self) -> None:
        speaker, cleaner = self._speaker, self._cleaner
        while self._sounded:
            block = self._sounded.popleft()
            if cleaner is not None and speaker is not None and speaker.rate == wire.RATE:
                cleaner.played(block)
        while self._captured:
            self._rest += self._from_microphone.feed(self._captured.popleft())
        whole = len(self._rest) - len(self._rest) % wire.BLOCK
        out = bytearray()
        for at in range(0, whole, wire.BLOCK):
            block = louder(self._rest[at : at + wire.BLOCK], self._gain)
            if cleaner is not None and self._microphone is not None:
                delay = self._microphone.latency_ms + (speaker.latency_ms if speaker is not None else 0)
                block = cleaner.heard(block, round(delay))
            self._level = max(self._level, peak(array("h", block)))
            out += block
        self._rest = self._rest[whole:]
        if out:
            self._write(wire.frame(wire.SAMPLES, bytes(out)))
            if time.monotonic() - self._level_at >= LEVEL_EVERY:
                self._say("level", level=round(self._level, 4))
                self._level, self._level_at = 0.0, time.monotonic()
        self._drained()

    def _drained(self) -> None:
        if not self._draining or self._speaker is None:
            return
        now = time.monotonic()
        if self._queue:
            self._drain_until = None
        elif self._drain_until is None:
            # the device still holds what it took last
            self._drain_until = now + self._speaker.latency_ms / 1000
        elif now >= self._drain_until:
            self._told_drained(self._played())

    def _told_drained(self, played_ms: float) -> None:
        for _ in range(self._draining):
            self._say("drained", played_ms=played_ms)
        self._draining, self._drain_until = 0, None

    def _watch(self) -> None:
        for stream in (self._microphone, self._speaker):
            if stream is not None and stream.dead:
                text = f"The {stream.which} {stream.name} is gone. Connect it again, or choose another one."
                # first: a caller that waits for the end of the sound must not mistake the loss of the device for it
                self._say("gone", which=stream.which, code=f"{stream.which}_gone", message=text)
                self._close()
                return


def main() -> int:
    """Speak over the pipes this process was started with."""
    # what a library prints must not look like a frame
    sink = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    Worker(sys.stdin.buffer, sink).run()
    sink.close()
    # PortAudio may wait for a sound server that is gone
    os._exit(0)


if __name__ == "__main__":
    main()
