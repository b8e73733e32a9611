from pipecat.processors.frame_processor import FrameProcessor

class DeepgramTTSService(FrameProcessor):
    def __init__(self, *, api_key: str, **settings: object) -> None: ...

class DeepgramHttpTTSService(FrameProcessor):
    def __init__(self, *, api_key: str, **settings: object) -> None: ...
