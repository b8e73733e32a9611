"""Providers as data."""

from __future__ import annotations

import subprocess
import sys

import pytest

from voicegw_desktop.core.errors import ModelResolutionError
from voicegw_desktop.core.ports import Zone
from voicegw_desktop.core.registry import PROVIDERS, create_provider, env_key, zone_of, zone_of_url

pytestmark = pytest.mark.unit


def test_importing_the_registry_imports_no_provider() -> None:
    code = (
        "import sys, voicegw_desktop.core.registry\n"
        "print([m for m in sys.modules if m.startswith(('voicegw_desktop.providers', 'livekit', 'openai', 'numpy'))])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_provider_is_there() -> None:
    assert len(PROVIDERS) == 14


def test_a_missing_package_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.import_module", _missing)
    with pytest.raises(ImportError, match=r"Install with: pip install voicegw-desktop\[deepgram\]"):
        create_provider("deepgram", {})
    with pytest.raises(ModelResolutionError, match='Did you mean "deepgram"'):
        create_provider("deepgran", {})


def _missing(name: str, package: str | None = None) -> None:
    raise ImportError(name)


@pytest.mark.parametrize(
    ("url", "zone"),
    [
        ("http://127.0.0.1:1/v1", Zone.LOCAL),
        ("http://[::1]/", Zone.LOCAL),
        ("http://localhost:11434", Zone.LOCAL),
        ("http://192.168.1.5/v1", Zone.LAN),
        ("tcp://10.0.0.2:10300", Zone.LAN),
        ("http://nas.local/v1", Zone.LAN),
        ("http://169.254.1.1", Zone.LAN),
        ("https://api.openai.com/v1", Zone.CLOUD),
        ("https://localhost.evil.com", Zone.CLOUD),
        ("http://127.0.0.1.evil.com", Zone.CLOUD),
    ],
)
def test_an_address_tells_how_far_data_goes(url: str, zone: Zone) -> None:
    assert zone_of_url(url) is zone
    assert zone_of("openai", {"base_url": url}) is zone


def test_keys_come_from_the_environment_by_the_providers_name() -> None:
    assert env_key("openai", environ={"OPENAI_API_KEY": "k"}) == "k"
    assert env_key("studio", "openai_compatible", environ={"STUDIO_API_KEY": "s", "OPENAI_API_KEY": "k"}) == "s"
    assert env_key("studio", "openai_compatible", environ={"OPENAI_API_KEY": "k"}) is None
