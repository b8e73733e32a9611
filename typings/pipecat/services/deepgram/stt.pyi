from pipecat.processors.frame_processor import FrameProcessor

class DeepgramSTTService(FrameProcessor):
    def __init__(self, *, api_key: str, **settings: object) -> None: ...
