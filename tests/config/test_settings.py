"""Settings kept for a person: below the file, above the defaults, and only values that fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicegw_desktop.config import settings
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.errors import BadRequest, ConfigError, NotFound
from voicegw_desktop.core.paths import Paths, paths_below

pytestmark = pytest.mark.unit


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return paths_below(tmp_path)


def row(config: GatewayConfig, path: str) -> dict[str, object]:
    """The entry of one setting."""
    return next(r for r in settings.rows(config.schema, config.origins, config.path) if r["path"] == path)


def test_a_setting_goes_before_the_default_and_behind_the_file(paths: Paths) -> None:
    settings.store(paths.config, "serve.port", 7800)
    settings.store(paths.config, "desktop.theme", "dark")
    config = GatewayConfig.load(paths=paths, environ={})
    assert (config.serve.port, config.desktop.theme) == (7800, "dark")
    assert (row(config, "serve.port")["source"], row(config, "serve.port")["locked"]) == ("settings", False)
    (paths.config / "voicegw.yaml").write_text("serve: {port: 7900}\n")
    config = GatewayConfig.load(paths=paths, environ={})
    assert (config.serve.port, config.desktop.theme) == (7900, "dark")
    told = row(config, "serve.port")
    assert (told["value"], told["source"], told["locked"]) == (7900, "yaml", True)
    assert str(told["where"]).endswith("voicegw.yaml:1")
    explained = config.explain("serve.port", environ={})[0].as_dict()
    assert explained["overrides"] == [
        {"source": "settings", "where": str(paths.config / "settings.json"), "value": 7800}
    ]
    settings.store(paths.config, "desktop.theme", None)
    assert GatewayConfig.load(paths=paths, environ={}).desktop.theme == "system"


@pytest.mark.parametrize(
    ("path", "value"),
    [("serve.port", 70_000), ("serve.port", True), ("desktop.theme", "pink"), ("engines.memory_limit", "much"),
     ("serve.allow_lan", "perhaps"), ("engines.keep_alive", "7m")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_never_kept(paths: Paths, path: str, value: object) -> None:
    with pytest.raises(BadRequest):
        settings.store(paths.config, path, value)
    assert settings.stored(paths.config) == {}


def test_an_unknown_setting_and_a_bad_file_are_told(paths: Paths) -> None:
    with pytest.raises(NotFound, match=r"serve\.port"):
        settings.store(paths.config, "serve.prot", 1)
    paths.config.mkdir(exist_ok=True)
    (paths.config / "settings.json").write_text('{"serve.port": "x", "other": 1, "desktop.theme": "dark"}')
    # one that no longer fits keeps nothing from starting
    assert settings.stored(paths.config) == {"desktop.theme": "dark"}
    (paths.config / "settings.json").write_text("{")
    with pytest.raises(ConfigError, match="Delete it"):
        settings.stored(paths.config)


def test_letting_other_machines_in_listens_everywhere(paths: Paths) -> None:
    settings.store(paths.config, "serve.allow_lan", True)
    config = GatewayConfig.load(paths=paths, environ={})
    assert (config.serve.host, config.serve.allow_lan) == ("0.0.0.0", True)
    (paths.config / "voicegw.yaml").write_text("serve: {host: 127.0.0.1}\n")
    assert GatewayConfig.load(paths=paths, environ={}).serve.host == "127.0.0.1"


def test_a_models_folder_of_ones_own(paths: Paths, tmp_path: Path) -> None:
    settings.store(paths.config, "engines.models_folder", str(tmp_path / "disk"))
    config = GatewayConfig.load(paths=paths, environ={})
    assert config.models_folder(paths, {}) == tmp_path / "disk"
    assert config.models_folder(paths, {"VOICEGW_MODELS_DIR": "/x"}) == paths.models


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [("serve.port", "7720", 7720), ("serve.allow_lan", "on", True), ("desktop.text_size", "115", 115),
     ("engines.keep_alive", "-1", "-1"), ("engines.memory_limit", "4GiB", "4GiB"), ("serve.port", "x", "x")],
)  # fmt: skip
def test_text_becomes_a_value(path: str, text: str, value: object) -> None:
    assert settings.taken(settings.BY_PATH[path], text) == value
