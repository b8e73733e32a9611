"""Load a whisper model from its folder, without a network, and say truthfully on which device it runs and why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from voicegw_desktop.core.errors import BadRequest, EngineError, EngineUnavailable, did_you_mean
from voicegw_desktop.workers.whisper.decode import Recogniser
from voicegw_desktop.workers.whisper.tokens import Vocabulary

NEEDED = ("model.bin", "config.json", "tokenizer.json")
DEVICES = ("auto", "cpu", "cuda")


def stay_offline() -> None:
    """Keep every library in this process off the network; call before they are imported."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ[name] = "1"


def choose_device(device: str, compute_type: str) -> tuple[str, str, str]:
    """(device, compute type, why). Raises EngineUnavailable when what was asked for is not here."""
    import ctranslate2

    if device not in DEVICES:
        raise BadRequest(
            f'The whisper engine has no device "{device}".{did_you_mean(device, DEVICES)} '
            "Set device to auto, cpu or cuda (CTranslate2 has no Metal).",
            param="device",
        )
    cards, why_not = _cuda_devices()
    if device == "cuda" and not cards:
        raise EngineUnavailable(
            f"The whisper engine is set to device cuda, but {why_not}. Set device to auto or cpu.",
            code="device_unavailable",
            param="device",
        )
    chosen = "cuda" if cards and device != "cpu" else "cpu"
    why = {"cpu": "as configured", "cuda": "as configured"}[chosen]
    if device == "auto":
        why = f"{cards} CUDA device{'s' if cards > 1 else ''}" if cards else why_not
    known = sorted(ctranslate2.get_supported_compute_types(chosen))
    if compute_type in ("auto", "default", ""):
        wanted = ("float16", "int8_float16", "float32") if chosen == "cuda" else ("int8", "int8_float32", "float32")
        compute_type = next((kind for kind in wanted if kind in known), "float32")
        why += f"; {compute_type} is the fastest type it supports"
    elif compute_type not in known:
        raise BadRequest(
            f'The {chosen} device here cannot compute in "{compute_type}". It can in {", ".join(known)}, or set auto.',
            param="compute_type",
        )
    return chosen, compute_type, why


def _cuda_devices() -> tuple[int, str]:
    import ctranslate2

    try:
        cards = int(ctranslate2.get_cuda_device_count())
    except Exception as error:
        return 0, f"CUDA could not be asked ({error})"
    return cards, "" if cards else "no CUDA device was found"


def corrupt(folder: Path, reason: object) -> EngineError:
    """The error for files that are there and cannot be read."""
    return EngineError(
        f"The whisper model in {folder.name} cannot be read ({reason}). "
        f"Remove it and pull it again: voicegw models pull whisper/{folder.name}",
        code="model_corrupt",
    )


def load(folder: Path, device: str, compute_type: str, threads: int) -> tuple[Recogniser, dict[str, Any]]:
    """The recogniser and its `info`. Raises EngineError(model_corrupt) when files are missing or unreadable."""
    stay_offline()
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise corrupt(folder, f"{', '.join(missing)} missing")
    chosen, kind, why = choose_device(device, compute_type)
    import ctranslate2
    from faster_whisper.feature_extractor import FeatureExtractor
    from tokenizers import Tokenizer

    try:
        model = ctranslate2.models.Whisper(
            str(folder), device=chosen, compute_type=kind, intra_threads=max(1, threads), inter_threads=1
        )
        vocabulary = Vocabulary(Tokenizer.from_file(str(folder / "tokenizer.json")), bool(model.is_multilingual))
    except MemoryError:
        raise
    except Exception as error:
        if "memory" in str(error).lower():
            raise MemoryError(str(error)) from error
        raise corrupt(folder, error) from error
    recogniser = Recogniser(
        model, FeatureExtractor(feature_size=int(model.n_mels)), vocabulary, bool(model.is_multilingual)
    )
    info = {
        "device": chosen,
        "compute_type": kind,
        "why": why,
        "threads": max(1, threads),
        "multilingual": recogniser.multilingual,
        "languages": vocabulary.languages,
    }
    return recogniser, info
