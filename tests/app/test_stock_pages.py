"""Engines, models, providers and projects: groups, what is shown beside the table, which operations the buttons
call."""

from __future__ import annotations

import os
import time
from itertools import pairwise

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from PySide6.QtGui import QGuiApplication, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from tests.support.desk import Desk  # noqa: E402
from tests.support.fake_host import FakeHost, broken, engine, project, provider  # noqa: E402
from tests.support.pages import Play, cells, texts  # noqa: E402
from voicegw_desktop.app.viewmodels.memory import Memory  # noqa: E402
from voicegw_desktop.app.viewmodels.words import clock  # noqa: E402
from voicegw_desktop.core import events as e  # noqa: E402

pytestmark = pytest.mark.app

NOON = time.mktime((2025, 3, 1, 12, 0, 0, 0, 0, -1))


def test_the_memory_of_an_engine_is_a_line_once_there_are_two_looks(play: Play) -> None:
    host = FakeHost(list_engines={"engines": [engine("whisper/base", "idle", rss_bytes=300_000_000, pid=42)]})

    async def scene(desk: Desk) -> None:
        page = await desk.open("Engines")
        assert not page._line.isVisible()
        now = time.time()
        desk.view.memory.add("whisper/base", 320_000_000, now + 60)
        page._show()
        assert "300 MB to 320 MB" in page._held.text()
        assert page._line.accessibleDescription() == page._held.text()
        assert not page._line.grab().isNull()
        desk.view.feed(e.EngineState("whisper/base", "stopped"))
        assert desk.view.memory.of("whisper/base") == []

    play(host, scene)


def test_a_server_of_ones_own_is_looked_at_again(play: Play) -> None:
    """No event tells whether it answers."""
    host = FakeHost(list_engines={"engines": [engine("gpu-box", "answers", address="http://gpu-box:8000/v1")]})

    async def scene(desk: Desk) -> None:
        page = await desk.open("Engines")
        host.answers["list_engines"] = {
            "engines": [engine("gpu-box", "does not answer", address="http://gpu-box:8000")]
        }
        desk.window.refresh()
        assert not page._soon.isActive(), "not at each picture"
        page._next = 0.0
        desk.window.refresh()
        assert page._soon.isActive()
        page._ask()
        await desk.settle()
        assert cells(page.table)[-1][1] == "does not answer"
        # where there is nothing that changes by itself, nothing is asked
        host.answers["list_engines"] = {"engines": [engine("whisper/base")]}
        page._ask()
        await desk.settle()
        page._soon.stop()
        page._next = 0.0
        desk.window.refresh()
        assert not page._soon.isActive()

    play(host, scene)


def test_memory_of_an_engine_is_kept_in_few_samples() -> None:
    memory = Memory()
    for n in range(2000):
        memory.add("a", 100 + n, n / 4)
    kept = memory.of("a")
    assert len(kept) == 240
    assert all(later[0] - earlier[0] >= 2 for earlier, later in pairwise(kept[:-1]))
    assert kept[-1] == (499.75, 2099)


def test_engines_are_shown_whole_and_started_from_the_keyboard(play: Play) -> None:
    host = FakeHost(
        list_engines={
            "engines": [
                engine("piper/joe"),
                engine("whisper/base", "idle", rss_bytes=320_000_000, threads=2, pid=42, keep_alive_s=None),
                engine("whisper/bad", "failed", reason="its model file is damaged"),
                engine(
                    "ollama/server",
                    address="http://127.0.0.1:11434",
                    info={"owned": False, "hint": "Install Ollama from its site."},
                ),
            ],
            "memory_limit": 8_000_000_000,
        }
    )

    async def scene(desk: Desk) -> None:
        page = await desk.open("Engines")
        assert "1 engine in memory, 320 MB of 8.0 GB" in texts(page)
        assert [line[0] for line in cells(page.table)] == [
            "Failed", "whisper/bad", "In memory, 320 MB", "whisper/base", "Loaded when asked for", "piper/joe",
            "Not installed", "ollama/server",
        ]  # fmt: skip
        shown = {line[0]: line[1:] for line in cells(page.table)}
        assert shown["whisper/base"] == ["idle", "320 MB", "", "forever", "Stop"]
        assert (shown["ollama/server"][0], shown["ollama/server"][-1]) == ("not installed", "")
        # the first row below a heading is chosen, and told beside the table
        assert "damaged" in texts(page._panel)
        QTest.keyClick(page.table, Qt.Key.Key_Down)
        assert page.table.chosen()["name"] == "whisper/base"
        QTest.keyClick(page.table, Qt.Key.Key_Up)
        assert page.table.chosen()["name"] == "whisper/bad"
        page.table.choose("ollama/server")
        assert "Install Ollama" in texts(page._panel)
        assert not page._toggle_push.isVisible()
        for name, icon in (("piper/joe", "play"), ("whisper/base", "square")):
            page.table.choose(name)
            assert page._toggle_push.property("icon_name") == icon
        page.table.choose("piper/joe")
        QTest.keyClick(page.table, Qt.Key.Key_Return)
        page.table.choose("whisper/base")
        desk.press("Stop")
        # the button in the row does what the one beside the table does
        at = page.table.model_.row_of("whisper/base")
        page.table.clicked.emit(page.table.model_.index(at, 5))
        await desk.settle()
        assert host.asked("start_engine") == [{"name": "piper/joe"}]
        assert host.asked("stop_engine") == [{"name": "whisper/base", "confirm": True}] * 2

    play(host, scene)


def test_what_this_program_did_not_start_has_no_stop_button(play: Play) -> None:
    host = FakeHost(
        list_engines={
            "engines": [
                engine("whisper/base", "idle", rss_bytes=320_000_000),
                engine("gpu-box", "answers", address="http://gpu-box:8000/v1", info={"models": ["llama-3", "qwen"]}),
                engine("attic", "does not answer", address="http://attic:1234/v1", reason="The server did not answer."),
                engine("ollama/server", "ready", address="http://127.0.0.1:11434", info={"owned": False}),
            ]
        }
    )

    async def scene(desk: Desk) -> None:
        page = await desk.open("Engines")
        assert "2 engines in memory, 320 MB" in texts(page)
        shown = cells(page.table)
        at = [line[0] for line in shown].index("Servers of your own")
        assert shown[at + 1 :] == [
            ["gpu-box", "answers", "", "", "", ""], ["attic", "does not answer", "", "", "", ""]
        ]  # fmt: skip
        for name in ("gpu-box", "attic", "ollama/server"):
            page.table.choose(name)
            assert not page._toggle_push.isVisible(), name
            QTest.keyClick(page.table, Qt.Key.Key_Return)
        page.table.choose("gpu-box")
        assert "http://gpu-box:8000/v1" in texts(page._panel)
        assert "llama-3, qwen" in texts(page._panel)
        page.table.choose("attic")
        assert "did not answer" in texts(page._panel)
        # nothing here failed, and nothing can be started again
        assert desk.view.engines["attic"].state == "does not answer"
        assert desk.view.failed_engines() == []
        await desk.settle()
        assert host.asked("stop_engine") == host.asked("start_engine") == []
        assert [found.name for found in desk.view.running_engines()] == ["ollama/server", "whisper/base"]

    play(host, scene)


def test_providers_tell_what_they_need_and_why_they_cannot_be_tested(play: Play) -> None:
    known = [
        provider("deepgram", modalities=["stt", "tts"]),
        provider("openai", configured=True, api_key="sk-a…6789"),
        provider("groq", installed=False, install="Install with: pip install x"),
        provider("cartesia", configured=True, key_locked=True),
        provider("openai_compatible"),
        provider("gpu-box", provider="openai_compatible", configured=True, source="db"),
    ]

    async def scene(desk: Desk) -> None:
        page = await desk.open("Providers")
        assert [line[0] for line in cells(page.table)] == [
            "Ready", "openai", "Keychain locked", "cartesia", "Servers of your own", "gpu-box",
            "Needs a key, paste one below", "deepgram", "Needs a package", "groq",
        ]  # fmt: skip
        assert page._test.isEnabled()
        page.table.choose("deepgram")
        told = texts(page.form)
        assert "Unlocks: Speech to text (nova-3), Text to speech (aura-2-thalia-en)." in told
        assert "It can be tested once it has a key." in told
        assert page._test.accessibleDescription() == "It can be tested once it has a key."
        assert not page._test.isEnabled()
        assert page._get_key.isVisible()
        page.table.choose("groq")
        assert "its package is not installed" in texts(page.form)
        # no command for a shell in what people read
        assert "pip install" not in texts(page.form)

    play(FakeHost(list_providers={"providers": known}), scene)


def test_a_project_shows_its_days_and_its_keys(play: Play) -> None:
    key: dict[str, object] = {"id": "k7", "name": "agent", "project": "kitchen", "created_at": NOON, "scopes": []}
    host = FakeHost(
        list_projects={"projects": [project("default"), project("kitchen", daily_budget=2.0, budget_action="block",
                                                                egress="local")]},
        get_project={"budget": {"status": "ok", "budget_nanos": 2 * 10**9, "action": "block"}},
        list_keys={"keys": [key, {**key, "id": "k1", "project": "default"}]},
        costs={"total": 0.0, "by_provider": {}, "by_project": {}, "rows": [
            {"day": "2026-11-28", "cost_nanos": 5 * 10**8, "requests": 3}]},
        create_key={"api_key": "vgw-new", "key_id": "k9"}, revoke_key={"revoked": key},
    )  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Projects")
        assert page.table.model_.columns[3].text(page.table.model_.rows[1]) == "refuse what costs, only this machine"
        page.table.choose("kitchen")
        await desk.settle()
        assert page.side.bars.accessibleDescription() == "Nov 28: $0.50"
        assert cells(page.side.keys) == [["agent", clock(NOON, time.time())]]
        desk.press("New key")
        await desk.settle()
        assert QGuiApplication.clipboard().text() == "vgw-new"
        assert host.asked("create_key") == [{"project": "kitchen", "name": "window", "scopes": ["inference", "read"]}]
        page.side.keys.choose("k7")
        desk.press("Revoke")
        await desk.settle()
        assert host.asked("revoke_key")[-1] == {"key_id": "k7", "confirm": True}

    play(host, scene)


def test_a_key_goes_in_by_the_form_and_is_never_shown(play: Play) -> None:
    host = FakeHost(
        list_providers={"providers": [provider("deepgram"), provider("openai", configured=True, api_key="sk-a…6789")]},
        set_provider_key={"provider": provider("deepgram")},
        test_provider={"provider": "openai", "ok": False, "message": "The key was refused.", "ms": 80.0},
    )

    async def scene(desk: Desk) -> None:
        page = await desk.open("Providers")
        assert page.key.echoMode() == QtWidgets.QLineEdit.EchoMode.Password
        page.table.choose("deepgram")
        page.key.setText("dg-canary")
        desk.press("Save")
        await desk.settle()
        assert host.asked("set_provider_key") == [{"provider_id": "deepgram", "api_key": "dg-canary"}]
        assert page.key.text() == ""
        page.table.choose("openai")
        assert "sk-a…6789" in [line[2] for line in cells(page.table)]
        desk.press("Test")
        await desk.settle()
        assert "The key was refused." in texts(page)

    play(host, scene)


def test_what_a_form_cannot_do_is_said_in_the_form(play: Play) -> None:
    host = FakeHost(
        list_providers={"providers": [provider("deepgram")]}, set_provider_key=broken("The keychain is locked.")
    )

    async def scene(desk: Desk) -> None:
        page = await desk.open("Providers")
        desk.press("Save")
        assert "Paste a key or an address first." in texts(page)
        page.key.setText("x")
        desk.press("Save")
        await desk.settle()
        assert "The keychain is locked." in texts(page)

    play(host, scene)


def test_projects_are_made_changed_and_deleted(play: Play) -> None:
    projects = [project("default"), project("kitchen", daily_budget=2.0, budget_action="block")]
    host = FakeHost(list_projects={"projects": projects}, update_project={"project": projects[1]},
                    create_project={"project": project("garden")}, delete_project={"deleted": "kitchen"},
                    get_project={"budget": {"status": "ok", "budget_nanos": 2 * 10**9, "action": "block"}})  # fmt: skip

    async def scene(desk: Desk) -> None:
        page = await desk.open("Projects")
        page.table.choose("kitchen")
        page._budget.setText("2,50")
        page._unpriced.setCurrentIndex(1)
        desk.press("Save")
        await desk.settle()
        assert host.asked("update_project") == [{"project_id": "kitchen", "daily_budget": 2.5, "unpriced": "block"}]
        page._budget.setText("much")
        desk.press("Save")
        assert 'The budget is "much"' in texts(page)
        desk.press("Delete")
        await desk.settle()
        assert host.asked("delete_project")[-1] == {"project_id": "kitchen", "confirm": True}
        desk.press("New project")
        page._id.setText("garden")
        page._budget.setText("1")
        desk.press("Save")
        await desk.settle()
        assert host.asked("create_project") == [
            {"project_id": "garden", "daily_budget": 1.0, "budget_action": "warn", "unpriced": "allow"}
        ]

    play(host, scene)
