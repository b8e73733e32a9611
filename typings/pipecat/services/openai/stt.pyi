from pipecat.processors.frame_processor import FrameProcessor

class OpenAISTTService(FrameProcessor):
    def __init__(self, *, api_key: str, **settings: object) -> None: ...

class OpenAIRealtimeSTTService(FrameProcessor):
    def __init__(self, *, api_key: str, **settings: object) -> None: ...
