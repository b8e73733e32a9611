"""A fake of Groq: OpenAI's form under another path, speech as WAV at 48 kHz."""

from __future__ import annotations

from typing import ClassVar

from aiohttp import web

from voicegw_desktop.testing.openai import FakeOpenAI
from voicegw_desktop.testing.sound import pieces, spoken, wav

RATE = 48_000


class FakeGroq(FakeOpenAI):
    """`/openai/v1/...`"""

    name = "groq"
    base_path = "/openai/v1"
    models: ClassVar[tuple[str, ...]] = ("llama-3.3-70b-versatile", "whisper-large-v3-turbo")

    async def _speech(self, request: web.Request) -> web.StreamResponse:
        rate = self.rate(request, RATE)
        sound = wav(spoken(self.asked(request)["input"], rate), rate)
        return await self.stream(request, pieces(sound, rate), "audio/wav")
