"""doctor tells of packages that are missing only where something asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.typed import records
from voicegw_desktop.gateway import listings
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run

pytestmark = pytest.mark.unit


async def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str, *, route: str = "") -> list[str]:
    """What doctor names as missing in a program without engines and without cloud plugins."""
    monkeypatch.setattr(listings, "installed", lambda entry: entry.package is None or bool(entry.included))
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    file = tmp_path / "voicegw.yaml"
    file.write_text(settings, "utf-8")
    async with Gateway(file, paths=paths_below(tmp_path)) as gateway:
        if route:
            await run(gateway, "set_route", {"modality": "tts", "target": route})
        checks = records((await run(gateway, "doctor", {}))["checks"])
    return [str(c["check"]) for c in checks if "package is missing" in str(c["message"])]


async def test_a_program_without_engines_is_told_of_none_that_nothing_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await told(tmp_path, monkeypatch, "") == []


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ("models: {tts: {joe: {provider: piper, model: en_US-joe-medium}}}", "engine piper"),
        ("stacks: {mine: {stt: whisper/base}}", "engine whisper"),
        ("fallbacks: {tts: [kokoro/v1.0]}", "engine kokoro"),
        ("routing: {llm: {aliases: {gpt: llamacpp/smollm2-135m}}}", "engine llamacpp"),
        ("routing: {stt: {route: whisper/base}}", "engine whisper"),
        ("engines: {piper: {preload: [en_US-joe-medium]}}", "engine piper"),
        ("providers: {deepgram: {api_key: a-key-of-a-test}}", "provider deepgram"),
    ],
)
async def test_it_is_told_of_what_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str, named: str
) -> None:
    assert await told(tmp_path, monkeypatch, settings) == [named]


async def test_it_is_told_of_what_was_chosen_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await told(tmp_path, monkeypatch, "", route="piper/en_US-joe-medium") == ["engine piper"]


async def test_what_is_switched_off_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = "stacks: {mine: {stt: whisper/base}}\nproviders: {whisper: {enabled: false}}"
    assert await told(tmp_path, monkeypatch, settings) == []
