from pipecat.processors.frame_processor import FrameProcessor

class ElevenLabsSTTService(FrameProcessor):
    def __init__(self, *, api_key: str, **settings: object) -> None: ...

class ElevenLabsRealtimeSTTService(FrameProcessor):
    def __init__(self, *, api_key: str, **settings: object) -> None: ...
