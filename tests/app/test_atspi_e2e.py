"""Every page over the real accessibility bus: what a screen reader of a Linux desktop is told."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.atspi import PATIENCE, Node, Reader, reader
from tests.support.tray_app import app_screen, start

pytestmark = [pytest.mark.app, pytest.mark.e2e]

CONTROLS = {"push button", "check box", "combo box", "text", "table", "list", "radio button", "slider", "toggle button"}
SAID = {
    "Overview": "Copy lines", "Talk": "Hold to talk", "Conversations": "Left this machine", "Money": "Time",
    "Engines": "Engines", "Models": "Search models", "Providers": "Add a server", "Projects": "New project",
    "Settings": "Text size", "Help": "Copy report",
}  # fmt: skip
"""A control of each page."""


async def shown(tree: Reader, owner: str, path: str, wanted: str) -> Node:
    """The window, once something in it has that name."""
    names: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE):
            while wanted not in names:
                try:
                    found = await tree.node(owner, path)
                    names = [node.name for node in found.all()] if found is not None else []
                except LookupError:
                    # the object was removed while it was read
                    await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f'"{wanted}" did not come; there are {names}') from None
    assert found is not None
    return found


async def test_a_screen_reader_is_told_every_page() -> None:
    with app_screen(greeted=False) as screen:
        async with reader(screen) as tree:
            start(screen)
            async with asyncio.timeout(PATIENCE):
                while not (found := await tree.applications()):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            owner, path = found[0]
            window = await shown(tree, owner, path, SAID["Overview"])
            pages = next(node for node in window.all() if node.name == "Pages")
            assert [node.name for node in pages.children] == list(SAID)
            for number, (name, control) in enumerate(SAID.items()):
                await tree.select(pages, number)
                window = await shown(tree, owner, path, control)
                for node in window.all():
                    if node.role in CONTROLS:
                        assert node.name or node.labels, f"{name}: a {node.role} without a name"
                    if node.role == "combo box":
                        assert node.labels or node.description, f'{name}: "{node.name}" does not say what it is about'
