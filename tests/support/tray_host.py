"""A small StatusNotifier watcher and host: reads a tray icon and presses its menu from outside the process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import ServiceInterface, dbus_property, method, signal

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"


@dataclass
class Entry:
    """One line of a menu."""

    id: int
    label: str
    enabled: bool
    checked: bool | None
    children: list[Entry]


class _Watcher(ServiceInterface):
    def __init__(self) -> None:
        super().__init__(WATCHER)
        self.items: list[str] = []
        self.arrived = asyncio.Event()

    @method()
    def RegisterStatusNotifierItem(self, service: s):  # type: ignore[name-defined] # noqa: F821
        self.items.append(service)
        self.arrived.set()

    @method()
    def RegisterStatusNotifierHost(self, service: s):  # type: ignore[name-defined] # noqa: F821
        return

    @dbus_property(access=PropertyAccess.READ)
    def RegisteredStatusNotifierItems(self) -> "as":  # type: ignore[valid-type] # noqa: F722
        return self.items

    @dbus_property(access=PropertyAccess.READ)
    def IsStatusNotifierHostRegistered(self) -> b:  # type: ignore[name-defined] # noqa: F821
        return True

    @dbus_property(access=PropertyAccess.READ)
    def ProtocolVersion(self) -> i:  # type: ignore[name-defined] # noqa: F821
        return 0

    @signal()
    def StatusNotifierHostRegistered(self):
        return


class TrayHost:
    """Stands on the session bus in the place of a panel."""

    def __init__(self, bus: MessageBus, watcher: _Watcher) -> None:
        self._bus = bus
        self._watcher = watcher

    @classmethod
    async def start(cls, address: str) -> TrayHost:
        """Take the watcher's name on the bus at `address`."""
        bus = await MessageBus(bus_address=address, bus_type=BusType.SESSION).connect()
        watcher = _Watcher()
        bus.export("/StatusNotifierWatcher", watcher)
        await bus.request_name(WATCHER)
        return cls(bus, watcher)

    async def item(self, seconds: float = 20.0) -> str:
        """The bus name of the first icon, once it is there."""
        async with asyncio.timeout(seconds):
            await self._watcher.arrived.wait()
        return self._watcher.items[0]

    async def property(self, item: str, name: str) -> Any:
        """A property of the icon: ToolTip, IconPixmap, Menu, Status, ..."""
        return (
            await self._call(item, "/StatusNotifierItem", "org.freedesktop.DBus.Properties", "Get", "ss", [ITEM, name])
        )[0].value

    async def menu(self, item: str) -> list[Entry]:
        """The menu as it is now, after telling the program that it is about to be shown."""
        path = await self.property(item, "Menu")
        await self._call(item, path, MENU, "AboutToShow", "i", [0])
        _, root = await self._call(item, path, MENU, "GetLayout", "iias", [0, -1, []])
        return [_entry(child) for child in root[2]]

    async def click(self, item: str, entry: Entry) -> None:
        """Choose a line of the menu."""
        path = await self.property(item, "Menu")
        await self._call(item, path, MENU, "Event", "isvu", [entry.id, "clicked", Variant("s", ""), 0])

    async def activate(self, item: str) -> None:
        """Click the icon itself."""
        await self._call(item, "/StatusNotifierItem", ITEM, "Activate", "ii", [0, 0])

    def close(self) -> None:
        self._bus.disconnect()

    async def _call(
        self, to: str, path: str, interface: str, member: str, signature: str, body: list[Any]
    ) -> list[Any]:
        reply = await self._bus.call(
            Message(destination=to, path=path, interface=interface, member=member, signature=signature, body=body)
        )
        assert reply is not None
        assert reply.message_type is not MessageType.ERROR, f"{interface}.{member}: {reply.body}"
        return list(reply.body)


def _entry(raw: Any) -> Entry:
    raw = raw.value if isinstance(raw, Variant) else raw
    number, properties, children = raw
    values = {key: value.value for key, value in properties.items()}
    return Entry(
        number,
        values.get("label", "").replace("__", "_"),
        bool(values.get("enabled", True)),
        bool(values["toggle-state"]) if "toggle-state" in values and values.get("toggle-type") else None,
        [_entry(child) for child in children],
    )


def find(entries: list[Entry], text: str) -> Entry:
    """The first entry, at any depth, whose label contains `text`."""
    for entry in entries:
        if text in entry.label:
            return entry
        try:
            return find(entry.children, text)
        except LookupError:
            continue
    raise LookupError(f"no menu entry with {text!r} among {[e.label for e in entries]}")
