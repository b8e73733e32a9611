"""The codec worker: containers from strangers become int16 mono, and int16 mono becomes mp3, opus, flac or aac.

→ `decode {rate, max_s, max_bytes, live}`, `data` with payload, `data-stop`; ← `audio-chunk`, `audio-stop {audio_s}`.
→ `encode {format, rate}`, `audio-chunk`, `audio-stop`; ← `data` with payload, `data-stop`.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
import threading
from collections.abc import Iterator, Mapping
from typing import IO, Any

import av
import av.error
from av.audio.resampler import AudioResampler

from voicegw_desktop.core.errors import BadRequest, PayloadTooLarge
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.workers.harness import Connection, Job

# no playlist, no concatenation, no image: formats that open further files or addresses are not among them
DEMUXERS = "mp3,flac,ogg,matroska,webm,mov,mp4,m4a,wav,w64,aac,aiff,caf,amr,au,asf,avi,mpeg,mpegts,opus"
BROKEN_PACKETS = 50  # damaged packets after which a recording is given up
PIECE = 0.5  # s of audio in one event
LIVE_PIECE = 0.1  # s of live audio in one event
IN_MEMORY = 4 * 1024 * 1024  # bytes of an upload kept in memory before it goes to a temporary file
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)  # samples per second
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

ENCODINGS: Mapping[str, tuple[str, str, dict[str, str], tuple[int, ...]]] = {
    "mp3": ("mp3", "libmp3lame", {"write_xing": "0"}, MP3_RATES),
    "opus": ("ogg", "libopus", {"page_duration": "40000"}, OPUS_RATES),
    "flac": ("flac", "flac", {}, ()),
    "aac": ("adts", "aac", {}, MP3_RATES),
}
BIT_RATES = {"mp3": 64_000, "opus": 32_000, "aac": 64_000}  # bits per second, mono speech


def create(job: Job) -> CodecWorker:
    """The worker; it needs no model."""
    return CodecWorker()


class CodecWorker:
    """Each connection is one recording."""

    def load(self) -> Mapping[str, Any]:
        """Nothing to load."""
        av.logging.set_level(av.logging.PANIC)
        return {"device": "cpu", "formats": sorted(ENCODINGS)}

    async def handle(self, first: Event, conn: Connection) -> None:
        """Decode or encode one recording."""
        if first.type == "decode":
            await _decode(first.data, conn)
        elif first.type == "encode":
            await _encode(first.data, conn)
        else:
            raise BadRequest(f'The codec worker knows decode and encode, not "{first.type}".')


class GrowingFile(io.RawIOBase):
    """A file still being uploaded: reads wait for what has not arrived. Written in one thread, read in another."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - lives as long as self
        self._limit = limit
        self._size = self._at = 0
        self._complete = self._abandoned = False
        self._changed = threading.Condition()

    def feed(self, data: bytes) -> None:
        """Append what arrived. Raises PayloadTooLarge."""
        with self._changed:
            if self._size + len(data) > self._limit:
                raise PayloadTooLarge(f"The recording is larger than {self._limit} bytes.")
            self._file.seek(self._size)
            self._file.write(data)
            self._size += len(data)
            self._changed.notify_all()

    def complete(self, abandoned: bool = False) -> None:
        """Nothing more will come; `abandoned`: the rest need not be decoded."""
        with self._changed:
            self._complete, self._abandoned = True, abandoned or self._abandoned
            self._changed.notify_all()

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self._size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._complete or (self._at < self._size and size >= 0))
            if self._abandoned:
                return b""
            self._file.seek(self._at)
            data = self._file.read(size)
            self._at += len(data)
            return data

    def seek(self, offset: int, whence: int = 0) -> int:
        with self._changed:
            if whence == 2:
                self._changed.wait_for(lambda: self._complete)
            base = {0: 0, 1: self._at, 2: self._size}[whence]
            self._at = max(0, base + offset)
            return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._file.close()
        super().close()


async def _decode(wanted: Mapping[str, Any], conn: Connection) -> None:
    rate = int(wanted.get("rate") or 16_000)
    source = GrowingFile(int(wanted.get("max_bytes") or 200 * 1024 * 1024))
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
    # the decoder may run a few pieces ahead of the reader, no further
    ahead = threading.Semaphore(8)

    def run() -> None:
        try:
            max_s, live = float(wanted.get("max_s") or 4 * 3600), bool(wanted.get("live"))
            for pcm in decoded(source, rate, max_s, live=live):
                ahead.acquire()
                if source._abandoned:
                    return
                loop.call_soon_threadsafe(pieces.put_nowait, pcm)
        finally:
            loop.call_soon_threadsafe(pieces.put_nowait, None)

    async def receive() -> None:
        while (event := await conn.read()) is not None and event.type != "data-stop":
            if event.payload:
                source.feed(event.payload)
        source.complete()

    receiving = asyncio.create_task(receive())
    working = asyncio.create_task(asyncio.to_thread(run))
    samples = 0
    try:
        while True:
            getting = asyncio.create_task(pieces.get())
            waiting = {getting} if receiving.done() else {getting, receiving}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if receiving.done() and receiving.exception():
                getting.cancel()
                receiving.result()
            pcm = await getting
            if pcm is None:
                break
            ahead.release()
            samples += len(pcm) // 2
            await conn.write(Event("audio-chunk", {"rate": rate, "width": 2, "channels": 1}, pcm))
        await working
        await conn.write(Event("audio-stop", {"audio_s": samples / rate}))
    finally:
        receiving.cancel()
        source.complete(abandoned=True)
        for _ in range(16):
            ahead.release()
        await asyncio.gather(working, return_exceptions=True)
        source.close()


class _Forward:
    """A file that can only be read forward: libav asks for the size of any other, which is known at the end alone."""

    def __init__(self, source: GrowingFile) -> None:
        self.read = source.read


def decoded(source: GrowingFile, rate: int, max_s: float, *, live: bool = False) -> Iterator[bytes]:
    """Int16 mono in pieces of half a second, of a tenth and as they arrive when `live`.

    Raises BadRequest for what is not audio, PayloadTooLarge over `max_s`.
    """
    longest = LIVE_PIECE if live else PIECE
    try:
        container = av.open(
            _Forward(source) if live else source,
            "r",
            options={"format_whitelist": DEMUXERS, "protocol_whitelist": "none"},
        )
    except (av.error.FFmpegError, ValueError, OSError) as error:
        if source.size == 0:
            raise BadRequest("The recording is empty (0 bytes).", code="empty_audio", param="file") from None
        raise BadRequest(
            f"The recording is in no format that can be read ({_short(error)}). Send wav, mp3, flac, ogg, webm or m4a.",
            code="invalid_audio",
            param="file",
        ) from None
    with container:
        if not container.streams.audio:
            raise BadRequest("The recording holds no audio track.", code="invalid_audio", param="file")
        stream = container.streams.audio[0]
        resampler = AudioResampler(format="s16", layout="mono", rate=rate)
        held, samples, broken = bytearray(), 0, 0
        last_problem = ""
        packets = container.demux(stream)
        while True:
            frames: list[Any] = []
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError) as error:
                broken, last_problem = broken + 1, _short(error)
                if broken > BROKEN_PACKETS or not isinstance(error, av.error.InvalidDataError):
                    break
            for frame in frames:
                frame.pts = None
                held += _pcm(resampler.resample(frame))
            samples_now = samples + len(held) // 2
            if samples_now > max_s * rate:
                raise PayloadTooLarge(f"The recording is longer than {max_s:.0f} s.", param="file")
            if len(held) >= longest * rate * 2:
                samples = samples_now
                yield bytes(held)
                held.clear()
        if samples or held:
            held += _pcm(resampler.resample(None))
        if held:
            yield bytes(held)
        elif not samples:
            raise BadRequest(
                "The recording holds no sound that can be decoded" + (f" ({last_problem})." if last_problem else "."),
                code="invalid_audio" if last_problem else "empty_audio",
                param="file",
            )


def _pcm(frames: list[Any]) -> bytes:
    return b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)


def _short(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)[:120]


class Encoder:
    """Int16 mono in, container bytes out as they are produced."""

    def __init__(self, format: str, rate: int) -> None:
        if format not in ENCODINGS:
            raise BadRequest(f'"{format}" is no output format; there are {", ".join(sorted(ENCODINGS))}.')
        container, codec, options, rates = ENCODINGS[format]
        self._rate = rate
        self._out = _Sink()
        self._container = av.open(self._out, "w", format=container, options={**options, "flush_packets": "1"})
        out_rate = rate if not rates or rate in rates else min((r for r in rates if r >= rate), default=rates[-1])
        stream = self._container.add_stream(codec, rate=out_rate)
        assert isinstance(stream, av.AudioStream)
        self._stream = stream
        stream.codec_context.layout = "mono"
        if format in BIT_RATES:
            stream.codec_context.bit_rate = BIT_RATES[format]
        self._samples = 0

    def feed(self, pcm: bytes) -> bytes:
        """Encode more audio; what the codec has finished comes back."""
        count = len(pcm) // 2
        if count:
            frame = av.AudioFrame(format="s16", layout="mono", samples=count)
            frame.planes[0].update(pcm[: count * 2])
            frame.sample_rate = self._rate
            frame.pts = self._samples
            self._samples += count
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        return self._out.take()

    def finish(self) -> bytes:
        """The end of the file."""
        if self._samples:
            for packet in self._stream.encode(None):
                self._container.mux(packet)
        self._container.close()
        return self._out.take()


class _Sink:
    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def take(self) -> bytes:
        out = bytes(self._held)
        self._held.clear()
        return out


async def _encode(wanted: Mapping[str, Any], conn: Connection) -> None:
    encoder = Encoder(str(wanted.get("format")), int(wanted.get("rate") or 24_000))
    while (event := await conn.read()) is not None and event.type != "audio-stop":
        if out := encoder.feed(event.payload or b""):
            await conn.write(Event("data", {}, out))
    if out := encoder.finish():
        await conn.write(Event("data", {}, out))
    await conn.write(Event("data-stop"))
