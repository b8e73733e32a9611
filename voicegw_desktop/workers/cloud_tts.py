"""Speech by a LiveKit plugin on the workers' wire, at the rate the client wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from livekit import rtc
from livekit.agents import tts
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT

from voicegw_desktop.core.errors import UpstreamError
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.providers.cloud import closing, hang_up
from voicegw_desktop.workers.cloud_order import TWICE, Order, Plugins
from voicegw_desktop.workers.harness import Connection


async def speak(worker: Plugins, order: Order, first: Event, conn: Connection) -> None:
    """One utterance, from `synthesize` or `synthesize-start` to `synthesize-stopped`."""
    data = first.data
    voice = (data.get("voice") or {}).get("name") or order.variant
    options: dict[str, Any] = {"voice": voice, "language": (data.get("voice") or {}).get("language")}
    if float(data.get("speed") or 1.0) != 1.0:
        options["speed"] = float(data["speed"])
    plugin = worker.plugin(order, "tts", **options)
    sounding = Sounding(conn, data.get("rate"), bool(order.extra.get("alignment")))
    text = data.get("text")
    try:
        if isinstance(text, str):
            sounding.characters = len(text)
            if text.strip():
                async with closing(plugin.synthesize(text, conn_options=TWICE)) as chunks:
                    await sounding.forward(chunks)
        else:
            await _pieces(plugin, conn, sounding)
    except BaseException:
        worker.background(hang_up(plugin))
        raise
    await sounding.finish()


async def _pieces(plugin: tts.TTS[str], conn: Connection, sounding: Sounding) -> None:
    whole = plugin if plugin.capabilities.streaming else tts.StreamAdapter(tts=plugin)
    texts = _texts(conn)
    first = await anext(texts, None)
    if first is None:
        return
    # opened with the first word: an utterance without any costs nothing
    async with closing(whole.stream(conn_options=TWICE)) as stream:
        feeding = asyncio.ensure_future(_feed(stream, first, texts, sounding))
        try:
            await sounding.forward(stream)
            await feeding
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)


async def _texts(conn: Connection) -> AsyncIterator[str]:
    blank = ""
    while (event := await conn.read()) is not None and event.type != "synthesize-stop":
        if event.type == "synthesize-chunk":
            text = blank + str(event.data.get("text") or "")
            # providers refuse an utterance of white space
            blank = "" if text.strip() else text
            if not blank and text:
                yield text


async def _feed(stream: tts.SynthesizeStream, first: str, texts: AsyncIterator[str], sounding: Sounding) -> None:
    stream.push_text(first)
    sounding.characters += len(first)
    async for text in texts:
        sounding.characters += len(text)
        stream.push_text(text)
    stream.end_input()


class Sounding:
    """Sends audio at one rate, words when they were asked for, and counts both."""

    def __init__(self, conn: Connection, rate: int | None, aligned: bool) -> None:
        self._conn, self._wanted, self._aligned = conn, rate, aligned
        self._rate = 0
        self._resampler: rtc.AudioResampler | None = None
        self._sent = 0
        self.characters = 0

    async def forward(self, chunks: AsyncIterator[tts.SynthesizedAudio]) -> None:
        """Send the audio as it comes."""
        async for chunk in chunks:
            frame = chunk.frame
            if not self._rate:
                await self._begin(frame)
            if self._aligned and (words := frame.userdata.get(USERDATA_TIMED_TRANSCRIPT)):
                await self._conn.write(Event("alignment", {"words": [_word(w) for w in words if _timed(w)]}))
            for piece in self._resampler.push(frame) if self._resampler else (frame,):
                await self._audio(bytes(piece.data))
        if self._resampler:
            for piece in self._resampler.flush():
                await self._audio(bytes(piece.data))

    async def _begin(self, frame: rtc.AudioFrame) -> None:
        self._rate = int(self._wanted or frame.sample_rate)
        if frame.num_channels != 1:
            raise UpstreamError(f"The provider sent {frame.num_channels} channels where one is expected.")
        if self._rate != frame.sample_rate:
            quality = rtc.AudioResamplerQuality.HIGH
            self._resampler = rtc.AudioResampler(frame.sample_rate, self._rate, quality=quality)
        await self._conn.write(Event("audio-start", {"rate": self._rate, "width": 2, "channels": 1}))

    async def _audio(self, pcm: bytes) -> None:
        if pcm:
            self._sent += len(pcm)
            await self._conn.write(Event("audio-chunk", {"rate": self._rate, "width": 2, "channels": 1}, pcm))

    async def finish(self) -> None:
        """Send the end of the utterance."""
        if self._rate:
            await self._conn.write(Event("audio-stop"))
        seconds = self._sent / 2 / self._rate if self._rate else 0.0
        await self._conn.write(Event("synthesize-stopped", {"characters": self.characters, "audio_s": seconds}))


def _timed(word: Any) -> bool:
    return isinstance(word.start_time, int | float) and isinstance(word.end_time, int | float)


def _word(word: Any) -> dict[str, Any]:
    return {"text": str(word).strip(), "start_s": word.start_time, "end_s": word.end_time}
