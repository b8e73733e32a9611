"""Which devices are used, how loud, and whether agents may use them: kept over restarts, refused where values make no
sense."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from voicegw_desktop.core.errors import BadRequest, ConfigError, Forbidden
from voicegw_desktop.core.events import MicrophoneChanged
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.mcp.tools import server_for
from voicegw_desktop.sound.devices import Sound, SoundError
from voicegw_desktop.sound.settings import FILE, SoundSettings


def test_they_outlive_a_restart(tmp_path: Path) -> None:
    assert SoundSettings.load(tmp_path) == SoundSettings()
    chosen = SoundSettings("Studio", None, 2.0, True)
    chosen.save(tmp_path)
    assert SoundSettings.load(tmp_path) == chosen


def test_a_damaged_file_is_named_and_odd_values_are_left_out(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    with pytest.raises(ConfigError, match=FILE):
        SoundSettings.load(tmp_path)
    (tmp_path / FILE).write_text('{"gain": 99, "agents": "yes", "speaker": 3, "microphone": "Studio", "more": 1}')
    assert SoundSettings.load(tmp_path) == SoundSettings("Studio")


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    async with Gateway(paths=paths_below(tmp_path)) as gateway:
        yield gateway


@pytest.mark.parametrize("name", ["speak", "listen", "converse"])
async def test_agents_may_not_until_a_person_allows_it(gateway: Gateway, name: str) -> None:
    params = {} if name == "listen" else {"text": "Hello"}
    told: list[MicrophoneChanged] = []
    gateway.bus.subscribe(told.append, MicrophoneChanged)
    with pytest.raises(Forbidden, match="voicegw sound set --agents allow"):
        await run(gateway, name, params, source="mcp")
    assert told == []
    await run(gateway, "set_sound", {"agents": "allow"}, source="cli")
    # now it is the server that is missing
    with pytest.raises(SoundError, match="No gateway serves here") as refused:
        await run(gateway, name, params, source="mcp")
    assert refused.value.status == 503
    await run(gateway, "set_sound", {"agents": "refuse"}, source="cli")
    with pytest.raises(Forbidden):
        await run(gateway, name, params, source="mcp")


@pytest.mark.parametrize(
    ("name", "params", "param"),
    [
        ("speak", {"text": "  "}, "text"),
        ("speak", {"text": "a" * 4001}, "text"),
        ("listen", {"seconds": 0}, "seconds"),
        ("listen", {"seconds": 121}, "seconds"),
        ("converse", {"text": "Hello", "seconds": -1}, "seconds"),
        ("converse", {"text": "", "seconds": 1}, "text"),
        ("converse", {"text": "Hello", "seconds": 1.5}, "seconds"),
        ("listen", {"seconds": True}, "seconds"),
        ("speak", {"text": ["Hello"]}, "text"),
        ("speak", {"text": "Hello", "voice": 3}, "voice"),
    ],
)
async def test_wrong_arguments_open_no_device(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, name: str, params: dict[str, Any], param: str
) -> None:
    told: list[MicrophoneChanged] = []
    gateway.bus.subscribe(told.append, MicrophoneChanged)
    gateway.served_at = "http://127.0.0.1:1/v1"
    await run(gateway, "set_sound", {"agents": "allow"}, source="cli")

    async def open(self: Sound) -> Sound:
        raise AssertionError("a device process was started")

    monkeypatch.setattr(Sound, "__aenter__", open)
    with pytest.raises(BadRequest) as refused:
        await run(gateway, name, params, source="mcp")
    assert refused.value.param == param
    assert told == []


async def test_a_second_agent_is_told_that_the_devices_are_in_use(gateway: Gateway) -> None:
    gateway.served_at, gateway.sound_busy = "http://127.0.0.1:1/v1", True
    await run(gateway, "set_sound", {"agents": "allow"}, source="cli")
    for name, params in (("listen", {}), ("speak", {"text": "Hello"}), ("converse", {"text": "Hello"})):
        with pytest.raises(SoundError, match="Another agent") as refused:
            await run(gateway, name, params, source="mcp")
        assert (refused.value.status, refused.value.code) == (503, "sound_busy")
    # the first one still has them
    assert gateway.sound_busy


async def test_no_agent_can_allow_itself(gateway: Gateway) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "set_sound", "arguments": {}}}
    answer = await server_for(gateway).handle(call)
    assert answer is not None
    assert "only a person can do that" in answer["error"]["message"]


async def test_the_gain_has_limits(gateway: Gateway) -> None:
    for gain in (0, -1, 9):
        with pytest.raises(BadRequest, match="gain"):
            await run(gateway, "set_sound", {"gain": gain})
    answer = await run(gateway, "set_sound", {"gain": 2, "microphone": "Studio"})
    assert (answer["gain"], answer["microphone"], answer["agents"]) == (2.0, "Studio", False)
