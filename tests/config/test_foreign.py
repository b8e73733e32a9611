"""Files written for VoiceGateway load; its keys without a use here become one notice each."""

from __future__ import annotations

import asyncio
import os
import zipfile
from pathlib import Path

import pytest

from voicegw_desktop.config.foreign import UNUSED
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import ConfigError, VoiceGatewayError
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.ports import Caller, Modality
from voicegw_desktop.models.catalogue import Package
from voicegw_desktop.models.mirror import fetch_package
from voicegw_desktop.routing.router import Router

WHEEL = Package(
    "pip",
    "voicegateway==0.27.0",
    "c366e8631ae043de69b41b7dc5d3fab5afe01aeba550c2c010683b21ec8faa8a",
    4_000_000,
)


def load(text: str, **environ: str) -> GatewayConfig:
    return GatewayConfig.from_text(text, environ=environ)


def served(config: GatewayConfig, modality: Modality, wanted: str) -> list[str]:
    router = Router(config, EventBus(), ManualClock(), has_key=lambda provider, project: True)
    return [str(p.target) for p in router.plan(modality, wanted, Caller("default", "python")).targets]


@pytest.mark.unit
def test_each_unused_key_is_one_notice_and_no_error() -> None:
    lines = []
    for path in UNUSED:
        keys = ["shop" if key == "*" else key for key in path]
        lines.append(
            "".join(f"{'  ' * depth}{key}:\n" for depth, key in enumerate(keys)) + "  " * len(keys) + "on: 1\n"
        )
    for text, path in zip(lines, UNUSED, strict=True):
        where = ".".join("shop" if key == "*" else key for key in path)
        warnings = load(text).warnings
        assert len(warnings) == 1, warnings
        assert warnings[0].startswith(f"{where}: VoiceGateway's setting has no effect here; ")
        assert warnings[0].endswith(f"{UNUSED[path]}.")
    with pytest.raises(ConfigError, match='unknown key "livekitt"'):
        load("livekitt: {url: x}")


@pytest.mark.unit
def test_settings_of_engines_below_providers_are_told() -> None:
    text = "providers: {whisper: {device: cpu, model_path: large-v3}, piper: {default_voice: x}, openai: {model: x}}"
    assert load(text).warnings == (
        "providers.whisper.device: it has no effect here; write it as engines.whisper.device.",
        "providers.whisper.model_path: it has no effect here; give a name under models its model and voice.",
        "providers.piper.default_voice: it has no effect here; give a name under models its model and voice.",
    )


@pytest.mark.unit
def test_an_address_of_an_engine_of_this_machine_is_told() -> None:
    text = (
        "providers: {whisper: {base_url: 'http://a:1'}, ear: {type: whisper, base_url: 'http://b:1'},"
        " llamacpp: {base_url: 'http://c:1'}, rack: {type: llamacpp, base_url: 'http://d:1'},"
        " ollama: {base_url: 'http://e:11434'}, attic: {type: ollama, base_url: 'http://f:11434'}}"
    )
    told = load(text).warnings
    assert [warning.partition(":")[0] for warning in told] == [
        f"providers.{name}.base_url" for name in ("whisper", "ear", "llamacpp")
    ]
    assert all("name of its own and a type: openai_compatible or wyoming" in warning for warning in told)


@pytest.mark.unit
def test_a_name_without_a_model_means_the_providers_default() -> None:
    config = load(
        "models:\n"
        "  stt: {ears: {provider: whisper}}\n"
        "  tts:\n"
        "    kokoro: {provider: kokoro, default_voice: af_heart}\n"
        "    lessac: {provider: piper, default_voice: en_US-lessac-medium}\n"
        "    joe: {provider: piper}\n"
        "    cloud: {provider: openai}\n"
    )
    assert served(config, Modality.STT, "ears") == ["whisper/base"]
    assert served(config, Modality.TTS, "kokoro") == ["kokoro/v1.0-int8:af_heart"]
    # a model of piper's is a voice
    assert served(config, Modality.TTS, "lessac") == ["piper/en_US-lessac-medium"]
    assert served(config, Modality.TTS, "joe") == ["piper/en_US-joe-medium"]
    assert served(config, Modality.TTS, "cloud") == ["openai/gpt-4o-mini-tts"]
    with pytest.raises(ConfigError, match=r"models.llm.mine.model: this is required"):
        load("models: {llm: {mine: {provider: ollama}}}")


@pytest.mark.process
def test_the_files_of_its_newest_package_load(tmp_path: Path) -> None:
    cache = os.environ.get("VOICEGW_TEST_CACHE")
    folder = Path(cache) / "voicegateway" if cache else tmp_path
    wheel = folder / "voicegateway-0.27.0-py3-none-any.whl"
    if not wheel.is_file():
        try:
            fetched = asyncio.run(fetch_package(WHEEL, tmp_path / "fetch", lambda size: None))
        except VoiceGatewayError as error:
            pytest.skip(f"VoiceGateway's package cannot be fetched: {error}")
        folder.mkdir(parents=True, exist_ok=True)
        fetched.replace(wheel)
    with zipfile.ZipFile(wheel) as archive:
        full, minimal = (
            archive.read(f"voicegateway/data/voicegw.{name}.yaml").decode() for name in ("example", "minimal")
        )
    names = ("DEEPGRAM", "OPENAI", "ANTHROPIC", "GROQ", "CARTESIA", "ELEVENLABS", "ASSEMBLYAI")
    keys = {f"{name}_API_KEY": "key" for name in names}
    assert load(minimal, **keys).warnings == ()
    config = load(full, **keys)
    told = sorted(warning.partition(":")[0] for warning in config.warnings)
    assert told == [
        "cost_tracking.storage",
        "dashboard",
        "latency.enabled",
        "providers.kokoro.model",
        "providers.kokoro.voice",
        "providers.piper.default_voice",
        "providers.piper.model_dir",
        "providers.whisper.compute_type",
        "providers.whisper.device",
        "providers.whisper.model_path",
    ]
    assert served(config, Modality.TTS, "local/kokoro")[0] == "kokoro/v1.0-int8:af_heart"
    assert served(config, Modality.STT, "local/whisper-large-v3")[0] == "whisper/large-v3"
