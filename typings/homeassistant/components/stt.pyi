from collections.abc import AsyncIterable
from dataclasses import dataclass
from enum import Enum

class AudioFormats(Enum):
    WAV = "wav"

class AudioCodecs(Enum):
    PCM = "pcm"

class AudioBitRates(Enum):
    BITRATE_16 = 16

class AudioSampleRates(Enum):
    SAMPLERATE_16000 = 16000

class AudioChannels(Enum):
    CHANNEL_MONO = 1

class SpeechResultState(Enum):
    SUCCESS = "success"
    ERROR = "error"

@dataclass
class SpeechMetadata:
    language: str
    format: AudioFormats
    codec: AudioCodecs
    bit_rate: AudioBitRates
    sample_rate: AudioSampleRates
    channel: AudioChannels

@dataclass
class SpeechResult:
    text: str | None
    result: SpeechResultState

class SpeechToTextEntity:
    async def internal_async_process_audio_stream(
        self, metadata: SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> SpeechResult: ...

class DATA_COMPONENT:
    @staticmethod
    def get_entity(entity_id: str) -> SpeechToTextEntity | None: ...
