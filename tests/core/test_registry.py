"""Providers as data."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from voicegw_desktop.core.errors import ModelResolutionError
from voicegw_desktop.core.registry import PROVIDERS, create_provider, env_key
from voicegw_desktop.descriptors import moonshine


@pytest.mark.process
def test_reading_the_registry_imports_no_provider() -> None:
    code = (
        "import sys, voicegw_desktop.core.registry\n"
        "heavy = ('voicegw_desktop.providers', 'livekit', 'openai', 'numpy')\n"
        "print(len(voicegw_desktop.core.registry.PROVIDERS), [m for m in sys.modules if m.startswith(heavy)])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "16 []\n"


def test_every_provider_is_there() -> None:
    assert len(PROVIDERS) == 16


def test_moonshine_brings_a_model_only_where_its_package_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleSpec("moonshine_voice", None, is_package=True)
    package.submodule_search_locations = ["/somewhere/moonshine_voice"]
    monkeypatch.setattr(moonshine, "find_spec", lambda name: package)
    for name in ("tiny-en", "moonshine-tiny-en"):
        (model,) = moonshine.included(name)
        assert (model.model, model.folder) == (name, Path("/somewhere/moonshine_voice/assets/tiny-en"))
    monkeypatch.setattr(moonshine, "find_spec", lambda name: None)
    assert moonshine.included() == ()


def test_a_missing_package_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.import_module", _missing)
    with pytest.raises(ImportError, match=r"Install with: .*pip install 'voicegw-desktop\[deepgram\]'"):
        create_provider("deepgram", {})
    with pytest.raises(ModelResolutionError, match='Did you mean "deepgram"'):
        create_provider("deepgran", {})


def _missing(name: str, package: str | None = None) -> None:
    raise ImportError(name)


def test_keys_come_from_the_environment_by_the_providers_name() -> None:
    assert env_key("openai", environ={"OPENAI_API_KEY": "k"}) == "k"
    assert env_key("studio", "openai_compatible", environ={"STUDIO_API_KEY": "s", "OPENAI_API_KEY": "k"}) == "s"
    assert env_key("studio", "openai_compatible", environ={"OPENAI_API_KEY": "k"}) is None
