"""A plain Wyoming server, built on the `wyoming` package's own server: transcribes by counting, speaks silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.tts import Synthesize

CREDIT = Attribution("nobody", "")
INFO = Info(
    asr=[AsrProgram("ears", CREDIT, True, "", "1", [AsrModel("small", CREDIT, True, "", "1", ["en", "de"])])],
    tts=[TtsProgram("mouth", CREDIT, True, "", "1", [TtsVoice("anna", CREDIT, True, "", "1", ["en"])])],
)


class Handler(AsyncEventHandler):
    """Closes the connection after each transcript, as faster-whisper's server does."""

    received = 0
    asked: Transcribe | None = None

    async def handle_event(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            await self.write_event(INFO.event())
        elif Transcribe.is_type(event.type):
            self.asked = Transcribe.from_event(event)
        elif AudioChunk.is_type(event.type):
            self.received += len(AudioChunk.from_event(event).audio)
        elif AudioStop.is_type(event.type):
            name = self.asked.name if self.asked else None
            await self.write_event(Transcript(f"{self.received} bytes for {name}", language="en").event())
            return False
        elif Synthesize.is_type(event.type):
            return await self._speak(Synthesize.from_event(event))
        return True

    async def _speak(self, wanted: Synthesize) -> bool:
        voice = wanted.voice.name if wanted.voice else None
        if voice == "missing":
            await self.write_event(Error("no such voice", "voice").event())
            return True
        if voice == "vanishing":
            return False
        await self.write_event(AudioStart(22_050, 2, 2).event())
        for _ in wanted.text:
            await self.write_event(AudioChunk(22_050, 2, 2, bytes(400)).event())
        await self.write_event(AudioStop().event())
        return True


@asynccontextmanager
async def wyoming_server() -> AsyncIterator[str]:
    """Runs one; gives its `wyoming://` address."""
    server = AsyncTcpServer("127.0.0.1", 0)
    await server.start(Handler)
    inner: asyncio.Server = server._server
    try:
        yield f"wyoming://127.0.0.1:{inner.sockets[0].getsockname()[1]}"
    finally:
        left = dict(server._handlers)
        await server.stop()
        # a handler that still reads a client's last words would outlive the loop, with its connection
        await asyncio.gather(*left, *(one.writer.wait_closed() for one in left.values()), return_exceptions=True)
