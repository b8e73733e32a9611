from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from enum import Enum

from homeassistant.components import stt
from homeassistant.core import Context, HomeAssistant

class PipelineEventType(Enum):
    ERROR = "error"

class PipelineEvent:
    type: PipelineEventType
    data: dict[str, dict[str, str]] | None

class Pipeline:
    id: str

@dataclass
class AudioSettings:
    is_vad_enabled: bool = True

async def async_create_default_pipeline(
    hass: HomeAssistant, stt_engine_id: str, tts_engine_id: str, pipeline_name: str
) -> Pipeline | None: ...
async def async_update_pipeline(
    hass: HomeAssistant, pipeline: Pipeline, *, conversation_engine: str, conversation_language: str
) -> None: ...
async def async_pipeline_from_audio_stream(
    hass: HomeAssistant,
    *,
    context: Context,
    event_callback: Callable[[PipelineEvent], None],
    stt_metadata: stt.SpeechMetadata,
    stt_stream: AsyncIterable[bytes],
    pipeline_id: str,
    tts_audio_output: str,
    audio_settings: AudioSettings,
) -> None: ...
