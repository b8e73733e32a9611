"""The catalogue that is shipped can be used, and a broken one says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicegw_desktop.core.errors import ConfigError, ModelResolutionError
from voicegw_desktop.models.catalogue import HubSource, PackageSource, load_catalogue

pytestmark = pytest.mark.unit

STARTER = {
    "whisper/tiny.en", "whisper/base", "piper/en_US-joe-medium", "llamacpp/smollm2-135m", "turn/smart-turn-v3.2",
}  # fmt: skip


def test_shipped_catalogue() -> None:
    catalogue = load_catalogue()
    assert {e.id for e in catalogue if e.starter} == STARTER
    for id in STARTER | {"speaker/dvector-256", "kokoro/v1.0-int8", "llamacpp/qwen2.5-coder-0.5b"}:
        entry = catalogue.get(id)
        assert entry.pinned
        assert entry.size
        assert any(isinstance(s, PackageSource) for s in entry.sources)
    for entry in catalogue:
        assert entry.modality == {
            "whisper": "stt", "moonshine": "stt", "llamacpp": "llm", "turn": "turn", "speaker": "speaker",
        }.get(entry.provider, "tts")  # fmt: skip
        assert entry.licence
        assert entry.ram_mb
        assert entry.speed
        assert entry.size
        for source in entry.sources:
            if isinstance(source, HubSource):
                for f in entry.files:
                    assert source.url(f.name).startswith("https://")
                    assert "{" not in source.url(f.name)


def test_a_pin_means_one_size_and_one_digest() -> None:
    """One digest has one size throughout the catalogue."""
    sizes: dict[str, int] = {}
    for entry in load_catalogue():
        for f in entry.files:
            if f.sha256 and f.size is not None:
                assert sizes.setdefault(f.sha256, f.size) == f.size


def test_unknown_ids_name_the_nearest() -> None:
    with pytest.raises(ModelResolutionError, match="whisper/large-v3-turbo"):
        load_catalogue().get("whisper/large-v3-trubo")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("models: {nope: {}}", "an id reads provider/model"),
        ("models: {a/b: {title: t, modality: stt, licence: x, files: []}}", "at least one file"),
        ("models: {a/b: {title: t, modality: stt, licence: x, files: [{name: ../x}]}}", "not a plain file name"),
        ("models: {a/b: {title: t, modality: stt, licence: x, files: [{name: x, sha256: f00}]}}", "64 hex digits"),
        ("models: {a/b: {files: [{name: x}]}}", "'title'"),
        ("models: {a/b: {title: t, modality: stt, licence: x, files: [{name: x}], sources: [usb]}}", "not a source"),
    ],
)
def test_broken_catalogues_say_where(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=told):
        load_catalogue(path)
