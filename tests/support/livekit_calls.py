"""Calls of the Python surface as LiveKit makes them: one modality, whole or streamed, with all that came of it."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from livekit import rtc
from livekit.agents import APIConnectOptions, llm, stt, tts
from livekit.agents import inference as lk_inference

from tests.conftest import ROOT
from tests.support.agent import speech
from voicegw_desktop import inference
from voicegw_desktop.testing.sound import pieces

RATE = 16_000
ONCE = APIConnectOptions(max_retry=0, timeout=20.0)
VOICE = speech(ROOT / "tests" / "data" / "jfk.wav", 2.2)
TEXT = "Hello there, my friend. How are you today?"


class Call:
    """One call of a modality, whole or streamed, with what it brought."""

    def __init__(
        self, name: str, modality: str, http: aiohttp.ClientSession, options: APIConnectOptions = ONCE
    ) -> None:
        self.modality = modality
        self.options = options
        self.errors: list[Any] = []
        self.metrics: list[Any] = []
        self.made: Any = {
            "stt": lambda: inference.STT(name, http_session=http),
            "llm": lambda: inference.LLM(name),
            "tts": lambda: inference.TTS(name, http_session=http),
        }[modality]()
        self.made.on("error", self.errors.append)
        self.made.on("metrics_collected", self.metrics.append)
        self.text = ""
        self.seconds = 0.0
        self.began = asyncio.Event()

    async def whole(self) -> None:
        """Send the whole input in one call."""
        if self.modality == "stt":
            frame = rtc.AudioFrame(VOICE, RATE, 1, len(VOICE) // 2)
            event = await self.made.recognize([frame], conn_options=self.options)
            self.text = event.alternatives[0].text
        elif self.modality == "llm":
            await self.streamed()
        else:
            async with self.made.synthesize(TEXT, conn_options=self.options) as stream:
                async for chunk in stream:
                    self._sounds(chunk)

    async def streamed(self) -> None:
        """Stream as a session does."""
        if self.modality == "stt":
            await self._hear()
        elif self.modality == "llm":
            context = llm.ChatContext()
            context.add_message(role="user", content="Hello")
            more = {"extra_kwargs": {"max_tokens": 32}}
            async with self.made.chat(chat_ctx=context, conn_options=self.options, **more) as stream:
                async for chunk in stream:
                    self.text += (chunk.delta and chunk.delta.content) or ""
                    self.began.set()
        else:
            async with self._streaming().stream(conn_options=self.options) as stream:
                for word in TEXT.split(" "):
                    stream.push_text(f"{word} ")
                stream.end_input()
                async for chunk in stream:
                    self._sounds(chunk)

    def _streaming(self) -> Any:
        # what AgentSession does with a plugin that takes whole recordings or texts
        if self.made.capabilities.streaming:
            return self.made
        return (
            tts.StreamAdapter(tts=self.made)
            if self.modality == "tts"
            else stt.StreamAdapter(stt=self.made, vad=lk_inference.VAD())
        )

    async def _hear(self) -> None:
        async with self._streaming().stream(conn_options=self.options) as stream:
            feeding = asyncio.ensure_future(self._talk(stream))
            try:
                async for event in stream:
                    self.began.set()
                    if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                        self.text = event.alternatives[0].text
                        return
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)

    async def _talk(self, stream: Any) -> None:
        # a plugin that is not connected yet must get the audio all the same
        for piece in pieces(VOICE, RATE, 0.1):
            stream.push_frame(rtc.AudioFrame(piece, RATE, 1, len(piece) // 2))
            await asyncio.sleep(0)
        for _ in range(10):
            stream.push_frame(rtc.AudioFrame(bytes(RATE // 5), RATE, 1, RATE // 10))
        if self.made.capabilities.manual_flush:
            stream.flush()
        while True:
            stream.push_frame(rtc.AudioFrame(bytes(RATE // 5), RATE, 1, RATE // 10))
            await asyncio.sleep(0.005)

    def _sounds(self, chunk: Any) -> None:
        self.seconds += chunk.frame.duration
        self.began.set()

    @property
    def brought(self) -> bool:
        return bool(self.text or self.seconds)
