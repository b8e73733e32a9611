"""Recordings of every kind through the codec worker."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from tests.support.engines import fake_pool
from voicegw_desktop.core.errors import BadRequest, PayloadTooLarge
from voicegw_desktop.engines.codec import FORMATS, decode, encode, plain_wav, wav_header
from voicegw_desktop.engines.pool import EnginePool

pytestmark = pytest.mark.process


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[EnginePool]:
    pool = fake_pool(tmp_path)
    yield pool
    await pool.aclose()


async def pieces(data: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def decoded(pool: EnginePool, data: bytes, rate: int = 16_000, **limits: float) -> bytes:
    return b"".join([audio.pcm async for audio in decode(pool, pieces(data), rate, **limits)])  # type: ignore[arg-type]


def loudness(pcm: bytes) -> float:
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    return (sum(s * s for s in samples) / len(samples)) ** 0.5


def samples_of(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())


async def test_every_format_there_and_back(pool: EnginePool, speech_dir: Path) -> None:
    speech = samples_of(speech_dir / "jfk.wav")
    for fmt in FORMATS[:-1]:
        parts = [part async for part in encode(pool, fmt, 16_000, pieces(speech, 9_999))]
        assert len(parts) > 5, f"{fmt} is not streamed"
        back = await decoded(pool, b"".join(parts))
        assert abs(len(back) - len(speech)) < 0.15 * 16_000 * 2, fmt
        assert loudness(back) == pytest.approx(loudness(speech), rel=0.1), fmt


@pytest.mark.parametrize("rate", [22_050, 24_000, 44_100])
@pytest.mark.parametrize("fmt", ["mp3", "opus", "aac", "flac"])
async def test_rates_of_voices_encode(pool: EnginePool, fmt: str, rate: int) -> None:
    data = b"".join([p async for p in encode(pool, fmt, rate, pieces(bytes(rate * 2)))])
    assert abs(len(await decoded(pool, data)) / 32_000 - 1.0) < 0.15


async def test_m4a_with_its_index_at_the_end_and_webm(pool: EnginePool, speech_dir: Path) -> None:
    av = pytest.importorskip("av")
    for container, codec in (("mp4", "aac"), ("webm", "libopus")):
        out = io.BytesIO()
        with av.open(str(speech_dir / "jfk.wav")) as source, av.open(out, "w", format=container) as target:
            stream = target.add_stream(codec, rate=48_000)
            for frame in source.decode(audio=0):
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
        assert len(await decoded(pool, out.getvalue())) / 32_000 == pytest.approx(11.0, abs=0.2)


async def test_wav_of_other_shapes(pool: EnginePool) -> None:
    for channels, width, rate in ((2, 2, 44_100), (1, 1, 8_000), (2, 3, 48_000), (1, 4, 16_000)):
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(width)
            file.setframerate(rate)
            file.writeframes(bytes(rate * width * channels))
        assert len(await decoded(pool, out.getvalue())) / 32_000 == pytest.approx(1.0, abs=0.02)


async def test_plain_wav_needs_no_worker(pool: EnginePool, speech_dir: Path) -> None:
    data = (speech_dir / "jfk.wav").read_bytes()
    assert await decoded(pool, data) == samples_of(speech_dir / "jfk.wav")
    assert pool.status() == []


def test_wav_header_is_read_back() -> None:
    assert plain_wav(wav_header(24_000, 1000)) == (24_000, 44, 1000)
    assert plain_wav(b"RIFF" + bytes(60)) is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_audio"),
        (b"this is a letter, not a recording. " * 400, "invalid_audio"),
        (bytes(20_000), "invalid_audio"),
        (wav_header(16_000, 0), "empty_audio"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "invalid_audio"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "invalid_audio"),
        (b"\x1aE\xdf\xa3" + bytes(range(256)) * 40, "invalid_audio"),
        (b"ID3" + bytes(range(200)) * 40, "invalid_audio"),
    ],
)
async def test_what_is_not_audio(pool: EnginePool, data: bytes, code: str) -> None:
    with pytest.raises(BadRequest) as caught:
        await decoded(pool, data)
    assert caught.value.code == code
    assert caught.value.param == "file"


async def test_limits(pool: EnginePool) -> None:
    silence = b"".join([p async for p in encode(pool, "flac", 16_000, pieces(bytes(32_000 * 60), 64_000))])
    assert len(silence) < 100_000
    with pytest.raises(PayloadTooLarge, match="longer than 10 s"):
        await decoded(pool, silence, max_s=10)
    with pytest.raises(PayloadTooLarge, match="larger than 5000 bytes"):
        await decoded(pool, silence, max_bytes=5000)
    with pytest.raises(PayloadTooLarge, match="longer than 1 s"):
        await decoded(pool, wav_header(16_000) + bytes(64_000), max_s=1)


async def test_a_cut_off_mp3_gives_what_is_there(pool: EnginePool, speech_dir: Path) -> None:
    speech = samples_of(speech_dir / "jfk.wav")
    mp3 = b"".join([p async for p in encode(pool, "mp3", 16_000, pieces(speech))])
    assert len(await decoded(pool, mp3[: len(mp3) // 2])) / 32_000 == pytest.approx(5.5, abs=0.3)


async def test_an_unknown_output_format(pool: EnginePool) -> None:
    with pytest.raises(BadRequest, match="midi"):
        [p async for p in encode(pool, "midi", 16_000, pieces(b""))]


async def test_a_source_that_fails_ends_the_encoding(pool: EnginePool) -> None:
    async def source(parts: Iterable[bytes] = (bytes(3200),)) -> AsyncIterator[bytes]:
        for part in parts:
            yield part
        raise RuntimeError("the voice broke")

    with pytest.raises(RuntimeError, match="the voice broke"):
        [p async for p in encode(pool, "mp3", 16_000, source())]
    assert pool.status()[0].streams == 0
