from collections.abc import AsyncIterator, Mapping

from homeassistant.core import HomeAssistant

class Voice:
    voice_id: str

class TextToSpeechEntity:
    entity_id: str
    supported_languages: list[str]
    def async_get_supported_voices(self, language: str) -> list[Voice] | None: ...

class DATA_COMPONENT:
    @staticmethod
    def get_entity(entity_id: str) -> TextToSpeechEntity | None: ...

class ResultStream:
    supports_streaming_input: bool
    def async_set_message_stream(self, message_stream: AsyncIterator[str]) -> None: ...
    def async_stream_result(self) -> AsyncIterator[bytes]: ...

def async_create_stream(
    hass: HomeAssistant, engine: str, language: str, options: Mapping[str, str]
) -> ResultStream: ...
def async_get_stream(hass: HomeAssistant, token: str) -> ResultStream | None: ...
def generate_media_source_id(
    hass: HomeAssistant, message: str, engine: str, language: str, options: Mapping[str, str]
) -> str: ...
async def async_get_media_source_audio(hass: HomeAssistant, media_source_id: str) -> tuple[str, bytes]: ...
