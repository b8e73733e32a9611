from collections.abc import AsyncIterator, Iterator
from typing import BinaryIO

class _Alignment:
    characters: list[str]

class _Timed:
    alignment: _Alignment | None

class _Speech:
    def convert(self, voice: str, *, text: str, output_format: str) -> AsyncIterator[bytes]: ...
    def stream(self, voice: str, *, text: str, output_format: str) -> AsyncIterator[bytes]: ...
    async def convert_with_timestamps(self, voice: str, *, text: str, output_format: str) -> _Timed: ...

class _Text:
    text: str

class _Transcription:
    async def convert(self, *, model_id: str, file: BinaryIO) -> _Text: ...

class _Listed:
    voices: list[object]

class _Voices:
    async def get_all(self) -> _Listed: ...

class _Subscription:
    tier: str

class _Account:
    user_id: str
    subscription: _Subscription

class _User:
    async def get(self) -> _Account: ...

class AsyncElevenLabs:
    text_to_speech: _Speech
    speech_to_text: _Transcription
    voices: _Voices
    user: _User
    def __init__(self, *, api_key: str, base_url: str) -> None: ...

class _Realtime:
    def convert_realtime(self, voice: str, *, text: Iterator[str], output_format: str) -> Iterator[bytes]: ...

class ElevenLabs:
    text_to_speech: _Realtime
    def __init__(self, *, api_key: str, base_url: str) -> None: ...
