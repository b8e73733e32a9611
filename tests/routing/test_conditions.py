"""Conditions from given facts, and the Linux readers on a made-up file system."""

from __future__ import annotations

import asyncio
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from voicegw_desktop.config.schema_routing import ConditionConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.routing.conditions import Conditions, Readers, system_readers

pytestmark = pytest.mark.unit


class Facts:
    def __init__(self) -> None:
        self.power: str | None = "mains"
        self.network: str | None = "online"
        self.busy = self.total = 0.0
        self.reads: list[str] = []

    def readers(self) -> Readers:
        def read(name: str, value: Any) -> Any:
            self.reads.append(name)
            return value

        return Readers(
            lambda: read("power", self.power),
            lambda: read("network", self.network),
            lambda: read("cpu", (self.busy, self.total)),
        )


def _watch(facts: Facts, *whens: dict[str, Any], clock: ManualClock | None = None) -> Conditions:
    configured = [ConditionConfig.model_validate({"when": w, "stt": "whisper/base"}) for w in whens]
    return Conditions(configured, clock or ManualClock(), facts.readers())


def test_only_what_is_asked_for_is_read() -> None:
    facts = Facts()
    _watch(facts).poll()
    assert facts.reads == []
    _watch(facts, {"power": "battery"}).poll()
    assert facts.reads == ["power"]


def test_all_parts_must_hold_and_a_change_is_told_once() -> None:
    facts, told = Facts(), []
    conditions = _watch(facts, {"power": "battery", "network": "offline"})
    conditions.changed = lambda: told.append(len(conditions.holding))
    conditions.poll()
    facts.power = "battery"
    conditions.poll()
    facts.network = "offline"
    conditions.poll()
    conditions.poll()
    facts.power = None
    conditions.poll()
    assert told == [1, 0]


def test_load_is_measured_over_the_window() -> None:
    facts, clock = Facts(), ManualClock()
    conditions = _watch(facts, {"cpu_above": 80}, clock=clock)
    conditions.poll()
    assert not conditions.holding
    for _ in range(10):
        clock.advance(2)
        facts.busy, facts.total = facts.busy + 1.9, facts.total + 2
        conditions.poll()
    assert conditions.holding
    for _ in range(10):
        clock.advance(2)
        facts.total += 2
        conditions.poll()
    assert not conditions.holding


async def test_a_fact_that_the_system_refuses_is_not_known_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    facts = Facts()

    def refused() -> Any:
        raise OSError(1, "Invalid function")

    given = [{"cpu_above": 50}, {"power": "battery"}, {"network": "offline"}]
    configured = [ConditionConfig.model_validate({"when": when, "stt": "whisper/base"}) for when in given]
    readers = Readers(lambda: facts.power, lambda: facts.network, refused)
    told = asyncio.Event()
    conditions = Conditions(configured, ManualClock(), readers, told.set)
    conditions.poll()
    assert conditions.holding == ()
    facts.power = "battery"
    # the watch lives on
    conditions.start()
    await asyncio.wait_for(told.wait(), 5)
    await conditions.stop()
    assert conditions.holding == (configured[1],)
    conditions = Conditions(configured, ManualClock(), Readers(refused, refused, refused))
    conditions.poll()
    conditions.poll()
    assert conditions.holding == ()
    said = [record.getMessage() for record in caplog.records]
    assert [text.split("its ")[1] for text in said] == [
        f"{fact}: [Errno 1] Invalid function" for fact in ("processor load", "power", "network", "processor load")
    ]


def test_power_supplies_of_linux(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text + "\n")

    write("sys/class/power_supply/AC/type", "Mains")
    write("sys/class/power_supply/AC/online", "0")
    write("sys/class/power_supply/BAT0/type", "Battery")
    write("sys/class/power_supply/BAT0/status", "Discharging")
    write("sys/class/power_supply/hidpp_battery_0/type", "Battery")
    write("sys/class/power_supply/hidpp_battery_0/scope", "Device")
    write("sys/class/power_supply/hidpp_battery_0/status", "Discharging")
    readers = system_readers(tmp_path)
    assert readers.power() == "battery"
    write("sys/class/power_supply/AC/online", "1")
    assert readers.power() == "mains"
    write("sys/class/power_supply/AC/type", "Battery")
    write("sys/class/power_supply/BAT0/scope", "Device")
    write("sys/class/power_supply/AC/scope", "Device")
    assert readers.power() == "mains"


@pytest.mark.parametrize(("plugged", "power"), [(True, "mains"), (False, "battery"), (None, None)])
def test_power_of_other_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugged: bool | None, power: str | None
) -> None:
    readers = system_readers(tmp_path)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: SimpleNamespace(power_plugged=plugged))
    assert readers.power() == power
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None)
    assert readers.power() == "mains"


def test_network_cards_that_need_no_network_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    up, down = SimpleNamespace(isup=True), SimpleNamespace(isup=False)
    cards = {"lo": up, "docker0": up, "utun3": up, "Loopback Pseudo-Interface 1": up, "vEthernet (Default Switch)": up}
    monkeypatch.setattr(psutil, "net_if_stats", lambda: cards)
    assert system_readers().network() == "offline"
    cards["eth0"] = down
    assert system_readers().network() == "offline"
    cards["Wi-Fi"] = up
    assert system_readers().network() == "online"


def test_processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    linux = namedtuple("linux", "user nice system idle iowait irq softirq steal guest guest_nice")
    monkeypatch.setattr(psutil, "cpu_times", lambda: linux(10, 0, 20, 60, 10, 0, 0, 0, 5, 0))
    assert system_readers().cpu() == (30, 100)
    windows = namedtuple("windows", "user system idle interrupt dpc")
    monkeypatch.setattr(psutil, "cpu_times", lambda: windows(10, 20, 60, 5, 5))
    assert system_readers().cpu() == (40, 100)
