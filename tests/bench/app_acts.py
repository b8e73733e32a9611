"""What a person opens in the window while `app_changes` measures: forms, dialogs, menus, lists, another language."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator

from PySide6.QtCore import QPoint, QSettings
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from tests.bench.app_streams import Opened
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.speaking import Speaking
from voicegw_desktop.app.tray_menu import TrayMenu
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.conversations_page import (
    NOTICES_TAB,
    REQUESTS_TAB,
    SESSIONS_TAB,
    ConversationsPage,
)
from voicegw_desktop.app.windows.help_page import ABOUT_TAB, KEYS_TAB, LOG_TAB, HelpPage
from voicegw_desktop.app.windows.money_page import MoneyPage
from voicegw_desktop.app.windows.projects_page import ProjectsPage
from voicegw_desktop.app.windows.providers_page import ProvidersPage
from voicegw_desktop.core import logbook

STAY = 0.5  # s behind a change
LINES = 500  # of the log
OPENED = 3  # conversations, and requests, opened one after the other
Act = Callable[[Opened, argparse.Namespace], Awaitable[None]]


async def looked_at(window: QWidget) -> None:
    """Let what was opened on top of the window stay, then close it."""
    await asyncio.sleep(STAY)
    there = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
    assert len(there) == 1, there
    there[0].close()
    await asyncio.sleep(STAY)


async def asked(there: Opened, _options: argparse.Namespace) -> None:
    """A question before something is destroyed, and no."""
    there.window.ask("Delete the project shop?", "Its keys stop working.", "Delete", lambda: None)
    await looked_at(there.window)


async def quitting(there: Opened, _options: argparse.Namespace) -> None:
    """The question of `Application.ask_quit`, and no."""
    those = tr("{running} requests run", running=len(there.view.active))
    text = tr("{those} now. Quitting ends {v}; the clients are told.", those=those, v=tr("them"))
    there.window.ask(tr("Quit VoiceGateway?"), text, tr("Quit"), lambda: None)
    await looked_at(there.window)


async def server_form(there: Opened, _options: argparse.Namespace) -> None:
    """The form of a server of one's own, and back to the chosen provider."""
    page = there.window.page("Providers")
    assert isinstance(page, ProvidersPage)
    page.begin(page._name)
    await asyncio.sleep(STAY)
    page.escape()
    await asyncio.sleep(STAY)


async def key_dialogs(there: Opened, _options: argparse.Namespace) -> None:
    """The budget of a project and that of a key."""
    page = there.window.page("Projects")
    assert isinstance(page, ProjectsPage)
    page._ask_limits()
    await looked_at(there.window)
    page.side._make()
    await asyncio.sleep(STAY)
    page.side.keys.choose_first()
    page.side._ask_limits()
    await looked_at(there.window)


async def invoice(there: Opened, _options: argparse.Namespace) -> None:
    """What an invoice adds to the cost."""
    page = there.window.page("Money")
    assert isinstance(page, MoneyPage)
    page._ask_terms()
    await looked_at(there.window)


async def tray_menu(there: Opened, _options: argparse.Namespace) -> None:
    """The tray's menu, where Qt draws it, and its list of targets."""
    menu = TrayMenu(there.view, there.actions, open_window=lambda: None, serve=lambda _on: None, quit=lambda: None)
    menu.refresh()
    await asyncio.sleep(STAY)
    below = [action.menu() for action in menu.actions() if action.isVisible() and action.menu() is not None]
    for shown in (menu, *below):
        assert isinstance(shown, QMenu)
        shown.popup(QPoint(40, 40))
        assert shown.isVisible()
        await asyncio.sleep(STAY / 2)
        shown.close()
    menu.deleteLater()
    await asyncio.sleep(STAY)


async def choices(there: Opened, _options: argparse.Namespace) -> None:
    """The lists of the boxes to choose from that are in view."""
    page = there.window.stack.currentWidget()
    assert page is not None
    for choice in [choice for choice in page.findChildren(Choice) if choice.isVisible()][:OPENED]:
        choice.showPopup()
        await asyncio.sleep(STAY / 2)
        choice.hidePopup()
        await asyncio.sleep(STAY / 2)


async def other_language(there: Opened, options: argparse.Namespace) -> None:
    """German and back, as `Application` does it."""
    settings = QSettings(str(options.folder / "window.ini"), QSettings.Format.IniFormat)
    menu = TrayMenu(there.view, there.actions, open_window=lambda: None, serve=lambda _on: None, quit=lambda: None)
    spoken = Speaking(settings, options.folder)

    def taken(parts: Iterator[None]) -> Iterator[None]:
        yield from parts
        menu.rebuild()
        yield

    for name in ("de", "en"):
        spoken.change(name, there.actions._tasks.start, lambda parts: there.window.speak(taken(parts)))
        await asyncio.sleep(2 * STAY)
        assert there.window._turning is None
        assert there.window.nav.accessibleName() == {"de": "Seiten", "en": "Pages"}[name]
    menu.deleteLater()


async def log_view(there: Opened, _options: argparse.Namespace) -> None:
    """The log, an entry of it, the other parts of the page, and a search."""
    page = there.window.page("Help")
    assert isinstance(page, HelpPage)
    for part in (ABOUT_TAB, KEYS_TAB, LOG_TAB):
        page._tabs.choose(part)
        await asyncio.sleep(STAY)
    assert len(page.log.model_.rows) >= LINES
    page.log.choose_row(3)
    await asyncio.sleep(STAY)
    page.search.setText("line 4")
    await asyncio.sleep(STAY)
    page.search.clear()
    await asyncio.sleep(STAY)


async def conversation(there: Opened, _options: argparse.Namespace) -> None:
    """Some sessions, some requests, and the notices."""
    page = there.window.page("Conversations")
    assert isinstance(page, ConversationsPage)
    for tab in (SESSIONS_TAB, REQUESTS_TAB, NOTICES_TAB, SESSIONS_TAB):
        page._tabs.choose(tab)
        await asyncio.sleep(STAY)
        rows = len(page.table(tab).model_.rows)
        assert rows or tab == NOTICES_TAB, tab
        for row in range(1, min(rows, 1 + OPENED)):
            page.table(tab).choose_row(row)
            await asyncio.sleep(STAY)


ACTS: dict[str, tuple[Act, tuple[str, ...]]] = {
    "question": (asked, ()),
    "quitting": (quitting, ("Overview", "Providers")),
    "server form": (server_form, ("Providers",)),
    "key dialogs": (key_dialogs, ("Projects",)),
    "invoice": (invoice, ("Money",)),
    "tray menu": (tray_menu, ("Overview",)),
    "choices": (choices, ("Overview", "Talk", "Models", "Settings")),
    "language": (other_language, ()),
    "log view": (log_view, ("Help",)),
    "conversation": (conversation, ("Conversations",)),
}
"""What is done, and with which pages in view; none named: all."""


def keep_a_log() -> None:
    """Fill the log of the page Help; past the limit of lines that repeat each other."""
    for number in range(LINES):
        told = {"name": __name__, "levelno": logging.WARNING, "levelname": "WARNING"}
        logbook.BOOK.emit(logging.makeLogRecord(told | {"msg": f"line {number} of the log"}))
