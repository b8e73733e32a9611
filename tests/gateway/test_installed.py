"""What is installed, as the router asks for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.weights import linked_store
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.gateway.installed import InstalledModels
from voicegw_desktop.models.store import ModelStore

pytestmark = pytest.mark.unit

IDS = ("whisper/tiny.en", "whisper/base", "piper/en_US-joe-medium", "kokoro/v1.0-int8", "llamacpp/smollm2-135m")


def test_the_stores_models_with_their_hubs_and_voices(models_dir: Path, tmp_path: Path) -> None:
    clock = ManualClock()
    look = InstalledModels(ModelStore(linked_store(models_dir, tmp_path, IDS), clock=clock), clock)
    names = look()
    for modality, name, id in (
        (Modality.STT, "tiny.en", "whisper/tiny.en"),
        (Modality.STT, "Systran/faster-whisper-base", "whisper/base"),
        (Modality.TTS, "hexgrad/Kokoro-82M", "kokoro/v1.0-int8"),
        (Modality.TTS, "rhasspy/piper-voices", "piper/en_US-joe-medium"),
        (Modality.LLM, "HuggingFaceTB/SmolLM2-135M-Instruct", "llamacpp/smollm2-135m"),
    ):
        assert names.find(modality, name) == id
    assert names.speaker("AF_HEART") == "kokoro/v1.0-int8"
    assert names.speaker("en_us-joe-medium") == "piper/en_US-joe-medium"
    assert names.find(Modality.LLM, "kokoro") is None


def test_it_looks_again_after_a_second(models_dir: Path, tmp_path: Path) -> None:
    clock = ManualClock()
    store = ModelStore(linked_store(models_dir, tmp_path, IDS[:2]), clock=clock)
    look = InstalledModels(store, clock)
    first = look()
    clock.advance(2)
    assert look() is first
    # as another program does it, without a word to this one
    shutil.rmtree(tmp_path / "whisper" / "tiny.en")
    assert look() is first
    clock.advance(2)
    assert look().find(Modality.STT, "tiny.en") is None
