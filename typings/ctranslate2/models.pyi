from collections.abc import Sequence

from ctranslate2 import StorageView

class WhisperGenerationResult:
    sequences_ids: list[list[int]]
    scores: list[float]
    no_speech_prob: float

class WhisperAlignmentResult:
    alignments: list[tuple[int, int]]
    text_token_probs: list[float]

class Whisper:
    is_multilingual: bool
    n_mels: int
    def __init__(
        self, model_path: str, *, device: str, compute_type: str, intra_threads: int, inter_threads: int
    ) -> None: ...
    def encode(self, features: StorageView) -> StorageView: ...
    def detect_language(self, features: StorageView) -> list[list[tuple[str, float]]]: ...
    def generate(
        self,
        features: StorageView,
        prompts: Sequence[Sequence[int]],
        *,
        beam_size: int = 5,
        num_hypotheses: int = 1,
        max_length: int = 448,
        return_scores: bool = False,
        return_logits_vocab: bool = False,
        return_no_speech_prob: bool = False,
        suppress_blank: bool = True,
        suppress_tokens: Sequence[int] | None = ...,
        sampling_topk: int = 1,
        sampling_temperature: float = 1,
    ) -> list[WhisperGenerationResult]: ...
    def align(
        self,
        features: StorageView,
        start_sequence: Sequence[int],
        text_tokens: Sequence[Sequence[int]],
        num_frames: int,
        *,
        median_filter_width: int = 7,
    ) -> list[WhisperAlignmentResult]: ...
