"""An answer in Ollama's form while it is made: lines of JSON, the last one with counts and times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.events import Usage
from voicegw_desktop.sockets.chat.answer import Call, Finish, Piece, Reasoning, Text

Line = dict[str, object]


class Answer:
    """Feed it the pieces of a chat answer; each gives the lines it causes. `chats`: /api/chat, else /api/generate."""

    def __init__(self, model: str, clock: Clock, *, chats: bool, thinks: bool) -> None:
        self._model, self._clock, self._chats, self._thinks = model, clock, chats, thinks
        self._began_ns = clock.monotonic_ns()
        self._answered_ns: int | None = None
        self._first_ns: int | None = None
        self._calls: dict[int, tuple[str, str, list[str]]] = {}
        self._usage = Usage()
        self._reason = "stop"
        self._text, self._thoughts = "", ""
        self._told_calls: list[object] = []

    def answered(self) -> None:
        """The model is loaded and has taken the request."""
        self._answered_ns = self._clock.monotonic_ns()

    def take(self, piece: Piece) -> Iterator[Line]:
        """One piece of the chat answer."""
        match piece:
            case Usage():
                self._usage = piece
                return
            case Finish():
                self._reason = piece.reason
                return
        if self._first_ns is None:
            self._first_ns = self._clock.monotonic_ns()
        match piece:
            case Text():
                self._text += piece.text
                yield self._line(text=piece.text)
            case Reasoning() if self._thinks:
                self._thoughts += piece.text
                yield self._line(thought=piece.text)
            case Call():
                id, name, written = self._calls.get(piece.index, ("", "", []))
                written.append(piece.arguments)
                self._calls[piece.index] = (id or piece.id or "", name or piece.name or "", written)

    def end(self) -> Iterator[Line]:
        """The chat answer is over: its tool calls, which come whole, and the line that closes it."""
        if self._calls:
            self._told_calls = [_call(i, *self._calls[index]) for i, index in enumerate(sorted(self._calls))]
            yield self._line(calls=self._told_calls)
        yield {**self._line(), **self._closing("length" if self._reason == "length" else "stop")}

    def whole(self) -> Line:
        """The whole answer in one object, for a client that asked for no stream."""
        body = self._line(text=self._text, thought=self._thoughts, calls=self._told_calls)
        return {**body, **self._closing("length" if self._reason == "length" else "stop")}

    def nothing(self, reason: str) -> Line:
        """The answer to a request without a prompt: the model was loaded (`load`) or taken out of memory (`unload`)."""
        return {**self._line(), "done": True, "done_reason": reason}

    def _line(self, *, text: str = "", thought: str = "", calls: list[object] | None = None) -> Line:
        said: Line = {"model": self._model, "created_at": stamp(), "done": False}
        more: Line = {"thinking": thought} if thought else {}
        if calls:
            more["tool_calls"] = calls
        if self._chats:
            return {**said, "message": {"role": "assistant", "content": text, **more}}
        return {**said, "response": text, **more}

    def _closing(self, reason: str) -> Line:
        now = self._clock.monotonic_ns()
        answered = self._answered_ns or now
        first = self._first_ns or now
        return {
            "done": True,
            "done_reason": reason,
            "total_duration": now - self._began_ns,
            "load_duration": answered - self._began_ns,
            "prompt_eval_count": self._usage.prompt_tokens,
            "prompt_eval_duration": max(0, first - answered),
            "eval_count": self._usage.completion_tokens,
            "eval_duration": max(0, now - first),
        }


def stamp(at: datetime | None = None) -> str:
    """A time as Ollama writes it; now, when none is given."""
    return (at or datetime.now(UTC)).isoformat().replace("+00:00", "Z")


def _call(position: int, id: str, name: str, written: list[str]) -> Line:
    text = "".join(written)
    try:
        arguments: object = json.loads(text or "{}")
    except ValueError:
        # a model's broken arguments reach the tool's author as they are
        arguments = {"arguments": text}
    if not isinstance(arguments, dict):
        arguments = {"arguments": arguments}
    function = {"index": position, "name": name, "arguments": arguments}
    return {"id": id, "function": function} if id else {"function": function}
