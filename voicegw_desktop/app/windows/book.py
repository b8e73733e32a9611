"""The pages of the window, in order. Each is imported when it is first shown: a lone tray icon stays small."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

from voicegw_desktop.app import qt_names, theme
from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.loop import set_aside
from voicegw_desktop.app.viewmodels import sentences
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.windows.parts import Page
from voicegw_desktop.app.windows.showing import PageFactory
from voicegw_desktop.core.paths import resources_dir


async def read_ahead() -> None:
    """Import every page, read every icon and order the sentences, in a thread once the window is there: turning a page
    only builds it."""
    await qt_names.make()
    await asyncio.to_thread(_read)
    set_aside()


def _read() -> None:
    for name in (
        "talk_page",
        "engines_page",
        "models_page",
        "providers_page",
        "projects_page",
        "conversations_page",
        "money_page",
        "settings_page",
        "help_page",
    ):
        importlib.import_module(f"voicegw_desktop.app.windows.{name}")
    # what the gateway imports when the page Settings asks for the first time
    importlib.import_module("voicegw_desktop.gateway.preferences")
    for icon in (resources_dir() / "icons").glob("*.svg"):
        theme.svg_source(icon.stem)
    sentences.told("")


def page_factories(overview: Overview, actions: Actions, cache: Path, logs: Path | None = None) -> list[PageFactory]:
    """The pages in the order of the list at the left."""

    def make_overview() -> Page:
        from voicegw_desktop.app.windows.overview_page import OverviewPage

        return OverviewPage(overview, actions, cache)

    def talk() -> Page:
        from voicegw_desktop.app.windows.talk_page import TalkPage

        return TalkPage(overview, actions)

    def engines() -> Page:
        from voicegw_desktop.app.windows.engines_page import EnginesPage

        return EnginesPage(overview, actions)

    def models() -> Page:
        from voicegw_desktop.app.windows.models_page import ModelsPage

        return ModelsPage(overview, actions)

    def providers() -> Page:
        from voicegw_desktop.app.windows.providers_page import ProvidersPage

        return ProvidersPage(overview, actions)

    def projects() -> Page:
        from voicegw_desktop.app.windows.projects_page import ProjectsPage

        return ProjectsPage(overview, actions)

    def conversations() -> Page:
        from voicegw_desktop.app.windows.conversations_page import ConversationsPage

        return ConversationsPage(overview, actions)

    def money() -> Page:
        from voicegw_desktop.app.windows.money_page import MoneyPage

        return MoneyPage(overview, actions)

    def settings() -> Page:
        from voicegw_desktop.app.windows.settings_page import SettingsPage

        return SettingsPage(overview, actions)

    def help_page() -> Page:
        from voicegw_desktop.app.windows.help_page import HelpPage

        return HelpPage(overview, actions, logs)

    return [
        PageFactory("Overview", "gauge", make_overview, alone=True),
        PageFactory("Talk", "message-square", talk, alone=True),
        PageFactory("Conversations", "activity", conversations),
        PageFactory("Money", "wallet", money),
        PageFactory("Engines", "hard-drive", engines),
        PageFactory("Models", "box", models),
        PageFactory("Providers", "key-round", providers),
        PageFactory("Projects", "users", projects),
        PageFactory("Settings", "settings", settings, alone=True),
        PageFactory("Help", "info", help_page, alone=True),
    ]
