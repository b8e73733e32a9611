"""Answers that later requests may go on from, in bounded memory."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass

from voicegw_desktop.core.errors import BadRequest, NotFound
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.core.typed import records

MOST = 1000  # answers kept
MOST_BYTES = 32 * 1024 * 1024  # of JSON kept, of all answers together
MOST_OF_ONE = 4 * 1024 * 1024  # bytes of one answer with its conversation


@dataclass(frozen=True)
class Kept:
    """One answer and the conversation that led to it."""

    owner: tuple[str, str | None]
    response: dict[str, object]
    items: list[dict[str, object]]
    """Everything up to this answer, and the answer."""
    size: int
    """Bytes of JSON, about."""
    ids: tuple[str, ...]
    """Ids of the items of its own request, and of its output."""


class Store:
    """The newest answers; the oldest are forgotten when there are too many, and all when the program stops."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._items: dict[str, tuple[tuple[str, str | None], dict[str, object]]] = {}
        self._bytes = 0

    @staticmethod
    def owner(caller: Caller) -> tuple[str, str | None]:
        """Whose answers a caller may read: those of its project and key."""
        return caller.project, caller.key_id

    def keep(
        self, caller: Caller, response: dict[str, object], before: list[dict[str, object]], own: list[dict[str, object]]
    ) -> None:
        """Remember an answer; one that is larger than a single answer may be is not kept."""
        output = records(response["output"])
        items = [*before, *own, *output]
        size = len(json.dumps(items)) + 2000
        if size > MOST_OF_ONE:
            return
        ids = tuple(str(item["id"]) for item in (*own, *output) if item.get("id"))
        owner = self.owner(caller)
        self._kept[str(response["id"])] = Kept(owner, response, items, size, ids)
        for item in (*own, *output):
            if item.get("id"):
                self._items[str(item["id"])] = (owner, item)
        self._bytes += size
        while len(self._kept) > MOST or self._bytes > MOST_BYTES:
            self._forget(next(iter(self._kept)))

    def _forget(self, response_id: str) -> None:
        kept = self._kept.pop(response_id)
        self._bytes -= kept.size
        for item_id in kept.ids:
            self._items.pop(item_id, None)

    def holds(self, response_id: object) -> bool:
        """Whether an answer with this id is kept, of any key."""
        return isinstance(response_id, str) and response_id in self._kept

    def before(self, caller: Caller, response_id: str | None) -> list[dict[str, object]]:
        """The conversation up to `response_id`; BadRequest when it is not kept (any more)."""
        if response_id is None:
            return []
        kept = self._kept.get(response_id)
        if kept is None or kept.owner != self.owner(caller):
            raise BadRequest(
                f'Previous response with id "{response_id[:80]}" not found: the newest {MOST} answers are kept while'
                " the gateway runs, unless store was false. Send the whole conversation as input.",
                param="previous_response_id",
                code="previous_response_not_found",
            )
        return kept.items

    def get(self, caller: Caller, response_id: str) -> Kept:
        """A kept answer; NotFound for one that is not kept or belongs to another key."""
        kept = self._kept.get(response_id)
        if kept is None or kept.owner != self.owner(caller):
            raise NotFound(f'Response with id "{response_id[:80]}" not found.', param="response_id", code="not_found")
        return kept

    def delete(self, caller: Caller, response_id: str) -> None:
        """Forget an answer; NotFound when it is not kept."""
        self.get(caller, response_id)
        self._forget(response_id)

    def referred(self, caller: Caller, items: list[dict[str, object]]) -> list[dict[str, object]]:
        """The items with references replaced by what they refer to; BadRequest for an unknown one."""
        found = []
        for i, item in enumerate(items):
            if item["type"] != "item_reference":
                found.append(item)
                continue
            owner, meant = self._items.get(str(item.get("id")), (None, None))
            if meant is None or owner != self.owner(caller):
                raise BadRequest(
                    f'Item with id "{str(item.get("id"))[:80]}" not found; send the item itself.',
                    param=f"input[{i}].id",
                    code="item_not_found",
                )
            found.append(meant)
        return found
