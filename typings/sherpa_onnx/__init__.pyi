from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

class OfflineTtsVitsModelConfig:
    def __init__(self, model: str, *, tokens: str, noise_scale: float = ..., noise_scale_w: float = ...) -> None: ...

class OfflineTtsModelConfig:
    def __init__(self, *, vits: OfflineTtsVitsModelConfig, num_threads: int = ..., provider: str = ...) -> None: ...

class OfflineTtsConfig:
    def __init__(self, model: OfflineTtsModelConfig) -> None: ...

class GenerationConfig:
    sid: int
    speed: float
    silence_scale: float
    phoneme_codepoints: Sequence[Sequence[int]]

class GeneratedAudio:
    sample_rate: int

class OfflineTts:
    sample_rate: int
    def __init__(self, config: OfflineTtsConfig) -> None: ...
    def generate(
        self, text: str, config: GenerationConfig, callback: Callable[[NDArray[np.float32], float], int]
    ) -> GeneratedAudio: ...

class OfflineRecognizer: ...
class OnlineRecognizer: ...
