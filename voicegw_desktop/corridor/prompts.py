"""What a local model reads while a person speaks, so that at the end of the turn only the new words are left to read.

| the person speaks in | what the model reads |
|---|---|
| a conversation whose prompt it has read last | nothing: it has it in its cache |
| a conversation of which it answered a chat before others | the newest prompt of that conversation |
| a conversation, and three more words are heard | its newest prompt, the answer to that, and the words until now |
| a new conversation | system prompt and tools of the newest one of this project and key, if the model is loaded |
| a Realtime or Live session | what the session says, which knows its next prompt and the words that are heard |

The model writes one token, which is sent to no client, and no record is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field

from voicegw_desktop.core.events import EngineState, EventBus, Final, Interim, SpeechStarted, SttEvent
from voicegw_desktop.core.ports import WORDS_READ, Caller, Target, Zone
from voicegw_desktop.core.typed import records
from voicegw_desktop.corridor.chat_answer import ChatAnswer

MOST = 32
"""Conversations whose prompt is kept; the one that rested longest goes first."""
MOST_WORDS = 200
"""Words that are read of one turn: a person who says more without a chat dictates."""
SHAPES = ("messages", "tools", "reasoning_effort", "chat_template_kwargs")
"""The parts of a chat that a model's template makes its prompt of."""
CLOSING = ".!?\u2026,;: "
"""Signs at the end of words that are heard, which may not stay."""
SAY = frozenset({"realtime", "live"})
"""Wires whose sessions say themselves what is read."""
CONSTANT = frozenset({"system", "developer"})
LOADED = frozenset({"ready", "busy", "idle"})

Conversation = tuple[str, str | None, str | None]
"""Project, key and session."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a chat began with, and the model that read it."""

    wanted: str | None
    target: str
    body: Mapping[str, object]

    @property
    def messages(self) -> Sequence[Mapping[str, object]]:
        """The messages, in order."""
        return records(self.body.get("messages"))

    def constant(self) -> Prompt | None:
        """System prompt and tools alone; None: the chat has no system prompt."""
        count = 0
        for message in self.messages:
            if message.get("role") not in CONSTANT:
                break
            count += 1
        return Prompt(self.wanted, self.target, {**self.body, "messages": self.messages[:count]}) if count else None

    def begins(self, other: Prompt | None) -> bool:
        """Whether the other prompt is this one, or this one and more: messages, or words of the last message."""
        if other is None or self.body.get("tools") != other.body.get("tools") or not self.messages:
            return False
        *first, last = self.messages
        theirs = list(other.messages[: len(self.messages)])
        if len(theirs) <= len(first) or theirs[:-1] != first:
            return False
        said, more = last.get("content"), theirs[-1].get("content")
        if isinstance(said, str) and isinstance(more, str) and more.startswith(said.rstrip(CLOSING)):
            return {**theirs[-1], "content": said} == last
        return theirs[-1] == last


@dataclass(slots=True)
class Known:
    """What is known of a conversation: its newest prompt, what became of it, and what the person says since."""

    prompt: Prompt
    run: str
    """The id of the chat's run."""
    over: bool = False
    """The chat has ended."""
    answer: str | None = None
    """None: it is under way, was given up, or was no text."""
    given_up: bool = False
    said: list[str] = field(default_factory=list)
    """Utterances that the prompt does not have."""
    read: int = 0
    """Words that the model was told to read since the prompt."""

    @property
    def asked(self) -> str:
        """The words of the prompt's last message, if they are the person's."""
        for last in self.prompt.messages[-1:]:
            words = last.get("content")
            if last.get("role") == "user" and isinstance(words, str):
                return words
        return ""

    def hear(self, event: Interim | Final) -> tuple[int, Mapping[str, object] | None]:
        """How many words were heard, and the chat to read; None: too few of them, or the next prompt is not known."""
        words = event.text.strip()
        if isinstance(event, Final):
            # a chat that began at the pause has the words of its utterance
            if words and not self.asked.endswith(words) and len(self.said) < MOST_WORDS:
                self.said.append(words)
            return 0, None
        if not words or event.pause:
            # at a pause the client may ask, and knows better what
            return 0, None
        said, messages = [*self.said, words], [*self.prompt.messages]
        if self.answer:
            messages.append({"role": "assistant", "content": self.answer})
        elif self.given_up and self.asked:
            # the person went on, and the next chat asks all of it
            del messages[-1]
            said = said if words.startswith(self.asked.rstrip(CLOSING)) else [self.asked, *said]
        else:
            return 0, None
        text = " ".join(said)
        count = text.count(" ") + 1
        if not self.read + WORDS_READ <= count <= MOST_WORDS:
            return count, None
        return count, {**self.prompt.body, "messages": [*messages, {"role": "user", "content": text}]}


class Prompts:
    """The prompts of the conversations under way."""

    def __init__(
        self,
        bus: EventBus,
        read: Callable[[Caller, str | None, Mapping[str, object]], Coroutine[object, object, None]],
        spawn: Callable[[Coroutine[object, object, None]], asyncio.Task[None]],
    ) -> None:
        """`read` lets a local model read a chat; it raises nothing when that cannot be."""
        self._ask, self._spawn = read, spawn
        self._kept: dict[Conversation, Known] = {}
        """The one that was used last comes last."""
        self._read: dict[str, Prompt] = {}
        """Target → what it has read last."""
        self._loaded: set[str] = set()
        self._reading: dict[Conversation, tuple[Prompt, asyncio.Task[None]]] = {}
        self.close = bus.subscribe(self._engine, EngineState)
        """Forget the engines; called once."""

    def _engine(self, event: EngineState) -> None:
        if event.state in LOADED:
            self._loaded.add(event.name)
        else:
            # what it had read is gone with its memory
            self._loaded.discard(event.name)
            self._read.pop(event.name, None)

    def asked(
        self, caller: Caller, wanted: str | None, target: Target, body: Mapping[str, object], *, run: str, ahead: bool
    ) -> None:
        """A chat is sent to this target by the run of this id; `ahead`: it is only read."""
        if target.zone is not Zone.LOCAL or not body.get("messages"):
            return
        prompt = Prompt(wanted, target.name, {name: body[name] for name in SHAPES if name in body})
        self._read[target.name] = prompt
        choice = body.get("tool_choice")
        # a chat that must be a call, or comes in one piece, is mostly the agent's own work and begins otherwise
        answers = caller.session is not None and body.get("stream") and not ahead
        if answers and choice != "required" and not isinstance(choice, dict):
            of = _conversation(caller)
            self._kept.pop(of, None)
            self._kept[of] = Known(prompt, run)
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]

    def answered(self, caller: Caller, run: str, answer: ChatAnswer | None) -> None:
        """The chat of the run of this id has ended; None: without an answer."""
        known = self._kept.get(_conversation(caller))
        if known is not None and known.run == run:
            known.over, known.given_up = True, answer is None
            known.answer = answer.said() if answer is not None else None

    def heard(self, caller: Caller, event: SttEvent) -> None:
        """A person begins to speak, or words are heard."""
        if caller.wire in SAY or caller.session is None:
            return
        known = self._kept.get(_conversation(caller))
        if isinstance(event, SpeechStarted):
            self._voice(caller, known)
        elif isinstance(event, Interim | Final) and known is not None:
            count, body = known.hear(event)
            if body is None or any(not other.over for other in self._kept.values()):
                # words that are not sure yet must not delay an answer that a person waits for
                return
            if self.read(caller, known.prompt.wanted, body) is not None:
                known.read = count

    def _voice(self, caller: Caller, known: Known | None) -> None:
        prompt = known.prompt if known is not None else self._usual(caller)
        if prompt is not None and not prompt.begins(self._read.get(prompt.target)):
            self.read(caller, prompt.wanted, prompt.body)

    def _usual(self, caller: Caller) -> Prompt | None:
        """What a new conversation of this caller will begin with, as far as the last one tells."""
        own = (known.prompt for of, known in reversed(self._kept.items()) if of[:2] == (caller.project, caller.key_id))
        last = next(own, None)
        # a person who dictates and asks nothing must not have a model loaded for that
        return last.constant() if last is not None and last.target in self._loaded else None

    def read(self, caller: Caller, wanted: str | None, body: Mapping[str, object]) -> asyncio.Task[None] | None:
        """Let the model read this; None: there is nothing to read, or it reads for that conversation now."""
        of = _conversation(caller)
        if of in self._reading or not body.get("messages"):
            return None
        task = self._spawn(self._ask(caller, wanted, {**body, "stream": True, "max_tokens": 1}))
        self._reading[of] = Prompt(wanted, "", body), task
        task.add_done_callback(lambda _: self._reading.pop(of, None))
        return task

    def first(self, caller: Caller, body: Mapping[str, object]) -> Awaitable[object] | None:
        """What to wait for before this chat is sent: its beginning is being read, and would be read twice."""
        reading = self._reading.get(_conversation(caller))
        if reading is None:
            return None
        prompt, task = reading
        return asyncio.wait({task}) if prompt.begins(Prompt(None, "", body)) else None


def _conversation(caller: Caller) -> Conversation:
    return caller.project, caller.key_id, caller.session
