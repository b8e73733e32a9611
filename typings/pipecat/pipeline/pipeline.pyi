from pipecat.processors.frame_processor import FrameProcessor

class Pipeline:
    def __init__(self, processors: list[FrameProcessor]) -> None: ...
