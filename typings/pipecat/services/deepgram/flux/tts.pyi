from pipecat.processors.frame_processor import FrameProcessor

class DeepgramFluxTTSService(FrameProcessor):
    def __init__(self, *, api_key: str, **settings: object) -> None: ...
