from pipecat.processors.frame_processor import FrameProcessor

class _Settings:
    def __init__(self, **settings: object) -> None: ...

class DeepgramFluxSTTService(FrameProcessor):
    Settings = _Settings
    def __init__(self, *, api_key: str, **settings: object) -> None: ...
