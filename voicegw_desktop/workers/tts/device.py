"""On which device an engine speaks: a card that works and, with `auto`, that was measured faster than the processor."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import onnxruntime

from voicegw_desktop.core.errors import ConfigError, EngineError, EngineUnavailable
from voicegw_desktop.workers.cuda import Card, missing, no_card, sentence
from voicegw_desktop.workers.tts.fastest import MARGIN, keep, kept
from voicegw_desktop.workers.tts.onnx import CUDNN, GPU_PROVIDERS, GPU_REMEDY, DeviceFailed, Stopped

E = TypeVar("E")
log = logging.getLogger(__name__)
NO_PROVIDER = {"cuda": f"Put the build for CUDA in its place: pip uninstall onnxruntime; {GPU_REMEDY}"}


@dataclass(frozen=True, slots=True)
class Chosen(Generic[E]):
    """An engine that has worked on its device."""

    engine: E
    device: str
    why: str
    fell_back: bool = False
    """True when there is a graphics card that cannot be used."""


def machine(threads: int) -> str:
    """What a measured time depends on, beside the model."""
    return f"{onnxruntime.__version__} {Card().name()} {os.cpu_count()} {threads}"


def choose(
    device: str, make: Callable[[str], E], measure: Callable[[E], float], file: Path | None = None, key: str = ""
) -> Chosen[E]:
    """The engine that `make(device)` gives on the device to use; `make` loads and computes once.

    `auto` takes the card where it takes less time than the processor, and the processor where the card does not work.
    `measure` (seconds) is called once for each of the two, and only where the card works; `file` keeps both times
    under `key`. A device that was asked for is taken, and `why` says which of the two is faster.
    Raises ConfigError for a device that is not known, EngineUnavailable `device_unavailable` for one that was asked
    for and does not work, and what `make` raises.
    """
    wanted, why = devices(device)
    card = wanted[0]
    if card == "cpu":
        return Chosen(make("cpu"), "cpu", why)
    names = (card, "cpu")
    took = kept(file, key, names) or {}
    if device != card and len(took) == len(names) and not _card_is_faster(took, card):
        # the card is not opened: an open card takes some hundred megabytes
        return Chosen(make("cpu"), "cpu", _compared(took, card))
    try:
        on_card = make(card)
        if len(took) < len(names):
            took = {card: round(measure(on_card), 4)}
    except (EngineError, MemoryError, Stopped):
        raise
    except Exception as error:
        said = _said(error, card)
        if device == card:
            raise _unavailable(device, said) from error
        return Chosen(make("cpu"), "cpu", f"the card was tried and does not work: {said}", fell_back=True)
    if len(took) == len(names):
        return Chosen(on_card, card, _reason(device, card, why, took))
    try:
        on_cpu = make("cpu")
        took = {**took, "cpu": round(measure(on_cpu), 4)}
    except Exception as error:  # for any error of the processor, the card works
        log.warning("the processor could not be compared with the card: %s: %s", type(error).__name__, error)
        return Chosen(on_card, card, why)
    keep(file, key, took)
    if device == card or _card_is_faster(took, card):
        return Chosen(on_card, card, _reason(device, card, why, took))
    return Chosen(on_cpu, "cpu", _compared(took, card))


def _card_is_faster(took: dict[str, float], card: str) -> bool:
    # small differences are noise, and the card's memory is scarcer
    return took[card] < MARGIN * took["cpu"]


def _compared(took: dict[str, float], card: str) -> str:
    first = "card is faster here than the processor"
    if not _card_is_faster(took, card):
        first = "processor is as fast here as the card, or faster"
    return f"the {first} (three clauses of new lengths: card {took[card]:.2f} s, processor {took['cpu']:.2f} s)"


def _reason(device: str, card: str, why: str, took: dict[str, float]) -> str:
    return f"{why}; {_compared(took, card)}" if device == card else _compared(took, card)


def _said(error: Exception, device: str) -> str:
    """What went wrong on a card; with the library and the command where a library is missing."""
    said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    if device != "cuda" or isinstance(error, DeviceFailed):
        return said
    # onnxruntime opens cuDNN at the first convolution, and its error does not always tell the name
    lacking = missing(CUDNN)
    return f"{sentence(lacking, GPU_REMEDY)} ({said})" if lacking else said


def devices(device: str) -> tuple[list[str], str]:
    """(devices to try in turn, why) for a configured device. Raises ConfigError, EngineUnavailable."""
    available = onnxruntime.get_available_providers()
    if device == "cpu":
        return ["cpu"], "as configured"
    if device in ("auto", ""):
        if GPU_PROVIDERS["cuda"] not in available:
            return ["cpu"], "this onnxruntime has no CUDA"
        absent = no_card()
        return (["cpu"], absent) if absent else (["cuda", "cpu"], "this onnxruntime has CUDA")
    if device not in GPU_PROVIDERS:
        raise ConfigError(
            f'device "{device}" is not known to this engine: write auto, cpu, {", ".join(GPU_PROVIDERS)}.',
            param="device",
        )
    if GPU_PROVIDERS[device] not in available:
        raise _unavailable(device, f"this onnxruntime has no {device}. {NO_PROVIDER.get(device, '')}")
    if device == "cuda" and (absent := no_card()):
        raise _unavailable(device, absent)
    return [device], "as configured"


def _unavailable(device: str, why: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"This engine's device is {device}, but {why.strip().rstrip('.')}. To work without it, set the engine's device "
        "to auto or cpu.",
        code="device_unavailable",
        param="device",
    )
