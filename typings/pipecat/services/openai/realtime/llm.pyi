from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.openai.realtime.events import SessionProperties

class OpenAIRealtimeLLMService(FrameProcessor):
    class Settings:
        def __init__(self, *, system_instruction: str, session_properties: SessionProperties) -> None: ...

    def __init__(self, *, api_key: str, base_url: str, settings: Settings) -> None: ...
