"""The elevenlabs package: speech and its times, transcription, voices, the account."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elevenlabs.client import AsyncElevenLabs

    from voicegw_desktop.testing.clients import beside
    from voicegw_desktop.testing.clients.__main__ import Where
else:
    # a neighbour in this folder, which is no package where these scripts run
    beside = importlib.import_module("beside")

PACKAGES = ("elevenlabs",)
IMPORTS = ("elevenlabs.client",)
VOICE = "21m00Tcm4TlvDq8ikWAM"
FORM = "pcm_24000"


def _client(where: Where) -> AsyncElevenLabs:
    from elevenlabs.client import AsyncElevenLabs

    return AsyncElevenLabs(api_key=where.key, base_url=where.url)


async def convert(where: Where) -> str:
    sound = _client(where).text_to_speech.convert(VOICE, text=where.sentence, output_format=FORM)
    return where.is_speech(sum([len(piece) async for piece in sound]) / 2 / 24_000)


async def stream(where: Where) -> str:
    sound = _client(where).text_to_speech.stream(VOICE, text=where.sentence, output_format=FORM)
    return where.is_speech(sum([len(piece) async for piece in sound]) / 2 / 24_000)


async def timed(where: Where) -> str:
    told = await _client(where).text_to_speech.convert_with_timestamps(VOICE, text=where.sentence, output_format=FORM)
    assert told.alignment is not None
    assert "".join(told.alignment.characters).strip() == where.sentence
    return f"{len(told.alignment.characters)} characters with times"


async def realtime(where: Where) -> str:
    from elevenlabs.client import ElevenLabs

    async with beside.encrypted(where.url) as address:
        speaks = ElevenLabs(api_key=where.key, base_url=f"https://{address}").text_to_speech

        def spoken() -> int:
            words = (f"{word} " for word in where.sentence.split())
            return sum(map(len, speaks.convert_realtime(VOICE, text=words, output_format=FORM)))

        return f"{where.is_speech(await asyncio.to_thread(spoken) / 2 / 24_000)} (through TLS, as it insists)"


async def transcription(where: Where) -> str:
    sound = await asyncio.to_thread(open, where.clip, "rb")
    with sound:
        told = await _client(where).speech_to_text.convert(model_id="scribe_v1", file=sound)
    return where.is_heard(told.text)


async def voices(where: Where) -> str:
    listed = (await _client(where).voices.get_all()).voices
    assert listed, "no voice"
    return f"{len(listed)} voices"


async def account(where: Where) -> str:
    user = await _client(where).user.get()
    assert user.user_id
    return user.subscription.tier


CHECKS = (
    ("speech", convert),
    ("speech stream", stream),
    ("speech with times", timed),
    ("text in pieces (convert_realtime)", realtime),
    ("transcription (scribe_v1)", transcription),
    ("voices", voices),
    ("user", account),
)
