"""The conversation of a Realtime session: its items, and the same as chat messages for a language model."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from voicegw_desktop.core.errors import BadRequest, NotFound
from voicegw_desktop.core.typed import is_list, is_record, record, records
from voicegw_desktop.sockets.chat.answer import call_message
from voicegw_desktop.sockets.openai.realtime.fields import check_item

MAX_ITEMS = 2000
MOST_CHARACTERS = 64 * 1024 * 1024
"""What all items of a conversation may have together, with sound and pictures as base64."""
ROLES: dict[str, dict[str, str]] = {
    "user": {"input_text": "text", "input_audio": "audio", "input_image": "image_url"},
    "system": {"input_text": "text"},
    "assistant": {"output_text": "text", "output_audio": "transcript"},
}
"""Role → types of its content → the field that such a part must have."""
BETA = {"text": "output_text", "audio": "output_audio"}
KEPT = ("type", "text", "audio", "transcript", "image_url", "detail")


def new_id(prefix: str) -> str:
    """An id in the provider's style."""
    return f"{prefix}_{secrets.token_hex(10)}"


def _size(value: object) -> int:
    """The characters of all texts in it."""
    if isinstance(value, str):
        return len(value)
    if is_record(value):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if is_list(value) else 0


class Conversation:
    """Items in order."""

    def __init__(self) -> None:
        self.id = new_id("conv")
        self._items: dict[str, dict[str, object]] = {}
        self._sizes: dict[str, int] = {}
        self._forgotten: set[str] = set()
        """Items that the model is not told any more: the conversation had become too long for it."""

    def __len__(self) -> int:
        return len(self._items)

    @property
    def last_id(self) -> str | None:
        """The newest item's id."""
        return next(reversed(self._items), None)

    def add(self, item: dict[str, object], previous: str | None = None) -> str | None:
        """Append `item`, or put it behind `previous` (`root`: in front); the id it now follows."""
        item_id = str(item["id"])
        if item_id in self._items:
            raise BadRequest(
                f'An item "{item["id"]}" exists already.', param="item.id", code="item_create_duplicate_item_id"
            )
        if len(self._items) >= MAX_ITEMS:
            raise BadRequest(f"The conversation has {MAX_ITEMS} items; delete some.", code="conversation_too_long")
        size = _size(item)
        if sum(self._sizes.values()) + size > MOST_CHARACTERS:
            raise BadRequest(
                f"The items of the conversation have more than {MOST_CHARACTERS} characters, sound and pictures "
                "included; delete some.",
                code="conversation_too_long",
            )
        if previous is None or previous == self.last_id:
            follows = self.last_id
            self._items[item_id], self._sizes[item_id] = item, size
            return follows
        entries = list(self._items.items())
        if previous == "root":
            at = 0
        else:
            self.get(previous, "item_create_invalid_previous_item_id", "previous_item_id")
            at = list(self._items).index(previous) + 1
        entries.insert(at, (item_id, item))
        self._items, self._sizes[item_id] = dict(entries), size
        return None if previous == "root" else previous

    def get(self, item_id: object, code: str | None = None, param: str = "item_id") -> dict[str, object]:
        """The item; raises NotFound with the code by which clients know what was refused."""
        if not isinstance(item_id, str) or item_id not in self._items:
            raise NotFound(f'There is no item "{str(item_id)[:60]}" in this conversation.', param=param, code=code)
        return self._items[item_id]

    def delete(self, item_id: object) -> None:
        """Forget the item; raises NotFound."""
        self.get(item_id, "item_delete_invalid_item_id")
        del self._items[str(item_id)]
        del self._sizes[str(item_id)]
        self._forgotten.discard(str(item_id))

    def before(self, item_id: str) -> str | None:
        """The id of the item in front of this one."""
        ids = list(self._items)
        at = ids.index(item_id) if item_id in self._items else 0
        return ids[at - 1] if at else None

    def referred(self, given: object, path: str) -> dict[str, object]:
        """An item of a response's own input: a new one, or one of this conversation by its id."""
        if record(given).get("type") == "item_reference":
            return self.get(record(given).get("id"))
        return checked(given, path)

    def forget_oldest(self, share: float) -> bool:
        """Leave out all but the newest `share` of what `messages` gives; False when one item is all there is."""
        shown = [item_id for item_id in self._items if item_id not in self._forgotten]
        at = len(shown) - max(1, int(len(shown) * share))
        # the result of a call without its call means nothing to a model
        while at < len(shown) and self._items[shown[at]]["type"] == "function_call_output":
            at += 1
        if not 0 < at < len(shown):
            return False
        self._forgotten.update(shown[:at])
        return True

    def without_images(self) -> list[str]:
        """Take every image out; the ids of the items of which nothing is left, which are deleted."""
        emptied = []
        for item_id, item in tuple(self._items.items()):
            parts = records(item.get("content"))
            if not any(part.get("type") == "input_image" for part in parts):
                continue
            left = [part for part in parts if part.get("type") != "input_image"]
            item["content"] = left
            self._sizes[item_id] = _size(item)
            if not left:
                self.delete(item_id)
                emptied.append(item_id)
        return emptied

    def messages(self, instructions: str, instead: list[dict[str, object]] | None = None) -> list[dict[str, object]]:
        """Chat messages for everything said that the model has room for, or for the items `instead`."""
        result: list[dict[str, object]] = [{"role": "system", "content": instructions}] if instructions else []
        kept = [item for item_id, item in self._items.items() if item_id not in self._forgotten]
        for item in instead if instead is not None else kept:
            message = _message(item)
            if message is None:
                continue
            # calls of one turn belong into one assistant message
            if "tool_calls" in message and result and "tool_calls" in result[-1]:
                result[-1]["tool_calls"] = [*records(result[-1]["tool_calls"]), *records(message["tool_calls"])]
            else:
                result.append(message)
        return result


def _message(item: Mapping[str, object]) -> dict[str, object] | None:
    if item["type"] == "function_call":
        return call_message(item)
    if item["type"] == "function_call_output":
        return {"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]}
    parts = records(item["content"])
    texts = [str(part.get("text") or part.get("transcript") or "") for part in parts]
    images = [
        {"type": "image_url", "image_url": {"url": part["image_url"]}}
        for part in parts
        if part.get("type") == "input_image" and isinstance(part.get("image_url"), str)
    ]
    text = " ".join(t for t in texts if t).strip()
    if images:
        return {"role": item["role"], "content": [*([{"type": "text", "text": text}] if text else []), *images]}
    return {"role": item["role"], "content": text} if text else None


def told(item: Mapping[str, object]) -> dict[str, object]:
    """A chat of this item alone."""
    message = _message(item)
    return {"messages": [message] if message is not None else []}


def checked(item: object, path: str = "item") -> dict[str, object]:
    """A client's item with its missing fields filled in; raises BadRequest naming the field."""
    if not is_record(item):
        raise BadRequest('"item" must be an object.', param="item")
    check_item(item, path)
    kind = item.get("type")
    result = {"id": item.get("id") or new_id("item"), "object": "realtime.item", "type": kind, "status": "completed"}
    if not isinstance(result["id"], str) or len(result["id"]) > 64:
        raise BadRequest("item.id must be a string of at most 64 characters.", param="item.id")
    if kind == "message":
        role, content = item.get("role"), item.get("content")
        if not isinstance(role, str) or role not in ROLES:
            raise BadRequest(f"item.role must be one of {', '.join(ROLES)}.", param="item.role")
        if not is_list(content) or not content:
            raise BadRequest("item.content must be a list of parts.", param="item.content")
        return {**result, "role": role, "content": [_part(role, part) for part in content]}
    if kind == "function_call":
        return {**result, **_strings(item, "name", "arguments"), "call_id": str(item.get("call_id") or new_id("call"))}
    if kind == "function_call_output":
        return {**result, **_strings(item, "call_id", "output")}
    raise BadRequest(
        f'item.type "{str(kind)[:40]}" is not one of message, function_call, function_call_output.', param="item.type"
    )


def _part(role: str, given: object) -> dict[str, object]:
    part = record(given)
    kind = part.get("type")
    if role == "assistant" and isinstance(kind, str):
        kind = BETA.get(kind, kind)
    fields = ROLES[role]
    if not isinstance(kind, str) or kind not in fields:
        raise BadRequest(
            f"Each part of item.content must have one of the types {', '.join(fields)}.", param="item.content"
        )
    for name, value in part.items():
        if name in KEPT and not isinstance(value, str | None):
            raise BadRequest(f"item.content: {name} must be a string.", param="item.content")
    if not isinstance(part.get(fields[kind]), str):
        raise BadRequest(f"item.content: a part of type {kind} needs {fields[kind]}.", param="item.content")
    return {**{k: part[k] for k in KEPT if part.get(k) is not None}, "type": kind}


def audio_of(item: dict[str, object]) -> list[tuple[dict[str, object], str]]:
    """Take the audio out of a client's item: (part, base64) for what has no transcript yet. It is not sent back."""
    found = []
    for part in records(item.get("content")):
        audio = part.pop("audio", None)
        if isinstance(audio, str) and not part.get("transcript"):
            found.append((part, audio))
    return found


def _strings(item: Mapping[str, object], *keys: str) -> dict[str, str]:
    result = {}
    for key in keys:
        value = item.get(key)
        if not isinstance(value, str):
            raise BadRequest(f"item.{key} must be a string.", param=f"item.{key}")
        result[key] = value
    return result
