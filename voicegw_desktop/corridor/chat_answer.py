"""The bytes of one chat's answer, read in passing: where content begins, what it used, and what the client gets."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Sequence

from voicegw_desktop.core.events import Usage
from voicegw_desktop.corridor.chat_usage import USAGE, WRITTEN, answer_size, tokens_of, usage_in
from voicegw_desktop.corridor.turn_parts import Part

# searched as bytes: parsing the JSON of every event would delay each token
CONTENT = re.compile(
    rb'"(?:content|reasoning_content|reasoning|text|refusal|arguments|embedding|output_text|delta)"\s*:\s*(?:"[^"]|\[)'
    rb'|"tool_calls"\s*:\s*\['
)
SAID = re.compile(rb'"content"\s*:\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
CALLED = re.compile(rb'"name"\s*:\s*"[^"]')
CLAUSE = re.compile(rb"[.!?;:,\n]|\\n|\xe3\x80\x82|\xef\xbc\x8c")
"""Where a part of a text ends that can be spoken; the last two are the full stop and comma of Chinese and Japanese."""
NO_CHOICES = re.compile(rb'"choices"\s*:\s*\[\s*\]')
EVENT_END = re.compile(rb"\r?\n\r?\n")
TAIL = 16 * 1024  # bytes kept of a stream to find its usage in
WHOLE = 4 * 1024 * 1024  # bytes kept of an answer that is not a stream
LONG_HEAD = 64  # chunks; several may make one field, and a sentence-sized head is content in any case


def tools_called(chunk: bytes) -> int:
    """How many calls of tools begin in these bytes."""
    return len(CALLED.findall(chunk)) if b'"tool_calls"' in chunk else 0


class ChatAnswer:
    """What is known of an answer from its bytes; `streamed`: server-sent events, else one JSON document."""

    def __init__(self, *, streamed: bool, hide_usage: bool) -> None:
        self._streamed = streamed
        self.hide_usage = hide_usage
        """Leave out the usage event, which the gateway asked for and the client did not."""
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._whole = True
        """Whether the tail is all of the answer until now."""
        self.events = 0
        """Events of a stream that carry a piece of the answer, about one for each token; 0 for a document."""
        self._carry = b""
        self._written = 0
        """Characters of a stream's text, without those of the chunks in `_uncounted`."""
        self._uncounted: list[bytes] = []
        self._uncounted_size = 0

    def text_tokens(self) -> int:
        """Tokens of the answer, estimated from its text; the JSON around it is not counted."""
        if not self._streamed:
            return tokens_of(answer_size(b"".join(self._tail)))
        self._count()
        return tokens_of(self._written)

    def _count(self) -> None:
        """Count the text of the lines that are whole by now: an upstream may never tell how much it wrote."""
        lines, end, rest = b"".join(self._uncounted).rpartition(b"\n")
        self._written += answer_size(lines) if end else 0
        # one line without an end must not be kept for ever
        self._uncounted = [rest[-TAIL:]]
        self._uncounted_size = 0

    def has_begun(self, head: Sequence[bytes]) -> bool:
        """Whether content is in the last chunk of `head`, or must be by now."""
        return not self._streamed or len(head) > LONG_HEAD or CONTENT.search(head[-1]) is not None

    def begins(self, chunk: bytes) -> bool:
        """Whether the answer's content begins in a chunk that `take` has not had yet."""
        return not self._streamed or self.events > LONG_HEAD or CONTENT.search(chunk) is not None

    def has_clause(self, chunk: bytes) -> bool:
        """Whether a part of the text that can be spoken ends in this chunk."""
        return any(CLAUSE.search(match[1]) for match in WRITTEN.finditer(chunk))

    def makes_sense(self, head: Sequence[bytes]) -> bool:
        """Whether the bytes look like the form that was asked for; a proxy's page of HTML does not."""
        if self._streamed:
            return any(CONTENT.search(chunk) or b"data:" in chunk for chunk in head)
        return bool(head) and head[0].lstrip()[:1] in (b"{", b"[", b"")

    def keep(self, chunk: bytes) -> bytes:
        """Count a chunk and keep it for `usage`; returns it unaltered."""
        self._tail.append(chunk)
        self._tail_size += len(chunk)
        if self._streamed:
            self.events += chunk.count(b'"delta"')
            # many chunks at a time: a search in each would delay its token
            self._uncounted.append(chunk)
            self._uncounted_size += len(chunk)
            if self._uncounted_size > TAIL:
                self._count()
        kept = TAIL if self._streamed else WHOLE
        while self._tail_size - len(self._tail[0]) > kept:
            self._tail_size -= len(self._tail.popleft())
            self._whole = False
        return chunk

    def take(self, chunk: bytes) -> bytes:
        """Count a chunk, and return the bytes that the client gets now."""
        self.keep(chunk)
        if not self.hide_usage:
            return chunk
        # nearly every chunk: whole events, none of them about usage
        if not self._carry and chunk.endswith((b"\n\n", b"\r\n\r\n")) and not NO_CHOICES.search(chunk):
            return chunk
        whole = self._carry + chunk
        shown, start = [], 0
        for match in EVENT_END.finditer(whole):
            event = whole[start : match.end()]
            start = match.end()
            if not self._is_hidden(event):
                shown.append(event)
        # half an event may turn out to be the usage event, so it waits for its other half
        self._carry = whole[start:]
        return b"".join(shown)

    def rest(self) -> bytes:
        """Bytes after the last whole event, once the answer has ended."""
        last, self._carry = self._carry, b""
        return b"" if self._is_hidden(last) else last

    def usage(self, tier: object = None) -> Usage | None:
        """The usage that the upstream told; None when it did not. `tier`: the `service_tier` that was asked for."""
        return usage_in(b"".join(self._tail), tier)

    def said(self) -> str | None:
        """The text of a stream that is kept from its beginning; None: it is not, is no text, or calls tools."""
        answer = b"".join(self._tail)
        if not self._streamed or not self._whole or tools_called(answer):
            return None
        try:
            text = str(json.loads(b'"%s"' % b"".join(SAID.findall(answer))))
            # half of a pair of surrogates cannot be sent
            text.encode()
        except ValueError:
            return None
        return text

    def forget(self) -> None:
        """Give the kept bytes back: a run may be held long after its end."""
        self._tail.clear()
        self._uncounted.clear()

    def _is_hidden(self, event: bytes) -> bool:
        return bool(self.hide_usage and NO_CHOICES.search(event) and USAGE.search(event))


class Marks:
    """Notes for the turn when an answer's content began, when its first clause was whole, and which tools are called.

    A chunk is noted once the client has it, as of the moment when it came: noting it first would delay its token.
    """

    def __init__(self, part: Part, answer: ChatAnswer) -> None:
        self._part, self._answer = part, answer
        self._passed: tuple[bytes, int, bool] | None = None

    def passed(self, chunk: bytes, came_ns: int, first: bool) -> None:
        """A chunk is on its way to the client; `first`: the answer's content begins in it."""
        self._passed = chunk, came_ns, first

    def note(self) -> None:
        """Note the chunk that was passed on last; once."""
        if self._passed is None:
            return
        (chunk, came_ns, first), self._passed = self._passed, None
        part = self._part
        if first:
            part.first_ns = came_ns
        if part.first_ns and not part.clause_ns and self._answer.has_clause(chunk):
            part.clause_ns = came_ns
        part.tool_calls += tools_called(chunk)
