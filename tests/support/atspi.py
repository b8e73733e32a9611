"""The window as screen readers get it: over the accessibility bus of a desktop, from outside the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from tests.support.desktop import Desktop

LAUNCHERS = (Path("/usr/libexec/at-spi-bus-launcher"), Path("/usr/lib/at-spi2-core/at-spi-bus-launcher"))
REGISTRY, ROOT = "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"
ACCESSIBLE, SELECTION = "org.a11y.atspi.Accessible", "org.a11y.atspi.Selection"
SHOWING = 25  # bit of a state
LABELLED_BY = 2  # kind of a relation
PATIENCE = 60  # s for the application and for each page, on a machine that is busy with other things


@dataclass
class Node:
    """One accessible object, with those below it that show."""

    owner: str
    path: str
    role: str
    name: str
    description: str
    labels: tuple[str, ...] = ()
    """Names of the objects that label it."""
    children: list[Node] = field(default_factory=list)

    def all(self) -> list[Node]:
        """Itself and everything below."""
        return [self, *(found for child in self.children for found in child.all())]


def launcher() -> Path:
    """The program that starts the accessibility bus, or a skip."""
    found = next((path for path in LAUNCHERS if path.exists()), None)
    if found is None:
        pytest.skip("at-spi2-core is not installed; packaging/dev/system-packages.sh installs it")
    return found


class Reader:
    """Asks what a screen reader asks."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    async def _ask(
        self, owner: str, path: str, interface: str, member: str, signature: str = "", *body: object
    ) -> list[Any]:
        message = Message(
            destination=owner, path=path, interface=interface, member=member, signature=signature, body=list(body)
        )
        reply = await self._bus.call(message)
        if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
            raise LookupError(f"{member} of {path}: {reply.body if reply else 'nothing'}")
        return reply.body

    async def _text(self, owner: str, path: str, name: str) -> str:
        (value,) = await self._ask(owner, path, "org.freedesktop.DBus.Properties", "Get", "ss", ACCESSIBLE, name)
        return str(value.value if isinstance(value, Variant) else value)

    async def applications(self) -> list[tuple[str, str]]:
        """Owner and path of the root of each application on the bus; none while the registry is being started."""
        try:
            (found,) = await self._ask(REGISTRY, ROOT, ACCESSIBLE, "GetChildren")
        except LookupError:
            # the bus starts a second registry when it is asked before the first one has its name; one of them leaves
            return []
        return [(owner, path) for owner, path in found]

    async def node(self, owner: str, path: str, *, below: bool = True) -> Node | None:
        """What is at `path` and all that shows below it; None where it does not show. Cells of tables are left out."""
        role, name, description = await asyncio.gather(
            self._role(owner, path), self._text(owner, path, "Name"), self._text(owner, path, "Description")
        )
        (states,) = await self._ask(owner, path, ACCESSIBLE, "GetState")
        if role != "application" and not states[0] >> SHOWING & 1:
            return None
        found = Node(owner, path, role, name, description, await self._labels(owner, path))
        if below and role not in ("table", "tree table", "combo box"):
            (children,) = await self._ask(owner, path, ACCESSIBLE, "GetChildren")
            for child in children:
                one = await self.node(*child)
                if one is not None:
                    found.children.append(one)
        return found

    async def _role(self, owner: str, path: str) -> str:
        (name,) = await self._ask(owner, path, ACCESSIBLE, "GetRoleName")
        return str(name)

    async def _labels(self, owner: str, path: str) -> tuple[str, ...]:
        (relations,) = await self._ask(owner, path, ACCESSIBLE, "GetRelationSet")
        return tuple([
            await self._text(by, at, "Name")
            for kind, targets in relations if kind == LABELLED_BY for by, at in targets
        ])  # fmt: skip

    async def select(self, node: Node, number: int) -> None:
        """Choose one of a list's entries."""
        (done,) = await self._ask(node.owner, node.path, SELECTION, "SelectChild", "i", number)
        assert done


def _answered(reply: Message | None) -> bool:
    return reply is not None and reply.message_type is MessageType.METHOD_RETURN


@asynccontextmanager
async def reader(screen: Desktop) -> AsyncIterator[Reader]:
    """The accessibility bus of `screen`, begun before the program that is to be read."""
    screen.start(str(launcher()), "--launch-immediately")
    screen.env.pop("NO_AT_BRIDGE", None)
    screen.env["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
    session = await MessageBus(bus_address=screen.bus).connect()
    ask = Message(destination="org.a11y.Bus", path="/org/a11y/bus", interface="org.a11y.Bus", member="GetAddress")
    async with asyncio.timeout(PATIENCE):
        while not _answered(reply := await session.call(ask)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert reply is not None
    bus = await MessageBus(bus_address=str(reply.body[0])).connect()
    try:
        yield Reader(bus)
    finally:
        for one in (bus, session):
            one.disconnect()
