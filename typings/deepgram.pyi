from collections.abc import AsyncIterator

class DeepgramClientEnvironment:
    def __init__(self, *, base: str, production: str, agent: str, agent_rest: str) -> None: ...

class _Alternative:
    transcript: str
    words: list[object] | None

class _Channel:
    alternatives: list[_Alternative]

class _Results:
    channels: list[_Channel]

class _Metadata:
    duration: float

class _Answer:
    results: _Results
    metadata: _Metadata

class _Media:
    async def transcribe_file(self, *, request: bytes, model: str, utterances: bool) -> _Answer: ...

class _ListenV1:
    media: _Media

class _Listen:
    v1: _ListenV1

class _Audio:
    def generate(
        self, *, text: str, model: str, encoding: str, container: str, sample_rate: int
    ) -> AsyncIterator[bytes]: ...

class _SpeakV1:
    audio: _Audio

class _Speak:
    v1: _SpeakV1

class AsyncDeepgramClient:
    listen: _Listen
    speak: _Speak
    def __init__(self, *, api_key: str, environment: DeepgramClientEnvironment) -> None: ...
