"""Work that a Live session hands to its backend: the answers with tool calls, told as events of a Responses stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.typed import Record, record, whole
from voicegw_desktop.sockets.openai.realtime.items import new_id

Send = Callable[[Record], Awaitable[None]]


class Delegated:
    """One piece of work at a time: from a call of a tool to the answer that needs no more of them."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.asked_by_client = False
        """The next answer is one that the client asked for: a continuation, or work of its own."""
        self._id: str | None = None
        self._response: str | None = None
        """The answer whose events are told; none for those that need no tools."""
        self._made: Record = {}
        self._calls: set[object] = set()
        """Calls that wait for their output."""
        self._number = 0

    async def began(self, response: Record, model: str) -> None:
        """An answer begins."""
        self._made, self._response = response, None
        if self.asked_by_client:
            self.asked_by_client = False
            await self._open(model)

    async def called(self, item: Record, at_ms: int) -> None:
        """An item of the answer is whole."""
        if item.get("type") != "function_call" or item.get("status") != "completed":
            return
        if self._response is None:
            self._id = new_id("dlg")
            work: Record = {"id": self._id, "type": "delegation", "target": "responses"}
            await self._send({"type": "session.delegation.created", "delegation": work, "offset_ms": at_ms})
            await self._open("")
        self._calls.add(item.get("call_id"))
        call = {name: item.get(name) for name in ("id", "type", "status", "call_id", "name", "arguments")}
        await self._tell({"type": "response.output_item.done", "output_index": 0, "item": call})

    async def ended(self, response: Record, model: str) -> None:
        """The answer ended, however."""
        if self._response is None:
            return
        status = "completed" if response.get("status") == "completed" else "incomplete"
        if response.get("status") == "failed":
            status = "failed"
        if status != "completed":
            self._calls.clear()
        shown = self._snapshot(status, model)
        used = record(response.get("usage"))
        numbers = {name: whole(used.get(name)) or 0 for name in ("input_tokens", "output_tokens", "total_tokens")}
        cached = whole(record(used.get("input_token_details")).get("cached_tokens")) or 0
        shown["usage"] = {
            **numbers,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        }
        if status == "failed":
            shown["error"] = record(record(response.get("status_details")).get("error"))
        if status == "incomplete":
            shown["incomplete_details"] = {"reason": "max_output_tokens"}
        await self._tell({"type": f"response.{status}", "response": shown})
        self._response = None
        if not self._calls:
            self._id = None

    def check(self, call_id: object) -> None:
        """BadRequest unless this call waits for its output."""
        if call_id not in self._calls:
            raise BadRequest(
                f'No call "{str(call_id)[:60]}" waits for its output.', param="item.call_id", code="call_not_found"
            )

    def answered(self, call_id: object) -> None:
        """The output of a call has come."""
        self._calls.discard(call_id)

    def ready(self) -> None:
        """BadRequest while a call waits for its output."""
        if self._calls:
            waiting = ", ".join(sorted(str(call) for call in self._calls))
            raise BadRequest(f"These calls still wait for their output: {waiting}.", code="missing_tool_output")

    async def _open(self, model: str) -> None:
        self._response = str(self._made.get("id") or new_id("resp"))
        await self._tell({"type": "response.created", "response": self._snapshot("in_progress", model)})

    def _snapshot(self, status: str, model: str) -> Record:
        return {"id": self._response, "object": "response", "status": status, "model": model, "output": []}

    async def _tell(self, event: Record) -> None:
        self._number += 1
        nested = {**event, "sequence_number": self._number}
        await self._send({"type": "response.event", "delegation_id": self._id, "event": nested})
