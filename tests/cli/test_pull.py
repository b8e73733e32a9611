"""`voicegw models pull`: it fetches where the gateway would, obeys offline mode, and writes to the egress log."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from voicegw_desktop.cli import pull
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.paths import Paths, paths_below
from voicegw_desktop.core.ports import Zone
from voicegw_desktop.routing.choices import choice_file

LOAD = GatewayConfig.load
pytestmark = pytest.mark.unit


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    found = paths_below(tmp_path)
    monkeypatch.setattr(pull, "system_paths", lambda: found)
    monkeypatch.delenv("VOICEGW_MODELS_DIR", raising=False)
    return found


def configured(tmp_path: Path, text: str) -> GatewayConfig:
    (tmp_path / "voicegw.yaml").write_text(text)
    return GatewayConfig.load(tmp_path / "voicegw.yaml")


def test_offline_mode_of_the_window_holds_here_too(
    tmp_path: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path, f"engines: {{models_folder: {tmp_path / 'elsewhere'}}}")
    monkeypatch.setattr(pull.GatewayConfig, "load", lambda *path: config if not path else LOAD(*path))
    choice_file(paths).save({"offline": True})
    assert pull.pull(["whisper/base"], None, as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["models"]["whisper/base"]["code"] == "offline"
    assert (tmp_path / "elsewhere" / "whisper" / "base").is_dir()
    choice_file(paths).save({"offline": False})
    assert not pull.is_offline(configured(tmp_path, "routing: {offline: true}"), paths)
    choice_file(paths).save({})
    assert pull.is_offline(configured(tmp_path, "routing: {offline: true}"), paths)


async def test_each_host_of_a_download_is_in_the_egress_log(tmp_path: Path, paths: Paths) -> None:
    config = configured(tmp_path, "cost_tracking: {enabled: true}")
    async with pull.egress_log(config, paths) as log:
        log.download("default", "whisper/base", "user:pw@hub.example", Zone.CLOUD, False)
        log.download("default", "whisper/base", "192.168.1.2", Zone.LAN, True)
        log.download("default", "whisper/base", "127.0.0.1:8000", Zone.LOCAL, False)
    with sqlite3.connect(config.database(paths)) as database:
        rows = database.execute(
            "SELECT host, zone, target, modality, refused FROM egress_log ORDER BY rowid"
        ).fetchall()
    assert rows == [
        ("hub.example", "cloud", "whisper/base", "pull", 0),
        ("192.168.1.2", "lan", "whisper/base", "pull", 1),
    ]


async def test_a_download_without_records_keeps_none(tmp_path: Path, paths: Paths) -> None:
    config = configured(tmp_path, "cost_tracking: {enabled: false}")
    async with pull.egress_log(config, paths) as log:
        log.download("default", "whisper/base", "hub.example", Zone.CLOUD, False)
    assert not config.database(paths).exists()
