from pipecat.processors.frame_processor import FrameProcessor

class _Settings:
    def __init__(self, **settings: object) -> None: ...

class ElevenLabsTTSService(FrameProcessor):
    Settings = _Settings
    def __init__(self, *, api_key: str, **settings: object) -> None: ...

class ElevenLabsHttpTTSService(FrameProcessor):
    Settings = _Settings
    def __init__(self, *, api_key: str, **settings: object) -> None: ...
